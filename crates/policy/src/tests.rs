//! What becomes of findings under levels, exceptions, a baseline and a base.

use crate::config::FailOn;
use crate::{Baseline, Circumstances, Exception, Judgement, Policy, Since, Snapshot, Verdict, judge};
use std::time::Duration;
use trueup_catalog::{ObjectKey, ObjectKind, QualifiedName, Weight};
use trueup_diff::{Change, Code, Comparison, Disposition, Drift, Level, Outcome, Undecided, What};

fn drift(code: Code, what: What, name: &str, values: Option<(&str, &str)>) -> Drift {
    let change = |(desired, live): (&str, &str)| Change {
        attribute: "data_type".into(),
        desired: Some(desired.into()),
        live: Some(live.into()),
        weight: Weight::Meaning,
        text: false,
    };
    Drift {
        code,
        level: code.default_level(),
        key: ObjectKey::on_relation(ObjectKind::Column, QualifiedName::new("public", "users"), name.into()),
        what,
        changes: values.map(change).into_iter().collect(),
        disposition: Disposition::Safe,
        reason: String::new(),
        span: None,
        children: Vec::new(),
        confirmed: true,
        unconfirmed: None,
    }
}

fn undecided() -> Undecided {
    Undecided {
        code: Code::U103,
        level: Level::Error,
        key: None,
        what: "default".into(),
        sort: "column".into(),
        change: None,
        reason: "a function is not known".into(),
        side: None,
        span: None,
    }
}

fn comparison(drift: Vec<Drift>) -> Comparison {
    Comparison { drift, ..Comparison::default() }
}

fn two() -> Comparison {
    comparison(vec![
        drift(Code::D101, What::Missing, "a", None),
        drift(Code::D201, What::Changed, "b", Some(("text", "int4"))),
    ])
}

fn circumstances(policy: &Policy) -> Circumstances<'_> {
    Circumstances {
        history: &[],
        policy,
        file: "trueup.toml",
        baseline: None,
        base: None,
        repairable: &|drift| drift == 0,
        snapshot: None,
        today: "2026-11-28".parse().unwrap(),
    }
}

fn verdicts(judgement: &Judgement) -> Vec<&Verdict> {
    judgement.drift.iter().map(|standing| &standing.verdict).collect()
}

#[test]
fn without_a_policy_everything_above_a_note_fails() {
    let policy = Policy::default();
    let mut found = two();
    found.drift.push(drift(Code::D281, What::Changed, "c", None));
    let judgement = judge(&found, &circumstances(&policy));
    assert_eq!(verdicts(&judgement), [&Verdict::Fails, &Verdict::Fails, &Verdict::Note]);
    assert_eq!(judgement.outcome(&found), Outcome::Drift);
}

#[test]
fn levels_raise_lower_and_switch_off() {
    let levels = [(Code::D101, None), (Code::D201, Some(Level::Note)), (Code::D281, Some(Level::Error))];
    let policy = Policy { levels: levels.into(), ..Policy::default() };
    let mut found = two();
    assert_eq!(judge(&found, &circumstances(&policy)).outcome(&found), Outcome::InSync);
    found.drift.push(drift(Code::D281, What::Changed, "c", None));
    let judgement = judge(&found, &circumstances(&policy));
    assert_eq!(verdicts(&judgement), [&Verdict::Off, &Verdict::Note, &Verdict::Fails]);
}

fn exception(code: Option<Code>, object: &str, expires: Option<&str>) -> Exception {
    Exception {
        code,
        object: Some(object.parse().unwrap()),
        reason: "why".into(),
        expires: expires.map(|day| day.parse().unwrap()),
        line: 3,
    }
}

#[test]
fn an_exception_holds_until_its_day_and_is_missed_afterwards() {
    let found = comparison(vec![drift(Code::D101, What::Missing, "a", None)]);
    let judged = |expires| {
        let policy = Policy {
            ignore: vec![exception(Some(Code::D101), "table:public.users", expires)],
            ..Policy::default()
        };
        judge(&found, &circumstances(&policy))
    };
    assert_eq!(judged(None).outcome(&found), Outcome::InSync);
    assert_eq!(judged(Some("2026-11-28")).outcome(&found), Outcome::InSync);
    let late = judged(Some("2026-11-27"));
    assert_eq!(late.outcome(&found), Outcome::Drift);
    assert_eq!(
        late.remarks.first().map(|r| (r.code, r.place.clone())),
        Some((Code::G101, Some(("trueup.toml".into(), 3))))
    );
}

#[test]
fn an_exception_that_matches_nothing_is_told_and_fails_when_the_policy_wants_that() {
    let found = comparison(Vec::new());
    let mut policy = Policy { ignore: vec![exception(None, "index", None)], ..Policy::default() };
    let judgement = judge(&found, &circumstances(&policy));
    assert_eq!(judgement.remarks.first().map(|r| r.code), Some(Code::G102));
    assert_eq!(judgement.outcome(&found), Outcome::InSync);
    policy.levels.insert(Code::G102, Some(Level::Error));
    assert_eq!(judge(&found, &circumstances(&policy)).outcome(&found), Outcome::Drift);
    policy.levels.insert(Code::G102, None);
    assert!(judge(&found, &circumstances(&policy)).remarks.is_empty());
}

