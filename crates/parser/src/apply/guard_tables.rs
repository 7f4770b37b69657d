//! The system catalogs and `information_schema` as guards of DO blocks read them, made from the catalog so far.
//!
//! Never: a table of which a file tells nothing (roles, databases, settings): those have no rows here and are unknown.

use trueup_catalog::{
    Column, Constraint, ConstraintBody, DataType, Domain, EnumType, Expr, Index, IndexTarget, Name, Object,
    ObjectKind, PG_CATALOG, Policy, QualifiedName, Trigger,
};

use super::guard::{Datum, Fields};
use crate::interpreter::Interpreter;
use crate::store::{RelationKind, TypeKind};

fn name(name: &Name) -> Datum {
    Datum::Text(name.as_str().to_owned())
}

fn word(text: &str) -> Datum {
    Datum::Text(text.to_owned())
}

fn class(name: &QualifiedName) -> Datum {
    Datum::Oid(format!("class {name}"))
}

fn namespace(name: &Name) -> Datum {
    Datum::Oid(format!("namespace {name}"))
}

fn type_oid(data_type: &DataType) -> Datum {
    match data_type.qualified_name() {
        Some(name) if data_type.array => Datum::Oid(format!("type {}.{}[]", name.schema, name.name)),
        Some(name) => Datum::Oid(format!("type {name}")),
        None => Datum::Oid(format!("type {}", data_type.name)),
    }
}

fn yes_no(yes: bool) -> Datum {
    word(if yes { "YES" } else { "NO" })
}

/// The rows of a system table or view; `None` when it is not known here.
pub(crate) fn rows(interp: &Interpreter<'_>, schema: Option<&str>, table: &str) -> Option<Vec<Fields>> {
    if schema != Some("information_schema") {
        return own(interp, table);
    }
    let mut rows = standard(interp, table)?;
    for row in &mut rows {
        for catalog in
            ["table_catalog", "constraint_catalog", "catalog_name", "specific_catalog", "trigger_catalog"]
        {
            row.push((catalog, word(super::guard::THIS_DATABASE)));
        }
    }
    Some(rows)
}

