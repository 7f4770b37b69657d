//! `CREATE|ALTER VIEW` and `CREATE|ALTER MATERIALIZED VIEW`.

use super::alter_table::{ColumnChange, column_change};
use super::common::*;
use std::sync::Arc;
use trueup_catalog::{Options, Persistence};

/// `CREATE [OR REPLACE] [TEMP] [RECURSIVE] VIEW`.
#[derive(Debug)]
pub(crate) struct CreateView {
    pub or_replace: bool,
    pub persistence: Persistence,
    pub recursive: bool,
    pub name: WrittenName,
    pub columns: Vec<Name>,
    pub options: Options,
    pub query: Arc<str>,
}

/// `CREATE MATERIALIZED VIEW`.
#[derive(Debug)]
pub(crate) struct CreateMaterializedView {
    pub if_not_exists: bool,
    pub name: WrittenName,
    pub columns: Vec<Name>,
    pub access_method: Option<Name>,
    pub options: Options,
    pub tablespace: Option<Name>,
    pub query: Arc<str>,
    pub populated: bool,
}

/// `ALTER VIEW` and `ALTER MATERIALIZED VIEW`.
#[derive(Debug)]
pub(crate) struct AlterView {
    pub if_exists: bool,
    pub name: WrittenName,
    pub actions: Vec<AlterViewAction>,
}

#[derive(Debug)]
pub(crate) enum AlterViewAction {
    SetDefault {
        column: Name,
        default: Arc<str>,
    },
    DropDefault {
        column: Name,
    },
    RenameColumn {
        from: Name,
        to: Name,
    },
    Rename(Name),
    Owner(Role),
    Schema(Name),
    SetOptions(Options),
    ResetOptions(Vec<String>),
    Tablespace(Name),
    AccessMethod(Option<Name>),
    DependsOnExtension(ExtensionDependency),
    /// `CLUSTER ON index`; `None` for `SET WITHOUT CLUSTER`.
    ClusterOn(Option<Name>),
    /// What is set of a column of a materialized view.
    Column {
        column: Name,
        setting: ColumnSetting,
    },
}

/// What may be set of a column of a materialized view, as of a table's column.
#[derive(Clone, Debug)]
pub(crate) enum ColumnSetting {
    Statistics(Option<i32>),
    SetOptions(Options),
    ResetOptions(Vec<String>),
    Storage(Name),
    Compression(Name),
}

impl ColumnSetting {
    /// What a change of a table's column is to a materialized view's; `None` for what only tables have.
    pub fn of(change: &ColumnChange<'_>) -> Option<Self> {
        Some(match change {
            ColumnChange::Statistics(target) => ColumnSetting::Statistics(*target),
            ColumnChange::SetOptions(options) => ColumnSetting::SetOptions(options.clone()),
            ColumnChange::ResetOptions(names) => ColumnSetting::ResetOptions(names.clone()),
            ColumnChange::Storage(word) => ColumnSetting::Storage(word.clone()),
            ColumnChange::Compression(word) => ColumnSetting::Compression(word.clone()),
            ColumnChange::Type { .. }
            | ColumnChange::SetDefault(_)
            | ColumnChange::DropDefault
            | ColumnChange::SetNotNull
            | ColumnChange::DropNotNull
            | ColumnChange::SetExpression(_)
            | ColumnChange::DropExpression { .. }
            | ColumnChange::AddIdentity { .. }
            | ColumnChange::SetIdentity { .. }
            | ColumnChange::DropIdentity { .. }
            | ColumnChange::ForeignOptions(_) => return None,
        })
    }
}

/// After the words `CREATE …`.
pub(crate) fn create(
    c: &mut Cursor<'_>,
    or_replace: bool,
    persistence: Persistence,
    recursive: bool,
) -> Result<CreateView> {
    let name = c.qualified_name()?;
    let columns = if c.is(TokenKind::LParen) { c.name_list()? } else { Vec::new() };
    let mut options = if c.accept("with") { reloptions(c)? } else { Options::new() };
    c.expect("as")?;
    let query = query(c)?;
    if c.accept("with") {
        let check = c.accept_any(&["local", "cascaded"]).unwrap_or("cascaded");
        c.expect_words("check option")?;
        options.insert("check_option".to_owned(), check.to_owned());
    }
    Ok(CreateView { or_replace, persistence, recursive, name, columns, options, query })
}

