//! Row security policies.

use super::names::{Names, class, decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{Expr, Name, Policy, PolicyCommand};

row! {
    PolicyRow {
        oid: u32, relation: u32, name: &'a str, command: Letter, permissive: bool, roles: Vec<u32>,
        using_expression: Option<&'a str>, check_expression: Option<&'a str>,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<PolicyRow>(answer)? {
        let Some(relation) = names.own_relation(row.relation) else { continue };
        if names.is_part_left_out(class::POLICY, row.oid) {
            continue;
        }
        let name = Name::new(row.name);
        let command = match row.command.0 {
            '*' => PolicyCommand::All,
            'r' => PolicyCommand::Select,
            'a' => PolicyCommand::Insert,
            'w' => PolicyCommand::Update,
            'd' => PolicyCommand::Delete,
            other => {
                let object = format!("{}.{name}", relation.name);
                out.gaps.push(unmodeled("policy", &object, format!("unknown command {other}")));
                continue;
            }
        };
        // OID 0 is PUBLIC.
        let mut roles: Vec<Name> = row.roles.iter().filter_map(|oid| names.role(*oid)).collect();
        roles.sort();
        let policy = Policy {
            table: relation.name.clone(),
            name,
            permissive: row.permissive,
            command,
            roles,
            using: row.using_expression.map(Expr::qualified),
            check: row.check_expression.map(Expr::qualified),
        };
        out.add(policy, names.comment(class::POLICY, row.oid, 0), None, None);
    }
    Ok(())
}
