//! CREATE OPERATOR and ALTER OPERATOR.

use trueup_catalog::{
    Address, DataType, Entry, Name, ObjectKey, ObjectKind, Operator, QualifiedName, SchemaObject,
};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::aggregate::result_of;
use crate::apply::object::{element, function, type_of};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::types::{DefinitionElement, DefinitionValue, definition};
use crate::interpreter::Interpreter;

fn key(name: QualifiedName, left: Option<DataType>, right: Option<DataType>) -> ObjectKey {
    ObjectKey { kind: ObjectKind::Operator, address: Address::Operator { name, left, right } }
}

/// After the symbol.
pub(crate) fn create(
    interp: &mut Interpreter<'_>,
    cursor: &mut Cursor<'_>,
    schema: Option<Name>,
    symbol: &str,
) -> Outcome {
    let name = interp.new_name(&WrittenName { schema, name: Name::new(symbol), range: 0..0 })?;
    let elements = definition(cursor)?;
    let left = type_of(interp, element(&elements, &["leftarg"]))?;
    let right = type_of(interp, element(&elements, &["rightarg"]))?;
    if left.is_none() && right.is_none() {
        return Err(Failure::refused("42P13", "operator argument types must be specified"));
    }
    let Some(implementation) = function(interp, &elements, &["function", "procedure"]) else {
        return Err(Failure::refused("42P13", "operator function must be specified"));
    };
    let own = key(name.clone(), left.clone(), right.clone());
    if let Some(entry) = interp.store.get(&own)
        && Operator::of(&entry.object).is_some_and(|o| o.function.is_some())
    {
        return Err(Failure::duplicate("42723", format!("operator {own} already exists")));
    }
    let arguments: Vec<DataType> = left.iter().chain(&right).cloned().collect();
    let flag = |names: &[&str]| element(&elements, names).is_some_and(DefinitionElement::is_true);
    // The old way to say MERGES (`DefineOperator` in operatorcmds.c).
    let sorts = element(&elements, &["sort1", "sort2", "ltcmp", "gtcmp"]).is_some();
    let commutator = other(interp, &elements, "commutator", &own, (right.clone(), left.clone()))?;
    let negator = other(interp, &elements, "negator", &own, (left.clone(), right.clone()))?;
    let operator = Operator {
        name: name.clone(),
        left,
        right,
        result: result_of(interp, &implementation, Some(&arguments)),
        function: Some(implementation),
        commutator: commutator.as_ref().map(operator_name),
        negator: negator.as_ref().map(operator_name),
        restrict: function(interp, &elements, &["restrict"]),
        join: function(interp, &elements, &["join"]),
        hashes: flag(&["hashes"]),
        merges: flag(&["merges"]) || sorts,
    };
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(operator) });
    link(interp, commutator, &name, |o| &mut o.commutator);
    link(interp, negator, &name, |o| &mut o.negator);
    Ok(())
}

/// The operator that COMMUTATOR or NEGATOR names; a shell is made where there is none (`get_other_operator` in pg_operator.c).
fn other(
    interp: &mut Interpreter<'_>,
    elements: &[DefinitionElement],
    word: &str,
    own: &ObjectKey,
    sides: (Option<DataType>, Option<DataType>),
) -> Outcome<Option<ObjectKey>> {
    let Some(written) = element(elements, &[word]).and_then(DefinitionElement::written_name) else {
        return Ok(None);
    };
    let (left, right) = sides;
    let found = interp
        .find_by_path(&written, |name| {
            let key = key(name.clone(), left.clone(), right.clone());
            (key == *own || interp.store.get(&key).is_some()).then_some(key)
        })
        .map(|(_, key)| key);
    if let Some(found) = found {
        return Ok(Some(found));
    }
    if is_builtin(interp, &written, &left, &right) {
        let name =
            QualifiedName { schema: Name::new(trueup_catalog::PG_CATALOG), name: written.name.clone() };
        return Ok(Some(key(name, left, right)));
    }
    let name = interp.new_name(&written)?;
    let made = key(name.clone(), left.clone(), right.clone());
    if made != *own {
        let shell = Operator {
            name,
            left,
            right,
            function: None,
            commutator: None,
            negator: None,
            restrict: None,
            join: None,
            hashes: false,
            merges: false,
            result: None,
        };
        let span = Some(interp.span(interp.place.statement.clone()));
        interp.store.put(Entry { span, ..Entry::from(shell) });
    }
    Ok(Some(made))
}

/// Whether an operator over these types can only be one of PostgreSQL's own.
fn is_builtin(
    interp: &Interpreter<'_>,
    written: &WrittenName,
    left: &Option<DataType>,
    right: &Option<DataType>,
) -> bool {
    let system = |t: &Option<DataType>| {
        t.as_ref().is_none_or(|t| t.schema.as_ref().is_some_and(|s| *s == trueup_catalog::PG_CATALOG))
    };
    match &written.schema {
        Some(schema) => *schema == trueup_catalog::PG_CATALOG,
        None => {
            system(left)
                && system(right)
                && interp.is_builtin_operator(written.name.as_str(), left.as_ref(), right.as_ref())
        }
    }
}

fn operator_name(key: &ObjectKey) -> QualifiedName {
    match &key.address {
        Address::Operator { name, .. } => name.clone(),
        Address::Global(name) | Address::OnRelation { name, .. } => {
            QualifiedName { schema: Name::new(""), name: name.clone() }
        }
        Address::InSchema(name) | Address::Routine { name, .. } | Address::OfMethod { name, .. } => {
            name.clone()
        }
        Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => QualifiedName::new("", ""),
    }
}

