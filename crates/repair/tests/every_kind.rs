//! A schema with every kind of object, written by trueup's own DDL writer on every version of PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_testkit::{Server, cases::fixtures_dir, for_each_version};

fn sql(server: &Server) -> String {
    let text = std::fs::read_to_string(fixtures_dir().join("repair/every_kind.sql")).unwrap();
    // Lines behind `-- since N` are for that version and later ones.
    let mut kept = String::new();
    let mut skip = false;
    for line in text.lines() {
        if let Some(version) = line.strip_prefix("-- since ") {
            skip = server.major() < version.trim().parse::<u16>().unwrap();
        } else if !skip {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[test]
fn what_is_written_is_what_was_read() {
    for_each_version(|server| {
        let original = server.database()?;
        original.run(&sql(server))?;
        let desired = support::read(&original);
        let copy = server.database()?;
        let (_, plan) = support::plan(&desired, &support::read(&copy), &[]);
        assert!(plan.left.is_empty(), "{}: {:#?}", server.major(), plan.left);
        copy.run(&plan.to_sql())?;
        let written = support::read(&copy);
        assert_eq!(
            support::differences(&desired, &written),
            Vec::<String>::new(),
            "PostgreSQL {}",
            server.major()
        );
        let facts = original.fingerprint()?;
        assert_eq!(
            facts.changes(&copy.fingerprint()?),
            Vec::<String>::new(),
            "PostgreSQL {}",
            server.major()
        );
        // Twice is once.
        copy.run(&plan.to_sql())?;
        assert_eq!(
            facts.changes(&copy.fingerprint()?),
            Vec::<String>::new(),
            "PostgreSQL {}",
            server.major()
        );
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

/// The kinds that `repair/every_kind.sql` leaves out. User mappings and subscriptions hold secrets: people make them.
#[test]
fn the_kinds_of_definitions_are_written_back_too() {
    for_each_version(|server| {
        let original = server.database()?;
        original.run_file(&fixtures_dir().join("interpreter/more_kinds.sql"))?;
        let desired = support::read(&original);
        let copy = server.database()?;
        let (_, plan) = support::plan(&desired, &support::read(&copy), &["*"]);
        let left: Vec<String> =
            plan.left.iter().map(|left| format!("{}: {}", left.code, left.reason)).collect();
        assert_eq!(left.len(), 2, "PostgreSQL {}: {left:#?}", server.major());
        assert!(left.iter().all(|reason| reason.contains("secrets")), "{left:#?}");
        copy.run(&plan.to_sql())?;
        let written = support::read(&copy);
        let missing: Vec<String> = support::differences(&desired, &written)
            .into_iter()
            .filter(|line| !line.starts_with("- user mapping") && !line.starts_with("- subscription"))
            .collect();
        assert_eq!(missing, Vec::<String>::new(), "PostgreSQL {}", server.major());
        // Twice is once.
        copy.run(&plan.to_sql())?;
        assert_eq!(support::differences(&written, &support::read(&copy)), Vec::<String>::new());
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}
