//! What can't be done because something that it needs is left for people.
//!
//! A step that would fail on a column that is not added, or whose type is still another one, is no
//! step: its finding is left as well, with what it waits for as the reason.

use super::twin::Twins;
use super::{Context, Judged, fit, judge};
use crate::allow::Consent;
use crate::mentions::{Mention, mentions};
use crate::order::Symbol;
use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Catalog, Constraint, ConstraintBody, Index, IndexTarget, Name, Object, ObjectKey, ObjectKind,
    QualifiedName,
};
use trueup_diff::{Comparison, Disposition, Drift, What};

/// Judges every finding, then leaves those that wait for another one that is left.
pub(super) fn judge_all(context: &Context<'_>, comparison: &Comparison, allow: &[String]) -> Vec<Judged> {
    let twins = Twins::new(context, comparison);
    let mut became: FxHashMap<&ObjectKey, &ObjectKey> = FxHashMap::default();
    let mut all: Vec<Judged> = Vec::with_capacity(comparison.drift.len());
    for drift in &comparison.drift {
        let twin = twins.judge(context, drift).filter(|_| !Consent::New.is_allowed(&drift.key, allow));
        all.push(match twin {
            Some((judged, found)) => {
                became.extend(found.into_iter().map(|other| (other, &drift.key)));
                judged
            }
            None => judge(context, drift),
        });
    }
    for (drift, judged) in comparison.drift.iter().zip(&mut all) {
        if let Some(name) = became.get(&drift.key).filter(|_| drift.what == What::Unexpected) {
            // The way out stands with the other.
            *judged = Judged::manual(format!("it looks like what became {name}"), Vec::new());
        }
    }
    let mut absent = Absent::default();
    for (drift, judged) in comparison.drift.iter().zip(&all) {
        if let Some(why) = is_left(judged, drift, allow) {
            absent.add(context, drift, &why, judged.consent);
        }
    }
    // Leaving one can leave others: at most as many rounds as there are findings, in practice two.
    while !absent.is_empty() {
        let mut more = Absent::default();
        for (drift, judged) in comparison.drift.iter().zip(&mut all) {
            if judged.drafts.is_empty() || drift.what == What::Unexpected {
                continue;
            }
            if let Some((what, why)) = absent.needed_by(context, drift, judged) {
                let left = match &why {
                    Why::People => {
                        let reason = format!("it needs {what}, which is left");
                        std::mem::replace(judged, Judged::manual(reason, Vec::new()))
                    }
                    Why::Consent(selector) => {
                        let reason = format!("it needs {what}, which needs consent");
                        std::mem::replace(judged, Judged::waiting(reason, selector.clone()))
                    }
                };
                judged.suggestion = left
                    .drafts
                    .iter()
                    .flat_map(|d| &d.step.statements)
                    .map(|s| crate::ddl::Sql::new(s.text().trim_end_matches(';')))
                    .collect();
                more.add(context, drift, &why, None);
            }
        }
        absent = more;
    }
    drop_parts_of_left(comparison, &mut all, allow);
    all
}

/// A new partition gets no part of an index that is left: it would be attached to nothing. Whoever makes that index gives it one.
fn drop_parts_of_left(comparison: &Comparison, all: &mut [Judged], allow: &[String]) {
    let mut gone: FxHashSet<ObjectKey> = FxHashSet::default();
    for (drift, judged) in comparison.drift.iter().zip(&*all) {
        if drift.what == What::Missing && is_left(judged, drift, allow).is_some() {
            // An index is told with a column of it that is missing too.
            let keys = std::iter::once(&drift.key).chain(&drift.children);
            gone.extend(keys.filter(|key| key.kind == ObjectKind::Index).cloned());
        }
    }
    if gone.is_empty() {
        return;
    }
    // One level of partitions a round.
    loop {
        let needs_gone = |needs: &[Symbol]| {
            needs.iter().any(|symbol| matches!(symbol, Symbol::Object(key) if gone.contains(key)))
        };
        let parts = all.iter().flat_map(|judged| &judged.drafts).filter(|draft| {
            let key = &draft.step.key;
            key.kind == ObjectKind::Index && !gone.contains(key) && needs_gone(&draft.needs)
        });
        let parts: Vec<ObjectKey> = parts.map(|draft| draft.step.key.clone()).collect();
        if parts.is_empty() {
            break;
        }
        gone.extend(parts);
    }
    for (drift, judged) in comparison.drift.iter().zip(all) {
        if drift.key.kind != ObjectKind::Index {
            judged.drafts.retain(|draft| !gone.contains(&draft.step.key));
        }
    }
}

