//! From drift to steps: what closes each finding, and what is left for people.
//!
//! One file a kind, named as in the other crates. Each says for a missing object and for a changed
//! one what may be done (the disposition, by the rules of adding only) and with which statements.
//! The locks that steps name, and the forms that keep them short, were measured on 13 to 18.

mod blocked;
mod column;
mod comment;
mod composite_type;
mod constraint;
mod context;
mod definition;
mod domain;
pub(crate) mod draft;
mod enum_type;
mod event_trigger;
mod extension;
mod extension_dependency;
mod finish;
mod fit;
mod handed_down;
mod identity;
mod index;
mod judged;
mod materialized_view;
mod not_null;
mod owner;
mod partition;
mod policy;
mod privilege;
mod publication;
mod range_type;
mod recipe;
mod redefine;
mod routine;
mod rows;
mod rule;
mod schema;
mod security_label;
mod sequence;
mod statistics;
mod table;
mod trigger;
mod twin;
mod unexpected;
mod view;
mod widen;

use crate::ddl::Sql;
use crate::order;
use crate::statement::Statement;
use crate::step::{Left, Options, Plan};
pub(crate) use context::Context;
use draft::Draft;
use judged::Judged;
use std::collections::BTreeMap;
use trueup_catalog::{Catalog, Entry, Object, ObjectKey, QualifiedName, SearchPath};
use trueup_diff::{Change, Code, Comparison, Disposition, Drift, What};

/// Makes the plan that closes what adding can close.
pub fn plan(desired: &Catalog, live: &Catalog, comparison: &Comparison, options: &Options) -> Plan {
    let context = Context::new(desired, live, comparison);
    let mut drafts = Vec::new();
    let mut left = Vec::new();
    let all = blocked::judge_all(&context, comparison, &options.allow);
    for (i, (drift, judged)) in comparison.drift.iter().zip(all).enumerate() {
        let allowed = judged.consent.is_none_or(|c| c.is_allowed(&drift.key, &options.allow));
        if judged.disposition == Disposition::Manual || judged.waits.is_some() || !allowed {
            left.push(leave(i, drift, &judged));
        }
        if allowed {
            for mut draft in judged.drafts {
                draft.step.closes.push(i);
                finish::draft(&context, &mut draft, judged.consent);
                drafts.push(draft);
            }
        }
    }
    let search_path = usual_path(&drafts);
    let mut steps = order::sort(drafts);
    for step in &mut steps {
        if step.search_path.as_ref() == Some(&search_path) {
            step.search_path = None;
        }
    }
    Plan { steps, left, search_path, rights: None }
}

/// Sets each finding's disposition and reason to what the planner can do about it, which knows
/// more than the comparison: other objects, the server's version, what a default calls.
pub fn assess(desired: &Catalog, live: &Catalog, comparison: &mut Comparison) {
    assess_for(desired, live, comparison, &Options::default());
}

/// The same, for somebody who said what is new, though it looks renamed.
pub fn assess_for(desired: &Catalog, live: &Catalog, comparison: &mut Comparison, options: &Options) {
    let verdicts: Vec<_> = {
        let context = Context::new(desired, live, comparison);
        // As if all that needs consent had it, and as if nothing had: what lacks it is told apart from what can't be done. What was said to
        // be new is new either way.
        let new = || options.allow.iter().filter(|selector| selector.starts_with("new:")).cloned();
        let all: Vec<String> = options.allow.iter().cloned().chain(["*".to_owned()]).collect();
        let all = blocked::judge_all(&context, comparison, &all);
        let none = blocked::judge_all(&context, comparison, &new().collect::<Vec<_>>());
        all.into_iter()
            .zip(none)
            .map(|(all, none)| match (all.disposition, none.waits.is_some()) {
                (Disposition::Safe | Disposition::Data, true) => (none.disposition, none.reason),
                (disposition, _) => (disposition, all.reason),
            })
            .collect()
    };
    for (drift, (disposition, reason)) in comparison.drift.iter_mut().zip(verdicts) {
        drift.disposition = disposition;
        drift.reason = reason;
    }
}

