//! CREATE and ALTER PUBLICATION.

use trueup_catalog::{Entry, Name, ObjectKey, ObjectKind, Publication, PublishedTable, QualifiedName};
use trueup_syntax::{Cursor, TokenKind};

use crate::diagnostic::{Failure, Outcome};
use crate::grammar::types::{DefinitionElement, definition};
use crate::interpreter::Interpreter;

const ALL: &[&str] = &["insert", "update", "delete", "truncate"];

/// The tables and schemas of a `FOR`, `ADD`, `SET` or `DROP` (`pub_obj_list`).
#[derive(Default)]
struct Published {
    tables: Vec<PublishedTable>,
    schemas: Vec<Name>,
}

fn published(interp: &Interpreter<'_>, c: &mut Cursor<'_>) -> Outcome<Published> {
    let mut list = Published::default();
    let mut schemas = false;
    let mut first = true;
    loop {
        if c.accept_words("tables in schema") || c.accept_words("all tables in schema") {
            schemas = true;
        } else if c.is_word("table") {
            c.next_token();
            schemas = false;
        } else if first {
            return Err(c.expected("TABLE or TABLES IN SCHEMA").into());
        }
        first = false;
        if schemas {
            let schema = if c.accept("current_schema") { interp.creation_schema()? } else { c.name()? };
            list.schemas.push(schema);
        } else {
            list.tables.push(table(interp, c)?);
        }
        if !c.accept_symbol(",") {
            return Ok(list);
        }
    }
}

fn table(interp: &Interpreter<'_>, c: &mut Cursor<'_>) -> Outcome<PublishedTable> {
    c.accept("only");
    let parenthesized = c.accept_symbol("(");
    let written = c.qualified_name()?;
    if parenthesized {
        c.expect_symbol(")")?;
    }
    c.accept_symbol("*");
    let (table, _) = interp.relation(&written)?;
    let columns = if c.is(TokenKind::LParen) { Some(c.name_list()?) } else { None };
    let filter = if c.accept("where") {
        let expr = c.parenthesized_expr()?;
        Some(interp.expr(&expr))
    } else {
        None
    };
    let columns = columns.map(|names| in_table_order(interp, &table, names));
    Ok(PublishedTable { table, columns, filter })
}

/// The server keeps a set of columns, which it prints in the table's order.
fn in_table_order(interp: &Interpreter<'_>, table: &QualifiedName, mut names: Vec<Name>) -> Vec<Name> {
    let order = interp.store.catalog().columns(table);
    names.sort_by_key(|name| order.iter().position(|column| column.name == *name));
    names
}

fn parameters(publication: &mut Publication, elements: &[DefinitionElement]) -> Outcome {
    for element in elements {
        match element.name.as_str() {
            "publish" => {
                let text = element.text().unwrap_or_default();
                let wanted: Vec<String> = text
                    .split(',')
                    .map(|word| word.trim().to_ascii_lowercase())
                    .filter(|w| !w.is_empty())
                    .collect();
                if let Some(unknown) = wanted.iter().find(|w| !ALL.contains(&w.as_str())) {
                    let message =
                        format!("unrecognized value for publication option \"publish\": \"{unknown}\"");
                    return Err(Failure::refused("42601", message));
                }
                publication.publish =
                    ALL.iter().filter(|w| wanted.iter().any(|x| x == *w)).map(|w| (*w).to_owned()).collect();
            }
            "publish_via_partition_root" => publication.via_partition_root = element.is_true(),
            "publish_generated_columns" => {
                // No value and `true` mean `stored` (`defGetGeneratedColsOption` in `publicationcmds.c`).
                let word = element.text().map_or_else(|| "stored".to_owned(), |t| t.to_ascii_lowercase());
                publication.generated_columns = match word.as_str() {
                    "none" | "false" | "off" | "0" => None,
                    _ => Some("stored".to_owned()),
                };
            }
            other => {
                let message = format!("unrecognized publication parameter: \"{other}\"");
                return Err(Failure::refused("42601", message));
            }
        }
    }
    Ok(())
}

/// After `CREATE PUBLICATION name`.
pub(crate) fn create(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, name: Name) -> Outcome {
    let mut publication = Publication {
        name: name.clone(),
        all_tables: false,
        tables: Vec::new(),
        schemas: Vec::new(),
        publish: ALL.iter().map(|w| (*w).to_owned()).collect(),
        via_partition_root: false,
        generated_columns: None,
    };
    if c.accept("for") {
        if c.is_words("all tables") && !c.is_word_nth(2, "in") {
            c.accept_words("all tables");
            publication.all_tables = true;
        } else {
            let list = published(interp, c)?;
            publication.tables = list.tables;
            publication.schemas = list.schemas;
        }
    }
    if c.accept("with") {
        let elements = definition(c)?;
        parameters(&mut publication, &elements)?;
    }
    let key = ObjectKey::global(ObjectKind::Publication, name.clone());
    if interp.store.get(&key).is_some() {
        return Err(Failure::duplicate("42710", format!("publication {name} already exists")));
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(publication) });
    Ok(())
}

