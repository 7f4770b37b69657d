//! CREATE and ALTER STATISTICS.

use trueup_catalog::{Entry, Expr, Name, ObjectKey, ObjectKind, QualifiedName, Statistics, StatisticsKind};
use trueup_syntax::{Cursor, WrittenName};

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::names::{choose_name, name_addition};
use crate::store::RelationKind;

/// After `CREATE STATISTICS [IF NOT EXISTS] [name]`; an empty name is PostgreSQL's to choose.
pub(crate) fn create(
    interp: &mut Interpreter<'_>,
    c: &mut Cursor<'_>,
    written: &WrittenName,
    if_not_exists: bool,
) -> Outcome {
    let named = if written.name.is_empty() { None } else { Some(interp.new_name(written)?) };
    let mut kinds = Vec::new();
    if c.is_symbol("(") {
        for word in c.parenthesized(|c| c.label())? {
            kinds.push(match word.as_str() {
                "ndistinct" => StatisticsKind::Ndistinct,
                "dependencies" => StatisticsKind::Dependencies,
                "mcv" => StatisticsKind::Mcv,
                other => {
                    let message = format!("unrecognized statistics kind \"{other}\"");
                    return Err(Failure::refused("42601", message));
                }
            });
        }
    }
    c.expect("on")?;
    let (mut columns, mut expressions): (Vec<Name>, Vec<Expr>) = (Vec::new(), Vec::new());
    let mut parts: Vec<String> = Vec::new();
    loop {
        let slice = c.expr()?;
        match column_of(slice.text) {
            Some(name) => {
                parts.push(name.as_str().to_owned());
                columns.push(name);
            }
            None => {
                parts.push("expr".to_owned());
                expressions.push(interp.expr(&slice));
            }
        }
        if !c.accept_symbol(",") {
            break;
        }
    }
    c.expect("from")?;
    let from = c.qualified_name()?;
    let (table, relation) = interp.relation(&from)?;
    match relation.kind {
        RelationKind::Table | RelationKind::MaterializedView | RelationKind::Opaque => {}
        other => {
            let message = format!("cannot define statistics for relation {table}: it is a {}", other.word());
            return Err(Failure::refused("42809", message).at(from.range));
        }
    }
    if relation.kind == RelationKind::Table {
        for column in &columns {
            if interp.store.catalog().column(&table, column).is_none() {
                return Err(Failure::no_column(column, &table));
            }
        }
    }
    let taken = |name: &Name| {
        let name = QualifiedName { schema: table.schema.clone(), name: name.clone() };
        interp.store.get(&ObjectKey::in_schema(ObjectKind::Statistics, name)).is_some()
    };
    let name = named.unwrap_or_else(|| {
        // `ChooseExtendedStatisticName` in statscmds.c.
        let addition = name_addition(parts.iter().map(String::as_str));
        let name = choose_name(table.name.as_str(), Some(&addition), "stat", taken);
        QualifiedName { schema: table.schema.clone(), name }
    });
    let key = ObjectKey::in_schema(ObjectKind::Statistics, name.clone());
    if interp.store.get(&key).is_some() {
        if if_not_exists {
            return Ok(());
        }
        return Err(Failure::duplicate("42710", format!("statistics object {name} already exists")));
    }
    // Without a list all kinds are meant; on one expression alone there is nothing but its own (`CreateStatistics`).
    if kinds.is_empty() && columns.len() + expressions.len() >= 2 {
        kinds = vec![StatisticsKind::Ndistinct, StatisticsKind::Dependencies, StatisticsKind::Mcv];
    }
    kinds.sort();
    kinds.dedup();
    columns.sort();
    let statistics = Statistics { name, table, kinds, columns, expressions, target: None };
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(statistics) });
    Ok(())
}

/// A bare column, perhaps in parentheses, which are dropped (`CreateStatistics`: a Var is a column).
fn column_of(text: &str) -> Option<Name> {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        text = inner.trim();
    }
    let mut cursor = Cursor::of(text).ok()?;
    let name = cursor.name().ok()?;
    cursor.at_end().then_some(name)
}

/// `SET STATISTICS target`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, key: &ObjectKey) -> Outcome {
    c.expect_words("set statistics")?;
    let target = if c.accept("default") { -1 } else { c.integer()? };
    // -1 is the default (`AlterStatistics`).
    let target = i32::try_from(target).ok().filter(|t| *t >= 0).map(|t| t.min(10_000));
    interp.store.edit(key, |entry| {
        if let Some(statistics) = Statistics::of_mut(&mut entry.object) {
            statistics.target = target;
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    #[test]
    fn statistics_get_their_kinds_and_names() {
        let catalog = read(
            "CREATE TABLE t (a int, b int, c text);
             CREATE STATISTICS s ON b, a FROM t; CREATE STATISTICS (mcv) ON a, lower(c) FROM t;
             CREATE STATISTICS e ON (lower(c)) FROM t; ALTER STATISTICS s SET STATISTICS 200;",
        );
        let all: Vec<&Statistics> = catalog
            .of_kind(ObjectKind::Statistics)
            .filter_map(|(_, entry)| Statistics::of(&entry.object))
            .collect();
        let names: Vec<&str> = all.iter().map(|s| s.name.name.as_str()).collect();
        assert_eq!(names, ["e", "s", "t_a_expr_stat"]);
        assert!(all[0].kinds.is_empty());
        assert_eq!((all[1].kinds.len(), all[1].target), (3, Some(200)));
        assert_eq!((all[2].columns.len(), all[2].expressions.len()), (1, 1));
    }

    #[test]
    fn statistics_go_with_their_table() {
        let catalog = read(
            "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t; ALTER TABLE t DROP COLUMN b;",
        );
        assert_eq!(catalog.of_kind(ObjectKind::Statistics).count(), 0);
        assert!(
            read("CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t; DROP TABLE t")
                .is_empty()
        );
    }
}
