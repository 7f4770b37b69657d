//! Tables of every shape, with keys, indexes, partitions, and what stands on them.

use crate::column::{Column, column};
use crate::pair::{Fate, Pair, Side, fate, somewhere};
use proptest::prelude::*;

/// What sort of table it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Plain,
    Unlogged,
    Child,
    Range,
    List,
    Hash,
}

/// A partition.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    fate: Fate,
    default: bool,
    /// Whether it is partitioned itself.
    nested: bool,
}

/// A key over `k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Primary,
    Unique,
    Deferrable,
    NullsAlike,
}

/// A check over `k`.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    fate: Fate,
    /// Whether rows break it.
    broken: bool,
    not_valid: bool,
    no_inherit: bool,
}

/// An index.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    fate: Fate,
    form: usize,
    column: usize,
    fill: Fate,
    comment: Fate,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    pub shape: Shape,
    pub fate: Fate,
    rows: usize,
    columns: Vec<Column>,
    parts: Vec<Part>,
    key: (Key, Fate),
    checks: Vec<Check>,
    indexes: Vec<Index>,
    /// To which table, by number.
    reference: (usize, Fate),
    view: Fate,
    stored_view: Fate,
    trigger: Fate,
    rule: Fate,
    policy: Fate,
    security: Fate,
    options: Fate,
    statistics: Fate,
    replica: Fate,
    cluster: Fate,
    comment: Fate,
    grant: Fate,
}

/// Any table.
pub fn table() -> impl Strategy<Value = Table> {
    let shape = prop_oneof![
        6 => Just(Shape::Plain),
        1 => Just(Shape::Unlogged),
        1 => Just(Shape::Child),
        2 => Just(Shape::Range),
        1 => Just(Shape::List),
        1 => Just(Shape::Hash),
    ];
    // Mostly on both sides: the rest is about what stands on it.
    let there = prop_oneof![5 => Just(Fate::Same), 2 => Just(Fate::Missing), 1 => Just(Fate::Unexpected)];
    let part = (somewhere(), prop::bool::weighted(0.2), prop::bool::weighted(0.2))
        .prop_map(|(fate, default, nested)| Part { fate, default, nested });
    let key = prop_oneof![
        4 => Just(Key::Primary),
        2 => Just(Key::Unique),
        1 => Just(Key::Deferrable),
        1 => Just(Key::NullsAlike),
    ];
    let check = (fate(), prop::bool::weighted(0.1), prop::bool::weighted(0.2), prop::bool::weighted(0.2))
        .prop_map(|(fate, broken, not_valid, no_inherit)| Check { fate, broken, not_valid, no_inherit });
    let rare = || prop_oneof![6 => Just(Fate::Never), 1 => fate()];
    let index = (somewhere(), 0..FORMS, 0..4_usize, rare(), rare())
        .prop_map(|(fate, form, column, fill, comment)| Index { fate, form, column, fill, comment });
    (
        (shape, there, 0..4_usize, prop::collection::vec(column(), 0..5), prop::collection::vec(part, 0..4)),
        (
            (key, fate()),
            prop::collection::vec(check, 0..3),
            prop::collection::vec(index, 0..3),
            (0..4_usize, fate()),
        ),
        (rare(), rare(), rare(), rare(), rare(), rare()),
        (rare(), rare(), rare(), rare(), rare(), rare()),
    )
        .prop_map(|(what, keys, on_it, settings)| {
            let (shape, fate, rows, columns, parts) = what;
            let (key, checks, indexes, reference) = keys;
            let (view, stored_view, trigger, rule, policy, security) = on_it;
            let (options, statistics, replica, cluster, comment, grant) = settings;
            Table {
                shape,
                fate,
                rows,
                columns,
                parts,
                key,
                checks,
                indexes,
                reference,
                view,
                stored_view,
                trigger,
                rule,
                policy,
                security,
                options,
                statistics,
                replica,
                cluster,
                comment,
                grant,
            }
        })
}

/// How many forms of indexes there are.
const FORMS: usize = 12;

impl Table {
    fn name(at: usize) -> String {
        format!("s.t{at}")
    }

    fn partitioned(&self) -> bool {
        matches!(self.shape, Shape::Range | Shape::List | Shape::Hash)
    }

