//! GRANT, REVOKE and ALTER DEFAULT PRIVILEGES.

use trueup_catalog::DefaultPrivilegesOn;

use super::common::{Cursor, Name, Result, Role, TokenKind, WrittenName, behaviour, role};
use super::routine::{RoutineKind, RoutineRef, kind, routine_ref};

/// One privilege as it is written: `ALL`, `SELECT (a, b)`.
#[derive(Debug)]
pub(crate) struct Word {
    /// In upper case; `ALL` for all that the object has.
    pub word: String,
    /// The columns that it is limited to.
    pub columns: Option<Vec<Name>>,
}

/// What everything of a kind in a schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AllOf {
    Tables,
    Sequences,
    Functions,
    Procedures,
    Routines,
}

/// What privileges are on.
#[derive(Debug)]
pub(crate) enum Targets {
    /// `TABLE`, or no word: sequences are taken too, for old scripts.
    Tables(Vec<WrittenName>),
    Sequences(Vec<WrittenName>),
    Schemas(Vec<Name>),
    Routines(RoutineKind, Vec<RoutineRef>),
    Types(Vec<WrittenName>),
    Domains(Vec<WrittenName>),
    Languages(Vec<Name>),
    ForeignDataWrappers(Vec<Name>),
    Servers(Vec<Name>),
    All(AllOf, Vec<Name>),
    /// Databases, tablespaces, parameters and large objects: outside one database's schema.
    Outside,
}

/// Who gets or loses what.
#[derive(Debug)]
pub(crate) struct Terms {
    pub revoke: bool,
    /// `GRANT OPTION FOR`.
    pub option_only: bool,
    pub words: Vec<Word>,
    pub roles: Vec<Role>,
    /// `WITH GRANT OPTION`.
    pub grantable: bool,
    pub granted_by: Option<Role>,
    pub cascade: bool,
}

/// GRANT or REVOKE.
#[derive(Debug)]
pub(crate) enum Grant {
    /// Of privileges on objects.
    Privileges(Terms, Targets),
    /// Of a role's membership, which is not the schema's.
    Membership,
}

/// `GRANT …`, `REVOKE …`.
pub(crate) fn grant(c: &mut Cursor<'_>) -> Result<Grant> {
    let revoke = revokes(c)?;
    let option_only = revoke && c.accept_words("grant option for");
    if revoke {
        for words in ["admin option for", "inherit option for", "set option for"] {
            c.accept_words(words);
        }
    }
    let words = words(c)?;
    if !c.accept("on") {
        if !c.is_any_word(&["to", "from"]) {
            return Err(c.expected("ON, TO or FROM"));
        }
        c.rest();
        return Ok(Grant::Membership);
    }
    let targets = targets(c)?;
    Ok(Grant::Privileges(terms(c, revoke, option_only, words)?, targets))
}

/// `ALTER DEFAULT PRIVILEGES`.
#[derive(Debug)]
pub(crate) struct AlterDefaultPrivileges {
    /// `FOR ROLE`; empty for the current one.
    pub roles: Vec<Role>,
    /// `IN SCHEMA`; empty for everywhere.
    pub schemas: Vec<Name>,
    pub objects: DefaultPrivilegesOn,
    pub terms: Terms,
}

/// What follows `ALTER DEFAULT PRIVILEGES`.
pub(crate) fn alter_default_privileges(c: &mut Cursor<'_>) -> Result<AlterDefaultPrivileges> {
    let (mut roles, mut schemas) = (Vec::new(), Vec::new());
    loop {
        if c.accept("for") {
            if c.accept_any(&["role", "user"]).is_none() {
                return Err(c.expected("ROLE or USER"));
            }
            roles = c.comma_separated(role)?;
        } else if c.accept_words("in schema") {
            schemas = c.comma_separated(Cursor::name)?;
        } else {
            break;
        }
    }
    let revoke = revokes(c)?;
    let option_only = revoke && c.accept_words("grant option for");
    let words = words(c)?;
    c.expect("on")?;
    let objects = if c.accept("tables") {
        DefaultPrivilegesOn::Tables
    } else if c.accept("sequences") {
        DefaultPrivilegesOn::Sequences
    } else if c.accept_any(&["functions", "routines"]).is_some() {
        DefaultPrivilegesOn::Functions
    } else if c.accept("types") {
        DefaultPrivilegesOn::Types
    } else if c.accept("schemas") {
        DefaultPrivilegesOn::Schemas
    } else if c.accept_words("large objects") {
        DefaultPrivilegesOn::LargeObjects
    } else {
        return Err(c.expected("TABLES, SEQUENCES, FUNCTIONS, ROUTINES, TYPES, SCHEMAS or LARGE OBJECTS"));
    };
    let terms = terms(c, revoke, option_only, words)?;
    Ok(AlterDefaultPrivileges { roles, schemas, objects, terms })
}

