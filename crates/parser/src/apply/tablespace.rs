//! ALTER TABLE, INDEX and MATERIALIZED VIEW ALL IN TABLESPACE.

use trueup_catalog::{ConstraintBody, Name, Object, ObjectKey, ObjectKind};
use trueup_syntax::Cursor;

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;

/// At `ALL IN TABLESPACE name [OWNED BY role, …] SET TABLESPACE name [NOWAIT]`: moves every relation of a kind that lies in a tablespace
/// (`AlterTableMoveAll` in `tablecmds.c`).
pub(crate) fn move_all(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>, kind: ObjectKind) -> Outcome {
    cursor.expect_words("all in tablespace")?;
    let from = cursor.name()?;
    if cursor.is_words("owned by") {
        return Err(Failure::dynamic("who owns what is not known before it runs")
            .help("name the relations one by one"));
    }
    cursor.expect_words("set tablespace")?;
    let to = cursor.name()?;
    cursor.accept("nowait");
    let [from, to] = [from, to].map(|name| Some(name).filter(|n| *n != "pg_default"));
    let keys: Vec<ObjectKey> = interp.store.catalog().iter().map(|(key, _)| key.clone()).collect();
    for key in keys {
        let lies_there = interp
            .store
            .get(&key)
            .is_some_and(|entry| place(&mut entry.object.clone(), kind).is_some_and(|there| *there == from));
        if lies_there {
            interp.store.edit(&key, |entry| {
                if let Some(there) = place(&mut entry.object, kind) {
                    *there = to.clone();
                }
            });
        }
    }
    Ok(())
}

/// Where a relation of a kind lies; constraints count as their indexes.
fn place(object: &mut Object, kind: ObjectKind) -> Option<&mut Option<Name>> {
    match object {
        Object::Table(table) if kind == ObjectKind::Table => Some(&mut table.tablespace),
        Object::MaterializedView(view) if kind == ObjectKind::MaterializedView => Some(&mut view.tablespace),
        Object::Index(index) if kind == ObjectKind::Index => Some(&mut index.tablespace),
        Object::Constraint(constraint) if kind == ObjectKind::Index => match &mut constraint.body {
            ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => Some(&mut key.tablespace),
            ConstraintBody::Exclusion(exclusion) => Some(&mut exclusion.tablespace),
            ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } => None,
        },
        _ => None,
    }
}
