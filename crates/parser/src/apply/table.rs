//! CREATE TABLE and DROP TABLE.

use std::ops::Range;

use trueup_catalog::{
    Column, CompositeType, Constraint, ConstraintBody, Entry, ForeignTable, Name, ObjectKey, ObjectKind,
    PartitionBound, PartitionElement, PartitionKey, PartitionOf, PartitionStrategy, Persistence,
    QualifiedName, RangeBound, Table,
};
use trueup_syntax::{Cursor, WrittenName};

use super::column::{NewColumn, not_null_name};
use crate::diagnostic::{Failure, Outcome};
use crate::dispatch::Create;
use crate::grammar::constraint::{Body, ConstraintDef};
use crate::grammar::index::drop_relations;
use crate::grammar::table::{
    self as grammar, Bound, ColumnDef, CreateTable, Datum, Element, Form, PartitionBy,
};
use crate::interpreter::Interpreter;
use crate::names::PG_TEMP;
use crate::store::{RelationKind, table_key};

/// After the words `CREATE FOREIGN TABLE`: a table whose rows are elsewhere.
pub(crate) fn create_foreign(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::create(cursor)?;
    let (server, options) = grammar::server(cursor)?;
    let known = ObjectKey::global(ObjectKind::Server, server.clone());
    if interp.store.get(&known).is_none() && !interp.has_extensions() {
        return Err(Failure::undefined("42704", format!("server {server} does not exist")));
    }
    let create = Create {
        or_replace: false,
        persistence: Persistence::Permanent,
        unique: false,
        recursive: false,
        constraint: false,
    };
    put(interp, statement, create, Some(ForeignTable { server, options }))
}

/// After the words `CREATE … TABLE`.
pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>, create: Create) -> Outcome {
    let statement = grammar::create(cursor)?;
    put(interp, statement, create, None)
}

fn put(
    interp: &mut Interpreter<'_>,
    statement: CreateTable<'_>,
    create: Create,
    foreign: Option<ForeignTable>,
) -> Outcome {
    let temporary = create.persistence == Persistence::Temporary
        || statement.name.schema.as_ref().is_some_and(|schema| *schema == PG_TEMP);
    let name = if temporary {
        QualifiedName { schema: Name::new(PG_TEMP), name: statement.name.name.clone() }
    } else {
        interp.new_name(&statement.name)?
    };
    if interp.store.relation(&name).is_some() {
        if statement.if_not_exists {
            return Ok(());
        }
        return Err(Failure::relation_exists(&name).at(statement.name.range));
    }
    if interp.store.type_kind(&name).is_some() {
        return Err(
            Failure::duplicate("42710", format!("type {name} already exists")).at(statement.name.range)
        );
    }
    let mut table = Table::new(name);
    table.persistence = if temporary { Persistence::Temporary } else { create.persistence };
    // A partitioned table has no rows; from 17 on it may name a method for its partitions, and the default is none
    // (DefineRelation in tablecmds.c).
    table.access_method = if statement.partition_by.is_some() {
        statement.access_method.clone().filter(|method| *method != "heap")
    } else {
        interp.access_method(statement.access_method.clone())
    };
    if foreign.is_some() {
        table.access_method = None;
    }
    table.foreign = foreign;
    table.options = statement.options.clone();
    table.tablespace = interp.new_tablespace(statement.tablespace.clone());
    let mut build = Build {
        range: statement.name.range.clone(),
        table,
        columns: Vec::new(),
        constraints: Vec::new(),
        likes: Vec::new(),
    };
    match &statement.form {
        Form::Columns(elements) => {
            build.elements(interp, elements)?;
            build.inherit(interp, &statement.inherits)?;
        }
        Form::OfType(of, elements) => build.of_type(interp, of, elements)?,
        Form::PartitionOf(parent, elements, bound) => {
            let written = (statement.tablespace.is_some(), statement.access_method.is_some());
            build.partition_of(interp, parent, elements, bound, written)?;
        }
        Form::Query { columns, query } => {
            return super::table_as::create(interp, build.table, columns, query, build.range);
        }
        Form::Execute => {
            let failure = Failure::dynamic("the columns follow from a prepared statement");
            return super::table_as::opaque(interp, &build.table, failure, build.range);
        }
    }
    build.finish(interp, statement.partition_by.as_ref())
}

