//! The text and the document of a preflight.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::sync::Arc;
use trueup_catalog::{QualifiedName, Size};
use trueup_parser::{Options, SourceFile};
use trueup_preflight::{Forecast, forecast};
use trueup_report::{Confirmed, Look, Place, PreflightReport, Sources};

const LIVE: &str = "CREATE TABLE users (id bigint PRIMARY KEY, email text, old text);
CREATE VIEW emails AS SELECT email FROM users;
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);";

const MIGRATION: &str = "CREATE TABLE users (id bigint);
ALTER TABLE users ADD COLUMN IF NOT EXISTS email text;
ALTER TABLE users ADD COLUMN note text;
ALTER TABLE users DROP COLUMN old;
ALTER TABLE users DROP COLUMN email;
ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (user_id) REFERENCES users (id);
CREATE INDEX ON orders (user_id);
ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();
DO $$ BEGIN EXECUTE current_setting('app.\u{1b}[31m'); END $$;
SELECT nothing FROM users;
";

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile { name: Arc::from(name), text: Arc::from(text) }
}

fn made() -> (Forecast, Sources) {
    let options = Options { server_version: 150_000, ambient: None };
    let mut live = trueup_parser::parse(&[file("live.sql", LIVE)], &options).catalog;
    live.sizes.insert(QualifiedName::new("public", "users"), Size { rows: Some(12_400_000), bytes: 3 << 30 });
    let migration = file("0042.sql", MIGRATION);
    let forecast = forecast(&live, std::slice::from_ref(&migration), &options);
    (forecast, Sources::from([(migration.name, migration.text)]))
}

fn with<T>(show: impl FnOnce(&PreflightReport<'_>) -> T) -> T {
    let (forecast, sources) = made();
    let place = Place { name: "shop at db".to_owned(), server: None };
    let confirmed = Confirmed {
        alike: 9,
        differing: vec![(2, "fails: 42701 there".to_owned())],
        not_comparable: vec![(8, "it succeeds in the copy".to_owned())],
        unmade: vec!["extension x".to_owned()],
    };
    show(&PreflightReport {
        forecast: &forecast,
        live_place: &place,
        sources: &sources,
        after: None,
        confirmed: Some(&confirmed),
        version: "0.0.0",
    })
}

#[test]
fn the_text_is_for_people() {
    let text = with(|report| trueup_report::preflight_text(report, false, Look::default()));
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/preflight.txt");
    trueup_testkit::assert_golden(&path, &text);
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn the_document_fits_its_schema() {
    let schema = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/preflight.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let text = with(|report| trueup_report::preflight_json(report).unwrap());
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let problems: Vec<String> =
        schema.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let verdicts: Vec<&str> =
        document["statements"].as_array().unwrap().iter().map(|s| s["verdict"].as_str().unwrap()).collect();
    assert_eq!(
        verdicts,
        [
            "fails", "skips", "succeeds", "destroys", "fails", "may_fail", "succeeds", "succeeds", "unknown",
            "fails"
        ]
    );
    assert_eq!(document["outcome"], "bad");
    assert_eq!(document["statements"][4]["error"]["sqlstate"], "2BP01");
    assert_eq!(document["statements"][3]["effects"][0]["rows"], 12_400_000);
}
