//! What must hold for a pair, on a server: each round reads, plans, writes the file, runs it as psql would, and looks with oracles that
//! share no code with the product.

use crate::pair::{Pair, Side};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};
use trueup_catalog::{Catalog, ObjectKind};
use trueup_diff::{Comparison, Disposition, What};
use trueup_introspect::{ConnectConfig, Environment, ReadOptions, connect, read_pg_catalog};
use trueup_repair::{Options, Plan};
use trueup_report::{Place, Report, Sources, repair_file};
use trueup_settle::{Settler, World};
use trueup_testkit::additive::{Facts, objections};
use trueup_testkit::pg_dump::PgDump;
use trueup_testkit::psql::run_script_with;
use trueup_testkit::{Fingerprint, Server, TestDatabase, block_on};

/// What came of a pair.
#[derive(Debug, Default)]
pub struct Outcome {
    pub steps: usize,
    pub left: usize,
    pub refused: usize,
    /// The kinds of missing objects that steps made.
    pub made: BTreeSet<ObjectKind>,
}

impl Outcome {
    pub fn add(&mut self, other: Outcome) {
        self.steps += other.steps;
        self.left += other.left;
        self.refused += other.refused;
        self.made.extend(other.made);
    }
}

/// Two schemas as text, which is all that a check needs.
pub struct Sides {
    pub live: String,
    pub rows: Vec<String>,
    pub desired: String,
    /// Whether rows may refuse what is desired.
    pub may_refuse: bool,
    /// Whether all is allowed at once, rather than after a repair without consent.
    pub at_once: bool,
}

impl Sides {
    pub fn of(pair: &Pair, major: u16) -> Self {
        let text = |side| pair.sql(side, major).iter().map(|sql| format!("{sql};\n")).collect::<String>();
        Sides {
            live: text(Side::Live),
            rows: pair.rows(major),
            desired: text(Side::Desired),
            may_refuse: pair.may_refuse(),
            at_once: pair.at_once,
        }
    }
}

/// Checks one pair of schemas.
///
/// # Errors
/// What does not hold, with the file.
pub fn check(sides: &Sides, server: &Server, dump: Option<&PgDump>) -> Result<Outcome, String> {
    let wanted = server.database().map_err(|e| e.to_string())?;
    load(&wanted, &sides.desired)
        .map_err(|e| format!("the desired side does not load: {e}\n{}", sides.desired))?;
    let live = server.database().map_err(|e| e.to_string())?;
    load(&live, &sides.live).map_err(|e| format!("the live side does not load: {e}\n{}", sides.live))?;
    // A row may find no partition, or another of its key.
    for row in &sides.rows {
        run(&live, row)?;
    }
    let round = Round { desired: read(&wanted), live: &live, sides, dump };
    let mut outcome = Outcome::default();
    if !sides.at_once {
        outcome.add(round.check(&[])?);
    }
    outcome.add(round.check(&["*"])?);
    Ok(outcome)
}

/// Roles belong to the whole server, where another pair may have made them.
fn load(database: &TestDatabase<'_>, sql: &str) -> Result<(), String> {
    let first = block_on(async {
        let client = database.connect().await?;
        let mut first = None;
        run_script_with(&client, sql, |failure| {
            let there = failure.error.sqlstate() == Some("42710")
                && failure.sql.trim_start().to_uppercase().starts_with("CREATE ROLE");
            if !there {
                first =
                    Some(format!("{}: {}", failure.error, failure.sql.chars().take(200).collect::<String>()));
            }
            there
        })
        .await;
        Ok::<_, trueup_testkit::Error>(first)
    });
    match first.and_then(|inner| inner).map_err(|e| e.to_string())? {
        None => Ok(()),
        Some(error) => Err(error),
    }
}

struct Round<'a> {
    desired: Catalog,
    live: &'a TestDatabase<'a>,
    sides: &'a Sides,
    dump: Option<&'a PgDump>,
}

