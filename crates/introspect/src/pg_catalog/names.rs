//! OIDs to names: schemas, roles, relations, columns, types, collations, operator classes, comments.
//!
//! Built once from the answers, then borrowed by every kind's decoder. An OID never leaves this crate.

use super::type_modifier;
use crate::session::{Answer, Decode, Letter, row};
use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    DataType, Gap, GapReason, Name, ObjectKey, ObjectKind, Options, Privilege, QualifiedName,
    builtin_privileges, normalize_option,
};

/// OIDs of the system catalogs themselves; they never change (`src/include/catalog/pg_*.h`).
pub(super) mod class {
    pub const ACCESS_METHOD: u32 = 2601;
    pub const CAST: u32 = 2605;
    pub const CONVERSION: u32 = 2607;
    pub const LANGUAGE: u32 = 2612;
    pub const OPERATOR: u32 = 2617;
    pub const RULE: u32 = 2618;
    pub const OPERATOR_FAMILY: u32 = 2753;
    pub const COLLATION: u32 = 3456;
    pub const EVENT_TRIGGER: u32 = 3466;
    pub const TRANSFORM: u32 = 3576;
    pub const STATISTICS: u32 = 3381;
    pub const TS_DICTIONARY: u32 = 3600;
    pub const TS_PARSER: u32 = 3601;
    pub const TS_CONFIGURATION: u32 = 3602;
    pub const TS_TEMPLATE: u32 = 3764;
    pub const FOREIGN_DATA_WRAPPER: u32 = 2328;
    pub const SERVER: u32 = 1417;
    pub const USER_MAPPING: u32 = 1418;
    pub const PUBLICATION: u32 = 6104;
    pub const SUBSCRIPTION: u32 = 6100;
    pub const TYPE: u32 = 1247;
    pub const PROCEDURE: u32 = 1255;
    pub const RELATION: u32 = 1259;
    pub const CONSTRAINT: u32 = 2606;
    pub const SCHEMA: u32 = 2615;
    pub const OPERATOR_CLASS: u32 = 2616;
    pub const TRIGGER: u32 = 2620;
    pub const EXTENSION: u32 = 3079;
    pub const POLICY: u32 = 3256;
}

/// The default collation of the database.
const DEFAULT_COLLATION: u32 = 100;

