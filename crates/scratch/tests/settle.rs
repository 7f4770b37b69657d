//! Questions settled by real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use trueup_catalog::Catalog;
use trueup_diff::{Answer, Answers, Comparison, Options, Question};
use trueup_scratch::{Memory, Place, Server, Sides, settle};
use trueup_settle::{Settler, World};
use trueup_testkit::{block_on, for_each_version};

fn catalog(sql: &str, major: u32) -> Catalog {
    let files = [trueup_parser::SourceFile { name: "x.sql".into(), text: sql.into() }];
    trueup_parser::parse(&files, &trueup_parser::Options { server_version: major * 10_000, ambient: None })
        .catalog
}

fn compare(sides: Sides<'_>, answers: &Answers) -> Comparison {
    let major = sides.major();
    let settler = Settler::new(World::new(sides.desired, major, &[]), World::new(sides.live, major, &[]));
    trueup_diff::compare_with(sides.desired, sides.live, &settler, &Options::default(), answers)
}

/// What a server answers about every attribute of every object that both sides have and that differs as text.
fn ask(place: &Place, major: u32, desired: &str, live: &str, questions: &[(&str, &str)]) -> Vec<Answer> {
    let (desired, live) = (catalog(desired, major), catalog(live, major));
    let sides = Sides { desired: &desired, live: &live };
    let questions: Vec<Question> = questions
        .iter()
        .map(|(object, attribute)| {
            let key = desired.iter().map(|(key, _)| key).find(|key| format!("{} {key}", key.kind) == *object);
            let known = || desired.iter().map(|(k, _)| format!("{} {k}", k.kind)).collect::<Vec<_>>();
            Question {
                key: key.unwrap_or_else(|| panic!("{object} in {:?}", known())).clone(),
                attribute: (*attribute).to_owned(),
            }
        })
        .collect();
    let answers = block_on(async {
        let server = Server::start(place, major).await.unwrap();
        settle(&server, sides, &questions).await.unwrap()
    })
    .unwrap();
    questions.iter().map(|question| answers.get(question).unwrap().clone()).collect()
}

