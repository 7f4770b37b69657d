//! Derives the changes from the catalogs of a database.

use std::collections::{BTreeMap, BTreeSet};
use tokio::task::yield_now;
use trueup_testkit::{TestDatabase, block_on};

const VIEWS: &str = include_str!("sorts/views.sql");
const SORTS: &[&str] = &[
    include_str!("sorts/table.sql"),
    include_str!("sorts/column.sql"),
    include_str!("sorts/constraint.sql"),
    include_str!("sorts/index.sql"),
    include_str!("sorts/code.sql"),
    include_str!("sorts/other.sql"),
];

/// One change, and what must be found.
#[derive(Clone, Debug)]
pub struct Mutation {
    pub sort: String,
    /// What it is made to: a group has no two with the same. `*` goes with nothing else.
    pub anchor: String,
    pub sql: String,
    pub expected: Vec<Finding>,
}

/// A finding, as far as a test can know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub code: String,
    pub what: String,
    pub kind: String,
    pub schema: String,
    pub relation: String,
    pub name: String,
    /// Those that changed, sorted.
    pub attributes: Vec<String>,
}

/// At most `cap` changes of each sort, always the same ones.
pub fn mutations(database: &TestDatabase<'_>, cap: usize) -> Vec<Mutation> {
    let major = database.server().major();
    block_on(async {
        let client = database.connect().await.unwrap();
        client.batch_execute(VIEWS).await.unwrap();
        let mut all = Vec::new();
        for (sort, query) in sorts(major) {
            let sql = format!(
                "SELECT * FROM ({query}) q (anchor, sql, code, what, kind, schema, relation, name, attribute)
                 WHERE sql IS NOT NULL ORDER BY md5(sql), sql, code, what"
            );
            let rows =
                client.simple_query(&sql).await.unwrap_or_else(|error| panic!("sort `{sort}`: {error:?}"));
            let mut of_sort: Vec<Mutation> = Vec::new();
            for message in rows {
                let tokio_postgres::SimpleQueryMessage::Row(row) = message else { continue };
                let text = |i: usize| row.get(i).unwrap_or_default().to_owned();
                let mut attributes: Vec<String> =
                    text(8).split(',').filter(|a| !a.is_empty()).map(str::to_owned).collect();
                attributes.sort();
                let finding = Finding {
                    code: text(2),
                    what: text(3),
                    kind: text(4),
                    schema: text(5),
                    relation: text(6),
                    name: text(7),
                    attributes,
                };
                if let Some(last) = of_sort.last_mut()
                    && last.sql == text(1)
                {
                    last.expected.push(finding);
                    continue;
                }
                if of_sort.len() == cap {
                    break;
                }
                of_sort.push(Mutation {
                    sort: sort.clone(),
                    anchor: text(0),
                    sql: text(1),
                    expected: vec![finding],
                });
            }
            all.extend(of_sort);
        }
        drop(client);
        yield_now().await;
        all
    })
    .unwrap()
}

/// Every sort that the version knows: its name and query.
fn sorts(major: u16) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    SORTS
        .iter()
        .flat_map(|text| text.split("-- sort ").skip(1))
        .filter_map(|part| {
            let (name, mut query) = part.split_once('\n').unwrap();
            assert!(seen.insert(name.to_owned()), "two sorts are called {name}");
            if let Some(rest) = query.strip_prefix("-- from ") {
                let (from, rest) = rest.split_once('\n').unwrap();
                if major < from.trim().parse::<u16>().unwrap() {
                    return None;
                }
                query = rest;
            }
            Some((name.to_owned(), query.to_owned()))
        })
        .collect()
}

/// Groups of changes to different things.
pub fn groups(mutations: Vec<Mutation>) -> Vec<Vec<Mutation>> {
    const LARGEST: usize = 40;
    let mut groups: Vec<(BTreeSet<String>, Vec<Mutation>)> = Vec::new();
    let mut alone = Vec::new();
    // The next group to try for each anchor, so that grouping stays linear.
    let mut next: BTreeMap<String, usize> = BTreeMap::new();
    for mutation in mutations {
        if mutation.anchor == "*" {
            alone.push(vec![mutation]);
            continue;
        }
        let from = next.get(&mutation.anchor).copied().unwrap_or(0);
        let at = (from..groups.len()).find(|i| groups[*i].1.len() < LARGEST).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push((BTreeSet::new(), Vec::new()));
        }
        next.insert(mutation.anchor.clone(), at + 1);
        assert!(groups[at].0.insert(mutation.anchor.clone()));
        groups[at].1.push(mutation);
    }
    groups.into_iter().map(|(_, group)| group).chain(alone).collect()
}
