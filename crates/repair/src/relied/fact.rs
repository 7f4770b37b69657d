//! What an object is like, as lines of text that the catalogs of a server can be made to print alike.
//!
//! Owns: the text of each fact as the model has it. The other half, the SQL that prints the same of a live database, is in
//! `live.rs`; `tests/relied.rs` holds the two against each other on every version.
//!
//! A fact is something that is there, never something that is not: what a repair adds leaves every one of them true, so that they
//! hold before a run, in the midst of one that was killed, and after it.

use std::collections::BTreeSet;
use trueup_catalog::{
    Catalog, Column, CompositeAttribute, Constraint, ConstraintBody, DataType, Domain, EnumType, Expr,
    ForeignKey, ForeignKeyAction, Index, IndexTarget, Name, Object, ObjectKind, PartitionStrategy,
    QualifiedName, RangeType, Routine, RoutineBody, Source, Table, Trigger, ViewColumn,
};

/// Where an object is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// Among the relations.
    Relation,
    /// Among the types that are no relations.
    Type,
    /// Among the functions and procedures.
    Routine,
    /// It belongs to no schema.
    Global,
}

/// Which query prints a fact of a live database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Aspect {
    /// Of a table: partitioned, part of what, row security.
    Table,
    /// Of a column, or an attribute of a composite type.
    Column,
    /// Of a constraint of a table.
    Constraint,
    /// Of an index.
    Index,
    /// Of a trigger.
    Trigger,
    /// Of an enum, a domain, a range type.
    Type,
    /// Of a function or procedure.
    Routine,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Fact {
    pub aspect: Aspect,
    pub text: String,
}

/// How much of an expression's text a server is sure to print again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expressions {
    /// A server printed it.
    Printed,
    /// A person wrote it: what the server makes of it is not known.
    Written,
}

impl Expressions {
    pub fn of(catalog: &Catalog) -> Self {
        match catalog.origin.source {
            Source::PgCatalog => Expressions::Printed,
            Source::Sql | Source::InformationSchema => Expressions::Written,
        }
    }

    fn text(self, expr: &Expr) -> Option<&str> {
        match self {
            Expressions::Printed => Some(&expr.sql),
            Expressions::Written => None,
        }
    }
}

/// Collects the facts of one object.
#[derive(Debug, Default)]
pub(super) struct Facts(pub Vec<Fact>);

impl Facts {
    fn add(&mut self, aspect: Aspect, text: String) {
        self.0.push(Fact { aspect, text: shown(&text) });
    }

    /// Of the table itself.
    pub fn table(&mut self, table: &Table) {
        if let Some(key) = &table.partition_key {
            let strategy = match key.strategy {
                PartitionStrategy::List => "list",
                PartitionStrategy::Range => "range",
                PartitionStrategy::Hash => "hash",
            };
            self.add(Aspect::Table, format!("partitioned by {strategy}"));
        }
        if let Some(of) = &table.partition_of {
            self.add(Aspect::Table, format!("partition of {}", plain(&of.parent)));
        }
        for parent in &table.inherits {
            self.add(Aspect::Table, format!("inherits {}", plain(parent)));
        }
        if table.foreign.is_some() {
            self.add(Aspect::Table, "foreign".to_owned());
        }
        if table.row_security {
            self.add(Aspect::Table, "row security".to_owned());
        }
    }

    /// Of a column. `changed` are the attributes that the plan changes, with the column as it then is.
    pub fn column(
        &mut self,
        column: &Column,
        expressions: Expressions,
        changed: Option<(&BTreeSet<&str>, &Column)>,
    ) {
        let name = column.name.as_str();
        let becomes =
            |attribute: &str| changed.filter(|(names, _)| names.contains(attribute)).map(|(_, c)| c);
        let retyped = becomes("data_type");
        if is_known(&column.data_type) {
            let data_type = format!("{name} {}", column.data_type);
            self.add(
                Aspect::Column,
                match retyped {
                    Some(wanted) => either(&data_type, &format!("{name} {}", wanted.data_type)),
                    None => data_type,
                },
            );
        }
        if column.not_null.is_some() {
            self.add(Aspect::Column, format!("{name} NOT NULL"));
        }
        if let Some(identity) = &column.identity
            && becomes("identity").is_none()
        {
            let when = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
            self.add(Aspect::Column, format!("{name} GENERATED {when} AS IDENTITY"));
        }
        // A default is cast to the column's type: another type prints it anew.
        if let Some(text) = column.default.as_ref().and_then(|e| expressions.text(e))
            && retyped.is_none()
            && becomes("default").is_none()
        {
            self.add(Aspect::Column, format!("{name} DEFAULT {text}"));
        }
        if let Some(text) = column.generated.as_ref().and_then(|g| expressions.text(&g.expr))
            && becomes("generated_expression").is_none()
        {
            self.add(Aspect::Column, format!("{name} GENERATED ALWAYS AS {text}"));
        }
    }