/// A column on its way into the catalog.
struct Draft {
    column: Column,
    range: Range<usize>,
    default_stated: bool,
}

/// A table on its way into the catalog.
struct Build<'a> {
    range: Range<usize>,
    table: Table,
    columns: Vec<Draft>,
    constraints: Vec<ConstraintDef<'a>>,
    likes: Vec<(QualifiedName, &'a grammar::LikeClause)>,
}

impl<'a> Build<'a> {
    fn elements(&mut self, interp: &mut Interpreter<'_>, elements: &'a [Element<'a>]) -> Outcome {
        for element in elements {
            match element {
                Element::Column(def) => {
                    let new = interp.new_column(&self.table.name, self.table.persistence, def)?;
                    self.column(new)?;
                }
                Element::Constraint(constraint) => self.constraints.push(constraint.clone()),
                Element::Like(like) => {
                    let columns = interp.like_columns(&self.table.name, like)?;
                    for column in columns {
                        let range = like.source.range.clone();
                        let default_stated = column.default.is_some()
                            || column.generated.is_some()
                            || column.identity.is_some();
                        self.draft(Draft { column, range, default_stated })?;
                    }
                    if let Some((source, _)) = interp.find_relation(&like.source) {
                        self.likes.push((source, like));
                    }
                }
            }
        }
        Ok(())
    }

    fn column(&mut self, new: NewColumn<'a>) -> Outcome {
        self.constraints.extend(new.constraints);
        self.draft(Draft { column: new.column, range: new.range, default_stated: new.default_stated })
    }

    fn draft(&mut self, draft: Draft) -> Outcome {
        if self.columns.iter().any(|d| d.column.name == draft.column.name) {
            let message = format!("column {} specified more than once", draft.column.name);
            return Err(Failure::duplicate("42701", message).at(draft.range));
        }
        self.columns.push(draft);
        Ok(())
    }

    /// `INHERITS`: the parents' columns come first, and one of the table's own with the same name merges with theirs
    /// (`MergeAttributes` in `tablecmds.c`).
    fn inherit(&mut self, interp: &mut Interpreter<'_>, parents: &[WrittenName]) -> Outcome {
        if parents.is_empty() {
            return Ok(());
        }
        let mut inherited: Vec<Draft> = Vec::new();
        for written in parents {
            let parent = interp.table(written)?;
            if let Some(table) = interp.store.catalog().table(&parent) {
                let what = if table.partition_key.is_some() {
                    "partitioned table"
                } else if table.partition_of.is_some() {
                    "partition"
                } else {
                    ""
                };
                if !what.is_empty() {
                    return Err(Failure::refused("42809", format!("cannot inherit from {what} {parent}"))
                        .at(written.range.clone()));
                }
            }
            if self.table.inherits.contains(&parent) {
                return Err(Failure::duplicate(
                    "42P07",
                    format!("relation {parent} would be inherited from more than once"),
                )
                .at(written.range.clone()));
            }
            for column in interp.store.catalog().columns(&parent) {
                let copy = inherited_column(interp, column, &self.table.name, false);
                match inherited.iter_mut().find(|d| d.column.name == copy.name) {
                    Some(there) => {
                        if there.column.data_type != copy.data_type {
                            let message = format!("inherited column {} has a type conflict", copy.name);
                            return Err(Failure::refused("42804", message).at(written.range.clone()));
                        }
                        there.column.not_null = there.column.not_null.take().or(copy.not_null);
                        there.column.default = there.column.default.take().or(copy.default);
                    }
                    None => inherited.push(Draft {
                        column: copy,
                        range: written.range.clone(),
                        default_stated: false,
                    }),
                }
            }
            self.table.inherits.push(parent);
        }
        for own in std::mem::take(&mut self.columns) {
            match inherited.iter_mut().find(|d| d.column.name == own.column.name) {
                Some(there) => {
                    if there.column.data_type != own.column.data_type {
                        let message = format!("column {} has a type conflict", own.column.name);
                        return Err(Failure::refused("42804", message).at(own.range));
                    }
                    let parent = std::mem::replace(there, own);
                    there.column.inherited = false;
                    if !there.default_stated {
                        there.column.default = parent.column.default;
                        there.column.generated = parent.column.generated;
                    }
                    there.column.not_null = there.column.not_null.take().or(parent.column.not_null);
                    there.column.collation = there.column.collation.take().or(parent.column.collation);
                    there.column.storage = there.column.storage.take().or(parent.column.storage);
                    there.column.compression = there.column.compression.take().or(parent.column.compression);
                }
                None => inherited.push(own),
            }
        }
        self.columns = inherited;
        Ok(())
    }

    fn of_type(
        &mut self,
        interp: &mut Interpreter<'_>,
        of: &WrittenName,
        elements: &'a [Element<'a>],
    ) -> Outcome {
        let found = interp
            .find_type(of.schema.as_ref(), &of.name)
            .and_then(|name| interp.store.get(&ObjectKey::in_schema(ObjectKind::CompositeType, name)))
            .and_then(|entry| CompositeType::of(&entry.object).cloned());
        let Some(composite) = found else {
            return Err(Failure::undefined("42704", format!("composite type {of} does not exist"))
                .at(of.range.clone()));
        };
        for attribute in &composite.attributes {
            let mut column =
                Column::new(self.table.name.clone(), attribute.name.clone(), 0, attribute.data_type.clone());
            column.collation = attribute.collation.clone();
            self.draft(Draft { column, range: of.range.clone(), default_stated: false })?;
        }
        self.table.of_type = Some(composite.name);
        self.overrides(interp, elements)
    }

