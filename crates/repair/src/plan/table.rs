//! Tables, with what is made together with them.

use super::draft::Draft;
use super::{Context, Judged, fit, handed_down, partition};
use crate::allow::Consent;
use crate::ddl::Sql;
use crate::ddl::column::Parts;
use crate::ddl::{column as column_ddl, table as ddl};
use crate::guard;
use crate::lock::{Held, Lock, LockMode, Locked};
use crate::mentions::mentions;
use crate::names::automatic;
use crate::order::Symbol;
use crate::shape;
use crate::statement::{Asked, Refusal};
use crate::step::Phase;
use std::borrow::Cow;
use trueup_catalog::{
    Column, Constraint, ConstraintBody, Expr, Function, Index, Name, ObjectKey, ObjectKind, PartitionBound,
    Persistence, QualifiedName, ReplicaIdentity, SchemaObject, Table,
};
use trueup_diff::{Change, Disposition};

/// A new table comes with its columns, row security, and those constraints that can stand inside
/// `CREATE TABLE`. A partition is made as a table of its own and then attached, which
/// locks its parent less than `PARTITION OF` does.
pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, table: &Table) -> Judged {
    if table.persistence == Persistence::Temporary {
        return Judged::manual("a temporary table lives in the session that makes it", Vec::new());
    }
    if let Some(taken) = context.taken(&table.name) {
        return Judged::manual(format!("its name is taken by {} {taken}", taken.kind), Vec::new());
    }
    let parent = table.partition_of.as_ref().map(|of| &of.parent);
    if parent.is_some_and(|parent| !context.is_new(parent) && !context.is_partitioned(parent)) {
        return Judged::manual("its parent is not partitioned", Vec::new());
    }
    let contents = contents(context, table);
    let columns = contents.columns.len();
    let later = |column: &Column| {
        let wanted = context.desired.column(&table.name, &column.name)?;
        (wanted.data_type != column.data_type).then_some(&wanted.data_type)
    };
    let made_with: Vec<_> = contents.columns.iter().map(|(c, _)| (&c.name, &c.data_type, later(c))).collect();
    let mut draft = Draft::new(
        Phase::Create,
        key,
        format!("table {key} ({columns} column{})", if columns == 1 { "" } else { "s" }),
    )
    .shaped(
        &guard::no_relation(&table.name),
        &ddl::create(table, &contents),
        &shape::table(table, &made_with),
    );
    let settings = ddl::settings(table);
    let columns = contents.columns.iter().flat_map(|(column, _)| column_ddl::settings(column));
    for sql in settings.iter().cloned().chain(columns) {
        draft = draft.run(&sql);
    }
    for (column, _) in &contents.columns {
        draft = draft.of_type(&column.data_type);
    }
    for parent in &table.inherits {
        draft = draft.on(parent).quiet(parent);
    }
    if let Some(of_type) = &table.of_type {
        draft = draft.needs(Symbol::Type(of_type.clone()));
    }
    let name = || table.name.clone();
    draft = draft
        .provides(Symbol::Relation(name()))
        .provides(Symbol::Type(name()))
        .provides(Symbol::Unique(name()));
    let mut drafts = vec![draft];
    let mut judged = (Disposition::Safe, "it is only added");
    if let Some(attach) = ddl::attach(table) {
        let (parts, needs) = handed_down::parts(context, table);
        drafts.extend(parts);
        drafts.push(needs.into_iter().fold(self::attach(context, key, table, &attach).then(), Draft::needs));
        if default_partition(context, table).is_some() {
            judged =
                (Disposition::Manual, "attaching it scans the default partition while nobody can use that");
        }
    }
    if let ReplicaIdentity::Index(index) = &table.replica_identity {
        drafts.push(
            Draft::new(Phase::Constrain, key, format!("replica identity of {key}"))
                .run(&ddl::replica_identity(table))
                .locks(Lock::table(&table.name, LockMode::AccessExclusive, Held::Moment))
                .on(&table.name)
                .needs(Symbol::Object(ObjectKey::on_relation(ObjectKind::Index, name(), index.clone())))
                .needs(Symbol::Object(ObjectKey::on_relation(ObjectKind::Constraint, name(), index.clone()))),
        );
    }
    drafts.extend(table.clustered_on.as_ref().map(|index| cluster_on(key, &table.name, index)));
    for constraint in constraints(context, table) {
        if let ConstraintBody::Exclusion(exclusion) = &constraint.body {
            let index = QualifiedName { schema: table.name.schema.clone(), name: constraint.name.clone() };
            let draft = super::index::statistics(&constraint.key(), &index, &exclusion.statistics);
            drafts.extend(draft.map(|draft| draft.needs(Symbol::Object(constraint.key()))));
        }
    }
    let (disposition, reason) = judged;
    if disposition == Disposition::Manual {
        let statements = drafts.iter().flat_map(|d| &d.step.statements);
        let plain: Vec<Sql> = statements.map(|s| Sql::new(s.text().trim_end_matches(';'))).collect();
        let proven = default_partition(context, table)
            .and_then(|d| super::recipe::beside_default(context, table, d, plain.clone()));
        return Judged::manual(reason, proven.unwrap_or(plain));
    }
    Judged::new(disposition, reason, drafts)
}

