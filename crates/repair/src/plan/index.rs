//! Indexes.

use super::draft::Draft;
use super::{Context, Judged, handed_down, partition};
use crate::ddl::Sql;
use crate::ddl::index::{Build, create};
use crate::ddl::table::set_option;
use crate::guard;
use crate::lock::{Held, Lock, LockMode};
use crate::names::automatic;
use crate::order::Symbol;
use crate::probe;
use crate::shape::{self, Shape};
use crate::statement::{Asked, Refusal, Statement};
use crate::step::{Phase, Work};
use std::collections::BTreeMap;
use trueup_catalog::{Index, Name, ObjectKey, ObjectKind, QualifiedName, SchemaObject};
use trueup_diff::Change;

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, index: &Index) -> Judged {
    let (reason, data) = if index.unique && !context.is_new(&index.table) {
        ("rows that are there must be unique", true)
    } else if context.is_new(&index.table) {
        ("its table is new", false)
    } else {
        ("it is built concurrently", false)
    };
    let name = QualifiedName { schema: index.table.schema.clone(), name: index.name.clone() };
    let comes_with =
        parent(context, index).filter(|parent| context.is_missing(parent) && !context.is_new(&index.table));
    // The parent's steps build each partition's, and find a name where this one is taken.
    if let (Some(taken), None) = (context.taken(&name), comes_with) {
        return Judged::manual(format!("its name is taken by {} {taken}", taken.kind), Vec::new());
    }
    let judged = |mut drafts: Vec<Draft>| {
        drafts.extend(statistics(key, &name, &index.statistics).map(Draft::then));
        if data { Judged::data(reason, drafts) } else { Judged::safe(reason, drafts) }
    };
    if let Some(parent) = reshaped_above(context, index) {
        if context.is_new(&index.table) {
            // It gets its part of what is there, as all partitions have.
            return Judged::follows();
        }
        return Judged::manual(format!("its parent {parent} is another index"), Vec::new());
    }
    if context.is_new(&index.table) {
        return judged(plain(context, key, index));
    }
    if let Some(parent) = parent(context, index) {
        if context.is_missing(&parent) {
            // The parent's steps build each partition's.
            return Judged::follows();
        }
        let Some(own) = index.attached_to.clone() else { return Judged::follows() };
        if let Some(there) = partition::part_of(context, &own, &index.table) {
            return Judged::manual(format!("its table has that part already, as {}", there.name), Vec::new());
        }
        if parent.relation().is_some_and(|table| !context.is_partitioned(table)) {
            return Judged::manual("its table's parent is not partitioned", Vec::new());
        }
        let build = if context.is_partitioned(&index.table) {
            partition::index(context, key, index)
        } else {
            concurrently(context, index)
        };
        let attach = partition::attach(key, index, &own).then();
        return judged(build.into_iter().chain([attach]).collect());
    }
    if context.is_partitioned(&index.table) {
        return judged(partition::index(context, key, index));
    }
    judged(concurrently(context, index))
}

/// Sets the statistics targets of an index's expressions.
pub(super) fn statistics(
    key: &ObjectKey,
    index: &QualifiedName,
    targets: &BTreeMap<u16, i32>,
) -> Option<Draft> {
    // Whoever needs the index does not wait for these.
    let mut draft = Draft::new(Phase::Build, key, format!("statistics targets of {key}"))
        .quiet_index(index)
        .provides_nothing();
    for sql in crate::ddl::index::statistics(index, targets) {
        draft = draft.run(&sql);
    }
    (!targets.is_empty()).then_some(draft)
}

/// The partitioned index that it is a part of.
pub(super) fn parent(context: &Context<'_>, index: &Index) -> Option<ObjectKey> {
    let name = index.attached_to.as_ref()?;
    let table = context.desired.table(&index.table)?.partition_of.as_ref()?;
    Some(ObjectKey::on_relation(ObjectKind::Index, table.parent.clone(), name.name.clone()))
}

