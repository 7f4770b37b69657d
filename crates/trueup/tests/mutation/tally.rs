//! Counts by sort and by database.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

#[derive(Default)]
pub struct Tally {
    sorts: BTreeMap<String, Count>,
    databases: Vec<Database>,
    wrong: Vec<String>,
}

#[derive(Default)]
struct Count {
    changes: usize,
    found: usize,
    refused: usize,
}

struct Database {
    name: String,
    version: u16,
    changes: usize,
    sorts: usize,
    exact: usize,
    took: Duration,
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

    /// Closes the tally of one database.
    pub fn took(&mut self, name: &str, version: u16, took: Duration) {
        let (sorts, changes, exact) = (self.tried(), self.changes(), self.changes() - self.wrong.len());
        eprintln!(
            "{name} on {version}: {exact} of {changes} changes of {sorts} sorts, {} ms",
            took.as_millis()
        );
        self.databases.push(Database { name: name.to_owned(), version, changes, sorts, exact, took });
    }

    pub fn add(&mut self, other: Tally) {
        for (sort, count) in other.sorts {
            let all = self.sorts.entry(sort).or_default();
            all.changes += count.changes;
            all.found += count.found;
            all.refused += count.refused;
        }
        self.databases.extend(other.databases);
        self.wrong.extend(other.wrong);
    }

    /// How many sorts have a change.
    fn tried(&self) -> usize {
        self.sorts.values().filter(|count| count.changes > 0).count()
    }

    fn changes(&self) -> usize {
        self.sorts.values().map(|count| count.changes).sum()
    }

    /// A line for each sort.
    pub fn table(&self) -> String {
        let mut text = "sort\tchanges\texact\trefused by PostgreSQL\n".to_owned();
        for (sort, count) in &self.sorts {
            writeln!(text, "{sort}\t{}\t{}\t{}", count.changes, count.found, count.refused).unwrap();
        }
        let (found, refused): (Vec<_>, Vec<_>) = self.sorts.values().map(|c| (c.found, c.refused)).unzip();
        let (found, refused): (usize, usize) = (found.iter().sum(), refused.iter().sum());
        writeln!(text, "all {}\t{}\t{found}\t{refused}", self.tried(), self.changes()).unwrap();
        text
    }

    /// A line for each database, in the place of its line in `earlier`, and one for all: `fixtures/mutation-results.tsv`. Its
    /// sorts are those of the database with the most, the fixture.
    pub fn results(&self, earlier: &str) -> String {
        let mut lines: BTreeMap<(String, u16), [f64; 4]> = BTreeMap::new();
        for line in earlier.lines().skip(1).filter(|line| !line.starts_with("all\t")) {
            let fields: Vec<&str> = line.split('\t').collect();
            let number = |i: usize| fields[i].parse::<f64>().unwrap();
            let key = (fields[0].to_owned(), fields[1].parse().unwrap());
            lines.insert(key, [number(2), number(3), number(4), number(5)]);
        }
        for Database { name, version, changes, sorts, exact, took } in &self.databases {
            let count = |n: usize| f64::from(u32::try_from(n).unwrap());
            let numbers = [count(*changes), count(*sorts), count(*exact), took.as_secs_f64()];
            lines.insert((name.clone(), *version), numbers);
        }
        let mut text = "database\tversion\tchanges\tsorts\texact\tseconds\n".to_owned();
        let mut all = [0.0_f64; 4];
        for ((name, version), [changes, sorts, exact, seconds]) in lines {
            writeln!(text, "{name}\t{version}\t{changes}\t{sorts}\t{exact}\t{seconds:.1}").unwrap();
            all = [all[0] + changes, all[1].max(sorts), all[2] + exact, all[3] + seconds];
        }
        let [changes, sorts, exact, seconds] = all;
        writeln!(text, "all\t\t{changes}\t{sorts}\t{exact}\t{seconds:.1}").unwrap();
        text
    }

    /// Fails unless that many sorts and changes were tried and each was found exactly.
    pub fn demand(&self, sorts: usize, changes: usize) {
        let (tried, made) = (self.tried(), self.changes());
        assert!(
            self.wrong.is_empty(),
            "{} of {made} changes:\n\n{}",
            self.wrong.len(),
            self.wrong.join("\n")
        );
        assert!(tried >= sorts && made >= changes, "only {tried} sorts and {made} changes");
    }
}