/// After `ALTER PUBLICATION name`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, key: &ObjectKey) -> Outcome {
    let Some(mut publication) =
        interp.store.get(key).and_then(|entry| Publication::of(&entry.object)).cloned()
    else {
        return Ok(());
    };
    if c.accept("set") {
        if c.is(TokenKind::LParen) {
            let elements = definition(c)?;
            parameters(&mut publication, &elements)?;
        } else {
            let list = published(interp, c)?;
            publication.tables = list.tables;
            publication.schemas = list.schemas;
        }
    } else if c.accept("add") {
        let list = published(interp, c)?;
        for new in list.tables {
            if publication.tables.iter().any(|t| t.table == new.table) {
                let message =
                    format!("relation {} is already member of publication {}", new.table, publication.name);
                return Err(Failure::duplicate("42710", message));
            }
            publication.tables.push(new);
        }
        for schema in list.schemas {
            if publication.schemas.contains(&schema) {
                let message =
                    format!("schema {schema} is already member of publication {}", publication.name);
                return Err(Failure::duplicate("42710", message));
            }
            publication.schemas.push(schema);
        }
    } else {
        c.expect("drop")?;
        let list = published(interp, c)?;
        // `PublicationDropTables` and `PublicationDropSchemas` in publicationcmds.c.
        if let Some(gone) =
            list.tables.iter().find(|g| !publication.tables.iter().any(|t| t.table == g.table))
        {
            let message = format!("relation {} is not part of the publication", gone.table);
            return Err(Failure::undefined("42704", message));
        }
        if let Some(gone) = list.schemas.iter().find(|s| !publication.schemas.contains(s)) {
            let message = format!("tables from schema {gone} are not part of the publication");
            return Err(Failure::undefined("42704", message));
        }
        publication.tables.retain(|t| !list.tables.iter().any(|gone| gone.table == t.table));
        publication.schemas.retain(|s| !list.schemas.contains(s));
    }
    interp.store.edit(key, |entry| entry.object = publication.into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    fn only(sql: &str) -> Publication {
        let catalog = read(&format!("CREATE TABLE t (a int, b int); CREATE TABLE u (x int); {sql}"));
        let (_, entry) = catalog.of_kind(ObjectKind::Publication).next().unwrap();
        Publication::of(&entry.object).unwrap().clone()
    }

    #[test]
    fn publications_list_tables_and_schemas() {
        let p = only(
            "CREATE PUBLICATION p FOR TABLE t (b, a) WHERE (a > 1), ONLY u, TABLES IN SCHEMA public, CURRENT_SCHEMA
             WITH (publish = 'update, insert', publish_via_partition_root)",
        );
        assert_eq!(p.tables.len(), 2);
        assert_eq!(p.tables[0].columns.as_deref().map(<[Name]>::len), Some(2));
        assert_eq!(p.publish, ["insert", "update"]);
        assert!(p.via_partition_root && !p.all_tables);
        let p = only("CREATE PUBLICATION p FOR ALL TABLES; ALTER PUBLICATION p SET (publish = '')");
        assert!(p.all_tables && p.publish.is_empty());
    }

    #[test]
    fn membership_changes() {
        let p = only(
            "CREATE PUBLICATION p FOR TABLE t; ALTER PUBLICATION p ADD TABLE u; ALTER PUBLICATION p DROP TABLE t;",
        );
        assert_eq!(p.tables.iter().map(|t| t.table.name.as_str()).collect::<Vec<_>>(), ["u"]);
        let p = only("CREATE PUBLICATION p FOR TABLE t, u; DROP TABLE u;");
        assert_eq!(p.tables.len(), 1);
    }

    #[test]
    fn a_published_column_goes_with_cascade_alone() {
        let p = only("CREATE PUBLICATION p FOR TABLE t (a), u; ALTER TABLE t DROP COLUMN b;");
        assert_eq!(p.tables.len(), 2);
        let p = only("CREATE PUBLICATION p FOR TABLE t (a), u; ALTER TABLE t DROP COLUMN a CASCADE;");
        assert_eq!(p.tables.iter().map(|t| t.table.name.as_str()).collect::<Vec<_>>(), ["u"]);
        let p =
            only("CREATE PUBLICATION p FOR TABLE t WHERE (b > 1), u; ALTER TABLE t DROP COLUMN b CASCADE;");
        assert_eq!(p.tables.len(), 1);
    }

    #[test]
    fn what_is_published_stands_in_the_way_of_dropping_its_columns() {
        let drop = "CREATE TABLE t (a int, b int); CREATE PUBLICATION p FOR TABLE t (a); ALTER TABLE t DROP COLUMN a;";
        assert_eq!(states(drop), ["2BP01"]);
        assert_eq!(
            states("CREATE TABLE t (a int); CREATE PUBLICATION p; ALTER PUBLICATION p DROP TABLE t;"),
            ["42704"]
        );
    }
}