    fn partition_of(
        &mut self,
        interp: &mut Interpreter<'_>,
        parent: &WrittenName,
        elements: &'a [Element<'a>],
        bound: &Bound<'a>,
        (tablespace_written, method_written): (bool, bool),
    ) -> Outcome {
        let name = interp.table(parent)?;
        let partitioned = interp.store.catalog().table(&name).is_some_and(|t| t.partition_key.is_some());
        if !partitioned {
            return Err(
                Failure::refused("42P17", format!("{name} is not partitioned")).at(parent.range.clone())
            );
        }
        let identity = interp.major() >= 17;
        for column in interp.store.catalog().columns(&name) {
            let column = inherited_column(interp, column, &self.table.name, identity);
            self.columns.push(Draft { column, range: parent.range.clone(), default_stated: false });
        }
        // A partition lies where its parent says, if neither says otherwise (`DefineRelation`).
        let above = interp.store.catalog().table(&name).and_then(|parent| parent.tablespace.clone());
        if !tablespace_written && above.is_some() {
            self.table.tablespace = above;
        }
        // So does its method, since partitioned tables may have one (17).
        let method = interp.store.catalog().table(&name).and_then(|parent| parent.access_method.clone());
        if !method_written && method.is_some() && self.table.foreign.is_none() {
            self.table.access_method = method;
        }
        self.table.partition_of = Some(PartitionOf { parent: name, bound: partition_bound(interp, bound) });
        self.overrides(interp, elements)
    }

    /// What a list of OF or PARTITION OF says about columns that are there already.
    fn overrides(&mut self, interp: &mut Interpreter<'_>, elements: &'a [Element<'a>]) -> Outcome {
        for element in elements {
            match element {
                Element::Column(def) => self.override_column(interp, def)?,
                Element::Constraint(constraint) => self.constraints.push(constraint.clone()),
                Element::Like(like) => {
                    return Err(Failure::syntax("LIKE can't stand here").at(like.source.range.clone()));
                }
            }
        }
        Ok(())
    }

    fn override_column(&mut self, interp: &mut Interpreter<'_>, def: &ColumnDef<'a>) -> Outcome {
        let Some(draft) = self.columns.iter_mut().find(|d| d.column.name == def.name) else {
            return Err(Failure::no_column(&def.name, &self.table.name).at(def.range.clone()));
        };
        let mut new = NewColumn {
            column: draft.column.clone(),
            range: def.range.clone(),
            constraints: Vec::new(),
            sequence: None,
            default_stated: false,
        };
        interp.column_qualifiers(def, &mut new)?;
        draft.column = new.column;
        draft.range = new.range;
        self.constraints.extend(new.constraints);
        Ok(())
    }

    /// Puts everything into the catalog, in the order in which PostgreSQL gives names: checks, then the primary key, other keys and
    /// exclusion constraints, then foreign keys (`transformCreateStmt` in `parse_utilcmd.c`).
    fn finish(mut self, interp: &mut Interpreter<'_>, partition_by: Option<&PartitionBy<'_>>) -> Outcome {
        let name = self.table.name.clone();
        let span = interp.span(self.range.clone());
        self.validate_constraints();
        interp.store.put(Entry { span: Some(span), ..Entry::from(self.table.clone()) });
        for (position, draft) in self.columns.drain(..).enumerate() {
            let mut column = draft.column;
            column.position = u32::try_from(position).unwrap_or(u32::MAX).saturating_add(1);
            let span = interp.span(draft.range);
            interp.store.put(Entry { span: Some(span), ..Entry::from(column) });
        }
        if let Some(by) = partition_by {
            let key = partition_key(interp, &name, by)?;
            interp.edit_table(&name, |table| table.partition_key = Some(key));
        }
        for parent in self.table.inherits.iter().chain(self.table.partition_of.iter().map(|of| &of.parent)) {
            for check in heritable_checks(interp, parent) {
                interp.inherit_check(&name, &check, self.range.clone())?;
            }
        }
        if let Some(of) = &self.table.partition_of {
            interp.no_overlap(&of.parent, &name, &of.bound)?;
            interp.clone_to_partition(&of.parent, &name, self.range.clone())?;
        }
        for def in self.constraints.iter().filter(|c| matches!(c.body, Body::Check(_))) {
            if def.name.as_ref().is_some_and(|n| merges_with_inherited(interp, &name, n)) {
                // A check that a parent gave, stated again: it becomes the table's own too.
                let key = crate::store::constraint_key(&name, def.name.as_ref().unwrap_or(&name.name));
                interp.store.edit(&key, |entry| {
                    if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                        constraint.inherited = false;
                    }
                });
                continue;
            }
            interp.add_constraint(&name, def, false)?;
        }
        for def in self.constraints.iter().filter(|c| matches!(c.body, Body::NotNull(_))) {
            interp.add_constraint(&name, def, false)?;
        }
        for (source, like) in &self.likes {
            interp.like_constraints(source, &name, like)?;
        }
        self.keys(interp, &name)?;
        for (source, like) in &self.likes {
            interp.like_indexes(source, &name, like)?;
        }
        for def in self.constraints.iter().filter(|c| matches!(c.body, Body::ForeignKey(_))) {
            interp.add_constraint(&name, def, false)?;
        }
        Ok(())
    }

    /// A new table has no rows, so its constraints are valid whatever `NOT VALID` says, but for the checks of a foreign table, whose
    /// rows are elsewhere (`transformCheckConstraints` and `transformFKConstraints` in `parse_utilcmd.c`).
    fn validate_constraints(&mut self) {
        let foreign = self.table.foreign.is_some();
        for def in &mut self.constraints {
            if !(foreign && matches!(def.body, Body::Check(_))) {
                def.attributes.not_valid = false;
            }
        }
    }

    /// Keys and exclusion constraints, the primary key first; a unique constraint that repeats another is dropped, its name kept if
    /// the other has none (`transformIndexConstraints`).
    fn keys(&self, interp: &mut Interpreter<'_>, table: &QualifiedName) -> Outcome {
        let mut list: Vec<ConstraintDef<'_>> = Vec::new();
        let primary = self.constraints.iter().filter(|c| matches!(c.body, Body::PrimaryKey(_)));
        if primary.clone().count() > 1 {
            let range = primary.clone().next_back().map_or(self.range.clone(), |c| c.range.clone());
            return Err(Failure::refused(
                "42P16",
                format!("multiple primary keys for table {} are not allowed", table.name),
            )
            .at(range));
        }
        let others =
            self.constraints.iter().filter(|c| matches!(c.body, Body::Unique(_) | Body::Exclusion(_)));
        for def in primary.chain(others) {
            let repeated = match &def.body {
                Body::Unique(key) => list.iter_mut().find(|there| match &there.body {
                    Body::PrimaryKey(other) | Body::Unique(other) => {
                        other.columns == key.columns
                            && other.include == key.include
                            && other.nulls_not_distinct == key.nulls_not_distinct
                            && there.attributes.deferrable.unwrap_or(false)
                                == def.attributes.deferrable.unwrap_or(false)
                            && there.attributes.initially_deferred.unwrap_or(false)
                                == def.attributes.initially_deferred.unwrap_or(false)
                    }
                    _ => false,
                }),
                _ => None,
            };
            match repeated {
                Some(there) => {
                    if there.name.is_none() {
                        there.name = def.name.clone();
                    }
                }
                None => list.push(def.clone()),
            }
        }
        for def in &list {
            interp.add_constraint(table, def, false)?;
        }
        Ok(())
    }
}

