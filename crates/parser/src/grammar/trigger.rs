//! `CREATE TRIGGER` and `ALTER TRIGGER`.

use super::common::*;
use std::sync::Arc;
use trueup_catalog::TriggerTiming;

/// `CREATE [OR REPLACE] [CONSTRAINT] TRIGGER`.
#[derive(Debug)]
pub(crate) struct CreateTrigger {
    pub constraint: bool,
    pub name: Name,
    pub timing: TriggerTiming,
    pub on_insert: bool,
    pub on_update: bool,
    pub update_columns: Vec<Name>,
    pub on_delete: bool,
    pub on_truncate: bool,
    pub table: WrittenName,
    pub from: Option<WrittenName>,
    pub deferrable: bool,
    pub initially_deferred: bool,
    pub old_table: Option<Name>,
    pub new_table: Option<Name>,
    pub for_each_row: bool,
    pub when: Option<Arc<str>>,
    pub function: WrittenName,
    pub arguments: Vec<String>,
}

/// `ALTER TRIGGER`.
#[derive(Debug)]
pub(crate) struct AlterTrigger {
    pub name: Name,
    pub table: WrittenName,
    pub action: AlterTriggerAction,
}

/// What it changes.
#[derive(Debug)]
pub(crate) enum AlterTriggerAction {
    Rename(Name),
    DependsOnExtension(ExtensionDependency),
}

/// After the words `CREATE …`.
pub(crate) fn create(c: &mut Cursor<'_>, constraint: bool) -> Result<CreateTrigger> {
    let name = c.name()?;
    let timing = if c.accept("before") {
        TriggerTiming::Before
    } else if c.accept("after") {
        TriggerTiming::After
    } else {
        c.expect_words("instead of")?;
        TriggerTiming::InsteadOf
    };
    let (mut on_insert, mut on_update, mut on_delete, mut on_truncate) = (false, false, false, false);
    let mut update_columns = Vec::new();
    loop {
        match c.accept_any(&["insert", "update", "delete", "truncate"]) {
            Some("insert") => on_insert = true,
            Some("delete") => on_delete = true,
            Some("truncate") => on_truncate = true,
            Some(_) => {
                on_update = true;
                if c.accept("of") {
                    update_columns = c.comma_separated(Cursor::name)?;
                }
            }
            None => return Err(c.expected("INSERT, UPDATE, DELETE or TRUNCATE")),
        }
        if !c.accept("or") {
            break;
        }
    }
    c.expect("on")?;
    let table = c.qualified_name()?;
    let from = if c.accept("from") { Some(c.qualified_name()?) } else { None };
    let (deferrable, initially_deferred) = deferrability(c)?;
    let (mut old_table, mut new_table) = (None, None);
    if c.accept("referencing") {
        while c.is_word("old") || c.is_word("new") {
            let new = c.accept("new");
            if !new {
                c.expect("old")?;
            }
            c.expect("table")?;
            c.accept("as");
            let name = c.name()?;
            if new {
                new_table = Some(name);
            } else {
                old_table = Some(name);
            }
        }
    }
    let mut for_each_row = false;
    if c.accept("for") {
        c.accept("each");
        for_each_row = c.accept("row");
        if !for_each_row {
            c.expect("statement")?;
        }
    }
    let when = if c.accept("when") { Some(Arc::from(c.parenthesized_expr()?.text)) } else { None };
    c.expect("execute")?;
    if !c.accept("procedure") {
        c.expect("function")?;
    }
    let function = c.qualified_name()?;
    let arguments = c.parenthesized_or_empty(argument)?;
    Ok(CreateTrigger {
        constraint,
        name,
        timing,
        on_insert,
        on_update,
        update_columns,
        on_delete,
        on_truncate,
        table,
        from,
        deferrable,
        initially_deferred,
        old_table,
        new_table,
        for_each_row,
        when,
        function,
        arguments,
    })
}

/// `ConstraintAttributeSpec`: deferrable, initially deferred (which implies deferrable).
fn deferrability(c: &mut Cursor<'_>) -> Result<(bool, bool)> {
    let (mut deferrable, mut deferred) = (None, false);
    loop {
        if c.accept_words("not deferrable") {
            deferrable = Some(false);
        } else if c.accept("deferrable") {
            deferrable = Some(true);
        } else if c.accept_words("initially deferred") {
            deferred = true;
        } else if c.accept_words("initially immediate") {
            deferred = false;
        } else if c.accept("enforced") || c.accept_words("not enforced") || c.accept_words("not valid") {
            return Err(c
                .error_at(c.end_of_previous(), "constraint triggers cannot be marked so")
                .with_sqlstate("0A000"));
        } else {
            break;
        }
    }
    Ok((deferrable.unwrap_or(deferred), deferred))
}

/// `TriggerFuncArg`: any of them is kept as text.
fn argument(c: &mut Cursor<'_>) -> Result<String> {
    if c.is_string() {
        return Ok(c.string_literal()?.into_owned());
    }
    if c.is_identifier() {
        return Ok(c.label()?.as_str().to_owned());
    }
    c.number()
}

/// After the words `ALTER …`.
pub(crate) fn alter(c: &mut Cursor<'_>) -> Result<AlterTrigger> {
    let name = c.name()?;
    c.expect("on")?;
    let table = c.qualified_name()?;
    if c.accept_words("rename to") {
        return Ok(AlterTrigger { name, table, action: AlterTriggerAction::Rename(c.name()?) });
    }
    Ok(AlterTrigger { name, table, action: AlterTriggerAction::DependsOnExtension(extension_dependency(c)?) })
}
