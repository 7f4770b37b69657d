//! The locks that steps declare are those that PostgreSQL takes: each step is run, and `pg_locks` is looked at before it is committed.
//! No step that makes others wait rewrites a table or reads one through.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::{Client, SimpleQueryMessage};
use trueup_repair::{LockMode, Locked, Plan, Step, search_path_value};
use trueup_testkit::{Server, block_on, cases::fixtures_dir, for_each_version};

fn script(name: &str, major: u16) -> String {
    let text = std::fs::read_to_string(fixtures_dir().join("repair").join(name)).unwrap();
    let mut since = 0;
    let lines = text.lines().filter(|line| {
        if let Some(version) = line.strip_prefix("-- since ") {
            since = version.trim().parse().unwrap();
        }
        since <= major
    });
    lines.map(|line| format!("{line}\n")).collect()
}

async fn rows(client: &Client, sql: &str) -> Vec<Vec<String>> {
    let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error:?}"));
    let mut found = Vec::new();
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            found.push((0..row.len()).map(|i| row.get(i).unwrap_or_default().to_owned()).collect());
        }
    }
    found
}

/// Relations and types that people made, by OID.
async fn things(client: &Client) -> BTreeSet<String> {
    let sql = "SELECT 'r' || oid FROM pg_class WHERE relnamespace = 's'::regnamespace
               UNION ALL SELECT 't' || oid FROM pg_type WHERE typnamespace = 's'::regnamespace";
    rows(client, sql).await.into_iter().map(|row| row[0].clone()).collect()
}

/// The strongest mode that a session holds on each thing. Left out is `ACCESS SHARE`, which readers take too, and on types all
/// that stops nothing but another change of the type's description.
async fn held(client: &Client, pid: &str, there: &BTreeSet<String>) -> BTreeMap<String, LockMode> {
    let sql = format!(
        "SELECT 'r' || l.relation, 's.' || c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
         WHERE l.pid = {pid} AND l.granted AND l.locktype = 'relation' AND c.relnamespace = 's'::regnamespace
         UNION ALL
         SELECT 't' || l.objid, 'type s.' || t.typname, l.mode FROM pg_locks l JOIN pg_type t ON t.oid = l.objid
         WHERE l.pid = {pid} AND l.granted AND l.locktype = 'object' AND l.classid = 'pg_type'::regclass
           AND t.typnamespace = 's'::regnamespace AND t.typtype = 'e' AND l.mode <> 'ShareUpdateExclusiveLock'"
    );
    let mut strongest: BTreeMap<String, LockMode> = BTreeMap::new();
    for row in rows(client, &sql).await {
        let mode = LockMode::ALL.iter().copied().find(|mode| mode.catalog_name() == row[2]).unwrap();
        if there.contains(&row[0]) && mode > LockMode::AccessShare {
            let slot = strongest.entry(row[1].clone()).or_insert(mode);
            *slot = mode.max(*slot);
        }
    }
    strongest
}

fn declared(step: &Step) -> BTreeMap<String, LockMode> {
    let name = |lock: &trueup_repair::Lock| match lock.kind {
        Locked::Type => format!("type {}", lock.on),
        Locked::Table | Locked::View | Locked::MaterializedView | Locked::Index | Locked::Sequence => {
            lock.on.to_string()
        }
    };
    step.locks.iter().map(|lock| (name(lock), lock.mode)).collect()
}

/// What tells whether tables that were there were written anew, and how often they were read through: (file, scans).
async fn work(client: &Client, there: &BTreeSet<String>) -> BTreeMap<String, (String, String)> {
    let sql =
        "SELECT 'r' || oid, relname, pg_relation_filenode(oid), pg_stat_get_xact_numscans(oid) FROM pg_class
               WHERE relnamespace = 's'::regnamespace AND relkind IN ('r', 'm')";
    let list = rows(client, sql).await.into_iter().filter(|row| there.contains(&row[0]));
    list.map(|row| (row[1].clone(), (row[2].clone(), row[3].clone()))).collect()
}

async fn transactional(client: &Client, there: &BTreeSet<String>, step: &Step, said: &mut Vec<String>) {
    client.batch_execute("BEGIN").await.unwrap();
    let before = work(client, there).await;
    for statement in &step.statements {
        let text = statement.text();
        client.batch_execute(&text).await.unwrap_or_else(|error| panic!("{}\n{text}\n{error:?}", step.title));
    }
    let (after, taken) = (work(client, there).await, held(client, "pg_backend_pid()", there).await);
    if taken != declared(step) {
        said.push(format!("{}\n    declared {:?}\n    taken    {taken:?}", step.title, declared(step)));
    }
    for (table, now) in &after {
        let Some(then) = before.get(table) else { continue };
        if now.0 != then.0 {
            said.push(format!("{}: rewrites {table}", step.title));
        }
        if step.blocks() && now.1 != then.1 {
            said.push(format!("{}: reads {table} through while others wait", step.title));
        }
    }
    client.batch_execute("COMMIT").await.unwrap();
}

