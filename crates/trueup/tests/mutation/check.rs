//! Makes changes to a copy, and holds what is found against what must be.

use crate::derive::{Finding, Mutation};
use crate::tally::Tally;
use std::collections::BTreeSet;
use std::path::PathBuf;
use trueup_catalog::Catalog;
use trueup_diff::{Code, Comparison, Options, Policy, What, compare};
use trueup_introspect::{ConnectConfig, Environment, ReadOptions, connect, read_pg_catalog};
use trueup_parser::{Options as ParseOptions, SourceFile, parse};
use trueup_settle::{Settler, World};
use trueup_testkit::{TestDatabase, block_on};

/// A database to be changed, as both ways of reading see it.
pub struct Subject<'a> {
    database: &'a TestDatabase<'a>,
    name: String,
    /// Read from the database.
    read: Catalog,
    /// Read from its SQL.
    parsed: Catalog,
    /// What is found and undecided before any change, from the SQL.
    before: (Vec<Finding>, BTreeSet<String>),
    undecided: BTreeSet<String>,
    /// Whether its SQL says who owns what, as a dump does.
    states_owners: bool,
}

impl<'a> Subject<'a> {
    pub fn new(database: &'a TestDatabase<'a>, name: &str, files: &[PathBuf]) -> Self {
        let read = read(database);
        let sources: Vec<SourceFile> = files
            .iter()
            .map(|file| SourceFile {
                name: file.display().to_string().into(),
                text: String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned().into(),
            })
            .collect();
        let version = u32::from(database.server().major()) * 10_000;
        let parsed =
            parse(&sources, &ParseOptions { server_version: version, ambient: Some(&read.ambient) }).catalog;
        let before = outcome(&compared(&parsed, &read, Policy::Strict));
        if !before.0.is_empty() {
            eprintln!("{name}: {} findings before any change, from its SQL: {:#?}", before.0.len(), before.0);
        }
        let (findings, undecided) = outcome(&compared(&read, &read, Policy::Stated));
        assert_eq!(findings, [], "{name} differs from itself");
        let states_owners = sources.iter().any(|source| source.text.contains(" OWNER TO "));
        Self { database, name: name.to_owned(), read, parsed, before, undecided, states_owners }
    }

    /// Makes the changes of a group to a copy and looks for them.
    pub fn check(&self, group: &[Mutation], tally: &mut Tally) {
        let copy = self.database.copy().unwrap();
        let made: Vec<bool> = block_on(async {
            let client = copy.connect().await.unwrap();
            client.batch_execute("BEGIN").await.unwrap();
            let mut made = Vec::new();
            for mutation in group {
                client.batch_execute("SAVEPOINT mutation").await.unwrap();
                let done = client.batch_execute(&mutation.sql).await;
                if let Err(error) = &done {
                    let code = error.code().unwrap_or_else(|| panic!("{}: {error}", mutation.sql));
                    assert!(
                        !["42601", "42P01", "42703"].contains(&code.code()),
                        "sort `{}`: {}: {error:?}",
                        mutation.sort,
                        mutation.sql
                    );
                    client.batch_execute("ROLLBACK TO mutation").await.unwrap();
                }
                made.push(done.is_ok());
            }
            client.batch_execute("COMMIT").await.unwrap();
            made
        })
        .unwrap();
        let done: Vec<Mutation> = group
            .iter()
            .zip(&made)
            .filter(|(_, made)| **made)
            .map(|(mutation, _)| mutation.clone())
            .collect();
        let refused: Vec<Mutation> = group
            .iter()
            .zip(&made)
            .filter(|(_, made)| !**made)
            .map(|(mutation, _)| mutation.clone())
            .collect();
        if done.is_empty() {
            refused.iter().for_each(|mutation| tally.refused(&mutation.sort));
            return;
        }
        // Perhaps only because of another change of the group.
        if !refused.is_empty() {
            self.check(&refused, tally);
        }
        let wrong = self.wrong(&done, &read(&copy));
        drop(copy);
        if wrong.is_empty() {
            done.iter().for_each(|mutation| tally.found(&mutation.sort));
        } else if let [only] = done.as_slice() {
            tally.wrong(
                &only.sort,
                format!("{}, sort `{}`: {}\n{}", self.name, only.sort, only.sql, wrong.join("\n")),
            );
        } else {
            let (left, right) = done.split_at(done.len() / 2);
            self.check(left, tally);
            self.check(right, tally);
        }
    }

    /// What is found too much or too little, each of the three ways.
    fn wrong(&self, made: &[Mutation], live: &Catalog) -> Vec<String> {
        let expected: Vec<Finding> = made.iter().flat_map(|mutation| mutation.expected.clone()).collect();
        let swapped: Vec<Finding> = expected.iter().map(swap).collect();
        let mut stated = expected.clone();
        // A dump says so of all but the schema that is there from the beginning.
        stated.retain(|finding| {
            finding.code != "D271"
                || (self.states_owners && (finding.kind != "schema" || finding.name != "public"))
        });
        self.before.0.iter().for_each(|before| add_earlier(&mut stated, before));
        let mut wrong = Vec::new();
        let mut hold =
            |way: &str, comparison: &Comparison, expected: &[Finding], before: &BTreeSet<String>| {
                let (found, undecided) = outcome(comparison);
                let mut expected: Vec<Finding> = expected.to_vec();
                expected.sort();
                let less = |these: &[Finding], others: &[Finding]| -> Vec<Finding> {
                    let mut left = others.to_vec();
                    let mut more = Vec::new();
                    for finding in these {
                        match left.iter().position(|other| other == finding) {
                            Some(at) => drop(left.swap_remove(at)),
                            None => more.push(finding.clone()),
                        }
                    }
                    more
                };
                for finding in less(&expected, &found) {
                    wrong.push(format!("  {way}: missed {finding:?}"));
                }
                for finding in less(&found, &expected) {
                    wrong.push(format!("  {way}: extra {finding:?}"));
                }
                for what in undecided.difference(before) {
                    wrong.push(format!("  {way}: undecided {what}"));
                }
            };
        hold("database", &compared(&self.read, live, Policy::Stated), &expected, &self.undecided);
        hold("swapped", &compared(live, &self.read, Policy::Stated), &swapped, &self.undecided);
        hold("sql", &compared(&self.parsed, live, Policy::Strict), &stated, &self.before.1);
        wrong
    }
}

