//! What names of other kinds mean: types of arguments, collations, operator classes, functions by name alone.
//!
//! Never: changes the catalog.

use rustc_hash::FxHashMap;
use trueup_catalog::{
    Address, Catalog, DataType, Entry, Name, ObjectKey, ObjectKind, PG_CATALOG, QualifiedName, Query,
    SearchPath,
};
use trueup_settle::World;
use trueup_syntax::{WrittenName, type_name::TypeName};

use crate::apply::mentions::Mentions;
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::names::{PG_TEMP, is_system_schema};

/// The operator classes of PostgreSQL 18's `pg_catalog`, sorted.
const BUILTIN_OPERATOR_CLASSES: &[&str] = &[
    "aclitem_ops",
    "array_ops",
    "bit_minmax_ops",
    "bit_ops",
    "bool_ops",
    "box_inclusion_ops",
    "box_ops",
    "bpchar_bloom_ops",
    "bpchar_minmax_ops",
    "bpchar_ops",
    "bpchar_pattern_ops",
    "bytea_bloom_ops",
    "bytea_minmax_ops",
    "bytea_ops",
    "char_bloom_ops",
    "char_minmax_ops",
    "char_ops",
    "cid_ops",
    "cidr_ops",
    "circle_ops",
    "date_bloom_ops",
    "date_minmax_multi_ops",
    "date_minmax_ops",
    "date_ops",
    "enum_ops",
    "float4_bloom_ops",
    "float4_minmax_multi_ops",
    "float4_minmax_ops",
    "float4_ops",
    "float8_bloom_ops",
    "float8_minmax_multi_ops",
    "float8_minmax_ops",
    "float8_ops",
    "inet_bloom_ops",
    "inet_inclusion_ops",
    "inet_minmax_multi_ops",
    "inet_minmax_ops",
    "inet_ops",
    "int2_bloom_ops",
    "int2_minmax_multi_ops",
    "int2_minmax_ops",
    "int2_ops",
    "int4_bloom_ops",
    "int4_minmax_multi_ops",
    "int4_minmax_ops",
    "int4_ops",
    "int8_bloom_ops",
    "int8_minmax_multi_ops",
    "int8_minmax_ops",
    "int8_ops",
    "interval_bloom_ops",
    "interval_minmax_multi_ops",
    "interval_minmax_ops",
    "interval_ops",
    "jsonb_ops",
    "jsonb_path_ops",
    "kd_point_ops",
    "macaddr8_bloom_ops",
    "macaddr8_minmax_multi_ops",
    "macaddr8_minmax_ops",
    "macaddr8_ops",
    "macaddr_bloom_ops",
    "macaddr_minmax_multi_ops",
    "macaddr_minmax_ops",
    "macaddr_ops",
    "money_ops",
    "multirange_ops",
    "name_bloom_ops",
    "name_minmax_ops",
    "name_ops",
    "numeric_bloom_ops",
    "numeric_minmax_multi_ops",
    "numeric_minmax_ops",
    "numeric_ops",
    "oid_bloom_ops",
    "oid_minmax_multi_ops",
    "oid_minmax_ops",
    "oid_ops",
    "oidvector_ops",
    "pg_lsn_bloom_ops",
    "pg_lsn_minmax_multi_ops",
    "pg_lsn_minmax_ops",
    "pg_lsn_ops",
    "point_ops",
    "poly_ops",
    "quad_point_ops",
    "range_inclusion_ops",
    "range_ops",
    "record_image_ops",
    "record_ops",
    "text_bloom_ops",
    "text_minmax_ops",
    "text_ops",
    "text_pattern_ops",
    "tid_bloom_ops",
    "tid_minmax_multi_ops",
    "tid_minmax_ops",
    "tid_ops",
    "time_bloom_ops",
    "time_minmax_multi_ops",
    "time_minmax_ops",
    "time_ops",
    "timestamp_bloom_ops",
    "timestamp_minmax_multi_ops",
    "timestamp_minmax_ops",
    "timestamp_ops",
    "timestamptz_bloom_ops",
    "timestamptz_minmax_multi_ops",
    "timestamptz_minmax_ops",
    "timestamptz_ops",
    "timetz_bloom_ops",
    "timetz_minmax_multi_ops",
    "timetz_minmax_ops",
    "timetz_ops",
    "tsquery_ops",
    "tsvector_ops",
    "uuid_bloom_ops",
    "uuid_minmax_multi_ops",
    "uuid_minmax_ops",
    "uuid_ops",
    "varbit_minmax_ops",
    "varbit_ops",
    "varchar_ops",
    "varchar_pattern_ops",
    "xid8_ops",
    "xid_ops",
];

/// The trigger functions of `pg_catalog` that a statement may name.
const BUILTIN_TRIGGER_FUNCTIONS: &[&str] =
    &["suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"];