/// After the words `CREATE …`.
pub(crate) fn create_materialized(c: &mut Cursor<'_>) -> Result<CreateMaterializedView> {
    let if_not_exists = c.accept_words("if not exists");
    let name = c.qualified_name()?;
    let columns = if c.is(TokenKind::LParen) { c.name_list()? } else { Vec::new() };
    let access_method = if c.accept("using") { Some(c.name()?) } else { None };
    let options = if c.accept("with") { reloptions(c)? } else { Options::new() };
    let tablespace = if c.accept("tablespace") { Some(c.name()?) } else { None };
    c.expect("as")?;
    let query = query(c)?;
    let populated = if c.accept_words("with no data") {
        false
    } else {
        c.accept_words("with data");
        true
    };
    Ok(CreateMaterializedView {
        if_not_exists,
        name,
        columns,
        access_method,
        options,
        tablespace,
        query,
        populated,
    })
}

/// After the words `ALTER …` or `MATERIALIZED VIEW`.
pub(crate) fn alter(c: &mut Cursor<'_>) -> Result<AlterView> {
    let if_exists = c.accept_words("if exists");
    let name = c.qualified_name()?;
    let mut actions = Vec::new();
    if c.accept_words("rename to") {
        actions.push(AlterViewAction::Rename(c.name()?));
    } else if c.accept("rename") {
        c.accept("column");
        let from = c.name()?;
        c.expect("to")?;
        actions.push(AlterViewAction::RenameColumn { from, to: c.name()? });
    } else if c.accept_words("set schema") {
        actions.push(AlterViewAction::Schema(c.name()?));
    } else if is_extension_dependency(c) {
        actions.push(AlterViewAction::DependsOnExtension(extension_dependency(c)?));
    } else {
        actions = c.comma_separated(action)?;
    }
    Ok(AlterView { if_exists, name, actions })
}

/// The query's text. What PostgreSQL's grammar has and sqlparser's lacks is passed over unread: settling says that it can't tell.
pub(crate) fn query(c: &mut Cursor<'_>) -> Result<Arc<str>> {
    let mark = c.mark();
    let error = match c.query() {
        Ok(query) => return Ok(Arc::from(query.text)),
        Err(error) => error,
    };
    c.reset(mark);
    const ENDS: &[&str] =
        &["with check option", "with local check", "with cascaded check", "with data", "with no data"];
    while !c.at_end() && !ENDS.iter().any(|words| c.is_words(words)) {
        c.next_token();
    }
    let text = c.since(mark).text;
    let lower = text.to_ascii_lowercase();
    // `(f(x)).*`, XML and JSON functions, GROUP BY DISTINCT, SEARCH and CYCLE, FETCH FIRST (expression).
    let unread = [
        ").*",
        "group by distinct",
        "xml",
        "json_",
        "search depth",
        "search breadth",
        "cycle ",
        "fetch first",
    ];
    if unread.iter().any(|part| lower.contains(part)) { Ok(Arc::from(text)) } else { Err(error) }
}

fn action(c: &mut Cursor<'_>) -> Result<AlterViewAction> {
    if c.accept_words("owner to") {
        return Ok(AlterViewAction::Owner(role(c)?));
    }
    if c.accept_words("set tablespace") {
        return Ok(AlterViewAction::Tablespace(c.name()?));
    }
    if c.accept_words("set access method") {
        return Ok(AlterViewAction::AccessMethod(if c.accept("default") { None } else { Some(c.name()?) }));
    }
    if c.accept_words("cluster on") {
        return Ok(AlterViewAction::ClusterOn(Some(c.name()?)));
    }
    if c.accept_words("set without cluster") {
        return Ok(AlterViewAction::ClusterOn(None));
    }
    if c.accept("set") {
        return Ok(AlterViewAction::SetOptions(reloptions(c)?));
    }
    if c.accept("reset") {
        let names = c.parenthesized(|c| Ok(c.label()?.as_str().to_owned()))?;
        return Ok(AlterViewAction::ResetOptions(names));
    }
    c.expect("alter")?;
    c.accept("column");
    let column = c.name()?;
    if c.accept_words("set default") {
        return Ok(AlterViewAction::SetDefault { column, default: Arc::from(c.expr()?.text) });
    }
    if c.accept_words("drop default") {
        return Ok(AlterViewAction::DropDefault { column });
    }
    let offset = c.offset();
    match ColumnSetting::of(&column_change(c)?) {
        Some(setting) => Ok(AlterViewAction::Column { column, setting }),
        None => Err(c.error_at(offset, "this can't be changed of a view's column")),
    }
}
