//! The comparison: walks both catalogs side by side and knows no kinds.

use crate::parts::Parts;
use crate::scope::{Scope, history_tool, table_of};
use crate::settled::{one_printer, printed_values_alike};
use crate::{
    Answer, Answers, Change, Code, Comparison, Disposition, Drift, Grants, Level, Options, Policy,
    PrivilegeDifference, Question, SetAside, Side, Undecided, What, classify, disposition, extension, fold,
    privileges, renamed, value, versions,
};
use rustc_hash::FxHashSet;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use trueup_catalog::{
    Attribute, Catalog, Entry, Gap, GapReason, ObjectKey, ObjectKind, SchemaObject, Source, Value, Weight,
};
use trueup_settle::{Settler, Verdict};

/// Compares the desired with the live catalog; `settler` must be made from the same two.
pub fn compare(desired: &Catalog, live: &Catalog, settler: &Settler<'_>, options: &Options) -> Comparison {
    compare_with(desired, live, settler, options, &Answers::default())
}

/// The same with a server's answers to the questions of an earlier comparison.
pub fn compare_with(
    desired: &Catalog,
    live: &Catalog,
    settler: &Settler<'_>,
    options: &Options,
    answers: &Answers,
) -> Comparison {
    let mut run = Run {
        desired,
        live,
        settler,
        answers,
        options,
        printed_alike: one_printer(desired, live),
        scope: Scope::new(desired, options.all_schemas),
        out: Comparison { privileges: options.privileges, owners: options.owners, ..Comparison::default() },
        parts: Parts::of(desired, live, settler),
        touched: FxHashSet::default(),
    };
    run.walk();
    run.gaps();
    let Run { scope, mut out, touched, .. } = run;
    out.drift = fold::fold(std::mem::take(&mut out.drift), desired, live);
    out.drift = renamed::join(std::mem::take(&mut out.drift), desired, live, settler, &options.renames);
    out.out_of_scope = scope.outside();
    out.summary.matching = out.summary.desired_objects.saturating_sub(touched.len());
    out
}

type ByCode = BTreeMap<Code, Found>;

/// What is found about one object under one code.
#[derive(Default)]
struct Found {
    changes: Vec<Change>,
    /// Whether one of them is a difference that only rules found.
    by_rules_alone: bool,
    /// Why a server could not confirm it.
    unconfirmed: Option<String>,
}

struct Run<'a> {
    desired: &'a Catalog,
    live: &'a Catalog,
    settler: &'a Settler<'a>,
    answers: &'a Answers,
    options: &'a Options,
    /// Whether the same text means the same on both sides.
    printed_alike: bool,
    scope: Scope,
    /// Parts of indexes that only have other names.
    parts: Parts<'a>,
    out: Comparison,
    /// Desired objects that do not match.
    touched: FxHashSet<&'a ObjectKey>,
}