fn merges_with_inherited(interp: &Interpreter<'_>, table: &QualifiedName, name: &Name) -> bool {
    interp
        .store
        .get(&crate::store::constraint_key(table, name))
        .and_then(|entry| Constraint::of(&entry.object))
        .is_some_and(|c| c.inherited && matches!(c.body, ConstraintBody::Check { .. }))
}

/// The checks that a table hands down.
pub(crate) fn heritable_checks(interp: &Interpreter<'_>, table: &QualifiedName) -> Vec<Constraint> {
    interp
        .constraints(table)
        .filter(|c| matches!(c.body, ConstraintBody::Check { .. }) && !c.no_inherit)
        .cloned()
        .collect()
}

/// A parent's column as its child gets it. Identity comes along to partitions from 17 on, the name of NOT NULL from 18 on.
pub(crate) fn inherited_column(
    interp: &Interpreter<'_>,
    column: &Column,
    child: &QualifiedName,
    identity: bool,
) -> Column {
    let mut copy = Column {
        table: child.clone(),
        inherited: true,
        not_null: column.not_null.clone().filter(|n| !n.no_inherit),
        identity: column.identity.clone().filter(|_| identity),
        options: trueup_catalog::Options::new(),
        statistics: None,
        ..column.clone()
    };
    let name = not_null_name(column).and_then(|name| interp.not_null_name(&copy, Some(&name)));
    if let Some(not_null) = &mut copy.not_null {
        not_null.name = name;
        // The child is new or its column is: there are no rows to doubt (`StoreRelNotNull` in `heap.c`).
        not_null.not_valid = false;
    }
    copy
}