impl Round<'_> {
    fn check(&self, allow: &[&str]) -> Result<Outcome, String> {
        let consent = !allow.is_empty();
        let catalog = read(self.live);
        let (comparison, plan) = planned(&self.desired, &catalog, allow);
        let file = self.file(&comparison, &plan, &catalog);
        let explain = |what: String| {
            format!(
                "{what}\n\nallow {allow:?}\n--- live\n{}{}--- desired\n{}--- repair\n{file}",
                self.sides.live,
                self.sides.rows.join(";\n"),
                self.sides.desired
            )
        };
        let facts = Facts::read(self.live).map_err(|e| e.to_string())?;
        let found = objections(&file, &facts, consent).map_err(|e| explain(e.to_string()))?;
        if !found.is_empty() {
            return Err(explain(format!("more than adding: {}", found.join("\n"))));
        }
        let before = fingerprint(self.live)?;
        let rows = rows(self.live, None)?;
        let refused = self.apply(&file, &plan).map_err(&explain)?;
        let once = fingerprint(self.live)?;
        self.nothing_lost(&before, &once, consent.then_some((&comparison, &plan))).map_err(&explain)?;
        let now = self::rows(self.live, Some(&rows))?;
        for (table, rows) in rows {
            if let Some(changed) = now.get(&table).map_or(Some("gone"), |now| rows.changed(now)) {
                return Err(explain(format!("the rows of {table} are {changed}")));
            }
        }
        self.twice(&file, &plan, &once, &refused).map_err(&explain)?;
        let outcome = Outcome {
            steps: plan.steps.len(),
            left: plan.left.len(),
            refused: refused.len(),
            made: made(&comparison, &plan),
        };
        self.nothing_left(allow, refused.len()).map_err(&explain)?;
        Ok(outcome)
    }

    fn file(&self, comparison: &Comparison, plan: &Plan, live: &Catalog) -> String {
        let place = |name: &str| Place { name: name.to_owned(), server: None };
        repair_file(&Report {
            comparison,
            plan,
            desired: &self.desired,
            live,
            desired_place: &place("desired"),
            live_place: &place("live"),
            sources: &Sources::new(),
            advice: &[],
            migrations: None,
            gate: None,
            target: None,
            elapsed: Duration::ZERO,
            options: &[],
            made: SystemTime::UNIX_EPOCH,
            version: "test",
        })
    }

    /// Runs the file as psql does with `ON_ERROR_STOP`. Where rows refuse a step, the others run one by one without those that need it, as
    /// `trueup apply` does. The places of the steps that did not succeed; any other error is a defect.
    fn apply(&self, file: &str, plan: &Plan) -> Result<BTreeSet<usize>, String> {
        let mut refused = BTreeSet::new();
        let Some(error) = run(self.live, file)? else { return Ok(refused) };
        self.by_rows(&error)?;
        for (at, step) in plan.steps.iter().enumerate() {
            let waits = step.after.iter().any(|other| refused.contains(other));
            if waits {
                refused.insert(at);
                continue;
            }
            let script = format!("{}\n{}", plan.preamble(), plan.script(step));
            if let Some(error) = run(self.live, &script)? {
                self.by_rows(&error)?;
                refused.insert(at);
            }
        }
        if refused.is_empty() {
            Err(format!("the file fails, its steps do not: {error:?}"))
        } else {
            Ok(refused)
        }
    }

    /// Rows that break what is wanted of them (class 23).
    fn by_rows(&self, error: &Failed) -> Result<(), String> {
        if self.sides.may_refuse && error.code.starts_with("23") {
            return Ok(());
        }
        Err(format!("not applied: {}: {}", error.message, error.sql))
    }

    /// Every object that was there is there as it was, except what consent replaced.
    fn nothing_lost(
        &self,
        before: &Fingerprint,
        after: &Fingerprint,
        consent: Option<(&Comparison, &Plan)>,
    ) -> Result<(), String> {
        let mut lost: Vec<&str> = before.lost(after);
        // A privilege is written anew with more letters.
        lost.retain(|line| !line.contains("acl ") || !after.lines().any(|now| gives_as_much(line, now)));
        if let Some((comparison, plan)) = consent {
            let replaced: Vec<String> = plan
                .steps
                .iter()
                .flat_map(|step| step.closes.iter())
                .filter_map(|drift| comparison.drift.get(*drift))
                .filter(|drift| drift.what == What::Changed && drift.disposition == Disposition::Consent)
                .map(|drift| drift.key.to_string().replace(", ", ","))
                .collect();
            // A column of a parent is one of its children too.
            let child = |line: &str, column: &str| {
                let Some((table, column)) = column.rsplit_once('.') else { return false };
                let of = line.strip_prefix("column ").and_then(|rest| rest.split(' ').next());
                let Some((own, name)) = of.and_then(|of| of.rsplit_once('.')) else { return false };
                name == column && descends(before, own, table)
            };
            lost.retain(|line| {
                !replaced.iter().any(|name| line.contains(name.as_str()) || child(line, name))
            });
        }
        if lost.is_empty() { Ok(()) } else { Err(format!("lost: {lost:#?}")) }
    }

    /// The file once more changes nothing.
    fn twice(
        &self,
        file: &str,
        plan: &Plan,
        once: &Fingerprint,
        refused: &BTreeSet<usize>,
    ) -> Result<(), String> {
        let dump = |dump: &PgDump| dump.everything(self.live).map_err(|e| e.to_string());
        let first = self.dump.map(dump).transpose()?;
        let again = self.apply(file, plan)?;
        if again != *refused {
            return Err(format!("not applied twice: {again:?}, after {refused:?}"));
        }
        let changes = once.changes(&fingerprint(self.live)?);
        if !changes.is_empty() {
            return Err(format!("twice is not once: {changes:#?}"));
        }
        if first != self.dump.map(dump).transpose()? {
            return Err("twice is not once: two dumps differ".to_owned());
        }
        Ok(())
    }

    /// No drift is left that adding closes, and a second plan is empty.
    fn nothing_left(&self, allow: &[&str], refused: usize) -> Result<(), String> {
        let (comparison, plan) = planned(&self.desired, &read(self.live), allow);
        let open = |disposition: Disposition| match disposition {
            Disposition::Safe => true,
            Disposition::Data => refused == 0,
            Disposition::Consent => !allow.is_empty() && refused == 0,
            Disposition::Manual => false,
        };
        let left: Vec<String> = comparison
            .drift
            .iter()
            .filter(|drift| open(drift.disposition))
            .map(|drift| {
                let changes: Vec<_> = drift
                    .changes
                    .iter()
                    .map(|c| format!("{}: {:?} desired, {:?} live", c.attribute, c.desired, c.live))
                    .collect();
                format!(
                    "{} {} {} ({}) {}",
                    drift.code,
                    drift.key.kind,
                    drift.key,
                    drift.disposition.word(),
                    changes.join("; ")
                )
            })
            .collect();
        if !left.is_empty() {
            return Err(format!("left: {left:#?}"));
        }
        if refused == 0 && !plan.steps.is_empty() {
            return Err(format!("a second plan: {}", plan.to_sql()));
        }
        Ok(())
    }
}

