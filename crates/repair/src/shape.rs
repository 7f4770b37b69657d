//! What must be there under a name once a statement has run: the kind and the shape that were wanted.
//!
//! A name alone proves nothing: another session, or an earlier run that was stopped, may have made something else of that name, and
//! `IF NOT EXISTS` would pass over it in silence. So each of these is looked at once the statement has run or was skipped.
//!
//! Owns: conditions on what is there, for `RAISE`. Never: what an expression or a query means; the next comparison tells those apart.
//!
//! A type of people's own is written as a cast to `regtype`, which prints as `format_type` does: with its schema or without, as
//! the search path has it.

use crate::guard::{RELATION, at, exists, not, of};
use crate::statement::{Asked, Refusal};
use trueup_catalog::{
    CompositeType, Constraint, ConstraintBody, DataType, Domain, EnumType, Index, IndexElement, IndexTarget,
    MaterializedView, Name, PG_CATALOG, Persistence, Policy, QualifiedName, RangeType, Sequence, Table,
    Trigger, View, quote_literal,
};

/// A condition that holds of what was wanted, and how it is told that it does not.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    condition: String,
    /// `table public.users`.
    what: String,
    /// `other columns`.
    with: &'static str,
}

impl Shape {
    /// Refuses what is there in another shape.
    pub fn refusal(&self) -> Refusal {
        self.refused(Asked::After, not(&self.condition))
    }

    /// The same before a statement that nothing can follow in its block.
    pub fn refusal_before(&self, there: &str) -> Refusal {
        self.refused(Asked::Always, format!("{there} AND {}", not(&self.condition)))
    }

    fn refused(&self, asked: Asked, condition: String) -> Refusal {
        Refusal {
            asked,
            condition,
            message: format!(
                "{} is not what this repair would make: its name is taken, or it has {}",
                self.what, self.with
            ),
            code: "42P16".to_owned(),
            hint: "Compare again and run trueup repair anew".to_owned(),
            reads_rows: false,
        }
    }
}

/// Text with types in it, as an SQL expression: `'id bigint, mood ' || 'public.mood'::pg_catalog.regtype`.
#[derive(Default)]
struct Spelled {
    parts: Vec<String>,
    literal: String,
}

impl Spelled {
    fn text(&mut self, text: &str) {
        self.literal.push_str(text);
    }

    fn data_type(&mut self, data_type: &DataType) {
        if is_builtin(data_type) {
            return self.text(&data_type.to_string());
        }
        self.end();
        let bare = DataType { modifiers: Vec::new(), ..data_type.clone() };
        self.parts.push(format!("{}::pg_catalog.regtype", quote_literal(&bare.to_string())));
    }

    fn end(&mut self) {
        if !self.literal.is_empty() {
            self.parts.push(quote_literal(&std::mem::take(&mut self.literal)));
        }
    }

    fn sql(mut self) -> String {
        self.end();
        match self.parts.as_slice() {
            [own] if own.ends_with("regtype") => format!("{own}::pg_catalog.text"),
            parts => parts.join(" || "),
        }
    }
}

fn is_builtin(data_type: &DataType) -> bool {
    data_type.schema.as_ref().is_some_and(|schema| *schema == PG_CATALOG)
}

/// A type as `format_type` prints the one in this column with the modifier in that. Modifiers of people's own types are left out: only the
/// type's own function knows how to spell them.
fn printed(oid: &str, modifier: &str, all: &[&DataType]) -> String {
    let own = all.iter().any(|t| !is_builtin(t) && !t.modifiers.is_empty());
    let modifier = if own {
        format!("CASE WHEN {oid} < 16384 THEN {modifier} ELSE -1 END")
    } else {
        modifier.to_owned()
    };
    format!("pg_catalog.format_type({oid}, {modifier})")
}

/// The type in these columns of a catalog is this one.
pub(crate) fn is_type(oid: &str, modifier: &str, data_type: &DataType) -> String {
    let mut wanted = Spelled::default();
    wanted.data_type(data_type);
    format!("{} = {}", printed(oid, modifier, &[data_type]), wanted.sql())
}

/// A column of a table that is made: its name, its type, and the other type that the same repair may give it later.
pub(crate) type MadeWith<'a> = (&'a Name, &'a DataType, Option<&'a DataType>);

