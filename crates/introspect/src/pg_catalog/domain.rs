//! Domains. Their check constraints are read with the other constraints.

use super::names::{Names, class, decode, privileges, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, row};
use trueup_catalog::{Domain, Expr};

row! {
    DomainRow {
        oid: u32, schema: u32, name: &'a str, base: u32, modifier: i32, type_text: Option<&'a str>, collation: u32,
        expression: Option<&'a str>, not_null: bool,
        commented_not_null: Option<&'a str>, owner: u32, acl: Option<Vec<&'a str>>,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<DomainRow>(answer)? {
        let Some(name) =
            names.own_name(row.schema, row.name).filter(|_| !names.is_left_out(class::TYPE, row.oid))
        else {
            continue;
        };
        if let Some(constraint) = row.commented_not_null {
            let object = format!("{name}.{constraint}");
            out.gaps.push(unmodeled("comment on not-null constraint", &object, ""));
        }
        let privileges = privileges(row.acl.as_deref(), &name, &mut out.gaps);
        let domain = Domain {
            name,
            base: names.data_type(row.base, row.modifier, row.type_text),
            collation: names.own_collation(row.collation, row.base),
            default: row.expression.map(Expr::qualified),
            not_null: row.not_null,
        };
        out.add(domain, names.comment(class::TYPE, row.oid, 0), names.role(row.owner), privileges);
    }
    Ok(())
}
