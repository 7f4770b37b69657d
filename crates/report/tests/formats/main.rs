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
        Format::Html => "page.html",
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

#[test]
fn the_hint_follows_the_policy() {
    let hint = |made: fixture::Made| trueup_report::check_hint(&made.report(), "--live shop");
    assert!(hint(fixture::red()).unwrap().contains("`trueup explain D201`"));
    assert!(hint(fixture::undecided()).unwrap().contains("`trueup explain G103`"));
    assert_eq!((hint(fixture::green()), hint(fixture::clean())), (None, None));
}

#[test]
fn excerpts_in_the_documentation_are_what_is_printed() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut checked = 0;
    for part in page.split("<!-- from ").skip(1) {
        let (file, rest) = part.split_once(" -->\n").unwrap();
        let block = rest.split("```").nth(1).unwrap();
        let printed = std::fs::read_to_string(folder().join(file)).unwrap();
        let printed: std::collections::BTreeSet<&str> = printed.lines().map(str::trim).collect();
        for line in block.lines().skip(1).map(str::trim).filter(|line| !line.is_empty() && *line != "…") {
            assert!(printed.contains(line), "{file} has no line\n{line}");
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn the_documentation_has_a_section_for_each_format() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    let page = std::fs::read_to_string(page).unwrap();
    for format in Format::ALL {
        assert!(page.contains(&format!("\n## `{}`", format.word())), "{}", format.word());
    }
}

#[test]
fn what_a_policy_raises_is_listed_once() {
    let mut made = fixture::red();
    assert!(
        Format::Text.render(&made.report(), &rendering()).unwrap().contains("Not compared: security label")
    );
    let standing = &mut made.gate.as_mut().unwrap().undecided[2];
    standing.level = trueup_diff::Level::Warning;
    standing.verdict = trueup_policy::Verdict::Fails;
    let text = Format::Text.render(&made.report(), &rendering()).unwrap();
    assert!(
        text.contains("warning[U101]: security label public.users") && !text.contains("Not compared"),
        "{text}"
    );
}

#[test]
fn an_old_snapshot_alone_makes_it_undecided() {
    let mut made = fixture::undecided();
    made.comparison.undecided.clear();
    made.gate.as_mut().unwrap().undecided.clear();
    let text = Format::Concise.render(&made.report(), &rendering()).unwrap();
    assert!(
        text.ends_with(
            "Gate: undecided, the snapshot is too old to tell; nothing else is wrong with what it says\n"
        ),
        "{text}"
    );
}
