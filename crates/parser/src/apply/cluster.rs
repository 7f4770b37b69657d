//! CLUSTER, ALTER … CLUSTER ON and SET WITHOUT CLUSTER: which index a table or materialized view is clustered on.
//!
//! Never: the order of rows.

use trueup_catalog::{
    ConstraintBody, Index, MaterializedView, Name, ObjectKey, ObjectKind, QualifiedName, ReplicaIdentity,
    Table,
};
use trueup_syntax::Cursor;

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::store::{RelationKind, constraint_key};

/// `CLUSTER [VERBOSE | (options)] [table [USING index]]` and `CLUSTER index ON table`, as before 8.3. Without an index it goes by the one
/// that is marked already (`cluster` in `cluster.c`).
pub(crate) fn statement(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    cursor.expect("cluster")?;
    if cursor.is_symbol("(") {
        cursor.skip_balanced_parens()?;
    }
    cursor.accept("verbose");
    interp.skipped += 1;
    if cursor.at_end() {
        return Ok(());
    }
    let first = cursor.qualified_name()?;
    let (table, index) = if cursor.accept("using") {
        (first, cursor.name()?)
    } else if cursor.accept("on") {
        (cursor.qualified_name()?, first.name)
    } else {
        return Ok(());
    };
    let (name, relation) = interp.relation(&table)?;
    match relation.kind {
        RelationKind::Table => interp.cluster_table(&name, Some(&index)),
        RelationKind::MaterializedView => interp.cluster_materialized_view(&name, Some(&index)),
        other => Err(Failure::refused("42809", format!("{name} is a {}, not a table", other.word()))),
    }
}

impl Interpreter<'_> {
    /// Marks an index as the one that a table is clustered on, or none.
    ///
    /// # Errors
    /// 42704 when the table has no such index, 0A000 when CLUSTER can't go by it.
    pub fn cluster_table(&mut self, table: &QualifiedName, index: Option<&Name>) -> Outcome {
        if self.store.catalog().table(table).is_some_and(|t| t.partition_key.is_some()) {
            return Err(Failure::refused("0A000", "cannot mark index clustered in partitioned table"));
        }
        self.check_clusterable(table, index)?;
        self.edit_table(table, |t: &mut Table| t.clustered_on = index.cloned())
            .ok_or_else(|| Failure::no_relation(table))
    }

    /// The same for a materialized view.
    ///
    /// # Errors
    /// As for a table.
    pub fn cluster_materialized_view(&mut self, view: &QualifiedName, index: Option<&Name>) -> Outcome {
        self.check_clusterable(view, index)?;
        let key = ObjectKey::in_schema(ObjectKind::MaterializedView, view.clone());
        self.store.edit(&key, |entry| {
            if let Some(view) = MaterializedView::of_mut(&mut entry.object) {
                view.clustered_on = index.cloned();
            }
        });
        Ok(())
    }

    /// `check_index_is_clusterable` in `cluster.c`.
    fn check_clusterable(&self, relation: &QualifiedName, index: Option<&Name>) -> Outcome {
        let Some(name) = index else { return Ok(()) };
        let key = ObjectKey::on_relation(ObjectKind::Index, relation.clone(), name.clone());
        let (method, partial) = if let Some(index) = self.store.get(&key).and_then(|e| Index::of(&e.object)) {
            (index.method.clone(), index.predicate.is_some())
        } else {
            let constraint = self.constraints(relation).find(|c| c.name == *name && c.has_index());
            match constraint.map(|c| &c.body) {
                Some(ConstraintBody::Exclusion(body)) => (body.method.clone(), body.predicate.is_some()),
                Some(_) => (Name::new("btree"), false),
                None => {
                    let message = format!("index {name} for table {relation} does not exist");
                    return Err(Failure::undefined("42704", message));
                }
            }
        };
        if matches!(method.as_str(), "hash" | "gin" | "brin" | "spgist") {
            let message =
                format!("cannot cluster on index {name} because access method does not support clustering");
            return Err(Failure::refused("0A000", message));
        }
        if partial {
            return Err(Failure::refused("0A000", format!("cannot cluster on partial index {name}")));
        }
        Ok(())
    }

    /// What names an index of a relation once it has another name: its replica identity and the mark of CLUSTER.
    pub fn index_renamed(&mut self, relation: &QualifiedName, from: &Name, to: &Name) {
        self.edit_table(relation, |table| {
            if table.replica_identity == ReplicaIdentity::Index(from.clone()) {
                table.replica_identity = ReplicaIdentity::Index(to.clone());
            }
            if table.clustered_on.as_ref() == Some(from) {
                table.clustered_on = Some(to.clone());
            }
        });
        self.edit_clustered_view(relation, from, Some(to));
    }

    /// The same once the index is gone: a replica identity without its index sends nothing (manual, ALTER TABLE, REPLICA IDENTITY).
    pub fn index_gone(&mut self, relation: &QualifiedName, index: &Name) {
        self.edit_table(relation, |table| {
            if table.replica_identity == ReplicaIdentity::Index(index.clone()) {
                table.replica_identity = ReplicaIdentity::Nothing;
            }
            if table.clustered_on.as_ref() == Some(index) {
                table.clustered_on = None;
            }
        });
        self.edit_clustered_view(relation, index, None);
    }

    fn edit_clustered_view(&mut self, relation: &QualifiedName, from: &Name, to: Option<&Name>) {
        let key = ObjectKey::in_schema(ObjectKind::MaterializedView, relation.clone());
        if self.store.get(&key).is_none() {
            return;
        }
        self.store.edit(&key, |entry| {
            if let Some(view) = MaterializedView::of_mut(&mut entry.object)
                && view.clustered_on.as_ref() == Some(from)
            {
                view.clustered_on = to.cloned();
            }
        });
    }

    /// After objects were taken out: what named the indexes among them.
    pub fn forget_indexes(&mut self, keys: &[ObjectKey]) {
        for key in keys {
            let Some(relation) = key.relation() else { continue };
            let still = self.store.get(&constraint_key(relation, key.name())).is_some();
            if matches!(key.kind, ObjectKind::Index | ObjectKind::Constraint) && !still {
                self.index_gone(&relation.clone(), key.name());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{read, states};
    use trueup_catalog::*;

    #[test]
    fn a_dropped_index_is_clustered_on_no_more() {
        let sql = "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE INDEX i ON t (b); ";
        let on = |more: &str| {
            let catalog = read(&format!("{sql}{more}"));
            catalog.table(&QualifiedName::new("public", "t")).unwrap().clustered_on.clone()
        };
        assert_eq!(on("CLUSTER t USING i"), Some(Name::new("i")));
        assert_eq!(on("CLUSTER t USING i; ALTER INDEX i RENAME TO j; CLUSTER t"), Some(Name::new("j")));
        assert_eq!(on("ALTER TABLE t CLUSTER ON t_pkey; ALTER TABLE t DROP CONSTRAINT t_pkey"), None);
        assert_eq!(on("ALTER TABLE t CLUSTER ON i; DROP INDEX i"), None);
        assert_eq!(on("ALTER TABLE t CLUSTER ON i; ALTER TABLE t DROP b"), None);
        assert_eq!(states(&format!("{sql} CLUSTER t USING k")), ["42704"]);
        assert_eq!(
            states(&format!("{sql} CREATE INDEX h ON t USING hash (b); CLUSTER t USING h")),
            ["0A000"]
        );
    }
}
