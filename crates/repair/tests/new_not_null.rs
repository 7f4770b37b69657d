//! A column that is NOT NULL and that nothing fills, on a table with rows: it is added, people fill it, the next repair makes it NOT NULL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_diff::Disposition;
use trueup_repair::Plan;
use trueup_testkit::{Server, TestDatabase, for_each_version};

const DESIRED: &str =
    "CREATE TABLE public.t (a int, code text NOT NULL, CONSTRAINT t_pkey PRIMARY KEY (code));";

fn planned(server: &'static Server, live: &TestDatabase<'_>) -> Plan {
    let wanted = server.database().unwrap();
    wanted.run(DESIRED).unwrap();
    support::plan(&support::read(&wanted), &support::read(live), &[]).1
}

#[test]
fn people_fill_rows_that_are_known_of() {
    for_each_version(|server| {
        let live = server.database()?;
        live.run("CREATE TABLE public.t (a int); INSERT INTO public.t SELECT generate_series(1, 2500); ANALYZE public.t")?;
        let plan = planned(server, &live);
        assert_eq!(plan.steps.iter().map(|s| s.closes.len()).collect::<Vec<_>>(), [1], "{:#?}", plan.steps);
        assert!(plan.left.iter().all(|left| left.disposition == Disposition::Manual), "{:#?}", plan.left);
        assert_eq!(plan.left.len(), 1, "{:#?}", plan.left);
        live.run(&plan.to_sql())?;
        // The column is there; the next repair looks for its rows first.
        let again = planned(server, &live).steps;
        let looks = |title: &str| title.starts_with("look for");
        assert!(again.first().is_some_and(|step| looks(&step.title)), "{again:#?}");
        let suggestion = plan.left.iter().find_map(|left| left.suggestion.as_deref()).unwrap();
        assert!(suggestion.contains("LIMIT 1000"), "{suggestion}");
        live.run(&suggestion.replace("= …", "= a::text"))?;
        live.run(&planned(server, &live).to_sql())?;
        assert!(planned(server, &live).steps.is_empty() && planned(server, &live).left.is_empty());
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn rows_that_no_statistics_tell_of_are_found_before_anything_is_constrained() {
    for_each_version(|server| {
        let live = server.database()?;
        live.run("CREATE TABLE public.t (a int); INSERT INTO public.t VALUES (1)")?;
        let plan = planned(server, &live);
        assert!(plan.left.is_empty(), "{:#?}", plan.left);
        let error = live.run(&plan.to_sql()).unwrap_err().to_string();
        assert!(
            error.contains("rows of public.t without a value for code") && error.contains("23502"),
            "{error}"
        );
        let constraints = "SELECT count(*)::text FROM pg_constraint WHERE conrelid = 'public.t'::regclass";
        assert_eq!(live.query_texts(constraints)?, [Some("0".to_owned())]);
        // An empty table takes it all.
        live.run("DELETE FROM public.t")?;
        live.run(&plan.to_sql())?;
        assert!(planned(server, &live).steps.is_empty());
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}
