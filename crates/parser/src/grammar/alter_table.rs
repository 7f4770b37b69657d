//! `ALTER TABLE` (gram.y `AlterTableStmt`, `RenameStmt`, `AlterObjectSchemaStmt`).

use trueup_catalog::{Name, Options, TriggerEnabled};
use trueup_syntax::{Cursor, Slice, SyntaxError, TokenKind, WrittenName, type_name::TypeName};

use super::common::{Role, behaviour, reloption_names, reloptions, role};
use super::constraint::{Attributes, ConstraintDef, alter_attributes, is_table_constraint, table_constraint};
use super::foreign_data::{OptionChange, change_options};
use super::sequence::{self, SequenceOption};
use super::table::{Bound, ColumnDef, bound, column};

/// `ALTER TABLE`.
#[derive(Clone, Debug)]
pub(crate) struct AlterTable<'a> {
    pub if_exists: bool,
    pub only: bool,
    pub table: WrittenName,
    pub actions: Vec<Action<'a>>,
}

/// One action.
#[derive(Clone, Debug)]
pub(crate) enum Action<'a> {
    AddColumn {
        if_not_exists: bool,
        column: Box<ColumnDef<'a>>,
    },
    DropColumn {
        if_exists: bool,
        column: Name,
        cascade: bool,
    },
    AlterColumn {
        column: Name,
        change: ColumnChange<'a>,
    },
    AddConstraint(Box<ConstraintDef<'a>>),
    AlterConstraint {
        name: Name,
        attributes: Attributes,
        inherit: Option<bool>,
    },
    ValidateConstraint(Name),
    DropConstraint {
        if_exists: bool,
        name: Name,
        cascade: bool,
    },
    RenameColumn(Name, Name),
    RenameConstraint(Name, Name),
    Rename(Name),
    SetSchema(Name),
    Owner(Role),
    Trigger {
        name: TriggerName,
        enabled: TriggerEnabled,
    },
    /// `ENABLE|DISABLE RULE`.
    Rule {
        name: Name,
        enabled: TriggerEnabled,
    },
    /// `OPTIONS (…)` of a foreign table.
    ForeignOptions(Vec<OptionChange>),
    RowSecurity(bool),
    ForceRowSecurity(bool),
    /// `CLUSTER ON index`; `None` for `SET WITHOUT CLUSTER`.
    ClusterOn(Option<Name>),
    SetOptions(Options),
    ResetOptions(Vec<String>),
    SetTablespace(Name),
    /// `None` for `DEFAULT` (17 and later).
    SetAccessMethod(Option<Name>),
    Logged(bool),
    Inherit(WrittenName),
    NoInherit(WrittenName),
    Of(WrittenName),
    NotOf,
    ReplicaIdentity(Identity),
    AttachPartition(WrittenName, Bound<'a>),
    DetachPartition {
        partition: WrittenName,
        /// `CONCURRENTLY`; `FINALIZE` ends one that was interrupted.
        concurrently: bool,
    },
    /// `SET WITHOUT OIDS`: nothing since 12.
    Nothing,
}

/// Which triggers.
#[derive(Clone, Debug)]
pub(crate) enum TriggerName {
    Named(Name),
    All,
    User,
}

/// `REPLICA IDENTITY`.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    Default,
    Full,
    Nothing,
    Index(Name),
}

/// What happens to a column.
#[derive(Clone, Debug)]
pub(crate) enum ColumnChange<'a> {
    Type {
        type_name: TypeName,
        collation: Option<WrittenName>,
        /// `USING`.
        using: Option<Slice<'a>>,
    },
    SetDefault(Slice<'a>),
    DropDefault,
    SetNotNull,
    DropNotNull,
    SetExpression(Slice<'a>),
    DropExpression {
        if_exists: bool,
    },
    AddIdentity {
        always: bool,
        options: Vec<SequenceOption>,
    },
    SetIdentity {
        always: Option<bool>,
        options: Vec<SequenceOption>,
    },
    DropIdentity {
        if_exists: bool,
    },
    Statistics(Option<i32>),
    SetOptions(Options),
    ResetOptions(Vec<String>),
    Storage(Name),
    Compression(Name),
    /// `OPTIONS (…)` of a foreign table's column.
    ForeignOptions(Vec<OptionChange>),
}

/// After the words `ALTER TABLE`.
pub(crate) fn alter<'a>(c: &mut Cursor<'a>) -> Result<AlterTable<'a>, SyntaxError> {
    let if_exists = c.accept_words("if exists");
    let only = c.accept("only");
    let parenthesized = only && c.accept_symbol("(");
    let table = c.qualified_name()?;
    if parenthesized {
        c.expect_symbol(")")?;
    }
    c.accept_symbol("*");
    let actions = c.comma_separated(action)?;
    Ok(AlterTable { if_exists, only, table, actions })
}