/// The relation `r` has just these columns.
fn columns(list: &[MadeWith<'_>], also: &str) -> String {
    let mut wanted = Spelled::default();
    for (i, (name, data_type, _)) in list.iter().enumerate() {
        wanted.text(if i > 0 { ", " } else { "" });
        wanted.text(name.as_str());
        wanted.text(" ");
        wanted.data_type(data_type);
    }
    let wanted = if list.is_empty() { "IS NULL".to_owned() } else { format!("= {}", wanted.sql()) };
    let types: Vec<&DataType> = list.iter().flat_map(|(_, t, later)| [Some(*t), *later]).flatten().collect();
    let printed = printed("a.atttypid", "a.atttypmod", &types);
    let spelled = |data_type: &DataType| {
        let mut spelled = Spelled::default();
        spelled.data_type(data_type);
        spelled.sql()
    };
    // Run again, it finds the type that a later step gave: that stands for the one that it was made with.
    let later: String = list
        .iter()
        .filter_map(|(name, data_type, later)| Some((name, data_type, (*later)?)))
        .map(|(name, data_type, later)| {
            let name = quote_literal(name.as_str());
            format!(" WHEN a.attname = {name} AND {printed} = {} THEN {}", spelled(later), spelled(data_type))
        })
        .collect();
    let printed = if later.is_empty() { printed } else { format!("CASE{later} ELSE {printed} END") };
    format!(
        "\n            AND (SELECT pg_catalog.string_agg(a.attname || ' ' || {}, ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a\n                WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped{also})\n            {wanted}",
        printed
    )
}

fn relation(name: &QualifiedName, kind: char, also: &str) -> String {
    exists(RELATION, &format!("{} AND r.relkind = '{kind}'{also}", of(name)))
}

/// A table that is made with these columns.
pub(crate) fn table(table: &Table, made_with: &[MadeWith<'_>]) -> Shape {
    let kind = match (&table.foreign, &table.partition_key) {
        (Some(_), _) => 'f',
        (None, Some(_)) => 'p',
        (None, None) => 'r',
    };
    let mut also = match table.persistence {
        Persistence::Permanent => " AND r.relpersistence = 'p'",
        Persistence::Unlogged => " AND r.relpersistence = 'u'",
        Persistence::Temporary => " AND r.relpersistence = 't'",
    }
    .to_owned();
    match &table.of_type {
        // It has the type's columns, whatever those are.
        Some(of_type) => {
            also += &format!(" AND r.reloftype = {}::pg_catalog.regtype", quote_literal(&of_type.to_string()))
        }
        // What its parents hand down is theirs.
        None if !table.inherits.is_empty() => also += &columns(made_with, " AND a.attislocal"),
        None => also += &columns(made_with, ""),
    }
    Shape {
        condition: relation(&table.name, kind, &also),
        what: format!("table {}", table.name),
        with: "other columns",
    }
}

/// A sequence that counts alike.
pub(crate) fn sequence(sequence: &Sequence) -> Shape {
    let options = &sequence.options;
    let cycle = if options.cycle { "" } else { "NOT " };
    let condition = exists(
        &format!("{RELATION} JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = r.oid"),
        &format!(
            "{} AND {} AND s.seqincrement = {} AND {cycle}s.seqcycle",
            of(&sequence.name),
            is_type("s.seqtypid", "-1", &options.data_type),
            options.increment
        ),
    );
    Shape { condition, what: format!("sequence {}", sequence.name), with: "another type or increment" }
}

/// Names in an array of column numbers of `relation`; `()` for an expression.
fn names(numbers: &str, relation: &str) -> String {
    format!(
        "(SELECT pg_catalog.string_agg(COALESCE(a.attname::pg_catalog.text, '()'), ', ' ORDER BY k.place) FROM pg_catalog.unnest({numbers}) WITH ORDINALITY AS k (number, place)\n                LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = {relation} AND a.attnum = k.number)"
    )
}

fn listed<'n>(names: impl IntoIterator<Item = &'n Name>) -> String {
    quote_literal(&names.into_iter().map(Name::as_str).collect::<Vec<_>>().join(", "))
}

/// An index with these columns, on this table. Whether it is valid is asked apart: one of a partitioned table is not at first.
pub(crate) fn index(index: &Index) -> Shape {
    let elements: Vec<Name> = index
        .elements
        .iter()
        .map(|e| match &e.target {
            IndexTarget::Column(name) => name.clone(),
            IndexTarget::Expr(_) => Name::new("()"),
        })
        .collect();
    let unique = if index.unique { "" } else { "NOT " };
    let partial = if index.predicate.is_some() { "NOT " } else { "" };
    let condition = exists(
        &format!(
            "{RELATION} JOIN pg_catalog.pg_index AS i ON i.indexrelid = r.oid JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid JOIN pg_catalog.pg_am AS m ON m.oid = r.relam"
        ),
        &format!(
            "{} AND t.relname = {} AND m.amname = {}\n            AND {unique}i.indisunique AND i.indpred IS {partial}NULL AND i.indnkeyatts = {}\n            AND {}\n            = {}",
            at(&index.table.schema, &index.name),
            quote_literal(index.table.name.as_str()),
            quote_literal(index.method.as_str()),
            elements.len(),
            names("i.indkey", "i.indrelid"),
            listed(elements.iter().chain(&index.include))
        ),
    );
    Shape {
        condition,
        what: format!("index {}.{}", index.table.schema, index.name),
        with: "another table or other columns",
    }
}

/// The index behind a key, before the constraint takes it.
pub(crate) fn key_index(constraint: &Constraint) -> Option<Shape> {
    let (ConstraintBody::PrimaryKey(body) | ConstraintBody::Unique(body)) = &constraint.body else {
        return None;
    };
    Some(index(&Index {
        table: constraint.table.clone(),
        name: constraint.name.clone(),
        method: Name::new("btree"),
        unique: true,
        elements: body.columns.iter().cloned().map(IndexElement::column).collect(),
        include: body.include.clone(),
        nulls_not_distinct: body.nulls_not_distinct,
        predicate: None,
        options: Default::default(),
        tablespace: None,
        attached_to: None,
        statistics: Default::default(),
        valid: true,
    }))
}

/// A constraint of this sort over these columns.
pub(crate) fn constraint(constraint: &Constraint) -> Shape {
    let over = |columns: &[Name]| {
        format!("\n            AND {}\n            = {}", names("c.conkey", "c.conrelid"), listed(columns))
    };
    let (kind, also) = match &constraint.body {
        ConstraintBody::PrimaryKey(key) => ('p', over(&key.columns)),
        ConstraintBody::Unique(key) => ('u', over(&key.columns)),
        ConstraintBody::ForeignKey(key) => {
            let there = exists(
                "pg_catalog.pg_class AS f JOIN pg_catalog.pg_namespace AS s ON s.oid = f.relnamespace",
                &format!(
                    "f.oid = c.confrelid AND s.nspname = {} AND f.relname = {}",
                    quote_literal(key.references.schema.as_str()),
                    quote_literal(key.references.name.as_str())
                ),
            );
            ('f', format!("{}\n            AND {}", over(&key.columns), there.replace('\n', "\n        ")))
        }
        ConstraintBody::Check { .. } => ('c', String::new()),
        ConstraintBody::Exclusion(_) => ('x', String::new()),
    };
    let condition = exists(
        &format!("{RELATION} JOIN pg_catalog.pg_constraint AS c ON c.conrelid = r.oid"),
        &format!(
            "{} AND c.conname = {} AND c.contype = '{kind}'{also}",
            of(&constraint.table),
            quote_literal(constraint.name.as_str())
        ),
    );
    Shape {
        condition,
        what: format!("constraint {} on {}", constraint.name, constraint.table),
        with: "another sort or other columns",
    }
}

fn of_type(name: &QualifiedName, more: &str, also: &str) -> String {
    exists(
        &format!("pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace{more}"),
        &format!(
            "n.nspname = {} AND t.typname = {}{also}",
            quote_literal(name.schema.as_str()),
            quote_literal(name.name.as_str())
        ),
    )
}

/// An enum with these values in this order.
pub(crate) fn enum_type(wanted: &EnumType) -> Shape {
    let labels: Vec<String> = wanted.labels.iter().map(|label| quote_literal(label)).collect();
    let also = format!(
        " AND t.typtype = 'e'\n            AND ARRAY(SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)\n            = ARRAY[{}]::pg_catalog.text[]",
        labels.join(", ")
    );
    Shape {
        condition: of_type(&wanted.name, "", &also),
        what: format!("enum {}", wanted.name),
        with: "other values",
    }
}

/// A domain over this type.
pub(crate) fn domain(wanted: &Domain) -> Shape {
    let not_null = if wanted.not_null { "" } else { "NOT " };
    let also = format!(
        " AND t.typtype = 'd' AND {not_null}t.typnotnull\n            AND {}",
        is_type("t.typbasetype", "t.typtypmod", &wanted.base)
    );
    Shape {
        condition: of_type(&wanted.name, "", &also),
        what: format!("domain {}", wanted.name),
        with: "another base type",
    }
}

/// A composite type with these attributes.
pub(crate) fn composite_type(wanted: &CompositeType) -> Shape {
    let attributes: Vec<_> = wanted.attributes.iter().map(|a| (&a.name, &a.data_type, None)).collect();
    Shape {
        condition: relation(&wanted.name, 'c', &columns(&attributes, "")),
        what: format!("composite type {}", wanted.name),
        with: "other attributes",
    }
}

/// A range over this type.
pub(crate) fn range_type(wanted: &RangeType) -> Shape {
    let also = format!(" AND {}", is_type("g.rngsubtype", "-1", &wanted.subtype));
    Shape {
        condition: of_type(&wanted.name, " JOIN pg_catalog.pg_range AS g ON g.rngtypid = t.oid", &also),
        what: format!("range type {}", wanted.name),
        with: "another subtype",
    }
}

/// A view; with these columns where their types are known, which files don't tell.
pub(crate) fn view(wanted: &View) -> Shape {
    let known: Option<Vec<_>> =
        wanted.columns.iter().map(|c| Some((&c.name, c.data_type.as_ref()?, None))).collect();
    let also = known.filter(|list| !list.is_empty()).map(|list| columns(&list, ""));
    Shape {
        condition: relation(&wanted.name, 'v', &also.unwrap_or_default()),
        what: format!("view {}", wanted.name),
        with: "other columns",
    }
}

/// A materialized view.
pub(crate) fn materialized_view(wanted: &MaterializedView) -> Shape {
    Shape {
        condition: relation(&wanted.name, 'm', ""),
        what: format!("materialized view {}", wanted.name),
        with: "another kind",
    }
}

/// A trigger that calls this function.
pub(crate) fn trigger(wanted: &Trigger) -> Shape {
    let condition = exists(
        &format!(
            "{RELATION} JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = r.oid JOIN pg_catalog.pg_proc AS p ON p.oid = g.tgfoid"
        ),
        &format!(
            "{} AND g.tgname = {} AND p.proname = {}",
            of(&wanted.table),
            quote_literal(wanted.name.as_str()),
            quote_literal(wanted.function.name.as_str())
        ),
    );
    Shape {
        condition,
        what: format!("trigger {} on {}", wanted.name, wanted.table),
        with: "another function",
    }
}

/// A policy for this command, of this sort.
pub(crate) fn policy(wanted: &Policy) -> Shape {
    use trueup_catalog::PolicyCommand;
    let command = match wanted.command {
        PolicyCommand::All => '*',
        PolicyCommand::Select => 'r',
        PolicyCommand::Insert => 'a',
        PolicyCommand::Update => 'w',
        PolicyCommand::Delete => 'd',
    };
    let permissive = if wanted.permissive { "" } else { "NOT " };
    let condition = exists(
        &format!("{RELATION} JOIN pg_catalog.pg_policy AS p ON p.polrelid = r.oid"),
        &format!(
            "{} AND p.polname = {} AND p.polcmd = '{command}' AND {permissive}p.polpermissive",
            of(&wanted.table),
            quote_literal(wanted.name.as_str())
        ),
    );
    Shape {
        condition,
        what: format!("policy {} on {}", wanted.name, wanted.table),
        with: "another command or sort",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_people_are_casts_and_those_of_postgresql_words() {
        let own = DataType::named(QualifiedName::new("public", "mood"));
        let mut spelled = Spelled::default();
        spelled.text("it's ");
        spelled.data_type(&DataType::builtin("int8"));
        spelled.text(", m ");
        spelled.data_type(&own.clone().array_of());
        assert_eq!(spelled.sql(), "'it''s bigint, m ' || 'public.mood[]'::pg_catalog.regtype");
        assert_eq!(
            is_type("t.typbasetype", "t.typtypmod", &own),
            "pg_catalog.format_type(t.typbasetype, t.typtypmod) = 'public.mood'::pg_catalog.regtype::pg_catalog.text"
        );
        // How its own function spells a modifier only that function knows.
        let point = DataType { modifiers: vec!["point".into(), "4326".into()], ..own };
        assert_eq!(
            is_type("a.atttypid", "a.atttypmod", &point),
            "pg_catalog.format_type(a.atttypid, CASE WHEN a.atttypid < 16384 THEN a.atttypmod ELSE -1 END) = 'public.mood'::pg_catalog.regtype::pg_catalog.text"
        );
    }

    #[test]
    fn what_is_there_in_another_shape_is_refused_afterwards() {
        let wanted = EnumType { name: QualifiedName::new("public", "mood"), labels: vec!["it's".into()] };
        let refusal = enum_type(&wanted).refusal();
        assert_eq!(refusal.asked, Asked::After);
        assert!(refusal.condition.starts_with("NOT EXISTS ("), "{}", refusal.condition);
        assert!(
            refusal.condition.ends_with("= ARRAY['it''s']::pg_catalog.text[]\n    )"),
            "{}",
            refusal.condition
        );
        assert_eq!(
            refusal.message,
            "enum public.mood is not what this repair would make: its name is taken, or it has other values"
        );
    }
}
