//! Statements that touch rows: which of them destroy data.

use trueup_catalog::{ObjectKind, QualifiedName};
use trueup_parser::{Step, StepOutcome};
use trueup_repair::{Held, LockMode};
use trueup_syntax::{Cursor, WrittenName};

use crate::effects::{Collected, Effects};

pub(crate) fn of(effects: &Effects<'_>, step: &Step, out: &mut Collected) {
    if let Some(view) = &step.made_view {
        effects.block(out, ObjectKind::View, view, LockMode::AccessExclusive, Held::Moment);
    }
    let Ok(mut cursor) = Cursor::of(&step.text) else { return };
    match cursor.peek_word().as_deref() {
        Some("truncate") => {
            cursor.next_token();
            cursor.accept("table");
            loop {
                cursor.accept("only");
                let Ok(written) = cursor.qualified_name() else { return };
                for table in meant(effects, &written) {
                    effects.destroy(out, format!("every row of {table}"), table);
                    effects.block(out, ObjectKind::Table, table, LockMode::AccessExclusive, Held::Moment);
                }
                cursor.accept_symbol("*");
                if !cursor.accept_symbol(",") {
                    return;
                }
            }
        }
        Some("delete") if cursor.accept_words("delete from") => {
            cursor.accept("only");
            let Ok(written) = cursor.qualified_name() else { return };
            for table in meant(effects, &written) {
                if !has_word(&mut cursor, "where") {
                    effects.destroy(out, format!("every row of {table}"), table);
                }
            }
        }
        Some("update") => {
            cursor.next_token();
            cursor.accept("only");
            let Ok(written) = cursor.qualified_name() else { return };
            for table in meant(effects, &written) {
                if !has_word(&mut cursor, "where") {
                    effects.destroy(
                        out,
                        format!("the values that UPDATE overwrites in every row of {table}"),
                        table,
                    );
                }
            }
        }
        Some("vacuum") if step.text.to_ascii_lowercase().contains("full") => {
            while cursor.next_token().is_some() {
                if let Ok(written) = cursor.clone().qualified_name() {
                    for table in meant(effects, &written) {
                        effects.rewrite(out, table, "VACUUM FULL writes it anew");
                    }
                }
            }
        }
        Some("refresh") => {
            let concurrently = step.text.to_ascii_lowercase().contains("concurrently");
            while cursor.next_token().is_some() {
                if let Ok(written) = cursor.clone().qualified_name() {
                    for view in meant(effects, &written) {
                        let mode = if concurrently { LockMode::Exclusive } else { LockMode::AccessExclusive };
                        effects.block(out, ObjectKind::MaterializedView, view, mode, Held::Scan);
                        if !concurrently {
                            effects.rewrite(out, view, "its query is run anew");
                        }
                    }
                }
            }
        }
        Some("reindex") => {
            cursor.next_token();
            let concurrently = step.text.to_ascii_lowercase().contains("concurrently");
            let of_index = cursor.clone().accept("index") || has_word(&mut cursor.clone(), "index");
            let mode = if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
            while cursor.next_token().is_some() {
                let Ok(written) = cursor.clone().qualified_name() else { continue };
                let tables: Vec<QualifiedName> = if of_index {
                    effects.indexed(written.schema.as_ref(), &written.name)
                } else {
                    meant(effects, &written).into_iter().cloned().collect()
                };
                for table in tables {
                    effects.block(out, ObjectKind::Table, &table, mode, Held::Build);
                }
            }
        }
        // It locks before it sees that the name is taken (`DefineIndex`).
        Some("create") if matches!(step.outcome, StepOutcome::Skipped(_)) => {
            if let Some(written) = indexed(&mut cursor) {
                let concurrently = step.text.to_ascii_lowercase().contains("concurrently");
                let mode = if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
                for table in meant(effects, &written) {
                    effects.block(out, ObjectKind::Table, table, mode, Held::Moment);
                }
            }
        }
        _ => {}
    }
}

/// The table of a `CREATE INDEX`.
fn indexed(cursor: &mut Cursor<'_>) -> Option<WrittenName> {
    cursor.accept("create");
    cursor.accept("unique");
    if !cursor.accept("index") {
        return None;
    }
    cursor.accept("concurrently");
    cursor.accept_words("if not exists");
    if !cursor.is_word("on") {
        cursor.name().ok()?;
    }
    cursor.accept("on").then_some(())?;
    cursor.accept("only");
    cursor.qualified_name().ok()
}

/// Whether a `CREATE INDEX` is `ON ONLY` a partitioned table.
pub(crate) fn on_only(text: &str) -> bool {
    let Ok(mut cursor) = Cursor::of(text) else { return false };
    has_word(&mut cursor, "on") && cursor.is_word("only")
}

fn has_word(cursor: &mut Cursor<'_>, word: &str) -> bool {
    while let Some(token) = cursor.next_token() {
        if cursor.text_of(&token).eq_ignore_ascii_case(word) {
            return true;
        }
    }
    false
}

/// The relations that were there and have this name. Of an unqualified name in several schemas each may be meant.
fn meant<'e>(effects: &'e Effects<'_>, written: &WrittenName) -> Vec<&'e QualifiedName> {
    effects.named(written.schema.as_ref(), &written.name)
}
