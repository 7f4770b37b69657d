//! CREATE OPERATOR CLASS, CREATE and ALTER OPERATOR FAMILY.

use trueup_catalog::{
    Address, DataType, Entry, FamilyFunction, FamilyOperator, Function, Name, ObjectKey, ObjectKind,
    OperatorClassObject, OperatorFamily, QualifiedName, RoutineName,
};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::object::{input_types, plain_type};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::object::operator_sides;
use crate::grammar::routine::{RoutineRef, routine_ref};
use crate::interpreter::Interpreter;

fn key(kind: ObjectKind, name: QualifiedName, method: &Name) -> ObjectKey {
    ObjectKey { kind, address: Address::OfMethod { name, method: method.clone() } }
}

/// What an item of a class or family adds.
enum Item {
    Operator(FamilyOperator),
    Function(FamilyFunction),
    Storage(DataType),
}

/// `OPERATOR number operator [(left, right)] [FOR …]`, `FUNCTION number [(types)] function(…)`, `STORAGE type`.
/// `of` is the class's type; a family's items say their own.
fn item(interp: &Interpreter<'_>, c: &mut Cursor<'_>, of: Option<&DataType>, method: &Name) -> Outcome<Item> {
    if c.accept("storage") {
        let data_type = c.type_name()?;
        return Ok(Item::Storage(plain_type(interp, &data_type)?));
    }
    let operator = c.accept("operator");
    if !operator {
        c.expect("function")?;
    }
    let number = i16::try_from(c.integer()?).map_err(|_| Failure::refused("42P17", "invalid number"))?;
    if !operator {
        return function(interp, c, of, method, number).map(Item::Function);
    }
    let (schema, symbol) = c.operator()?;
    let written = WrittenName { schema, name: Name::new(symbol), range: 0..0 };
    let (left, right) = if c.is_symbol("(") {
        let (left, right) = operator_sides(c)?;
        let side = |side: Option<trueup_syntax::type_name::TypeName>| match side {
            Some(t) => plain_type(interp, &t),
            None => Err(Failure::refused("42601", "operators of a family have two sides")),
        };
        (side(left)?, side(right)?)
    } else {
        let of = of.ok_or_else(|| {
            Failure::refused("42601", "operator argument types must be specified in ALTER OPERATOR FAMILY")
        })?;
        (of.clone(), of.clone())
    };
    let mut order_by = None;
    if c.accept_words("for order by") {
        let family = c.qualified_name()?;
        order_by = Some(interp.family_name(&family, "btree"));
    } else if !c.accept_words("for search") {
        c.accept("recheck");
    }
    let operator = interp.operator_for(&written, Some(&left), Some(&right));
    Ok(Item::Operator(FamilyOperator { left, right, strategy: number, operator, order_by }))
}

/// The types that a support function is for: those written, else by the rules of its method (`assignProcTypes` in opclasscmds.c).
fn function(
    interp: &Interpreter<'_>,
    c: &mut Cursor<'_>,
    of: Option<&DataType>,
    method: &Name,
    number: i16,
) -> Outcome<FamilyFunction> {
    let mut written = Vec::new();
    if c.is_symbol("(") {
        for data_type in c.parenthesized(|c| c.type_name())? {
            written.push(plain_type(interp, &data_type)?);
        }
    }
    let RoutineRef { name, parameters } = routine_ref(c)?;
    let arguments = match &parameters {
        Some(parameters) => input_types(interp, parameters)?,
        None => Vec::new(),
    };
    let name = interp.function_name(&name);
    let arguments = if parameters.is_none() { only_arguments(interp, &name) } else { arguments };
    let argument = |at: usize| arguments.get(at).cloned();
    let ordered = method == "btree" || method == "hash";
    let (left, right) = match (written.as_slice(), method.as_str(), number) {
        ([both], ..) => (Some(both.clone()), Some(both.clone())),
        ([left, right, ..], ..) => (Some(left.clone()), Some(right.clone())),
        ([], "btree", 1) => (argument(0), argument(1)),
        ([], "btree", 3) => (argument(0), argument(2)),
        ([], "hash", 1 | 2) => (argument(0), argument(0)),
        ([], ..) => (None, None),
    };
    let fallback = || {
        of.cloned().ok_or_else(|| {
            let what =
                if ordered { "associated data types must be specified" } else { "types must be specified" };
            Failure::refused("42P17", format!("{what} for index support function {number}"))
        })
    };
    let left = left.map_or_else(fallback, Ok)?;
    let right = right.map_or_else(fallback, Ok)?;
    Ok(FamilyFunction { left, right, number, function: RoutineName { name, arguments } })
}

