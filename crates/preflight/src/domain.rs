//! Domains: what a new demand of one does to the tables that have columns of it.

use trueup_catalog::{Column, DataType, Domain, ObjectKind, QualifiedName};
use trueup_repair::{Held, LockMode};

use crate::effect::{Effect, Unsure};
use crate::effects::{Collected, Effects};

/// Every column of the domain, or of one over it, is read, and nobody writes meanwhile (`validateDomainCheckConstraint` and
/// `get_rels_with_domain` in `typecmds.c`).
pub(crate) fn checked(effects: &Effects<'_>, domain: &QualifiedName, demand: String, out: &mut Collected) {
    let catalog = effects.world.catalog();
    let mut domains = vec![domain.clone()];
    let mut next = 0;
    while let Some(base) = domains.get(next).cloned() {
        let over = catalog.of_kind(ObjectKind::Domain).filter_map(|(_, entry)| Domain::of(&entry.object));
        let over = over.filter(|other| is(&other.base, &base)).map(|other| other.name.clone());
        let over: Vec<QualifiedName> = over.filter(|name| !domains.contains(name)).collect();
        domains.extend(over);
        next += 1;
    }
    let mut found = false;
    for column in catalog.of_kind(ObjectKind::Column).filter_map(|(_, entry)| Column::of(&entry.object)) {
        if domains.iter().any(|domain| is(&column.data_type, domain))
            && effects.before(&column.table).is_some()
        {
            effects.block(out, ObjectKind::Table, &column.table, LockMode::Share, Held::Scan);
            found = true;
        }
    }
    if found {
        out.effects.push(Effect::MayFail(Unsure { demand, probe: None }));
    }
}

fn is(data_type: &DataType, domain: &QualifiedName) -> bool {
    !data_type.array && data_type.qualified_name().as_ref() == Some(domain)
}