/// Adds what was found before any change: under one code it is one finding with what is changed, and it is gone with what
/// is dropped.
fn add_earlier(expected: &mut Vec<Finding>, before: &Finding) {
    let dropped = expected.iter().any(|finding| {
        let it = (&finding.kind, &finding.relation, &finding.name)
            == (&before.kind, &before.relation, &before.name);
        finding.what == "missing"
            && finding.schema == before.schema
            && (it || finding.name == before.relation)
    });
    let same = expected.iter_mut().find(|finding| {
        let of = |f: &Finding| {
            (
                f.code.clone(),
                f.what.clone(),
                f.kind.clone(),
                f.schema.clone(),
                f.relation.clone(),
                f.name.clone(),
            )
        };
        of(finding) == of(before)
    });
    match same {
        _ if dropped => {}
        Some(finding) => {
            finding.attributes.extend(before.attributes.iter().cloned());
            finding.attributes.sort();
            finding.attributes.dedup();
        }
        None => expected.push(before.clone()),
    }
}

fn swap(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    let (code, what) = match finding.what.as_str() {
        "missing" => ("D102", "unexpected"),
        "unexpected" => ("D101", "missing"),
        _ => return finding,
    };
    finding.code = code.to_owned();
    finding.what = what.to_owned();
    finding
}

fn read(database: &TestDatabase<'_>) -> Catalog {
    let url = database.url();
    block_on(async {
        let config = ConnectConfig::parse(&url, &Environment::process()).unwrap();
        let connected = connect(&config).await.unwrap();
        read_pg_catalog(&connected, &ReadOptions::default()).await.unwrap()
    })
    .unwrap()
}

fn compared(desired: &Catalog, live: &Catalog, privileges: Policy) -> Comparison {
    let world = |catalog| World::new(catalog, live.major_version().unwrap(), &[]);
    let settler = Settler::new(world(desired), world(live));
    let all_schemas = privileges == Policy::Stated;
    compare(desired, live, &settler, &Options { privileges, all_schemas, ..Options::default() })
}

/// Findings in order, and what could not be told.
fn outcome(comparison: &Comparison) -> (Vec<Finding>, BTreeSet<String>) {
    let mut found: Vec<Finding> = comparison
        .drift
        .iter()
        .map(|drift| {
            let mut attributes: Vec<String> = drift.changes.iter().map(|c| c.attribute.clone()).collect();
            attributes.sort();
            attributes.dedup();
            let text =
                |name: Option<&trueup_catalog::Name>| name.map(|n| n.as_str().to_owned()).unwrap_or_default();
            let mut name = drift.key.name().as_str().to_owned();
            if drift.code == Code::D103
                && let Some(change) = drift.changes.first()
            {
                // The name that the schema had before, whichever side that is.
                let names = [&change.desired, &change.live].map(|n| n.clone().unwrap_or_default());
                name = names.into_iter().find(|n| !n.starts_with("mutant_name")).unwrap_or(name);
                name = name.trim_matches('"').replace("\"\"", "\"");
            }
            Finding {
                code: drift.code.number().to_owned(),
                what: match drift.what {
                    What::Missing => "missing",
                    What::Unexpected => "unexpected",
                    What::Changed => "changed",
                }
                .to_owned(),
                kind: drift.key.kind.word().to_owned(),
                schema: text(drift.key.schema()),
                relation: text(drift.key.relation().map(|r| &r.name)),
                name,
                attributes,
            }
        })
        .collect();
    found.extend(comparison.set_aside.iter().map(|aside| Finding {
        code: "D102".to_owned(),
        what: "unexpected".to_owned(),
        kind: "table".to_owned(),
        schema: aside.key.schema().map(|s| s.as_str().to_owned()).unwrap_or_default(),
        relation: String::new(),
        name: aside.key.name().as_str().to_owned(),
        attributes: Vec::new(),
    }));
    found.extend(comparison.out_of_scope.iter().map(|(schema, _)| Finding {
        code: "D102".to_owned(),
        what: "unexpected".to_owned(),
        kind: "schema".to_owned(),
        schema: schema.as_str().to_owned(),
        relation: String::new(),
        name: schema.as_str().to_owned(),
        attributes: Vec::new(),
    }));
    found.sort();
    let undecided = comparison
        .undecided
        .iter()
        .filter(|u| u.code == Code::U103)
        .map(|u| format!("{}: {}", u.what, u.reason))
        .collect();
    (found, undecided)
}
