//! Fills a world's overlay: the catalog's own types and routines, the members of its extensions
//! from the snapshot, and what a live server told of others.
//!
//! Never overrides the snapshot: `pg_catalog` is PostgreSQL's own.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use trueup_catalog::{
    Ambient, ArgumentMode, Catalog, CompositeType, DataType, Domain, EnumType, Extension, Function,
    ObjectKind, Procedure, QualifiedName, RangeType, Routine, Volatility,
};

use crate::snapshot::{
    self, Base, Cast, Fields, Operator, OperatorClass, decode_cast, decode_class, decode_function,
    decode_operator, decode_type, key_of,
};
use crate::types::{TypeId, TypeInfo, typmod};
use crate::world::Overlay;

struct Builder<'a> {
    base: &'static Base,
    catalog: &'a Catalog,
    overlay: Overlay,
    /// The schema of each extension.
    homes: FxHashMap<SmolStr, SmolStr>,
}

/// The overlay of `catalog`, and of what `ambient` told, over `base`.
pub(crate) fn build(base: &'static Base, catalog: &Catalog, ambient: &[&Ambient]) -> Overlay {
    let mut builder = Builder { base, catalog, overlay: Overlay::default(), homes: FxHashMap::default() };
    let own = crate::objects::of(catalog);
    let mut sources = vec![&own, &catalog.ambient];
    sources.extend(ambient.iter().copied().filter(|a| !std::ptr::eq(*a, &catalog.ambient)));
    builder.extensions(&sources);
    builder.name_types(&sources);
    builder.fill_types(&sources);
    builder.routines();
    for source in &sources {
        builder.ambient_rows(source);
    }
    builder.overlay
}

