//! What a new partition gets from indexes that only live's parent has, or has in another shape.
//!
//! Owns: making these under names that nothing else wants, before the partition is attached. Attaching gives each index of the parent
//! a part (`AttachPartitionEnsureIndexes` in `tablecmds.c`): one of the partition's that is alike, else a new one, named by
//! PostgreSQL's rule. Left to itself it would take what was made for another index, or a name that is wanted.
//!
//! Never: makes a part of an index that the desired schema has too; those are objects of their own.

use super::draft::Draft;
use super::{Context, partition};
use crate::ddl::index::{Build, create};
use crate::guard;
use crate::order::Symbol;
use crate::shape;
use crate::step::Phase;
use trueup_catalog::{Index, IndexTarget, Name, ObjectKey, ObjectKind, QualifiedName, SchemaObject, Table};

/// The steps for one partition that is attached to a table of live's, and the symbols that attaching it needs.
pub(super) fn parts(context: &Context<'_>, table: &Table) -> (Vec<Draft>, Vec<Symbol>) {
    let (mut drafts, mut needs) = (Vec::new(), Vec::new());
    let Some(of) = table.partition_of.as_ref().filter(|of| context.live.table(&of.parent).is_some()) else {
        return (drafts, needs);
    };
    let mut given = Vec::new();
    for (key, entry) in context.live.on_relation(ObjectKind::Index, &of.parent) {
        let Some(index) = Index::of(&entry.object) else { continue };
        if context.desired.contains(key) && !context.is_reshaped(key) {
            continue;
        }
        let whole = QualifiedName { schema: index.table.schema.clone(), name: index.name.clone() };
        let wanted = QualifiedName { name: context.wanted_as(key).name().clone(), ..whole.clone() };
        let part = make(context, index, (&whole, &wanted), &table.name, &mut given, &mut drafts);
        needs.push(Symbol::Object(part.key()));
        needs.push(Symbol::Attached(name_of(&part)));
    }
    (drafts, needs)
}

/// One level, and what hangs below it. `whole`: the name of the index above, and what the desired schema calls it.
fn make(
    context: &Context<'_>,
    index: &Index,
    (whole, whole_wanted): (&QualifiedName, &QualifiedName),
    table: &QualifiedName,
    given: &mut Vec<Name>,
    drafts: &mut Vec<Draft>,
) -> Index {
    let wanted = wanted(context, whole_wanted, table);
    // What attaching does not look at is as it is wanted (`CompareIndexInfo` in `index.c`).
    let kept = wanted.unwrap_or(index);
    let part = Index {
        options: kept.options.clone(),
        tablespace: kept.tablespace.clone(),
        table: table.clone(),
        name: name(context, index, wanted, table, given),
        attached_to: Some(whole.clone()),
        statistics: Default::default(),
        valid: true,
        ..index.clone()
    };
    let partitioned = context.is_partitioned(table);
    let own = name_of(&part);
    let sql = create(&part, Build { if_not_exists: true, concurrently: false, only: partitioned });
    drafts.push(
        Draft::new(Phase::Build, &part.key(), format!("index {} as live's {whole} has it", part.key()))
            .shaped(&guard::no_relation(&own), &sql, &shape::index(&part))
            .on(table)
            .needs(Symbol::Attached(table.clone())),
    );
    if let Some(wanted) = wanted {
        // Targets are those of expressions, by their place.
        let is_expression = |place: &u16| {
            let element = usize::from(*place).checked_sub(1).and_then(|at| part.elements.get(at));
            element.is_some_and(|e| matches!(e.target, IndexTarget::Expr(_)))
        };
        let targets =
            wanted.statistics.iter().filter(|(place, _)| is_expression(place)).map(|(p, n)| (*p, *n));
        let targets = targets.collect();
        drafts.extend(super::index::statistics(&part.key(), &own, &targets).map(Draft::then));
    }
    if partitioned {
        for below in context.new_parts(table) {
            let leaf = make(context, index, (&own, &own), below, given, drafts);
            let mut attach = partition::attach(&leaf.key(), &leaf, &own).provides_nothing();
            attach.provides.push(Symbol::Attached(own.clone()));
            drafts.push(
                attach
                    .needs(Symbol::Object(part.key()))
                    .needs(Symbol::Object(leaf.key()))
                    .needs(Symbol::Attached(name_of(&leaf)))
                    .needs(Symbol::Attached(table.clone())),
            );
        }
    }
    part
}

/// The desired part of it, where the desired schema has that index in another shape or under another name.
fn wanted<'a>(context: &Context<'a>, whole: &QualifiedName, table: &QualifiedName) -> Option<&'a Index> {
    context
        .desired
        .on_relation(ObjectKind::Index, table)
        .filter_map(|(_, entry)| Index::of(&entry.object))
        .find(|part| part.attached_to.as_ref() == Some(whole))
}

/// The desired part's, so that both are told as one finding. Else one that is free.
fn name(
    context: &Context<'_>,
    index: &Index,
    wanted: Option<&Index>,
    table: &QualifiedName,
    given: &mut Vec<Name>,
) -> Name {
    let free = || {
        let columns = partition::columns(index);
        // Those of the plan are unknown to either side: the next one that none of them has.
        (0..=given.len())
            .map(|before| context.unused(table, Some(&columns), "idx", before))
            .find(|name| !given.contains(name))
            .unwrap_or_else(|| context.unused(table, Some(&columns), "idx", given.len()))
    };
    let name = wanted.map_or_else(free, |part| part.name.clone());
    given.push(name.clone());
    name
}

fn name_of(index: &Index) -> QualifiedName {
    QualifiedName { schema: index.table.schema.clone(), name: index.name.clone() }
}

/// The table of live's whose missing index this one, on a new partition below it, becomes a part of. It waits until the partition is
/// attached: attaching adopts any index that is alike for one that the table has.
pub(super) fn waits_for(context: &Context<'_>, index: &Index) -> Option<QualifiedName> {
    let mut above = super::index::parent(context, index)?;
    loop {
        let table: &QualifiedName = above.relation()?;
        if !context.is_new(table) {
            return context.is_missing(&above).then(|| table.clone());
        }
        let entry = context.desired.get(&above)?;
        above = super::index::parent(context, Index::of(&entry.object)?)?;
    }
}

/// Whether a key of the desired schema's is that of an index that attaching its table adopts.
pub(super) fn is_adopted(context: &Context<'_>, key: &ObjectKey) -> bool {
    let entry = context.desired.get(key);
    entry
        .and_then(|entry| Index::of(&entry.object))
        .is_some_and(|index| index.attached_to.is_some() && waits_for(context, index).is_none())
}
