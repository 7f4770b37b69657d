//! Names: what an unqualified one means, and the ones that PostgreSQL chooses by itself.
//!
//! Owns: lookup by search path (manual, 5.10.3) and automatic names (`makeObjectName`, `ChooseRelationName` in `indexcmds.c`,
//! `ChooseConstraintName` in `pg_constraint.c`).
//! Never: reads text or changes the catalog.

use trueup_catalog::{
    Address, DataType, MAX_NAME_BYTES, Name, ObjectKey, ObjectKind, PG_CATALOG, QualifiedName, truncate,
};

use trueup_syntax::WrittenName;

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::store::{Relation, RelationKind};

/// The schema in which temporary objects are kept while statements are applied.
pub(crate) const PG_TEMP: &str = "pg_temp";

/// `name1_name2_label` in at most 63 bytes; the longer of the two names is cut (`makeObjectName`).
pub(crate) fn make_object_name(name1: &str, name2: Option<&str>, label: Option<&str>) -> Name {
    let overhead = usize::from(name2.is_some()) + label.map_or(0, |l| l.len() + 1);
    let available = MAX_NAME_BYTES.saturating_sub(overhead);
    let mut len1 = name1.len();
    let mut len2 = name2.map_or(0, str::len);
    while len1 + len2 > available {
        if len1 > len2 {
            len1 -= 1;
        } else {
            len2 -= 1;
        }
    }
    let mut text = truncate(name1, len1).to_owned();
    if let Some(name2) = name2 {
        text.push('_');
        text.push_str(truncate(name2, len2));
    }
    if let Some(label) = label {
        text.push('_');
        text.push_str(label);
    }
    Name::new(text)
}

/// The first of `make_object_name` with `label`, `label1`, `label2`… that is free.
pub(crate) fn choose_name(
    name1: &str,
    name2: Option<&str>,
    label: &str,
    mut taken: impl FnMut(&Name) -> bool,
) -> Name {
    let mut name = make_object_name(name1, name2, Some(label));
    let mut pass = 0u32;
    while taken(&name) {
        pass += 1;
        name = make_object_name(name1, name2, Some(&format!("{label}{pass}")));
    }
    name
}

/// Column names joined as in automatic names (`ChooseIndexNameAddition`, `ChooseForeignKeyConstraintNameAddition`).
pub(crate) fn name_addition<'n>(columns: impl IntoIterator<Item = &'n str>) -> String {
    let mut text = String::new();
    for column in columns {
        if !text.is_empty() {
            text.push('_');
        }
        text.push_str(column);
        if text.len() > MAX_NAME_BYTES {
            break;
        }
    }
    text
}