fn revokes(c: &mut Cursor<'_>) -> Result<bool> {
    let revoke = c.accept("revoke");
    if !revoke {
        c.expect("grant")?;
    }
    Ok(revoke)
}

/// What follows the targets.
fn terms(c: &mut Cursor<'_>, revoke: bool, option_only: bool, words: Vec<Word>) -> Result<Terms> {
    c.expect(if revoke { "from" } else { "to" })?;
    let roles = c.comma_separated(role)?;
    let grantable = !revoke && c.accept_words("with grant option");
    let granted_by = if c.accept_words("granted by") { Some(role(c)?) } else { None };
    let cascade = revoke && behaviour(c);
    Ok(Terms { revoke, option_only, words, roles, grantable, granted_by, cascade })
}

/// `ALL [PRIVILEGES] [(columns)]`, or words each with columns; role names when it is a membership.
fn words(c: &mut Cursor<'_>) -> Result<Vec<Word>> {
    c.comma_separated(|c| {
        let mut word = c.label()?.as_str().to_ascii_uppercase();
        if word == "ALL" {
            c.accept("privileges");
        } else if word == "ALTER" && c.accept("system") {
            word = "ALTER SYSTEM".to_owned();
        }
        let columns = if c.is(TokenKind::LParen) { Some(c.name_list()?) } else { None };
        Ok(Word { word, columns })
    })
}

fn targets(c: &mut Cursor<'_>) -> Result<Targets> {
    if c.accept("all") {
        let all = match c.accept_any(&["tables", "sequences", "functions", "procedures", "routines"]) {
            Some("tables") => AllOf::Tables,
            Some("sequences") => AllOf::Sequences,
            Some("functions") => AllOf::Functions,
            Some("procedures") => AllOf::Procedures,
            Some(_) => AllOf::Routines,
            None => return Err(c.expected("TABLES, SEQUENCES, FUNCTIONS, PROCEDURES or ROUTINES")),
        };
        c.expect_words("in schema")?;
        return Ok(Targets::All(all, c.comma_separated(Cursor::name)?));
    }
    if c.accept("schema") {
        return Ok(Targets::Schemas(c.comma_separated(Cursor::name)?));
    }
    if c.is_any_word(&["function", "procedure", "routine"]) {
        let kind = kind(c)?;
        return Ok(Targets::Routines(kind, c.comma_separated(routine_ref)?));
    }
    if c.accept("type") {
        return Ok(Targets::Types(c.comma_separated(Cursor::qualified_name)?));
    }
    if c.accept("domain") {
        return Ok(Targets::Domains(c.comma_separated(Cursor::qualified_name)?));
    }
    for outside in ["database", "tablespace", "parameter"] {
        if c.is_word(outside) && !named(c) {
            c.next_token();
            c.comma_separated(Cursor::dotted_name)?;
            return Ok(Targets::Outside);
        }
    }
    if c.is_word("language") && !named(c) {
        c.next_token();
        return Ok(Targets::Languages(c.comma_separated(Cursor::label)?));
    }
    if c.accept_words("foreign data wrapper") {
        return Ok(Targets::ForeignDataWrappers(c.comma_separated(Cursor::label)?));
    }
    if c.accept_words("foreign server") {
        return Ok(Targets::Servers(c.comma_separated(Cursor::label)?));
    }
    if c.accept_words("large object") {
        c.comma_separated(Cursor::number)?;
        return Ok(Targets::Outside);
    }
    if c.is_word("sequence") && !named(c) {
        c.next_token();
        return Ok(Targets::Sequences(c.comma_separated(Cursor::qualified_name)?));
    }
    c.accept("table");
    Ok(Targets::Tables(c.comma_separated(Cursor::qualified_name)?))
}

/// Whether the word at the cursor is the name of a table itself, no key word: the roles follow it.
fn named(c: &Cursor<'_>) -> bool {
    c.is_word_nth(1, "to")
        || c.is_word_nth(1, "from")
        || c.peek_nth(1).is_some_and(|t| t.kind == TokenKind::Comma)
}
