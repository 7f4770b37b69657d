//! One finding as the page shows it.

use super::sides::{self, Sides};
use super::step::StepView;
use super::words::{self, Text};
use crate::finding::{children, repair_line, rows, unconfirmed, way_out};
use crate::listed::{About, Listed};
use crate::{Report, effect};
use std::collections::{HashMap, HashSet};
use trueup_catalog::{ObjectKey, ObjectKind, QualifiedName};
use trueup_diff::{Code, Drift, Level, Side, Undecided};
use trueup_policy::Standing;
use trueup_repair::{Digests, Left, Step};

/// A finding.
pub(super) struct Finding {
    /// Its place on the page.
    pub id: String,
    pub code: Code,
    pub level: Level,
    /// On which side, `undecided`, or `policy`.
    pub what: &'static str,
    /// What repair can do: a disposition, or nothing where it is no drift.
    pub disposition: &'static str,
    pub title: Text,
    /// What the policy says, for a class and in words; `None` without a policy.
    pub verdict: Option<(&'static str, &'static str)>,
    /// Whether this change brought it.
    pub remark: &'static str,
    pub schema: Text,
    /// The table that it is of, as the map calls it.
    pub table: Text,
    /// File and line.
    pub place: Option<Text>,
    pub sides: Sides,
    pub facts: Vec<(&'static str, Text)>,
    /// What comes along and is no part of the definition that is shown: indexes, triggers, policies.
    pub along: Vec<(&'static str, Text)>,
    /// The steps that are told in full here.
    pub steps: Vec<StepView>,
    /// Steps that close it too and stand at another finding: their numbers and titles.
    pub more_steps: Vec<(usize, Text)>,
    /// SQL for people to start from.
    pub suggestion: Option<Text>,
    /// The query that lists the rows in its way.
    pub query: Option<Text>,
    /// Whether it is listed, or was taken out by the policy.
    pub listed: bool,
    /// What it is grouped by.
    pub owner: Owner,
}

/// What a finding is grouped by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Owner {
    /// A statement, or something that is no object.
    Statements,
    /// A table, view or other object: its kind and name.
    Object { schema: String, name: String, kind: &'static str },
    /// The policy.
    Policy,
}

/// Everything that the page lists, also what the policy takes out; and the steps that no finding tells. `ids` are the places of drifts.
pub(super) fn findings(
    report: &Report<'_>,
    ids: &[String],
    steps: Vec<StepView>,
) -> (Vec<Finding>, Vec<StepView>) {
    let mut teller = Teller::new(report, steps);
    let every = report.every();
    let (mut out, mut drifts, mut policy) = (Vec::new(), Vec::new(), Vec::new());
    for listed in &every {
        match listed.about {
            About::Drift(at, drift) => drifts.push(teller.drift(listed, at, drift, ids)),
            About::Undecided(undecided) => out.push(teller.undecided(listed, out.len(), undecided)),
            About::Remark(remark) => {
                let mut finding = base(report, listed, format!("policy-{}", policy.len() + 1), "policy");
                finding.owner = Owner::Policy;
                finding.facts.push(("way out", Text::new(&remark.way_out)));
                policy.push(finding);
            }
        }
    }
    out.append(&mut drifts);
    out.append(&mut policy);
    let mut rest: Vec<StepView> = teller.steps.into_values().collect();
    rest.sort_by_key(|step| step.number);
    (out, rest)
}

/// The places on the page of all drifts: the policy's fingerprint, else a digest of what the finding is about. The same in each run.
pub(super) fn drift_ids(report: &Report<'_>) -> Vec<String> {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let drifts = report.comparison.drift.iter().enumerate();
    drifts
        .map(|(at, drift)| {
            let standing = report.gate.and_then(|gate| gate.drift.get(at));
            let print = match standing {
                Some(standing) => standing.fingerprint.clone(),
                None => {
                    let attributes: Vec<&str> = drift.changes.iter().map(|c| c.attribute.as_str()).collect();
                    let parts = [drift.code.number(), drift.key.kind.word(), &drift.key.to_string()];
                    digest(parts.into_iter().chain([words::what(drift.what)]).chain(attributes))
                }
            };
            let before = taken.entry(print.clone()).or_default();
            *before += 1;
            if *before == 1 { format!("finding-{print}") } else { format!("finding-{print}-{before}") }
        })
        .collect()
}

fn digest<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut digests = Digests::default();
    parts.for_each(|part| digests.add(part));
    digests.hex()
}

struct Teller<'a, 'r> {
    report: &'a Report<'r>,
    /// Steps that were not told yet, by their numbers.
    steps: HashMap<usize, StepView>,
    /// The steps of each drift, by their places in the plan.
    of_drift: HashMap<usize, Vec<usize>>,
    left: HashMap<usize, &'r Left>,
}

impl<'a, 'r> Teller<'a, 'r> {
    fn new(report: &'a Report<'r>, steps: Vec<StepView>) -> Self {
        let mut of_drift: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, step) in report.plan.steps.iter().enumerate() {
            let mut seen = HashSet::new();
            for drift in step.closes.iter().filter(|drift| seen.insert(**drift)) {
                of_drift.entry(*drift).or_default().push(at);
            }
        }
        Teller {
            report,
            steps: steps.into_iter().map(|step| (step.number, step)).collect(),
            of_drift,
            left: report.plan.left.iter().map(|left| (left.drift, left)).collect(),
        }
    }