impl Builder<'_> {
    fn info(&mut self, id: TypeId) -> Option<&mut TypeInfo> {
        self.overlay.types.get_mut(id.index().checked_sub(self.base.types.len())?)
    }

    fn add_type(&mut self, info: TypeInfo) -> TypeId {
        let id = TypeId::new(self.base.types.len() + self.overlay.types.len());
        self.overlay.type_names.entry(info.name.clone()).or_default().push((info.schema.clone(), id));
        self.overlay.types.push(info);
        id
    }

    /// Adds a type and the array over it, unless the name is taken.
    fn add_with_array(&mut self, info: TypeInfo) -> Option<TypeId> {
        if self.find(&info.schema, &info.name).is_some() {
            return None;
        }
        let (schema, name, key) = (info.schema.clone(), info.name.clone(), info.key.clone());
        let id = self.add_type(info);
        let mut array = TypeInfo::plain(
            schema,
            SmolStr::from(format!("_{name}")),
            SmolStr::from(format!("{key}[]")),
            b'b',
            b'A',
        );
        array.element = Some(id);
        array.subscript = Some(id);
        let array = self.add_type(array);
        if let Some(info) = self.info(id) {
            info.array = Some(array);
        }
        Some(id)
    }

    fn find(&self, schema: &str, name: &str) -> Option<TypeId> {
        if let Some(id) = self.base.type_in(schema, name) {
            return Some(id);
        }
        self.overlay.type_names.get(name)?.iter().find(|(s, _)| s == schema).map(|(_, id)| *id)
    }

    fn resolve(&self, data_type: &DataType) -> Option<(TypeId, i32)> {
        let name = data_type.name.as_str();
        let id = match &data_type.schema {
            Some(schema) => self.find(schema.as_str(), name)?,
            None => match self.overlay.type_names.get(name)?.as_slice() {
                [(_, id)] => *id,
                _ => return None,
            },
        };
        let info = self
            .base
            .types
            .get(id.index())
            .or_else(|| self.overlay.types.get(id.index().wrapping_sub(self.base.types.len())))?;
        let modifier = typmod(&info.key, &data_type.modifiers);
        Some((if data_type.array { info.array? } else { id }, modifier))
    }

    fn id_of(&self, data_type: &DataType) -> TypeId {
        self.resolve(data_type).map_or(TypeId::UNRESOLVED, |(id, _)| id)
    }

    /// The members of the catalog's extensions, from the snapshot.
    fn extensions(&mut self, ambient: &[&Ambient]) {
        let mut names: Vec<(SmolStr, Option<SmolStr>)> = vec![(SmolStr::new_static("plpgsql"), None)];
        for (_, entry) in self.catalog.of_kind(ObjectKind::Extension) {
            if let Some(extension) = Extension::of(&entry.object) {
                let home = extension.schema.as_ref().map(|s| SmolStr::new(s.as_str()));
                names.push((SmolStr::new(extension.name.as_str()), home));
            }
        }
        let mut rows = Vec::new();
        for (name, home) in names {
            let told = |a: &&Ambient| {
                let of_type = a.types.iter().find(|t| t.extension.as_deref() == Some(&name)).map(|t| &t.name);
                let of_function =
                    || a.functions.iter().find(|f| f.extension.as_deref() == Some(&name)).map(|f| &f.name);
                of_type.or_else(of_function).map(|n| SmolStr::new(n.schema.as_str()))
            };
            let home = home
                .or_else(|| ambient.iter().find_map(told))
                .unwrap_or_else(|| SmolStr::new_static("public"));
            match self.base.extensions.get(name.as_str()) {
                Some(members) => rows.push((name.clone(), home.clone(), members)),
                None if name != "plpgsql" => self.overlay.strangers.push(name.clone()),
                None => {}
            }
            self.homes.insert(name, home);
        }
        self.extension_types(&rows);
        let mut operators: Vec<(SmolStr, Operator)> = Vec::new();
        let mut casts = Vec::new();
        let mut classes = Vec::new();
        let mut functions = Vec::new();
        for (name, home, members) in &rows {
            let resolve = |reference: &str| self.reference(reference);
            for row in members.iter() {
                match row.as_bytes().first() {
                    Some(b'F') => functions.push(decode_function(row, &resolve, home, Some(name))),
                    Some(b'O') => {
                        let operator = row.split('\t').nth(1).unwrap_or("");
                        operators.push((
                            SmolStr::new_static(operator),
                            decode_operator(row, &resolve, home, Some(name)),
                        ));
                    }
                    Some(b'C') => casts.extend(decode_cast(row, &resolve)),
                    Some(b'K') => classes.extend(decode_class(row, &resolve, home)),
                    _ => {}
                }
            }
        }
        for function in functions {
            self.add_function(function);
        }
        for (name, operator) in operators {
            self.add_operator(&name, operator);
        }
        self.overlay.casts.extend(casts);
        self.overlay.classes.extend(classes);
    }

    fn extension_types(&mut self, rows: &[(SmolStr, SmolStr, &Vec<&'static str>)]) {
        let mut places = Vec::new();
        for (name, home, members) in rows {
            for row in members.iter() {
                let mut fields = Fields::of(row);
                match fields.next() {
                    "T" => {
                        let (bare, _, schema) = (fields.next(), fields.next(), fields.next());
                        let schema = if schema == "@" { home.clone() } else { SmolStr::new(schema) };
                        let schema =
                            if schema.is_empty() { SmolStr::new_static("pg_catalog") } else { schema };
                        let info = TypeInfo::plain(
                            schema,
                            SmolStr::new_static(bare),
                            key_of("", bare, Some(name)),
                            b'b',
                            b'U',
                        );
                        places.push((self.add_type(info), *row, home.clone(), name.clone()));
                    }
                    "R" => {
                        let (bare, _, schema) = (fields.next(), fields.next(), fields.next());
                        let schema = if schema == "@" { home.as_str() } else { schema };
                        let (_, columns) = (fields.next(), fields.next());
                        let extension = row.split('\t').nth(2).unwrap_or("");
                        self.overlay.relations.insert(QualifiedName::new(schema, bare), (columns, extension));
                        let relation = QualifiedName::new(schema, bare);
                        self.add_row_type(&relation);
                    }
                    _ => {}
                }
            }
        }
        for (id, row, home, name) in places {
            let mut decoded = decode_type(row, &|reference| self.reference(reference), &home, Some(&name));
            // The array over a member is named as the arrays of user types are.
            if let Some(element) = decoded.element
                && let Some(info) = self.info(element)
            {
                decoded.key = SmolStr::from(format!("{}[]", info.key));
            }
            if let Some(info) = self.info(id) {
                *info = decoded;
            }
        }
    }

    /// A type as the snapshot's rows name it: `int4`, `citext:citext`.
    fn reference(&self, reference: &str) -> Option<TypeId> {
        if let Some(id) = self.base.reference(reference) {
            return Some(id);
        }
        let (extension, name) = reference.split_once(':')?;
        let home = self.homes.get(extension)?;
        match name.split_once('.') {
            Some((schema, name)) => self.find(schema, name),
            None => self.find(home, name),
        }
    }

    /// The type of a relation's rows.
    fn add_row_type(&mut self, relation: &QualifiedName) {
        let (schema, name) = (SmolStr::new(relation.schema.as_str()), SmolStr::new(relation.name.as_str()));
        let key = key_of(&schema, &name, None);
        let mut info = TypeInfo::plain(schema, name, key, b'c', b'C');
        info.relation = Some(relation.clone());
        self.add_with_array(info);
    }

    /// Numbers the types of the catalog and of the ambient, since they refer to each other.
    fn name_types(&mut self, ambient: &[&Ambient]) {
        let catalog = self.catalog;
        let plain = |name: &QualifiedName, kind: u8, category: u8| {
            let (schema, bare) = (SmolStr::new(name.schema.as_str()), SmolStr::new(name.name.as_str()));
            let key = key_of(&schema, &bare, None);
            TypeInfo::plain(schema, bare, key, kind, category)
        };
        for (_, entry) in catalog.of_kind(ObjectKind::EnumType) {
            if let Some(ty) = EnumType::of(&entry.object) {
                let mut info = plain(&ty.name, b'e', b'E');
                info.labels = Some(ty.labels.iter().map(SmolStr::new).collect());
                self.add_with_array(info);
            }
        }
        for (_, entry) in catalog.of_kind(ObjectKind::Domain) {
            if let Some(ty) = Domain::of(&entry.object) {
                self.add_with_array(plain(&ty.name, b'd', b'U'));
            }
        }
        for (_, entry) in catalog.of_kind(ObjectKind::CompositeType) {
            if let Some(ty) = CompositeType::of(&entry.object) {
                let mut info = plain(&ty.name, b'c', b'C');
                info.relation = Some(ty.name.clone());
                self.add_with_array(info);
            }
        }
        for (_, entry) in catalog.of_kind(ObjectKind::RangeType) {
            if let Some(ty) = RangeType::of(&entry.object) {
                self.add_with_array(plain(&ty.name, b'r', b'R'));
                if self.base.major >= 14 {
                    let multirange = ty.multirange.clone().unwrap_or_else(|| multirange_name(&ty.name));
                    self.add_with_array(plain(&multirange, b'm', b'R'));
                }
            }
        }
        for kind in [ObjectKind::Table, ObjectKind::View, ObjectKind::MaterializedView, ObjectKind::Sequence]
        {
            for (key, _) in catalog.of_kind(kind) {
                if let trueup_catalog::Address::InSchema(name) = &key.address {
                    self.add_row_type(name);
                }
            }
        }
        for source in ambient {
            for row in &source.types {
                let schema = SmolStr::new(row.name.schema.as_str());
                let name = SmolStr::new(row.name.name.as_str());
                let key = key_of(&schema, &name, row.extension.as_deref());
                let byte = |c: char, default: u8| u8::try_from(c).unwrap_or(default);
                let mut info =
                    TypeInfo::plain(schema, name, key, byte(row.kind, b'b'), byte(row.category, b'U'));
                info.preferred = row.preferred;
                info.collation = row.collatable.then(|| SmolStr::new_static("default"));
                if row.kind == 'c' {
                    info.relation = Some(row.name.clone());
                }
                if row.category != 'A' {
                    self.add_with_array(info);
                }
            }
        }
    }

    /// What the types of the catalog hang on.
    fn fill_types(&mut self, ambient: &[&Ambient]) {
        let catalog = self.catalog;
        for (_, entry) in catalog.of_kind(ObjectKind::Domain) {
            if let Some(ty) = Domain::of(&entry.object) {
                self.set_base(&ty.name, &ty.base);
            }
        }
        for (_, entry) in catalog.of_kind(ObjectKind::RangeType) {
            let Some(ty) = RangeType::of(&entry.object) else { continue };
            let (Some(range), subtype) =
                (self.find(ty.name.schema.as_str(), ty.name.name.as_str()), self.id_of(&ty.subtype))
            else {
                continue;
            };
            let multirange = ty.multirange.clone().unwrap_or_else(|| multirange_name(&ty.name));
            let multirange = self.find(multirange.schema.as_str(), multirange.name.as_str());
            if let Some(info) = self.info(range) {
                info.subtype = Some(subtype);
                info.multirange = multirange;
            }
            if let Some(info) = multirange.and_then(|id| self.info(id)) {
                info.range = Some(range);
            }
            self.range_constructors(&ty.name, range, subtype, multirange);
        }
        for source in ambient {
            for row in &source.types {
                let Some(base) = &row.base else { continue };
                match row.kind {
                    'd' => self.set_base(&row.name, base),
                    'r' => {
                        let subtype = self.id_of(base);
                        let id = self.find(row.name.schema.as_str(), row.name.name.as_str());
                        if let Some(info) = id.and_then(|id| self.info(id)) {
                            info.subtype = Some(subtype);
                        }
                    }
                    _ => {}
                }
            }
        }
        // A domain's category is its base's (`DefineDomain` in `typecmds.c`); bases come first in
        // no particular order, so go round until nothing changes.
        for _ in 0..8 {
            let mut changed = false;
            for index in 0..self.overlay.types.len() {
                let Some(info) = self.overlay.types.get(index) else { continue };
                let Some((base, _)) = info.base else { continue };
                let own = self.base.types.len();
                let under = self
                    .base
                    .types
                    .get(base.index())
                    .or_else(|| self.overlay.types.get(base.index().wrapping_sub(own)));
                let Some(under) = under else { continue };
                let (category, collation) = (under.category, under.collation.clone());
                if let Some(info) = self.overlay.types.get_mut(index)
                    && (info.category != category || (info.collation.is_none() && collation.is_some()))
                {
                    info.category = category;
                    info.collation = info.collation.take().or(collation);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
    }

    fn set_base(&mut self, name: &QualifiedName, base: &DataType) {
        let under = self.resolve(base).unwrap_or((TypeId::UNRESOLVED, -1));
        let id = self.find(name.schema.as_str(), name.name.as_str());
        if let Some(info) = id.and_then(|id| self.info(id))
            && info.kind == b'd'
        {
            info.base = Some(under);
        }
    }

    /// `CREATE TYPE … AS RANGE` makes functions of the range's name (`makeRangeConstructors` and
    /// `makeMultirangeConstructors` in `typecmds.c`).
    fn range_constructors(
        &mut self,
        name: &QualifiedName,
        range: TypeId,
        subtype: TypeId,
        multirange: Option<TypeId>,
    ) {
        let text = self.base.known.text;
        let mut make = |bare: &str, arguments: Vec<TypeId>, returns, variadic| {
            self.add_function(snapshot::Function {
                schema: SmolStr::new(name.schema.as_str()),
                name: SmolStr::new(bare),
                key: key_of(name.schema.as_str(), bare, None),
                kind: b'f',
                arguments: arguments.into(),
                returns,
                variadic,
                defaults: 0,
                volatility: b'i',
                names: Box::default(),
                outputs: Box::default(),
            });
        };
        make(name.name.as_str(), vec![subtype, subtype], range, None);
        make(name.name.as_str(), vec![subtype, subtype, text], range, None);
        if let Some(multirange) = multirange {
            let bare = multirange_name(name).name;
            make(bare.as_str(), Vec::new(), multirange, None);
            make(bare.as_str(), vec![range], multirange, None);
        }
    }

    fn add_function(&mut self, function: snapshot::Function) {
        let same = |other: &snapshot::Function| {
            other.schema == function.schema
                && other.arguments == function.arguments
                && other.kind == function.kind
        };
        let list = self.overlay.function_names.entry(function.name.clone()).or_default();
        if list.iter().any(|index| self.overlay.functions.get(*index).is_some_and(same)) {
            return;
        }
        list.push(self.overlay.functions.len());
        self.overlay.functions.push(function);
    }

    fn add_operator(&mut self, name: &str, operator: Operator) {
        let list = self.overlay.operators.entry(SmolStr::new(name)).or_default();
        let same = |other: &Operator| {
            other.schema == operator.schema && other.left == operator.left && other.right == operator.right
        };
        if !list.iter().any(same) {
            list.push(operator);
        }
    }

    fn routines(&mut self) {
        let catalog = self.catalog;
        for (_, entry) in catalog.of_kind(ObjectKind::Function) {
            if let Some(Function(routine)) = Function::of(&entry.object) {
                self.routine(routine, if routine.window { b'w' } else { b'f' });
            }
        }
        for (_, entry) in catalog.of_kind(ObjectKind::Procedure) {
            if let Some(Procedure(routine)) = Procedure::of(&entry.object) {
                self.routine(routine, b'p');
            }
        }
    }

    fn routine(&mut self, routine: &Routine, kind: u8) {
        let mut arguments = Vec::new();
        let mut names = Vec::new();
        let mut outputs = Vec::new();
        let (mut defaults, mut variadic) = (0, None);
        for argument in &routine.arguments {
            let ty = self.id_of(&argument.data_type);
            let name = argument.name.as_ref().map_or_else(SmolStr::default, |n| SmolStr::new(n.as_str()));
            if matches!(argument.mode, ArgumentMode::Out | ArgumentMode::InOut | ArgumentMode::Table) {
                outputs.push((name.clone(), ty));
            }
            if matches!(argument.mode, ArgumentMode::Out | ArgumentMode::Table) {
                continue;
            }
            arguments.push(ty);
            names.push(name);
            if argument.default.is_some() {
                defaults += 1;
            }
            if matches!(argument.mode, ArgumentMode::Variadic) {
                let any = self.base.known.any;
                variadic = Some(if ty == any { any } else { self.element(ty) });
            }
        }
        let returns = match (&routine.returns, outputs.as_slice()) {
            (Some(ty), _) => self.id_of(ty),
            (None, [(_, ty)]) => *ty,
            (None, []) => self.base.known.void,
            (None, _) => self.base.known.record,
        };
        if names.iter().all(SmolStr::is_empty) {
            names.clear();
        }
        let schema = SmolStr::new(routine.name.schema.as_str());
        let name = SmolStr::new(routine.name.name.as_str());
        self.add_function(snapshot::Function {
            key: key_of(&schema, &name, None),
            schema,
            name,
            kind,
            arguments: arguments.into(),
            returns,
            variadic,
            defaults,
            volatility: match routine.volatility {
                Volatility::Immutable => b'i',
                Volatility::Stable => b's',
                Volatility::Volatile => b'v',
            },
            names: names.into(),
            outputs: outputs.into(),
        });
    }

    /// The element type of an array, polymorphic ones too.
    fn element(&self, id: TypeId) -> TypeId {
        let known = &self.base.known;
        if id == known.anyarray {
            return known.anyelement;
        }
        if id == known.anycompatiblearray {
            return known.anycompatible;
        }
        let own = self.base.types.len();
        self.base
            .types
            .get(id.index())
            .or_else(|| self.overlay.types.get(id.index().wrapping_sub(own)))
            .and_then(|info| info.element)
            .unwrap_or(TypeId::UNRESOLVED)
    }

    fn ambient_rows(&mut self, ambient: &Ambient) {
        for row in &ambient.functions {
            let arguments: Box<[TypeId]> = row.arguments.iter().map(|ty| self.id_of(ty)).collect();
            let schema = SmolStr::new(row.name.schema.as_str());
            let name = SmolStr::new(row.name.name.as_str());
            let any = self.base.known.any;
            let variadic = match arguments.last() {
                Some(last) if row.variadic => Some(if *last == any { any } else { self.element(*last) }),
                _ => None,
            };
            self.add_function(snapshot::Function {
                key: key_of(&schema, &name, row.extension.as_deref()),
                schema,
                name,
                kind: u8::try_from(row.kind).unwrap_or(b'f'),
                arguments,
                returns: self.id_of(&row.returns),
                variadic,
                defaults: usize::from(row.defaults),
                volatility: b' ',
                names: Box::default(),
                outputs: Box::default(),
            });
        }
        for row in &ambient.operators {
            let schema = SmolStr::new(row.name.schema.as_str());
            let operator = Operator {
                key: key_of(&schema, row.name.name.as_str(), row.extension.as_deref()),
                schema,
                left: row.left.as_ref().map(|ty| self.id_of(ty)),
                right: row.right.as_ref().map(|ty| self.id_of(ty)),
                result: self.id_of(&row.result),
            };
            self.add_operator(row.name.name.as_str(), operator);
        }
        for row in &ambient.casts {
            let pair = (self.id_of(&row.source), self.id_of(&row.target));
            if pair.0.is_unresolved() || pair.1.is_unresolved() {
                continue;
            }
            self.overlay.casts.entry(pair).or_insert(Cast {
                context: u8::try_from(row.context).unwrap_or(b'e'),
                method: u8::try_from(row.method).unwrap_or(b'f'),
                arguments: 1,
            });
        }
        for row in &ambient.operator_classes {
            let class = OperatorClass {
                schema: SmolStr::new(row.name.schema.as_str()),
                name: SmolStr::new(row.name.name.as_str()),
                method: SmolStr::new(&row.method),
                input: self.id_of(&row.input),
                default: row.is_default,
            };
            let same = |other: &OperatorClass| {
                other.schema == class.schema && other.name == class.name && other.method == class.method
            };
            if !class.input.is_unresolved() && !self.overlay.classes.iter().any(same) {
                self.overlay.classes.push(class);
            }
        }
    }
}

/// The name that PostgreSQL gives a range's multirange: `range` in it becomes `multirange`, else
/// `_multirange` is appended (`makeMultirangeTypeName` in `pg_type.c`).
pub(crate) fn multirange_name(range: &QualifiedName) -> QualifiedName {
    let name = range.name.as_str();
    let made = match name.find("range") {
        Some(at) => {
            let (before, after) = name.split_at(at);
            format!("{before}multirange{}", after.get("range".len()..).unwrap_or(""))
        }
        None => format!("{name}_multirange"),
    };
    QualifiedName { schema: range.schema.clone(), name: made.into() }
}
