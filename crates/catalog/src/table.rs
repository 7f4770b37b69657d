//! `CREATE TABLE`, without its columns and constraints, which are objects of their own.

use crate::*;
use serde::{Deserialize, Serialize};

/// A table (`pg_class` with `relkind` `r`, `p` or `f`).
///
/// A foreign table is a table with [`Table::foreign`]: the two share their name space and columns, constraints, triggers,
/// inheritance and partitioning, and `ALTER TABLE` changes either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: QualifiedName,
    /// Permanent, unlogged or temporary.
    pub persistence: Persistence,
    /// `PARTITION BY`.
    pub partition_key: Option<PartitionKey>,
    /// The table that it is a partition of, and for which rows.
    pub partition_of: Option<PartitionOf>,
    /// `INHERITS`, in order; never a partition's parent.
    pub inherits: Vec<QualifiedName>,
    /// `OF type`.
    pub of_type: Option<QualifiedName>,
    /// `USING`: the access method, where that is not `heap`.
    pub access_method: Option<Name>,
    /// The tablespace, where that is not the database's.
    pub tablespace: Option<Name>,
    /// `WITH (…)`.
    pub options: Options,
    /// `ENABLE ROW LEVEL SECURITY`.
    pub row_security: bool,
    /// `FORCE ROW LEVEL SECURITY`.
    pub force_row_security: bool,
    /// `REPLICA IDENTITY`: which columns logical replication sends of the old row.
    pub replica_identity: ReplicaIdentity,
    /// `CLUSTER ON`: the index, or the constraint with the index, by which CLUSTER orders the rows (`indisclustered`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clustered_on: Option<Name>,
    /// Set for a foreign table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<ForeignTable>,
}

impl Table {
    /// A permanent table with nothing special about it.
    pub fn new(name: QualifiedName) -> Self {
        Table {
            name,
            persistence: Persistence::Permanent,
            partition_key: None,
            partition_of: None,
            inherits: Vec::new(),
            of_type: None,
            access_method: None,
            tablespace: None,
            options: Options::new(),
            row_security: false,
            force_row_security: false,
            replica_identity: ReplicaIdentity::Default,
            clustered_on: None,
            foreign: None,
        }
    }
}

/// How long a relation's data lives (`relpersistence`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// Logged, the usual.
    Permanent,
    /// Not written to the write-ahead log.
    Unlogged,
    /// For one session.
    Temporary,
}

impl Persistence {
    /// In SQL's word.
    pub fn word(self) -> &'static str {
        match self {
            Persistence::Permanent => "permanent",
            Persistence::Unlogged => "unlogged",
            Persistence::Temporary => "temporary",
        }
    }
}

/// `REPLICA IDENTITY` (`relreplident`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// The primary key.
    Default,
    /// All columns.
    Full,
    /// Nothing.
    Nothing,
    /// The columns of this index, or of this constraint's index.
    Index(Name),
}

/// `PARTITION BY strategy (elements)` (`pg_partitioned_table`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionKey {
    /// `list`, `range` or `hash`.
    pub strategy: PartitionStrategy,
    /// The columns and expressions, in order.
    pub elements: Vec<PartitionElement>,
}

/// How rows are dealt out to partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionStrategy {
    /// By listed values.
    List,
    /// By ranges.
    Range,
    /// By a hash.
    Hash,
}

impl PartitionStrategy {
    /// In SQL's word, lower case.
    pub fn word(self) -> &'static str {
        match self {
            PartitionStrategy::List => "list",
            PartitionStrategy::Range => "range",
            PartitionStrategy::Hash => "hash",
        }
    }
}

/// One column or expression of a partition key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionElement {
    /// The column or expression.
    pub target: IndexTarget,
    /// The collation, where that is not the column's own.
    pub collation: Option<QualifiedName>,
    /// The operator class, where that is not the default one of its type.
    pub operator_class: Option<QualifiedName>,
}

/// `PARTITION OF parent bound`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionOf {
    /// The partitioned table.
    pub parent: QualifiedName,
    /// The rows that it holds.
    pub bound: PartitionBound,
}

/// `FOR VALUES …`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionBound {
    /// `DEFAULT`.
    Default,
    /// `IN (…)`.
    List(Vec<Expr>),
    /// `FROM (…) TO (…)`.
    Range {
        /// Lower bound, inclusive.
        from: Vec<RangeBound>,
        /// Upper bound, exclusive.
        to: Vec<RangeBound>,
    },
    /// `WITH (MODULUS m, REMAINDER r)`.
    Hash {
        /// Modulus.
        modulus: u32,
        /// Remainder.
        remainder: u32,
    },
}