    fn drift(&mut self, listed: &Listed<'_>, at: usize, drift: &Drift, ids: &[String]) -> Finding {
        let report = self.report;
        let left = self.left.get(&at).copied();
        let id = ids.get(at).cloned().unwrap_or_default();
        let mut finding = base(report, listed, id, words::what(drift.what));
        finding.disposition = drift.disposition.word();
        finding.sides = sides::of_drift(report, drift);
        if !drift.children.is_empty() {
            finding.facts.push(("with it", Text::new(&children(&drift.children))));
            let apart = drift.children.iter().filter(|key| !in_definition(key.kind));
            finding.along = apart.map(|key| (key.kind.word(), Text::new(&key.to_string()))).collect();
        }
        if let Some(effect) = effect::effect(report, drift) {
            finding.facts.push(("effect", Text::new(&effect)));
        }
        if let Some(note) = unconfirmed(drift) {
            finding.facts.push(("note", Text::new(&note)));
        }
        let places = self.of_drift.get(&at).cloned().unwrap_or_default();
        let steps: Vec<&Step> = places.iter().filter_map(|at| report.plan.steps.get(*at)).collect();
        let repair = format!("{}{}", repair_line(left, drift), rows(left, &steps));
        finding.facts.push(("repair", Text::new(&repair)));
        for (place, step) in places.iter().zip(steps) {
            match self.steps.remove(&(place + 1)) {
                Some(step) => finding.steps.push(step),
                None => finding.more_steps.push((place + 1, Text::new(&step.title))),
            }
        }
        finding.suggestion = left.and_then(|left| left.suggestion.as_deref()).map(Text::lines);
        finding.query = crate::probe::query(left.and_then(|left| left.probe.as_ref())).map(Text::lines);
        finding
    }

    fn undecided(&self, listed: &Listed<'_>, at: usize, undecided: &Undecided) -> Finding {
        let report = self.report;
        let id = format!("undecided-{}", at + 1);
        let mut finding = base(report, listed, id, "undecided");
        finding.sides = sides::of_undecided(report, undecided.change.as_ref(), undecided.span.as_ref());
        if undecided.code == Code::U103 {
            finding.facts.push(("why", Text::new(&undecided.reason)));
        }
        let advice = report.advice(undecided.code, undecided.span.as_ref());
        if let Some(sqlstate) = advice.and_then(|advice| advice.sqlstate.as_deref()) {
            finding.facts.push(("PostgreSQL", Text::new(&format!("SQLSTATE {sqlstate}"))));
        }
        if undecided.span.is_some() && undecided.side == Some(Side::Live) {
            finding.facts.push(("side", Text::new("live")));
        }
        if let Some(way_out) = way_out(report, undecided) {
            finding.facts.push(("way out", Text::new(way_out)));
        }
        finding
    }
}

fn base(report: &Report<'_>, listed: &Listed<'_>, id: String, what: &'static str) -> Finding {
    let owner = owner(report, listed.key);
    let (schema, table) = match &owner {
        Owner::Object { schema, name, .. } => (Text::new(schema), Text::new(name)),
        Owner::Statements | Owner::Policy => (Text::default(), Text::default()),
    };
    let mut facts = Vec::new();
    if let Some(reason) = words::ignored(listed.standing) {
        facts.push(("ignored", Text::new(&reason)));
    }
    Finding {
        id,
        code: listed.code,
        level: listed.level,
        what,
        disposition: "",
        title: Text::new(&listed.title()),
        verdict: report.gate.and(listed.standing).map(|standing| words::verdict(&standing.verdict)),
        remark: listed.remark(),
        schema,
        table,
        place: listed.place().map(|(file, line, _)| Text::new(&format!("{file}:{line}"))),
        sides: Sides::default(),
        facts,
        along: Vec::new(),
        steps: Vec::new(),
        more_steps: Vec::new(),
        suggestion: None,
        query: None,
        listed: listed.standing.is_none_or(Standing::is_listed),
        owner,
    }
}

/// Whether the definition of a table has it.
fn in_definition(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Column | ObjectKind::Constraint | ObjectKind::DomainConstraint)
}

/// What belongs to a relation goes with it; everything else stands for itself.
fn owner(report: &Report<'_>, key: Option<&ObjectKey>) -> Owner {
    let Some(key) = key else { return Owner::Statements };
    match key.relation() {
        Some(relation) => Owner::Object {
            schema: relation.schema.as_str().to_owned(),
            name: relation.to_string(),
            kind: relation_kind(report, key.kind, relation).word(),
        },
        None => Owner::Object {
            schema: key.schema().map(|schema| schema.as_str().to_owned()).unwrap_or_default(),
            name: key.to_string(),
            kind: key.kind.word(),
        },
    }
}

/// Triggers and rules stand on views too, indexes on materialized ones, and the constraints of domains on these.
fn relation_kind(report: &Report<'_>, part: ObjectKind, name: &QualifiedName) -> ObjectKind {
    if part == ObjectKind::DomainConstraint {
        return ObjectKind::Domain;
    }
    let is = |kind: &ObjectKind| {
        let key = ObjectKey::in_schema(*kind, name.clone());
        report.desired.contains(&key) || report.live.contains(&key)
    };
    let kinds = [ObjectKind::Table, ObjectKind::View, ObjectKind::MaterializedView];
    kinds.into_iter().find(is).unwrap_or(ObjectKind::Table)
}
