//! The page as a whole: fills the template and locks it up.

use super::HtmlError;
use super::finding::{Finding, drift_ids, findings};
use super::glossary::{self, Entry};
use super::group::{Group, groups};
use super::head::{Head, head};
use super::map::{self, Map, State};
use super::step::{IN_FULL, StepView, steps};
use super::words::Text;
use crate::counts::{counted, thousands};
use crate::repair_file::closed;
use crate::{Place, Report};
use askama::Template;
use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use trueup_diff::Code;

const CSS: &str = include_str!("style.css");
/// The script's parts, in one scope.
const JS: &str = concat!(include_str!("page.js"), include_str!("map.js"));
/// Up to this many findings are open from the start.
const OPEN: usize = 20;
/// With more findings than this, what is out of sight is not laid out.
const MANY: usize = 200;

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    policy: String,
    css: &'static str,
    js: &'static str,
    data: String,
    subject: Text,
    head: Head,
    legend: Vec<(&'static str, &'static str, &'static str, String)>,
    table_list: Vec<(Text, Vec<TableLink>)>,
    facets: Vec<Facet>,
    codes: Vec<(Code, &'static str, usize)>,
    schemas: Vec<(Text, usize)>,
    listed: usize,
    open: bool,
    many: bool,
    groups: Vec<Group>,
    plan: Vec<PlanRow>,
    /// How many steps there are, and how many of them the list leaves out.
    steps: String,
    steps_left: Option<String>,
    plan_words: String,
    /// Whether any size is known.
    sizes: bool,
    steps_apart: Vec<StepView>,
    glossary: Vec<Entry>,
    version: &'a str,
}

/// A table in the list that says in words what the map shows.
struct TableLink {
    class: &'static str,
    word: &'static str,
    sign: &'static str,
    name: Text,
    /// The findings about it.
    group: Option<usize>,
}

/// A set of filters that exclude one another's findings.
struct Facet {
    name: &'static str,
    label: &'static str,
    options: Vec<FacetOption>,
}

struct FacetOption {
    value: &'static str,
    label: &'static str,
    count: usize,
    on: bool,
}

/// A step in the list of all.
struct PlanRow {
    number: usize,
    title: Text,
    phase: &'static str,
    blocks: &'static str,
    chip: &'static str,
    lock: Text,
    size: String,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    policy: String,
    css: &'static str,
    problems: Vec<Problem>,
    glossary: Vec<Entry>,
    version: &'a str,
}

struct Problem {
    code: Code,
    message: Text,
    way_out: Option<Text>,
}

pub(super) fn page(report: &Report<'_>) -> Result<String, HtmlError> {
    let ids = drift_ids(report);
    let steps = steps(report, &ids);
    let plan: Vec<PlanRow> = steps.iter().take(IN_FULL).map(plan_row).collect();
    let mut used: BTreeSet<Code> = steps.iter().flat_map(|step| step.hazards.iter().map(|h| h.0)).collect();
    let (findings, steps_apart) = findings(report, &ids, steps);
    used.extend(findings.iter().map(|finding| finding.code));
    let map = Map::new(report, &findings);
    let listed = findings.iter().filter(|finding| finding.listed).count();
    let page = Page {
        policy: content_policy(Some(JS)),
        css: CSS,
        js: JS,
        data: map::json(&map)?,
        subject: subject(report.live_place),
        head: head(report, &findings),
        legend: State::ALL
            .iter()
            .rev()
            .map(|state| (state.class(), state.word(), state.sign(), thousands(map.count(*state))))
            .collect(),
        facets: facets(&findings),
        codes: codes(&findings),
        schemas: counts(findings.iter().map(|finding| finding.schema.clone())),
        listed,
        open: listed <= OPEN,
        many: findings.len() > MANY,
        steps: thousands(report.plan.steps.len()),
        steps_left: report
            .plan
            .steps
            .len()
            .checked_sub(plan.len())
            .filter(|left| *left > 0)
            .map(|left| counted(left, "more step")),
        sizes: plan.iter().any(|row| !row.size.is_empty()),
        plan,
        plan_words: plan_words(report),
        steps_apart,
        glossary: glossary::entries(&used),
        version: report.version,
        groups: groups(findings),
        table_list: Vec::new(),
    };
    let page = Page { table_list: table_list(&map, &page.groups), ..page };
    Ok(page.render()?)
}

pub(super) fn error_page(
    problems: &[(Code, &str, Option<&str>)],
    version: &str,
) -> Result<String, HtmlError> {
    let page = ErrorPage {
        policy: content_policy(None),
        css: CSS,
        problems: problems
            .iter()
            .map(|(code, message, way_out)| Problem {
                code: *code,
                message: Text::new(message),
                way_out: way_out.filter(|text| !text.is_empty()).map(Text::new),
            })
            .collect(),
        glossary: glossary::entries(&problems.iter().map(|(code, ..)| *code).collect()),
        version,
    };
    Ok(page.render()?)
}

/// Lets nothing in but the page's own style and script, told by their digests.
fn content_policy(script: Option<&str>) -> String {
    let digest = |text: &str| {
        format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text)))
    };
    let script = script.map_or_else(|| "'none'".to_owned(), digest);
    format!(
        "default-src 'none'; style-src {}; script-src {script}; img-src data:; base-uri 'none'; form-action 'none'",
        digest(CSS)
    )
}