fn relkind(interp: &Interpreter<'_>, relation: &QualifiedName, kind: RelationKind) -> Option<&'static str> {
    Some(match kind {
        RelationKind::Table => {
            let table = interp.store.catalog().table(relation);
            if table.is_some_and(|t| t.foreign.is_some()) {
                "f"
            } else if table.is_some_and(|t| t.partition_key.is_some()) {
                "p"
            } else {
                "r"
            }
        }
        RelationKind::Index | RelationKind::ConstraintIndex => "i",
        RelationKind::Sequence | RelationKind::IdentitySequence => "S",
        RelationKind::View => "v",
        RelationKind::MaterializedView => "m",
        RelationKind::CompositeType => "c",
        RelationKind::Opaque => return None,
    })
}

/// `pg_catalog`.
fn own(interp: &Interpreter<'_>, table: &str) -> Option<Vec<Fields>> {
    let catalog = interp.store.catalog();
    let columns = || catalog.of_kind(ObjectKind::Column).filter_map(|(_, e)| Column::of(&e.object));
    let constraints =
        || catalog.of_kind(ObjectKind::Constraint).filter_map(|(_, e)| Constraint::of(&e.object));
    let indexes = || catalog.of_kind(ObjectKind::Index).filter_map(|(_, e)| Index::of(&e.object));
    let gaps = |what: &'static str, field: &'static str| -> Vec<Fields> {
        catalog.gaps.iter().filter(|g| g.what == what).map(|g| vec![(field, word(&g.object))]).collect()
    };
    Some(match table {
        "pg_namespace" => schemas(interp)
            .iter()
            .map(|schema| vec![("oid", namespace(schema)), ("nspname", name(schema))])
            .collect(),
        "pg_class" => interp
            .store
            .relations()
            .filter_map(|(relation, r)| {
                let kind = relkind(interp, relation, r.kind)?;
                let row_security = catalog.table(relation).is_some_and(|t| t.row_security);
                Some(vec![
                    ("oid", class(relation)),
                    ("relname", name(&relation.name)),
                    ("relnamespace", namespace(&relation.schema)),
                    ("relkind", word(kind)),
                    ("relrowsecurity", Datum::Bool(row_security)),
                    (
                        "relispartition",
                        Datum::Bool(catalog.table(relation).is_some_and(|t| t.partition_of.is_some())),
                    ),
                ])
            })
            .collect(),
        "pg_type" => interp
            .store
            .types()
            .map(|(type_name, kind)| {
                let letter = match kind {
                    TypeKind::Composite => "c",
                    TypeKind::Enum => "e",
                    TypeKind::Domain => "d",
                    TypeKind::Range => "r",
                    TypeKind::Multirange => "m",
                    TypeKind::Opaque => "b",
                };
                vec![
                    ("oid", Datum::Oid(format!("type {type_name}"))),
                    ("typname", name(&type_name.name)),
                    ("typnamespace", namespace(&type_name.schema)),
                    ("typtype", word(letter)),
                ]
            })
            .collect(),
        "pg_enum" => catalog
            .of_kind(ObjectKind::EnumType)
            .filter_map(|(_, e)| EnumType::of(&e.object))
            .flat_map(|e| {
                let oid = Datum::Oid(format!("type {}", e.name));
                e.labels.iter().map(move |label| vec![("enumtypid", oid.clone()), ("enumlabel", word(label))])
            })
            .collect(),
        "pg_attribute" => columns()
            .map(|c| {
                vec![
                    ("attrelid", class(&c.table)),
                    ("attname", name(&c.name)),
                    ("attnum", Datum::Int(i64::from(c.position) + 1)),
                    ("attisdropped", Datum::Bool(false)),
                    ("attnotnull", Datum::Bool(c.not_null.is_some())),
                    ("atttypid", type_oid(&c.data_type)),
                    ("atthasdef", Datum::Bool(c.default.is_some())),
                    (
                        "attidentity",
                        word(c.identity.as_ref().map_or("", |i| if i.always { "a" } else { "d" })),
                    ),
                ]
            })
            .collect(),
        "pg_constraint" => constraints()
            .map(|c| {
                let foreign = match &c.body {
                    ConstraintBody::ForeignKey(key) => class(&key.references),
                    _ => Datum::Int(0),
                };
                vec![
                    ("oid", Datum::Oid(format!("constraint {}.{}", c.table, c.name))),
                    ("conname", name(&c.name)),
                    ("conrelid", class(&c.table)),
                    ("connamespace", namespace(&c.table.schema)),
                    ("contype", word(contype(&c.body))),
                    ("confrelid", foreign),
                    ("convalidated", Datum::Bool(c.validated)),
                ]
            })
            .chain(catalog.of_kind(ObjectKind::DomainConstraint).filter_map(|(_, e)| match &e.object {
                Object::DomainConstraint(c) => Some(vec![
                    ("conname", name(&c.name)),
                    ("conrelid", Datum::Int(0)),
                    ("contypid", Datum::Oid(format!("type {}", c.domain))),
                    ("connamespace", namespace(&c.domain.schema)),
                    ("contype", word("c")),
                ]),
                _ => None,
            }))
            .collect(),
        "pg_trigger" => catalog
            .of_kind(ObjectKind::Trigger)
            .filter_map(|(_, e)| Trigger::of(&e.object))
            .map(|t| {
                vec![
                    ("tgname", name(&t.name)),
                    ("tgrelid", class(&t.table)),
                    ("tgisinternal", Datum::Bool(false)),
                ]
            })
            .collect(),
        "pg_proc" => [(ObjectKind::Function, "f"), (ObjectKind::Procedure, "p")]
            .iter()
            .flat_map(|(kind, letter)| catalog.of_kind(*kind).map(move |(key, _)| (key, *letter)))
            .map(|(key, letter)| {
                let schema = key.schema().map_or(Datum::Null, namespace);
                vec![
                    ("oid", Datum::Oid(format!("proc {key}"))),
                    ("proname", name(key.name())),
                    ("pronamespace", schema),
                    ("prokind", word(letter)),
                ]
            })
            .collect(),
        "pg_policy" => policies(interp)
            .map(|p| vec![("polname", name(&p.name)), ("polrelid", class(&p.table))])
            .collect(),
        "pg_policies" => policies(interp)
            .map(|p| {
                vec![
                    ("schemaname", name(&p.table.schema)),
                    ("tablename", name(&p.table.name)),
                    ("policyname", name(&p.name)),
                ]
            })
            .collect(),
        "pg_index" => indexes()
            .map(|i| {
                let relation = QualifiedName { schema: i.table.schema.clone(), name: i.name.clone() };
                (relation, i.table.clone(), i.unique, false)
            })
            .chain(constraints().filter(|c| c.has_index()).map(|c| {
                let relation = QualifiedName { schema: c.table.schema.clone(), name: c.name.clone() };
                let unique = !matches!(c.body, ConstraintBody::Exclusion(_));
                (relation, c.table.clone(), unique, matches!(c.body, ConstraintBody::PrimaryKey(_)))
            }))
            .map(|(index, table, unique, primary)| {
                vec![
                    ("indexrelid", class(&index)),
                    ("indrelid", class(&table)),
                    ("indisunique", Datum::Bool(unique)),
                    ("indisprimary", Datum::Bool(primary)),
                    ("indisvalid", Datum::Bool(true)),
                ]
            })
            .collect(),
        "pg_indexes" => indexes()
            .map(|i| (&i.table, &i.name))
            .chain(constraints().filter(|c| c.has_index()).map(|c| (&c.table, &c.name)))
            .map(|(table, index)| {
                vec![
                    ("schemaname", name(&table.schema)),
                    ("tablename", name(&table.name)),
                    ("indexname", name(index)),
                ]
            })
            .collect(),
        "pg_tables" => of_relkind(interp, &[RelationKind::Table], "tablename"),
        "pg_views" => of_relkind(interp, &[RelationKind::View], "viewname"),
        "pg_matviews" => of_relkind(interp, &[RelationKind::MaterializedView], "matviewname"),
        "pg_sequences" => {
            of_relkind(interp, &[RelationKind::Sequence, RelationKind::IdentitySequence], "sequencename")
        }
        "pg_extension" => catalog
            .of_kind(ObjectKind::Extension)
            .map(|(key, _)| key.name().clone())
            .chain(std::iter::once(Name::new("plpgsql")))
            .map(|extension| vec![("extname", name(&extension))])
            .collect(),
        "pg_inherits" => catalog
            .of_kind(ObjectKind::Table)
            .filter_map(|(_, e)| match &e.object {
                Object::Table(t) => Some(t),
                _ => None,
            })
            .flat_map(|t| {
                let child = class(&t.name);
                t.partition_of
                    .iter()
                    .map(|of| &of.parent)
                    .chain(&t.inherits)
                    .map(move |parent| vec![("inhrelid", child.clone()), ("inhparent", class(parent))])
            })
            .collect(),
        "pg_publication" => gaps("publication", "pubname"),
        "pg_event_trigger" => gaps("event trigger", "evtname"),
        "pg_foreign_server" => gaps("server", "srvname"),
        "pg_foreign_data_wrapper" => gaps("foreign-data wrapper", "fdwname"),
        "pg_collation" => catalog
            .gaps
            .iter()
            .filter(|g| g.what == "collation")
            .filter_map(|g| g.object.rsplit('.').next())
            .map(|n| vec![("collname", word(n.trim_matches('"')))])
            .collect(),
        "pg_language" => ["plpgsql", "sql", "c", "internal"]
            .iter()
            .map(|language| vec![("lanname", word(language))])
            .chain(gaps("language", "lanname"))
            .collect(),
        _ => return None,
    })
}

fn policies<'i>(interp: &'i Interpreter<'_>) -> impl Iterator<Item = &'i Policy> {
    interp.store.catalog().of_kind(ObjectKind::Policy).filter_map(|(_, e)| Policy::of(&e.object))
}

fn schemas(interp: &Interpreter<'_>) -> Vec<Name> {
    interp
        .store
        .catalog()
        .of_kind(ObjectKind::Schema)
        .map(|(key, _)| key.name().clone())
        .chain([Name::new(PG_CATALOG), Name::new("information_schema")])
        .collect()
}

fn of_relkind(interp: &Interpreter<'_>, kinds: &[RelationKind], field: &'static str) -> Vec<Fields> {
    interp
        .store
        .relations()
        .filter(|(_, r)| kinds.contains(&r.kind))
        .map(|(relation, _)| vec![("schemaname", name(&relation.schema)), (field, name(&relation.name))])
        .collect()
}

fn contype(body: &ConstraintBody) -> &'static str {
    match body {
        ConstraintBody::PrimaryKey(_) => "p",
        ConstraintBody::Unique(_) => "u",
        ConstraintBody::ForeignKey(_) => "f",
        ConstraintBody::Check { .. } => "c",
        ConstraintBody::Exclusion(_) => "x",
    }
}

