//! The life of a gate: a database with a backlog, a baseline, new drift, an exception that ends, a database that is gone.

use crate::support::Repository;
use trueup_testkit::Server;

const SCHEMA: &str = "\
CREATE TABLE public.users (
  id bigint PRIMARY KEY,
  email text NOT NULL,
  name text
);
CREATE INDEX users_email ON public.users (email);
";
/// Lacks a column and an index; has a table more.
const LIVE: &str = "\
CREATE TABLE public.users (id bigint PRIMARY KEY, email text NOT NULL);
CREATE TABLE public.left_over (id int);
";
const CONFIG: &str = "\
desired = \"db/schema.sql\"
target = \"production\"

[targets.production]
url-env = \"SHOP_URL\"

[gate]
baseline = \"baseline.json\"
";

fn day(offset: i64) -> String {
    let today = trueup_policy::today();
    let day = if offset < 0 { today.yesterday() } else { today.tomorrow() };
    day.unwrap().to_string()
}

#[test]
fn red_for_new_drift_green_for_the_baseline_red_when_an_exception_ends() {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(LIVE).unwrap();
    let url = database.url();
    let repository = Repository::new(&[("db/schema.sql", SCHEMA), ("trueup.toml", CONFIG)]);
    repository.commit();
    let gate = |words: &[&str]| repository.run_with(&[&["gate"][..], words].concat(), &[("SHOP_URL", &url)]);

    // A baseline that is named and not there is no green gate.
    let missing = gate(&[]);
    assert_eq!(missing.code, 2, "{}{}", missing.out, missing.err);
    assert!(missing.err.contains("baseline.json"), "{}", missing.err);

    let before = database.fingerprint().unwrap();
    let written = gate(&["--write-baseline"]);
    assert_eq!(
        (written.code, written.out.as_str()),
        (0, "3 findings written to baseline.json\n"),
        "{}",
        written.err
    );
    let known = gate(&[]);
    assert_eq!(known.code, 0, "{}{}", known.out, known.err);
    assert!(known.out.contains("Gate: green") && known.out.contains("3 in the baseline"), "{}", known.out);
    assert_eq!(
        database.fingerprint().unwrap().changes(&before),
        Vec::<String>::new(),
        "looking touches nothing"
    );

    // Someone adds a column by hand.
    database.run("ALTER TABLE public.users ADD COLUMN tmp_flag boolean").unwrap();
    let new = gate(&["--format", "concise"]);
    assert_eq!(new.code, 1, "{}{}", new.out, new.err);
    assert!(new.out.contains("[D102] column public.users.tmp_flag is unexpected"), "{}", new.out);
    assert!(!new.out.contains("left_over"), "what is known is not listed: {}", new.out);

    // An exception holds while its day has not passed.
    let with = |day: &str| {
        let exception = format!(
            "{CONFIG}\n[[ignore]]\ncode = \"D102\"\nobject = \"column:public.users.tmp_*\"\nreason = \"the importer\"\nexpires = {day}\n"
        );
        repository.write(&[("trueup.toml", &exception)]);
        gate(&[])
    };
    let excepted = with(&day(1));
    assert_eq!(excepted.code, 0, "{}{}", excepted.out, excepted.err);
    assert!(excepted.out.contains("the importer"), "{}", excepted.out);
    let expired = with(&day(-1));
    assert_eq!(expired.code, 1, "{}{}", expired.out, expired.err);
    assert!(expired.out.contains("note[G101]: the exception \"the importer\" expired on"), "{}", expired.out);
    assert!(expired.out.contains("trueup.toml:10"), "{}", expired.out);
    repository.write(&[("trueup.toml", CONFIG)]);

    // What is repaired is pointed out, and the baseline can shrink.
    database.run("ALTER TABLE public.users DROP COLUMN tmp_flag; DROP TABLE public.left_over").unwrap();
    let repaired = gate(&[]);
    assert_eq!(repaired.code, 0, "{}{}", repaired.out, repaired.err);
    assert!(repaired.out.contains("note[G104]: 1 entry of baseline.json is repaired"), "{}", repaired.out);
    assert_eq!(gate(&["--write-baseline"]).out, "2 findings written to baseline.json\n");

    // A known drift that gets worse is new.
    database.run("ALTER TABLE public.users ADD COLUMN name integer").unwrap();
    let worse = gate(&[]);
    assert_eq!(worse.code, 1, "{}{}", worse.out, worse.err);
    assert!(worse.out.contains("column public.users.name has another type"), "{}", worse.out);

    // No database, no green.
    let gone = repository.run_with(&["gate"], &[("SHOP_URL", "postgres://nobody:secret@127.0.0.1:1/shop")]);
    assert_eq!(gone.code, 2, "{}{}", gone.out, gone.err);
    assert!(!format!("{gone:?}").contains("secret"), "{gone:?}");
    let unset = repository.run(&["gate"]);
    assert_eq!(unset.code, 2, "{}{}", unset.out, unset.err);
    assert!(unset.err.contains("is at $SHOP_URL, which is not set"), "{}", unset.err);
}

