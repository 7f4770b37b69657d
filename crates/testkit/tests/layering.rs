//! Who may depend on whom: a crate is a stage, and stages only know the ones before them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::path::Path;

/// Each crate with the crates of this workspace that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("catalog", &[]),
    ("cluster", &[]),
    ("project", &[]),
    // Its oracles share no code with what they judge: finding and owning server programs is all that it may borrow.
    ("testkit", &["cluster"]),
    ("syntax", &["catalog"]),
    ("settle", &["catalog", "syntax"]),
    ("parser", &["catalog", "syntax", "settle"]),
    ("introspect", &["catalog", "syntax", "settle"]),
    ("diff", &["catalog", "settle"]),
    ("repair", &["catalog", "syntax", "settle", "diff"]),
    ("scratch", &["catalog", "cluster", "syntax", "settle", "introspect", "diff", "repair"]),
    ("apply", &["catalog", "introspect", "repair"]),
    ("policy", &["catalog", "diff"]),
    ("rows", &["catalog", "diff"]),
    ("preflight", &["catalog", "syntax", "settle", "parser", "diff", "repair"]),
    ("history", &["syntax", "diff", "project"]),
    ("native", &["catalog", "diff", "project", "history", "repair"]),
    ("report", &["catalog", "diff", "policy", "repair", "preflight", "apply", "history", "native"]),
    (
        "trueup",
        &[
            "catalog",
            "syntax",
            "settle",
            "parser",
            "introspect",
            "diff",
            "rows",
            "policy",
            "project",
            "history",
            "repair",
            "preflight",
            "native",
            "scratch",
            "apply",
            "report",
        ],
    ),
];

fn used(manifest: &str) -> BTreeSet<String> {
    let mut section = "";
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line.trim();
        } else if section == "[dependencies]"
            && let Some(rest) = line.strip_prefix("trueup-")
        {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
            found.insert(rest[..end].to_owned());
        }
    }
    found
}

#[test]
fn crates_know_only_the_stages_before_them() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut seen = BTreeSet::new();
    for (name, may_use) in MAY_USE {
        let manifest = std::fs::read_to_string(crates.join(name).join("Cargo.toml")).unwrap();
        let used = used(&manifest);
        for dependency in &used {
            assert!(may_use.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
        seen.insert((*name).to_owned());
    }
    for entry in std::fs::read_dir(crates).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(seen.contains(&name), "crates/{name} has no line in MAY_USE");
    }
}

#[test]
fn the_check_sees_dependencies() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\ntrueup-diff.workspace = true\n[dev-dependencies]\ntrueup-testkit.workspace = true\n";
    assert_eq!(used(manifest), BTreeSet::from(["diff".to_owned()]));
}
