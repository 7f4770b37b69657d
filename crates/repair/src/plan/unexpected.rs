//! What only live has: adding can't remove it, so people get the statement that would.

use super::{Context, Judged};
use crate::ddl::Sql;
use crate::ddl::comment::target;
use trueup_catalog::{Address, Constraint, Object, ObjectKey, ObjectKind, Trigger};

pub(super) fn judge(context: &Context<'_>, key: &ObjectKey) -> Judged {
    if let Some(entry) = context.live.get(key).filter(|_| key.kind == ObjectKind::DefaultPrivileges) {
        return super::privilege::unexpected_defaults(context, key, entry);
    }
    let reason = match context.live.get(key).map(|entry| &entry.object) {
        // What a foreign table shows lies elsewhere.
        Some(Object::Table(table)) if table.foreign.is_some() => "adding can't remove it",
        Some(Object::Table(_) | Object::Column(_) | Object::Schema(_) | Object::MaterializedView(_)) => {
            "dropping it would lose data"
        }
        Some(_) | None => "adding can't remove it",
    };
    Judged::manual(reason, drop(context, key).into_iter().collect())
}

/// `DROP …`, for people; nothing for what only its parent can drop.
fn drop(context: &Context<'_>, key: &ObjectKey) -> Option<Sql> {
    let entry = context.live.get(key)?;
    let on = |what: &str, word: &str, name: &dyn std::fmt::Display| {
        let relation = key.relation().map(ToString::to_string).unwrap_or_default();
        Some(Sql::new(format!("ALTER {what} {relation} DROP {word} {name}")))
    };
    match (&entry.object, &key.address) {
        (Object::Column(column), _) if column.inherited => None,
        (Object::Column(column), _) => on("TABLE", "COLUMN", &column.name),
        (Object::Constraint(Constraint { inherited: true, .. }), _)
        | (Object::Trigger(Trigger { inherited: true, .. }), _) => None,
        (Object::Constraint(constraint), _) => on("TABLE", "CONSTRAINT", &constraint.name),
        (Object::DomainConstraint(constraint), _) => on("DOMAIN", "CONSTRAINT", &constraint.name),
        (Object::Index(index), _) if index.attached_to.is_some() => None,
        (Object::Index(index), _) => {
            let way = if context.is_partitioned(&index.table) { "" } else { "CONCURRENTLY " };
            Some(Sql::new(format!("DROP INDEX {way}{key}")))
        }
        (
            Object::Schema(_)
            | Object::Extension(_)
            | Object::EnumType(_)
            | Object::Domain(_)
            | Object::CompositeType(_)
            | Object::RangeType(_)
            | Object::Sequence(_)
            | Object::Table(_)
            | Object::View(_)
            | Object::MaterializedView(_)
            | Object::Function(_)
            | Object::Procedure(_)
            | Object::BaseType(_)
            | Object::Collation(_)
            | Object::Conversion(_)
            | Object::Language(_)
            | Object::AccessMethod(_)
            | Object::Aggregate(_)
            | Object::Operator(_)
            | Object::OperatorFamily(_)
            | Object::OperatorClass(_)
            | Object::Cast(_)
            | Object::Transform(_)
            | Object::TextSearchParser(_)
            | Object::TextSearchTemplate(_)
            | Object::TextSearchDictionary(_)
            | Object::TextSearchConfiguration(_)
            | Object::ForeignDataWrapper(_)
            | Object::Server(_)
            | Object::UserMapping(_)
            | Object::Statistics(_)
            | Object::EventTrigger(_)
            | Object::Rule(_)
            | Object::Publication(_)
            | Object::Subscription(_)
            | Object::DefaultPrivileges(_)
            | Object::Trigger(_)
            | Object::Policy(_),
            Address::Global(_)
            | Address::InSchema(_)
            | Address::OnRelation { .. }
            | Address::Routine { .. }
            | Address::Operator { .. }
            | Address::OfMethod { .. }
            | Address::Cast { .. }
            | Address::Transform { .. }
            | Address::UserMapping { .. }
            | Address::DefaultPrivileges { .. },
        ) => Some(Sql::new(format!("DROP {}", target(key, &entry.object)))),
    }
}
