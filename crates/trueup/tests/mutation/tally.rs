//! Counts by sort.

use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Default)]
pub struct Tally {
    sorts: BTreeMap<String, Count>,
    wrong: Vec<String>,
}

#[derive(Default)]
struct Count {
    changes: usize,
    found: usize,
    refused: usize,
}

impl Tally {
    /// A change that PostgreSQL refused: other objects depend on what it drops, for one.
    pub fn refused(&mut self, sort: &str) {
        self.sorts.entry(sort.to_owned()).or_default().refused += 1;
    }

    pub fn found(&mut self, sort: &str) {
        let count = self.sorts.entry(sort.to_owned()).or_default();
        count.changes += 1;
        count.found += 1;
    }

    pub fn wrong(&mut self, sort: &str, message: String) {
        self.sorts.entry(sort.to_owned()).or_default().changes += 1;
        self.wrong.push(message);
    }

    pub fn table(&self) -> String {
        let mut text = "sort\tchanges\tfound\trefused by PostgreSQL\n".to_owned();
        let (mut changes, mut found, mut refused) = (0, 0, 0);
        for (sort, count) in &self.sorts {
            writeln!(text, "{sort}\t{}\t{}\t{}", count.changes, count.found, count.refused).unwrap();
            changes += count.changes;
            found += count.found;
            refused += count.refused;
        }
        let sorts = self.sorts.values().filter(|count| count.changes > 0).count();
        writeln!(text, "all {sorts}\t{changes}\t{found}\t{refused}").unwrap();
        text
    }

    /// Fails unless that many sorts and changes were tried and each was found exactly.
    pub fn demand(&self, sorts: usize, changes: usize) {
        let tried = self.sorts.values().filter(|count| count.changes > 0).count();
        let made: usize = self.sorts.values().map(|count| count.changes).sum();
        assert!(
            self.wrong.is_empty(),
            "{} of {made} changes:\n\n{}",
            self.wrong.len(),
            self.wrong.join("\n")
        );
        assert!(tried >= sorts && made >= changes, "only {tried} sorts and {made} changes");
    }
}
