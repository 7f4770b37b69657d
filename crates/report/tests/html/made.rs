//! Reports made from SQL on both sides, as the command line makes them.

use std::time::{Duration, UNIX_EPOCH};
use trueup_catalog::Catalog;
use trueup_diff::{Answers, Comparison};
use trueup_parser::{Parsed, SourceFile};
use trueup_policy::Judgement;
use trueup_repair::Plan;
use trueup_report::{Advice, Place, Report, Server, Sources};
use trueup_settle::{Settler, World};

const VERSION: u32 = 150_018;

/// Both sides, compared and planned.
pub struct Made {
    pub comparison: Comparison,
    pub plan: Plan,
    pub desired: Catalog,
    pub live: Catalog,
    desired_place: Place,
    live_place: Place,
    sources: Sources,
    advice: Vec<Advice>,
}

fn parse(name: &str, text: &str) -> (Parsed, SourceFile) {
    let file = SourceFile { name: name.into(), text: text.into() };
    let options = trueup_parser::Options { server_version: VERSION, ambient: None };
    (trueup_parser::parse(std::slice::from_ref(&file), &options), file)
}

/// The schema that a text makes.
pub fn catalog(text: &str) -> Catalog {
    parse("schema.sql", text).0.catalog
}

impl Made {
    pub fn new(desired: &str, live: &str) -> Self {
        let (desired, desired_file) = parse("schema/shop.sql", desired);
        let (live, _) = parse("live.sql", live);
        let major = VERSION / 10_000;
        let settler = Settler::new(
            World::new(&desired.catalog, major, &[&live.catalog.ambient]),
            World::new(&live.catalog, major, &[]),
        );
        let options = trueup_diff::Options::default();
        let mut comparison = trueup_diff::compare_with(
            &desired.catalog,
            &live.catalog,
            &settler,
            &options,
            &Answers::default(),
        );
        drop(settler);
        let options = trueup_repair::Options::default();
        trueup_repair::assess_for(&desired.catalog, &live.catalog, &mut comparison, &options);
        let plan = trueup_repair::plan(&desired.catalog, &live.catalog, &comparison, &options);
        let advice = desired.diagnostics.into_iter().map(|d| Advice {
            span: d.span,
            code: d.code.to_owned(),
            sqlstate: d.sqlstate.map(str::to_owned),
            help: d.help,
        });
        Made {
            comparison,
            plan,
            advice: advice.collect(),
            desired: desired.catalog,
            live: live.catalog,
            desired_place: Place { name: "schema/".into(), server: None },
            live_place: Place {
                name: "shop at db.internal".into(),
                server: Some(Server {
                    host: "db.internal".into(),
                    port: 5432,
                    database: "shop".into(),
                    user: "app".into(),
                    version: "15.18 (Debian 15.18-1)".into(),
                }),
            },
            sources: Sources::from([(desired_file.name, desired_file.text)]),
        }
    }

    pub fn report<'a>(&'a self, gate: Option<&'a Judgement>) -> Report<'a> {
        Report {
            comparison: &self.comparison,
            plan: &self.plan,
            desired: &self.desired,
            live: &self.live,
            desired_place: &self.desired_place,
            live_place: &self.live_place,
            sources: &self.sources,
            advice: &self.advice,
            migrations: None,
            options: &[],
            gate,
            target: None,
            elapsed: Duration::from_millis(41),
            made: UNIX_EPOCH + Duration::from_secs(1_795_235_837),
            version: "0.1.0",
        }
    }

    pub fn html(&self) -> String {
        trueup_report::html(&self.report(None)).unwrap()
    }
}