fn action<'a>(c: &mut Cursor<'a>) -> Result<Action<'a>, SyntaxError> {
    if c.accept("add") {
        return add(c);
    }
    if c.accept("drop") {
        let constraint = c.accept("constraint");
        if !constraint {
            c.accept("column");
        }
        let if_exists = c.accept_words("if exists");
        let name = c.name()?;
        let cascade = behaviour(c);
        return Ok(if constraint {
            Action::DropConstraint { if_exists, name, cascade }
        } else {
            Action::DropColumn { if_exists, column: name, cascade }
        });
    }
    if c.accept("alter") {
        if c.accept("constraint") {
            let name = c.name()?;
            let (attributes, inherit) = alter_attributes(c)?;
            return Ok(Action::AlterConstraint { name, attributes, inherit });
        }
        c.accept("column");
        let column = c.name()?;
        return Ok(Action::AlterColumn { column, change: column_change(c)? });
    }
    if c.accept_words("validate constraint") {
        return Ok(Action::ValidateConstraint(c.name()?));
    }
    if c.accept("rename") {
        if c.accept("to") {
            return Ok(Action::Rename(c.name()?));
        }
        let constraint = c.accept("constraint");
        if !constraint {
            c.accept("column");
        }
        let from = c.name()?;
        c.expect("to")?;
        let to = c.name()?;
        return Ok(if constraint {
            Action::RenameConstraint(from, to)
        } else {
            Action::RenameColumn(from, to)
        });
    }
    if c.accept_words("owner to") {
        return Ok(Action::Owner(role(c)?));
    }
    if c.is_any_word(&["enable", "disable"]) {
        return enable(c);
    }
    if c.accept_words("force row level security") {
        return Ok(Action::ForceRowSecurity(true));
    }
    if c.accept_words("no force row level security") {
        return Ok(Action::ForceRowSecurity(false));
    }
    if c.accept_words("cluster on") {
        return Ok(Action::ClusterOn(Some(c.name()?)));
    }
    if c.accept("inherit") {
        return Ok(Action::Inherit(c.qualified_name()?));
    }
    if c.accept_words("no inherit") {
        return Ok(Action::NoInherit(c.qualified_name()?));
    }
    if c.accept_words("not of") {
        return Ok(Action::NotOf);
    }
    if c.accept("of") {
        return Ok(Action::Of(c.qualified_name()?));
    }
    if c.accept_words("replica identity") {
        return Ok(Action::ReplicaIdentity(if c.accept("full") {
            Identity::Full
        } else if c.accept("nothing") {
            Identity::Nothing
        } else if c.accept("default") {
            Identity::Default
        } else {
            c.expect_words("using index")?;
            Identity::Index(c.name()?)
        }));
    }
    if c.accept_words("attach partition") {
        let partition = c.qualified_name()?;
        return Ok(Action::AttachPartition(partition, bound(c)?));
    }
    if c.is_word("options") {
        return Ok(Action::ForeignOptions(change_options(c)?));
    }
    if c.accept_words("detach partition") {
        let partition = c.qualified_name()?;
        let concurrently = c.accept("concurrently");
        if !concurrently {
            c.accept("finalize");
        }
        return Ok(Action::DetachPartition { partition, concurrently });
    }
    if c.accept("reset") {
        return Ok(Action::ResetOptions(reloption_names(c)?));
    }
    c.expect("set")?;
    if c.is(TokenKind::LParen) {
        return Ok(Action::SetOptions(reloptions(c)?));
    }
    if c.accept("schema") {
        return Ok(Action::SetSchema(c.name()?));
    }
    if c.accept("tablespace") {
        let name = c.name()?;
        c.accept("nowait");
        return Ok(Action::SetTablespace(name));
    }
    if c.accept_words("access method") {
        return Ok(Action::SetAccessMethod(if c.accept("default") { None } else { Some(c.name()?) }));
    }
    if c.accept("logged") {
        return Ok(Action::Logged(true));
    }
    if c.accept("unlogged") {
        return Ok(Action::Logged(false));
    }
    if c.accept_words("without cluster") {
        return Ok(Action::ClusterOn(None));
    }
    c.expect_words("without oids")?;
    Ok(Action::Nothing)
}

fn add<'a>(c: &mut Cursor<'a>) -> Result<Action<'a>, SyntaxError> {
    if is_table_constraint(c) {
        return Ok(Action::AddConstraint(Box::new(table_constraint(c)?)));
    }
    c.accept("column");
    let if_not_exists = c.accept_words("if not exists");
    Ok(Action::AddColumn { if_not_exists, column: Box::new(column(c)?) })
}

