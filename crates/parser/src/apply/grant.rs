//! GRANT and REVOKE: privileges on modelled objects are noted with the object; membership in roles is not the schema's.

use trueup_catalog::{Name, ObjectKey, ObjectKind, Privilege};
use trueup_syntax::{Cursor, TokenKind};

use crate::apply::{domain, routine, user_type};
use crate::diagnostic::Outcome;
use crate::grammar::common::{Result, Role, WrittenName, behaviour, role};
use crate::grammar::routine::{RoutineKind, RoutineRef, kind, routine_ref};
use crate::interpreter::Interpreter;
use crate::names::is_system_schema;

/// What privileges are on.
enum Targets {
    Relations(Vec<WrittenName>),
    Schemas(Vec<Name>),
    Routines(RoutineKind, Vec<RoutineRef>),
    Types(Vec<WrittenName>),
    Domains(Vec<WrittenName>),
    /// Everything of a kind in schemas, or something that is not modelled: as text.
    Other(String),
    /// Outside one database's schema.
    Outside,
}

/// One word of privilege with its columns, if any.
struct Granted {
    word: String,
    columns: bool,
}

pub(crate) fn grant(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let revoke = cursor.accept("revoke");
    if !revoke {
        cursor.expect("grant")?;
    }
    let option_only = revoke && cursor.accept_words("grant option for");
    if revoke {
        // Options of memberships: ADMIN, INHERIT, SET OPTION FOR.
        for words in ["admin option for", "inherit option for", "set option for"] {
            cursor.accept_words(words);
        }
    }
    let granted = privileges(cursor)?;
    if !cursor.accept("on") {
        // GRANT role TO role.
        if !cursor.is_any_word(&["to", "from"]) {
            return Err(cursor.expected("ON, TO or FROM").into());
        }
        cursor.rest();
        interp.skipped += 1;
        return Ok(());
    }
    let targets = targets(cursor)?;
    if revoke {
        cursor.expect("from")?;
    } else {
        cursor.expect("to")?;
    }
    let roles = cursor.comma_separated(role)?;
    let grantable = cursor.accept_words("with grant option");
    if cursor.accept_words("granted by") {
        role(cursor)?;
    }
    behaviour(cursor);
    let range = interp.place.statement.clone();
    let keys = match targets {
        Targets::Outside => {
            interp.skipped += 1;
            return Ok(());
        }
        Targets::Other(text) => {
            interp.gap("grant", text, "", range);
            return Ok(());
        }
        Targets::Relations(names) => {
            let mut keys = Vec::new();
            for name in &names {
                match interp.relation(name) {
                    Ok((_, relation)) => keys.extend(relation.key),
                    // PostgreSQL's own, or an extension's.
                    Err(_) if outside(interp, name) => {
                        interp.gap("grant", name.to_string(), "", range.clone())
                    }
                    Err(failure) => return Err(failure),
                }
            }
            keys
        }
        Targets::Schemas(names) => {
            names.into_iter().map(|n| ObjectKey::global(ObjectKind::Schema, n)).collect()
        }
        Targets::Routines(kind, list) => {
            let mut keys = Vec::new();
            for written in &list {
                match routine::find(interp, kind, written) {
                    Ok(key) => keys.push(key),
                    // An aggregate, an extension's function, or one of PostgreSQL's own.
                    Err(_) => interp.gap("grant", written.name.to_string(), "", range.clone()),
                }
            }
            keys
        }
        Targets::Types(names) => {
            let mut keys = Vec::new();
            for name in &names {
                keys.extend(user_type::type_key(interp, name)?);
            }
            keys
        }
        Targets::Domains(names) => {
            let mut keys = Vec::new();
            for name in &names {
                keys.push(ObjectKey::in_schema(ObjectKind::Domain, domain::find(interp, name)?));
            }
            keys
        }
    };
    for key in keys {
        let object = key.to_string();
        if granted.iter().all(|g| !g.columns) {
            note(interp, &key, &granted, &roles, revoke, option_only, grantable);
        }
        // Privileges are not compared yet.
        if !interp.store.catalog().gaps.iter().any(|g| g.what == "grant" && g.object == object) {
            interp.gap("grant", object, "", range.clone());
        }
    }
    Ok(())
}

/// Whether a relation that is not found may be there all the same.
fn outside(interp: &Interpreter<'_>, name: &WrittenName) -> bool {
    name.schema.as_ref().map_or_else(|| name.name.as_str().starts_with("pg_"), is_system_schema)
        || interp.has_extensions()
}