/// The other operator learns of this one, unless it has such a partner already (`OperatorUpd` in pg_operator.c).
fn link(
    interp: &mut Interpreter<'_>,
    other: Option<ObjectKey>,
    name: &QualifiedName,
    field: impl Fn(&mut Operator) -> &mut Option<QualifiedName>,
) {
    let Some(key) = other else { return };
    interp.store.edit(&key, |entry| {
        if let Some(operator) = Operator::of_mut(&mut entry.object) {
            field(operator).get_or_insert_with(|| name.clone());
        }
    });
}

/// Before an operator goes: those that name it as commutator or negator forget it. PostgreSQL does that for its own partners
/// (`RemoveOperatorById` in operatorcmds.c); a link that only the other side has is left dangling, and means nothing then.
pub(crate) fn unlink(interp: &mut Interpreter<'_>, gone: &ObjectKey) {
    if gone.kind != ObjectKind::Operator {
        return;
    }
    let partners: Vec<ObjectKey> =
        interp.store.catalog().of_kind(ObjectKind::Operator).map(|(key, _)| key.clone()).collect();
    for partner in partners.iter().filter(|partner| *partner != gone) {
        interp.store.edit(partner, |entry| {
            let Some(operator) = Operator::of_mut(&mut entry.object) else { return };
            let (left, right) = (operator.left.clone(), operator.right.clone());
            let is_gone =
                |name: &Option<QualifiedName>, left: &Option<DataType>, right: &Option<DataType>| {
                    name.as_ref().is_some_and(|name| key(name.clone(), left.clone(), right.clone()) == *gone)
                };
            if is_gone(&operator.commutator, &right, &left) {
                operator.commutator = None;
            }
            if is_gone(&operator.negator, &left, &right) {
                operator.negator = None;
            }
        });
    }
}

/// `ALTER OPERATOR … SET (RESTRICT = …, JOIN = …; from 17 on also COMMUTATOR, NEGATOR, HASHES, MERGES)`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>, key: &ObjectKey) -> Outcome {
    cursor.expect("set")?;
    let elements = definition(cursor)?;
    let Address::Operator { left, right, name } = key.address.clone() else { return Ok(()) };
    for element in &elements {
        let none = matches!(&element.value, Some(DefinitionValue::Word(word)) if *word == "none");
        let named = |interp: &Interpreter<'_>| {
            element.written_name().filter(|_| !none).map(|written| interp.function_name(&written))
        };
        match element.name.as_str() {
            "restrict" => {
                let function = named(interp);
                edit(interp, key, |o| o.restrict = function);
            }
            "join" => {
                let function = named(interp);
                edit(interp, key, |o| o.join = function);
            }
            "hashes" => edit(interp, key, |o| o.hashes = element.is_true()),
            "merges" => edit(interp, key, |o| o.merges = element.is_true()),
            word @ ("commutator" | "negator") => {
                let sides = if word == "commutator" {
                    (right.clone(), left.clone())
                } else {
                    (left.clone(), right.clone())
                };
                let list = std::slice::from_ref(element);
                let partner = other(interp, list, word, key, sides)?;
                let partner_name = partner.as_ref().map(operator_name);
                let commutes = word == "commutator";
                edit(interp, key, |o| {
                    *(if commutes { &mut o.commutator } else { &mut o.negator }) = partner_name;
                });
                link(interp, partner, &name, |o| if commutes { &mut o.commutator } else { &mut o.negator });
            }
            word => {
                return Err(Failure::refused(
                    "42601",
                    format!("operator attribute \"{word}\" not recognized"),
                ));
            }
        }
    }
    Ok(())
}

fn edit(interp: &mut Interpreter<'_>, key: &ObjectKey, change: impl FnOnce(&mut Operator)) {
    interp.store.edit(key, |entry| {
        if let Some(operator) = Operator::of_mut(&mut entry.object) {
            change(operator);
        }
        debug_assert_eq!(entry.object.key(), *key);
    });
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    fn find(catalog: &Catalog, symbol: &str) -> Operator {
        catalog
            .of_kind(ObjectKind::Operator)
            .filter_map(|(_, entry)| Operator::of(&entry.object))
            .find(|o| o.name.name == symbol)
            .unwrap()
            .clone()
    }

    const TYPES: &str = "CREATE TYPE c AS (a int);
        CREATE FUNCTION eq(c, c) RETURNS bool LANGUAGE sql AS 'select true';";

    #[test]
    fn partners_are_made_and_linked() {
        let catalog = read(&format!(
            "{TYPES} CREATE OPERATOR === (LEFTARG = c, RIGHTARG = c, PROCEDURE = eq, COMMUTATOR = ===, NEGATOR = !==, HASHES)"
        ));
        let equal = find(&catalog, "===");
        assert_eq!(equal.commutator, Some(QualifiedName::new("public", "===")));
        assert!(equal.hashes && !equal.merges);
        let shell = find(&catalog, "!==");
        assert_eq!((shell.function, shell.negator), (None, Some(QualifiedName::new("public", "==="))));
    }

    #[test]
    fn operators_are_altered_and_dropped_by_their_types() {
        let catalog = read(&format!(
            "{TYPES} CREATE OPERATOR === (LEFTARG = c, RIGHTARG = c, FUNCTION = eq);
             ALTER OPERATOR === (c, c) SET (RESTRICT = eqsel, JOIN = NONE);"
        ));
        assert_eq!(find(&catalog, "===").restrict, Some(QualifiedName::new("pg_catalog", "eqsel")));
        let dropped = read(&format!(
            "{TYPES} CREATE OPERATOR === (LEFTARG = c, RIGHTARG = c, FUNCTION = eq); DROP OPERATOR === (c, c);"
        ));
        assert_eq!(dropped.of_kind(ObjectKind::Operator).count(), 0);
        assert_eq!(states("DROP OPERATOR === (int, int)"), ["42883"]);
    }
}