/// What the page is about, in its title.
fn subject(live: &Place) -> Text {
    Text::new(&match &live.server {
        Some(server) => format!("{} at {}", server.database, server.host),
        None => live.name.clone(),
    })
}

fn plan_row(step: &StepView) -> PlanRow {
    PlanRow {
        number: step.number,
        title: step.title.clone(),
        phase: step.phase,
        blocks: step.blocks,
        chip: step.chip,
        lock: step.lock.clone(),
        size: step.size.clone().unwrap_or_default(),
    }
}

fn plan_words(report: &Report<'_>) -> String {
    let steps = report.plan.steps.len();
    format!(
        "{}, each a transaction of its own, {} {} of {}",
        counted(steps, "step"),
        if steps == 1 { "closes" } else { "close" },
        thousands(closed(report)),
        counted(report.comparison.drift.len(), "finding")
    )
}

/// The filters that have something to choose from. What the policy takes out is hidden at first.
fn facets(findings: &[Finding]) -> Vec<Facet> {
    let facet =
        |name, label, of: &dyn Fn(&Finding) -> &'static str, options: &[(&'static str, &'static str)]| {
            let count = |value: &str| findings.iter().filter(|finding| of(finding) == value).count();
            let options: Vec<FacetOption> = options
                .iter()
                .map(|(value, label)| FacetOption { value, label, count: count(value), on: false })
                .filter(|option| option.count > 0)
                .collect();
            Facet { name, label, options }
        };
    let level = [("error", "error"), ("warning", "warning"), ("note", "note")];
    let what = [
        ("missing", "missing"),
        ("unexpected", "unexpected"),
        ("changed", "changed"),
        ("undecided", "undecided"),
        ("policy", "policy"),
    ];
    let repair = [("safe", "safe"), ("data", "data"), ("consent", "consent"), ("manual", "manual")];
    let verdict = [
        ("fails", "fails"),
        ("note", "note"),
        ("allowed", "does not fail"),
        ("baseline", "in the baseline"),
        ("ignored", "ignored"),
        ("off", "switched off"),
    ];
    let mut facets = vec![
        facet("level", "Level", &|finding| finding.level.word(), &level),
        facet("what", "What", &|finding| finding.what, &what),
        facet("repair", "Repair", &|finding| finding.disposition, &repair),
        facet("verdict", "Policy", &|finding| finding.verdict.map_or("", |(class, _)| class), &verdict),
    ];
    if findings.iter().any(|finding| !finding.listed) {
        for option in facets.iter_mut().filter(|f| f.name == "verdict").flat_map(|f| &mut f.options) {
            option.on = matches!(option.value, "fails" | "note" | "allowed");
        }
    }
    facets.retain(|facet| facet.options.len() > 1);
    facets
}

fn codes(findings: &[Finding]) -> Vec<(Code, &'static str, usize)> {
    let counts = counts(findings.iter().map(|finding| finding.code));
    counts.into_iter().map(|(code, count)| (code, code.slug(), count)).collect()
}

fn counts<T: Ord>(values: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn table_list(map: &Map, groups: &[Group]) -> Vec<(Text, Vec<TableLink>)> {
    let places: HashMap<&str, usize> =
        groups.iter().enumerate().map(|(at, group)| (group.name.as_str(), at + 1)).collect();
    let mut list: BTreeMap<&str, Vec<TableLink>> = BTreeMap::new();
    for table in &map.tables {
        let name = Text::new(&table.name.to_string());
        list.entry(table.name.schema.as_str()).or_default().push(TableLink {
            class: table.state.class(),
            word: table.state.word(),
            sign: table.state.sign(),
            group: places.get(name.as_str()).copied(),
            name,
        });
    }
    list.into_iter().map(|(schema, tables)| (Text::new(schema), tables)).collect()
}
