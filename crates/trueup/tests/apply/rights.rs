//! A role that lacks a right is told before the first statement, by `apply`, by `repair` and by the file itself.

use crate::support::{DESIRED, LIVE, folder, run, words};
use trueup_testkit::{Error, Server, TestDatabase, block_on, for_each_version};

/// Everything of `shop` to one role.
fn give(role: &str) -> String {
    format!(
        "ALTER SCHEMA shop OWNER TO {role}; ALTER TYPE shop.status OWNER TO {role}; ALTER TABLE shop.users OWNER TO {role}; \
         ALTER TABLE shop.orders OWNER TO {role}; ALTER TABLE shop.events OWNER TO {role}; ALTER TABLE shop.events_1 OWNER TO {role}; \
         ALTER TABLE shop.events_2 OWNER TO {role};"
    )
}

/// Roles that can't run it all, as the statements that make them, and words that must be said; `{r}` is the role.
const ROLES: &[(&str, &str)] = &[
    ("", "must own relation shop.users, which belongs to postgres"),
    (
        "GRANT ALL ON SCHEMA shop TO {r}; ALTER TABLE shop.orders OWNER TO {r}; GRANT REFERENCES ON shop.users TO {r}",
        "must own relation shop.users",
    ),
    (
        "ALL REVOKE ALL ON SCHEMA shop FROM {r}; ALTER SCHEMA shop OWNER TO postgres; GRANT USAGE ON SCHEMA shop TO {r}",
        "must have CREATE on schema shop",
    ),
    (
        "ALTER ROLE {r} CREATEROLE CREATEDB; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO {r}', current_database()); END $$",
        "must own relation",
    ),
];

fn facts(database: &TestDatabase<'_>) -> Vec<Option<String>> {
    let sql = "SELECT string_agg(relname || relkind::text, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'shop'::regnamespace \
               UNION ALL SELECT string_agg(attrelid::regclass || '.' || attname, ',' ORDER BY 1) FROM pg_attribute a \
               JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'shop'::regnamespace \
               UNION ALL SELECT string_agg(typname, ',' ORDER BY typname) FROM pg_type WHERE typnamespace = 'shop'::regnamespace";
    database.query_texts(sql).unwrap()
}

/// Runs a file as a role, as far as it goes: the SQLSTATE and what stopped it.
fn file_stops(server: &Server, database: &TestDatabase<'_>, role: &str, sql: String) -> (String, String) {
    let mut config = server.socket_config(database.name());
    config.user(role);
    block_on(async move {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let error = client.batch_execute(&sql).await.unwrap_err();
        let error = error.as_db_error().unwrap();
        let detail = error.detail().unwrap_or_default();
        (error.code().code().to_owned(), format!("{} {detail}", error.message()))
    })
    .unwrap()
}