/// The default partition of live's parent, whose rows attaching would have to look at.
fn default_partition<'a>(context: &Context<'a>, table: &Table) -> Option<&'a QualifiedName> {
    let of = table.partition_of.as_ref().filter(|of| of.bound != PartitionBound::Default)?;
    context.live_partitions(&of.parent).into_iter().map(|t| &t.name).find(|name| {
        let there = context.live.table(name).and_then(|t| t.partition_of.as_ref());
        there.is_some_and(|of| of.bound == PartitionBound::Default)
    })
}

fn attach(context: &Context<'_>, key: &ObjectKey, table: &Table, sql: &Sql) -> Draft {
    let guard = guard::not_attached(&table.name.schema, &table.name.name);
    let mut draft =
        Draft::new(Phase::Create, key, format!("partition {key}")).guarded(&guard, sql).on(&table.name);
    if let Some(of) = &table.partition_of {
        draft = draft.on(&of.parent).quiet(&of.parent).provides(Symbol::Attached(of.parent.clone()));
        draft = attach_locks(context, &of.parent).into_iter().fold(draft, Draft::locks);
    }
    // Its own indexes are made first, so that attaching adopts them with their names for those that the parent has.
    for (index, entry) in context.desired.on_relation(ObjectKind::Index, &table.name) {
        if Index::of(&entry.object).is_some() && handed_down::is_adopted(context, index) {
            let name = QualifiedName { schema: table.name.schema.clone(), name: index.name().clone() };
            // Whole, where it has parts itself: one that is invalid is passed over.
            draft = draft.needs(Symbol::Object(index.clone())).needs(Symbol::Attached(name));
        }
    }
    draft
}

/// What attaching locks besides the parent: its indexes, each of which gets a part; the tables that its foreign keys refer to, for
/// the partition's own; and from 15 on those that refer to it (`CloneForeignKeyConstraints` in `tablecmds.c`).
fn attach_locks(context: &Context<'_>, parent: &QualifiedName) -> Vec<Lock> {
    let mut locks = Vec::new();
    let index = |name: &Name| {
        let name = QualifiedName { schema: parent.schema.clone(), name: name.clone() };
        Lock::other(Locked::Index, &name, LockMode::ShareUpdateExclusive)
    };
    let writers = |table: &QualifiedName| {
        Lock::table(table, LockMode::ShareRowExclusive, Held::Moment).and_partitions()
    };
    let on_parent = |kind| context.live.on_relation(kind, parent);
    locks.extend(on_parent(ObjectKind::Index).filter_map(|(_, e)| Some(index(&Index::of(&e.object)?.name))));
    for constraint in on_parent(ObjectKind::Constraint).filter_map(|(_, e)| Constraint::of(&e.object)) {
        match &constraint.body {
            ConstraintBody::ForeignKey(key) => locks.push(writers(&key.references)),
            ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) | ConstraintBody::Exclusion(_) => {
                locks.push(index(&constraint.name));
            }
            ConstraintBody::Check { .. } => {}
        }
    }
    if context.version >= 15 {
        locks.extend(context.referrers(parent).map(writers));
    }
    locks
}

