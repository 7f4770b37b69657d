//! Every format on the same runs: held against files in `tests/golden/formats/`, against its own schema or documented shape, and with
//! made-up names. `TRUEUP_BLESS=1 cargo test --workspace --test formats` writes the files anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixture;
mod markdown;
mod properties;
mod shapes;

use std::path::PathBuf;
use trueup_report::{Format, Rendering, Suppressed};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/formats")
}

fn golden(name: &str, text: &str) {
    let path = folder().join(name);
    if std::env::var_os("TRUEUP_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{} differs; now it is:\n{text}", path.display());
}

/// How the file of a format ends.
fn ending(format: Format) -> &'static str {
    match format {
        Format::Text => "text.txt",
        Format::Concise => "concise.txt",
        Format::Json => "check.json",
        Format::Github => "github.txt",
        Format::GithubSummary => "summary.md",
        Format::Sarif => "sarif.json",
        Format::Junit => "junit.xml",
        Format::Gitlab => "gitlab.json",
        Format::Markdown => "comment.md",
        Format::Prometheus => "prometheus.prom",
        Format::Webhook => "webhook.json",
    }
}

/// With everything that a format can show.
fn rendering() -> Rendering {
    Rendering { suppressed: Suppressed::Included, ..Rendering::default() }
}

#[test]
fn every_format_on_every_run() {
    let runs = [
        ("red", fixture::red()),
        ("green", fixture::green()),
        ("clean", fixture::clean()),
        ("undecided", fixture::undecided()),
    ];
    for format in Format::ALL {
        for (name, made) in &runs {
            let text = format.render(&made.report(), &rendering()).unwrap();
            golden(&format!("{name}.{}", ending(*format)), &text);
        }
        let text = format.render_error(&fixture::failure(), &rendering()).unwrap();
        golden(&format!("not_done.{}", ending(*format)), &text);
    }
}

#[test]
fn no_file_is_left_over() {
    let expected: std::collections::BTreeSet<String> = Format::ALL
        .iter()
        .flat_map(|format| {
            ["red", "green", "clean", "undecided", "not_done"].map(|run| format!("{run}.{}", ending(*format)))
        })
        .collect();
    let found: std::collections::BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_check_without_a_policy_has_every_format_too() {
    let made = fixture::check();
    for format in Format::ALL {
        let text = format.render(&made.report(), &rendering()).unwrap();
        assert!(!text.contains("Gate"), "{}", format.word());
    }
}

#[test]
fn formats_have_names_of_their_own() {
    let names: std::collections::BTreeSet<&str> = Format::ALL.iter().map(|format| format.word()).collect();
    assert_eq!(names.len(), Format::ALL.len());
}