impl<'a> Run<'a> {
    fn walk(&mut self) {
        let (desired, live) = (self.desired, self.live);
        let mut left = desired.iter().peekable();
        let mut right = live.iter().peekable();
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some((d, _)), Some((l, _))) => d.cmp(l),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            match order {
                Ordering::Less => {
                    if let Some((key, entry)) = left.next() {
                        self.only_desired(key, entry);
                    }
                }
                Ordering::Greater => {
                    if let Some((key, entry)) = right.next() {
                        self.only_live(key, entry);
                    }
                }
                Ordering::Equal => {
                    if let (Some((key, d)), Some((_, l))) = (left.next(), right.next()) {
                        if self.parts.desired.contains(key) || self.parts.live.contains(key) {
                            // One name, and two parts of two indexes.
                            self.only_desired(key, d);
                            self.only_live(key, l);
                        } else {
                            self.both(key, d, l);
                        }
                    }
                }
            }
        }
    }

    fn only_desired(&mut self, key: &'a ObjectKey, entry: &'a Entry) {
        if is_implicit_schema(key, entry) || self.leaves_out(key) {
            return;
        }
        if key.kind == ObjectKind::DefaultPrivileges && self.options.privileges == Policy::Off {
            return;
        }
        self.out.summary.desired_objects += 1;
        if self.parts.desired.contains(key) {
            return;
        }
        if !self.live.origin.covers(key.kind, None) || self.live.origin.may_hide(key) {
            return;
        }
        self.touched.insert(key);
        let (code, level) = disposition::existence_code(What::Missing, key.kind);
        let (disposition, reason) = disposition::missing(entry);
        self.push(Drift {
            code,
            level,
            key: key.clone(),
            what: What::Missing,
            changes: Vec::new(),
            disposition,
            reason,
            span: entry.span.clone(),
            children: Vec::new(),
            confirmed: true,
            unconfirmed: None,
        });
    }

    fn only_live(&mut self, key: &'a ObjectKey, entry: &'a Entry) {
        let desired = &self.desired.origin;
        if !self.scope.takes(key) || !desired.covers(key.kind, None) || desired.may_hide(key) {
            return;
        }
        if self.leaves_out(key) {
            return;
        }
        // Every database has plpgsql, unless someone dropped it (manual, 43 "PL/pgSQL").
        if key.kind == ObjectKind::Extension && *key.name() == "plpgsql" {
            return;
        }
        if let Some(table) = table_of(key, entry)
            && let Some(tool) = history_tool(&table.name)
            && self.desired.table(table).is_none()
        {
            if key.kind == ObjectKind::Table {
                self.out.set_aside.push(SetAside { key: key.clone(), tool });
            }
            return;
        }
        if key.kind == ObjectKind::DefaultPrivileges && !self.states_default_privileges() {
            self.out.not_stated.default_privileges += 1;
            return;
        }
        self.out.summary.live_objects += 1;
        if self.parts.live.contains(key) {
            return;
        }
        let (code, mut level) = disposition::existence_code(What::Unexpected, key.kind);
        // An object of the whole database belongs to no schema that could be in scope. Where the desired side has none of
        // its kind, silence is not a wish: it is told, and fails nothing.
        if key.schema().is_none() && self.desired.of_kind(key.kind).next().is_none() {
            level = Level::Note;
        }
        let (disposition, reason) = disposition::unexpected();
        self.push(Drift {
            code,
            level,
            key: key.clone(),
            what: What::Unexpected,
            changes: Vec::new(),
            disposition,
            reason,
            span: None,
            children: Vec::new(),
            confirmed: true,
            unconfirmed: None,
        });
    }

    fn both(&mut self, key: &'a ObjectKey, desired: &'a Entry, live: &'a Entry) {
        if self.leaves_out(key) {
            return;
        }
        // Whatever the desired side has sets the scope, so the live object is inside.
        if !is_implicit_schema(key, desired) {
            self.out.summary.desired_objects += 1;
            self.out.summary.live_objects += 1;
        }
        let mut by_code = ByCode::new();
        // Default privileges have nothing else than privileges, which are compared by what they mean.
        if key.kind != ObjectKind::DefaultPrivileges {
            for (d, l) in paired(desired.object.attributes(), live.object.attributes()) {
                self.attribute(key, desired, d, l, &mut by_code);
            }
        }
        self.comment(key, desired, live, &mut by_code);
        self.security_labels(desired, live, &mut by_code);
        self.extension_dependencies(key, desired, live, &mut by_code);
        if let (Some(d), Some(l)) = (&desired.owner, &live.owner)
            && d != l
            && self.options.owners != Policy::Off
            && !versions::is_of_the_version(key, "owner", self.desired, self.live)
        {
            by_code.entry(Code::D271).or_default().changes.push(Change {
                attribute: "owner".to_owned(),
                desired: Some(d.to_string()),
                live: Some(l.to_string()),
                weight: Weight::Cosmetic,
                text: false,
            });
        }
        // Where one side has no identity at all, its sequence's name says nothing more.
        if by_code.contains_key(&Code::D206)
            && let Some(found) = by_code.get_mut(&Code::D282)
        {
            found.changes.retain(|change| change.attribute != "identity_sequence");
        }
        by_code.retain(|_, found| !found.changes.is_empty());
        for (code, Found { changes, by_rules_alone, unconfirmed }) in by_code {
            let level = classify::level(code, &changes);
            let (disposition, reason) = disposition::changed(code, desired, live, &changes);
            if level != Level::Note {
                self.touched.insert(key);
            }
            self.push(Drift {
                code,
                level,
                key: key.clone(),
                what: What::Changed,
                changes,
                disposition,
                reason,
                span: desired.span.clone(),
                children: Vec::new(),
                confirmed: !by_rules_alone,
                unconfirmed,
            });
        }
        self.privileges(key, desired, live);
    }

    /// Whether the user's selection leaves the object out, which is counted.
    fn leaves_out(&mut self, key: &ObjectKey) -> bool {
        let out = !self.options.selection.has(key);
        self.out.excluded += usize::from(out);
        out
    }

    /// What is missing only adds access; what is too much can't be closed by adding: two findings.
    fn privileges(&mut self, key: &'a ObjectKey, desired: &'a Entry, live: &'a Entry) {
        if self.options.privileges == Policy::Off
            || !self.live.origin.covers(key.kind, Some("privileges"))
            || !self.desired.origin.covers(key.kind, Some("privileges"))
        {
            return;
        }
        let untouched = |entry: &Entry| entry.privileges.is_none() && entry.revoked.is_empty();
        if key.kind != ObjectKind::DefaultPrivileges && untouched(desired) && untouched(live) {
            return;
        }
        let strict = self.options.privileges == Policy::Strict;
        let found =
            privileges::privilege_difference(key, desired, Some(live), (self.desired, self.live), strict);
        if !privileges::is_stated(desired, self.desired, self.options) {
            self.out.not_stated.privileges += usize::from(found != PrivilegeDifference::default());
            return;
        }
        let change = |grants: &Grants, missing: bool| {
            let text = Some(grants.to_string());
            let (desired, live) = if missing { (text, None) } else { (None, text) };
            Change { attribute: "privileges".to_owned(), desired, live, weight: Weight::Meaning, text: false }
        };
        for (list, missing) in [(&found.missing, true), (&found.unexpected, false)] {
            if list.is_empty() {
                continue;
            }
            self.touched.insert(key);
            self.push(Drift {
                code: Code::D272,
                level: if missing { Code::D272.default_level() } else { Level::Warning },
                key: key.clone(),
                what: What::Changed,
                changes: list.iter().map(|grants| change(grants, missing)).collect(),
                disposition: if missing { Disposition::Consent } else { Disposition::Manual },
                reason: if missing { "it lets roles do more" } else { "adding can't take it away" }
                    .to_owned(),
                span: desired.span.clone(),
                children: Vec::new(),
                confirmed: true,
                unconfirmed: None,
            });
        }
    }

    /// Whether the desired side says which default privileges there are.
    fn states_default_privileges(&self) -> bool {
        match self.options.privileges {
            Policy::Off => false,
            Policy::Strict => true,
            Policy::Stated => {
                self.desired.origin.source != Source::Sql
                    || self.desired.of_kind(ObjectKind::DefaultPrivileges).next().is_some()
            }
        }
    }

    /// Labels are compared where the desired side has any of the provider on the object.
    fn security_labels(&mut self, desired: &Entry, live: &Entry, by_code: &mut ByCode) {
        let all = self.desired.origin.source != Source::Sql || self.options.privileges == Policy::Strict;
        let mut providers: Vec<&String> =
            desired.security_labels.keys().chain(live.security_labels.keys()).collect();
        providers.sort();
        providers.dedup();
        for provider in providers {
            let (wanted, there) = (desired.security_labels.get(provider), live.security_labels.get(provider));
            if wanted == there {
                continue;
            }
            if self.options.privileges == Policy::Off || (wanted.is_none() && !all) {
                self.out.not_stated.security_labels += 1;
                continue;
            }
            by_code.entry(Code::D273).or_default().changes.push(Change {
                attribute: format!("security_label.{provider}"),
                desired: wanted.cloned(),
                live: there.cloned(),
                weight: Weight::Meaning,
                text: false,
            });
        }
    }

    /// `ALTER … DEPENDS ON EXTENSION` changes only what DROP EXTENSION takes along.
    fn extension_dependencies(&self, key: &ObjectKey, desired: &Entry, live: &Entry, by_code: &mut ByCode) {
        let name = Some("extension_dependency");
        if !self.live.origin.covers(key.kind, name) || !self.desired.origin.covers(key.kind, name) {
            return;
        }
        let (wanted, there) = (&desired.extension_dependencies, &live.extension_dependencies);
        for extension in wanted.symmetric_difference(there) {
            let side = |on: bool| on.then(|| extension.to_string());
            by_code.entry(Code::D282).or_default().changes.push(Change {
                attribute: "extension_dependency".to_owned(),
                desired: side(wanted.contains(extension)),
                live: side(there.contains(extension)),
                weight: Weight::Cosmetic,
                text: false,
            });
        }
    }

    fn attribute(
        &mut self,
        key: &'a ObjectKey,
        entry: &Entry,
        desired: Attribute<'_>,
        live: Attribute<'_>,
        by_code: &mut ByCode,
    ) {
        let name = desired.name;
        if !self.live.origin.covers(key.kind, Some(name)) || !self.desired.origin.covers(key.kind, Some(name))
        {
            return;
        }
        if versions::is_of_the_version(key, name, self.desired, self.live) {
            return;
        }
        if key.kind == ObjectKind::Extension && !extension::is_compared(&desired, entry, self.live.get(key)) {
            return;
        }
        if let (Some(d), Some(l)) = (options(&desired.value), options(&live.value)) {
            let code = classify::code(key.kind, name, desired.weight);
            for change in option_changes(name, d, l, desired.weight) {
                if versions::comes_to_the_same(key, &change, self.desired, self.live) {
                    continue;
                }
                by_code.entry(code).or_default().changes.push(change);
            }
            return;
        }
        let change = || Change {
            attribute: name.to_owned(),
            desired: value::show(&desired.value),
            live: value::show(&live.value),
            weight: desired.weight,
            text: value::is_text(&desired.value) || value::is_text(&live.value),
        };
        let question = || Question { key: key.clone(), attribute: name.to_owned() };
        let verdict = match value::compare(&desired.value, &live.value, self.settler) {
            Verdict::CantTell(_)
                if self.printed_alike && printed_values_alike(&desired.value, &live.value) =>
            {
                Verdict::Same
            }
            verdict => verdict,
        };
        match verdict {
            Verdict::Same => {}
            Verdict::Different => {
                let code = classify::code(key.kind, name, desired.weight);
                let by_rules =
                    rules_decided(&desired.value) && !live.value.is_absent() && !desired.value.is_absent();
                let answer = by_rules.then(|| self.answer(question()));
                if let Some(Some(Answer::Same)) = answer {
                    return;
                }
                let found = by_code.entry(code).or_default();
                found.changes.push(change());
                match answer {
                    None | Some(Some(Answer::Same | Answer::Different)) => {}
                    Some(None) => found.by_rules_alone = true,
                    Some(Some(Answer::Open(why))) => {
                        found.by_rules_alone = true;
                        found.unconfirmed.get_or_insert(why);
                    }
                }
            }
            Verdict::CantTell(reason) => {
                let answer = self.answer(question());
                let reason = match answer {
                    Some(Answer::Same) => return,
                    Some(Answer::Different) => {
                        let code = classify::code(key.kind, name, desired.weight);
                        by_code.entry(code).or_default().changes.push(change());
                        return;
                    }
                    Some(Answer::Open(why)) => format!("{reason}; nor could a server: {why}"),
                    None => reason,
                };
                self.touched.insert(key);
                self.out.undecided.push(Undecided {
                    code: Code::U103,
                    level: Code::U103.default_level(),
                    key: Some(key.clone()),
                    what: format!("{} of {} {key}", name.replace('_', " "), key.kind),
                    sort: key.kind.word().to_owned(),
                    change: Some(change()),
                    reason,
                    side: None,
                    span: entry.span.clone(),
                });
            }
        }
    }

    /// Keeps a question, and gives the answer to it if there is one.
    fn answer(&mut self, question: Question) -> Option<Answer> {
        let answer = self.answers.get(&question).cloned();
        self.out.questions.push(question);
        answer
    }

    fn comment(&self, key: &ObjectKey, desired: &Entry, live: &Entry, by_code: &mut ByCode) {
        if desired.comment == live.comment
            || !self.live.origin.covers(key.kind, Some("comment"))
            || !self.desired.origin.covers(key.kind, Some("comment"))
        {
            return;
        }
        // CREATE EXTENSION and initdb set comments by themselves.
        let automatic = key.kind == ObjectKind::Extension
            || (key.kind == ObjectKind::Schema && live.comment.as_deref() == Some("standard public schema"));
        if desired.comment.is_none() && automatic {
            return;
        }
        by_code.entry(Code::D281).or_default().changes.push(Change {
            attribute: "comment".to_owned(),
            desired: desired.comment.clone(),
            live: live.comment.clone(),
            weight: Weight::Cosmetic,
            text: false,
        });
    }

    /// Gaps of both sides. What neither side models is one entry.
    fn gaps(&mut self) {
        let live: FxHashSet<(&str, &str)> =
            self.live.gaps.iter().map(|g| (g.what.as_str(), g.object.as_str())).collect();
        let desired: FxHashSet<(&str, &str)> =
            self.desired.gaps.iter().map(|g| (g.what.as_str(), g.object.as_str())).collect();
        let mut seen = FxHashSet::default();
        for gap in &self.desired.gaps {
            let id = (gap.what.as_str(), gap.object.as_str());
            let modelled_nowhere = gap.code == "U101" && !gap.object.is_empty();
            if modelled_nowhere && !seen.insert(id) {
                continue;
            }
            let both = modelled_nowhere && live.contains(&id);
            self.out.undecided.push(undecided(gap, (!both).then_some(Side::Desired)));
        }
        for gap in &self.live.gaps {
            let id = (gap.what.as_str(), gap.object.as_str());
            if gap.code == "U101" && !gap.object.is_empty() && desired.contains(&id) {
                continue;
            }
            if gap.object.split_once('.').is_some_and(|(schema, _)| !self.scope.has_schema(schema)) {
                continue;
            }
            self.out.undecided.push(undecided(gap, Some(Side::Live)));
        }
    }

    fn push(&mut self, drift: Drift) {
        self.out.drift.push(drift);
    }
}