impl Interpreter<'_> {
    /// A free name for a relation in `schema` (`ChooseRelationName`): no relation has it, and no constraint if it is for one.
    pub fn choose_relation_name(
        &self,
        schema: &Name,
        name1: &str,
        name2: Option<&str>,
        label: &str,
        is_constraint: bool,
    ) -> Name {
        choose_name(name1, name2, label, |name| {
            let name = QualifiedName { schema: schema.clone(), name: name.clone() };
            self.store.relation(&name).is_some() || (is_constraint && self.store.constraint_name_taken(&name))
        })
    }

    /// A free name for a constraint of a table or domain in `schema` (`ChooseConstraintName`). `others` are names that the same
    /// statement has already given.
    pub fn choose_constraint_name(
        &self,
        schema: &Name,
        name1: &str,
        name2: Option<&str>,
        label: &str,
        others: &[Name],
    ) -> Name {
        choose_name(name1, name2, label, |name| {
            others.contains(name)
                || self
                    .store
                    .constraint_name_taken(&QualifiedName { schema: schema.clone(), name: name.clone() })
        })
    }

    /// Whether there is a schema of this name.
    pub fn schema_exists(&self, schema: &Name) -> bool {
        is_system_schema(schema)
            || self.store.catalog().contains(&ObjectKey::global(ObjectKind::Schema, schema.clone()))
    }

    /// The schema in which an unqualified new object is made: the first of the path that exists.
    ///
    /// # Errors
    /// 3F000 when none does.
    pub fn creation_schema(&self) -> Outcome<Name> {
        self.store.search_path().iter().find(|schema| self.schema_exists(schema)).cloned().ok_or_else(|| {
            Failure::undefined("3F000", "no schema has been selected to create in")
                .help("qualify the name with its schema, or set search_path before")
        })
    }

    /// The name of a new object.
    ///
    /// # Errors
    /// 3F000 when its schema does not exist.
    pub fn new_name(&self, written: &WrittenName) -> Outcome<QualifiedName> {
        let schema = match &written.schema {
            Some(schema) if self.schema_exists(schema) => schema.clone(),
            Some(schema) => {
                return Err(Failure::undefined("3F000", format!("schema {schema} does not exist"))
                    .at(written.range.clone()));
            }
            None => self.creation_schema()?,
        };
        Ok(QualifiedName { schema, name: written.name.clone() })
    }

    /// The schemas that an unqualified name is looked up in, in order: temporary objects, `pg_catalog` if the path does not name it,
    /// the path.
    pub fn lookup_path(&self) -> Vec<Name> {
        let path = self.store.search_path();
        let mut list = Vec::with_capacity(path.len() + 2);
        list.push(Name::new(PG_TEMP));
        if !path.iter().any(|s| *s == PG_CATALOG) {
            list.push(Name::new(PG_CATALOG));
        }
        list.extend(path.iter().cloned());
        list
    }

    /// The relation that a written name means.
    pub fn find_relation(&self, written: &WrittenName) -> Option<(QualifiedName, &Relation)> {
        self.find_by_path(written, |name| self.store.relation(name))
    }

    /// The first schema of the path in which `look` finds something, or the written schema.
    pub fn find_by_path<T>(
        &self,
        written: &WrittenName,
        look: impl Fn(&QualifiedName) -> Option<T>,
    ) -> Option<(QualifiedName, T)> {
        let try_in = |schema: Name| {
            let name = QualifiedName { schema, name: written.name.clone() };
            look(&name).map(|found| (name, found))
        };
        match &written.schema {
            Some(schema) => try_in(schema.clone()),
            None => self.lookup_path().into_iter().find_map(try_in),
        }
    }

    /// The relation that a written name means.
    ///
    /// # Errors
    /// 42P01 when there is none.
    pub fn relation(&self, written: &WrittenName) -> Outcome<(QualifiedName, Relation)> {
        self.find_relation(written)
            .map(|(name, relation)| (name, relation.clone()))
            .ok_or_else(|| match &written.schema {
                // `LookupExplicitNamespace` comes first.
                Some(schema) if self.is_strict() && !self.schema_exists(schema) => {
                    Failure::undefined("3F000", format!("schema {schema} does not exist"))
                }
                Some(_) | None => Failure::no_relation(written),
            })
            .map_err(|failure| failure.at(written.range.clone()))
    }

    /// The table that a written name means.
    ///
    /// # Errors
    /// 42P01 when there is none, 42809 when it is no table.
    pub fn table(&self, written: &WrittenName) -> Outcome<QualifiedName> {
        let (name, relation) = self.relation(written)?;
        match relation.kind {
            RelationKind::Table => Ok(name),
            RelationKind::Opaque => Err(Failure::not_understood(format!(
                "{name} is a {}, which is not modelled yet",
                relation.kind.word()
            ))
            .at(written.range.clone())),
            other => Err(Failure::refused("42809", format!("{name} is a {}, not a table", other.word()))
                .at(written.range.clone())),
        }
    }

    /// The type of this name that is found first: one of `pg_catalog`, of the catalog, or of the ambient definitions. `None` when
    /// nothing known has the name.
    pub fn find_type(&self, schema: Option<&Name>, name: &Name) -> Option<QualifiedName> {
        let there = |q: &QualifiedName| {
            (q.schema == PG_CATALOG && is_builtin_type(q.name.as_str()))
                || self.store.type_kind(q).is_some()
                || self.ambient_type(q)
        };
        let try_in = |schema: Name| Some(QualifiedName { schema, name: name.clone() }).filter(|q| there(q));
        match schema {
            Some(schema) => try_in(schema.clone()),
            None => self.lookup_path().into_iter().find_map(try_in),
        }
    }

    /// A data type with its name resolved. A name that nothing known has stays without schema, or keeps the written one.
    pub fn resolve_type(&self, mut data_type: DataType) -> DataType {
        if let Some(found) = self.find_type(data_type.schema.as_ref(), &data_type.name) {
            data_type.schema = Some(found.schema);
        }
        data_type
    }

    /// The functions and procedures of a name, those of the first schema of the path that has any.
    pub fn find_routines(&self, kinds: &[ObjectKind], written: &WrittenName) -> Vec<ObjectKey> {
        self.find_by_path(written, |name| {
            let keys: Vec<ObjectKey> = kinds
                .iter()
                .flat_map(|kind| self.store.catalog().routines(*kind, name))
                .map(|(key, _)| key.clone())
                .collect();
            (!keys.is_empty()).then_some(keys)
        })
        .map(|(_, keys)| keys)
        .unwrap_or_default()
    }

    /// The qualified name that a function's name means when arguments don't matter (a trigger's function): of the catalog, the
    /// ambient definitions, or `None`.
    pub fn find_function_name(&self, written: &WrittenName) -> Option<QualifiedName> {
        self.find_by_path(written, |name| {
            let there = self.store.catalog().routines(ObjectKind::Function, name).next().is_some()
                || self.ambient_function(name);
            there.then_some(())
        })
        .map(|(name, ())| name)
    }

    fn ambient_type(&self, name: &QualifiedName) -> bool {
        self.store.catalog().ambient.types.iter().any(|t| t.name == *name) || self.outside.has_type(name)
    }

    fn ambient_function(&self, name: &QualifiedName) -> bool {
        self.store.catalog().ambient.functions.iter().any(|f| f.name == *name)
            || self.outside.has_function(name)
    }
}

