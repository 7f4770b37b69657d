//! Columns of many types, with all that a column may have.

use crate::pair::{Fate, Pair, Side, fate, somewhere};
use proptest::prelude::*;

/// A type, and what is in its columns.
struct Type {
    name: &'static str,
    /// What it may be on the desired side instead.
    other: &'static str,
    /// The value of row `{r}`.
    value: &'static str,
    /// Defaults: constants first.
    defaults: &'static [&'static str],
    /// Whether a btree index takes it.
    ordered: bool,
}

const fn t(
    name: &'static str,
    other: &'static str,
    value: &'static str,
    defaults: &'static [&'static str],
    ordered: bool,
) -> Type {
    Type { name, other, value, defaults, ordered }
}

const TYPES: &[Type] = &[
    t("int", "bigint", "{r}", &["1", "2", "s.four()", "nextval('s.numbers')", "s.dice()"], true),
    t("text", "varchar", "'t' || {r}", &["'x'", "'y'", "upper('z')"], true),
    t("varchar(10)", "varchar(20)", "'v' || {r}", &["'x'", "'y'"], true),
    t("varchar(30)", "text", "'w' || {r}", &["'x'", "'y'"], true),
    t("bigint", "numeric", "{r}", &["1", "2"], true),
    t("numeric(10, 2)", "numeric(12, 2)", "{r} + 0.5", &["0.5", "1.5"], true),
    t("boolean", "boolean", "{r} > 1", &["true", "false"], true),
    t(
        "timestamptz",
        "timestamptz",
        "'2024-01-01 00:00+00'::timestamptz",
        &["'2024-01-01 00:00+00'", "now()", "clock_timestamp()"],
        true,
    ),
    t("timestamp(3)", "timestamp(6)", "'2024-01-01'::timestamp", &["'2024-01-01'", "LOCALTIMESTAMP"], true),
    t("date", "timestamp", "'2024-01-01'::date + {r}", &["'2024-01-01'", "CURRENT_DATE"], true),
    t(
        "uuid",
        "text",
        "md5({r}::text)::uuid",
        &["'00000000-0000-0000-0000-000000000000'", "gen_random_uuid()"],
        true,
    ),
    t("jsonb", "json", "jsonb_build_object('r', {r})", &["'{}'", "'[]'"], true),
    t("text[]", "text[]", "ARRAY['a' || {r}]", &["'{}'", "ARRAY['x', 'y']"], true),
    t("int4range", "int4range", "int4range({r} * 10, {r} * 10 + 5)", &["'empty'"], true),
    t("bytea", "bytea", "'\\x00'::bytea", &["'\\x01'"], true),
    t("inet", "text", "'10.0.0.1'::inet + {r}", &["'127.0.0.1'"], true),
    t("interval", "interval", "{r} * interval '1 day'", &["'1 day'", "interval '2' hour"], true),
    t("char(3)", "char(4)", "'abc'", &["'x'"], true),
    t("varbit(8)", "varbit(16)", "B'101'", &["B'1'"], true),
    t("point", "point", "point({r}, {r})", &["'(1,2)'"], false),
    t("real", "double precision", "{r}", &["0.5", "random()"], true),
    t("s.free", "text", "'f' || {r}", &["'x'", "'y'::s.free"], true),
    t("s.mood", "text", "'sad'::s.mood", &["'sad'", "'happy'::s.mood"], true),
    t("s.email", "text", "'a@b' || {r}", &["'x@y'"], true),
    t("s.home", "text", "ROW('a', {r})::s.home", &["NULL::s.home"], true),
    t("s.span", "text", "s.span({r}, {r} + 1)", &["'empty'"], true),
    t("text", "text", "'c' || {r}", &["s.code()", "s.code() || 'x'"], true),
];

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    kind: usize,
    pub fate: Fate,
    default: Fate,
    which: usize,
    not_null: Fate,
    /// Whether a row of live holds NULL, where it may.
    hole: bool,
    /// `None`, or a generated column, virtual where that is known.
    generated: Option<bool>,
    identity: Fate,
    collation: Fate,
    storage: Fate,
    statistics: Fate,
    compression: Fate,
    options: Fate,
    comment: Fate,
}

/// Any column.
pub fn column() -> impl Strategy<Value = Column> {
    let rare = || prop_oneof![8 => Just(Fate::Never), 1 => fate()];
    let generated = prop_oneof![12 => Just(None), 1 => any::<bool>().prop_map(Some)];
    (
        (0..TYPES.len(), somewhere(), fate(), 0..5_usize, fate(), prop::bool::weighted(0.1), generated),
        (rare(), rare(), rare(), rare(), rare(), rare(), rare()),
    )
        .prop_map(|((kind, fate, default, which, not_null, hole, generated), rest)| {
            let (identity, collation, storage, statistics, compression, options, comment) = rest;
            Column {
                kind,
                fate,
                default,
                which,
                not_null,
                hole,
                generated,
                identity,
                collation,
                storage,
                statistics,
                compression,
                options,
                comment,
            }
        })
}