fn enable<'a>(c: &mut Cursor<'a>) -> Result<Action<'a>, SyntaxError> {
    let on = c.accept("enable");
    if !on {
        c.expect("disable")?;
    }
    if c.accept_words("row level security") {
        return Ok(Action::RowSecurity(on));
    }
    let enabled = if !on {
        TriggerEnabled::Disabled
    } else if c.accept("replica") {
        TriggerEnabled::Replica
    } else if c.accept("always") {
        TriggerEnabled::Always
    } else {
        TriggerEnabled::Origin
    };
    if c.accept("rule") {
        return Ok(Action::Rule { name: c.name()?, enabled });
    }
    c.expect("trigger")?;
    let name = if c.accept("all") {
        TriggerName::All
    } else if c.accept("user") {
        TriggerName::User
    } else {
        TriggerName::Named(c.name()?)
    };
    Ok(Action::Trigger { name, enabled })
}

/// After `ALTER [COLUMN] name`.
pub(crate) fn column_change<'a>(c: &mut Cursor<'a>) -> Result<ColumnChange<'a>, SyntaxError> {
    if c.is_word("options") {
        return Ok(ColumnChange::ForeignOptions(change_options(c)?));
    }
    if c.accept_words("set data type") || c.accept("type") {
        let type_name = c.type_name()?;
        let collation = if c.accept("collate") { Some(c.qualified_name()?) } else { None };
        let using = if c.accept("using") { Some(c.expr()?) } else { None };
        return Ok(ColumnChange::Type { type_name, collation, using });
    }
    if c.accept_words("set default") {
        return Ok(ColumnChange::SetDefault(c.expr()?));
    }
    if c.accept_words("drop default") {
        return Ok(ColumnChange::DropDefault);
    }
    if c.accept_words("set not null") {
        return Ok(ColumnChange::SetNotNull);
    }
    if c.accept_words("drop not null") {
        return Ok(ColumnChange::DropNotNull);
    }
    if c.accept_words("set expression as") {
        return Ok(ColumnChange::SetExpression(c.parenthesized_expr()?));
    }
    if c.accept_words("drop expression") {
        return Ok(ColumnChange::DropExpression { if_exists: c.accept_words("if exists") });
    }
    if c.accept_words("drop identity") {
        return Ok(ColumnChange::DropIdentity { if_exists: c.accept_words("if exists") });
    }
    if c.accept_words("add generated") {
        let always = generated_when(c)?;
        c.expect_words("as identity")?;
        let mut options = Vec::new();
        if c.accept_symbol("(") {
            options = sequence::options(c)?;
            c.expect_symbol(")")?;
        }
        return Ok(ColumnChange::AddIdentity { always, options });
    }
    if c.is_words("set generated") || c.is_word("restart") || is_set_sequence_option(c) {
        let mut always = None;
        let mut options = Vec::new();
        loop {
            if c.accept_words("set generated") {
                always = Some(generated_when(c)?);
            } else if c.is_word("restart") || is_set_sequence_option(c) {
                c.accept("set");
                match sequence::option(c)? {
                    Some(option) => options.push(option),
                    None => return Err(c.expected("an option of a sequence")),
                }
            } else {
                return Ok(ColumnChange::SetIdentity { always, options });
            }
        }
    }
    if c.accept("reset") {
        return Ok(ColumnChange::ResetOptions(reloption_names(c)?));
    }
    c.expect("set")?;
    if c.is(TokenKind::LParen) {
        return Ok(ColumnChange::SetOptions(reloptions(c)?));
    }
    if c.accept("statistics") {
        return Ok(ColumnChange::Statistics(statistics_target(c)?));
    }
    if c.accept("storage") {
        return Ok(ColumnChange::Storage(c.label()?));
    }
    c.expect("compression")?;
    Ok(ColumnChange::Compression(c.label()?))
}

/// A statistics target; `None` for the default, which is -1 before 17.
pub(crate) fn statistics_target(c: &mut Cursor<'_>) -> Result<Option<i32>, SyntaxError> {
    if c.accept("default") {
        return Ok(None);
    }
    let offset = c.offset();
    let value =
        i32::try_from(c.integer()?).map_err(|_| c.error_at(offset, "statistics target is out of range"))?;
    Ok(Some(value).filter(|v| *v >= 0))
}

fn generated_when(c: &mut Cursor<'_>) -> Result<bool, SyntaxError> {
    if c.accept("always") {
        return Ok(true);
    }
    c.expect_words("by default")?;
    Ok(false)
}

fn is_set_sequence_option(c: &Cursor<'_>) -> bool {
    c.is_word("set")
        && ["start", "increment", "minvalue", "maxvalue", "no", "cache", "cycle", "restart", "sequence"]
            .iter()
            .any(|word| c.is_word_nth(1, word))
}
