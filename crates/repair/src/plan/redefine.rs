//! What adding can't change of kinds that are made by one statement: people get what they would run.
//!
//! `ALTER` or `OR REPLACE` where PostgreSQL has one for all that differs (manual, "SQL Commands"); else the object goes, with all that depends
//! on it, and is made again, which PostgreSQL refuses while something does.

use super::{Context, Judged};
use crate::ddl::comment::target;
use crate::ddl::{Sql, text_search};
use trueup_catalog::{
    BaseType, BaseTypeDefinition, ForeignDataWrapper, Name, Object, ObjectKey, Operator, Options,
    QualifiedName, Server, Subscription, TextSearchConfiguration, TextSearchDictionary, quote_ident,
    quote_literal,
};

/// The finding is people's, with their statements.
pub(super) fn changed(context: &Context<'_>, key: &ObjectKey, desired: &Object, live: &Object) -> Judged {
    let in_place = match (desired, live) {
        (Object::Server(d), Object::Server(l)) => server(d, l),
        (Object::ForeignDataWrapper(d), Object::ForeignDataWrapper(l)) => Some(vec![wrapper(d, l)]),
        (Object::TextSearchDictionary(d), Object::TextSearchDictionary(l)) => dictionary(d, l),
        (Object::TextSearchConfiguration(d), Object::TextSearchConfiguration(l)) => configuration(d, l),
        (Object::Operator(d), Object::Operator(l)) => operator(context, key, d, l),
        (Object::BaseType(d), Object::BaseType(l)) => base_type(d, l),
        (Object::Subscription(d), Object::Subscription(l)) => Some(subscription(d, l)),
        (Object::Language(_) | Object::Aggregate(_) | Object::Transform(_), _) => {
            let create = crate::ddl::definition(desired, context.desired);
            // Of an aggregate the arguments' names and the types must stay (manual, CREATE AGGREGATE).
            Some(vec![Sql::new(create.replacen("CREATE ", "CREATE OR REPLACE ", 1))])
        }
        (
            Object::Server(_)
            | Object::ForeignDataWrapper(_)
            | Object::TextSearchDictionary(_)
            | Object::TextSearchConfiguration(_)
            | Object::Operator(_)
            | Object::BaseType(_)
            | Object::Subscription(_)
            | Object::Schema(_)
            | Object::Extension(_)
            | Object::EnumType(_)
            | Object::Domain(_)
            | Object::DomainConstraint(_)
            | Object::CompositeType(_)
            | Object::RangeType(_)
            | Object::Sequence(_)
            | Object::Table(_)
            | Object::Column(_)
            | Object::Constraint(_)
            | Object::Index(_)
            | Object::View(_)
            | Object::MaterializedView(_)
            | Object::Function(_)
            | Object::Procedure(_)
            | Object::Collation(_)
            | Object::Conversion(_)
            | Object::AccessMethod(_)
            | Object::OperatorFamily(_)
            | Object::OperatorClass(_)
            | Object::Cast(_)
            | Object::TextSearchParser(_)
            | Object::TextSearchTemplate(_)
            | Object::UserMapping(_)
            | Object::Statistics(_)
            | Object::EventTrigger(_)
            | Object::Rule(_)
            | Object::Publication(_)
            | Object::DefaultPrivileges(_)
            | Object::Trigger(_)
            | Object::Policy(_),
            _,
        ) => None,
    };
    match in_place {
        Some(list) => Judged::manual("adding can't change what is there", list),
        None => Judged::manual(
            "PostgreSQL can't change it in place: it must be dropped, with what depends on it, and made again",
            again(context, key, desired),
        ),
    }
}

fn again(context: &Context<'_>, key: &ObjectKey, desired: &Object) -> Vec<Sql> {
    let create = crate::ddl::definition(desired, context.desired);
    let drop = Sql::new(format!("DROP {}", target(key, desired)));
    if create.is_empty() { Vec::new() } else { vec![drop, Sql::new(create)] }
}

