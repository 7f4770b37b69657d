//! Kinds that are made by one guarded statement once what they name is there: types, aggregates, operators, casts, collations,
//! conversions, languages, access methods, transforms, text search, foreign data.
//!
//! Nothing about them can be changed by adding, but what a family lacks.

use super::Judged;
use super::draft::Draft;
use crate::allow::Consent;
use crate::ddl::{Sql, aggregate, base_type, cast, collation, foreign_data, language, operator, text_search};
use crate::guard;
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{
    Aggregate, BaseType, Cast, CastMethod, Collation, Conversion, DataType, ForeignDataWrapper, Object,
    ObjectKey, Operator, OperatorClassObject, OperatorFamily, PG_CATALOG, QualifiedName, RoutineName,
    SchemaObject, Server, TextSearchConfiguration, Transform,
};

fn draft(key: &ObjectKey) -> Draft {
    Draft::new(Phase::Prepare, key, format!("{} {key}", key.kind))
}

impl Draft {
    fn function(self, name: &QualifiedName) -> Self {
        if name.schema == PG_CATALOG { self } else { self.needs(Symbol::Routine(name.clone())) }
    }

    fn functions<'n>(self, names: impl IntoIterator<Item = &'n QualifiedName>) -> Self {
        names.into_iter().fold(self, Draft::function)
    }

    fn routine(self, routine: &RoutineName) -> Self {
        routine.arguments.iter().fold(self.function(&routine.name), Draft::of_type)
    }

    fn types<'t>(self, types: impl IntoIterator<Item = &'t DataType>) -> Self {
        types.into_iter().fold(self, Draft::of_type)
    }
}

/// The one guarded statement that makes the object.
fn made(draft: Draft, key: &ObjectKey, sql: &Sql) -> Judged {
    Judged::safe("it is only added", vec![draft.guarded(&guard::no_object(key), sql)])
}

/// A type is made as a shell, then its functions, then the type (manual, CREATE TYPE, "Base Types").
pub(super) fn missing_type(key: &ObjectKey, base: &BaseType) -> Judged {
    let shell = draft(key)
        .guarded(&guard::no_type(&base.name), &base_type::shell(&base.name))
        .provides_nothing()
        .provides(Symbol::Shell(base.name.clone()));
    let Some(definition) = &base.definition else {
        return Judged::safe("it is only added", vec![shell.provides(Symbol::Type(base.name.clone()))]);
    };
    let optional = [
        &definition.receive,
        &definition.send,
        &definition.typmod_in,
        &definition.typmod_out,
        &definition.analyze,
        &definition.subscript,
    ];
    let full = draft(key)
        .guarded(&guard::type_is_shell(&base.name), &base_type::create(base))
        .provides(Symbol::Type(base.name.clone()))
        .needs(Symbol::Shell(base.name.clone()))
        .functions([&definition.input, &definition.output])
        .functions(optional.into_iter().flatten())
        .types(&definition.element);
    Judged::safe("it is only added", vec![shell, full])
}

pub(super) fn missing_aggregate(key: &ObjectKey, object: &Aggregate) -> Judged {
    let states = std::iter::once(&object.state).chain(object.moving.iter().map(|moving| &moving.0));
    let mut draft = draft(key)
        .provides(Symbol::Routine(object.name.clone()))
        .types(object.arguments.iter().map(|a| &a.data_type))
        .functions(&object.combine_function)
        .functions(&object.serial_function)
        .functions(&object.deserial_function)
        .functions(object.moving.iter().map(|moving| &moving.1));
    for state in states {
        draft = draft.function(&state.transition).functions(&state.final_function).of_type(&state.data_type);
    }
    made(draft, key, &aggregate::create(object))
}

pub(super) fn missing_operator(key: &ObjectKey, object: &Operator) -> Judged {
    if object.function.is_none() {
        return Judged::follows();
    }
    let draft = draft(key)
        .types(&object.left)
        .types(&object.right)
        .functions(&object.function)
        .functions(&object.restrict)
        .functions(&object.join);
    made(draft, key, &operator::create(object))
}

pub(super) fn missing_family(key: &ObjectKey, family: &OperatorFamily) -> Judged {
    let create = draft(key).guarded(&guard::no_object(key), &operator::create_family(family));
    let mut judged = Judged::safe("it is only added", vec![create]);
    judged.drafts.extend(members(key, family, None));
    judged
}

/// What a family lacks, each member behind its own guard.
fn members(key: &ObjectKey, family: &OperatorFamily, live: Option<&OperatorFamily>) -> Vec<Draft> {
    let has = |list: Option<bool>| list.unwrap_or(false);
    let operators =
        family.operators.iter().filter(|o| !has(live.map(|l| l.operators.contains(o)))).filter_map(
            |member| {
                let sql = operator::add_members(family, &[member], &[])?;
                let guard = guard::no_family_operator(family, &member.left, &member.right, member.strategy);
                let title = format!("operator {} of {} {key}", member.strategy, key.kind);
                let operator = Operator {
                    name: member.operator.clone(),
                    left: Some(member.left.clone()),
                    right: Some(member.right.clone()),
                    function: None,
                    commutator: None,
                    negator: None,
                    restrict: None,
                    join: None,
                    hashes: false,
                    merges: false,
                    result: None,
                };
                let draft = Draft::new(Phase::Prepare, key, title)
                    .guarded(&guard, &sql)
                    .needs(Symbol::Object(key.clone()))
                    .needs(Symbol::Object(operator.key()))
                    .of_type(&member.left)
                    .of_type(&member.right);
                Some(draft.provides_nothing())
            },
        );
    let functions =
        family.functions.iter().filter(|f| !has(live.map(|l| l.functions.contains(f)))).filter_map(
            |member| {
                let sql = operator::add_members(family, &[], &[member])?;
                let guard = guard::no_family_function(family, &member.left, &member.right, member.number);
                let title = format!("function {} of {} {key}", member.number, key.kind);
                let draft = Draft::new(Phase::Prepare, key, title)
                    .guarded(&guard, &sql)
                    .needs(Symbol::Object(key.clone()))
                    .routine(&member.function)
                    .of_type(&member.left)
                    .of_type(&member.right);
                Some(draft.provides_nothing())
            },
        );
    operators.chain(functions).collect()
}