/// `public` is there in a new database and in a catalog read from files, without a statement.
fn is_implicit_schema(key: &ObjectKey, entry: &Entry) -> bool {
    key.kind == ObjectKind::Schema && entry.span.is_none() && *key.name() == "public"
}

fn undecided(gap: &Gap, side: Option<Side>) -> Undecided {
    let code = gap.code.parse().unwrap_or(Code::U101);
    // What is not modelled, or what a comment says to ignore, is counted and stops nothing.
    let level = if gap.reason == GapReason::Unmodeled { Level::Note } else { code.default_level() };
    Undecided {
        code,
        level,
        key: None,
        sort: gap.what.clone(),
        what: if gap.object.is_empty() { gap.what.clone() } else { format!("{} {}", gap.what, gap.object) },
        change: None,
        reason: gap.message.clone(),
        side,
        span: gap.span.clone(),
    }
}

/// Attributes of two objects of one kind, by name: a check constraint and a foreign key of one
/// name have different ones.
fn paired<'d, 'l>(
    desired: Vec<Attribute<'d>>,
    live: Vec<Attribute<'l>>,
) -> Vec<(Attribute<'d>, Attribute<'l>)> {
    let absent = |name, weight| Attribute { name, value: Value::Absent, weight };
    if desired.len() == live.len() && desired.iter().zip(&live).all(|(d, l)| d.name == l.name) {
        return desired.into_iter().zip(live).collect();
    }
    let mut live: BTreeMap<&str, Attribute<'l>> = live.into_iter().map(|a| (a.name, a)).collect();
    let mut pairs: Vec<_> = desired
        .into_iter()
        .map(|d| {
            let l = live.remove(d.name).unwrap_or(Attribute {
                name: d.name,
                value: Value::Absent,
                weight: d.weight,
            });
            (d, l)
        })
        .collect();
    pairs.extend(live.into_values().map(|l| (absent(l.name, l.weight), l)));
    pairs
}

