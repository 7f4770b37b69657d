//! What `rights` says of a step is what PostgreSQL does: each step is tried by each of several roles, in the state that the steps before
//! it left, and held against the forecast, both ways.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use futures_util::StreamExt;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio_postgres::{AsyncMessage, Client, SimpleQueryMessage};
use trueup_diff::Policy;
use trueup_repair::rights::{RightsAnswer, RightsQuestion};
use trueup_repair::{Plan, Step, search_path_value};
use trueup_testkit::{Server, TestDatabase, block_on, cases::fixtures_dir, for_each_version};

fn script(name: &str, major: u16) -> String {
    let text = std::fs::read_to_string(fixtures_dir().join(name)).unwrap();
    let mut since = 0;
    let lines = text.lines().filter(|line| {
        if let Some(version) = line.strip_prefix("-- since ") {
            since = version.trim().parse().unwrap();
        }
        since <= major
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// A session of a role, and the warnings that it got.
struct Session {
    client: Client,
    warnings: Arc<Mutex<Vec<String>>>,
}

async fn session(server: &Server, database: &str, role: &str) -> Session {
    let mut config = server.socket_config(database);
    config.user(role);
    let (client, mut connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    let warnings = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&warnings);
    tokio::spawn(async move {
        let mut messages = futures_util::stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notice(notice) = message {
                heard.lock().unwrap().push(notice.message().to_owned());
            }
        }
    });
    Session { client, warnings }
}

/// What the role lacks for one step, by the forecast.
async fn forecast(session: &Session, step: &Step) -> Vec<String> {
    let question = RightsQuestion::of([&step.rights[..]]);
    session.client.batch_execute("BEGIN READ ONLY; SET LOCAL search_path = ''").await.unwrap();
    let messages = session.client.simple_query(&question.query()).await.unwrap();
    session.client.batch_execute("ROLLBACK").await.unwrap();
    let mut answer = RightsAnswer::default();
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            answer.role = row.get(0).unwrap().to_owned();
            if let Some(number) = row.get(3) {
                answer.lacking.push((number.parse().unwrap(), row.get(4).map(str::to_owned)));
            }
        }
    }
    question.answered(answer).lacking.iter().map(|lacking| lacking.message()).collect()
}

/// What PostgreSQL does: `None` where it lets the role do it.
async fn refused(session: &Session, step: &Step, path: &str) -> Result<Option<String>, String> {
    let client = &session.client;
    session.warnings.lock().unwrap().clear();
    client.batch_execute(&format!("SET search_path = {path}")).await.unwrap();
    if step.transactional {
        client.batch_execute("BEGIN").await.unwrap();
    }
    let mut said = None;
    for statement in &step.statements {
        if let Err(error) = client.batch_execute(&statement.text()).await {
            let error = error.as_db_error().unwrap().clone();
            if error.code().code() != "42501" {
                return Err(format!("{}: {} {}", step.title, error.code().code(), error.message()));
            }
            said = Some(error.message().to_owned());
            break;
        }
    }
    if step.transactional {
        client.batch_execute("ROLLBACK").await.unwrap();
    }
    // A warning comes before the end of its statement, and that was waited for.
    let warnings = session.warnings.lock().unwrap();
    let granted_nothing = warnings.iter().find(|warning| warning.contains("privileges were granted"));
    Ok(said.or_else(|| granted_nothing.cloned()))
}