    pub fn may_refuse(&self, pair: &Pair) -> bool {
        self.checks.iter().any(|check| check.broken) || self.columns.iter().any(|column| column.may_refuse(pair))
            // A row may find no partition on one side, and two may clash where there is no key.
            || self.key.1 == Fate::Missing
            || self.reference.1 == Fate::Missing
    }

    fn columns(&self, pair: &Pair, side: Side) -> impl Iterator<Item = (String, &Column)> {
        self.columns
            .iter()
            .enumerate()
            .filter(move |(_, c)| c.on(pair, side))
            .map(|(n, c)| (format!("c{n}"), c))
    }

    /// The table with its columns and partitions.
    pub fn create(&self, at: usize, pair: &Pair, side: Side, major: u16) -> Vec<String> {
        if !self.fate.on(side) {
            return Vec::new();
        }
        let name = Self::name(at);
        let mut items = vec![
            format!("k int{}", if self.shape == Shape::Child { "" } else { " NOT NULL" }),
            "f int".to_owned(),
        ];
        items.extend(self.columns(pair, side).map(|(name, c)| c.define(&name, pair, side, major)));
        let unlogged = if self.shape == Shape::Unlogged { "UNLOGGED " } else { "" };
        let after = match self.shape {
            Shape::Plain | Shape::Unlogged => "",
            Shape::Child => " INHERITS (s.parent)",
            Shape::Range => " PARTITION BY RANGE (k)",
            Shape::List => " PARTITION BY LIST (k)",
            Shape::Hash => " PARTITION BY HASH (k)",
        };
        let mut sql = vec![format!("CREATE {unlogged}TABLE {name} ({}){after}", items.join(", "))];
        if self.partitioned() {
            let default = self.parts.iter().position(|part| part.default && self.shape != Shape::Hash);
            for (n, part) in self.parts.iter().enumerate().filter(|(_, part)| part.fate.on(side)) {
                let bound = match self.shape {
                    _ if default == Some(n) => "DEFAULT".to_owned(),
                    Shape::Range => {
                        let end = if part.fate.other(side) { 8 } else { 10 };
                        format!("FOR VALUES FROM ({}) TO ({})", n * 10, n * 10 + end)
                    }
                    Shape::List => format!("FOR VALUES IN ({}, {})", n * 10 + 1, n * 10 + 2),
                    Shape::Hash => format!("FOR VALUES WITH (MODULUS 4, REMAINDER {n})"),
                    Shape::Plain | Shape::Unlogged | Shape::Child => continue,
                };
                let by = if part.nested { " PARTITION BY LIST (k)" } else { "" };
                sql.push(format!("CREATE TABLE {name}_p{n} PARTITION OF {name} {bound}{by}"));
                if part.nested {
                    sql.push(format!("CREATE TABLE {name}_p{n}_rest PARTITION OF {name}_p{n} DEFAULT"));
                }
            }
        }
        for (column, c) in self.columns(pair, side) {
            sql.extend(c.settings(&name, &column, side, major));
        }
        sql
    }

    fn key_name(at: usize) -> String {
        format!("t{at}_key")
    }

    /// The table's key, if the side has it.
    fn key(&self, side: Side) -> Option<Key> {
        (self.fate.on(side) && self.key.1.on(side)).then(|| {
            if !self.key.1.other(side) {
                return self.key.0;
            }
            match self.key.0 {
                Key::Unique => Key::Primary,
                Key::Primary | Key::Deferrable | Key::NullsAlike => Key::Unique,
            }
        })
    }