#[test]
fn a_base_tells_what_the_change_brings_from_what_was_there() {
    let repository = Repository::new(&[
        ("db/schema.sql", SCHEMA),
        ("live.sql", LIVE),
        ("trueup.toml", "desired = \"db/schema.sql\"\n"),
    ]);
    repository.commit();
    repository.git(&["branch", "base"]);
    // The change takes the index out, which live lacks, and adds a column.
    let changed = SCHEMA
        .replace("CREATE INDEX users_email ON public.users (email);\n", "")
        .replace("name text", "name text,\n  phone text");
    repository.write(&[("db/schema.sql", &changed)]);
    let gate = |words: &[&str]| {
        let sides = ["gate", "--live", "live.sql", "--base", "git:base"];
        repository.run(&[&sides[..], words].concat())
    };
    let all = gate(&["--format", "json"]);
    assert_eq!(all.code, 1, "{}{}", all.out, all.err);
    let document: serde_json::Value = serde_json::from_str(&all.out).unwrap();
    let standings = document["gate"]["drift"].as_array().unwrap();
    let since: Vec<(&str, &str)> = document["drift"]
        .as_array()
        .unwrap()
        .iter()
        .zip(standings)
        .map(|(drift, standing)| (drift["object"].as_str().unwrap(), standing["since"].as_str().unwrap()))
        .collect();
    let expected = [
        ("public.left_over", "was_there"),
        ("public.users.name", "was_there"),
        ("public.users.phone", "introduced"),
    ];
    for (object, when) in expected {
        assert!(since.contains(&(object, when)), "{object} {when} in {since:?}");
    }
    let closed = document["gate"]["closed"].to_string();
    assert!(closed.contains("index public.users_email was missing"), "{closed}");
    // Repair closes what the change brings.
    assert_eq!(gate(&["--fail-on", "introduced"]).code, 1);
    assert_eq!(gate(&["--fail-on", "introduced-unrepairable"]).code, 0);
    assert_eq!(gate(&["--fail-on", "introduced-unrepairable,existing"]).code, 1);

    // A schema file that the change adds has nothing to be held against.
    repository.git(&["mv", "db/schema.sql", "db/new.sql"]);
    repository.write(&[("trueup.toml", "desired = \"db/new.sql\"\n")]);
    let new_file = gate(&["--fail-on", "existing"]);
    assert!(new_file.out.contains("new with this change"), "{}{}", new_file.out, new_file.err);

    let unknown = repository.run(&["gate", "--live", "live.sql", "--base", "git:no-such-branch"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("there is no revision `no-such-branch`"), "{}", unknown.err);
    assert!(unknown.err.contains("fetch-depth: 0"), "{}", unknown.err);
}

#[test]
fn a_revision_is_read_as_a_folder_is() {
    let repository = Repository::new(&[
        ("db/20_index.sql", "CREATE INDEX a_b ON public.a (b);\n"),
        ("db/10_table.sql", "CREATE TABLE public.a (b int);\n"),
    ]);
    repository.commit();
    repository.write(&[("db/30_more.sql", "CREATE TABLE public.c (d int);\n")]);
    let now = repository.run(&["check", "--desired", "git:HEAD:db", "--live", "db"]);
    assert_eq!(now.code, 1, "{}{}", now.out, now.err);
    assert!(now.out.contains("table public.c is unexpected"), "{}", now.out);
    let then = repository.run(&["check", "--desired", "db", "--live", "git:HEAD:db"]);
    assert!(
        then.out.contains("table public.c is missing") && then.out.contains("db/30_more.sql:1"),
        "{}",
        then.out
    );
    repository.git(&["checkout", "-q", "--", "."]);
    std::fs::remove_file(repository.path("db/30_more.sql")).unwrap();
    let same = repository.run(&["check", "--desired", "git:HEAD:db", "--live", "db"]);
    assert_eq!(same.code, 0, "{}{}", same.out, same.err);
    std::os::unix::fs::symlink("10_table.sql", repository.path("db/40_link.sql")).unwrap();
    repository.commit();
    let link = repository.run(&["check", "--desired", "git:HEAD:db", "--live", "db"]);
    assert_eq!(link.code, 2, "what is not read is told: {}{}", link.out, link.err);
    assert!(link.err.contains("db/40_link.sql is no plain file"), "{}", link.err);
    for wrong in ["git:HEAD:nothing", "git:HEAD", "git:--upload-pack=x:db", "git:HEAD:../elsewhere"] {
        let ran = repository.run(&["check", "--desired", wrong, "--live", "db"]);
        assert_eq!(ran.code, 2, "{wrong}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_snapshot_stands_for_the_database_until_it_is_too_old() {
    let config = "desired = \"db/schema.sql\"\ntarget = \"offline\"\n[targets.offline]\nsnapshot = \"live.json\"\nmax-age = \"7d\"\n";
    let repository = Repository::new(&[("db/schema.sql", SCHEMA), ("trueup.toml", config)]);
    assert_eq!(repository.run(&["snapshot", "--live", "db/schema.sql", "-o", "live.json"]).code, 0);
    let fresh = repository.run(&["gate"]);
    assert_eq!(fresh.code, 0, "{}{}", fresh.out, fresh.err);
    assert!(fresh.out.contains("second"), "the age is shown: {}", fresh.out);
    let made = repository.read("live.json");
    let at = made.find("\"made\": \"").unwrap() + 9;
    let mut old = made.clone();
    old.replace_range(at..at + 4, "2020");
    repository.write(&[("live.json", &old)]);
    let stale = repository.run(&["gate"]);
    assert_eq!(stale.code, 2, "{}{}", stale.out, stale.err);
    assert!(
        stale.out.contains("error[G103]") && stale.out.contains("at most 7 days are allowed"),
        "{}",
        stale.out
    );
    assert_eq!(repository.run(&["gate", "--max-age", "5200w"]).code, 0);
    let plain = repository.run(&["check"]);
    assert_eq!(plain.code, 0, "check has no policy: {}{}", plain.out, plain.err);
}

#[test]
fn a_baseline_in_its_usual_place_needs_no_name() {
    let repository = Repository::new(&[
        ("db/schema.sql", SCHEMA),
        ("live.sql", LIVE),
        ("trueup.toml", "desired = \"db/schema.sql\"\n"),
    ]);
    let gate = |words: &[&str]| repository.run(&[&["gate", "--live", "live.sql"][..], words].concat());
    assert_eq!(gate(&[]).code, 1);
    assert_eq!(gate(&["--write-baseline"]).out, "3 findings written to trueup-baseline.json\n");
    let green = gate(&[]);
    assert_eq!(green.code, 0, "{}{}", green.out, green.err);
    assert!(green.out.contains("3 in the baseline"), "{}", green.out);
    assert!(repository.run(&["config"]).out.contains("trueup-baseline.json"));
}
