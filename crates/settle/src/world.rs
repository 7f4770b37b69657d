//! What one side's names mean: the built-in snapshot of one major version, overlaid with the
//! catalog's own objects, the members of its extensions, and what a live server told.
//!
//! Owns lookups by name and search path. Never decides between candidates: see `function` and
//! `operator`.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use std::cell::RefCell;
use std::rc::Rc;
use trueup_catalog::{Ambient, Catalog, DataType, Name, QualifiedName};

use crate::snapshot::{Base, Cast, Function, Operator, OperatorClass, PG_CATALOG, base};
use crate::types::{Known, TypeId, TypeInfo, typmod};

/// What one side's names mean: a catalog over the built-in snapshot of one major version.
pub struct World<'c> {
    pub(crate) catalog: &'c Catalog,
    pub(crate) base: &'static Base,
    pub(crate) overlay: Overlay,
    relations: RefCell<FxHashMap<QualifiedName, Option<Rc<Relation>>>>,
    /// Whether calls in SQL's own syntax are told from others: `TRIM(x)` from `btrim(x)`, as stored since 14. Between an older and a
    /// newer version that says nothing.
    pub(crate) keeps_syntax: bool,
    /// The first thing that PostgreSQL would refuse, while something is read (see `reading`).
    pub(crate) complaint: RefCell<Option<crate::Refusal>>,
    /// The search path of the session, for text that is analysed in it.
    session_path: Vec<Name>,
    /// Labels of enums that the session's transaction added, and that it can't use itself.
    pub(crate) uncommitted: Vec<(QualifiedName, String)>,
}

/// What a catalog and its extensions add to the snapshot. Filled once, in `overlay`.
#[derive(Default)]
pub(crate) struct Overlay {
    /// Types, numbered on from the snapshot's.
    pub types: Vec<TypeInfo>,
    /// Types by name: their schema and number.
    pub type_names: FxHashMap<SmolStr, Vec<(SmolStr, TypeId)>>,
    /// The arrays over the snapshot's types never change; nothing of the overlay hangs on them.
    pub functions: Vec<Function>,
    pub function_names: FxHashMap<SmolStr, Vec<usize>>,
    pub operators: FxHashMap<SmolStr, Vec<Operator>>,
    pub casts: FxHashMap<(TypeId, TypeId), Cast>,
    pub classes: Vec<OperatorClass>,
    /// The columns of the extensions' relations, as text.
    pub relations: FxHashMap<QualifiedName, (&'static str, &'static str)>,
    /// Extensions that the catalog has and the snapshot doesn't know.
    pub strangers: Vec<SmolStr>,
}

/// A relation's or composite type's columns.
#[derive(Debug)]
pub(crate) struct Relation {
    pub columns: Vec<RelationColumn>,
    /// The type of its rows.
    pub row: Option<TypeId>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct RelationColumn {
    pub name: SmolStr,
    pub ty: TypeId,
    pub typmod: i32,
}

impl<'c> World<'c> {
    /// The world of `catalog` as seen by PostgreSQL `major` (13 to 18). `ambient` are further
    /// definitions that hold for it too: for desired SQL, those that the live server told.
    pub fn new(catalog: &'c Catalog, major: u32, ambient: &[&'c Ambient]) -> Self {
        let base = base(major);
        let overlay = crate::overlay::build(base, catalog, ambient);
        World {
            catalog,
            base,
            overlay,
            relations: RefCell::default(),
            keeps_syntax: major >= 14,
            complaint: RefCell::default(),
            session_path: Vec::new(),
            uncommitted: Vec::new(),
        }
    }

    /// With the search path of a session, for text that is analysed in it.
    #[must_use]
    pub fn in_session(mut self, path: &[Name]) -> Self {
        self.session_path = path.to_vec();
        self
    }

    /// With labels of enums that the session's transaction added: who reads them raises 55P04 (`check_safe_enum_use` in `enum.c`).
    #[must_use]
    pub fn with_uncommitted(mut self, labels: &[(QualifiedName, String)]) -> Self {
        self.uncommitted = labels.to_vec();
        self
    }

    /// The search path of the session.
    pub(crate) fn session_path(&self) -> Vec<Name> {
        self.session_path.clone()
    }