/// Whether one table is below another.
fn descends(facts: &Fingerprint, table: &str, above: &str) -> bool {
    let child = format!("relation {table} child of ");
    let parents = facts.lines().filter_map(|line| line.strip_prefix(&child)?.split(' ').next());
    parents.into_iter().any(|parent| parent == above || descends(facts, parent, above))
}

/// The kinds of missing objects that the plan makes.
fn made(comparison: &Comparison, plan: &Plan) -> BTreeSet<ObjectKind> {
    let left: BTreeSet<usize> = plan.left.iter().map(|left| left.drift).collect();
    comparison
        .drift
        .iter()
        .enumerate()
        .filter(|(at, drift)| drift.what == What::Missing && !left.contains(at))
        .flat_map(|(_, drift)| std::iter::once(&drift.key).chain(&drift.children))
        .map(|key| key.kind)
        .collect()
}

/// Whether a fact about privileges says at least as much: `acl table s.t: app=r/postgres` and `…: app=arw/postgres`.
fn gives_as_much(before: &str, now: &str) -> bool {
    let split = |line: &str| -> Option<(String, String, String)> {
        let (who, rest) = line.split_once('=')?;
        let (letters, by) = rest.split_once('/')?;
        Some((who.to_owned(), letters.to_owned(), by.to_owned()))
    };
    match (split(before), split(now)) {
        (Some((who, letters, by)), Some((who_now, letters_now, by_now))) => {
            who == who_now && by == by_now && letters.chars().all(|letter| letters_now.contains(letter))
        }
        _ => false,
    }
}

