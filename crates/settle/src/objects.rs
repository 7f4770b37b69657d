//! The catalog's own base types, aggregates, operators, casts and operator classes in the form in which a live server tells those of
//! extensions, so that the overlay reads both alike.
//!
//! Never: decides what they mean.

use trueup_catalog::{
    Aggregate, AggregateKind, Ambient, AmbientCast, AmbientFunction, AmbientOperator, AmbientOperatorClass,
    AmbientType, ArgumentMode, BaseType, Cast, CastContext, CastMethod, Catalog, ObjectKind, Operator,
    OperatorClassObject,
};

/// What the catalog defines of them.
pub(crate) fn of(catalog: &Catalog) -> Ambient {
    let mut own = Ambient::default();
    for (_, entry) in catalog.of_kind(ObjectKind::BaseType) {
        let Some(BaseType { name, definition }) = BaseType::of(&entry.object) else { continue };
        let definition = definition.as_ref();
        own.types.push(AmbientType {
            name: name.clone(),
            kind: if definition.is_some() { 'b' } else { 'p' },
            category: definition.map_or('P', |d| d.category),
            preferred: definition.is_some_and(|d| d.preferred),
            base: None,
            collatable: definition.is_some_and(|d| d.collatable),
            extension: None,
        });
    }
    for (_, entry) in catalog.of_kind(ObjectKind::Aggregate) {
        let Some(aggregate) = Aggregate::of(&entry.object) else { continue };
        let Some(returns) = aggregate.returns.clone() else { continue };
        own.functions.push(AmbientFunction {
            name: aggregate.name.clone(),
            kind: match aggregate.kind {
                AggregateKind::Plain => 'a',
                AggregateKind::OrderedSet => 'o',
                AggregateKind::HypotheticalSet => 'h',
            },
            arguments: aggregate.input_types(),
            defaults: 0,
            variadic: aggregate.arguments.last().is_some_and(|a| a.mode == ArgumentMode::Variadic),
            returns,
            returns_set: false,
            extension: None,
        });
    }
    for (_, entry) in catalog.of_kind(ObjectKind::Operator) {
        let Some(operator) = Operator::of(&entry.object) else { continue };
        let Some(result) = operator.result.clone() else { continue };
        own.operators.push(AmbientOperator {
            name: operator.name.clone(),
            left: operator.left.clone(),
            right: operator.right.clone(),
            result,
            extension: None,
        });
    }
    for (_, entry) in catalog.of_kind(ObjectKind::Cast) {
        let Some(cast) = Cast::of(&entry.object) else { continue };
        own.casts.push(AmbientCast {
            source: cast.source.clone(),
            target: cast.target.clone(),
            context: match cast.context {
                CastContext::Explicit => 'e',
                CastContext::Assignment => 'a',
                CastContext::Implicit => 'i',
            },
            method: match cast.method {
                CastMethod::Function(_) => 'f',
                CastMethod::Binary => 'b',
                CastMethod::InOut => 'i',
            },
            extension: None,
        });
    }
    for (_, entry) in catalog.of_kind(ObjectKind::OperatorClass) {
        let Some(class) = OperatorClassObject::of(&entry.object) else { continue };
        own.operator_classes.push(AmbientOperatorClass {
            name: class.name.clone(),
            method: class.method.as_str().to_owned(),
            input: class.data_type.clone(),
            is_default: class.is_default,
            extension: None,
        });
    }
    own
}