/// Whether live has the table, but as no partition: so a repair leaves it that is stopped between making and attaching it.
fn is_unattached(context: &Context<'_>, desired: &Table) -> bool {
    let attached = context.live.table(&desired.name).is_none_or(|live| live.partition_of.is_some());
    let parent = desired.partition_of.as_ref().is_some_and(|of| context.is_partitioned(&of.parent));
    !attached && parent && default_partition(context, desired).is_none()
}

/// Attaching scans the table while nobody can use it, which takes a moment as long as there are no rows.
fn attach_if_empty(context: &Context<'_>, key: &ObjectKey, desired: &Table) -> Judged {
    let Some(sql) = ddl::attach(desired) else { return Judged::follows() };
    let mut draft = attach(context, key, desired, &sql)
        .locks(Lock::table(&desired.name, LockMode::AccessExclusive, Held::Moment))
        .may_fail();
    let refusal = Refusal {
        asked: Asked::Before,
        condition: format!("EXISTS (SELECT FROM {})", desired.name),
        message: format!("{} has rows: attaching would scan it while nobody can use it", desired.name),
        code: "55000".to_owned(),
        hint: "Add a CHECK that says the partition's bounds NOT VALID, validate it, then attach the table"
            .to_owned(),
        reads_rows: true,
    };
    // Attaching adopts its indexes for those of the parent that are there by then.
    for (_, entry) in context.desired.on_relation(ObjectKind::Index, &desired.name) {
        let whole = Index::of(&entry.object).and_then(|index| index.attached_to.as_ref());
        if let (Some(whole), Some(of)) = (whole, &desired.partition_of) {
            let key = ObjectKey::on_relation(ObjectKind::Index, of.parent.clone(), whole.name.clone());
            draft = draft.needs(Symbol::Object(key));
        }
    }
    if let Some(statement) = draft.step.statements.pop() {
        draft.step.statements.push(statement.refuse(refusal));
    }
    Judged::data("the table must have no rows, or attaching scans it while nobody can use it", vec![draft])
}

/// The columns and constraints inside the table's `CREATE TABLE`.
fn contents<'a>(context: &Context<'a>, table: &Table) -> ddl::Contents<'a> {
    let partition = table.partition_of.is_some();
    let columns = fit::columns(context, table)
        .into_iter()
        .filter_map(|column| {
            // Before 17 a partition can't have an identity of its own; since 17 it has its parent's.
            let parts = Parts { identity: !partition, ..Parts::ALL };
            if table.of_type.is_some() {
                let parts = Parts { data_type: false, ..parts };
                return has_extras(&column).then_some((column, parts));
            }
            if partition {
                return Some((named_as_parents(context, table, column), parts));
            }
            if column.inherited {
                // NOT NULL comes with the rest.
                let parts = Parts { not_null: false, ..parts };
                return overrides(context, table, &column).then_some((column, parts));
            }
            Some((column, parts))
        })
        .collect();
    let constraints =
        fit::constraints(context, table).into_iter().filter(|c| is_inside(context, table, c)).collect();
    ddl::Contents { columns, constraints, if_not_exists: true }
}

