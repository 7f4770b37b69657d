//! Operators.

use super::names::{Names, class, decode};
use super::{Output, Shape};
use crate::session::{Answer, row};
use trueup_catalog::{DataType, Operator};

row! {
    OwnOperatorRow {
        oid: u32, schema: u32, name: &'a str, left: u32, right: u32, result: u32, function: Option<&'a str>,
        commutator: Option<&'a str>, negator: Option<&'a str>, restrict: Option<&'a str>, join: Option<&'a str>,
        hashes: bool, merges: bool, owner: u32,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    let side = |oid: u32| -> Option<DataType> { (oid != 0).then(|| names.plain_type(oid)) };
    for row in decode::<OwnOperatorRow>(answer)? {
        let Some(name) =
            names.own_name(row.schema, row.name).filter(|_| !names.is_left_out(class::OPERATOR, row.oid))
        else {
            continue;
        };
        let operator = Operator {
            name,
            left: side(row.left),
            right: side(row.right),
            function: names.of_pair(row.function),
            commutator: names.of_pair(row.commutator),
            negator: names.of_pair(row.negator),
            restrict: names.of_pair(row.restrict),
            join: names.of_pair(row.join),
            hashes: row.hashes,
            merges: row.merges,
            result: side(row.result),
        };
        out.add(operator, names.comment(class::OPERATOR, row.oid, 0), names.role(row.owner), None);
    }
    Ok(())
}