/// `ALL [PRIVILEGES] [(columns)]`, or words each with columns; role names when it is a membership.
fn privileges(cursor: &mut Cursor<'_>) -> Result<Vec<Granted>> {
    cursor.comma_separated(|c| {
        let mut word = c.label()?.as_str().to_ascii_uppercase();
        if word == "ALL" {
            c.accept("privileges");
        } else if word == "ALTER" && c.accept("system") {
            word = "ALTER SYSTEM".to_owned();
        }
        let columns = c.is(TokenKind::LParen);
        if columns {
            c.name_list()?;
        }
        Ok(Granted { word, columns })
    })
}

fn targets(c: &mut Cursor<'_>) -> Result<Targets> {
    if c.is_word("all") {
        let mark = c.mark();
        c.next_token();
        c.label()?;
        c.expect_words("in schema")?;
        c.comma_separated(Cursor::name)?;
        return Ok(Targets::Other(c.since(mark).text.to_owned()));
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
        if c.is_word(outside) && !c.is_word_nth(1, "to") && !c.is_word_nth(1, "from") {
            c.next_token();
            c.comma_separated(Cursor::dotted_name)?;
            return Ok(Targets::Outside);
        }
    }
    for other in ["language", "foreign data wrapper", "foreign server"] {
        if c.is_words(other) {
            c.accept_words(other);
            let names = c.comma_separated(Cursor::label)?;
            let list = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Ok(Targets::Other(format!("{other} {list}")));
        }
    }
    if c.accept_words("large object") {
        c.comma_separated(Cursor::number)?;
        return Ok(Targets::Outside);
    }
    if !c.accept("table") {
        c.accept("sequence");
    }
    Ok(Targets::Relations(c.comma_separated(Cursor::qualified_name)?))
}

/// What `ALL` means for a kind of object (manual, 5.8 "Privileges").
fn all(kind: ObjectKind, major: u32) -> &'static [&'static str] {
    match kind {
        ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView if major >= 17 => {
            &["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"]
        }
        ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView => {
            &["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
        }
        ObjectKind::Sequence => &["USAGE", "SELECT", "UPDATE"],
        ObjectKind::Schema => &["USAGE", "CREATE"],
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate => &["EXECUTE"],
        ObjectKind::EnumType
        | ObjectKind::Domain
        | ObjectKind::CompositeType
        | ObjectKind::RangeType
        | ObjectKind::BaseType
        | ObjectKind::Language
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Server => &["USAGE"],
        ObjectKind::Extension
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::AccessMethod
        | ObjectKind::Operator
        | ObjectKind::OperatorFamily
        | ObjectKind::OperatorClass
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::UserMapping
        | ObjectKind::Statistics
        | ObjectKind::EventTrigger
        | ObjectKind::Rule
        | ObjectKind::Publication
        | ObjectKind::Subscription
        | ObjectKind::DefaultPrivileges
        | ObjectKind::DomainConstraint
        | ObjectKind::Column
        | ObjectKind::Constraint
        | ObjectKind::Index
        | ObjectKind::Trigger
        | ObjectKind::Policy => &[],
    }
}

/// Notes what was granted or revoked with the object.
fn note(
    interp: &mut Interpreter<'_>,
    key: &ObjectKey,
    granted: &[Granted],
    roles: &[Role],
    revoke: bool,
    option_only: bool,
    grantable: bool,
) {
    let major = interp.major();
    let words: Vec<String> = granted
        .iter()
        .flat_map(|g| {
            if g.word == "ALL" {
                all(key.kind, major).iter().map(|w| (*w).to_owned()).collect()
            } else {
                vec![g.word.clone()]
            }
        })
        .collect();
    let grantees: Vec<Option<Name>> = roles
        .iter()
        .filter_map(|role| match role {
            Role::Named(name) => Some(Some(name.clone())),
            Role::Public => Some(None),
            Role::Current => interp.role.clone().map(Some),
        })
        .collect();
    interp.store.edit(key, |entry| {
        let list = entry.privileges.get_or_insert_with(Vec::new);
        for grantee in &grantees {
            for word in &words {
                let same = |p: &Privilege| p.grantee == *grantee && p.privilege == *word;
                if option_only {
                    for privilege in list.iter_mut().filter(|p| same(p)) {
                        privilege.grantable = false;
                    }
                } else {
                    let had_option = list.iter().any(|p| same(p) && p.grantable);
                    list.retain(|p| !same(p));
                    if !revoke {
                        let grantable = grantable || had_option;
                        list.push(Privilege { grantee: grantee.clone(), privilege: word.clone(), grantable });
                    }
                }
            }
        }
        list.sort();
    });
}