/// The nearest partitioned index above that live has in another shape: what hangs below gets its part of that one.
fn reshaped_above(context: &Context<'_>, index: &Index) -> Option<ObjectKey> {
    let mut above = parent(context, index)?;
    loop {
        if context.is_reshaped(&above) {
            return Some(above);
        }
        let entry = context.desired.get(&above)?;
        above = parent(context, Index::of(&entry.object)?)?;
    }
}

/// On a table that the plan makes, there is nobody to wait for. An index of a partitioned table is
/// made for that alone, after its partitions are attached, and theirs are attached to it one by
/// one: PostgreSQL would pick any that is alike.
fn plain(context: &Context<'_>, key: &ObjectKey, index: &Index) -> Vec<Draft> {
    let name = || QualifiedName { schema: index.table.schema.clone(), name: index.name.clone() };
    let partitioned = context.desired.table(&index.table).is_some_and(|t| t.partition_key.is_some());
    let has_part = |table: &QualifiedName| parts(context, table).any(|(_, i)| i.attached_to == Some(name()));
    // One that is wanted without all its parts was made for the parent alone: else PostgreSQL would make the others.
    let only = partitioned && (!index.valid || context.new_parts(&index.table).all(has_part));
    let sql = create(index, Build { if_not_exists: true, concurrently: false, only });
    let mut draft = Draft::new(Phase::Build, key, title(index))
        .shaped(&guard::no_relation(&name()), &sql, &shape::index(index))
        .on(&index.table)
        .needs(Symbol::Attached(index.table.clone()));
    if let Some(table) = handed_down::waits_for(context, index) {
        draft = draft.needs(Symbol::Attached(table));
    }
    if index.unique {
        draft = draft.provides(Symbol::Unique(index.table.clone()));
    }
    let mut drafts = vec![draft];
    if let (Some(parent), Some(own)) =
        (parent(context, index).filter(|p| context.is_missing(p)), &index.attached_to)
    {
        let whole = parent.relation().map(|table| Symbol::Unique(table.clone()));
        let mut attach = partition::attach(key, index, own).provides_nothing();
        // A foreign key to the parent needs its unique index valid, that is with all parts.
        attach.provides.extend(whole);
        // From the leaves up: an index with parts is whole, and can be attached, once they are.
        attach.provides.push(Symbol::Attached(own.clone()));
        attach.needs.push(Symbol::Attached(name()));
        drafts.push(
            attach
                .needs(Symbol::Object(key.clone()))
                .needs(Symbol::Object(parent))
                .needs(Symbol::Attached(index.table.clone())),
        );
    }
    drafts
}

/// The indexes of a partition that are part of its parent's.
fn parts<'a>(
    context: &Context<'a>,
    partition: &QualifiedName,
) -> impl Iterator<Item = (&'a ObjectKey, &'a Index)> + use<'a> {
    context
        .desired
        .on_relation(ObjectKind::Index, partition)
        .filter_map(|(key, entry)| Some((key, Index::of(&entry.object)?)))
}

/// `CREATE INDEX CONCURRENTLY`, refused while an invalid leftover bears the name; a unique one after a look for duplicates,
/// which would leave such a leftover.
pub(super) fn concurrently(context: &Context<'_>, index: &Index) -> Vec<Draft> {
    let sql = create(index, Build { concurrently: true, if_not_exists: true, only: false });
    let key = index.key();
    let draft =
        concurrent_draft(&key, &title(index), &index.table, &index.name, &sql, Some(&shape::index(index)));
    if !index.unique {
        return vec![draft];
    }
    let draft = draft.may_fail().provides(Symbol::Unique(index.table.clone()));
    let Index { table, elements, predicate, nulls_not_distinct, .. } = index;
    let probe = probe::duplicates(context.live, table, elements, predicate.as_ref(), *nulls_not_distinct);
    let Some(probe) = probe else { return vec![draft] };
    let name = QualifiedName { schema: table.schema.clone(), name: index.name.clone() };
    let look = Draft::look(Phase::Build, &key, &probe, &guard::no_relation(&name), "23505").on(table);
    vec![look, draft.then()]
}