/// Tries every step as the role, then runs it as superuser, for the next one.
async fn hold(server: &Server, database: &str, plan: &Plan, role: &str) -> (Vec<String>, BTreeSet<bool>) {
    let superuser = session(server, database, "postgres").await;
    let session = session(server, database, role).await;
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for step in &plan.steps {
        let path = search_path_value(step.search_path.as_ref().unwrap_or(&plan.search_path));
        let said = forecast(&session, step).await;
        match refused(&session, step, &path).await {
            Ok(done) => {
                seen.insert(done.is_some());
                if done.is_some() == said.is_empty() {
                    wrong.push(format!("{}\n    forecast: {said:?}\n    PostgreSQL: {done:?}", step.title));
                }
            }
            Err(error) => wrong.push(error),
        }
        superuser.client.batch_execute(&format!("SET search_path = {path}")).await.unwrap();
        if step.transactional {
            superuser.client.batch_execute("BEGIN").await.unwrap();
        }
        for statement in &step.statements {
            let text = statement.text();
            let done = superuser.client.batch_execute(&text).await;
            done.unwrap_or_else(|error| panic!("{}\n{text}\n{error:?}", step.title));
        }
        if step.transactional {
            superuser.client.batch_execute("COMMIT").await.unwrap();
        }
        // Had the role run it, what is made would be the role's.
        superuser.client.batch_execute(&format!("SET search_path = ''; {}", made_by(role))).await.unwrap();
    }
    (wrong, seen)
}

/// Gives the tables to a role that its steps would have made, and that others become part of.
fn made_by(role: &str) -> String {
    format!(
        "DO $$ DECLARE t pg_catalog.regclass; BEGIN
            FOR t IN SELECT oid FROM pg_catalog.pg_class
                     WHERE relname IN ('part_3', 'pref_2', 'other_child') AND relowner = current_user::regrole
            LOOP EXECUTE format('ALTER TABLE %s OWNER TO {role}', t); END LOOP;
        END $$"
    )
}

/// Everything in a schema to one owner, but the tables that are named.
fn give(schema: &str, role: &str, but: &[&str]) -> String {
    let but: Vec<String> = but.iter().map(|name| format!("'{name}'")).collect();
    let but = if but.is_empty() { "''".to_owned() } else { but.join(", ") };
    format!(
        "DO $$ DECLARE x record; BEGIN
            FOR x IN SELECT c.oid::regclass AS name, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                     WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind FROM pg_class c
                     WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S') AND relname NOT IN ({but})
            LOOP EXECUTE format('ALTER %s %s OWNER TO {role}', x.kind, x.name); END LOOP;
            FOR x IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = '{schema}'::regnamespace
            LOOP EXECUTE format('ALTER ROUTINE %s OWNER TO {role}', x.name); END LOOP;
            FOR x IN SELECT oid::regtype AS name FROM pg_type WHERE typnamespace = '{schema}'::regnamespace AND typtype IN ('e', 'd')
            LOOP EXECUTE format('ALTER TYPE %s OWNER TO {role}', x.name); END LOOP;
        END $$;"
    )
}

