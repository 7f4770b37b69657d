//! What a run did, in words and as a document.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::time::Duration;
use trueup_apply::{Cause, Ended, Fate, InvalidIndex, Outcome, Reason, Said, StepOutcome, Task};
use trueup_catalog::Catalog;
use trueup_diff::Comparison;
use trueup_repair::{Phase, Plan};
use trueup_report::{Look, Place, Report, Sources};

fn step(title: &str, fate: Fate, attempts: u32) -> StepOutcome {
    StepOutcome {
        task: Task {
            phase: Phase::Build,
            title: title.to_owned(),
            kind: "index".to_owned(),
            object: format!("public.{title}"),
            statements: Vec::new(),
            search_path: "''".to_owned(),
            transactional: true,
            lock_timeout: None,
            statement_timeout: None,
            tables: Vec::new(),
            locks: 1,
            lock: "SHARE on public.t, for a moment".to_owned(),
            after: Vec::new(),
            rights: Vec::new(),
        },
        fate,
        attempts,
        elapsed: Duration::from_millis(1500),
    }
}

fn failed(reason: Reason, sqlstate: &str, message: &str) -> Fate {
    let said = Said {
        sqlstate: sqlstate.to_owned(),
        message: message.to_owned(),
        detail: Some("Key (a)=(1\u{1b}[31m) is duplicated.".to_owned()),
        hint: None,
    };
    Fate::Failed(Cause { reason, said, waited_for: vec!["process 7 (psql, app)".to_owned()] })
}

fn outcome(ended: Ended) -> Outcome {
    Outcome {
        steps: vec![
            step("one", Fate::Done, 1),
            step("two", failed(Reason::Busy, "55P03", "canceling statement due to lock timeout"), 3),
            step("three", Fate::Skipped(1), 0),
            step("four", Fate::Cancelled, 1),
            step("five", Fate::NotReached, 0),
        ],
        ended,
        invalid: vec![InvalidIndex {
            index: "public.four".to_owned(),
            table: "public.t".to_owned(),
            way_out: "DROP INDEX CONCURRENTLY public.four;".to_owned(),
        }],
        elapsed: Duration::from_millis(12_345),
    }
}

fn all_done() -> Outcome {
    Outcome {
        steps: vec![step("one", Fate::Done, 1)],
        ended: Ended::Through,
        invalid: Vec::new(),
        elapsed: Duration::from_millis(120),
    }
}

#[test]
fn what_was_not_done_is_said_with_its_reason() {
    assert_eq!(
        trueup_report::apply_text(&outcome(Ended::Interrupted), Look::default()),
        "  x two
      others were in the way each time, 3 tries: canceling statement due to lock timeout (55P03)
      Key (a)=(1\\u{1b}[31m) is duplicated.
      waited for process 7 (psql, app)
  - three
      skipped: it needs two
  - four
      cancelled
  - five
      not begun
  ! index public.four on public.t is invalid: its build was not finished
      no query uses it, every write keeps it up; DROP INDEX CONCURRENTLY public.four; and apply again

Interrupted: 1 of 5 steps done, 1 failed, 1 skipped, 1 broken off, 1 not begun in 12 s
"
    );
    let lost = trueup_report::apply_text(&outcome(Ended::Lost("gone".to_owned())), Look::default());
    assert!(lost.contains("  - four\n      the connection was lost while it ran\n"), "{lost}");
    assert!(lost.contains("\nConnection lost: 1 of 5 steps done"), "{lost}");
    assert_eq!(
        trueup_report::apply_text(&all_done(), Look::default()),
        "Applied: 1 of 1 step done in 0.12 s\n"
    );
    assert_eq!(
        trueup_report::tasks_text(&[step("one", Fate::Done, 1).task], Look::default()),
        "  + one\n      SHARE on public.t, for a moment\n"
    );
}

fn schema(name: &str) -> jsonschema::Validator {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    jsonschema::validator_for(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .unwrap()
}

#[test]
fn the_document_fits_its_schema() {
    let (apply, check) = (schema("apply.schema.json"), schema("check.schema.json"));
    let problems = |text: &str| -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut problems: Vec<String> =
            apply.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
        if !document["check"].is_null() {
            problems.extend(check.iter_errors(&document["check"]).map(|e| e.to_string()));
        }
        problems
    };
    let (comparison, plan, catalog) = (Comparison::default(), Plan::default(), Catalog::default());
    let (place, sources) = (Place::default(), Sources::default());
    let report = Report {
        comparison: &comparison,
        plan: &plan,
        desired: &catalog,
        live: &catalog,
        desired_place: &place,
        live_place: &place,
        sources: &sources,
        advice: &[],
        options: &[],
        migrations: None,
        gate: None,
        target: None,
        elapsed: Duration::ZERO,
        made: std::time::UNIX_EPOCH,
        version: "0.1.0",
    };
    let none: Vec<String> = Vec::new();
    for ended in [Ended::Through, Ended::Interrupted, Ended::Lost("gone".to_owned())] {
        for after in [None, Some(&report)] {
            let text = trueup_report::apply_json(&outcome(ended.clone()), after, "0.1.0").unwrap();
            assert_eq!(problems(&text), none);
        }
    }
    let document: serde_json::Value =
        serde_json::from_str(&trueup_report::apply_json(&outcome(Ended::Through), None, "0.1.0").unwrap())
            .unwrap();
    assert_eq!(document["outcome"], "left");
    assert_eq!(document["steps"][1]["error"]["reason"], "busy");
    assert_eq!(document["steps"][2]["needs"], 1);
    let done = trueup_report::apply_json(&all_done(), None, "0.1.0").unwrap();
    assert!(done.contains("\"outcome\": \"done\""), "{done}");
    assert!(!problems(&done.replace("\"done\": 1", "\"done\": \"1\"")).is_empty());
}
