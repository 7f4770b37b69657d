//! What looks renamed is left, with all that needs it, until somebody says that it is new.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_diff::{Disposition, What};
use trueup_repair::Plan;
use trueup_testkit::{Error, for_each_version};

const LIVE: &str = "
CREATE TYPE public.mood AS ENUM ('glad', 'sad');
CREATE TABLE public.users (id int PRIMARY KEY, mail text UNIQUE, at int, last_name text);
CREATE TABLE public.item (id int PRIMARY KEY, name text, mood public.mood);
CREATE TABLE public.refers (user_mail text);
INSERT INTO public.users VALUES (1, 'a@b', 1, 'x');
INSERT INTO public.item VALUES (1, 'a', 'glad');
";

const DESIRED: &str = "
CREATE TYPE public.mood AS ENUM ('happy', 'sad');
CREATE TABLE public.users (id int PRIMARY KEY, email text CONSTRAINT users_email_key UNIQUE, at int, first_name text);
CREATE TABLE public.items (id int PRIMARY KEY, name text, mood public.mood);
CREATE TABLE public.refers (user_mail text CONSTRAINT to_user REFERENCES public.users (email));
CREATE VIEW public.named AS SELECT name FROM public.items;
ALTER TABLE public.refers ADD moods public.mood DEFAULT 'happy';
";

fn left(plan: &Plan, comparison: &trueup_diff::Comparison) -> Vec<String> {
    let missing = |left: &&trueup_repair::Left| comparison.drift[left.drift].what != What::Unexpected;
    let left = plan.left.iter().filter(missing);
    let mut list: Vec<_> = left.map(|l| format!("{} {}", comparison.drift[l.drift].key, l.reason)).collect();
    list.sort();
    list
}

#[test]
fn a_twin_is_made_only_when_somebody_says_that_it_is_new() {
    for_each_version(|server| {
        let (wanted, live) = (server.database()?, server.database()?);
        wanted.run(DESIRED)?;
        live.run(LIVE)?;
        let (desired, there) = (support::read(&wanted), support::read(&live));
        let (comparison, plan) = support::plan(&desired, &there, &["*"]);
        let needs = |what: &str, on: &str| format!("{what} it needs {on}, which is left");
        let hides = |what: &str, from: &str, why: &str| format!("{what} it looks renamed from {from}: {why}");
        assert_eq!(
            left(&plan, &comparison),
            [
                hides("public.items", "public.item", "adding an empty table would hide its rows"),
                "public.mood its value happy looks renamed from glad: adding it would part the rows in two, and a value can't be removed".to_owned(),
                needs("public.named", "public.items"),
                needs("public.refers.moods", "public.mood"),
                needs("public.refers.to_user", "column public.users.email"),
                hides("public.users.email", "public.users.mail", "adding an empty column would hide its values"),
            ],
            "PostgreSQL {}",
            server.major()
        );
        for key in ["public.users.email", "public.items", "public.mood"] {
            let drift = comparison.drift.iter().find(|d| d.key.to_string() == key).unwrap();
            assert_eq!(drift.disposition, Disposition::Manual, "{key}");
        }
        // What people are told to run keeps the data, and closes it.
        let renames: Vec<String> = plan
            .left
            .iter()
            .filter(|left| left.reason.contains("looks renamed"))
            .map(|left| left.suggestion.clone().unwrap())
            .collect();
        assert_eq!(renames.len(), 3);
        let followed = server.database()?;
        followed.run(LIVE)?;
        followed.run(&renames.join("\n"))?;
        let (comparison, rest) = support::plan(&desired, &support::read(&followed), &["*"]);
        followed.run(&rest.to_sql())?;
        let looks = left(&rest, &comparison);
        // Keys have their old names still, and so has NOT NULL from 18 on.
        assert!(looks.iter().all(|line| line.contains("under another name") || line.contains("is renamed by people")), "{looks:#?}");
        // First name and last name are no pair: the first is added beside the last.
        live.run(&plan.to_sql())?;
        let there = support::read(&live);
        assert!(there.columns(&trueup_catalog::QualifiedName::new("public", "users")).iter().any(|c| c.name == "first_name"));

        let (comparison, plan) = support::plan(&desired, &there, &["new", "*"]);
        let reasons = left(&plan, &comparison);
        assert_eq!(reasons.len(), 1, "PostgreSQL {}: {reasons:#?}", server.major());
        assert!(reasons[0].contains("can't be removed or moved"), "{reasons:#?}");
        live.run(&plan.to_sql())?;
        let named = [
            "new:column:public.users.email",
            "new:table:public.items",
            "new:enum:public.mood",
            "column:public.users.email",
        ];
        let (_, again) = support::plan(&desired, &support::read(&live), &named);
        assert_eq!(again.steps.iter().map(|s| &s.title).collect::<Vec<_>>(), Vec::<&String>::new());
        Ok::<(), Error>(())
    })
    .unwrap();
}