row! {
    SchemaRow { oid: u32, name: &'a str, owner: u32, acl: Option<Vec<&'a str>> }
}
row! {
    RoleRow { oid: u32, name: &'a str }
}
row! {
    MemberRow { class: u32, object: u32, extension: &'a str }
}
row! {
    TypeRow { oid: u32, schema: u32, name: &'a str, element: u32, collation: u32, storage: Letter }
}
row! {
    NamedRow { oid: u32, schema: u32, name: &'a str }
}
row! {
    OperatorClassRow { oid: u32, schema: u32, name: &'a str, method: &'a str, input: u32, is_default: bool }
}
row! {
    CommentRow { class: u32, object: u32, part: i32, text: &'a str }
}
row! {
    RelationRow {
        oid: u32, schema: u32, name: &'a str, kind: Letter, persistence: Letter, owner: u32, acl: Option<Vec<&'a str>>,
        options: Option<Vec<&'a str>>, toast_options: Option<Vec<&'a str>>, tablespace: Option<&'a str>,
        access_method: Option<&'a str>, row_security: bool, force_row_security: bool, replica_identity: Letter,
        populated: bool, of_type: u32, tuples: f32, pages: i32, block: i32, partition_bound: Option<&'a str>,
    }
}
row! {
    ColumnRow {
        relation: u32, number: i16, name: &'a str, data_type: u32, modifier: i32, type_text: Option<&'a str>,
        collation: u32, not_null: bool, expression: Option<&'a str>, identity: Letter, generated: Letter,
        storage: Letter, compression: Letter, options: Option<Vec<&'a str>>, statistics: Option<i32>, local: bool,
        foreign_options: Option<Vec<&'a str>>, acl: Option<Vec<&'a str>>,
    }
}

/// A relation whose columns and parts are the schema's.
pub(super) struct Relation<'a> {
    pub name: QualifiedName,
    /// False for those that are not read, which may still be referred to: an extension's, or all but an extension's.
    pub own: bool,
    pub row: RelationRow<'a>,
}

/// What is known of a type.
struct TypeInfo {
    data: DataType,
    collation: u32,
    storage: char,
}

struct OperatorClassInfo<'a> {
    name: QualifiedName,
    method: &'a str,
    input: u32,
    is_default: bool,
}

/// Whose objects are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose<'a> {
    /// The schema's: whatever no extension has.
    Schema,
    /// An extension's, by name.
    Extension(&'a str),
}

/// Every name that decoders ask for.
pub(super) struct Names<'a> {
    pub major: u32,
    whose: Whose<'a>,
    pub relations: FxHashMap<u32, Relation<'a>>,
    schemas: FxHashMap<u32, Name>,
    roles: FxHashMap<u32, Name>,
    /// The extension that an object belongs to.
    members: FxHashMap<(u32, u32), &'a str>,
    types: FxHashMap<u32, TypeInfo>,
    collations: FxHashMap<u32, QualifiedName>,
    operators: FxHashMap<u32, QualifiedName>,
    operator_classes: FxHashMap<u32, OperatorClassInfo<'a>>,
    default_classes: FxHashSet<(&'a str, u32)>,
    /// Columns by relation, in the order of their numbers.
    columns: FxHashMap<u32, Vec<ColumnRow<'a>>>,
    comments: FxHashMap<(u32, u32, i32), &'a str>,
}

/// The answers that names are made from.
pub(super) struct NameAnswers<'a> {
    pub schema: &'a Answer,
    pub role: &'a Answer,
    pub member: &'a Answer,
    pub data_type: &'a Answer,
    pub collation: &'a Answer,
    pub operator: &'a Answer,
    pub operator_class: &'a Answer,
    pub relation: &'a Answer,
    pub column: &'a Answer,
    pub comment: &'a Answer,
}

impl<'a> Names<'a> {
    pub fn new(answers: &NameAnswers<'a>, major: u32) -> Result<Self, (&'static str, String)> {
        let schemas: FxHashMap<u32, Name> = decode::<SchemaRow>(answers.schema)?
            .into_iter()
            .map(|row| (row.oid, Name::new(row.name)))
            .collect();
        let members: FxHashMap<(u32, u32), &str> = decode::<MemberRow>(answers.member)?
            .into_iter()
            .map(|row| ((row.class, row.object), row.extension))
            .collect();
        let qualified = |schema: u32, name: &str| {
            Some(QualifiedName { schema: schemas.get(&schema)?.clone(), name: Name::new(name) })
        };
        let types = types(&decode::<TypeRow>(answers.data_type)?, &schemas);
        let named = |answer: &'a Answer| -> Result<FxHashMap<u32, QualifiedName>, (&'static str, String)> {
            Ok(decode::<NamedRow>(answer)?
                .into_iter()
                .filter_map(|row| Some((row.oid, qualified(row.schema, row.name)?)))
                .collect())
        };
        let mut operator_classes = FxHashMap::default();
        let mut default_classes = FxHashSet::default();
        for row in decode::<OperatorClassRow>(answers.operator_class)? {
            if row.is_default {
                default_classes.insert((row.method, row.input));
            }
            if let Some(name) = qualified(row.schema, row.name) {
                let info = OperatorClassInfo {
                    name,
                    method: row.method,
                    input: row.input,
                    is_default: row.is_default,
                };
                operator_classes.insert(row.oid, info);
            }
        }
        let relations = decode::<RelationRow>(answers.relation)?
            .into_iter()
            .filter_map(|row| {
                Some((row.oid, Relation { name: qualified(row.schema, row.name)?, own: false, row }))
            })
            .collect();
        let mut columns: FxHashMap<u32, Vec<ColumnRow<'a>>> = FxHashMap::default();
        for row in decode::<ColumnRow>(answers.column)? {
            columns.entry(row.relation).or_default().push(row);
        }
        for list in columns.values_mut() {
            list.sort_unstable_by_key(|row| row.number);
        }
        let comments = decode::<CommentRow>(answers.comment)?
            .into_iter()
            .map(|row| ((row.class, row.object, row.part), row.text))
            .collect();
        let mut names = Names {
            major,
            whose: Whose::Schema,
            relations,
            collations: named(answers.collation)?,
            operators: named(answers.operator)?,
            roles: decode::<RoleRow>(answers.role)?
                .into_iter()
                .map(|row| (row.oid, Name::new(row.name)))
                .collect(),
            schemas,
            members,
            types,
            operator_classes,
            default_classes,
            columns,
            comments,
        };
        names.turn_to(Whose::Schema);
        Ok(names)
    }

    /// From now on decoders read these objects.
    pub fn turn_to(&mut self, whose: Whose<'a>) {
        self.whose = whose;
        let members = &self.members;
        for (oid, relation) in &mut self.relations {
            let extension = members.get(&(class::RELATION, *oid));
            relation.own = !is_system_schema(&relation.name.schema)
                && match whose {
                    Whose::Schema => extension.is_none(),
                    // The relation of a composite type is no member, its type is.
                    Whose::Extension(name) => extension == Some(&name) || relation.row.kind.0 == 'c',
                };
        }
    }

    /// A name in a schema that is the user's; `None` in PostgreSQL's own schemas and in temporary ones.
    pub fn own_name(&self, schema: u32, name: &str) -> Option<QualifiedName> {
        self.qualified(schema, name).filter(|name| !is_system_schema(&name.schema))
    }

    /// A name in any schema.
    pub fn qualified(&self, schema: u32, name: &str) -> Option<QualifiedName> {
        Some(QualifiedName { schema: self.schemas.get(&schema)?.clone(), name: Name::new(name) })
    }

    /// A name that a query wrote as "schema name", the schema by its OID; `None` for NULL.
    pub fn of_pair(&self, text: Option<&str>) -> Option<QualifiedName> {
        let (schema, name) = text?.split_once(' ')?;
        self.qualified(schema.parse().ok()?, name)
    }

    pub fn schema(&self, oid: u32) -> Option<&Name> {
        self.schemas.get(&oid)
    }

    /// Whether the object is not one of those that are read.
    pub fn is_left_out(&self, class: u32, oid: u32) -> bool {
        let extension = self.members.get(&(class, oid));
        match self.whose {
            Whose::Schema => extension.is_some(),
            Whose::Extension(name) => extension != Some(&name),
        }
    }

    /// The same for a part of a relation that is read: an extension's table has its parts, whoever made them.
    pub fn is_part_left_out(&self, class: u32, oid: u32) -> bool {
        match self.whose {
            Whose::Schema => self.members.contains_key(&(class, oid)),
            Whose::Extension(_) => false,
        }
    }

    /// Whether everything of an extension was made by initdb, as `plpgsql`'s, and none of it is read
    /// (`FirstNormalObjectId` in `src/include/access/transam.h`).
    pub fn is_built_in(&self, extension: &str) -> bool {
        !self.members.iter().any(|((_, oid), of)| *of == extension && *oid >= 16384)
    }

    /// The names of all roles.
    pub fn roles(&self) -> std::collections::BTreeSet<Name> {
        self.roles.values().cloned().collect()
    }

    /// The extension that an object belongs to.
    pub fn extension(&self, class: u32, oid: u32) -> Option<String> {
        self.members.get(&(class, oid)).map(|name| (*name).to_owned())
    }

    pub fn role(&self, oid: u32) -> Option<Name> {
        self.roles.get(&oid).cloned()
    }

    /// The grants on a relation and on its columns.
    pub fn relation_privileges(
        &self,
        oid: u32,
        relation: &Relation<'_>,
        gaps: &mut Vec<Gap>,
    ) -> Option<Vec<Privilege>> {
        let mut list = privileges(relation.row.acl.as_deref(), &relation.name, gaps);
        for row in self.columns(oid) {
            let column = Name::new(row.name);
            let shown = format_args!("{}.{column}", relation.name).to_string();
            let Some(grants) = privileges(row.acl.as_deref(), &shown, gaps) else { continue };
            list.get_or_insert_with(|| {
                let key = ObjectKey::in_schema(ObjectKind::Table, relation.name.clone());
                builtin_privileges(&key, self.major)
            })
            .extend(grants.into_iter().map(|grant| Privilege { column: Some(column.clone()), ..grant }));
        }
        list
    }

    /// A relation of the schema, not of an extension.
    pub fn own_relation(&self, oid: u32) -> Option<&Relation<'a>> {
        self.relations.get(&oid).filter(|relation| relation.own)
    }

    pub fn columns(&self, relation: u32) -> &[ColumnRow<'a>] {
        self.columns.get(&relation).map_or(&[], Vec::as_slice)
    }

    /// A column by its number; numbers have holes where columns were dropped.
    pub fn column(&self, relation: u32, number: i16) -> Option<&ColumnRow<'a>> {
        let columns = self.columns(relation);
        let at = columns.binary_search_by_key(&number, |row| row.number).ok()?;
        columns.get(at)
    }

    /// The names of columns by their numbers.
    pub fn column_names(&self, relation: u32, numbers: &[i16]) -> Vec<Name> {
        numbers
            .iter()
            .filter_map(|number| self.column(relation, *number))
            .map(|row| Name::new(row.name))
            .collect()
    }

    /// A type with its modifiers; `text` is what the type itself printed, for types outside of `pg_catalog`.
    pub fn data_type(&self, oid: u32, modifier: i32, text: Option<&str>) -> DataType {
        let Some(info) = self.types.get(&oid) else {
            // Only a dropped type has no row, and nothing can be of a dropped type.
            return DataType::unresolved(Name::new(format!("unknown type {oid}")));
        };
        let mut data = info.data.clone();
        if let Some(text) = text {
            data.modifiers = type_modifier::printed(text);
        } else if modifier >= 0
            && data.schema.as_ref().is_some_and(|schema| schema.as_str() == trueup_catalog::PG_CATALOG)
        {
            data.modifiers = trueup_catalog::builtin_modifiers(data.name.as_str(), modifier, self.major);
        }
        data
    }

    /// A type without modifiers.
    pub fn plain_type(&self, oid: u32) -> DataType {
        self.data_type(oid, -1, None)
    }

    /// The storage that a type's columns have by default.
    pub fn default_storage(&self, data_type: u32) -> Option<char> {
        self.types.get(&data_type).map(|info| info.storage)
    }

    /// The collation by name, where it is not the type's own.
    pub fn own_collation(&self, collation: u32, data_type: u32) -> Option<QualifiedName> {
        let default = self.types.get(&data_type).map_or(0, |info| info.collation);
        self.collation_unless(collation, default)
    }

    /// The collation by name, where it is there and not `default`.
    pub fn collation_unless(&self, collation: u32, default: u32) -> Option<QualifiedName> {
        if collation == 0 || collation == default {
            return None;
        }
        self.collations.get(&collation).cloned()
    }

    /// Whether a collation is the database's default.
    pub fn is_default_collation(collation: u32) -> bool {
        collation == DEFAULT_COLLATION
    }

    pub fn operator(&self, oid: u32) -> Option<QualifiedName> {
        self.operators.get(&oid).cloned()
    }

    /// The operator class by name, where it is not the default one for a column of this type (`get_opclass_name` in
    /// `ruleutils.c`, `GetDefaultOpClass` in `indexcmds.c`: an exact match wins over a type that is merely coercible).
    /// `data_type` is 0 where it is not known, as for expressions.
    pub fn own_operator_class(&self, oid: u32, data_type: u32) -> Option<QualifiedName> {
        let info = self.operator_classes.get(&oid)?;
        let another_is_exact =
            data_type != info.input && self.default_classes.contains(&(info.method, data_type));
        if info.is_default && !another_is_exact {
            return None;
        }
        Some(info.name.clone())
    }

    /// The operator class by name, default or not: parameters can't be written without it
    /// (`index_elem_options` in `gram.y`).
    pub fn operator_class(&self, oid: u32) -> Option<QualifiedName> {
        Some(self.operator_classes.get(&oid)?.name.clone())
    }

    pub fn comment(&self, class: u32, object: u32, part: i32) -> Option<String> {
        self.comments.get(&(class, object, part)).map(|text| (*text).to_owned())
    }
}