    /// Keys, checks, indexes, and what stands on the table.
    pub fn rest(&self, at: usize, pair: &Pair, side: Side, major: u16) -> Vec<String> {
        if !self.fate.on(side) {
            return Vec::new();
        }
        let table = Self::name(at);
        let mut sql = Vec::new();
        if let Some(key) = self.key(side) {
            let form = match key {
                Key::Primary => "PRIMARY KEY (k)",
                Key::Unique => "UNIQUE (k)",
                Key::NullsAlike if major >= 15 => "UNIQUE NULLS NOT DISTINCT (k)",
                Key::NullsAlike => "UNIQUE (k)",
                Key::Deferrable => "UNIQUE (k) DEFERRABLE INITIALLY DEFERRED",
            };
            sql.push(format!("ALTER TABLE {table} ADD CONSTRAINT {} {form}", Self::key_name(at)));
        }
        for (n, check) in self.checks.iter().enumerate().filter(|(_, check)| check.fate.on(side)) {
            let form = match (check.broken, check.fate.other(side)) {
                (true, _) => "k < 0",
                (false, true) => "k > -2",
                (false, false) => "k > -1",
            };
            let inherit = if check.no_inherit && !self.partitioned() { " NO INHERIT" } else { "" };
            // Live's rows would refuse it otherwise.
            let not_valid = check.not_valid || (check.broken && side == Side::Live);
            let not_valid = if not_valid { " NOT VALID" } else { "" };
            sql.push(format!(
                "ALTER TABLE {table} ADD CONSTRAINT t{at}_check{n} CHECK ({form}){inherit}{not_valid}"
            ));
        }
        for (n, index) in self.indexes.iter().enumerate() {
            sql.extend(self.index(at, n, index, pair, side, major));
        }
        sql.extend(self.on_it(at, side));
        sql
    }

    fn index(&self, at: usize, n: usize, index: &Index, pair: &Pair, side: Side, major: u16) -> Vec<String> {
        if !index.fate.on(side) {
            return Vec::new();
        }
        let table = Self::name(at);
        let name = format!("t{at}_i{n}");
        let mut columns: Vec<_> = self.columns(pair, side).collect();
        columns.retain(|(_, c)| c.is_ordered(side) && !(major >= 18 && c.is_virtual()));
        // The same column on both sides, or none.
        let wanted = format!("c{}", index.column);
        let found = columns.iter().find(|(name, _)| *name == wanted);
        let column = found.map_or("k", |(name, _)| name.as_str());
        let text = found.is_some_and(|(_, c)| c.is_text(side));
        let whole = self.partitioned();
        let (unique, rest, tail) = match index.form {
            0 => ("", format!("({column})"), ""),
            1 => ("UNIQUE ", format!("(k, {column})"), ""),
            2 => ("", "((k + 1))".to_owned(), ""),
            3 => ("", format!("({column})"), " WHERE k > 1"),
            4 => ("", "USING hash (k)".to_owned(), ""),
            5 => ("", format!("(k) INCLUDE ({column})"), ""),
            6 => ("", "USING brin (k)".to_owned(), ""),
            7 => ("", format!("({column} DESC NULLS LAST, k)"), ""),
            8 if text => ("", format!("({column} text_pattern_ops)"), ""),
            9 if !whole => ("UNIQUE ", "((k % 1000))".to_owned(), ""),
            10 if major >= 15 => ("UNIQUE ", "(k) NULLS NOT DISTINCT".to_owned(), ""),
            11 if !whole => ("UNIQUE ", "(k, f)".to_owned(), " WHERE f IS NOT NULL"),
            _ => ("", "(k, f)".to_owned(), ""),
        };
        let tail = if index.fate.other(side) { " WHERE k > 3" } else { tail };
        if !unique.is_empty() && index.fate.other(side) && whole {
            return Vec::new();
        }
        let fill = match index.form {
            4 | 6 => "",
            _ if !index.fill.on(side) => "",
            _ if index.fill.other(side) => " WITH (fillfactor = 60)",
            _ => " WITH (fillfactor = 70)",
        };
        let mut sql = vec![format!("CREATE {unique}INDEX {name} ON {table} {rest}{fill}{tail}")];
        if index.comment.on(side) {
            sql.push(format!("COMMENT ON INDEX s.{name} IS 'i'"));
        }
        if index.form == 2 {
            sql.push(format!("ALTER INDEX s.{name} ALTER COLUMN 1 SET STATISTICS 200"));
        }
        sql
    }