fn leave(i: usize, drift: &Drift, judged: &Judged) -> Left {
    let steps = judged.drafts.iter().flat_map(|d| d.step.statements.iter().map(Statement::text));
    let mut statements: Vec<String> = judged.suggestion.iter().map(|sql| format!("{};", sql.text)).collect();
    if judged.disposition != Disposition::Manual {
        statements.extend(steps);
    }
    Left {
        drift: i,
        code: drift.code,
        disposition: judged.disposition,
        reason: judged.reason.clone(),
        consent: judged.waits.clone().or_else(|| judged.consent.map(|c| c.selector(&drift.key))),
        suggestion: (!statements.is_empty()).then(|| statements.join("\n")),
        probe: judged.probe.clone(),
    }
}

/// The search path that most drafts are written for.
fn usual_path(drafts: &[Draft]) -> SearchPath {
    let mut counts: Vec<(&SearchPath, usize)> = Vec::new();
    for path in drafts.iter().filter_map(Draft::path) {
        match counts.iter_mut().find(|(p, _)| *p == path) {
            Some((_, n)) => *n += 1,
            None => counts.push((path, 1)),
        }
    }
    // The first of equals, so that the same drift gives the same file.
    let most = counts.iter().map(|(_, n)| *n).max().unwrap_or(0);
    counts.into_iter().find(|(_, n)| *n == most).map_or_else(|| SearchPath::from([]), |(p, _)| p.clone())
}

fn judge(context: &Context<'_>, drift: &Drift) -> Judged {
    if drift.code == Code::D291 {
        return rows::missing(context, drift);
    }
    if drift.code == Code::D103 || drift.code == Code::D292 {
        return Judged::manual(drift.reason.clone(), Vec::new());
    }
    match drift.what {
        What::Unexpected => unexpected::judge(context, &drift.key),
        What::Missing => {
            let mut judged = missing(context, &drift.key);
            if judged.disposition == Disposition::Manual && judged.drafts.is_empty() {
                return judged;
            }
            for child in &drift.children {
                judged = judged.join(missing(context, child));
            }
            judged
        }
        What::Changed => {
            let (Some(desired), Some(live)) = (context.desired.get(&drift.key), context.live.get(&drift.key))
            else {
                return Judged::manual(drift.reason.clone(), Vec::new());
            };
            drift
                .changes
                .iter()
                .map(|change| changed(context, &drift.key, desired, live, change))
                .reduce(Judged::join)
                .map(Judged::without_repeats)
                .unwrap_or_else(|| Judged::manual(drift.reason.clone(), Vec::new()))
        }
    }
}

