//! Two schemas with a common base: what each object is on either side, as values that shrink, and as SQL.

use crate::table::{self, Table};
use crate::thing::{self, Thing};
use proptest::prelude::*;
use std::fmt;

/// Which schema is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Live,
    Desired,
}

/// On which sides an object is. The further down, the less simple: it shrinks upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Fate {
    /// On neither.
    #[default]
    Never,
    /// The same on both.
    Same,
    /// Live lacks it.
    Missing,
    /// Only live has it.
    Unexpected,
    /// It differs.
    Changed,
}

impl Fate {
    pub fn on(self, side: Side) -> bool {
        match self {
            Fate::Never => false,
            Fate::Same | Fate::Changed => true,
            Fate::Missing => side == Side::Desired,
            Fate::Unexpected => side == Side::Live,
        }
    }

    /// Whether it is written in its other form.
    pub fn other(self, side: Side) -> bool {
        self == Fate::Changed && side == Side::Desired
    }
}

/// Any fate; what live lacks is what repair is about.
pub fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        2 => Just(Fate::Never),
        2 => Just(Fate::Same),
        4 => Just(Fate::Missing),
        1 => Just(Fate::Unexpected),
        1 => Just(Fate::Changed),
    ]
}

/// A fate of an object that is somewhere.
pub fn somewhere() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Same),
        4 => Just(Fate::Missing),
        1 => Just(Fate::Unexpected),
        2 => Just(Fate::Changed),
    ]
}

/// Types and routines that the tables share.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shared {
    pub mood: Fate,
    pub email: Fate,
    pub home: Fate,
    pub span: Fate,
    pub code: Fate,
}

impl Shared {
    fn sql(&self, side: Side) -> Vec<String> {
        let mut sql = Vec::new();
        if self.mood.on(side) {
            let labels =
                if self.mood.other(side) { "'sad', 'so so', 'happy', 'more'" } else { "'sad', 'happy'" };
            sql.push(format!("CREATE TYPE s.mood AS ENUM ({labels})"));
        }
        if self.email.on(side) {
            let default = if self.email.other(side) { " DEFAULT 'a@b'" } else { "" };
            sql.push(format!("CREATE DOMAIN s.email AS text{default} CONSTRAINT has_at CHECK (VALUE ~ '@')"));
        }
        if self.home.on(side) {
            let more = if self.home.other(side) { ", town text" } else { "" };
            sql.push(format!("CREATE TYPE s.home AS (street text, zip varchar(10){more})"));
        }
        if self.span.on(side) {
            sql.push("CREATE TYPE s.span AS RANGE (SUBTYPE = float8)".to_owned());
        }
        if self.code.on(side) {
            let letter = if self.code.other(side) { "b" } else { "a" };
            sql.push(format!(
                "CREATE FUNCTION s.code() RETURNS text LANGUAGE sql IMMUTABLE AS 'select ''{letter}''::text'"
            ));
        }
        sql
    }
}

fn shared() -> impl Strategy<Value = Shared> {
    (fate(), fate(), fate(), fate(), fate()).prop_map(|(mood, email, home, span, code)| Shared {
        mood,
        email,
        home,
        span,
        code,
    })
}

/// What every pair has on both sides.
const BASE: &str = "
CREATE SCHEMA s;
CREATE SEQUENCE s.numbers;
CREATE DOMAIN s.free AS text;
CREATE FUNCTION s.four() RETURNS int LANGUAGE sql IMMUTABLE AS 'select 4';
CREATE FUNCTION s.dice() RETURNS int LANGUAGE sql VOLATILE AS 'select 4';
CREATE FUNCTION s.note() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TABLE s.parent (k int NOT NULL, p text DEFAULT 'p');
INSERT INTO s.parent VALUES (1, 'one'), (2, 'two');
";

/// Two schemas.
#[derive(Clone, Default)]
pub struct Pair {
    pub shared: Shared,
    pub tables: Vec<Table>,
    pub things: Vec<Thing>,
    /// Whether all is allowed at once, rather than after a repair without consent.
    pub at_once: bool,
}

impl Pair {
    /// The statements of one side, for a major version.
    pub fn sql(&self, side: Side, major: u16) -> Vec<String> {
        let mut sql: Vec<String> =
            BASE.split(";\n").map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect();
        sql.extend(self.shared.sql(side));
        let tables = || self.tables.iter().enumerate();
        for (at, table) in tables() {
            sql.extend(table.create(at, self, side, major));
        }
        for (at, table) in tables() {
            sql.extend(table.rest(at, self, side, major));
        }
        for (at, table) in tables() {
            sql.extend(table.references(at, self, side, major));
        }
        for (at, thing) in self.things.iter().enumerate() {
            sql.extend(thing.sql(at, side, major));
        }
        // What is set for objects to come must not touch those above.
        for (at, thing) in self.things.iter().enumerate() {
            sql.extend(thing.last(at, side));
        }
        sql
    }

    /// Rows for live's tables, each by a statement of its own, of which some may be refused.
    pub fn rows(&self, major: u16) -> Vec<String> {
        self.tables.iter().enumerate().flat_map(|(at, table)| table.rows(at, self, major)).collect()
    }

    /// Whether rows may refuse what is desired.
    pub fn may_refuse(&self) -> bool {
        self.tables.iter().any(|table| table.may_refuse(self))
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pair { shared, tables, things, at_once } = self;
        writeln!(f, "Pair at_once: {at_once}, {shared:?}")?;
        tables.iter().try_for_each(|table| writeln!(f, "  {table:?}"))?;
        things.iter().try_for_each(|thing| writeln!(f, "  {thing:?}"))
    }
}

/// Any pair.
pub fn pair() -> impl Strategy<Value = Pair> {
    (
        shared(),
        prop::collection::vec(table::table(), 0..4),
        prop::collection::vec(thing::thing(), 0..6),
        any::<bool>(),
    )
        .prop_map(|(shared, tables, things, at_once)| Pair { shared, tables, things, at_once })
}