fn partition_key(
    interp: &Interpreter<'_>,
    table: &QualifiedName,
    by: &PartitionBy<'_>,
) -> Outcome<PartitionKey> {
    let method = Name::new(if by.strategy == PartitionStrategy::Hash { "hash" } else { "btree" });
    let elements = by
        .elements
        .iter()
        .map(|def| {
            let element = interp.index_element(table, &method, def)?;
            Ok(PartitionElement {
                target: element.target,
                collation: element.collation,
                operator_class: element.operator_class.and_then(|c| c.name),
            })
        })
        .collect::<Outcome<Vec<_>>>()?;
    if by.strategy == PartitionStrategy::List && elements.len() != 1 {
        return Err(Failure::refused(
            "42P17",
            "cannot use \"list\" partition strategy with more than one column",
        ));
    }
    Ok(PartitionKey { strategy: by.strategy, elements })
}

/// A partition's bound with its expressions.
pub(crate) fn partition_bound(interp: &Interpreter<'_>, bound: &Bound<'_>) -> PartitionBound {
    let data = |list: &[Datum<'_>]| {
        list.iter()
            .map(|datum| match datum {
                Datum::Min => RangeBound::MinValue,
                Datum::Max => RangeBound::MaxValue,
                Datum::Value(slice) => RangeBound::Value(interp.expr(slice)),
            })
            .collect()
    };
    match bound {
        Bound::Default => PartitionBound::Default,
        Bound::List(values) => PartitionBound::List(values.iter().map(|slice| interp.expr(slice)).collect()),
        Bound::Range(from, to) => PartitionBound::Range { from: data(from), to: data(to) },
        Bound::Hash(modulus, remainder) => PartitionBound::Hash { modulus: *modulus, remainder: *remainder },
    }
}