#[test]
fn nothing_is_begun_where_a_right_is_lacking() {
    for_each_version(|server| {
        for (sql, said) in ROLES {
            let database = server.database()?;
            database.run(LIVE)?;
            let role = server.login_role(None)?;
            database
                .run(&sql.replace("ALL REVOKE", &format!("{} REVOKE", give("{r}"))).replace("{r}", &role))?;
            let before = facts(&database);
            let folder = folder(DESIRED);
            let url = database.url_as(&role, None);
            let ran = run(folder.path(), &words(&url));
            assert_eq!(ran.code, Some(2), "PostgreSQL {}: {}\n{}", server.major(), ran.out, ran.err);
            assert!(ran.err.contains(said), "{said}: {}", ran.err);
            assert!(ran.err.contains("nothing was changed"), "{}", ran.err);
            assert!(ran.err.contains("H108") && ran.err.contains("way out"), "{}", ran.err);
            assert_eq!(facts(&database), before);

            // The plan says the same, and so does a run of it.
            let repair = [
                "repair",
                "--desired",
                "schema.sql",
                "--live",
                &url,
                "--allow",
                "trigger",
                "--format",
                "json",
            ];
            let planned = run(folder.path(), &repair);
            let rights = &planned.json()["repair"]["rights"];
            assert_eq!(rights["role"], role.as_str());
            assert_eq!(rights["superuser"], false);
            let lacking = rights["lacking"].as_array().unwrap();
            assert!(lacking.iter().any(|one| one["message"].as_str().unwrap().contains(said)), "{lacking:?}");
            std::fs::write(folder.path().join("plan.json"), &planned.out).unwrap();
            let ran = run(folder.path(), &["apply", "--yes", "--plan", "plan.json", "--live", &url]);
            assert_eq!(ran.code, Some(2), "{}\n{}", ran.out, ran.err);
            assert!(ran.err.contains(said), "{}", ran.err);
            assert_eq!(facts(&database), before);

            // So does the file, whoever made it.
            let by_superuser = database.url();
            let repair = ["repair", "--desired", "schema.sql", "--live", &by_superuser, "--allow", "trigger"];
            let file = run(folder.path(), &repair);
            assert!(!file.out.contains("H108:"), "{}", file.out);
            let (code, message) = file_stops(server, &database, &role, file.out);
            assert_eq!(code, "42501");
            assert!(
                message.contains("nothing was changed")
                    && message.contains(said.split(", which").next().unwrap()),
                "{message}"
            );
            assert_eq!(facts(&database), before);
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn who_owns_everything_or_is_a_member_of_the_owner_runs_it() {
    for_each_version(|server| {
        for member in [false, true] {
            let database = server.database()?;
            database.run(LIVE)?;
            let (owner, role) = (server.login_role(None)?, server.login_role(None)?);
            database.run(&give(&owner))?;
            database.run(&format!("GRANT {owner} TO {role}"))?;
            let folder = folder(DESIRED);
            let url = database.url_as(if member { &role } else { &owner }, None);
            let ran = run(folder.path(), &words(&url));
            assert_eq!(ran.code, Some(0), "PostgreSQL {}: {}\n{}", server.major(), ran.out, ran.err);
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn a_snapshot_has_nobody_to_ask() {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(LIVE).unwrap();
    let folder = folder(DESIRED);
    let url = database.url();
    let ran = run(folder.path(), &["snapshot", "--live", &url, "--output", "live.json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let ran =
        run(folder.path(), &["repair", "--desired", "schema.sql", "--live", "live.json", "--format", "json"]);
    assert_eq!(ran.json()["repair"]["rights"], serde_json::Value::Null);
    assert!(!ran.json()["repair"]["steps"][0]["rights"].as_array().unwrap().is_empty());
}

/// What only superusers may do, an administrator of a managed server may be let do by its provider: nobody knows, and nothing is stopped.
#[test]
fn what_a_provider_may_allow_is_said_and_not_refused() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    let role = server.login_role(None).unwrap();
    database
        .run(&format!(
            "DO $$ BEGIN CREATE ROLE rds_superuser; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT rds_superuser TO {role}; \
             DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO {role}', current_database()); END $$; GRANT CREATE ON SCHEMA public TO {role}"
        ))
        .unwrap();
    let folder = folder("CREATE TABLE public.t (a int); CREATE PUBLICATION everything FOR ALL TABLES;");
    let url = database.url_as(&role, None);
    let sides = ["--desired", "schema.sql", "--live", &url, "--allow", "*"];
    let planned = run(folder.path(), &[&["repair", "--format", "json"], &sides[..]].concat()).json();
    let rights = &planned["repair"]["rights"];
    assert_eq!(rights["managed"], serde_json::json!(["rds_superuser"]));
    assert_eq!(rights["lacking"][0]["certain"], false, "{rights}");
    let ran = run(folder.path(), &[&["apply", "--yes"], &sides[..]].concat());
    // This server is nobody's service: the step is tried, and fails by itself.
    assert_eq!(ran.code, Some(1), "{}\n{}", ran.out, ran.err);
    assert!(
        ran.out.contains("must be superuser to create FOR ALL TABLES publication"),
        "{}\n{}",
        ran.out,
        ran.err
    );
    assert_eq!(
        database.query_texts("SELECT count(*)::text FROM pg_class WHERE relname = 't'").unwrap(),
        [Some("1".to_owned())]
    );
}