/// From 18 on a partition's NOT NULL bears its parent's name, unless it has one of its own.
fn named_as_parents<'a>(context: &Context<'a>, table: &Table, column: Cow<'a, Column>) -> Cow<'a, Column> {
    let unnamed = column.not_null.as_ref().is_some_and(|n| n.name.is_none());
    if context.version < 18 || !unnamed || !column.inherited {
        return column;
    }
    let mut parent = table.partition_of.as_ref().map(|of| &of.parent);
    let mut name = None;
    while let Some(above) = parent.and_then(|p| context.desired.column(p, &column.name)) {
        let Some(not_null) = &above.not_null else { break };
        name = Some(
            not_null
                .name
                .clone()
                .unwrap_or_else(|| automatic(&above.table.name, Some(&above.name), "not_null")),
        );
        let next =
            context.desired.table(&above.table).and_then(|t| t.partition_of.as_ref()).map(|of| &of.parent);
        if not_null.name.is_some() || next == parent {
            break;
        }
        parent = next;
    }
    let mut column = column.into_owned();
    if let Some(not_null) = &mut column.not_null {
        not_null.name = name;
    }
    Cow::Owned(column)
}

fn constraints<'a>(context: &Context<'a>, table: &Table) -> impl Iterator<Item = &'a Constraint> {
    context
        .desired
        .on_relation(ObjectKind::Constraint, &table.name)
        .filter_map(|(_, entry)| Constraint::of(&entry.object))
}

/// Whether the constraint of a new table stands inside its `CREATE TABLE`. Foreign keys come after
/// all tables; a check that is not valid can only be added, and one that calls a function on the
/// table's rows needs the table first. A partition must have its parent's checks before it is
/// attached; its keys are adopted then.
pub(super) fn is_inside(context: &Context<'_>, table: &Table, constraint: &Constraint) -> bool {
    let handed_down = constraint.inherited && table.partition_of.is_none();
    match &constraint.body {
        ConstraintBody::ForeignKey(_) => false,
        ConstraintBody::Check { expr } => {
            !handed_down
                && (constraint.validated
                    || !constraint.enforced
                    || fit::demands(context, table, &constraint.name))
                && !calls_on_rows(context, table, expr)
        }
        ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) | ConstraintBody::Exclusion(_) => {
            !handed_down && !has_twin(context, table, constraint)
        }
    }
}

/// Whether another key of the table, earlier by name, demands the same: `CREATE TABLE` would make
/// one of the two (`transformIndexConstraints` in `parse_utilcmd.c`).
fn has_twin(context: &Context<'_>, table: &Table, constraint: &Constraint) -> bool {
    let columns = |c: &Constraint| match &c.body {
        ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => Some(key.columns.clone()),
        ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } | ConstraintBody::Exclusion(_) => None,
    };
    let rank = |c: &Constraint| (!matches!(c.body, ConstraintBody::PrimaryKey(_)), c.name.clone());
    columns(constraint).is_some()
        && constraints(context, table)
            .any(|other| rank(other) < rank(constraint) && columns(other) == columns(constraint))
}

/// Whether the expression calls a function that takes or gives the table's row type, which is
/// there only once the table is.
fn calls_on_rows(context: &Context<'_>, table: &Table, expr: &Expr) -> bool {
    mentions(&expr.sql).iter().filter(|m| m.call).any(|mention| {
        let names: Vec<QualifiedName> = match mention.parts.as_slice() {
            [name] => expr
                .search_path
                .iter()
                .map(|schema| QualifiedName { schema: schema.clone(), name: name.clone() })
                .collect(),
            [schema, name] => vec![QualifiedName { schema: schema.clone(), name: name.clone() }],
            _ => Vec::new(),
        };
        names.iter().flat_map(|name| context.desired.routines(ObjectKind::Function, name)).any(
            |(_, entry)| {
                Function::of(&entry.object).is_some_and(|f| {
                    let types = f.0.arguments.iter().map(|a| &a.data_type).chain(&f.0.returns);
                    types.filter_map(|t| t.qualified_name()).any(|t| t == table.name)
                })
            },
        )
    })
}