    fn on_it(&self, at: usize, side: Side) -> Vec<String> {
        let table = Self::name(at);
        let mut sql = Vec::new();
        let mut add = |fate: Fate, one: String, other: String| {
            if fate.on(side) {
                sql.push(if fate.other(side) { other } else { one });
            }
        };
        let view = format!("CREATE VIEW s.v{at} AS SELECT k FROM {table}");
        add(self.view, view, format!("CREATE VIEW s.v{at} AS SELECT k, k + 1 AS more FROM {table}"));
        let stored = format!("CREATE MATERIALIZED VIEW s.m{at} AS SELECT k FROM {table}");
        add(
            self.stored_view,
            stored,
            format!("CREATE MATERIALIZED VIEW s.m{at} AS SELECT k + 1 AS k FROM {table}"),
        );
        let trigger = |when: &str| {
            format!("CREATE TRIGGER note {when} ON {table} FOR EACH ROW EXECUTE FUNCTION s.note()")
        };
        add(self.trigger, trigger("AFTER INSERT OR UPDATE OF f"), trigger("AFTER DELETE"));
        let rule = |what: &str| format!("CREATE RULE r AS ON DELETE TO {table} WHERE old.k > 5 {what}");
        add(self.rule, rule("DO INSTEAD NOTHING"), rule("DO ALSO NOTHING"));
        let policy =
            |using: &str| format!("CREATE POLICY own ON {table} FOR SELECT TO trueup_reader USING ({using})");
        add(self.policy, policy("k > 0"), policy("k > 1"));
        if self.security != Fate::Changed {
            add(self.security, format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"), String::new());
        }
        if !self.partitioned() {
            let set = |value: &str| format!("ALTER TABLE {table} SET ({value})");
            add(self.options, set("fillfactor = 70, autovacuum_enabled = false"), set("fillfactor = 80"));
        }
        let statistics = |what: &str| format!("CREATE STATISTICS s.st{at} ({what}) ON k, f FROM {table}");
        add(self.statistics, statistics("ndistinct"), statistics("ndistinct, dependencies"));
        add(
            self.replica,
            format!("ALTER TABLE {table} REPLICA IDENTITY FULL"),
            format!("ALTER TABLE {table} REPLICA IDENTITY NOTHING"),
        );
        add(
            self.comment,
            format!("COMMENT ON TABLE {table} IS 'it''s'"),
            format!("COMMENT ON TABLE {table} IS 'other'"),
        );
        add(
            self.grant,
            format!("GRANT SELECT, INSERT (f) ON {table} TO trueup_reader"),
            format!("GRANT SELECT, UPDATE ON {table} TO trueup_reader"),
        );
        if !self.partitioned() && self.key(side).is_some() {
            let cluster = format!("ALTER TABLE {table} CLUSTER ON {}", Self::key_name(at));
            add(self.cluster, cluster.clone(), cluster);
        }
        sql
    }

    /// Foreign keys, once all tables are there.
    pub fn references(&self, at: usize, pair: &Pair, side: Side, _major: u16) -> Vec<String> {
        let (to, fate) = self.reference;
        let Some(referenced) = pair.tables.get(to) else { return Vec::new() };
        // One that is deferrable can't be referred to.
        let there = referenced.key(side).is_some_and(|key| key != Key::Deferrable);
        if !(self.fate.on(side) && fate.on(side) && there)
            || self.shape != Shape::Unlogged && referenced.shape == Shape::Unlogged
        {
            return Vec::new();
        }
        let action = if fate.other(side) { "ON DELETE CASCADE" } else { "ON UPDATE CASCADE DEFERRABLE" };
        vec![format!(
            "ALTER TABLE {} ADD CONSTRAINT t{at}_f FOREIGN KEY (f) REFERENCES {} (k) {action}",
            Self::name(at),
            Self::name(to)
        )]
    }

    /// Rows of live.
    pub fn rows(&self, at: usize, pair: &Pair, _major: u16) -> Vec<String> {
        if !self.fate.on(Side::Live) {
            return Vec::new();
        }
        (0..self.rows)
            .map(|row| {
                let (mut names, mut values) = (vec!["k".to_owned()], vec![(row * 7 + 1).to_string()]);
                for (name, column) in self.columns(pair, Side::Live) {
                    if let Some(value) = column.value(row) {
                        names.push(name);
                        values.push(value);
                    }
                }
                format!(
                    "INSERT INTO {} ({}) VALUES ({})",
                    Self::name(at),
                    names.join(", "),
                    values.join(", ")
                )
            })
            .collect()
    }
}