    /// What stands for a type in the signature of one of PostgreSQL's own functions and operators. Since 14 many of those take
    /// `anycompatible` where they took `anyelement` (release notes of 14): still the same function.
    pub(crate) fn in_signature(&self, of: &str, ty: TypeId) -> &str {
        let key = self.info(ty).key.as_str();
        if of.contains(['.', ':']) {
            return key;
        }
        match key {
            "anycompatible" => "anyelement",
            "anycompatiblearray" => "anyarray",
            "anycompatiblenonarray" => "anynonarray",
            "anycompatiblerange" => "anyrange",
            "anycompatiblemultirange" => "anymultirange",
            other => other,
        }
    }

    /// Its catalog.
    pub fn catalog(&self) -> &'c Catalog {
        self.catalog
    }

    /// The major version of PostgreSQL that it is seen by.
    pub fn major(&self) -> u32 {
        self.base.major
    }

    pub(crate) fn known(&self) -> &'static Known {
        &self.base.known
    }

    /// The row of a type.
    pub(crate) fn info(&self, id: TypeId) -> &TypeInfo {
        if id.is_unresolved() {
            return TypeInfo::unresolved();
        }
        let own = self.base.types.len();
        self.base
            .types
            .get(id.index())
            .or_else(|| self.overlay.types.get(id.index().wrapping_sub(own)))
            .unwrap_or_else(|| TypeInfo::unresolved())
    }

    /// The base type under a domain, through any number of them, and the modifier that they set
    /// (`getBaseTypeAndTypmod` in `lsyscache.c`).
    pub(crate) fn base_type(&self, id: TypeId, typmod: i32) -> (TypeId, i32) {
        let (mut id, mut typmod) = (id, typmod);
        // Domains can't contain themselves, but a broken catalog could say so.
        for _ in 0..32 {
            let info = self.info(id);
            match info.base {
                Some((base, modifier)) if info.kind == b'd' => (id, typmod) = (base, modifier),
                _ => break,
            }
        }
        (id, typmod)
    }

    /// A type by schema and name.
    pub(crate) fn type_in(&self, schema: &str, name: &str) -> Option<TypeId> {
        // The map of the snapshot has keys for ever; a borrowed pair of shorter life will do.
        if let Some(id) = self.base.type_in(schema, name) {
            return Some(id);
        }
        self.overlay.type_names.get(name)?.iter().find(|(s, _)| s == schema).map(|(_, id)| *id)
    }

    /// A type by its bare name along the search path.
    pub(crate) fn type_on_path(&self, path: &[Name], name: &str) -> Option<TypeId> {
        if !path.iter().any(|schema| schema.as_str() == PG_CATALOG)
            && let Some(id) = self.type_in(PG_CATALOG, name)
        {
            return Some(id);
        }
        path.iter().find_map(|schema| self.type_in(schema.as_str(), name))
    }

    /// The type and modifier of a data type of the model.
    pub(crate) fn type_of(&self, data_type: &DataType) -> (TypeId, i32) {
        let name = data_type.name.as_str();
        let found = match &data_type.schema {
            Some(schema) => self.type_in(schema.as_str(), name),
            None => self.type_in(PG_CATALOG, name).or_else(|| {
                let candidates = self.overlay.type_names.get(name)?;
                match candidates.as_slice() {
                    [(_, id)] => Some(*id),
                    _ => None,
                }
            }),
        };
        let Some(element) = found else { return (TypeId::UNRESOLVED, -1) };
        let info = self.info(element);
        let modifier = typmod(&info.key, &data_type.modifiers);
        if data_type.array {
            (info.array.unwrap_or(TypeId::UNRESOLVED), modifier)
        } else {
            (element, modifier)
        }
    }

    /// Every function with this name, in whatever schema.
    pub(crate) fn functions(&self, name: &str) -> impl Iterator<Item = &Function> {
        let range = self.base.function_names.get(name).copied().unwrap_or((0, 0));
        let own = self.base.functions.get(range.0 as usize..range.1 as usize).unwrap_or(&[]);
        let more = self.overlay.function_names.get(name).map_or(&[][..], Vec::as_slice);
        own.iter().chain(more.iter().filter_map(|index| self.overlay.functions.get(*index)))
    }

    /// Every operator with this name, in whatever schema.
    pub(crate) fn operators(&self, name: &str) -> impl Iterator<Item = &Operator> {
        let own = self.base.operators.get(name).map_or(&[][..], Vec::as_slice);
        let more = self.overlay.operators.get(name).map_or(&[][..], Vec::as_slice);
        own.iter().chain(more)
    }

    /// Whether PostgreSQL itself has an operator of this name for just these sides.
    pub fn has_builtin_operator(
        &self,
        name: &str,
        left: Option<&DataType>,
        right: Option<&DataType>,
    ) -> bool {
        let side = |side: Option<&DataType>| side.map(|t| self.type_of(t).0);
        let (left, right) = (side(left), side(right));
        self.base
            .operators
            .get(name)
            .is_some_and(|list| list.iter().any(|o| o.left == left && o.right == right))
    }

    /// A row of `pg_cast`.
    pub(crate) fn cast(&self, source: TypeId, target: TypeId) -> Option<&Cast> {
        self.base.casts.get(&(source, target)).or_else(|| self.overlay.casts.get(&(source, target)))
    }

    /// The operator class that an access method uses for a type when none is written: the type's
    /// own, else one of a type that it is binary-coercible to (`GetDefaultOpClass` in
    /// `indexcmds.c`). `None` where the method has none.
    pub fn default_operator_class(&self, method: &str, data_type: &DataType) -> Option<QualifiedName> {
        let (ty, _) = self.base_type(self.type_of(data_type).0, -1);
        let classes = || {
            self.base.classes.iter().chain(&self.overlay.classes).filter(|c| c.default && c.method == method)
        };
        let coercible = || {
            let mut fitting: Vec<&OperatorClass> =
                classes().filter(|c| self.binary_coercible(ty, c.input)).collect();
            if fitting.len() > 1 {
                let category = self.info(ty).category;
                let preferred = |c: &&OperatorClass| {
                    self.info(c.input).preferred && self.info(c.input).category == category
                };
                if fitting.iter().any(preferred) {
                    fitting.retain(|c| preferred(c));
                }
            }
            match fitting.as_slice() {
                [one] => Some(*one),
                _ => None,
            }
        };
        let class = classes().find(|c| c.input == ty).or_else(coercible)?;
        Some(QualifiedName::new(class.schema.as_str(), class.name.as_str()))
    }

    /// Whether an operator class is the one that an access method uses by itself: for its own input type and what is
    /// coercible to that, but for a type that has another as its own (`get_opclass_name` in `ruleutils.c`,
    /// `GetDefaultOpClass` in `indexcmds.c`). `data_type` is that of the column; that of an expression is its input type.
    /// `None` where no such class is known.
    pub fn is_default_operator_class(
        &self,
        method: &str,
        class: &QualifiedName,
        data_type: Option<&DataType>,
    ) -> Option<bool> {
        let classes = || self.base.classes.iter().chain(&self.overlay.classes).filter(|c| c.method == method);
        let known = classes().find(|c| class.schema == c.schema.as_str() && class.name == c.name.as_str())?;
        let ty = data_type.map(|ty| self.type_of(ty).0).filter(|ty| !ty.is_unresolved());
        let has_another = ty
            .filter(|ty| *ty != known.input)
            .is_some_and(|ty| classes().any(|c| c.default && c.input == ty));
        Some(known.default && !has_another)
    }

    /// The columns of a relation, composite type or system catalog.
    pub(crate) fn relation(&self, name: &QualifiedName) -> Option<Rc<Relation>> {
        if let Some(found) = self.relations.borrow().get(name) {
            return found.clone();
        }
        // A view whose columns can only be told by analysing its query might, in a broken
        // catalog, read itself: meanwhile it has none.
        self.relations.borrow_mut().insert(name.clone(), None);
        let found = self.aside(|| self.read_relation(name)).map(Rc::new);
        self.relations.borrow_mut().insert(name.clone(), found.clone());
        found
    }

    fn read_relation(&self, name: &QualifiedName) -> Option<Relation> {
        let row = self.type_in(name.schema.as_str(), name.name.as_str());
        let column = |column: &SmolStr, data_type: &DataType| {
            let (ty, typmod) = self.type_of(data_type);
            RelationColumn { name: column.clone(), ty, typmod }
        };
        let columns = self.catalog.columns(name);
        if !columns.is_empty() || self.catalog.table(name).is_some() {
            let columns =
                columns.iter().map(|c| column(&SmolStr::new(c.name.as_str()), &c.data_type)).collect();
            return Some(Relation { columns, row });
        }
        if let Some(view) = self.catalog.view(name) {
            return Some(Relation { columns: self.view_columns(&view.columns, &view.query)?, row });
        }
        if let Some(view) = self.catalog.materialized_view(name) {
            return Some(Relation { columns: self.view_columns(&view.columns, &view.query)?, row });
        }
        let composite =
            trueup_catalog::ObjectKey::in_schema(trueup_catalog::ObjectKind::CompositeType, name.clone());
        if let Some(ty) =
            self.catalog.get(&composite).and_then(|e| trueup_catalog::CompositeType::of(&e.object))
        {
            let columns =
                ty.attributes.iter().map(|a| column(&SmolStr::new(a.name.as_str()), &a.data_type)).collect();
            return Some(Relation { columns, row });
        }
        let sequence =
            trueup_catalog::ObjectKey::in_schema(trueup_catalog::ObjectKind::Sequence, name.clone());
        if self.catalog.contains(&sequence) {
            let known = self.known();
            let columns = [("last_value", known.int8), ("log_cnt", known.int8), ("is_called", known.bool)]
                .map(|(name, ty)| RelationColumn { name: SmolStr::new_static(name), ty, typmod: -1 });
            return Some(Relation { columns: columns.into(), row });
        }
        let (text, extension) = match self.base.relation(name.schema.as_str(), name.name.as_str()) {
            Some(text) => (text, None),
            None => self.overlay.relations.get(name).map(|(text, extension)| (*text, Some(*extension)))?,
        };
        Some(Relation { columns: self.columns_of_text(text, extension), row })
    }

    /// Reads `name type typmod,…` of the snapshot.
    fn columns_of_text(&self, text: &str, extension: Option<&str>) -> Vec<RelationColumn> {
        text.split(',')
            .filter(|part| !part.is_empty())
            .map(|part| {
                let mut words = part.split(' ');
                let name = SmolStr::new(words.next().unwrap_or(""));
                let reference = words.next().unwrap_or("");
                let typmod = words.next().and_then(|m| m.parse().ok()).unwrap_or(-1);
                let ty = self.base.reference(reference).or_else(|| {
                    let (owner, bare) = reference.split_once(':')?;
                    self.extension_type(extension.unwrap_or(owner), bare)
                });
                RelationColumn { name, ty: ty.unwrap_or(TypeId::UNRESOLVED), typmod }
            })
            .collect()
    }

    /// A type by the key of its extension.
    fn extension_type(&self, extension: &str, name: &str) -> Option<TypeId> {
        let key = crate::snapshot::key_of("", name, Some(extension));
        let candidates = self.overlay.type_names.get(name)?;
        candidates.iter().map(|(_, id)| *id).find(|id| self.info(*id).key == key)
    }

    /// Whether there is a schema of this name.
    pub(crate) fn has_schema(&self, schema: &str) -> bool {
        let key = trueup_catalog::ObjectKey::global(trueup_catalog::ObjectKind::Schema, Name::new(schema));
        matches!(schema, PG_CATALOG | "information_schema" | "pg_temp") || self.catalog.contains(&key)
    }

    /// Whether there is a relation of this name, its columns known or not.
    pub(crate) fn has_relation(&self, name: &QualifiedName) -> bool {
        let there = |kind| self.catalog.contains(&trueup_catalog::ObjectKey::in_schema(kind, name.clone()));
        [
            trueup_catalog::ObjectKind::Table,
            trueup_catalog::ObjectKind::View,
            trueup_catalog::ObjectKind::MaterializedView,
            trueup_catalog::ObjectKind::Sequence,
            trueup_catalog::ObjectKind::CompositeType,
        ]
        .into_iter()
        .any(there)
            || name.schema == PG_CATALOG
            || name.schema == "information_schema"
            || self.relation(name).is_some()
    }

    /// The relation that a name along the path means: the first schema that has one.
    pub(crate) fn relation_on_path(&self, path: &[Name], name: &str) -> Option<QualifiedName> {
        let own = QualifiedName::new(PG_CATALOG, name);
        if !path.iter().any(|schema| schema.as_str() == PG_CATALOG) && self.relation(&own).is_some() {
            return Some(own);
        }
        path.iter()
            .map(|schema| QualifiedName { schema: schema.clone(), name: Name::new(name) })
            .find(|candidate| self.relation(candidate).is_some())
    }
}

