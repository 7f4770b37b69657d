//! `CREATE OPERATOR`, operator families and operator classes.

use super::Sql;
use trueup_catalog::{
    FamilyFunction, FamilyOperator, Operator, OperatorClassObject, OperatorFamily, QualifiedName,
};

/// `OPERATOR(schema.symbol)`: a symbol is never quoted.
pub fn named(operator: &QualifiedName) -> String {
    format!("OPERATOR({}.{})", operator.schema, operator.name.as_str())
}

/// `CREATE OPERATOR schema.symbol (…)`; nothing for a shell, which its partner's statement makes.
pub fn create(operator: &Operator) -> Sql {
    let Operator {
        name,
        left,
        right,
        function,
        commutator,
        negator,
        restrict,
        join,
        hashes,
        merges,
        result: _,
    } = operator;
    let Some(function) = function else { return Sql::default() };
    let mut sql =
        Sql::new(format!("CREATE OPERATOR {}.{} (FUNCTION = {function}", name.schema, name.name.as_str()));
    for (word, side) in [("LEFTARG", left), ("RIGHTARG", right)] {
        if let Some(side) = side {
            sql.add(format_args!(", {word} = {side}"));
        }
    }
    for (word, other) in [("COMMUTATOR", commutator), ("NEGATOR", negator)] {
        if let Some(other) = other {
            sql.add(format_args!(", {word} = {}", named(other)));
        }
    }
    for (word, function) in [("RESTRICT", restrict), ("JOIN", join)] {
        if let Some(function) = function {
            sql.add(format_args!(", {word} = {function}"));
        }
    }
    if *hashes {
        sql.push(", HASHES");
    }
    if *merges {
        sql.push(", MERGES");
    }
    sql.push(")");
    sql
}

/// `CREATE OPERATOR FAMILY`.
pub fn create_family(family: &OperatorFamily) -> Sql {
    Sql::new(format!("CREATE OPERATOR FAMILY {} USING {}", family.name, family.method))
}

/// `ALTER OPERATOR FAMILY … ADD …`; `None` when there is nothing to add.
pub fn add_members(
    family: &OperatorFamily,
    operators: &[&FamilyOperator],
    functions: &[&FamilyFunction],
) -> Option<Sql> {
    if operators.is_empty() && functions.is_empty() {
        return None;
    }
    let mut sql = Sql::new(format!("ALTER OPERATOR FAMILY {} USING {} ADD ", family.name, family.method));
    sql.list(", ", operators, |sql, member| {
        let FamilyOperator { left, right, strategy, operator, order_by } = member;
        // Here a name stands bare: `OPERATOR 1 schema.< (left, right)`.
        sql.add(format_args!(
            "OPERATOR {strategy} {}.{} ({left}, {right})",
            operator.schema,
            operator.name.as_str()
        ));
        if let Some(family) = order_by {
            sql.add(format_args!(" FOR ORDER BY {family}"));
        }
    });
    if !operators.is_empty() && !functions.is_empty() {
        sql.push(", ");
    }
    sql.list(", ", functions, |sql, member| {
        let FamilyFunction { left, right, number, function } = member;
        sql.add(format_args!("FUNCTION {number} ({left}, {right}) {function}"));
    });
    Some(sql)
}

/// `CREATE OPERATOR CLASS … AS STORAGE type`: its members are its family's.
pub fn create_class(class: &OperatorClassObject) -> Sql {
    let OperatorClassObject { name, method, is_default, data_type, family, storage } = class;
    let default = if *is_default { "DEFAULT " } else { "" };
    let storage = storage.as_ref().unwrap_or(data_type);
    Sql::new(format!(
        "CREATE OPERATOR CLASS {name} {default}FOR TYPE {data_type} USING {method} FAMILY {family} AS STORAGE {storage}"
    ))
}