/// Whether PostgreSQL itself has this schema in every database.
pub(crate) fn is_system_schema(schema: &Name) -> bool {
    matches!(schema.as_str(), PG_CATALOG | "information_schema" | PG_TEMP | "pg_toast")
}

/// The automatic name of a range type's multirange: `range` becomes `multirange`, else `_multirange` is added
/// (`makeMultirangeTypeName` in `pg_type.c`).
pub(crate) fn multirange_name(range: &QualifiedName) -> QualifiedName {
    let text = range.name.as_str();
    let name = match text.split_once("range") {
        Some((before, after)) => format!("{before}multirange{after}"),
        None => format!("{}_multirange", truncate(text, MAX_NAME_BYTES - 11)),
    };
    QualifiedName { schema: range.schema.clone(), name: Name::new(name) }
}

/// The types of `pg_catalog` in PostgreSQL 18 that are no row types, sorted.
const BUILTIN_TYPES: &[&str] = &[
    "aclitem",
    "any",
    "anyarray",
    "anycompatible",
    "anycompatiblearray",
    "anycompatiblemultirange",
    "anycompatiblenonarray",
    "anycompatiblerange",
    "anyelement",
    "anyenum",
    "anymultirange",
    "anynonarray",
    "anyrange",
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "event_trigger",
    "fdw_handler",
    "float4",
    "float8",
    "gtsvector",
    "index_am_handler",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "language_handler",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary",
    "pg_ddl_command",
    "pg_dependencies",
    "pg_lsn",
    "pg_mcv_list",
    "pg_ndistinct",
    "pg_node_tree",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "table_am_handler",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "trigger",
    "tsm_handler",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "varbit",
    "varchar",
    "void",
    "xid",
    "xid8",
    "xml",
];

/// Whether `pg_catalog` has a type of this name.
pub(crate) fn is_builtin_type(name: &str) -> bool {
    BUILTIN_TYPES.binary_search(&name).is_ok()
}

/// The name of the relation that an index key stands for.
pub(crate) fn index_name(key: &ObjectKey) -> Option<QualifiedName> {
    match &key.address {
        Address::OnRelation { relation, name } => {
            Some(QualifiedName { schema: relation.schema.clone(), name: name.clone() })
        }
        Address::Global(_)
        | Address::InSchema(_)
        | Address::Routine { .. }
        | Address::Operator { .. }
        | Address::OfMethod { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_part_of_an_automatic_name_is_cut() {
        let long = "a".repeat(60);
        let name = make_object_name(&long, Some("column"), Some("key"));
        assert_eq!(name.as_str(), format!("{}_column_key", "a".repeat(52)));
        assert_eq!(make_object_name("t", None, Some("pkey")).as_str(), "t_pkey");
        // pg_mbcliplen: 30 bytes would cut the fifteenth é short by none, 31 by one.
        let wide = "é".repeat(31);
        assert_eq!(make_object_name(&wide, Some(&"b".repeat(31)), Some("key")).as_str().len(), 62 - 4 + 4);
    }

    #[test]
    fn a_taken_name_gets_a_number_inside_the_limit() {
        let long = "a".repeat(63);
        let first = choose_name(&long, None, "pkey", |_| false);
        let second = choose_name(&long, None, "pkey", |n| *n == first);
        assert_eq!(first.as_str(), format!("{}_pkey", "a".repeat(58)));
        assert_eq!(second.as_str(), format!("{}_pkey1", "a".repeat(57)));
    }
}