fn missing(context: &Context<'_>, key: &ObjectKey) -> Judged {
    let Some(entry) = context.desired.get(key) else {
        return Judged::manual("the desired schema does not define it", Vec::new());
    };
    let judged = match &entry.object {
        Object::Schema(object) => schema::missing(key, object),
        Object::Extension(object) => extension::missing(key, object),
        Object::EnumType(object) => enum_type::missing(key, object),
        Object::Domain(object) => domain::missing(context, key, object),
        Object::DomainConstraint(object) => domain::missing_constraint(context, key, object),
        Object::CompositeType(object) => composite_type::missing(key, object),
        Object::RangeType(object) => range_type::missing(key, object),
        Object::Sequence(object) => sequence::missing(context, key, object),
        Object::Table(object) => table::missing(context, key, object),
        Object::Column(object) => column::missing(context, key, object),
        Object::Constraint(object) => constraint::missing(context, key, object),
        Object::Index(object) => index::missing(context, key, object),
        Object::View(object) => view::missing(context, key, object),
        Object::MaterializedView(object) => materialized_view::missing(context, key, object),
        Object::Function(object) => routine::missing(context, key, &object.0),
        Object::Procedure(object) => routine::missing(context, key, &object.0),
        Object::Trigger(object) => trigger::missing(context, key, object),
        Object::Policy(object) => policy::missing(context, key, object),
        Object::BaseType(object) => definition::missing_type(key, object),
        Object::Aggregate(object) => definition::missing_aggregate(key, object),
        Object::Operator(object) => definition::missing_operator(key, object),
        Object::OperatorFamily(object) => definition::missing_family(key, object),
        Object::OperatorClass(object) => definition::missing_class(key, object),
        Object::Cast(object) => definition::missing_cast(key, object),
        Object::Transform(object) => definition::missing_transform(key, object),
        Object::Collation(object) => definition::missing_collation(key, object),
        Object::Conversion(object) => definition::missing_conversion(key, object),
        Object::ForeignDataWrapper(object) => definition::missing_wrapper(key, object),
        Object::Server(object) => definition::missing_server(key, object),
        Object::TextSearchConfiguration(object) => definition::missing_configuration(key, object),
        Object::Language(_)
        | Object::AccessMethod(_)
        | Object::TextSearchParser(_)
        | Object::TextSearchTemplate(_)
        | Object::TextSearchDictionary(_) => definition::missing_other(key, &entry.object),
        Object::Statistics(object) => statistics::missing(key, object),
        Object::EventTrigger(object) => event_trigger::missing(key, object),
        Object::Rule(object) => rule::missing(context, key, object),
        Object::Publication(object) => publication::missing(key, object),
        Object::UserMapping(object) => Judged::manual(
            "its options hold secrets, which trueup never reads",
            vec![crate::ddl::foreign_data::create_mapping(object)],
        ),
        Object::Subscription(object) => Judged::manual(
            "its connection string holds secrets, which trueup never reads",
            vec![crate::ddl::publication::create_subscription(object)],
        ),
        Object::DefaultPrivileges(_) => return privilege::missing_defaults(context, key, entry),
    };
    match judged.disposition {
        Disposition::Manual => judged,
        Disposition::Safe | Disposition::Data | Disposition::Consent => {
            let judged = owner::of_new(context, key, entry, judged);
            let parts =
                comment::of_new(key, entry).into_iter().chain(extension_dependency::of_new(key, entry));
            let judged = Judged { drafts: judged.drafts.into_iter().chain(parts).collect(), ..judged };
            let judged = judged.join(privilege::of_new(context, key, entry));
            match trueup_catalog::Column::of(&entry.object) {
                Some(column) => judged.join(privilege::of_new_column(context, column)),
                None => judged,
            }
        }
    }
}

