//! Operator families, with the operators and functions of their classes, and operator classes.

use super::names::{Names, class, decode};
use super::{Output, Shape};
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{
    DataType, FamilyFunction, FamilyOperator, Name, OperatorClassObject, OperatorFamily, RoutineName,
};

row! {
    FamilyRow { oid: u32, schema: u32, name: &'a str, method: &'a str, owner: u32 }
}
row! {
    FamilyOperatorRow {
        family: u32, left: u32, right: u32, strategy: i16, schema: u32, name: &'a str, order_by: Option<&'a str>,
    }
}
row! {
    FamilyFunctionRow {
        family: u32, left: u32, right: u32, number: i16, schema: u32, name: &'a str, arguments: Vec<u32>,
    }
}
row! {
    OwnClassRow {
        oid: u32, schema: u32, name: &'a str, method: &'a str, is_default: bool, input: u32, storage: u32,
        family_schema: u32, family: &'a str, owner: u32,
    }
}

/// The answers that families are made from.
pub(super) struct FamilyAnswers<'a> {
    pub family: &'a Answer,
    pub operator: &'a Answer,
    pub function: &'a Answer,
    pub class: &'a Answer,
}

pub(super) fn read(answers: &FamilyAnswers<'_>, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    let mut operators: FxHashMap<u32, Vec<FamilyOperator>> = FxHashMap::default();
    for row in decode::<FamilyOperatorRow>(answers.operator)? {
        let Some(operator) = names.qualified(row.schema, row.name) else { continue };
        operators.entry(row.family).or_default().push(FamilyOperator {
            left: names.plain_type(row.left),
            right: names.plain_type(row.right),
            strategy: row.strategy,
            operator,
            order_by: names.of_pair(row.order_by),
        });
    }
    let mut functions: FxHashMap<u32, Vec<FamilyFunction>> = FxHashMap::default();
    for row in decode::<FamilyFunctionRow>(answers.function)? {
        let Some(name) = names.qualified(row.schema, row.name) else { continue };
        let arguments = row.arguments.iter().map(|oid| names.plain_type(*oid)).collect();
        functions.entry(row.family).or_default().push(FamilyFunction {
            left: names.plain_type(row.left),
            right: names.plain_type(row.right),
            number: row.number,
            function: RoutineName { name, arguments },
        });
    }
    for row in decode::<FamilyRow>(answers.family)? {
        let Some(name) = names
            .own_name(row.schema, row.name)
            .filter(|_| !names.is_left_out(class::OPERATOR_FAMILY, row.oid))
        else {
            continue;
        };
        let mut family = OperatorFamily {
            name,
            method: Name::new(row.method),
            operators: operators.remove(&row.oid).unwrap_or_default(),
            functions: functions.remove(&row.oid).unwrap_or_default(),
        };
        family.operators.sort();
        family.functions.sort();
        out.add(family, names.comment(class::OPERATOR_FAMILY, row.oid, 0), names.role(row.owner), None);
    }
    for row in decode::<OwnClassRow>(answers.class)? {
        let Some((name, family)) = names
            .own_name(row.schema, row.name)
            .filter(|_| !names.is_left_out(class::OPERATOR_CLASS, row.oid))
            .zip(names.qualified(row.family_schema, row.family))
        else {
            continue;
        };
        let data_type: DataType = names.plain_type(row.input);
        let class = OperatorClassObject {
            name,
            method: Name::new(row.method),
            is_default: row.is_default,
            storage: (row.storage != 0).then(|| names.plain_type(row.storage)).filter(|s| *s != data_type),
            data_type,
            family,
        };
        out.add(class, names.comment(class::OPERATOR_CLASS, row.oid, 0), names.role(row.owner), None);
    }
    Ok(())
}
