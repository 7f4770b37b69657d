//! Where reports go, and which one a pipeline gets by itself.

use crate::support::Repository;

const SCHEMA: &str = "CREATE TABLE public.a (\n  b int,\n  c text\n);\n";
const LIVE: &str = "CREATE TABLE public.a (b int);\n";

fn repository() -> Repository {
    Repository::new(&[
        ("schema.sql", SCHEMA),
        ("live.sql", LIVE),
        ("trueup.toml", "desired = \"schema.sql\"\n"),
    ])
}

#[test]
fn several_reports_at_once() {
    let repository = repository();
    let outputs =
        ["json", "sarif", "junit", "gitlab", "markdown", "html", "prometheus", "concise", "text", "github"];
    let mut words = vec!["gate".to_owned(), "--live".to_owned(), "live.sql".to_owned()];
    for format in outputs {
        words.extend(["--output".to_owned(), format!("{format}=out.{format}")]);
    }
    let ran = repository.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("column public.a.c is missing"), "{}", ran.out);
    for format in outputs {
        let text = repository.read(&format!("out.{format}"));
        assert!(text.contains("public.a.c") || format == "prometheus", "{format}: {text}");
        assert!(!text.contains('\u{1b}'), "{format} has colours");
    }
    let wrong = repository.run(&["gate", "--output", "pdf=x.pdf"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("expected one of text, concise, json"), "{}", wrong.err);
    let words = ["gate", "--live", "live.sql", "--output", "json=/dev/full", "--format", "json"];
    let full = repository.run(&words);
    assert_eq!(full.code, 2, "{}", full.err);
    let document: serde_json::Value = serde_json::from_str(&full.out).expect("one document");
    assert_eq!(document["outcome"], "error");
}

#[test]
fn a_run_that_could_not_be_done_leaves_a_report_in_each_format() {
    let repository = repository();
    let words = [
        "gate",
        "--live",
        "postgres://u:secret@127.0.0.1:1/d",
        "--output",
        "sarif=o.sarif",
        "--output",
        "junit=o.xml",
        "--output",
        "markdown=o.md",
        "--output",
        "html=o.html",
        "--format",
        "json",
    ];
    let ran = repository.run(&words);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["outcome"], "error");
    let sarif: serde_json::Value = serde_json::from_str(&repository.read("o.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
    for name in ["o.sarif", "o.xml", "o.md", "o.html"] {
        let text = repository.read(name);
        assert!(text.contains("X101") && !text.contains("secret"), "{name}: {text}");
    }
}

#[test]
fn github_gets_annotations_and_a_summary_by_itself() {
    let repository = repository();
    let summary = repository.path("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let environment = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let ran = repository.run_with(&["gate", "--live", "live.sql"], &environment);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("::error file=schema.sql,line=3,col=3"), "{}", ran.out);
    let text = repository.read("summary.md");
    assert!(text.starts_with("before\n") && text.contains("public.a.c"), "{text}");
    let gone = repository.run_with(&["gate", "--live", "postgres://nobody@127.0.0.1:1/d"], &environment);
    assert_eq!(gone.code, 2, "{}", gone.err);
    assert!(
        gone.out.starts_with("::error ") && repository.read("summary.md").contains("X101"),
        "{}",
        gone.out
    );
    // Whoever names a format gets that one.
    let named = repository.run_with(&["gate", "--live", "live.sql", "--format", "concise"], &environment);
    assert!(named.out.starts_with("schema.sql:3:3: error[D101]"), "{}", named.out);
}

#[test]
fn outputs_of_the_configuration_count_unless_the_command_line_has_its_own() {
    let repository = repository();
    repository
        .write(&[("trueup.toml", "desired = \"schema.sql\"\n[gate]\noutputs = [\"json=kept.json\"]\n")]);
    assert_eq!(repository.run(&["gate", "--live", "live.sql"]).code, 1);
    assert!(repository.path("kept.json").is_file());
    std::fs::remove_file(repository.path("kept.json")).unwrap();
    assert_eq!(repository.run(&["gate", "--live", "live.sql", "--output", "concise=o.txt"]).code, 1);
    assert!(!repository.path("kept.json").exists());
    repository.write(&[("trueup.toml", "desired = \"schema.sql\"\n[gate]\noutputs = [\"pdf=kept.pdf\"]\n")]);
    let wrong = repository.run(&["gate", "--live", "live.sql"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.err.contains("trueup.toml:3") && wrong.err.contains("`pdf=kept.pdf` is no output"),
        "{}",
        wrong.err
    );
}
