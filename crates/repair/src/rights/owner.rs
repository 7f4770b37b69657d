//! Whose owner may change an object of each kind.

use super::{Sort, Thing};
use trueup_catalog::{Address, DataType, ObjectKey, ObjectKind, QualifiedName};

/// Whose owner may change an object.
pub(crate) enum Owner {
    /// That of one of these.
    Of(Vec<Thing>),
    /// Only superusers.
    Superuser,
    /// It has none.
    Nobody,
}

/// Whose owner that is, for each kind.
pub(crate) fn owner(key: &ObjectKey) -> Owner {
    let of = |thing: Option<Thing>| thing.map_or(Owner::Nobody, |thing| Owner::Of(vec![thing]));
    let global = |sort| of(Some(Thing::global(sort, key.name())));
    let in_schema = |sort| {
        of(match &key.address {
            Address::InSchema(name) => Some(Thing::named(sort, name)),
            _ => None,
        })
    };
    let on = |sort| of(key.relation().map(|relation| Thing::named(sort, relation)));
    let of_method = |sort| {
        of(match &key.address {
            Address::OfMethod { name, method } => {
                Some(Thing { detail: Some(method.as_str().to_owned()), ..Thing::named(sort, name) })
            }
            _ => None,
        })
    };
    let of_types = |types: &[&DataType]| {
        let names = types.iter().filter_map(|t| t.qualified_name());
        Owner::Of(names.map(|name| Thing::named(Sort::Type, &name)).collect())
    };
    match key.kind {
        ObjectKind::Schema => global(Sort::Schema),
        ObjectKind::Extension => global(Sort::Extension),
        ObjectKind::Language => global(Sort::Language),
        ObjectKind::ForeignDataWrapper => global(Sort::ForeignDataWrapper),
        ObjectKind::Server => global(Sort::Server),
        ObjectKind::EventTrigger => global(Sort::EventTrigger),
        ObjectKind::Publication => global(Sort::Publication),
        ObjectKind::Subscription => global(Sort::Subscription),
        ObjectKind::EnumType
        | ObjectKind::Domain
        | ObjectKind::CompositeType
        | ObjectKind::RangeType
        | ObjectKind::BaseType => in_schema(Sort::Type),
        ObjectKind::Collation => in_schema(Sort::Collation),
        ObjectKind::Conversion => in_schema(Sort::Conversion),
        ObjectKind::Statistics => in_schema(Sort::Statistics),
        ObjectKind::TextSearchDictionary => in_schema(Sort::Dictionary),
        ObjectKind::TextSearchConfiguration => in_schema(Sort::Configuration),
        ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Sequence => {
            in_schema(Sort::Relation)
        }
        ObjectKind::Column
        | ObjectKind::Constraint
        | ObjectKind::Trigger
        | ObjectKind::Rule
        | ObjectKind::Policy => on(Sort::Relation),
        ObjectKind::DomainConstraint => on(Sort::Type),
        ObjectKind::Index => of(key.relation().map(|relation| Thing {
            sort: Sort::Relation,
            schema: Some(relation.schema.clone()),
            name: key.name().clone(),
            detail: None,
        })),
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate => of(match &key.address {
            Address::Routine { name, arguments } => Some(routine(name, arguments)),
            _ => None,
        }),
        ObjectKind::Operator => of(match &key.address {
            Address::Operator { name, left, right } => {
                let side = |side: &Option<DataType>| {
                    side.as_ref().map_or_else(|| "NONE".to_owned(), ToString::to_string)
                };
                let sides = format!("{}, {}", side(left), side(right));
                Some(Thing { detail: Some(sides), ..Thing::named(Sort::Operator, name) })
            }
            _ => None,
        }),
        ObjectKind::OperatorFamily => of_method(Sort::OperatorFamily),
        ObjectKind::OperatorClass => of_method(Sort::OperatorClass),
        ObjectKind::Cast => match &key.address {
            Address::Cast { source, target } => of_types(&[source, target]),
            _ => Owner::Nobody,
        },
        ObjectKind::Transform => match &key.address {
            Address::Transform { data_type, .. } => of_types(&[data_type]),
            _ => Owner::Nobody,
        },
        // They have no owner (`check_object_ownership` of `objectaddress.c`).
        ObjectKind::AccessMethod | ObjectKind::TextSearchParser | ObjectKind::TextSearchTemplate => {
            Owner::Superuser
        }
        ObjectKind::UserMapping | ObjectKind::DefaultPrivileges => Owner::Nobody,
    }
}

/// A routine by its name and the types of its arguments.
pub(super) fn routine(name: &QualifiedName, arguments: &[DataType]) -> Thing {
    let types: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    Thing { detail: Some(types.join(", ")), ..Thing::named(Sort::Routine, name) }
}