/// The same for any index text: `IF NOT EXISTS` would take an invalid index for a good one.
pub(super) fn concurrent_draft(
    key: &ObjectKey,
    title: &str,
    table: &QualifiedName,
    name: &Name,
    sql: &Sql,
    shape: Option<&Shape>,
) -> Draft {
    let refusal = Refusal {
        asked: Asked::Always,
        condition: guard::index_invalid(&table.schema, name),
        message: format!("index {}.{name} is invalid: an earlier build of it failed", table.schema),
        code: "55000".to_owned(),
        hint: format!("DROP INDEX CONCURRENTLY {}.{name}; then run this repair again", table.schema),
        reads_rows: false,
    };
    let there = guard::any_relation(&QualifiedName { schema: table.schema.clone(), name: name.clone() });
    let other = shape.map(|shape| shape.refusal_before(&there));
    Draft::new(Phase::Build, key, title)
        .plain(other.into_iter().fold(Statement::refusing(refusal), Statement::refuse))
        .run(sql)
        .alone()
        .work(Work::Build)
        .locks(Lock::table(table, LockMode::ShareUpdateExclusive, Held::Build))
        .note("waits for transactions that are older than itself")
        .on(table)
}

fn title(index: &Index) -> String {
    let mut sql = Sql::default();
    crate::ddl::index::elements(&mut sql, &index.elements);
    if let Some(predicate) = &index.predicate {
        sql.push(" WHERE ").expr(predicate);
    }
    let unique = if index.unique { " UNIQUE" } else { "" };
    format!("index {}{unique} {}", index.key(), sql.text)
}

pub(super) fn changed(
    context: &Context<'_>,
    key: &ObjectKey,
    desired: &Index,
    live: &Index,
    change: &Change,
) -> Judged {
    let name = QualifiedName { schema: desired.table.schema.clone(), name: desired.name.clone() };
    if let Some(option) = change.attribute.strip_prefix("options.") {
        let set = desired.options.get(option).map(|v| set_option("INDEX", &name, option, v));
        if context.is_partitioned(&desired.table) {
            // `ATSimplePermissions` in `tablecmds.c`.
            return Judged::manual("PostgreSQL sets no options of a partitioned index", Vec::new());
        }
        let draft = Draft::new(Phase::Build, key, format!("index {key} option {option}")).quiet_index(&name);
        return super::option(change, draft, set);
    }
    let build = Build { concurrently: !context.is_partitioned(&desired.table), ..Build::default() };
    let drop =
        || Sql::new(format!("DROP INDEX {}{name}", if build.concurrently { "CONCURRENTLY " } else { "" }));
    match change.attribute.as_str() {
        "statistics" => super::statistics_targets(key, &name, &desired.statistics, &live.statistics),
        "attached_to" if live.attached_to.is_none() && live.valid => match &desired.attached_to {
            Some(_) if parent(context, desired).is_some_and(|parent| context.is_reshaped(&parent)) => {
                Judged::manual("its parent's index is another one", Vec::new())
            }
            Some(parent) => {
                Judged::safe("it is only attached", vec![partition::attach(key, desired, parent)])
            }
            None => Judged::manual("adding can't change what is there", Vec::new()),
        },
        "valid" if context.is_partitioned(&desired.table) => {
            Judged::manual("a partition lacks its part of it, or has one that is not attached", Vec::new())
        }
        "valid" => Judged::manual(
            "an invalid index must be dropped before it is built again",
            vec![drop(), create(desired, build)],
        ),
        "tablespace" => Judged::manual(
            "moving it locks it while it is copied",
            desired
                .tablespace
                .as_ref()
                .map(|t| Sql::new(format!("ALTER INDEX {name} SET TABLESPACE {t}")))
                .into_iter()
                .collect(),
        ),
        _ => {
            let next = Index { name: automatic(&desired.name, None, "new"), ..desired.clone() };
            let rename =
                Sql::new(format!("ALTER INDEX {}.{} RENAME TO {}", name.schema, next.name, name.name));
            Judged::manual("adding can't change what is there", vec![create(&next, build), drop(), rename])
        }
    }
}