/// Why a finding is left.
#[derive(Clone, Debug)]
enum Why {
    /// It is for people.
    People,
    /// It lacks only consent, which this selector gives.
    Consent(String),
}

fn is_left(judged: &Judged, drift: &Drift, allow: &[String]) -> Option<Why> {
    if judged.disposition == Disposition::Manual && judged.drafts.is_empty() {
        return Some(Why::People);
    }
    let consent = judged.consent.filter(|c| !c.is_allowed(&drift.key, allow))?;
    Some(Why::Consent(consent.selector(&drift.key)))
}

/// What the repaired database will not have, or not as it is wanted.
#[derive(Default)]
struct Absent {
    columns: FxHashMap<(QualifiedName, Name), Why>,
    /// Relations, types and routines.
    named: FxHashMap<QualifiedName, Why>,
    /// Unique keys by their table: the columns, sorted.
    keys: FxHashMap<QualifiedName, Vec<(Vec<Name>, Why)>>,
}

impl Absent {
    fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.named.is_empty() && self.keys.is_empty()
    }

    fn add(&mut self, context: &Context<'_>, drift: &Drift, why: &Why, consent: Option<Consent>) {
        let column = |key: &ObjectKey| Some(((key.relation()?.clone(), key.name().clone()), why.clone()));
        match drift.what {
            What::Unexpected => {}
            What::Changed => {
                let retyped = drift.changes.iter().any(|c| c.attribute == "data_type");
                if drift.key.kind == ObjectKind::Column && retyped {
                    // Those of partitions are told with it.
                    let keys = std::iter::once(&drift.key).chain(&drift.children);
                    self.columns.extend(keys.filter(|key| key.kind == ObjectKind::Column).filter_map(column));
                }
                if let (Some(Consent::New), trueup_catalog::Address::InSchema(name)) =
                    (consent, &drift.key.address)
                {
                    // An enum without a value that is wanted: what is of that type may name it.
                    self.named.insert(name.clone(), why.clone());
                }
            }
            What::Missing => {
                for key in std::iter::once(&drift.key).chain(&drift.children) {
                    match key.kind {
                        ObjectKind::Column => self.columns.extend(column(key)),
                        ObjectKind::Constraint | ObjectKind::Index => {
                            if let Some((table, columns)) = unique_key(context.desired, key) {
                                self.keys.entry(table).or_default().push((columns, why.clone()));
                            }
                        }
                        ObjectKind::EnumType
                        | ObjectKind::Domain
                        | ObjectKind::CompositeType
                        | ObjectKind::RangeType
                        | ObjectKind::Sequence
                        | ObjectKind::Table
                        | ObjectKind::View
                        | ObjectKind::MaterializedView
                        | ObjectKind::Function
                        | ObjectKind::Procedure
                        | ObjectKind::BaseType
                        | ObjectKind::Aggregate => {
                            if let trueup_catalog::Address::InSchema(name)
                            | trueup_catalog::Address::Routine { name, .. } = &key.address
                            {
                                self.named.insert(name.clone(), why.clone());
                            }
                        }
                        ObjectKind::Schema
                        | ObjectKind::Collation
                        | ObjectKind::Conversion
                        | ObjectKind::Language
                        | ObjectKind::AccessMethod
                        | ObjectKind::Operator
                        | ObjectKind::OperatorFamily
                        | ObjectKind::OperatorClass
                        | ObjectKind::Cast
                        | ObjectKind::Transform
                        | ObjectKind::TextSearchParser
                        | ObjectKind::TextSearchTemplate
                        | ObjectKind::TextSearchDictionary
                        | ObjectKind::TextSearchConfiguration
                        | ObjectKind::ForeignDataWrapper
                        | ObjectKind::Server
                        | ObjectKind::UserMapping
                        | ObjectKind::Statistics
                        | ObjectKind::EventTrigger
                        | ObjectKind::Rule
                        | ObjectKind::Publication
                        | ObjectKind::Subscription
                        | ObjectKind::DefaultPrivileges
                        | ObjectKind::Extension
                        | ObjectKind::DomainConstraint
                        | ObjectKind::Trigger
                        | ObjectKind::Policy => {}
                    }
                }
            }
        }
    }

    /// The first absent thing that the finding's steps need.
    fn needed_by(&self, context: &Context<'_>, drift: &Drift, judged: &Judged) -> Option<(String, Why)> {
        for draft in &judged.drafts {
            for symbol in &draft.needs {
                if let Symbol::Relation(name) | Symbol::Type(name) | Symbol::Routine(name) = symbol
                    && let Some(why) = self.named.get(name)
                    && !self.makes(drift, name)
                {
                    return Some((name.to_string(), why.clone()));
                }
            }
            for written in draft.written.iter().filter(|w| w.path.is_some()) {
                let path = written.path.as_deref().unwrap_or_default();
                let found = mentions(&written.text);
                if let Some(name) = found.iter().find_map(|m| self.mentioned(drift, m, path)) {
                    return Some(name);
                }
                let reads = |((table, column), _): &(&(QualifiedName, Name), &Why)| {
                    let has = |name: &Name| found.iter().any(|m| m.parts.contains(name));
                    has(column) && (has(&table.name) || draft.step.key.relation() == Some(table))
                };
                if let Some(((table, column), why)) = self.columns.iter().find(reads) {
                    return Some((format!("column {table}.{column}"), why.clone()));
                }
            }
        }
        self.column_of(context, drift, judged.drafts.iter().any(|d| !d.written.is_empty()))
            .or_else(|| self.key_of(context, drift))
    }

    /// The absent key that a foreign key refers to, where live has no other one of these columns.
    fn key_of(&self, context: &Context<'_>, drift: &Drift) -> Option<(String, Why)> {
        for key in std::iter::once(&drift.key).chain(&drift.children) {
            let constraint = context.desired.get(key).and_then(|entry| Constraint::of(&entry.object));
            let Some(ConstraintBody::ForeignKey(foreign)) = constraint.map(|c| &c.body) else { continue };
            let mut wanted = foreign.referenced_columns.clone();
            wanted.sort();
            let table = &foreign.references;
            let absent = self.keys.get(table).into_iter().flatten().find(|(columns, _)| *columns == wanted);
            let Some((_, why)) = absent else { continue };
            let there = [ObjectKind::Constraint, ObjectKind::Index].into_iter().any(|kind| {
                context.live.on_relation(kind, table).any(|(key, _)| {
                    unique_key(context.live, key).is_some_and(|(_, columns)| columns == wanted)
                })
            });
            if !there {
                return Some((format!("the unique key of {table} that it refers to"), why.clone()));
            }
        }
        None
    }

    fn makes(&self, drift: &Drift, name: &QualifiedName) -> bool {
        matches!(&drift.key.address, trueup_catalog::Address::InSchema(own) if own == name)
    }

    fn mentioned(&self, drift: &Drift, mention: &Mention, path: &[Name]) -> Option<(String, Why)> {
        let qualified =
            |schema: &Name, name: &Name| QualifiedName { schema: schema.clone(), name: name.clone() };
        let names: Vec<QualifiedName> = match mention.parts.as_slice() {
            [name] => path.iter().map(|schema| qualified(schema, name)).collect(),
            [schema, name, ..] => vec![qualified(schema, name)],
            [] => Vec::new(),
        };
        let needed = |name: QualifiedName| {
            let why = self.named.get(&name).filter(|_| !self.makes(drift, &name))?;
            Some((name.to_string(), why.clone()))
        };
        names.into_iter().find_map(needed)
    }

    /// The absent column that the object itself is, or names.
    fn column_of(&self, context: &Context<'_>, drift: &Drift, has_text: bool) -> Option<(String, Why)> {
        if self.columns.is_empty() {
            return None;
        }
        let keys = std::iter::once(&drift.key).chain(&drift.children);
        for key in keys {
            let Some(entry) = context.desired.get(key) else { continue };
            let named: Vec<(&QualifiedName, &Name)> = match &entry.object {
                // Its default, while its type is still another; and what a change of the type would take away again, and not every
                // type has (`ATExecAlterColumnType`, `ATExecSetStorage` and `GetAttributeCompression` in `tablecmds.c`).
                Object::Column(c) if drift.what == What::Changed && (has_text || of_its_type(drift)) => {
                    vec![(&c.table, &c.name)]
                }
                Object::Constraint(c) => constraint_columns(c),
                Object::Index(i) => index_columns(i),
                Object::Trigger(t) => t.update_columns.iter().map(|c| (&t.table, c)).collect(),
                Object::Sequence(s) => s.owned_by.iter().map(|(t, c)| (t, c)).collect(),
                Object::Table(t) => fit::awaits(context, t),
                Object::Schema(_)
                | Object::Extension(_)
                | Object::EnumType(_)
                | Object::Domain(_)
                | Object::DomainConstraint(_)
                | Object::CompositeType(_)
                | Object::RangeType(_)
                | Object::Column(_)
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
                | Object::Policy(_) => Vec::new(),
            };
            let own = |table: &QualifiedName, column: &Name| {
                drift.what == What::Missing
                    && std::iter::once(&drift.key).chain(&drift.children).any(|k| {
                        k.kind == ObjectKind::Column && k.relation() == Some(table) && k.name() == column
                    })
            };
            let absent = |(table, column): (&QualifiedName, &Name)| {
                let why = self.columns.get(&(table.clone(), column.clone()))?;
                (!own(table, column)).then(|| (format!("column {table}.{column}"), why.clone()))
            };
            if let Some(found) = named.into_iter().find_map(absent) {
                return Some(found);
            }
        }
        None
    }
}