/// Roles by what they are, with the statements that make them so; `{r}` is the role.
fn roles() -> Vec<(&'static str, String)> {
    let all = give("s", "{r}", &[]);
    vec![
        ("owns nothing", String::new()),
        ("may look into the schema", "GRANT USAGE ON SCHEMA s TO {r}".to_owned()),
        ("owns the tables above, not those below", format!(
            "GRANT USAGE, CREATE ON SCHEMA s TO {{r}}; {}",
            give("s", "{r}", &["part_1", "part_2_1", "child", "grandchild", "ref", "pref_1"])
        )),
        ("owns some tables, with rights on others", "GRANT USAGE, CREATE ON SCHEMA s TO {r}; ALTER TABLE s.t OWNER TO {r}; ALTER SEQUENCE s.numbers OWNER TO {r};
            GRANT REFERENCES (id), SELECT (id) ON s.ref TO {r}; GRANT REFERENCES, SELECT, TRIGGER ON s.pref TO {r};
            GRANT TRIGGER ON s.parent, s.part_1, s.part_2, s.part_2_1 TO {r};
            GRANT UPDATE ON s.ref TO {r} WITH GRANT OPTION; GRANT USAGE ON SCHEMA s TO {r} WITH GRANT OPTION".to_owned()),
        ("owns all but can't create", format!("{all} GRANT USAGE ON SCHEMA s TO {{r}}")),
        ("owns the schema and all in it", format!("{all} ALTER SCHEMA s OWNER TO {{r}}; ALTER PUBLICATION pub OWNER TO postgres")),
        ("is a member of the owner", format!(
            "CREATE ROLE {{r}}_owner; GRANT {{r}}_owner TO {{r}}; {} ALTER SCHEMA s OWNER TO {{r}}_owner",
            give("s", "{r}_owner", &[])
        )),
        ("is a managed service's: no superuser, owner of the database", "ALTER ROLE {r} CREATEROLE CREATEDB; DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I OWNER TO {r}', current_database()); END $$; GRANT USAGE, CREATE ON SCHEMA s TO {r}".to_owned()),
    ]
}

fn held(
    server: &Server,
    database: &TestDatabase<'_>,
    plan: &Plan,
    (what, sql): (&str, String),
) -> BTreeSet<bool> {
    let role = server.login_role(None).unwrap();
    database.run(&sql.replace("{r}", &role)).unwrap();
    let (wrong, seen) = block_on(hold(server, database.name(), plan, &role)).unwrap();
    assert!(wrong.is_empty(), "PostgreSQL {}, a role that {what}:\n{}", server.major(), wrong.join("\n"));
    // Roles outlive databases; what they own goes with this one.
    database.run(&format!("REASSIGN OWNED BY {role} TO postgres; DROP OWNED BY {role}")).unwrap();
    seen
}

#[test]
fn every_step_is_refused_exactly_where_that_was_said() {
    for_each_version(|server| {
        let there = script("repair/locks_live.sql", server.major());
        let (live, wanted) = (server.database()?, server.database()?);
        live.run(&there)?;
        wanted.run(&there)?;
        wanted.run(&script("repair/locks_drift.sql", server.major()))?;
        let (_, plan) = support::plan_of(&support::read(&wanted), &support::read(&live), Policy::Off);
        assert!(plan.steps.len() > 100);
        let mut seen = BTreeSet::new();
        for role in roles() {
            let database = server.database()?;
            database.run(&there)?;
            seen.extend(held(server, &database, &plan, role));
        }
        assert_eq!(seen.len(), 2, "some are let, some are not");
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn every_kind_is_made_exactly_by_whom_that_was_said() {
    for_each_version(|server| {
        let database =
            "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {r}', current_database()); END $$;";
        let roles = [
            ("owns nothing", String::new()),
            ("may create schemas", database.to_owned()),
            ("may create everywhere", format!("{database} GRANT CREATE ON SCHEMA public TO {{r}}")),
        ];
        for fixture in ["interpreter/more_kinds.sql", "repair/every_kind.sql"] {
            let wanted = server.database()?;
            wanted.run(&script(fixture, server.major()))?;
            let empty = server.database()?;
            let (_, plan) = support::plan_of(&support::read(&wanted), &support::read(&empty), Policy::Off);
            assert!(plan.steps.len() > 20, "{fixture}");
            for role in roles.clone() {
                held(server, &server.database()?, &plan, role);
            }
        }
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn no_statement_is_of_a_form_that_nothing_is_known_about() {
    for_each_version(|server| {
        for (there, more) in [
            ("repair/locks_live.sql", "repair/locks_drift.sql"),
            ("", "repair/every_kind.sql"),
            ("", "interpreter/more_kinds.sql"),
        ] {
            let (live, wanted) = (server.database()?, server.database()?);
            if !there.is_empty() {
                live.run(&script(there, server.major()))?;
                wanted.run(&script(there, server.major()))?;
            }
            wanted.run(&script(more, server.major()))?;
            let (_, plan) = support::plan_of(&support::read(&wanted), &support::read(&live), Policy::Off);
            for step in &plan.steps {
                let unknown =
                    step.rights.iter().any(|right| right.need == trueup_repair::rights::Need::Unknown);
                assert!(!unknown, "{}: {:?}", step.title, step.rights);
                let acts = step.statements.iter().any(|statement| statement.sql.is_some());
                assert!(!acts || !step.rights.is_empty(), "{} needs no right at all", step.title);
            }
        }
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}
