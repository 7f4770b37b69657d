//! Default privileges.

use super::names::{Names, decode, privileges, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{DefaultPrivileges, DefaultPrivilegesOn};

row! {
    DefaultPrivilegesRow { role: u32, schema: u32, objects: Letter, acl: Option<Vec<&'a str>> }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<DefaultPrivilegesRow<'_>>(answer)? {
        // A role that was dropped leaves none.
        let Some(role) = names.role(row.role) else { continue };
        let schema = names.schema(row.schema).cloned();
        let shown = match &schema {
            Some(schema) => format!("FOR ROLE {role} IN SCHEMA {schema}"),
            None => format!("FOR ROLE {role}"),
        };
        let objects = match row.objects.0 {
            'r' => DefaultPrivilegesOn::Tables,
            'S' => DefaultPrivilegesOn::Sequences,
            'f' => DefaultPrivilegesOn::Functions,
            'T' => DefaultPrivilegesOn::Types,
            'n' => DefaultPrivilegesOn::Schemas,
            'L' => DefaultPrivilegesOn::LargeObjects,
            other => {
                out.gaps.push(unmodeled(
                    "default privileges",
                    &shown,
                    format!("unknown kind of object {other}"),
                ));
                continue;
            }
        };
        let acl = row.acl.unwrap_or_default();
        let Some(list) = privileges(Some(&acl), &shown, &mut out.gaps) else { continue };
        let mut list: Vec<_> = list.into_iter().map(|p| p.owned_by(Some(&role))).collect();
        list.sort();
        out.add(DefaultPrivileges { role, schema, objects, privileges: list }, None, None, None);
    }
    Ok(())
}