fn options<'v>(value: &'v Value<'_>) -> Option<&'v BTreeMap<String, String>> {
    if let Value::Options(options) = value { Some(options) } else { None }
}

fn option_changes(
    name: &str,
    desired: &BTreeMap<String, String>,
    live: &BTreeMap<String, String>,
    weight: Weight,
) -> Vec<Change> {
    let mut names: Vec<&String> = desired.keys().chain(live.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|option| desired.get(*option) != live.get(*option))
        .map(|option| Change {
            attribute: format!("{name}.{option}"),
            desired: desired.get(option).cloned(),
            live: live.get(option).cloned(),
            weight,
            text: false,
        })
        .collect()
}

/// Whether the difference was found by settling rather than by plain equality.
fn rules_decided(value: &Value<'_>) -> bool {
    match value {
        Value::Expr(..) | Value::Query(..) | Value::SqlBody(..) | Value::RuleAction(..) => true,
        Value::List(values) | Value::Set(values) => values.iter().any(rules_decided),
        Value::Record(fields) => fields.iter().any(|(_, value)| rules_decided(value)),
        Value::Absent
        | Value::Flag(_)
        | Value::Integer(_)
        | Value::Text(_)
        | Value::Name(_)
        | Value::Qualified(_)
        | Value::Names(_)
        | Value::Type(_)
        | Value::Labels(_)
        | Value::Options(_)
        | Value::Source(_) => false,
    }
}
