//! `CREATE POLICY` and `ALTER POLICY`.

use super::common::*;
use std::sync::Arc;
use trueup_catalog::PolicyCommand;

/// `CREATE POLICY`.
#[derive(Debug)]
pub(crate) struct CreatePolicy {
    pub name: Name,
    pub table: WrittenName,
    pub permissive: bool,
    pub command: PolicyCommand,
    pub roles: Vec<Role>,
    pub using: Option<Arc<str>>,
    pub check: Option<Arc<str>>,
}

/// `ALTER POLICY`.
#[derive(Debug)]
pub(crate) struct AlterPolicy {
    pub name: Name,
    pub table: WrittenName,
    pub rename: Option<Name>,
    pub roles: Option<Vec<Role>>,
    pub using: Option<Arc<str>>,
    pub check: Option<Arc<str>>,
}

/// After the words `CREATE …`.
pub(crate) fn create(c: &mut Cursor<'_>) -> Result<CreatePolicy> {
    let name = c.name()?;
    c.expect("on")?;
    let table = c.qualified_name()?;
    let mut permissive = true;
    if c.accept("as") {
        let offset = c.offset();
        let word = c.label()?;
        permissive = match word.as_str() {
            "permissive" => true,
            "restrictive" => false,
            _ => return Err(c.error_at(offset, format!("unrecognized row security option {word}"))),
        };
    }
    let mut command = PolicyCommand::All;
    if c.accept("for") {
        command = match c.accept_any(&["all", "select", "insert", "update", "delete"]) {
            Some("all") => PolicyCommand::All,
            Some("select") => PolicyCommand::Select,
            Some("insert") => PolicyCommand::Insert,
            Some("update") => PolicyCommand::Update,
            Some(_) => PolicyCommand::Delete,
            None => return Err(c.expected("a command")),
        };
    }
    let roles = if c.accept("to") { c.comma_separated(role)? } else { Vec::new() };
    let (using, check) = conditions(c)?;
    Ok(CreatePolicy { name, table, permissive, command, roles, using, check })
}

/// The texts of `USING` and `WITH CHECK`.
type Conditions = (Option<Arc<str>>, Option<Arc<str>>);

fn conditions(c: &mut Cursor<'_>) -> Result<Conditions> {
    let using = if c.accept("using") { Some(Arc::from(c.parenthesized_expr()?.text)) } else { None };
    let check =
        if c.accept_words("with check") { Some(Arc::from(c.parenthesized_expr()?.text)) } else { None };
    Ok((using, check))
}

/// After the words `ALTER …`.
pub(crate) fn alter(c: &mut Cursor<'_>) -> Result<AlterPolicy> {
    let name = c.name()?;
    c.expect("on")?;
    let table = c.qualified_name()?;
    if c.accept_words("rename to") {
        let rename = Some(c.name()?);
        return Ok(AlterPolicy { name, table, rename, roles: None, using: None, check: None });
    }
    let roles = if c.accept("to") { Some(c.comma_separated(role)?) } else { None };
    let (using, check) = conditions(c)?;
    Ok(AlterPolicy { name, table, rename: None, roles, using, check })
}
