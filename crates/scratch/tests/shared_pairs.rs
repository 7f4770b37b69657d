//! The shared expressions settled by a server: what people write against what PostgreSQL stores is always the same, and what
//! must never be equal never is.
//!
//! Needs the shared data and minutes: run by `make pairs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::Value as Json;
use trueup_catalog::{Catalog, SchemaObject};
use trueup_diff::{Answer, Question, printed_alike};
use trueup_introspect::{ConnectConfig, Environment, ReadOptions, connect, read_pg_catalog};
use trueup_scratch::{Place, Server, Sides, settle};
use trueup_testkit::block_on;

const MAJOR: u32 = 15;

fn lines(file: &str) -> Vec<Json> {
    let folder = trueup_testkit::shared_dir().expect("TRUEUP_SHARED").join("expressions");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn catalog(sql: &str) -> Catalog {
    let files = [trueup_parser::SourceFile { name: "pair.sql".into(), text: sql.into() }];
    trueup_parser::parse(&files, &trueup_parser::Options { server_version: MAJOR * 10_000, ambient: None })
        .catalog
}

/// Every attribute that both sides have and that is not the same letter by letter.
fn questions(sides: Sides<'_>) -> Vec<Question> {
    let mut found = Vec::new();
    for (key, entry) in sides.desired.iter().filter(|(key, _)| sides.live.contains(key)) {
        for attribute in entry.object.attributes() {
            let question = Question { key: key.clone(), attribute: attribute.name.to_owned() };
            if printed_alike(&question, sides.desired, sides.live) == Some(false) {
                found.push(question);
            }
        }
    }
    found
}

#[test]
#[ignore = "needs the shared data, and minutes"]
fn what_is_written_is_what_is_stored() {
    let server = trueup_testkit::Server::shared(15).unwrap();
    let pairs = lines("pairs.jsonl");
    let (mut asked, mut unread, mut wrong) = (0, 0, Vec::new());
    for pair in &pairs {
        // One transaction, for the sake of SET LOCAL.
        let sql = format!(
            "BEGIN;\n{};\n{};\nCOMMIT;",
            pair["setup"].as_str().unwrap(),
            pair["written"].as_str().unwrap()
        );
        let database = server.database().unwrap();
        if let Err(error) = database.run(&sql) {
            wrong.push(format!("{}: does not load: {error}", pair["id"]));
            continue;
        }
        let desired = catalog(&sql);
        let url = database.url();
        let admin = server.url("postgres");
        let answers = block_on(async {
            let config = ConnectConfig::parse(&url, &Environment::default()).unwrap();
            let live =
                read_pg_catalog(&connect(&config).await.unwrap(), &ReadOptions::default()).await.unwrap();
            let sides = Sides { desired: &desired, live: &live };
            let questions = questions(sides);
            let server = Server::start(&Place::Given(admin), MAJOR).await.unwrap();
            let answers = settle(&server, sides, &questions).await.unwrap();
            questions
                .into_iter()
                .map(|q| (format!("{} {} {}", q.key.kind, q.key, q.attribute), answers.get(&q).cloned()))
                .collect::<Vec<_>>()
        })
        .unwrap();
        if answers.is_empty() {
            unread += 1;
        }
        asked += answers.len();
        for (question, answer) in answers {
            // What was fixed at the moment of its creation can't be compared, and must not be called different.
            let frozen = pair["tags"].as_array().unwrap().iter().any(|tag| tag == "frozen_constant");
            if answer != Some(Answer::Same) && !(frozen && matches!(answer, Some(Answer::Open(_)))) {
                wrong.push(format!("{}: {question}: {answer:?}", pair["id"]));
            }
        }
    }
    println!(
        "{} pairs, {asked} questions, {unread} pairs without any, {} not the same",
        pairs.len(),
        wrong.len()
    );
    assert!(asked > 700, "only {asked} questions");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "needs the shared data, and minutes"]
fn what_is_not_equal_is_never_the_same() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    let admin = trueup_testkit::Server::shared(15).unwrap().url("postgres");
    for pair in lines("never_equal.jsonl") {
        let read = |key: &str| {
            catalog(&format!("{};\n{};", pair["setup"].as_str().unwrap(), pair[key].as_str().unwrap()))
        };
        let (a, b) = (read("a"), read("b"));
        let sides = Sides { desired: &a, live: &b };
        let questions = questions(sides);
        if questions.is_empty() {
            continue;
        }
        compared += 1;
        let all_same = block_on(async {
            let server = Server::start(&Place::Given(admin.clone()), MAJOR).await.unwrap();
            let answers = settle(&server, sides, &questions).await.unwrap();
            questions.iter().all(|question| answers.get(question) == Some(&Answer::Same))
        })
        .unwrap();
        if all_same {
            wrong.push(format!("{}: {} / {}", pair["id"], pair["a"], pair["b"]));
        }
    }
    assert!(compared > 120, "only {compared} pairs were compared");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "needs the shared data"]
fn look_alikes_with_other_results_are_never_the_same() {
    let folder = trueup_testkit::shared_dir().expect("TRUEUP_SHARED").join("expressions");
    let context: Json =
        serde_json::from_str(&std::fs::read_to_string(folder.join("false_equal.context.json")).unwrap())
            .unwrap();
    let differs = |pair: &&Json| pair["differs_on"].as_str().is_some_and(|rows| !rows.is_empty());
    let pairs = lines("false_equal.jsonl");
    let pairs: Vec<&Json> = pairs.iter().filter(differs).collect();
    let side = |key: &str| {
        let mut sql = context["base_ddl"].as_str().unwrap().to_owned();
        for (at, pair) in pairs.iter().enumerate() {
            sql += &format!(";\nALTER TABLE t ADD CONSTRAINT c{at} CHECK ({})", pair[key].as_str().unwrap());
        }
        catalog(&format!("{sql};"))
    };
    let (a, b) = (side("a"), side("b"));
    let sides = Sides { desired: &a, live: &b };
    let questions = questions(sides);
    assert_eq!(questions.len(), pairs.len());
    let admin = trueup_testkit::Server::shared(15).unwrap().url("postgres");
    let answers = block_on(async {
        let server = Server::start(&Place::Given(admin), MAJOR).await.unwrap();
        settle(&server, sides, &questions).await.unwrap()
    })
    .unwrap();
    for question in &questions {
        assert_ne!(answers.get(question), Some(&Answer::Same), "{}", question.key);
    }
}