fn fingerprint(database: &TestDatabase<'_>) -> Result<Fingerprint, String> {
    database.fingerprint().map_err(|e| e.to_string())
}

fn read(database: &TestDatabase<'_>) -> Catalog {
    let url = database.url();
    block_on(async move {
        let config = ConnectConfig::parse(&url, &Environment::process()).unwrap();
        let connected = connect(&config).await.unwrap();
        read_pg_catalog(&connected, &ReadOptions::default()).await.unwrap()
    })
    .unwrap()
}

fn planned(desired: &Catalog, live: &Catalog, allow: &[&str]) -> (Comparison, Plan) {
    let major = live.major_version().unwrap();
    let settler = Settler::new(World::new(desired, major, &[&live.ambient]), World::new(live, major, &[]));
    let options = trueup_diff::Options { all_schemas: true, ..Default::default() };
    let mut comparison = trueup_diff::compare(desired, live, &settler, &options);
    trueup_repair::assess(desired, live, &mut comparison);
    let options = Options { allow: allow.iter().map(|word| (*word).to_owned()).collect() };
    let plan = trueup_repair::plan(desired, live, &comparison, &options);
    (comparison, plan)
}

/// An error of a script.
#[derive(Debug)]
struct Failed {
    code: String,
    message: String,
    sql: String,
}

/// Runs a file until its first error, as psql does with `ON_ERROR_STOP`.
fn run(database: &TestDatabase<'_>, sql: &str) -> Result<Option<Failed>, String> {
    let failed = block_on(async {
        let client = database.connect().await?;
        let mut failed = None;
        run_script_with(&client, sql, |failure| {
            let code = failure.error.sqlstate().unwrap_or_default().to_owned();
            failed = Some(Failed { code, message: failure.error.to_string(), sql: failure.sql });
            false
        })
        .await;
        Ok::<_, trueup_testkit::Error>(failed)
    });
    failed.and_then(|inner| inner).map_err(|e| e.to_string())
}

/// The rows of a table: where they lie and which transaction wrote them says that nobody wrote them anew.
#[derive(Debug)]
struct Rows {
    file: String,
    columns: String,
    rows: Vec<String>,
}

impl Rows {
    fn changed(&self, now: &Rows) -> Option<&'static str> {
        let kept = self.rows.iter().all(|row| now.rows.contains(row)) && self.rows.len() == now.rows.len();
        match (kept, self.file == now.file) {
            (true, true) => None,
            (true, false) => Some("written to another file"),
            (false, _) => Some("changed"),
        }
    }
}

type Tables = BTreeMap<String, Rows>;

/// The rows of all tables, with the columns that a table had when `known` was read.
fn rows(database: &TestDatabase<'_>, known: Option<&Tables>) -> Result<Tables, String> {
    rows_of(database, known).map_err(|e| e.to_string())
}

fn rows_of(database: &TestDatabase<'_>, known: Option<&Tables>) -> trueup_testkit::Result<Tables> {
    const TABLES: &str = "SELECT c.oid::regclass::text || '|' || c.relfilenode || '|' || coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), '')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated <> '')
        WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' GROUP BY c.oid, c.relfilenode";
    let mut all = BTreeMap::new();
    for line in database.query_texts(TABLES)?.into_iter().flatten() {
        let mut parts = line.splitn(3, '|').map(str::to_owned);
        let (table, file, columns) = (parts.next(), parts.next(), parts.next());
        let (Some(table), Some(file), Some(columns)) = (table, file, columns) else { continue };
        let columns = known.and_then(|known| known.get(&table)).map_or(columns, |rows| rows.columns.clone());
        let rows = rows_with(database, &table, &columns)?;
        all.insert(table, Rows { file, columns, rows });
    }
    Ok(all)
}

fn rows_with(database: &TestDatabase<'_>, table: &str, columns: &str) -> trueup_testkit::Result<Vec<String>> {
    let sql =
        format!("SELECT ctid::text || ' ' || xmin::text || ' ' || ROW({columns})::text FROM ONLY {table}");
    Ok(database.query_texts(&sql)?.into_iter().flatten().collect())
}