/// Decodes an answer, and says which query it was when that fails.
pub(super) fn decode<'a, T: Decode<'a>>(answer: &'a Answer) -> Result<Vec<T>, (&'static str, String)> {
    T::decode(answer).map_err(|message| (answer.what, message))
}

/// `pg_catalog`, `pg_toast`, temporary schemas and `information_schema`. PostgreSQL keeps the prefix `pg_` to itself.
pub(crate) fn is_system_schema(schema: &Name) -> bool {
    schema.as_str().starts_with("pg_") || schema.as_str() == "information_schema"
}

fn types(rows: &[TypeRow<'_>], schemas: &FxHashMap<u32, Name>) -> FxHashMap<u32, TypeInfo> {
    let mut types: FxHashMap<u32, TypeInfo> = FxHashMap::default();
    types.reserve(rows.len());
    for row in rows {
        let Some(schema) = schemas.get(&row.schema) else { continue };
        let data = DataType {
            schema: Some(schema.clone()),
            name: Name::new(row.name),
            modifiers: Vec::new(),
            array: false,
        };
        types.insert(row.oid, TypeInfo { data, collation: row.collation, storage: row.storage.0 });
    }
    for row in rows.iter().filter(|row| row.element != 0) {
        let Some(element) = types.get(&row.element).map(|info| info.data.clone()) else { continue };
        if let Some(info) = types.get_mut(&row.oid) {
            info.data = element.array_of();
        }
    }
    types
}

/// `name=value` items as options. A name without a value is a Boolean that is on.
pub(super) fn options(items: Option<&[&str]>, prefix: &str) -> Options {
    items
        .unwrap_or(&[])
        .iter()
        .map(|item| {
            let (name, value) = item.split_once('=').unwrap_or((item, "true"));
            let name = format!("{prefix}{name}");
            let value = normalize_option(&name, value);
            (name, value)
        })
        .collect()
}

/// The grants of an object; what is not understood becomes a gap.
pub(super) fn privileges(
    acl: Option<&[&str]>,
    object: &dyn std::fmt::Display,
    gaps: &mut Vec<Gap>,
) -> Option<Vec<Privilege>> {
    match crate::privilege::parse(acl?) {
        Ok(list) => Some(list),
        Err(item) => {
            gaps.push(unmodeled("privilege", object, format!("the grant {item} is not understood")));
            None
        }
    }
}

/// A gap about something that exists and that the model can't hold.
pub(crate) fn unmodeled(what: &str, object: &dyn std::fmt::Display, message: impl Into<String>) -> Gap {
    Gap {
        what: what.to_owned(),
        object: object.to_string(),
        code: "U101".to_owned(),
        reason: GapReason::Unmodeled,
        message: message.into(),
        span: None,
    }
}
