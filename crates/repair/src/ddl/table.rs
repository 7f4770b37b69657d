//! `CREATE TABLE`.

use super::{Sql, column, constraint, foreign_data, index};
use std::borrow::Cow;
use trueup_catalog::{
    Catalog, Column, Constraint, Name, ObjectKind, PartitionBound, PartitionKey, Persistence, QualifiedName,
    RangeBound, ReplicaIdentity, Table,
};

/// What a `CREATE TABLE` contains.
#[derive(Clone, Debug, Default)]
pub struct Contents<'a> {
    /// Columns in order, with the parts that are written of each.
    pub columns: Vec<(Cow<'a, Column>, column::Parts)>,
    /// Constraints.
    pub constraints: Vec<&'a Constraint>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}

/// `CREATE TABLE …`, one column and constraint a line. A partition is written as a table of its
/// own, to be attached: see [`attach`].
pub fn create(table: &Table, contents: &Contents<'_>) -> Sql {
    let Table {
        name,
        persistence,
        partition_key,
        partition_of: _,
        inherits,
        of_type,
        access_method,
        tablespace,
        options,
        row_security: _,
        force_row_security: _,
        replica_identity: _,
        clustered_on: _,
        foreign,
    } = table;
    let kind = match persistence {
        Persistence::Permanent => "",
        Persistence::Unlogged => "UNLOGGED ",
        Persistence::Temporary => "TEMPORARY ",
    };
    let guard = if contents.if_not_exists { "IF NOT EXISTS " } else { "" };
    let kind = if foreign.is_some() { "FOREIGN " } else { kind };
    let mut sql = Sql::new(format!("CREATE {kind}TABLE {guard}{name}"));
    if let Some(of_type) = of_type {
        sql.add(format_args!(" OF {of_type}"));
    }
    lines(&mut sql, contents, of_type.is_some());
    if !inherits.is_empty() {
        sql.push(" INHERITS (");
        sql.list(", ", inherits, |sql, parent| {
            sql.add(format_args!("{parent}"));
        });
        sql.push(")");
    }
    if let Some(key) = partition_key {
        sql.push(" PARTITION BY ");
        self::partition_key(&mut sql, key);
    }
    if let Some(method) = access_method {
        sql.add(format_args!(" USING {method}"));
    }
    sql.with_options(options);
    if let Some(tablespace) = tablespace {
        sql.add(format_args!(" TABLESPACE {tablespace}"));
    }
    if let Some(foreign) = foreign {
        sql.add(format_args!(" SERVER {}", foreign.server));
        foreign_data::options(&mut sql, &foreign.options);
    }
    sql
}

fn lines(sql: &mut Sql, contents: &Contents<'_>, typed: bool) {
    let Contents { columns, constraints, if_not_exists: _ } = contents;
    if columns.is_empty() && constraints.is_empty() {
        // An empty list is no list for a typed table.
        sql.push(if typed { "" } else { " ()" });
        return;
    }
    sql.push(" (");
    let mut first = true;
    let mut next_line = |sql: &mut Sql| {
        sql.push(if first { "\n    " } else { ",\n    " });
        first = false;
    };
    for (column, parts) in columns {
        next_line(sql);
        column::define(sql, column, *parts);
    }
    for constraint in constraints {
        next_line(sql);
        constraint::define(sql, constraint);
    }
    sql.push("\n)");
}

/// Appends `RANGE (a, (b + 1) COLLATE …)`.
fn partition_key(sql: &mut Sql, key: &PartitionKey) {
    sql.push(&key.strategy.word().to_uppercase()).push(" (");
    sql.list(", ", &key.elements, |sql, element| {
        index::target(sql, &element.target);
        sql.collate(element.collation.as_ref());
        if let Some(class) = &element.operator_class {
            sql.push(" ").builtin_or_qualified(class);
        }
    });
    sql.push(")");
}

/// Appends `FOR VALUES …` or `DEFAULT`.
pub fn bound(sql: &mut Sql, bound: &PartitionBound) {
    let range = |sql: &mut Sql, bounds: &[RangeBound]| {
        sql.push("(");
        sql.list(", ", bounds, |sql, bound| match bound {
            RangeBound::MinValue => {
                sql.push("MINVALUE");
            }
            RangeBound::MaxValue => {
                sql.push("MAXVALUE");
            }
            RangeBound::Value(value) => {
                sql.expr(value);
            }
        });
        sql.push(")");
    };
    match bound {
        PartitionBound::Default => {
            sql.push("DEFAULT");
        }
        PartitionBound::List(values) => {
            sql.push("FOR VALUES IN (");
            sql.list(", ", values, |sql, value| {
                sql.expr(value);
            });
            sql.push(")");
        }
        PartitionBound::Range { from, to } => {
            sql.push("FOR VALUES FROM ");
            range(sql, from);
            sql.push(" TO ");
            range(sql, to);
        }
        PartitionBound::Hash { modulus, remainder } => {
            sql.add(format_args!("FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})"));
        }
    }
}

/// `ALTER TABLE parent ATTACH PARTITION name FOR VALUES …`, if it is a partition.
pub fn attach(table: &Table) -> Option<Sql> {
    let of = table.partition_of.as_ref()?;
    let mut sql = Sql::new(format!("ALTER TABLE {} ATTACH PARTITION {} ", of.parent, table.name));
    bound(&mut sql, &of.bound);
    Some(sql)
}

/// The statements that set what `CREATE TABLE` has no word for: row security and replica identity
/// (unless that names an index, which must be there first: [`replica_identity`]).
pub fn settings(table: &Table) -> Vec<Sql> {
    let alter = |what: &str| Sql::new(format!("ALTER TABLE {} {what}", table.name));
    let mut list = Vec::new();
    if table.row_security {
        list.push(alter("ENABLE ROW LEVEL SECURITY"));
    }
    if table.force_row_security {
        list.push(alter("FORCE ROW LEVEL SECURITY"));
    }
    match &table.replica_identity {
        ReplicaIdentity::Full | ReplicaIdentity::Nothing => list.push(replica_identity(table)),
        ReplicaIdentity::Default | ReplicaIdentity::Index(_) => {}
    }
    list
}

/// `ALTER TABLE … CLUSTER ON …`, which moves no row.
pub fn cluster_on(what: &str, name: &QualifiedName, index: &Name) -> Sql {
    Sql::new(format!("ALTER {what} {name} CLUSTER ON {index}"))
}

/// `ALTER TABLE … REPLICA IDENTITY …`.
pub fn replica_identity(table: &Table) -> Sql {
    let mut sql = Sql::new(format!("ALTER TABLE {} REPLICA IDENTITY ", table.name));
    match &table.replica_identity {
        ReplicaIdentity::Default => sql.push("DEFAULT"),
        ReplicaIdentity::Full => sql.push("FULL"),
        ReplicaIdentity::Nothing => sql.push("NOTHING"),
        ReplicaIdentity::Index(index) => sql.add(format_args!("USING INDEX {index}")),
    };
    sql
}

/// The table with its columns and constraints, for reports. A partition is shown as
/// `PARTITION OF`, with what it does not have from its parent.
pub fn definition(table: &Table, catalog: &Catalog) -> Sql {
    let own = |inherited: bool| !inherited;
    let columns = catalog.columns(&table.name);
    let constraints = catalog
        .on_relation(ObjectKind::Constraint, &table.name)
        .filter_map(|(_, entry)| Constraint::of(&entry.object))
        .filter(|c| own(c.inherited));
    let partition = table.partition_of.is_some();
    let contents = Contents {
        columns: columns
            .into_iter()
            .filter(|c| own(c.inherited && !partition) && !partition)
            .map(|c| {
                (Cow::Borrowed(c), column::Parts { data_type: table.of_type.is_none(), ..column::Parts::ALL })
            })
            .collect(),
        constraints: constraints.collect(),
        if_not_exists: false,
    };
    let Some(of) = &table.partition_of else { return create(table, &contents) };
    let mut sql = Sql::new(format!("CREATE TABLE {} PARTITION OF {}", table.name, of.parent));
    lines(&mut sql, &contents, true);
    sql.push(" ");
    bound(&mut sql, &of.bound);
    if let Some(key) = &table.partition_key {
        sql.push(" PARTITION BY ");
        partition_key(&mut sql, key);
    }
    sql.with_options(&table.options);
    sql
}

/// `ALTER TABLE … SET (…)` for one option.
pub fn set_option(what: &str, name: &QualifiedName, option: &str, value: &str) -> Sql {
    let mut sql = Sql::new(format!("ALTER {what} {name} SET "));
    sql.options(&[(option.to_owned(), value.to_owned())].into());
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::*;

    fn orders() -> QualifiedName {
        QualifiedName::new("public", "orders")
    }

    #[test]
    fn a_table_with_its_parts() {
        let mut table = Table::new(orders());
        table.partition_key = Some(PartitionKey {
            strategy: PartitionStrategy::Range,
            elements: vec![
                PartitionElement {
                    target: IndexTarget::Column("at".into()),
                    collation: None,
                    operator_class: None,
                },
                PartitionElement {
                    target: IndexTarget::Expr(Expr::qualified("lower(name)")),
                    collation: Some(QualifiedName::new("pg_catalog", "C")),
                    operator_class: None,
                },
            ],
        });
        let id = Column::new(orders(), "id".into(), 1, DataType::builtin("int8"));
        let at = Column::new(orders(), "at".into(), 2, DataType::builtin("timestamptz"));
        let contents = Contents {
            columns: vec![(Cow::Owned(id), column::Parts::ALL), (Cow::Owned(at), column::Parts::ALL)],
            if_not_exists: true,
            ..Contents::default()
        };
        assert_eq!(
            create(&table, &contents).text,
            "CREATE TABLE IF NOT EXISTS public.orders (\n    id bigint,\n    at timestamp with time zone\n) PARTITION BY RANGE (at, (lower(name)) COLLATE \"C\")"
        );
        assert_eq!(create(&Table::new(orders()), &Contents::default()).text, "CREATE TABLE public.orders ()");
    }

    #[test]
    fn a_partition() {
        let mut table = Table::new(QualifiedName::new("public", "orders_1"));
        table.partition_of = Some(PartitionOf {
            parent: orders(),
            bound: PartitionBound::Range {
                from: vec![RangeBound::MinValue],
                to: vec![RangeBound::Value(Expr::qualified("10"))],
            },
        });
        assert_eq!(
            attach(&table).unwrap().text,
            "ALTER TABLE public.orders ATTACH PARTITION public.orders_1 FOR VALUES FROM (MINVALUE) TO (10)"
        );
        assert_eq!(
            definition(&table, &Catalog::default()).text,
            "CREATE TABLE public.orders_1 PARTITION OF public.orders FOR VALUES FROM (MINVALUE) TO (10)"
        );
    }
}