/// ` OPTIONS (ADD a 'x', SET b 'y', DROP c)`, if any differ.
fn options(wanted: &Options, there: &Options) -> String {
    let set = wanted.iter().filter(|(name, value)| there.get(*name) != Some(value)).map(|(name, value)| {
        let word = if there.contains_key(name) { "SET" } else { "ADD" };
        format!("{word} {} {}", quote_ident(name), quote_literal(value))
    });
    let drop = there
        .keys()
        .filter(|name| !wanted.contains_key(*name))
        .map(|name| format!("DROP {}", quote_ident(name)));
    let list: Vec<String> = set.chain(drop).collect();
    if list.is_empty() { String::new() } else { format!(" OPTIONS ({})", list.join(", ")) }
}

fn server(desired: &Server, live: &Server) -> Option<Vec<Sql>> {
    if desired.wrapper != live.wrapper || desired.server_type != live.server_type {
        return None;
    }
    let version = desired.version.as_ref().filter(|_| desired.version != live.version);
    if version.is_none() && desired.version != live.version {
        return None;
    }
    let version = version.map(|v| format!(" VERSION {}", quote_literal(v))).unwrap_or_default();
    Some(vec![Sql::new(format!(
        "ALTER SERVER {}{version}{}",
        desired.name,
        options(&desired.options, &live.options)
    ))])
}

fn wrapper(desired: &ForeignDataWrapper, live: &ForeignDataWrapper) -> Sql {
    let mut sql = Sql::new(format!("ALTER FOREIGN DATA WRAPPER {}", desired.name));
    for (word, wanted, there) in
        [("HANDLER", &desired.handler, &live.handler), ("VALIDATOR", &desired.validator, &live.validator)]
    {
        match wanted {
            Some(function) if wanted != there => sql.add(format_args!(" {word} {function}")),
            None if there.is_some() => sql.add(format_args!(" NO {word}")),
            Some(_) | None => &mut sql,
        };
    }
    sql.push(&options(&desired.options, &live.options));
    sql
}

fn dictionary(desired: &TextSearchDictionary, live: &TextSearchDictionary) -> Option<Vec<Sql>> {
    if desired.template != live.template {
        return None;
    }
    let set = desired
        .options
        .iter()
        .filter(|(name, value)| live.options.get(*name) != Some(value))
        .map(|(name, value)| format!("{} = {}", quote_ident(name), quote_literal(value)));
    // An option without a value goes.
    let drop = live
        .options
        .keys()
        .filter(|name| !desired.options.contains_key(*name))
        .map(|name| quote_ident(name).to_string());
    let list: Vec<String> = set.chain(drop).collect();
    Some(vec![Sql::new(format!("ALTER TEXT SEARCH DICTIONARY {} ({})", desired.name, list.join(", ")))])
}

fn configuration(desired: &TextSearchConfiguration, live: &TextSearchConfiguration) -> Option<Vec<Sql>> {
    if desired.parser != live.parser {
        return None;
    }
    let name = &desired.name;
    let find = |list: &[(String, Vec<QualifiedName>)], token: &str| {
        list.iter().find(|(t, _)| t == token).map(|(_, dictionaries)| dictionaries.clone())
    };
    let differ =
        desired.mappings.iter().filter(|(token, with)| find(&live.mappings, token).as_ref() != Some(with));
    let mut list: Vec<Sql> = differ
        .map(|(token, with)| {
            let add = text_search::add_mapping(name, token, with);
            let there = find(&live.mappings, token).is_some();
            if there { Sql::new(add.text.replacen(" ADD MAPPING ", " ALTER MAPPING ", 1)) } else { add }
        })
        .collect();
    let gone = live.mappings.iter().filter(|(token, _)| find(&desired.mappings, token).is_none());
    list.extend(gone.map(|(token, _)| {
        Sql::new(format!("ALTER TEXT SEARCH CONFIGURATION {name} DROP MAPPING FOR {}", quote_ident(token)))
    }));
    Some(list)
}

