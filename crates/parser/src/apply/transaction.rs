//! BEGIN, COMMIT, ROLLBACK, SAVEPOINT: a rollback takes back what was applied since.

use trueup_syntax::Cursor;

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;

pub(crate) fn transaction(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    if cursor.accept("begin") || cursor.accept_words("start transaction") {
        cursor.rest();
        // A second BEGIN is only a warning.
        if interp.transaction.is_none() {
            interp.transaction = Some(interp.store.savepoint());
            interp.began = interp.place.statement.clone();
        }
        return Ok(());
    }
    if cursor.accept("savepoint") {
        let name = cursor.name()?;
        if interp.transaction.is_none() {
            return Err(Failure::refused("25P01", "SAVEPOINT can only be used in transaction blocks"));
        }
        let point = interp.store.savepoint();
        interp.savepoints.push((name, point));
        return Ok(());
    }
    if cursor.accept("release") {
        cursor.accept("savepoint");
        let name = cursor.name()?;
        let at = find(interp, &name)?;
        interp.savepoints.truncate(at);
        return Ok(());
    }
    let keeps = cursor.accept_any(&["commit", "end"]).is_some();
    if !keeps && cursor.accept_any(&["rollback", "abort"]).is_none() {
        return Err(cursor.error().into());
    }
    cursor.accept_any(&["work", "transaction"]);
    if !keeps && cursor.accept("to") {
        cursor.accept("savepoint");
        let name = cursor.name()?;
        let at = find(interp, &name)?;
        if let Some((_, point)) = interp.savepoints.get(at) {
            let point = *point;
            interp.store.rollback(point);
        }
        interp.savepoints.truncate(at + 1);
        return Ok(());
    }
    if cursor.accept("prepared") {
        cursor.rest();
        return Ok(());
    }
    let chain = cursor.accept_words("and chain");
    cursor.accept_words("and no chain");
    // COMMIT of a block that is aborted is a ROLLBACK.
    let keeps = keeps && !interp.stepping.as_ref().is_some_and(|stepping| stepping.aborted);
    if let Some(start) = interp.transaction.take()
        && !keeps
    {
        interp.store.rollback(start);
    }
    ended(interp);
    if chain {
        interp.transaction = Some(interp.store.savepoint());
    }
    Ok(())
}

/// The block that a tool opens around what a file says.
pub(crate) fn open(interp: &mut Interpreter<'_>) {
    interp.transaction = Some(interp.store.savepoint());
}

/// Its end, if the file has not ended it itself: what was done stays.
pub(crate) fn close(interp: &mut Interpreter<'_>) {
    if interp.transaction.take().is_some() {
        ended(interp);
    }
}

/// What was for the block only.
fn ended(interp: &mut Interpreter<'_>) {
    interp.savepoints.clear();
    interp.uncommitted_labels.clear();
    if let Some(path) = interp.local_path.take() {
        interp.store.set_search_path(path);
    }
    if let Some([method, tablespace]) = interp.local_storage.take() {
        interp.table_access_method = method;
        interp.tablespace = tablespace;
    }
}

/// The end of a session. A server undoes what an open transaction block did; but a file that describes a schema and leaves the COMMIT
/// to whatever runs it (MediaWiki's installer does) wants what it says, so that it is kept, and told.
pub(crate) fn end_of_session(interp: &mut Interpreter<'_>) {
    if interp.transaction.take().is_none() {
        return;
    }
    interp.savepoints.clear();
    interp.local_path = None;
    let range = interp.began.clone();
    let message = "it is never committed: psql would undo what it did; it is read as if it were committed";
    interp.gap("transaction block", "", message, range);
}

fn find(interp: &Interpreter<'_>, name: &trueup_catalog::Name) -> Outcome<usize> {
    interp
        .savepoints
        .iter()
        .rposition(|(n, _)| n == name)
        .ok_or_else(|| Failure::undefined("3B001", format!("savepoint {name} does not exist")))
}

#[cfg(test)]
mod tests {
    use crate::testing::read;

    #[test]
    fn a_block_that_is_never_committed_is_told() {
        let catalog = read("BEGIN; CREATE TABLE t (a int);");
        assert_eq!(catalog.of_kind(trueup_catalog::ObjectKind::Table).count(), 1);
        assert_eq!(catalog.gaps.iter().filter(|gap| gap.what == "transaction block").count(), 1);
        assert!(read("BEGIN; CREATE TABLE t (a int); ROLLBACK;").is_empty());
    }
}
