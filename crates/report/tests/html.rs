//! The HTML report in a real Chromium. `cargo test -p trueup-report --test html -- --ignored --nocapture` measures the largest schema of the
//! corpus and leaves its page in `TRUEUP_HTML_OUT`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "html/large.rs"]
mod large;
#[path = "html/made.rs"]
mod made;

use made::Made;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use trueup_diff::{Code, Level};
use trueup_policy::{Judgement, Known, Remark, Since, Standing, Verdict};
use trueup_testkit::browser::Browser;

const SHOP: &str = include_str!("html/shop.sql");
const SHOP_LIVE: &str = include_str!("html/shop_live.sql");
const PROGRAM: &str = include_str!("html/browser.mjs");

/// Names that would do harm if a page took them for more than text.
const HOSTILE: &[&str] = &[
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "\"><img src=x onerror=window.hacked=1>",
    "' onmouseover='window.hacked=1",
    "<!--<script>",
    "{{ 7 * 7 }}&lt;b&gt;",
];

/// Shows `html` to the browser, and fails with everything that a scenario found wrong. Gives what it measured.
fn scenario(name: &str, html: &str, least: usize, more: Value) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    std::fs::write(&page, html).unwrap();
    let mut work = more;
    work["scenario"] = name.into();
    work["page"] = page.display().to_string().into();
    let browser = Browser::find().unwrap_or_else(|error| panic!("{error}"));
    let answer = browser.run(PROGRAM, &work).unwrap_or_else(|error| panic!("{error}"));
    let checks = answer["checks"].as_array().expect("a list of checks");
    let wrong: Vec<String> = checks
        .iter()
        .filter(|check| !check["wrong"].is_null())
        .map(|check| format!("{}: {}", check["what"], check["wrong"].as_str().unwrap_or_default()))
        .collect();
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    assert!(checks.len() >= least, "{name}: only {} checks were made", checks.len());
    answer["figures"].clone()
}

fn shop() -> Made {
    Made::new(SHOP, SHOP_LIVE)
}

#[test]
fn findings_are_read_filtered_linked_and_printed() {
    let made = shop();
    let findings = made.comparison.drift.len();
    assert!(findings >= 12, "{findings}");
    scenario("reading", &made.html(), 30, json!({ "findings": findings }));
}

#[test]
fn light_and_dark_have_enough_contrast() {
    scenario("look", &shop().html(), 14, json!({}));
}

#[test]
fn the_map_is_used_with_pointer_and_keys() {
    scenario("map", &shop().html(), 35, json!({ "tables": 11 }));
}

#[test]
fn hostile_names_stay_text() {
    let mut live = String::new();
    for name in HOSTILE {
        let name = name.replace('"', "\"\"");
        writeln!(live, "CREATE TABLE \"{name}\" (\"{name}\" text DEFAULT '{}');", name.replace('\'', "''"))
            .unwrap();
    }
    let desired = format!("CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '{}' $$;", HOSTILE[1]);
    let made = Made::new(&desired, &live);
    let html = made.html();
    assert_eq!(html.matches("<script").count(), 2);
    assert_eq!(html.matches("</script").count(), 2);
    scenario("hostile", &html, 18, json!({ "names": HOSTILE }));
}

/// 1,200 tables in two schemas: hubs, chains, and tables that stand alone.
fn many_tables() -> String {
    let mut sql = String::from(
        "CREATE SCHEMA archive;\nCREATE TABLE hub_0 (id bigint PRIMARY KEY);\nCREATE TABLE hub_1 (id bigint PRIMARY KEY);\n",
    );
    for at in 2..1000 {
        let hub = at % 2;
        let other = match at % 5 {
            0 if at > 10 => format!(", before_id bigint REFERENCES part_{} (id)", at - 1),
            _ => String::new(),
        };
        writeln!(sql, "CREATE TABLE part_{at} (id bigint PRIMARY KEY, hub_id bigint REFERENCES hub_{hub} (id){other}, name text NOT NULL, made_at timestamptz);").unwrap();
    }
    for at in 0..200 {
        writeln!(
            sql,
            "CREATE TABLE archive.alone_{at} (id bigint PRIMARY KEY, what text, kept_at timestamptz);"
        )
        .unwrap();
    }
    sql
}

#[test]
fn a_thousand_tables_can_be_used() {
    let desired = many_tables();
    let mut live = desired.clone();
    for at in (20..900).step_by(40) {
        writeln!(live, "ALTER TABLE part_{at} ALTER COLUMN name DROP NOT NULL;").unwrap();
    }
    live += "DROP TABLE archive.alone_7; CREATE TABLE archive.left_over (id bigint);";
    let made = Made::new(&desired, &live);
    let findings = made.comparison.drift.len();
    let html = made.html();
    assert!(html.len() < 1_500_000, "{} bytes", html.len());
    let more = json!({ "tables": 1201, "findings": findings, "find": "part_777", "found": "public.part_777", "word": "part_100" });
    let figures = scenario("large", &html, 10, more);
    println!("1,201 tables: {} bytes, {figures}", html.len());
}

fn standing(level: Level, verdict: Verdict, at: usize) -> Standing {
    let since = Some(if at.is_multiple_of(2) { Since::Introduced } else { Since::WasThere });
    Standing { level, verdict, since, fingerprint: format!("{at:032x}") }
}