impl Base {
    /// A type by schema and name, of any lifetime.
    pub fn type_in(&self, schema: &str, name: &str) -> Option<TypeId> {
        fn lookup<'a>(
            map: &FxHashMap<(&'a str, &'a str), TypeId>,
            schema: &'a str,
            name: &'a str,
        ) -> Option<TypeId> {
            map.get(&(schema, name)).copied()
        }
        lookup(&self.type_names, schema, name)
    }

    /// The columns of a system catalog, as text.
    pub fn relation(&self, schema: &str, name: &str) -> Option<&'static str> {
        fn lookup<'a>(
            map: &FxHashMap<(&'a str, &'a str), &'static str>,
            schema: &'a str,
            name: &'a str,
        ) -> Option<&'static str> {
            map.get(&(schema, name)).copied()
        }
        lookup(&self.relations, schema, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_its_catalogs() {
        for major in 13..=18 {
            let base = base(major);
            assert_eq!(base.major, major);
            let unresolved: Vec<&str> = base
                .functions
                .iter()
                .filter(|f| f.returns.is_unresolved() || f.arguments.iter().any(|ty| ty.is_unresolved()))
                .map(|f| f.name.as_str())
                .collect();
            // Functions over system catalogs' rows are the only ones whose types the file leaves out.
            assert!(unresolved.len() < 5, "{major}: {unresolved:?}");
            assert!(base.types.len() > 150 && base.functions.len() > 2_000, "{major}");
            assert!(base.type_in(PG_CATALOG, "int4multirange").is_some() == (major >= 14), "{major}");
            assert!(base.extensions.contains_key("citext"), "{major}");
        }
    }

    #[test]
    fn classes_that_need_not_be_written() {
        let catalog = Catalog::default();
        let world = World::new(&catalog, 15, &[]);
        let is_default = |method: &str, class: &str, ty: Option<&str>| {
            let ty = ty.map(DataType::builtin);
            world.is_default_operator_class(method, &QualifiedName::new(PG_CATALOG, class), ty.as_ref())
        };
        assert_eq!(is_default("btree", "text_ops", Some("text")), Some(true));
        assert_eq!(is_default("btree", "text_ops", Some("varchar")), Some(true));
        assert_eq!(is_default("btree", "text_ops", Some("name")), Some(false));
        assert_eq!(is_default("btree", "text_ops", None), Some(true));
        assert_eq!(is_default("btree", "text_pattern_ops", Some("text")), Some(false));
        assert_eq!(is_default("gist", "range_ops", Some("int4range")), Some(true));
        assert_eq!(is_default("gist", "gist_int4_ops", Some("int4")), None);
        assert_eq!(is_default("brin", "int4_minmax_multi_ops", Some("int4")), Some(false));
    }

    #[test]
    fn default_operator_classes() {
        let catalog = Catalog::default();
        let world = World::new(&catalog, 15, &[]);
        let class = |method: &str, ty: DataType| {
            world.default_operator_class(method, &ty).map(|name| name.name.as_str().to_owned())
        };
        assert_eq!(class("btree", DataType::builtin("varchar")).as_deref(), Some("text_ops"));
        assert_eq!(class("btree", DataType::builtin("int4")).as_deref(), Some("int4_ops"));
        assert_eq!(class("gin", DataType::builtin("text").array_of()).as_deref(), Some("array_ops"));
        assert_eq!(class("gin", DataType::builtin("jsonb")).as_deref(), Some("jsonb_ops"));
        assert_eq!(class("gist", DataType::builtin("int4")), None);
        assert_eq!(class("btree", DataType::builtin("json")), None);
        assert_eq!(
            class("brin", DataType::builtin("timestamptz")).as_deref(),
            Some("timestamptz_minmax_ops")
        );
    }
}
