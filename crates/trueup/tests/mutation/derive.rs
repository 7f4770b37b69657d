//! Derives the changes from the catalogs of a database.

use crate::Choice;
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
    include_str!("sorts/kinds.sql"),
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

/// At most `cap` changes of each chosen sort, always the same ones.
pub fn mutations(database: &TestDatabase<'_>, choice: Choice) -> Vec<Mutation> {
    let major = database.server().major();
    block_on(async {
        let client = database.connect().await.unwrap();
        client.batch_execute(VIEWS).await.unwrap();
        let mut all = Vec::new();
        for (sort, query) in sorts(major).into_iter().skip(choice.every.1).step_by(choice.every.0) {
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
                if of_sort.len() == choice.cap {
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

/// Groups of changes that have nothing to do with each other. Dropping something stands in the way of every other change to
/// what it belongs to; the rest only of changes to the same object.
pub fn groups(mutations: Vec<Mutation>) -> Vec<Vec<Mutation>> {
    const LARGEST: usize = 60;
    #[derive(Default)]
    struct Group {
        /// The objects that are changed, by anchor; `None` where one is dropped.
        taken: BTreeMap<String, Option<BTreeSet<String>>>,
        mutations: Vec<Mutation>,
    }
    let mut groups: Vec<Group> = Vec::new();
    for mutation in mutations {
        let drops = mutation.expected.iter().any(|finding| finding.what == "missing");
        let objects: BTreeSet<String> =
            mutation.expected.iter().map(|finding| format!("{} {}", finding.kind, finding.name)).collect();
        let fits = |group: &Group| {
            let alone = mutation.anchor == "*" || group.taken.contains_key("*");
            !alone
                && group.mutations.len() < LARGEST
                && group.taken.get(&mutation.anchor).is_none_or(|taken| {
                    !drops && taken.as_ref().is_some_and(|taken| taken.is_disjoint(&objects))
                })
        };
        let at = groups.iter().position(fits).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push(Group::default());
        }
        let group = &mut groups[at];
        let taken = group.taken.entry(mutation.anchor.clone()).or_insert_with(|| Some(BTreeSet::new()));
        match taken {
            Some(taken) if !drops => taken.extend(objects),
            _ => *taken = None,
        }
        group.mutations.push(mutation);
    }
    groups.into_iter().map(|group| group.mutations).collect()
}