/// `information_schema`.
fn standard(interp: &Interpreter<'_>, table: &str) -> Option<Vec<Fields>> {
    let catalog = interp.store.catalog();
    let constraints =
        || catalog.of_kind(ObjectKind::Constraint).filter_map(|(_, e)| Constraint::of(&e.object));
    Some(match table {
        "tables" => interp
            .store
            .relations()
            .filter_map(|(relation, r)| {
                let kind = match r.kind {
                    RelationKind::Table if catalog.table(relation).is_some_and(|t| t.foreign.is_some()) => {
                        "FOREIGN"
                    }
                    RelationKind::Table => "BASE TABLE",
                    RelationKind::View => "VIEW",
                    _ => return None,
                };
                Some(vec![
                    ("table_schema", name(&relation.schema)),
                    ("table_name", name(&relation.name)),
                    ("table_type", word(kind)),
                ])
            })
            .collect(),
        "columns" => catalog
            .of_kind(ObjectKind::Column)
            .filter_map(|(_, e)| Column::of(&e.object))
            .map(|c| {
                let (data_type, udt) = standard_type(interp, &c.data_type);
                let length = match c.data_type.modifiers.as_slice() {
                    [length]
                        if matches!(c.data_type.name.as_str(), "varchar" | "bpchar")
                            && !c.data_type.array =>
                    {
                        length.parse().map_or(Datum::Null, Datum::Int)
                    }
                    _ => Datum::Null,
                };
                vec![
                    ("table_schema", name(&c.table.schema)),
                    ("table_name", name(&c.table.name)),
                    ("column_name", name(&c.name)),
                    ("is_nullable", yes_no(c.not_null.is_none())),
                    ("data_type", Datum::Text(data_type)),
                    ("udt_name", Datum::Text(udt)),
                    ("column_default", c.default.as_ref().map_or(Datum::Null, |e| word(&e.sql))),
                    ("is_identity", yes_no(c.identity.is_some())),
                    ("is_generated", word(if c.generated.is_some() { "ALWAYS" } else { "NEVER" })),
                    ("character_maximum_length", length),
                ]
            })
            .collect(),
        "views" => of_relkind(interp, &[RelationKind::View], "table_name")
            .into_iter()
            .map(|row| {
                row.into_iter()
                    .map(|(f, v)| (if f == "schemaname" { "table_schema" } else { f }, v))
                    .collect()
            })
            .collect(),
        "sequences" => of_relkind(interp, &[RelationKind::Sequence], "sequence_name")
            .into_iter()
            .map(|row| {
                row.into_iter()
                    .map(|(f, v)| (if f == "schemaname" { "sequence_schema" } else { f }, v))
                    .collect()
            })
            .collect(),
        "schemata" => schemas(interp).iter().map(|schema| vec![("schema_name", name(schema))]).collect(),
        "routines" => [(ObjectKind::Function, "FUNCTION"), (ObjectKind::Procedure, "PROCEDURE")]
            .iter()
            .flat_map(|(kind, word)| catalog.of_kind(*kind).map(move |(key, _)| (key, *word)))
            .map(|(key, kind)| {
                let schema = key.schema().map_or(Datum::Null, name);
                vec![
                    ("routine_schema", schema.clone()),
                    ("specific_schema", schema),
                    ("routine_name", name(key.name())),
                    ("routine_type", word(kind)),
                ]
            })
            .collect(),
        "triggers" => catalog
            .of_kind(ObjectKind::Trigger)
            .filter_map(|(_, e)| Trigger::of(&e.object))
            .flat_map(|t| {
                let events = [("INSERT", t.on_insert), ("UPDATE", t.on_update), ("DELETE", t.on_delete)];
                events.into_iter().filter(|(_, on)| *on).map(move |(event, _)| {
                    vec![
                        ("trigger_schema", name(&t.table.schema)),
                        ("trigger_name", name(&t.name)),
                        ("event_object_schema", name(&t.table.schema)),
                        ("event_object_table", name(&t.table.name)),
                        ("event_manipulation", word(event)),
                    ]
                })
            })
            .collect(),
        "table_constraints" => constraints()
            .map(|c| {
                vec![
                    ("constraint_schema", name(&c.table.schema)),
                    ("constraint_name", name(&c.name)),
                    ("table_schema", name(&c.table.schema)),
                    ("table_name", name(&c.table.name)),
                    ("constraint_type", word(c.type_sql())),
                ]
            })
            .collect(),
        "referential_constraints" => constraints()
            .filter(|c| matches!(c.body, ConstraintBody::ForeignKey(_)))
            .map(|c| vec![("constraint_schema", name(&c.table.schema)), ("constraint_name", name(&c.name))])
            .collect(),
        "check_constraints" => constraints()
            .filter(|c| matches!(c.body, ConstraintBody::Check { .. }))
            .map(|c| vec![("constraint_schema", name(&c.table.schema)), ("constraint_name", name(&c.name))])
            .collect(),
        "key_column_usage" => constraints()
            .flat_map(|c| {
                let columns: &[Name] = match &c.body {
                    ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => &key.columns,
                    ConstraintBody::ForeignKey(key) => &key.columns,
                    ConstraintBody::Check { .. } | ConstraintBody::Exclusion(_) => &[],
                };
                columns.iter().map(|column| usage(c, &c.table, column)).collect::<Vec<_>>()
            })
            .collect(),
        "constraint_column_usage" => constraints().flat_map(|c| column_usage(c)).collect(),
        "domains" => catalog
            .of_kind(ObjectKind::Domain)
            .filter_map(|(_, e)| Domain::of(&e.object))
            .map(|d| vec![("domain_schema", name(&d.name.schema)), ("domain_name", name(&d.name.name))])
            .collect(),
        _ => return None,
    })
}