/// A family can be given what it lacks; what it has otherwise stays.
pub(super) fn changed_family(key: &ObjectKey, desired: &OperatorFamily, live: &OperatorFamily) -> Judged {
    let kept = live.operators.iter().all(|o| desired.operators.contains(o))
        && live.functions.iter().all(|f| desired.functions.contains(f));
    if kept {
        let drafts = members(key, desired, Some(live));
        return Judged::consent(Consent::Family, "it changes which queries an index can serve", drafts);
    }
    Judged::manual("adding can't change what is there", Vec::new())
}

pub(super) fn missing_class(key: &ObjectKey, class: &OperatorClassObject) -> Judged {
    let family = class.depends_on().into_iter().map(Symbol::Object);
    let draft = family.fold(draft(key), Draft::needs).of_type(&class.data_type).types(&class.storage);
    made(draft, key, &operator::create_class(class))
}

pub(super) fn missing_cast(key: &ObjectKey, object: &Cast) -> Judged {
    let mut draft = draft(key).of_type(&object.source).of_type(&object.target);
    match &object.method {
        CastMethod::Function(function) => draft = draft.routine(function),
        CastMethod::Binary | CastMethod::InOut => {}
    }
    let draft = draft.guarded(&guard::no_object(key), &cast::create(object));
    Judged::consent(Consent::Cast, "it can change how expressions are understood", vec![draft])
}

pub(super) fn missing_transform(key: &ObjectKey, transform: &Transform) -> Judged {
    let routines = transform.from_sql.iter().chain(&transform.to_sql);
    let draft = routines.fold(draft(key).of_type(&transform.data_type), Draft::routine);
    made(draft, key, &cast::create_transform(transform))
}

pub(super) fn missing_collation(key: &ObjectKey, object: &Collation) -> Judged {
    made(draft(key).provides(Symbol::Type(object.name.clone())), key, &collation::create(object))
}

pub(super) fn missing_conversion(key: &ObjectKey, conversion: &Conversion) -> Judged {
    made(draft(key).function(&conversion.function), key, &collation::create_conversion(conversion))
}

pub(super) fn missing_server(key: &ObjectKey, server: &Server) -> Judged {
    let draft = server.depends_on().into_iter().map(Symbol::Object).fold(draft(key), Draft::needs);
    made(draft, key, &foreign_data::create_server(server))
}

pub(super) fn missing_wrapper(key: &ObjectKey, wrapper: &ForeignDataWrapper) -> Judged {
    let draft = draft(key).functions(&wrapper.handler).functions(&wrapper.validator);
    made(draft, key, &foreign_data::create_wrapper(wrapper))
}

/// A configuration, then its mappings, each behind its own guard.
pub(super) fn missing_configuration(key: &ObjectKey, configuration: &TextSearchConfiguration) -> Judged {
    let needs = configuration.depends_on().into_iter().map(Symbol::Object);
    let create = needs
        .fold(draft(key), Draft::needs)
        .guarded(&guard::no_object(key), &text_search::create_configuration(configuration))
        .provides(Symbol::Type(configuration.name.clone()));
    let mappings = configuration.mappings.iter().map(|(token, dictionaries)| {
        Draft::new(Phase::Prepare, key, format!("mapping of {token} in {} {key}", key.kind))
            .guarded(
                &guard::no_mapping(&configuration.name, token),
                &text_search::add_mapping(&configuration.name, token, dictionaries),
            )
            .needs(Symbol::Object(key.clone()))
            .provides_nothing()
    });
    Judged::safe("it is only added", std::iter::once(create).chain(mappings).collect())
}

/// The rest: one statement that needs functions and objects by key.
pub(super) fn missing_other(key: &ObjectKey, object: &Object) -> Judged {
    let needs = |draft: Draft| object.depends_on().into_iter().map(Symbol::Object).fold(draft, Draft::needs);
    match object {
        Object::Language(o) => {
            let draft = draft(key).functions(&o.handler).functions(&o.inline).functions(&o.validator);
            made(draft, key, &language::create(o))
        }
        Object::AccessMethod(o) => {
            made(draft(key).function(&o.handler), key, &language::create_access_method(o))
        }
        Object::TextSearchParser(o) => {
            let draft =
                draft(key).functions([&o.start, &o.get_token, &o.end, &o.lex_types]).functions(&o.headline);
            made(draft, key, &text_search::create_parser(o))
        }
        Object::TextSearchTemplate(o) => {
            let draft = draft(key).function(&o.lexize).functions(&o.init);
            made(draft, key, &text_search::create_template(o))
        }
        Object::TextSearchDictionary(o) => made(needs(draft(key)), key, &text_search::create_dictionary(o)),
        _ => Judged::manual("adding can't make it", Vec::new()),
    }
}
