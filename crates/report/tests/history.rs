//! The document of `history` fits its schema, and what a file or a database says reaches no terminal as it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use trueup_history::{Fault, History, Migration, Place as At, State, TableName, Tool};
use trueup_report::{Listing, Look, Place};

fn validator() -> jsonschema::Validator {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/history.schema.json");
    jsonschema::validator_for(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .unwrap()
}

fn migration(number: usize, state: State) -> Migration {
    Migration {
        id: format!("{number:03}"),
        title: Some("create users".to_owned()),
        state,
        file: Some(format!("{number:03}.sql")),
        after: Vec::new(),
        head: false,
    }
}

fn history() -> History {
    let mut migrations: Vec<Migration> = (1..=20).map(|number| migration(number, State::Applied)).collect();
    migrations.push(migration(21, State::Pending));
    let code = trueup_diff::Code::M104;
    History {
        tool: Some(Tool::Flyway),
        folder: "sql".to_owned(),
        table: Some(TableName { schema: "public".to_owned(), name: "h\u{1b}[31m".to_owned() }),
        migrations,
        faults: vec![Fault {
            code,
            level: code.default_level(),
            object: Some("020".to_owned()),
            title: "migration 020\n::error::x was edited".to_owned(),
            reasons: vec!["it \u{202e}is".to_owned()],
            place: Some(At { file: "sql/020.sql".to_owned(), line: Some(3) }),
            ways_out: vec!["flyway repair".to_owned()],
        }],
        remarks: vec!["nothing".to_owned()],
    }
}

#[test]
fn the_document_fits_its_schema() {
    let validator = validator();
    let place = Place { name: "shop at h".to_owned(), server: None };
    for histories in [vec![], vec![history()], vec![history(), History::unread(Vec::new())]] {
        let text = trueup_report::history_json(&histories, ".", &place, "0.1.0").unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let problems: Vec<String> =
            validator.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert_eq!(problems, Vec::<String>::new());
        assert!(!validator.is_valid(
            &serde_json::from_str::<serde_json::Value>(&text.replace("\"outcome\"", "\"x\"")).unwrap()
        ));
    }
}

#[test]
fn the_text_is_short_and_harmless() {
    let place = Place { name: "shop at h".to_owned(), server: None };
    let text = trueup_report::history_text(&[history()], "app", &place, Listing::Short, Look::default());
    assert_eq!(
        text,
        "Flyway: 21 migrations in sql, its history in public.h\\u{1b}[31m\n\
         \x20 … 17 applied (--all lists them)\n\
         \x20 applied           018  create users\n\
         \x20 applied           019  create users\n\
         \x20 applied           020  create users\n\
         \x20 pending           021  create users\n\n\
         error[M104]: migration 020\\n::error::x was edited\n\
         \x20 --> app/sql/020.sql:3\n\
         \x20  = it \\u{202e}is\n\
         \x20  = way out: flyway repair\n\n\
         Not told: nothing\n\
         Faults: 1 error; 20 applied, 1 pending in shop at h\n"
    );
    let all = trueup_report::history_text(&[history()], ".", &place, Listing::All, Look::default());
    assert!(all.contains("001  create users") && all.contains("--> sql/020.sql:3"), "{all}");
}