fn changed(context: &Context<'_>, key: &ObjectKey, desired: &Entry, live: &Entry, change: &Change) -> Judged {
    match change.attribute.as_str() {
        "comment" => return comment::changed(key, desired, change),
        "owner" => {
            let owner = desired.owner.as_ref();
            let sql = owner.map(|o| {
                Sql::new(format!("ALTER {} OWNER TO {o}", crate::ddl::comment::target(key, &desired.object)))
            });
            return Judged::manual("someone chose the live value", sql.into_iter().collect());
        }
        "extension_dependency" => return extension_dependency::changed(key, desired, change),
        "privileges" => return privilege::changed(context, key, desired, live, change.live.is_none()),
        attribute => {
            if let Some(provider) = attribute.strip_prefix("security_label.") {
                return security_label::changed(key, provider, desired);
            }
        }
    }
    match (&desired.object, &live.object) {
        (Object::EnumType(d), Object::EnumType(l)) => enum_type::changed(key, d, l),
        (Object::Domain(d), Object::Domain(_)) => domain::changed(key, d, change),
        (Object::DomainConstraint(d), Object::DomainConstraint(_)) => {
            domain::changed_constraint(context, key, d, change)
        }
        (Object::CompositeType(d), Object::CompositeType(l)) => composite_type::changed(key, d, l, change),
        (Object::Sequence(d), Object::Sequence(_)) => sequence::changed(context, key, d, change),
        (Object::Table(d), Object::Table(_)) => table::changed(context, key, d, change),
        (Object::Column(d), Object::Column(l)) => column::changed(context, key, d, l, change),
        (Object::Constraint(d), Object::Constraint(l)) => constraint::changed(context, key, d, l, change),
        (Object::Index(d), Object::Index(l)) => index::changed(context, key, d, l, change),
        (Object::View(d), Object::View(l)) => view::changed(key, d, l, change),
        (Object::MaterializedView(d), Object::MaterializedView(l)) => {
            materialized_view::changed(key, d, l, change)
        }
        (Object::Function(d), Object::Function(l)) => routine::changed(context, key, &d.0, &l.0),
        (Object::Procedure(d), Object::Procedure(l)) => routine::changed(context, key, &d.0, &l.0),
        (Object::Trigger(d), Object::Trigger(l)) => trigger::changed(context, key, d, l, change),
        (Object::Policy(d), Object::Policy(_)) => policy::changed(d),
        (Object::Extension(d), _) => extension::changed(d, change),
        (Object::OperatorFamily(d), Object::OperatorFamily(l)) => definition::changed_family(key, d, l),
        (Object::Statistics(d), Object::Statistics(_)) => statistics::changed(key, d, change),
        (Object::EventTrigger(d), Object::EventTrigger(l)) => event_trigger::changed(key, d, l, change),
        (Object::Rule(d), Object::Rule(l)) => rule::changed(key, d, l, change),
        (Object::Publication(d), Object::Publication(l)) => publication::changed(key, d, l, change),
        (Object::Schema(_) | Object::RangeType(_), _) => {
            Judged::manual("adding can't change what is there", Vec::new())
        }
        (
            Object::BaseType(_)
            | Object::Collation(_)
            | Object::Conversion(_)
            | Object::Language(_)
            | Object::AccessMethod(_)
            | Object::Aggregate(_)
            | Object::Operator(_)
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
            | Object::Subscription(_)
            | Object::DefaultPrivileges(_),
            _,
        ) => redefine::changed(context, key, &desired.object, &live.object),
        (
            Object::EnumType(_)
            | Object::Domain(_)
            | Object::DomainConstraint(_)
            | Object::CompositeType(_)
            | Object::Sequence(_)
            | Object::Table(_)
            | Object::Column(_)
            | Object::Constraint(_)
            | Object::Index(_)
            | Object::View(_)
            | Object::MaterializedView(_)
            | Object::Function(_)
            | Object::Procedure(_)
            | Object::OperatorFamily(_)
            | Object::Statistics(_)
            | Object::EventTrigger(_)
            | Object::Rule(_)
            | Object::Publication(_)
            | Object::Trigger(_)
            | Object::Policy(_),
            _,
        ) => Judged::manual("it is of another kind", Vec::new()),
    }
}

/// An option that live lacks is set; one that differs was chosen by someone.
pub(crate) fn option(change: &Change, draft: Draft, set: Option<Sql>) -> Judged {
    match (change.live.is_none(), set) {
        (true, Some(sql)) => Judged::safe("live has none", vec![draft.run(&sql)]),
        (_, set) => Judged::manual("someone chose the live value", set.into_iter().collect()),
    }
}

/// What is set where live has nothing of the sort; else somebody chose what is there, and the statements are only shown.
pub(crate) fn only_if_none(none: bool, drafts: Vec<Draft>) -> Judged {
    if none && !drafts.is_empty() {
        return Judged::safe("live has none", drafts);
    }
    let shown = drafts.iter().flat_map(|draft| &draft.step.statements);
    let shown = shown.map(|statement| Sql::new(statement.text().trim_end_matches(';'))).collect();
    Judged::manual("someone chose the live value", shown)
}

/// Statistics targets of an index's expressions that differ.
pub(crate) fn statistics_targets(
    key: &ObjectKey,
    index: &QualifiedName,
    desired: &BTreeMap<u16, i32>,
    live: &BTreeMap<u16, i32>,
) -> Judged {
    let none = live.iter().all(|(column, target)| desired.get(column) == Some(target));
    only_if_none(none, index::statistics(key, index, desired).into_iter().collect())
}