#[test]
fn a_baseline_knows_what_was_there_in_the_state_in_which_it_was() {
    let policy = Policy::default();
    let mut old = two();
    old.undecided.push(undecided());
    let written = Baseline::of(&old, &judge(&old, &circumstances(&policy))).text().unwrap();
    let baseline = Baseline::read(&written).unwrap();
    assert_eq!(baseline.len(), 3);
    let with = |found: &Comparison| {
        judge(found, &Circumstances { baseline: Some(("b.json", &baseline)), ..circumstances(&policy) })
    };
    assert_eq!(with(&old).outcome(&old), Outcome::InSync);
    // Another live type than the one that was known is new drift; what is repaired is told.
    let mut new = two();
    new.drift.remove(0);
    if let Some(change) = new.drift.first_mut().and_then(|d| d.changes.first_mut()) {
        change.live = Some("bytea".into());
    }
    let judgement = with(&new);
    assert_eq!(verdicts(&judgement), [&Verdict::Fails]);
    assert_eq!(judgement.repaired.iter().map(|k| k.code).collect::<Vec<_>>(), [Code::D101, Code::U103]);
    assert_eq!(judgement.remarks.first().map(|r| r.code), Some(Code::G104));
}

#[test]
fn a_baseline_written_from_a_judged_run_leaves_exceptions_out() {
    let policy = Policy { ignore: vec![exception(None, "column:public.users.a", None)], ..Policy::default() };
    let found = two();
    assert_eq!(Baseline::of(&found, &judge(&found, &circumstances(&policy))).len(), 1);
    assert!(
        Baseline::read("{\"trueup_baseline\": 9, \"findings\": []}")
            .unwrap_err()
            .to_string()
            .contains("version 9")
    );
    assert!(Baseline::read("[]").is_err());
}

#[test]
fn a_base_tells_what_a_change_brings_and_closes() {
    let found = two();
    let base = comparison(vec![
        drift(Code::D201, What::Changed, "b", Some(("text", "int4"))),
        drift(Code::D102, What::Unexpected, "old", None),
    ]);
    let judged = |fail_on: &[FailOn]| {
        let policy = Policy { fail_on: fail_on.to_vec(), ..Policy::default() };
        judge(&found, &Circumstances { base: Some(("origin/main", &base)), ..circumstances(&policy) })
    };
    let all = judged(&[]);
    let since: Vec<_> = all.drift.iter().map(|standing| standing.since).collect();
    assert_eq!(since, [Some(Since::Introduced), Some(Since::WasThere)]);
    assert_eq!(
        all.closed.iter().map(|k| k.title.as_str()).collect::<Vec<_>>(),
        ["column public.users.old was unexpected"]
    );
    assert_eq!(verdicts(&all), [&Verdict::Fails, &Verdict::Fails]);
    assert_eq!(verdicts(&judged(&[FailOn::Introduced])), [&Verdict::Fails, &Verdict::Allowed]);
    assert_eq!(verdicts(&judged(&[FailOn::Existing])), [&Verdict::Allowed, &Verdict::Fails]);
    // The one that the change brings is closed by repair.
    assert_eq!(judged(&[FailOn::IntroducedUnrepairable]).outcome(&found), Outcome::InSync);
}

#[test]
fn an_old_snapshot_is_never_green() {
    let policy = Policy::default();
    let found = comparison(Vec::new());
    let judged = |age: Option<u64>, most: Option<u64>| {
        let snapshot = Snapshot {
            name: "live.json",
            age: age.map(Duration::from_secs),
            max_age: most.map(Duration::from_secs),
        };
        judge(&found, &Circumstances { snapshot: Some(snapshot), ..circumstances(&policy) })
    };
    assert_eq!(judged(Some(86_400 * 3), Some(86_400)).outcome(&found), Outcome::Undecided);
    assert_eq!(judged(None, Some(86_400)).outcome(&found), Outcome::Undecided);
    assert_eq!(judged(Some(3_600), Some(86_400)).outcome(&found), Outcome::InSync);
    let free = judged(Some(86_400 * 3), None);
    assert_eq!((free.outcome(&found), free.age.as_deref()), (Outcome::InSync, Some("3 days")));
}

#[test]
fn fingerprints_differ_between_findings_and_not_between_runs() {
    let policy = Policy::default();
    let mut found = two();
    found.drift.push(drift(Code::D201, What::Changed, "b", Some(("text", "int4"))));
    let of = |found: &Comparison| -> Vec<String> {
        judge(found, &circumstances(&policy)).drift.into_iter().map(|s| s.fingerprint).collect()
    };
    let first = of(&found);
    assert_eq!(first, of(&found));
    assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert!(first.iter().all(|print| print.len() == 32));
}

#[test]
fn the_time_of_a_snapshot_is_read_as_it_is_written() {
    let time = crate::time_of("2026-11-28 13:05:50 UTC").unwrap();
    let seconds = time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(seconds, 1_795_871_150);
    assert_eq!(crate::time_of("yesterday"), None);
}