fn has_extras(column: &Column) -> bool {
    column.default.is_some()
        || column.not_null.is_some()
        || column.identity.is_some()
        || column.generated.is_some()
}

/// Whether an inherited column has a default of its own.
fn overrides(context: &Context<'_>, table: &Table, column: &Column) -> bool {
    column.default.is_some()
        && !table
            .inherits
            .iter()
            .filter_map(|parent| context.desired.column(parent, &column.name))
            .any(|c| c.default.as_ref().map(|d| &d.sql) == column.default.as_ref().map(|d| &d.sql))
}

/// Names the index that CLUSTER goes by; no row moves before somebody runs that.
fn cluster_on(key: &ObjectKey, table: &QualifiedName, index: &Name) -> Draft {
    let on = |kind| Symbol::Object(ObjectKey::on_relation(kind, table.clone(), index.clone()));
    Draft::new(Phase::Constrain, key, format!("the index that {key} is clustered on"))
        .run(&ddl::cluster_on("TABLE", table, index))
        .quiet(table)
        .quiet_index(&QualifiedName { schema: table.schema.clone(), name: index.clone() })
        .on(table)
        .needs(on(ObjectKind::Index))
        .needs(on(ObjectKind::Constraint))
}

pub(super) fn changed(context: &Context<'_>, key: &ObjectKey, desired: &Table, change: &Change) -> Judged {
    let alter = |what: &str| Sql::new(format!("ALTER TABLE {} {what}", desired.name));
    if let Some(option) = change.attribute.strip_prefix("options.") {
        let set = desired.options.get(option).map(|v| ddl::set_option("TABLE", &desired.name, option, v));
        let draft =
            Draft::new(Phase::Create, key, format!("table {key} option {option}")).quiet(&desired.name);
        return super::option(change, draft, set.or_else(|| Some(alter(&format!("RESET ({option})")))));
    }
    match change.attribute.as_str() {
        "row_security" | "force_row_security" => {
            let force = change.attribute == "force_row_security";
            let on = if force { desired.force_row_security } else { desired.row_security };
            let sql = alter(match (force, on) {
                (false, true) => "ENABLE ROW LEVEL SECURITY",
                (false, false) => "DISABLE ROW LEVEL SECURITY",
                (true, true) => "FORCE ROW LEVEL SECURITY",
                (true, false) => "NO FORCE ROW LEVEL SECURITY",
            });
            if !on {
                return Judged::manual("it would open rows to roles that can't see them", vec![sql]);
            }
            let mut draft = Draft::new(Phase::Behave, key, format!("row security of {key}"))
                .run(&sql)
                .locks(Lock::table(&desired.name, LockMode::AccessExclusive, Held::Moment));
            // Policies first: without one nobody but the owner would see a row.
            for (policy, _) in context.desired.on_relation(ObjectKind::Policy, &desired.name) {
                draft = draft.needs(Symbol::Object(policy.clone()));
            }
            Judged::consent(Consent::RowSecurity, "it changes which rows roles see", vec![draft])
        }
        "clustered_on" => {
            let drafts: Vec<Draft> =
                desired.clustered_on.iter().map(|index| cluster_on(key, &desired.name, index)).collect();
            super::only_if_none(change.live.is_none(), drafts)
        }
        "replica_identity" => {
            Judged::manual("it changes what replication sends", vec![ddl::replica_identity(desired)])
        }
        "partition_of" | "partition_bound" if is_unattached(context, desired) => {
            if change.attribute == "partition_bound" {
                return Judged::follows();
            }
            attach_if_empty(context, key, desired)
        }
        "partition_of" | "partition_bound" => Judged::manual(
            "attaching or moving a partition with rows scans it while nobody can use it",
            partition::suggestion(desired),
        ),
        "persistence" | "access_method" | "tablespace" => {
            Judged::manual("it rewrites the table while nobody can use it", Vec::new())
        }
        _ => Judged::manual("adding can't change what is there", Vec::new()),
    }
}