/// After the words `DROP TABLE`.
pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = drop_relations(cursor)?;
    let mut keys = Vec::new();
    for written in &statement.names {
        let Some((name, relation)) = interp.find_relation(written).map(|(n, r)| (n, r.kind)) else {
            if statement.if_exists {
                continue;
            }
            return Err(Failure::undefined("42P01", format!("table {written} does not exist"))
                .at(written.range.clone()));
        };
        match relation {
            RelationKind::Table => keys.push(table_key(&name)),
            RelationKind::Opaque => interp.store.set_opaque_relation(name, None),
            other => {
                return Err(Failure::refused("42809", format!("{name} is a {}, not a table", other.word()))
                    .at(written.range.clone()));
            }
        }
    }
    interp.remove(&keys, statement.cascade)
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    fn names(catalog: &Catalog, kind: ObjectKind, table: &str) -> Vec<String> {
        let table = QualifiedName::new("public", table);
        catalog.on_relation(kind, &table).map(|(key, _)| key.name().as_str().to_owned()).collect()
    }

    #[test]
    fn constraints_and_sequences_get_postgresqls_names() {
        let catalog = read(
            "CREATE TABLE a (id serial PRIMARY KEY, b int UNIQUE CHECK (b > 0), c text, CHECK (b < 10),
             CHECK (b > 1 AND id > 0), UNIQUE (b, c), FOREIGN KEY (b) REFERENCES a, EXCLUDE (lower(c) WITH =))",
        );
        let found = names(&catalog, ObjectKind::Constraint, "a");
        assert_eq!(
            found,
            [
                "a_b_c_key",
                "a_b_check",
                "a_b_check1",
                "a_b_fkey",
                "a_b_key",
                "a_check",
                "a_lower_excl",
                "a_pkey"
            ]
        );
        let id = catalog.column(&QualifiedName::new("public", "a"), &Name::new("id")).unwrap();
        assert_eq!(&*id.default.as_ref().unwrap().sql, "nextval('public.a_id_seq'::regclass)");
        assert!(id.not_null.is_some());
    }

    #[test]
    fn a_failed_statement_leaves_nothing_behind() {
        assert_eq!(states("CREATE TABLE t (id serial, a int REFERENCES nothing)"), ["42P01"]);
        assert_eq!(states("CREATE TABLE t (a int, a text)"), ["42701"]);
        assert_eq!(
            states("CREATE TABLE t (a int); CREATE TABLE t (b int); CREATE TABLE IF NOT EXISTS t (c int)"),
            ["42P07"]
        );
        assert_eq!(states("CREATE TABLE nowhere.t (a int)"), ["3F000"]);
        assert!(read_on(15, "CREATE TABLE t (id serial, a int REFERENCES nothing)").catalog.is_empty());
    }

    #[test]
    fn parents_columns_come_first_and_merge() {
        let catalog = read(
            "CREATE TABLE p (a int NOT NULL, b text DEFAULT 'x', CONSTRAINT c CHECK (a > 0));
             CREATE TABLE q (x int, b text) INHERITS (p);",
        );
        let table = QualifiedName::new("public", "q");
        let columns: Vec<_> =
            catalog.columns(&table).iter().map(|c| (c.name.to_string(), c.inherited)).collect();
        let expected = [("a", true), ("b", false), ("x", false)].map(|(n, i)| (n.to_owned(), i));
        assert_eq!(columns, expected);
        assert_eq!(names(&catalog, ObjectKind::Constraint, "q"), ["c"]);
    }

    #[test]
    fn partitions_get_their_parents_keys_and_indexes() {
        let catalog = read(
            "CREATE TABLE p (k int PRIMARY KEY, v text) PARTITION BY RANGE (k);
             CREATE INDEX i ON p (lower(v));
             CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2);",
        );
        assert_eq!(names(&catalog, ObjectKind::Constraint, "p1"), ["p1_pkey"]);
        assert_eq!(names(&catalog, ObjectKind::Index, "p1"), ["p1_lower_idx"]);
    }

    #[test]
    fn temporary_tables_are_known_while_they_last() {
        assert!(
            read("CREATE TEMP TABLE t (id serial); CREATE INDEX ON t (id); ALTER TABLE t ADD x int")
                .is_empty()
        );
    }

    #[test]
    fn null_defaults_leave_nothing_unless_they_are_coerced() {
        let catalog = read(
            "CREATE TABLE t (a text DEFAULT NULL, b varchar(3) DEFAULT NULL, c int DEFAULT (NULL::int),
                d text DEFAULT NULL::varchar, e varchar DEFAULT NULL::character varying, f bigint DEFAULT CAST(NULL AS int),
                g varchar DEFAULT NULL::varchar(3), h int[] DEFAULT NULL::integer[])",
        );
        let table = QualifiedName::new("public", "t");
        let with: Vec<_> = catalog
            .columns(&table)
            .iter()
            .filter(|c| c.default.is_some())
            .map(|c| c.name.to_string())
            .collect();
        assert_eq!(with, ["b", "d", "f", "g"]);
    }
}
