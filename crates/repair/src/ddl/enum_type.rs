//! `CREATE TYPE … AS ENUM`.

use super::Sql;
use trueup_catalog::{EnumType, QualifiedName, quote_literal};

/// `CREATE TYPE name AS ENUM (…)`.
pub fn create(enum_type: &EnumType) -> Sql {
    let EnumType { name, labels } = enum_type;
    let mut sql = Sql::new(format!("CREATE TYPE {name} AS ENUM ("));
    sql.list(", ", labels, |sql, label| {
        sql.push(&quote_literal(label));
    });
    sql.push(")");
    sql
}

/// Where a new label goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// After this label, which is there.
    After(&'a str),
    /// Before this label, which is there.
    Before(&'a str),
    /// At the end.
    End,
}

/// `ALTER TYPE name ADD VALUE IF NOT EXISTS …`.
pub fn add_value(name: &QualifiedName, label: &str, place: Place<'_>) -> Sql {
    let mut sql = Sql::new(format!("ALTER TYPE {name} ADD VALUE IF NOT EXISTS {}", quote_literal(label)));
    match place {
        Place::After(other) => sql.add(format_args!(" AFTER {}", quote_literal(other))),
        Place::Before(other) => sql.add(format_args!(" BEFORE {}", quote_literal(other))),
        Place::End => &mut sql,
    };
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_strings() {
        let mood =
            EnumType { name: QualifiedName::new("public", "Mood"), labels: vec!["a'b".into(), "c".into()] };
        assert_eq!(create(&mood).text, "CREATE TYPE public.\"Mood\" AS ENUM ('a''b', 'c')");
        assert_eq!(
            add_value(&mood.name, "d", Place::After("c")).text,
            "ALTER TYPE public.\"Mood\" ADD VALUE IF NOT EXISTS 'd' AFTER 'c'"
        );
    }
}