    /// Of a view's columns and a composite type's attributes.
    pub fn view_columns(&mut self, columns: &[ViewColumn]) {
        for column in columns {
            if let Some(data_type) = column.data_type.as_ref().filter(|t| is_known(t)) {
                self.add(Aspect::Column, format!("{} {data_type}", column.name.as_str()));
            }
        }
    }

    /// Of a composite type.
    pub fn attributes(&mut self, attributes: &[CompositeAttribute]) {
        for attribute in attributes.iter().filter(|a| is_known(&a.data_type)) {
            self.add(Aspect::Column, format!("{} {}", attribute.name.as_str(), attribute.data_type));
        }
    }

    /// Of a table's constraint.
    pub fn constraint(&mut self, constraint: &Constraint, expressions: Expressions) {
        let name = constraint.name.as_str();
        let kind = constraint.type_sql();
        let text = match &constraint.body {
            ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
                format!("{name} {kind} {}", list(&key.columns))
            }
            ConstraintBody::ForeignKey(key) => format!("{name} {kind} {}", foreign_key(key)),
            ConstraintBody::Check { expr } => match expressions.text(expr) {
                Some(text) => format!("{name} {kind} {text}"),
                None => format!("{name} {kind}"),
            },
            ConstraintBody::Exclusion(_) => format!("{name} {kind}"),
        };
        self.add(Aspect::Constraint, text);
        let looks_at_rows = match &constraint.body {
            ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } => true,
            ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) | ConstraintBody::Exclusion(_) => false,
        };
        if looks_at_rows && constraint.validated {
            self.add(Aspect::Constraint, format!("{name} validated"));
        }
    }

    /// Of an index that no constraint stands on.
    pub fn index(&mut self, index: &Index, expressions: Expressions) {
        let name = index.name.as_str();
        let mut written = Vec::new();
        let elements: Vec<&str> = index
            .elements
            .iter()
            .map(|element| match &element.target {
                IndexTarget::Column(column) => column.as_str(),
                IndexTarget::Expr(expr) => {
                    written.push(expressions.text(expr));
                    "..."
                }
            })
            .collect();
        let unique = if index.unique { "UNIQUE " } else { "" };
        let method = index.method.as_str();
        self.add(Aspect::Index, format!("{name} {unique}{method} ({})", elements.join(", ")));
        if let Some(texts) = written.into_iter().collect::<Option<Vec<&str>>>()
            && !texts.is_empty()
        {
            self.add(Aspect::Index, format!("{name} ... is {}", texts.join(", ")));
        }
        if let Some(text) = index.predicate.as_ref().and_then(|e| expressions.text(e)) {
            self.add(Aspect::Index, format!("{name} WHERE {text}"));
        }
        if index.valid {
            self.add(Aspect::Index, format!("{name} valid"));
        }
    }

    /// Of a trigger; `wanted` where the plan changes when it fires.
    pub fn trigger(&mut self, trigger: &Trigger, wanted: Option<&Trigger>) {
        let name = trigger.name.as_str();
        self.add(Aspect::Trigger, format!("{name} EXECUTE {}", plain(&trigger.function)));
        let is = |t: &Trigger| format!("{name} {}", t.enabled.sql());
        self.add(
            Aspect::Trigger,
            match wanted {
                Some(wanted) => either(&is(trigger), &is(wanted)),
                None => is(trigger),
            },
        );
    }

    /// Of a function or procedure; `wanted` where the plan replaces it. A body that is only called is for when it runs.
    pub fn routine(&mut self, routine: &Routine, wanted: Option<&Routine>) {
        if let Some(returns) = routine.returns.as_ref().filter(|t| is_known(t)) {
            let set = if routine.returns_set { "SETOF " } else { "" };
            self.add(Aspect::Routine, format!("RETURNS {set}{returns}"));
        }
        let volatility = routine.volatility.sql();
        self.add(
            Aspect::Routine,
            match wanted {
                Some(wanted) => either(volatility, wanted.volatility.sql()),
                None => volatility.to_owned(),
            },
        );
        // Whoever replaces it must know what is replaced.
        if let Some(wanted) = wanted
            && let (RoutineBody::Source(old), RoutineBody::Source(new)) = (&routine.body, &wanted.body)
        {
            let source = |text: &str| format!("source {}", super::short(text));
            self.add(Aspect::Routine, either(&source(old), &source(new)));
        }
    }

    /// Of a type that is no relation.
    pub fn data_type(&mut self, object: &Object) {
        if let Some(EnumType { labels, .. }) = EnumType::of(object) {
            labels.iter().for_each(|label| self.add(Aspect::Type, format!("label {label}")));
        } else if let Some(Domain { base, .. }) = Domain::of(object).filter(|d| is_known(&d.base)) {
            self.add(Aspect::Type, format!("over {base}"));
        } else if let Some(RangeType { subtype, .. }) = RangeType::of(object).filter(|r| is_known(&r.subtype))
        {
            self.add(Aspect::Type, format!("of {subtype}"));
        }
    }
}