/// One column of a range bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeBound {
    /// `MINVALUE`.
    MinValue,
    /// `MAXVALUE`.
    MaxValue,
    /// A value of the key column's type.
    Value(Expr),
}

fn bound_value<'a>(parent: &'a QualifiedName, bound: &'a PartitionBound) -> Value<'a> {
    let expr = |position: usize, expr: &'a Expr| {
        Value::Expr(
            expr,
            ExprContext { scope: ExprScope::PartitionBound { parent, position }, expected: None },
        )
    };
    let range = |bounds: &'a [RangeBound]| {
        Value::List(
            bounds
                .iter()
                .enumerate()
                .map(|(position, bound)| match bound {
                    RangeBound::MinValue => Value::word("MINVALUE"),
                    RangeBound::MaxValue => Value::word("MAXVALUE"),
                    RangeBound::Value(value) => expr(position, value),
                })
                .collect(),
        )
    };
    match bound {
        PartitionBound::Default => Value::word("DEFAULT"),
        PartitionBound::List(values) => {
            Value::Record(vec![("in", Value::Set(values.iter().map(|v| expr(0, v)).collect()))])
        }
        PartitionBound::Range { from, to } => Value::Record(vec![("from", range(from)), ("to", range(to))]),
        PartitionBound::Hash { modulus, remainder } => Value::Record(vec![
            ("modulus", Value::Integer(i64::from(*modulus))),
            ("remainder", Value::Integer(i64::from(*remainder))),
        ]),
    }
}

impl SchemaObject for Table {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::Table, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Table {
            name,
            persistence,
            partition_key,
            partition_of,
            inherits,
            of_type,
            access_method,
            tablespace,
            options,
            row_security,
            force_row_security,
            replica_identity,
            clustered_on,
            foreign,
        } = self;
        let key = partition_key.as_ref().map(|PartitionKey { strategy, elements }| {
            let elements = elements
                .iter()
                .map(|PartitionElement { target, collation, operator_class }| {
                    Value::Record(vec![
                        ("on", target.value(name)),
                        ("collation", Value::maybe(collation.as_ref(), Value::Qualified)),
                        ("operator_class", Value::maybe(operator_class.as_ref(), Value::Qualified)),
                    ])
                })
                .collect();
            Value::Record(vec![
                ("strategy", Value::word(strategy.word())),
                ("elements", Value::List(elements)),
            ])
        });
        let of = partition_of.as_ref();
        let identity = match replica_identity {
            ReplicaIdentity::Default => Value::word("default"),
            ReplicaIdentity::Full => Value::word("full"),
            ReplicaIdentity::Nothing => Value::word("nothing"),
            ReplicaIdentity::Index(index) => Value::Name(index),
        };
        vec![
            Attribute::new("persistence", Value::word(persistence.word())),
            Attribute::new("partition_key", key.unwrap_or(Value::Absent)),
            Attribute::new("partition_of", Value::maybe(of, |of| Value::Qualified(&of.parent))),
            Attribute::new("partition_bound", Value::maybe(of, |of| bound_value(&of.parent, &of.bound))),
            Attribute::new("inherits", Value::List(inherits.iter().map(Value::Qualified).collect())),
            Attribute::new("of_type", Value::maybe(of_type.as_ref(), Value::Qualified)),
            Attribute::new("row_security", Value::Flag(*row_security)),
            Attribute::new("force_row_security", Value::Flag(*force_row_security)),
            Attribute::new("replica_identity", identity),
            Attribute::new("server", Value::maybe(foreign.as_ref(), |f| Value::Name(&f.server))),
            Attribute::new("foreign_options", Value::maybe(foreign.as_ref(), |f| Value::Options(&f.options))),
            Attribute::cosmetic("access_method", Value::maybe(access_method.as_ref(), Value::Name)),
            Attribute::cosmetic("tablespace", Value::maybe(tablespace.as_ref(), Value::Name)),
            Attribute::cosmetic("options", Value::Options(options)),
            Attribute::cosmetic("clustered_on", Value::maybe(clustered_on.as_ref(), Value::Name)),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        let table = |name: &QualifiedName| ObjectKey::in_schema(ObjectKind::Table, name.clone());
        self.partition_of
            .iter()
            .map(|of| table(&of.parent))
            .chain(self.inherits.iter().map(table))
            .chain(self.foreign.iter().map(|f| ObjectKey::global(ObjectKind::Server, f.server.clone())))
            .chain(self.of_type.iter().map(|of| ObjectKey::in_schema(ObjectKind::CompositeType, of.clone())))
            .collect()
    }
}