/// How selectivity is estimated can be changed; from 17 on what was not told can be told as well.
fn operator(context: &Context<'_>, key: &ObjectKey, desired: &Operator, live: &Operator) -> Option<Vec<Sql>> {
    if desired.function != live.function {
        return None;
    }
    let told = desired.commutator != live.commutator
        || desired.negator != live.negator
        || desired.hashes != live.hashes
        || desired.merges != live.merges;
    let only_told = (live.commutator.is_none() || desired.commutator == live.commutator)
        && (live.negator.is_none() || desired.negator == live.negator)
        && (desired.hashes || !live.hashes)
        && (desired.merges || !live.merges);
    if told && (context.version < 17 || !only_told) {
        return None;
    }
    let mut list = Vec::new();
    for (word, wanted, there) in
        [("RESTRICT", &desired.restrict, &live.restrict), ("JOIN", &desired.join, &live.join)]
    {
        if wanted != there {
            list.push(format!(
                "{word} = {}",
                wanted.as_ref().map_or_else(|| "NONE".to_owned(), ToString::to_string)
            ));
        }
    }
    for (word, wanted, there) in
        [("COMMUTATOR", &desired.commutator, &live.commutator), ("NEGATOR", &desired.negator, &live.negator)]
    {
        if let Some(operator) = wanted.as_ref().filter(|_| wanted != there) {
            list.push(format!("{word} = OPERATOR({}.{})", operator.schema, operator.name.as_str()));
        }
    }
    list.extend((desired.hashes && !live.hashes).then(|| "HASHES".to_owned()));
    list.extend((desired.merges && !live.merges).then(|| "MERGES".to_owned()));
    Some(vec![Sql::new(format!("ALTER OPERATOR {key} SET ({})", list.join(", ")))])
}

/// Functions that help a type, and how large values are stored, can be set (manual, ALTER TYPE); how values look can't.
fn base_type(desired: &BaseType, live: &BaseType) -> Option<Vec<Sql>> {
    let (wanted, there) = (desired.definition.as_ref()?, live.definition.as_ref()?);
    let settable = BaseTypeDefinition {
        receive: wanted.receive.clone(),
        send: wanted.send.clone(),
        typmod_in: wanted.typmod_in.clone(),
        typmod_out: wanted.typmod_out.clone(),
        analyze: wanted.analyze.clone(),
        subscript: wanted.subscript.clone(),
        storage: wanted.storage,
        ..there.clone()
    };
    // From plain to another is no way that PostgreSQL allows.
    let plain = trueup_catalog::Storage::Plain;
    if settable != *wanted
        || (wanted.storage != there.storage && (wanted.storage == plain || there.storage == plain))
    {
        return None;
    }
    let functions = [
        ("RECEIVE", &wanted.receive, &there.receive),
        ("SEND", &wanted.send, &there.send),
        ("TYPMOD_IN", &wanted.typmod_in, &there.typmod_in),
        ("TYPMOD_OUT", &wanted.typmod_out, &there.typmod_out),
        ("ANALYZE", &wanted.analyze, &there.analyze),
        ("SUBSCRIPT", &wanted.subscript, &there.subscript),
    ];
    let differ = functions.into_iter().filter(|(_, wanted, there)| wanted != there);
    let mut list: Vec<String> = differ
        .map(|(word, wanted, _)| {
            format!("{word} = {}", wanted.as_ref().map_or_else(|| "NONE".to_owned(), ToString::to_string))
        })
        .collect();
    if wanted.storage != there.storage {
        list.push(format!("STORAGE = {}", wanted.storage.word()));
    }
    Some(vec![Sql::new(format!("ALTER TYPE {} SET ({})", desired.name, list.join(", ")))])
}

fn subscription(desired: &Subscription, live: &Subscription) -> Vec<Sql> {
    let alter = |what: String| Sql::new(format!("ALTER SUBSCRIPTION {} {what}", desired.name));
    let mut list = Vec::new();
    if desired.publications != live.publications {
        let names: Vec<String> = desired.publications.iter().map(Name::to_string).collect();
        // A disabled one can't fetch the tables' list, and PostgreSQL refuses to try.
        let refresh = if live.enabled { "" } else { " WITH (refresh = false)" };
        list.push(alter(format!("SET PUBLICATION {}{refresh}", names.join(", "))));
    }
    let mut set: Vec<String> = desired
        .options
        .iter()
        .filter(|(name, value)| live.options.get(*name) != Some(value))
        .map(|(name, value)| format!("{} = {}", quote_ident(name), quote_literal(value)))
        .collect();
    if desired.slot_name != live.slot_name {
        set.push(format!(
            "slot_name = {}",
            desired.slot_name.as_deref().map_or_else(|| "NONE".to_owned(), quote_literal)
        ));
    }
    if !set.is_empty() {
        list.push(alter(format!("SET ({})", set.join(", "))));
    }
    if desired.enabled != live.enabled {
        list.push(alter(if desired.enabled { "ENABLE" } else { "DISABLE" }.to_owned()));
    }
    list
}