impl Column {
    fn kind(&self) -> &'static Type {
        &TYPES[self.kind]
    }

    fn type_name(&self, side: Side) -> &'static str {
        if self.fate.other(side) { self.kind().other } else { self.kind().name }
    }

    /// Whether the side has it, and what it needs.
    pub fn on(&self, pair: &Pair, side: Side) -> bool {
        let there = match self.type_name(side) {
            "s.mood" => pair.shared.mood.on(side),
            "s.email" => pair.shared.email.on(side),
            "s.home" => pair.shared.home.on(side),
            "s.span" => pair.shared.span.on(side),
            _ => true,
        };
        self.fate.on(side) && there
    }

    pub fn is_ordered(&self, side: Side) -> bool {
        let other = self.fate.other(side);
        self.generated.is_some() || (self.kind().ordered && !(other && self.kind().other == "json"))
    }

    /// Whether it is computed when it is read (18 and later).
    pub fn is_virtual(&self) -> bool {
        self.generated == Some(true)
    }

    pub fn is_text(&self, side: Side) -> bool {
        self.generated.is_none() && self.type_name(side) == "text"
    }

    /// Whether live's rows may hold NULL where the desired side has none.
    pub fn may_refuse(&self, pair: &Pair) -> bool {
        let demanded = self.not_null.on(Side::Desired) || self.identity.on(Side::Desired);
        demanded && !(self.not_null.on(Side::Live) && self.on(pair, Side::Live))
    }

    /// Whether it is text of which the length may be squeezed.
    fn stretches(&self, side: Side) -> bool {
        matches!(self.type_name(side), "text" | "jsonb" | "text[]" | "bytea") && self.generated.is_none()
    }

    /// As it stands in `CREATE TABLE`.
    pub fn define(&self, name: &str, pair: &Pair, side: Side, major: u16) -> String {
        if let Some(virtual_one) = self.generated {
            let kind = if virtual_one && major >= 18 { "VIRTUAL" } else { "STORED" };
            let plus = if self.fate.other(side) { 2 } else { 1 };
            return format!("{name} bigint GENERATED ALWAYS AS (k + {plus}) {kind}");
        }
        let mut sql = format!("{name} {}", self.type_name(side));
        if self.collation.on(side)
            && matches!(self.type_name(side), "text" | "varchar(10)" | "varchar(20)" | "varchar")
        {
            sql += if self.collation.other(side) { " COLLATE \"POSIX\"" } else { " COLLATE \"C\"" };
        }
        let identity = self.identity.on(side) && matches!(self.type_name(side), "int" | "bigint");
        if identity {
            return sql + " GENERATED BY DEFAULT AS IDENTITY";
        }
        let defaults = self.kind().defaults;
        let mut default = defaults[self.which % defaults.len()];
        if self.default.other(side) {
            default = defaults[0];
        }
        let there = !default.contains("s.code()") || pair.shared.code.on(side);
        // The literals are of the type itself.
        if self.default.on(side) && there && !(self.fate.other(side) && default.contains("::")) {
            sql += &format!(" DEFAULT {default}");
        }
        if self.not_null.on(side) {
            sql += " NOT NULL";
        }
        sql
    }

    /// What `CREATE TABLE` has no words for in every version.
    pub fn settings(&self, table: &str, name: &str, side: Side, major: u16) -> Vec<String> {
        let alter = |what: &str| format!("ALTER TABLE {table} ALTER COLUMN {name} {what}");
        let pick = |fate: Fate, one: &str, other: &str| alter(if fate.other(side) { other } else { one });
        let mut sql = Vec::new();
        if self.storage.on(side) && self.stretches(side) {
            sql.push(pick(self.storage, "SET STORAGE EXTERNAL", "SET STORAGE MAIN"));
        }
        // 18 refuses it for a virtual column, of which nothing is gathered.
        if self.statistics.on(side) && !(major >= 18 && self.is_virtual()) {
            sql.push(pick(self.statistics, "SET STATISTICS 500", "SET STATISTICS 50"));
        }
        if self.compression.on(side) && self.stretches(side) && major >= 14 {
            sql.push(alter("SET COMPRESSION pglz"));
        }
        if self.options.on(side) {
            sql.push(pick(self.options, "SET (n_distinct = 5)", "SET (n_distinct = 6)"));
        }
        if self.comment.on(side) {
            let word = if self.comment.other(side) { "other" } else { "it''s" };
            sql.push(format!("COMMENT ON COLUMN {table}.{name} IS '{word}'"));
        }
        sql
    }

    /// The value of a row of live; `None` where it is not for an INSERT to give.
    pub fn value(&self, row: usize) -> Option<String> {
        if self.generated.is_some() {
            return None;
        }
        let nullable = !self.not_null.on(Side::Live) && !self.identity.on(Side::Live);
        if self.hole && row == 1 && nullable {
            return Some("NULL".to_owned());
        }
        Some(self.kind().value.replace("{r}", &row.to_string()))
    }
}