fn judgement(made: &Made) -> Judgement {
    let drift = made.comparison.drift.iter().enumerate().map(|(at, drift)| {
        let verdict = match at {
            0 | 1 => Verdict::Baseline,
            2 => Verdict::Ignored { reason: "kept until the move".to_owned(), expires: None, line: 12 },
            3 => Verdict::Allowed,
            _ if drift.level == Level::Note => Verdict::Note,
            _ => Verdict::Fails,
        };
        standing(drift.level, verdict, at)
    });
    Judgement {
        drift: drift.collect(),
        undecided: made.comparison.undecided.iter().map(|u| standing(u.level, Verdict::Note, 99)).collect(),
        remarks: vec![Remark {
            code: Code::G102,
            level: Level::Note,
            text: "the exception for index public.gone matches no finding".to_owned(),
            way_out: "take it out".to_owned(),
            place: Some(("trueup.toml".to_owned(), 20)),
        }],
        closed: vec![Known {
            code: Code::D101,
            object: "index public.orders_idx".to_owned(),
            title: "index public.orders_idx is missing".to_owned(),
        }],
        baseline: Some("trueup.baseline.json".to_owned()),
        base: Some("origin/main".to_owned()),
        ..Judgement::default()
    }
}

fn gated() -> String {
    let made = shop();
    let judgement = judgement(&made);
    trueup_report::html(&made.report(Some(&judgement))).unwrap()
}

#[test]
fn what_the_policy_takes_out_is_hidden_and_at_hand() {
    scenario("gate", &gated(), 10, json!({}));
}

fn error_page() -> String {
    let problem = (
        Code::X101,
        "the database at db.internal:5432 can't be reached: connection <refused>",
        Some("see that the server runs, and that the port is right"),
    );
    trueup_report::html_error(&[problem], "0.1.0").unwrap()
}

#[test]
fn what_could_not_be_done_is_told() {
    let texts = ["Could not run", "connection <refused>", "see that the server runs", "X101"];
    scenario("still", &error_page(), 5, json!({ "texts": texts }));
}

#[test]
fn in_sync_and_undecided_are_told() {
    let same = Made::new(SHOP, SHOP).html();
    scenario(
        "still",
        &same,
        4,
        json!({ "texts": ["In sync", "Nothing was found.", "match shop at db.internal"] }),
    );
    let unread = Made::new(&format!("{SHOP}\nCREATE WHATEVER x;"), SHOP).html();
    let texts = ["Undecided", "What was not read", "WHATEVER", "schema/shop.sql:"];
    scenario("still", &unread, 5, json!({ "texts": texts }));
}

#[test]
fn nothing_of_the_page_is_elsewhere() {
    let html = shop().html();
    for outside in ["http://", "https://", "src=\"//", "@import", "url(", " on", "style=\""] {
        let found: Vec<&str> = html
            .match_indices(outside)
            .filter_map(|(at, _)| html.get(at..(at + 60).min(html.len())))
            // The name space of SVG is no address that anything is loaded from.
            .filter(|text| !text.starts_with("http://www.w3.org/2000/svg"))
            .filter(|text| {
                outside != " on"
                    || text.get(3..).is_some_and(|t| {
                        t.split_once('=').is_some_and(|(name, rest)| {
                            name.len() < 12
                                && name.chars().all(|c| c.is_ascii_lowercase())
                                && rest.starts_with('"')
                        })
                    })
            })
            .collect();
        assert!(found.is_empty(), "{outside}: {found:?}");
    }
    assert!(html.contains("content=\"default-src &#39;none&#39;; style-src &#39;sha256-"));
    assert!(!html.contains("unsafe-inline"));
}

#[test]
fn the_same_report_is_the_same_page() {
    assert_eq!(shop().html(), shop().html());
}

/// The pages for looking at, and the figures of the largest schema of the corpus with 50 drifts that SQL made.
#[test]
#[ignore = "measures, and needs the corpus"]
fn largest() {
    let shared = trueup_testkit::shared_dir().expect("the corpus");
    let out = PathBuf::from(std::env::var_os("TRUEUP_HTML_OUT").expect("a folder in TRUEUP_HTML_OUT"));
    std::fs::write(out.join("shop.html"), shop().html()).unwrap();
    std::fs::write(out.join("in-sync.html"), Made::new(SHOP, SHOP).html()).unwrap();
    std::fs::write(out.join("gate.html"), gated()).unwrap();
    std::fs::write(out.join("error.html"), error_page()).unwrap();
    let text = std::fs::read_to_string(shared.join("corpus/schemas/gitlab-18.9/structure.sql")).unwrap();
    let all_missing = Made::new(&text, "");
    let html = all_missing.html();
    println!(
        "against nothing: {} findings, {} steps, {} bytes",
        all_missing.comparison.drift.len(),
        all_missing.plan.steps.len(),
        html.len()
    );
    std::fs::write(out.join("nothing.html"), html).unwrap();
    if std::env::var_os("TRUEUP_HTML_ONLY_NOTHING").is_some() {
        return;
    }
    let drift = large::drift(&text, 50);
    let begun = std::time::Instant::now();
    let made = Made::new(&text, &format!("{text}\n{drift}"));
    println!(
        "read, compared and planned in {:?}: {} findings, {} undecided, {} steps",
        begun.elapsed(),
        made.comparison.drift.len(),
        made.comparison.undecided.len(),
        made.plan.steps.len()
    );
    let begun = std::time::Instant::now();
    let html = made.html();
    println!("{} bytes, made in {:?}", html.len(), begun.elapsed());
    std::fs::write(out.join("gitlab.html"), &html).unwrap();
    std::fs::write(out.join("gitlab-drift.sql"), &drift).unwrap();
    let tables = made.desired.of_kind(trueup_catalog::ObjectKind::Table).count() + 5;
    let more = json!({ "tables": tables, "findings": made.comparison.drift.len(), "find": "merge_requests", "found": "public.merge_requests", "word": "index" });
    println!("{}", scenario("large", &html, 10, more));
}
