//! What `docs/exactness.md` claims is what the kept results of the corpus say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use trueup_testkit::exactness::{Results, page, parse, results_file};
use trueup_testkit::program::workspace_dir;

fn results() -> Results {
    parse(&std::fs::read_to_string(results_file()).unwrap()).unwrap()
}

#[test]
fn the_page_shows_the_kept_results() {
    let text = std::fs::read_to_string(workspace_dir().join("docs/exactness.md")).unwrap();
    assert!(
        page(&text, &results()).unwrap() == text,
        "docs/exactness.md is not of fixtures/corpus-results.tsv: `make corpus ARGS=--update` writes both"
    );
}

/// What only a server can tell of SQL that makes SQL is told by `--desired-via scratch`.
#[test]
fn with_a_server_nothing_is_false() {
    let results = results();
    let mut checked = 0;
    for ((entry, what), kept) in &results {
        let sound = match what.strip_prefix("old-").unwrap_or(what) {
            "self-scratch" => {
                checked += 1;
                let via = results.get(&(entry.clone(), what.replace("scratch", "via")));
                kept.status == "in-sync" || via.is_some_and(|via| via.status == "in-sync")
            }
            "self-via" => kept.status == "in-sync",
            "readers" => kept.status == "agree",
            "self" => ["in-sync", "undecided", "not-loaded"].contains(&kept.status.as_str()),
            _ => true,
        };
        assert!(sound, "{entry} {what}: {kept:?}");
    }
    assert!(checked > 1900, "{checked}");
}