pub(crate) fn only_arguments(interp: &Interpreter<'_>, name: &QualifiedName) -> Vec<DataType> {
    interp
        .store
        .catalog()
        .routines(ObjectKind::Function, name)
        .filter_map(|(_, entry)| Function::of(&entry.object))
        .map(|f| f.0.input_types())
        .next()
        .unwrap_or_default()
}

fn add(interp: &mut Interpreter<'_>, family: &ObjectKey, items: Vec<Item>) {
    interp.store.edit(family, |entry| {
        if let Some(family) = OperatorFamily::of_mut(&mut entry.object) {
            for item in items {
                match item {
                    Item::Operator(operator) => family.operators.push(operator),
                    Item::Function(function) => family.functions.push(function),
                    Item::Storage(_) => {}
                }
            }
            family.operators.sort();
            family.functions.sort();
        }
    });
}

/// `CREATE OPERATOR CLASS name`, after the name.
pub(crate) fn create(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, written: &WrittenName) -> Outcome {
    let name = interp.new_name(written)?;
    let is_default = c.accept("default");
    c.expect_words("for type")?;
    let data_type = c.type_name()?;
    let data_type = plain_type(interp, &data_type)?;
    c.expect("using")?;
    let method = c.name()?;
    let own = key(ObjectKind::OperatorClass, name.clone(), &method);
    if interp.store.get(&own).is_some() {
        return Err(Failure::duplicate("42710", format!("operator class {own} already exists")));
    }
    let family = if c.accept("family") {
        let family = c.qualified_name()?;
        interp.family_name(&family, method.as_str())
    } else {
        name.clone()
    };
    c.expect("as")?;
    let items = {
        let (interp, data_type, method) = (&*interp, &data_type, &method);
        let mut items = vec![item(interp, c, Some(data_type), method)?];
        while c.accept_symbol(",") {
            items.push(item(interp, c, Some(data_type), method)?);
        }
        items
    };
    let span = Some(interp.span(interp.place.statement.clone()));
    let family_key = key(ObjectKind::OperatorFamily, family.clone(), &method);
    if interp.store.get(&family_key).is_none() && family.schema != trueup_catalog::PG_CATALOG {
        let made = OperatorFamily {
            name: family.clone(),
            method: method.clone(),
            operators: Vec::new(),
            functions: Vec::new(),
        };
        interp.store.put(Entry { span: span.clone(), ..Entry::from(made) });
    }
    let storage = items.iter().find_map(|item| match item {
        Item::Storage(storage) => Some(storage.clone()),
        Item::Operator(_) | Item::Function(_) => None,
    });
    let class = OperatorClassObject {
        name,
        method: method.clone(),
        is_default,
        storage: storage.filter(|s| *s != data_type),
        data_type,
        family,
    };
    interp.store.put(Entry { span, ..Entry::from(class) });
    add(interp, &family_key, items);
    Ok(())
}