fn of_method(kind: ObjectKind, name: &QualifiedName, method: &str) -> ObjectKey {
    ObjectKey { kind, address: Address::OfMethod { name: name.clone(), method: Name::new(method) } }
}

/// What was found about operator classes that PostgreSQL and the extensions bring, as long as those stay the same.
#[derive(Default)]
pub(crate) struct MemberClasses {
    extensions: Vec<Entry>,
    answers: FxHashMap<(Name, QualifiedName, Option<DataType>), Option<bool>>,
}

impl Interpreter<'_> {
    /// A type as a statement names it, `%TYPE` included; `SETOF` is the caller's.
    ///
    /// # Errors
    /// 42P01 or 42703 when the column of `%TYPE` is not there.
    pub fn argument_type(&self, written: TypeName) -> Outcome<DataType> {
        let Some(names) = written.column_of else { return Ok(self.resolve_type(written.data_type)) };
        let [rest @ .., column] = names.as_slice() else {
            return Err(Failure::syntax("%TYPE needs a column"));
        };
        let [schema @ .., table] = rest else {
            return Err(Failure::syntax("%TYPE needs a table and a column"));
        };
        let relation = WrittenName { schema: schema.last().cloned(), name: table.clone(), range: 0..0 };
        let (name, _) = self.relation(&relation)?;
        let found = self.store.catalog().column(&name, column).map(|c| c.data_type.clone());
        found.ok_or_else(|| {
            if self.store.catalog().table(&name).is_some() {
                Failure::no_column(column, &name)
            } else {
                Failure::not_understood(format!("{name}.{column}%TYPE is no column of a table"))
            }
        })
    }

    /// The collation that a written name means: one that the files made, else one of `pg_catalog`.
    pub fn collation_name(&self, written: &WrittenName) -> QualifiedName {
        if written.schema.is_some() {
            return self.qualified_or(written, PG_CATALOG);
        }
        let found = self.find_by_path(written, |name| {
            self.store.get(&ObjectKey::in_schema(ObjectKind::Collation, name.clone())).map(|_| ())
        });
        found.map_or_else(|| self.qualified_or(written, PG_CATALOG), |(name, ())| name)
    }

    /// The operator class that a written name means for an access method: one of `pg_catalog`, one that the files or the live
    /// database have; else one of the first schema of the path.
    pub fn operator_class_name(&self, written: &WrittenName, method: &str) -> QualifiedName {
        if written.schema.is_none() && BUILTIN_OPERATOR_CLASSES.binary_search(&written.name.as_str()).is_ok()
        {
            return self.qualified_or(written, PG_CATALOG);
        }
        let found = self.find_by_path(written, |name| {
            let there = self.store.get(&of_method(ObjectKind::OperatorClass, name, method)).is_some()
                || self.member_class(method, name, None).is_some()
                || self.outside.has_operator_class(name, &Name::new(method));
            there.then_some(())
        });
        found.map_or_else(|| self.in_first_schema(written), |(name, ())| name)
    }

    /// The operator family that a written name means for an access method: one of the files by the path, else one of `pg_catalog`.
    pub fn family_name(&self, written: &WrittenName, method: &str) -> QualifiedName {
        let found = self.find_by_path(written, |name| {
            self.store.get(&of_method(ObjectKind::OperatorFamily, name, method)).map(|_| ())
        });
        found.map_or_else(|| self.qualified_or(written, PG_CATALOG), |(name, ())| name)
    }

    /// The operator that a name means whatever its sides: one of the files or of the live database's extensions if a schema of the path
    /// has it, else of `pg_catalog`.
    pub fn operator_name(&self, written: &WrittenName) -> QualifiedName {
        let known = |name: &QualifiedName| {
            let own = self.store.catalog().of_kind(ObjectKind::Operator).any(
                |(key, _)| matches!(&key.address, Address::Operator { name: other, .. } if other == name),
            );
            (own || self.outside.has_operator(name)).then_some(())
        };
        match &written.schema {
            Some(schema) => QualifiedName { schema: schema.clone(), name: written.name.clone() },
            None => self
                .find_by_path(written, known)
                .map_or_else(|| self.qualified_or(written, PG_CATALOG), |(name, ())| name),
        }
    }

    /// The operator that a name and two sides mean: PostgreSQL's own where it has one for just these sides.
    pub fn operator_for(
        &self,
        written: &WrittenName,
        left: Option<&DataType>,
        right: Option<&DataType>,
    ) -> QualifiedName {
        if written.schema.is_none() && self.is_builtin_operator(written.name.as_str(), left, right) {
            return self.qualified_or(written, PG_CATALOG);
        }
        let found = self.find_by_path(written, |name| {
            let address =
                Address::Operator { name: name.clone(), left: left.cloned(), right: right.cloned() };
            self.store.get(&ObjectKey { kind: ObjectKind::Operator, address }).map(|_| ())
        });
        found.map_or_else(|| self.operator_name(written), |(name, ())| name)
    }

    /// Whether an operator class of PostgreSQL or of the extensions is its method's own for a type
    /// (`World::is_default_operator_class`); `None` where neither has it.
    pub fn member_class(
        &self,
        method: &str,
        class: &QualifiedName,
        data_type: Option<&DataType>,
    ) -> Option<bool> {
        let extensions = || self.store.catalog().of_kind(ObjectKind::Extension).map(|(_, entry)| entry);
        let mut known = self.member_classes.borrow_mut();
        if !known.extensions.iter().eq(extensions()) {
            *known =
                MemberClasses { extensions: extensions().cloned().collect(), ..MemberClasses::default() };
        }
        let question = (Name::new(method), class.clone(), data_type.cloned());
        if let Some(answer) = known.answers.get(&question) {
            return *answer;
        }
        let mut catalog = Catalog::default();
        catalog.extend(known.extensions.iter().cloned());
        let answer =
            World::new(&catalog, self.major(), &[]).is_default_operator_class(method, class, data_type);
        known.answers.insert(question, answer);
        answer
    }

    /// Whether `pg_catalog` has an operator for just these sides.
    pub fn is_builtin_operator(
        &self,
        symbol: &str,
        left: Option<&DataType>,
        right: Option<&DataType>,
    ) -> bool {
        let nothing = Catalog::default();
        World::new(&nothing, self.major(), &[]).has_builtin_operator(symbol, left, right)
    }

    /// The function that a name alone means: one of the files, or of the live database's extensions; else one of `pg_catalog`.
    pub fn function_name(&self, written: &WrittenName) -> QualifiedName {
        self.find_function_name(written).unwrap_or_else(|| self.qualified_or(written, PG_CATALOG))
    }

    /// The same for the function of a trigger, of which `pg_catalog` has few.
    pub fn trigger_function_name(&self, written: &WrittenName) -> QualifiedName {
        if let Some(found) = self.find_function_name(written) {
            return found;
        }
        let builtin = BUILTIN_TRIGGER_FUNCTIONS.contains(&written.name.as_str())
            || written.name.as_str().starts_with("RI_FKey");
        if builtin { self.qualified_or(written, PG_CATALOG) } else { self.in_first_schema(written) }
    }

    fn qualified_or(&self, written: &WrittenName, schema: &str) -> QualifiedName {
        let schema = written.schema.clone().unwrap_or_else(|| Name::new(schema));
        QualifiedName { schema, name: written.name.clone() }
    }

    fn in_first_schema(&self, written: &WrittenName) -> QualifiedName {
        let first = self.creation_schema().ok();
        self.qualified_or(written, first.as_ref().map_or("public", Name::as_str))
    }

    /// The relation that a name means with another search path than the current one, as in an expression that was written before.
    pub fn relation_by(
        &self,
        path: &SearchPath,
        schema: Option<&Name>,
        name: &Name,
    ) -> Option<QualifiedName> {
        self.by(path, schema, name, |q| self.store.relation(q).is_some())
    }

    /// The first schema of a path in which something has the name.
    pub fn by(
        &self,
        path: &SearchPath,
        schema: Option<&Name>,
        name: &Name,
        there: impl Fn(&QualifiedName) -> bool,
    ) -> Option<QualifiedName> {
        let in_schema = |schema: &Name| QualifiedName { schema: schema.clone(), name: name.clone() };
        if let Some(schema) = schema {
            return Some(in_schema(schema)).filter(there);
        }
        let temporary = Name::new(PG_TEMP);
        std::iter::once(&temporary).chain(path.iter()).map(in_schema).find(there)
    }

    /// Refuses a query that reads a relation which is not there. Only when nothing that files do not describe could have it.
    ///
    /// # Errors
    /// 42P01 for the first that is missing.
    pub fn check_relations(&self, query: &Query) -> Outcome {
        if self.has_extensions() {
            return Ok(());
        }
        for (schema, name) in Mentions::of_query(&query.sql).relations {
            let system = schema.as_ref().is_some_and(is_system_schema)
                || (schema.is_none() && name.as_str().starts_with("pg_"));
            if !system && self.relation_by(&query.search_path, schema.as_ref(), &name).is_none() {
                let written = WrittenName { schema, name, range: 0..0 };
                return Err(Failure::undefined("42P01", format!("relation {written} does not exist")));
            }
        }
        Ok(())
    }

    /// Whether anything is installed that files do not describe.
    pub fn has_extensions(&self) -> bool {
        if self.is_strict() {
            return false;
        }
        self.store.catalog().of_kind(ObjectKind::Extension).any(|(key, _)| *key.name() != "plpgsql")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_for_the_search() {
        assert!(BUILTIN_OPERATOR_CLASSES.is_sorted());
    }
}