/// Whether what changes is the column's storage or compression.
fn of_its_type(drift: &Drift) -> bool {
    drift.changes.iter().any(|c| matches!(c.attribute.as_str(), "storage" | "compression"))
}

/// The table of a key that foreign keys can refer to, and its columns, sorted (`transformFkeyCheckAttrs` in `tablecmds.c`).
fn unique_key(catalog: &Catalog, key: &ObjectKey) -> Option<(QualifiedName, Vec<Name>)> {
    let (table, mut columns) = match &catalog.get(key)?.object {
        Object::Constraint(Constraint {
            table,
            body: ConstraintBody::PrimaryKey(unique) | ConstraintBody::Unique(unique),
            ..
        }) => (table, unique.columns.clone()),
        Object::Index(index) if index.unique && index.valid && index.predicate.is_none() => {
            let columns: Option<Vec<Name>> = index
                .elements
                .iter()
                .map(|e| if let IndexTarget::Column(c) = &e.target { Some(c.clone()) } else { None })
                .collect();
            (&index.table, columns?)
        }
        _ => return None,
    };
    columns.sort();
    Some((table.clone(), columns))
}

fn constraint_columns(constraint: &Constraint) -> Vec<(&QualifiedName, &Name)> {
    let table = &constraint.table;
    match &constraint.body {
        ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
            key.columns.iter().chain(&key.include).map(|c| (table, c)).collect()
        }
        ConstraintBody::ForeignKey(key) => {
            let there = key.referenced_columns.iter().map(|c| (&key.references, c));
            key.columns.iter().map(|c| (table, c)).chain(there).collect()
        }
        ConstraintBody::Exclusion(exclusion) => exclusion
            .elements
            .iter()
            .filter_map(
                |e| if let IndexTarget::Column(c) = &e.element.target { Some((table, c)) } else { None },
            )
            .collect(),
        ConstraintBody::Check { .. } => Vec::new(),
    }
}

fn index_columns(index: &Index) -> Vec<(&QualifiedName, &Name)> {
    let columns = index
        .elements
        .iter()
        .filter_map(|e| if let IndexTarget::Column(c) = &e.target { Some(c) } else { None });
    columns.chain(&index.include).map(|c| (&index.table, c)).collect()
}