/// A concurrent build waits for a writer, so that another session can see what it holds.
async fn concurrent(
    server: &Server,
    database: &str,
    (client, pid): (&Client, &str),
    there: &BTreeSet<String>,
    step: &Step,
    said: &mut Vec<String>,
) {
    let writer = server.connect(database).await.unwrap();
    let eye = server.connect(database).await.unwrap();
    let table = &step.locks[0].on;
    let (last, first) = step.statements.split_last().unwrap();
    for statement in first {
        client.batch_execute(&statement.text()).await.unwrap();
    }
    // ROW EXCLUSIVE, as of an INSERT; a materialized view can't be written, nor locked by LOCK TABLE.
    let locks = format!("BEGIN; LOCK TABLE {table} IN ROW EXCLUSIVE MODE");
    let waits = writer.batch_execute(&locks).await.is_ok();
    let text = last.text();
    let building = client.batch_execute(&text);
    let look = async {
        if waits {
            let asked = format!("SELECT count(*) FROM pg_locks WHERE pid = {pid} AND NOT granted");
            while rows(&eye, &asked).await[0][0] == "0" {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            let taken = held(&eye, pid, there).await;
            if taken != declared(step) {
                said.push(format!(
                    "{}\n    declared {:?}\n    taken    {taken:?}",
                    step.title,
                    declared(step)
                ));
            }
        }
        writer.batch_execute("ROLLBACK").await.unwrap();
    };
    let (built, ()) = tokio::join!(building, look);
    built.unwrap_or_else(|error| panic!("{text}\n{error:?}"));
}

async fn run(server: &Server, database: &str, plan: &Plan) -> Vec<String> {
    let client = server.connect(database).await.unwrap();
    let pid = rows(&client, "SELECT pg_backend_pid()").await[0][0].clone();
    let there = things(&client).await;
    let mut said = Vec::new();
    for step in &plan.steps {
        let path = search_path_value(step.search_path.as_ref().unwrap_or(&plan.search_path));
        client.batch_execute(&format!("SET search_path = {path}")).await.unwrap();
        if step.transactional {
            transactional(&client, &there, step, &mut said).await;
        } else {
            concurrent(server, database, (&client, &pid), &there, step, &mut said).await;
        }
    }
    said
}

#[test]
fn steps_take_the_locks_that_they_declare() {
    for_each_version(|server| {
        let (live, wanted) = (server.database()?, server.database()?);
        let there = script("locks_live.sql", server.major());
        live.run(&there)?;
        wanted.run(&there)?;
        wanted.run(&script("locks_drift.sql", server.major()))?;
        let desired = support::read(&wanted);
        let (comparison, plan) = support::plan(&desired, &support::read(&live), &["*"]);
        // Everything that the fixture asks for becomes steps: nothing is left unlooked at.
        let left: Vec<String> = plan
            .left
            .iter()
            .map(|left| format!("{}: {}", comparison.drift[left.drift].key, left.reason))
            .collect();
        assert_eq!(left, Vec::<String>::new(), "PostgreSQL {}", server.major());
        let said = block_on(run(server, live.name(), &plan))?;
        assert!(
            said.is_empty(),
            "PostgreSQL {}, of {} steps:\n{}",
            server.major(),
            plan.steps.len(),
            said.join("\n")
        );
        let again = support::plan(&desired, &support::read(&live), &["*"]).1;
        assert_eq!(again.steps.iter().map(|s| &s.title).collect::<Vec<_>>(), Vec::<&String>::new());
        println!("PostgreSQL {}: {} steps", server.major(), plan.steps.len());
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

/// Words that make no other sort of a statement: when a trigger fires, for whom a policy is, what a column is besides its type.
const DETAILS: &[&str] = &[
    "IF",
    "NOT",
    "EXISTS",
    "AFTER",
    "BEFORE",
    "INSERT",
    "UPDATE",
    "DELETE",
    "OR",
    "ON",
    "AS",
    "RESTRICTIVE",
    "FOR",
    "SELECT",
    "USING",
    "COLLATE",
    "COMPRESSION",
    "OF",
    "VALUES",
    "DO",
    "ALSO",
];

/// Where such details begin that have words of their own.
const DETAILED: &[&str] = &["TO", "WITH", "DEFERRABLE", "EACH", "REFERENCING", "FROM"];

/// What sort of statement it is: its first key words, and the kind of the object.
fn sort(step: &Step, sql: &str) -> String {
    let head = sql.split(['(', '\'']).next().unwrap_or_default();
    let key_word = |w: &&str| w.len() > 1 && w.chars().all(|c| c.is_ascii_uppercase());
    let words: Vec<&str> = head
        .split_whitespace()
        .take_while(|w| !DETAILED.contains(w))
        .filter(key_word)
        .filter(|w| !DETAILS.contains(w))
        .take(5)
        .collect();
    format!("{}: {}", step.key.kind.word(), words.join(" "))
}

fn sorts(plan: &Plan) -> BTreeSet<String> {
    // What locks nothing that is there can't hold anybody up.
    let locking = plan.steps.iter().filter(|step| !step.locks.is_empty());
    locking
        .flat_map(|step| step.statements.iter().filter_map(|s| Some(sort(step, s.sql.as_deref()?))))
        .collect()
}

/// A sort of step that locks something, and that the fixtures of this test have none of, is one that nobody has looked at.
#[test]
fn every_sort_of_step_is_looked_at() {
    let server = Server::shared(15).unwrap();
    let (live, wanted) = (server.database().unwrap(), server.database().unwrap());
    let there = script("locks_live.sql", 15);
    live.run(&there).unwrap();
    wanted.run(&there).unwrap();
    wanted.run(&script("locks_drift.sql", 15)).unwrap();
    let looked_at = sorts(&support::plan(&support::read(&wanted), &support::read(&live), &["*"]).1);
    let database = server.database().unwrap();
    database.run(&script("every_kind.sql", 15)).unwrap();
    let full = support::read(&database);
    let mut all = BTreeSet::new();
    // Each object missing, and each without all that can be set on it.
    for (key, _) in full.iter() {
        let mut live = full.clone();
        live.remove(key);
        all.extend(sorts(&support::plan(&full, &live, &["*"]).1));
        let mut live = full.clone();
        if let Some(entry) = live.get_mut(key) {
            bare(entry);
        }
        all.extend(sorts(&support::plan(&full, &live, &["*"]).1));
    }
    assert!(all.len() > 30, "{all:#?}");
    let nobody: Vec<&String> = all.difference(&looked_at).collect();
    assert!(nobody.is_empty(), "not in fixtures/repair/locks_drift.sql: {nobody:#?}\nbut {looked_at:#?}");
}

/// Without what can be set on it.
fn bare(entry: &mut trueup_catalog::Entry) {
    use trueup_catalog::{Object, TriggerEnabled};
    entry.comment = None;
    entry.privileges = None;
    entry.extension_dependencies.clear();
    match &mut entry.object {
        Object::Column(column) => {
            column.not_null = None;
            column.default = None;
            column.identity = None;
            column.storage = None;
            column.compression = None;
            column.statistics = None;
            column.options.clear();
        }
        Object::Table(table) => {
            table.row_security = false;
            table.force_row_security = false;
            table.clustered_on = None;
            table.options.clear();
        }
        Object::Index(index) => {
            index.options.clear();
            index.statistics.clear();
        }
        Object::MaterializedView(view) => {
            view.options.clear();
            view.clustered_on = None;
            view.column_settings.clear();
            view.column_comments.clear();
        }
        Object::View(view) => {
            view.options.clear();
            view.column_defaults.clear();
            view.column_comments.clear();
        }
        Object::Constraint(constraint) => constraint.validated = false,
        Object::DomainConstraint(constraint) => constraint.validated = false,
        Object::EnumType(mood) => mood.labels.truncate(1),
        Object::Trigger(trigger) => trigger.enabled = TriggerEnabled::Disabled,
        Object::EventTrigger(trigger) => trigger.enabled = TriggerEnabled::Disabled,
        Object::Rule(rule) => rule.enabled = TriggerEnabled::Disabled,
        Object::Sequence(sequence) => sequence.owned_by = None,
        Object::Publication(publication) => publication.tables.clear(),
        Object::Statistics(statistics) => statistics.target = None,
        Object::Domain(domain) => domain.default = None,
        Object::Schema(_)
        | Object::Extension(_)
        | Object::CompositeType(_)
        | Object::RangeType(_)
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
        | Object::Subscription(_)
        | Object::DefaultPrivileges(_)
        | Object::Policy(_) => {}
    }
}