/// Whether it is known which type a name means; a file may name an extension's.
pub(super) fn is_known(data_type: &DataType) -> bool {
    data_type.schema.is_some()
}

/// How two facts of which one must hold stand in one line: as the plan finds it, and as the plan leaves it.
pub(super) const BECOMES: &str = " ==> ";

fn either(is: &str, becomes: &str) -> String {
    if is == becomes { is.to_owned() } else { format!("{}{BECOMES}{}", shown(is), shown(becomes)) }
}

/// How long a fact may get. What is longer ends in a digest.
pub(super) const LONGEST: usize = 100;

/// How much of a longer one is shown.
pub(super) const SHOWN: usize = 60;

/// On one line, and short enough to be read.
fn shown(text: &str) -> String {
    let line = text.replace('\n', " ");
    if line.contains(BECOMES) || line.chars().count() <= LONGEST {
        return line;
    }
    let start: String = line.chars().take(SHOWN).collect();
    format!("{start}... {}", super::short(&line))
}

/// A name without quotes: facts are compared, never run.
pub(super) fn plain(name: &QualifiedName) -> String {
    format!("{}.{}", name.schema.as_str(), name.name.as_str())
}

fn list(names: &[Name]) -> String {
    format!("({})", names.iter().map(Name::as_str).collect::<Vec<_>>().join(", "))
}

fn foreign_key(key: &ForeignKey) -> String {
    let action = |on: &str, action: ForeignKeyAction| match action {
        ForeignKeyAction::NoAction => String::new(),
        ForeignKeyAction::Restrict
        | ForeignKeyAction::Cascade
        | ForeignKeyAction::SetNull
        | ForeignKeyAction::SetDefault => format!(" ON {on} {}", action.sql()),
    };
    format!(
        "{} REFERENCES {} {}{}{}",
        list(&key.columns),
        plain(&key.references),
        list(&key.referenced_columns),
        action("UPDATE", key.on_update),
        action("DELETE", key.on_delete)
    )
}

/// Where objects of a kind are looked up; `None` for kinds that no fact is told of by themselves.
pub(super) fn sort(kind: ObjectKind) -> Option<Sort> {
    match kind {
        ObjectKind::Schema | ObjectKind::Extension => Some(Sort::Global),
        ObjectKind::EnumType | ObjectKind::Domain | ObjectKind::RangeType => Some(Sort::Type),
        ObjectKind::CompositeType
        | ObjectKind::Sequence
        | ObjectKind::Table
        | ObjectKind::View
        | ObjectKind::MaterializedView => Some(Sort::Relation),
        ObjectKind::Function | ObjectKind::Procedure => Some(Sort::Routine),
        // Parts of a table, told with it.
        ObjectKind::Column | ObjectKind::Constraint | ObjectKind::Index | ObjectKind::Trigger => None,
        // What few plans rely on; each statement's own guard looks for it.
        ObjectKind::DomainConstraint
        | ObjectKind::BaseType
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::Language
        | ObjectKind::AccessMethod
        | ObjectKind::Aggregate
        | ObjectKind::Operator
        | ObjectKind::OperatorFamily
        | ObjectKind::OperatorClass
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Server
        | ObjectKind::UserMapping
        | ObjectKind::Statistics
        | ObjectKind::EventTrigger
        | ObjectKind::Rule
        | ObjectKind::Policy
        | ObjectKind::Publication
        | ObjectKind::Subscription
        | ObjectKind::DefaultPrivileges => None,
    }
}