#[test]
fn spellings_that_postgresql_stores_alike_are_the_same_and_others_are_not() {
    for_each_version(|server| -> Result<(), String> {
        let major = u32::from(server.major());
        let answers = ask(
            &Place::Given(server.url("postgres")),
            major,
            "CREATE TABLE t (a varchar(20) DEFAULT 'x', b text CHECK (b IN ('p', 'q')), c int DEFAULT 1 + 1, d timestamptz DEFAULT '2020-01-01');
             CREATE VIEW v AS SELECT a, upper(b) FROM t WHERE c BETWEEN 1 AND 2;",
            "CREATE TABLE t (a varchar(20) DEFAULT ('x'::text)::varchar, b text CHECK (b = ANY (ARRAY['p'::text, 'q'])), c int DEFAULT 2, d timestamptz DEFAULT '2020-01-01 00:00:00+00');
             CREATE VIEW v AS SELECT t.a, upper(t.b) AS upper FROM public.t WHERE ((t.c >= 1) AND (t.c <= 2));",
            &[
                ("column public.t.a", "default"),
                ("constraint public.t.t_b_check", "check"),
                ("column public.t.c", "default"),
                ("column public.t.d", "default"),
                ("view public.v", "query"),
            ],
        );
        assert_eq!(
            answers,
            [Answer::Different, Answer::Same, Answer::Different, Answer::Same, Answer::Same],
            "{major}"
        );
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_it_is_about_may_differ_without_a_finding_of_its_own() {
    let answers = ask(
        &Place::Private,
        15,
        "CREATE TABLE t (a text DEFAULT 'x' CHECK (a <> 'y'));",
        "CREATE TABLE t (a varchar DEFAULT 'x' CHECK (a <> 'y'));",
        &[("column public.t.a", "default"), ("constraint public.t.t_a_check", "check")],
    );
    assert_eq!(answers, [Answer::Same, Answer::Same]);
}

#[test]
fn what_can_not_be_created_stays_open_with_the_reason() {
    let answers = ask(
        &Place::Private,
        15,
        "CREATE TABLE t (a int DEFAULT nowhere.f(1));",
        "CREATE TABLE t (a int DEFAULT 3);",
        &[("column public.t.a", "default")],
    );
    let [Answer::Open(why)] = answers.as_slice() else { panic!("{answers:?}") };
    assert!(why.contains("schema \"nowhere\" does not exist"), "{why}");
}

#[test]
fn a_moment_is_not_confirmed_as_a_difference() {
    let answers = ask(
        &Place::Private,
        15,
        "CREATE TABLE t (a timestamptz DEFAULT 'now', b text DEFAULT 'x');",
        "CREATE TABLE t (a timestamptz DEFAULT '2024-05-06 07:08:09+00'::timestamptz, b text DEFAULT 'y');",
        &[("column public.t.a", "default"), ("column public.t.b", "default")],
    );
    assert!(matches!(answers.as_slice(), [Answer::Open(_), Answer::Different]), "{answers:?}");
}

#[test]
fn an_answer_makes_the_finding_go_or_stay_confirmed_and_is_remembered() {
    let desired = catalog(
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; CREATE TABLE t (a int, CHECK (f(a) > 0 AND true));
         CREATE TABLE u (a int DEFAULT 1);",
        15,
    );
    let live = catalog(
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; CREATE TABLE t (a int, CHECK (((f(a)) > 0) AND TRUE));
         CREATE TABLE u (a int DEFAULT 2);",
        15,
    );
    let sides = Sides { desired: &desired, live: &live };
    let before = compare(sides, &Answers::default());
    assert!(before.questions.iter().any(|q| q.attribute == "default"), "{:?}", before.questions);
    assert!(before.drift.iter().any(|drift| !drift.confirmed));
    let mut memory = Memory::default();
    let answers = block_on(async {
        let server = Server::start(&Place::Private, 15).await.unwrap();
        settle(&server, sides, &before.questions).await.unwrap()
    })
    .unwrap();
    memory.keep(sides, &answers);
    let after = compare(sides, &answers);
    assert!(after.drift.iter().all(|drift| drift.confirmed), "{:#?}", after.drift);
    assert_eq!(after.drift.len(), 1);
    let text = serde_json::to_string(&memory).unwrap();
    let memory: Memory = serde_json::from_str(&text).unwrap();
    let (known, left) = memory.recall(sides, &before.questions);
    assert!(left.is_empty());
    assert_eq!(known.iter().count(), before.questions.len());
    // Another definition of the function is another question.
    let other = catalog("CREATE TABLE t (a int, CHECK (a > 0)); CREATE TABLE u (a bigint DEFAULT 1);", 15);
    let (known, left) = memory.recall(Sides { desired: &other, live: &live }, &before.questions);
    assert_eq!((known.iter().count(), left.len()), (0, before.questions.len()));
}

#[test]
fn a_given_server_keeps_nothing() {
    // One of its own: other tests use the shared one at the same time.
    let server = trueup_testkit::Server::start(&trueup_testkit::ServerOptions::new(15)).unwrap();
    let list = || {
        let database = server.database().unwrap();
        let list = database
            .query_texts("SELECT datname::text FROM pg_database WHERE datname LIKE 'trueup_scratch%'")
            .unwrap();
        list.len()
    };
    let place = Place::Given(server.url("postgres"));
    let answers = ask(
        &place,
        15,
        "CREATE TABLE t (a int DEFAULT 1); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO nobody_here USING (a IN (1, 2));",
        "CREATE TABLE t (a int DEFAULT 1); CREATE POLICY p ON t TO nobody_here USING ((a = ANY (ARRAY[1, 2])));",
        &[("policy public.t.p", "using")],
    );
    assert_eq!(answers, [Answer::Same]);
    assert_eq!(list(), 0);
}