fn usage(constraint: &Constraint, table: &QualifiedName, column: &Name) -> Fields {
    vec![
        ("constraint_schema", name(&constraint.table.schema)),
        ("constraint_name", name(&constraint.name)),
        ("table_schema", name(&table.schema)),
        ("table_name", name(&table.name)),
        ("column_name", name(column)),
    ]
}

/// The columns that a constraint uses: for a foreign key those that it refers to.
fn column_usage(c: &Constraint) -> Vec<Fields> {
    let of = |columns: &[Name]| columns.iter().map(|column| usage(c, &c.table, column)).collect();
    let in_expr = |expr: &Expr| crate::expression::columns(&expr.sql).into_iter().collect::<Vec<Name>>();
    match &c.body {
        ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => of(&key.columns),
        ConstraintBody::ForeignKey(key) => {
            key.referenced_columns.iter().map(|column| usage(c, &key.references, column)).collect()
        }
        ConstraintBody::Check { expr } => of(&in_expr(expr)),
        ConstraintBody::Exclusion(exclusion) => exclusion
            .elements
            .iter()
            .filter_map(|e| match &e.element.target {
                IndexTarget::Column(column) => Some(usage(c, &c.table, column)),
                IndexTarget::Expr(_) => None,
            })
            .collect(),
    }
}

/// `data_type` and `udt_name` of a column.
fn standard_type(interp: &Interpreter<'_>, data_type: &DataType) -> (String, String) {
    let mut base = data_type.clone();
    // A domain shows as what it is over.
    if let Some(qualified) = base.qualified_name()
        && let Some(domain) = interp
            .store
            .get(&trueup_catalog::ObjectKey::in_schema(ObjectKind::Domain, qualified))
            .and_then(|e| Domain::of(&e.object))
        && !base.array
    {
        base = domain.base.clone();
    }
    let udt = if base.array { format!("_{}", base.name.as_str()) } else { base.name.as_str().to_owned() };
    let shown = if base.array {
        "ARRAY".to_owned()
    } else if base.schema.as_ref().is_some_and(|s| *s == PG_CATALOG) {
        match base.name.as_str() {
            "bpchar" => "character".to_owned(),
            _ => DataType { modifiers: Vec::new(), ..base }.to_string(),
        }
    } else {
        "USER-DEFINED".to_owned()
    };
    (shown, udt)
}
