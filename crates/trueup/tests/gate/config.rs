//! Where values come from, and what the configuration says of its mistakes.

use crate::support::Repository;

const SCHEMA: &str = "CREATE TABLE public.a (b int);\nCREATE TABLE public.tmp_x (y int);\n";

#[test]
fn the_command_line_beats_the_environment_and_that_beats_the_file() {
    let repository = Repository::new(&[
        ("schema.sql", SCHEMA),
        ("trueup.toml", "desired = \"schema.sql\"\n[compare]\nprivileges = \"strict\"\nowners = \"off\"\n"),
    ]);
    let row = |out: &str, key: &str| {
        let line = out.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    let file = repository.run(&["config"]);
    assert_eq!(file.code, 0, "{}", file.err);
    assert_eq!(row(&file.out, "compare.privileges"), "strict trueup.toml:3");
    assert_eq!(row(&file.out, "compare.all-schemas"), "false default");
    assert_eq!(row(&file.out, "desired "), "schema.sql trueup.toml:1");
    let environment = repository.run_with(&["config"], &[("TRUEUP_PRIVILEGES", "off")]);
    assert_eq!(row(&environment.out, "compare.privileges"), "off $TRUEUP_PRIVILEGES");
    let words = ["config", "--privileges", "stated", "--live", "postgres://u:secret@h/d"];
    let line = repository.run_with(&words, &[("TRUEUP_PRIVILEGES", "off")]);
    assert_eq!(row(&line.out, "compare.privileges"), "stated command line");
    assert_eq!(row(&line.out, "live"), "a given database command line");
    assert!(!format!("{line:?}").contains("secret"), "{line:?}");
    let told = repository.run_with(&["config"], &[("TRUEUP_WEBHOOK_URL", "https://h/secret")]);
    assert_eq!(row(&told.out, "webhook.url-env"), "a given URL $TRUEUP_WEBHOOK_URL");
    let json = repository.run(&["config", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(document["file"], "trueup.toml");
}

#[test]
fn mistakes_are_told_with_their_place_and_the_nearest_word() {
    let repository = Repository::new(&[
        ("schema.sql", SCHEMA),
        ("trueup.toml", "desired = \"schema.sql\"\n[compare]\nprivilege = \"off\"\n[gates]\n"),
    ]);
    let ran = repository.run(&["check", "--live", "schema.sql"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("trueup.toml:3:1: `privilege` is no key in [compare]"), "{}", ran.err);
    assert!(ran.err.contains("did you mean `privileges`?"), "{}", ran.err);
    assert!(ran.err.contains("trueup.toml:4:2: `gates` is no key"), "all at once: {}", ran.err);
    let without =
        repository.run(&["check", "--no-config", "--desired", "schema.sql", "--live", "schema.sql"]);
    assert_eq!(without.code, 0, "{}{}", without.out, without.err);
}

#[test]
fn a_target_is_found_by_its_name_and_told_when_it_is_not_there() {
    let config = "desired = \"schema.sql\"\n[targets.one]\nsnapshot = \"one.json\"\n[targets.two]\nurl-env = \"TWO\"\n";
    let repository = Repository::new(&[("schema.sql", SCHEMA), ("trueup.toml", config)]);
    assert_eq!(repository.run(&["snapshot", "--live", "schema.sql", "-o", "one.json"]).code, 0);
    assert_eq!(repository.run(&["check", "--target", "one"]).code, 0);
    let unknown = repository.run(&["check", "--target", "three"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.err.contains("has no target `three`") && unknown.err.contains("one, two"),
        "{}",
        unknown.err
    );
    let both = repository.run(&["check", "--target", "one", "--live", "schema.sql"]);
    assert_eq!(both.code, 2, "{}", both.err);
    // The command line's target beats the environment's database.
    let beats = repository
        .run_with(&["check", "--target", "one"], &[("TRUEUP_LIVE", "postgres://nobody@127.0.0.1:1/x")]);
    assert_eq!(beats.code, 0, "{}{}", beats.out, beats.err);
    let unset = repository.run(&["config", "--target", "two"]);
    assert!(unset.out.contains("two ($TWO, not set)"), "{}", unset.out);
}

#[test]
fn the_file_of_a_folder_above_counts_and_its_paths_start_there() {
    let repository = Repository::new(&[
        ("db/schema.sql", SCHEMA),
        ("app/readme", ""),
        ("trueup.toml", "desired = \"db/schema.sql\"\n[targets.t]\nsnapshot = \"one.json\"\n"),
    ]);
    assert_eq!(repository.run(&["snapshot", "--live", "db/schema.sql", "-o", "one.json"]).code, 0);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(["check", "--target", "t", "--scratch", "off"])
        .current_dir(repository.path("app"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_is_excluded_is_counted_and_not_repaired() {
    let config = "desired = \"schema.sql\"\n[compare]\nexclude = [\"table:public.tmp_*\"]\n";
    let repository = Repository::new(&[("schema.sql", SCHEMA), ("live.sql", ""), ("trueup.toml", config)]);
    let check = repository.run(&["check", "--live", "live.sql"]);
    assert_eq!(check.code, 1, "{}", check.err);
    assert!(
        check.out.contains("table public.a is missing") && !check.out.contains("tmp_x is"),
        "{}",
        check.out
    );
    assert!(check.out.contains("Excluded: 2 objects"), "{}", check.out);
    let repair = repository.run(&["repair", "--live", "live.sql"]);
    assert!(repair.out.contains("public.a") && !repair.out.contains("public.tmp_x"), "{}", repair.out);
    let only = config.replace("exclude = [\"table:public.tmp_*\"]", "include = [\"table:public.tmp_*\"]");
    repository.write(&[("trueup.toml", &only)]);
    let included = repository.run(&["check", "--live", "live.sql"]);
    assert!(
        included.out.contains("tmp_x is missing") && !included.out.contains("public.a is"),
        "{}",
        included.out
    );
}

#[test]
fn a_rename_of_the_configuration_is_never_a_new_object() {
    let config = "desired = \"schema.sql\"\n[[rename]]\nkind = \"column\"\nfrom = \"public.a.old_name\"\nto = \"public.a.b\"\n";
    let live = "CREATE TABLE public.a (old_name text);\nCREATE TABLE public.tmp_x (y int);\n";
    let repository = Repository::new(&[("schema.sql", SCHEMA), ("live.sql", live), ("trueup.toml", config)]);
    let check = repository.run(&["check", "--live", "live.sql"]);
    assert_eq!(check.code, 1);
    assert!(
        check.out.contains("column public.a.b looks renamed: the database calls it old_name"),
        "{}",
        check.out
    );
    let repair = repository.run(&["repair", "--live", "live.sql", "--allow", "new"]);
    assert!(!repair.out.contains("ADD COLUMN"), "{}", repair.out);
}

#[test]
fn the_schema_in_docs_is_the_one_that_the_program_prints() {
    let repository = Repository::new(&[]);
    let printed = repository.run(&["config", "--schema"]).out;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/trueup.schema.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        printed,
        "UPDATE_GOLDEN=1 writes docs/trueup.schema.json anew"
    );
}