/// `CREATE OPERATOR FAMILY name USING method`.
pub(crate) fn create_family(interp: &mut Interpreter<'_>, written: &WrittenName, method: Name) -> Outcome {
    let name = interp.new_name(written)?;
    let own = key(ObjectKind::OperatorFamily, name.clone(), &method);
    if interp.store.get(&own).is_some() {
        return Err(Failure::duplicate("42710", format!("operator family {own} already exists")));
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    let family = OperatorFamily { name, method, operators: Vec::new(), functions: Vec::new() };
    interp.store.put(Entry { span, ..Entry::from(family) });
    Ok(())
}

/// `ALTER OPERATOR FAMILY … ADD|DROP …`.
pub(crate) fn alter_family(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, family: &ObjectKey) -> Outcome {
    let Address::OfMethod { method, .. } = family.address.clone() else { return Ok(()) };
    if c.accept("add") {
        let mut items = vec![item(interp, c, None, &method)?];
        while c.accept_symbol(",") {
            items.push(item(interp, c, None, &method)?);
        }
        add(interp, family, items);
        return Ok(());
    }
    c.expect("drop")?;
    loop {
        let operator = c.accept("operator");
        if !operator {
            c.expect("function")?;
        }
        let number = c.integer()?;
        let mut types = Vec::new();
        for data_type in c.parenthesized(|c| c.type_name())? {
            types.push(plain_type(interp, &data_type)?);
        }
        let (Some(left), Some(right)) = (types.first(), types.last()) else {
            return Err(c.expected("types").into());
        };
        interp.store.edit(family, |entry| {
            if let Some(family) = OperatorFamily::of_mut(&mut entry.object) {
                if operator {
                    family.operators.retain(|o| {
                        !(i64::from(o.strategy) == number && o.left == *left && o.right == *right)
                    });
                } else {
                    family
                        .functions
                        .retain(|f| !(i64::from(f.number) == number && f.left == *left && f.right == *right));
                }
            }
        });
        if !c.accept_symbol(",") {
            return Ok(());
        }
    }
}

/// Before a class goes: what it brought for its own type leaves the family with it.
pub(crate) fn forget_members(interp: &mut Interpreter<'_>, class: &ObjectKey) {
    let Some(class) = interp.store.get(class).and_then(|e| OperatorClassObject::of(&e.object)).cloned()
    else {
        return;
    };
    let family = key(ObjectKind::OperatorFamily, class.family, &class.method);
    interp.store.edit(&family, |entry| {
        if let Some(family) = OperatorFamily::of_mut(&mut entry.object) {
            family.operators.retain(|o| o.left != class.data_type || o.right != class.data_type);
            family.functions.retain(|f| f.left != class.data_type || f.right != class.data_type);
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    #[test]
    fn a_class_makes_its_family_and_fills_it() {
        let catalog = read(
            "CREATE OPERATOR CLASS k FOR TYPE int4 USING btree AS OPERATOR 1 <, OPERATOR 3 = (int4, int8) FOR SEARCH,
             FUNCTION 1 btint4cmp(int4, int4), FUNCTION 2 btint4sortsupport(internal), STORAGE int4;
             ALTER OPERATOR FAMILY k USING btree ADD FUNCTION 1 (int4, int8) btint48cmp(int4, int8);",
        );
        let (_, entry) = catalog.of_kind(ObjectKind::OperatorFamily).next().unwrap();
        let family = OperatorFamily::of(&entry.object).unwrap();
        assert_eq!((family.operators.len(), family.functions.len()), (2, 3));
        let sort = family.functions.iter().find(|f| f.number == 2).unwrap();
        assert_eq!(sort.left, DataType::builtin("int4"));
        let (_, entry) = catalog.of_kind(ObjectKind::OperatorClass).next().unwrap();
        assert_eq!(OperatorClassObject::of(&entry.object).unwrap().storage, None);
    }

    #[test]
    fn members_and_classes_are_dropped() {
        let catalog = read(
            "CREATE OPERATOR CLASS k FOR TYPE int4 USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int4, int4);
             ALTER OPERATOR FAMILY k USING btree DROP OPERATOR 1 (int4, int4);
             DROP OPERATOR CLASS k USING btree;",
        );
        let (_, entry) = catalog.of_kind(ObjectKind::OperatorFamily).next().unwrap();
        let family = OperatorFamily::of(&entry.object).unwrap();
        assert!(family.operators.is_empty() && family.functions.is_empty());
    }
}
