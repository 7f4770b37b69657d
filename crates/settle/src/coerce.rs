//! Coercion: which conversions there are and what they leave in the tree.
//!
//! Follows `parse_coerce.c`; each function names the one that it follows. Polymorphic types are
//! in `polymorphic`.

use smol_str::SmolStr;

use crate::canon::{Node, Value};
use crate::types::{TypeId, TypeInfo};
use crate::world::World;

/// A node with its type, as `exprType` and `exprTypmod` would tell.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub node: Node,
    pub ty: TypeId,
    pub typmod: i32,
}

impl Typed {
    pub fn new(node: Node, ty: TypeId) -> Self {
        Typed { node, ty, typmod: -1 }
    }
}

/// When a coercion is asked for (`CoercionContext`), from the most careful on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Context {
    Implicit,
    Assignment,
    Explicit,
}

/// How one type is made of another (`CoercionPathType`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// Through a function that takes so many arguments.
    Function(u8),
    /// The bits stay.
    Relabel,
    /// Element by element.
    Array,
    /// Through text.
    InputOutput,
}

impl World<'_> {
    /// `find_coercion_pathway`
    pub(crate) fn path(&self, target: TypeId, source: TypeId, context: Context) -> Option<Path> {
        let (source, _) = self.base_type(source, -1);
        let (target, _) = self.base_type(target, -1);
        if source == target {
            return Some(Path::Relabel);
        }
        if let Some(cast) = self.cast(source, target) {
            let needs = match cast.context {
                b'i' => Context::Implicit,
                b'a' => Context::Assignment,
                _ => Context::Explicit,
            };
            if context < needs {
                return None;
            }
            return Some(match cast.method {
                b'b' => Path::Relabel,
                b'i' => Path::InputOutput,
                _ => Path::Function(cast.arguments),
            });
        }
        let known = self.known();
        let (from, to) = (self.info(source), self.info(target));
        if target != known.oidvector
            && target != known.int2vector
            && let (Some(from), Some(to)) = (from.element, to.element)
            && self.path(to, from, context).is_some()
        {
            return Some(Path::Array);
        }
        // "Otherwise, assume coercion via I/O is possible for assignments to string types, and
        // explicitly from them."
        if (context >= Context::Assignment && to.category == b'S')
            || (context >= Context::Explicit && from.category == b'S')
        {
            return Some(Path::InputOutput);
        }
        None
    }

    /// `can_coerce_type` for one pair without polymorphic targets.
    pub(crate) fn can_coerce_one(&self, source: TypeId, target: TypeId, context: Context) -> bool {
        let known = self.known();
        if source == target || target == known.any || source == known.unknown {
            return true;
        }
        if self.is_polymorphic(target) {
            // The caller checks their consistency.
            return true;
        }
        if self.path(target, source, context).is_some() {
            return true;
        }
        let composite = |id: TypeId| self.info(self.base_type(id, -1).0).kind == b'c';
        let composite_array =
            |id: TypeId| self.info(id).element.is_some_and(|element| self.info(element).kind == b'c');
        if (source == known.record && composite(target)) || (target == known.record && composite(source)) {
            return true;
        }
        if (source == known.record_array && composite_array(target))
            || (target == known.record_array && composite_array(source))
        {
            return true;
        }
        self.inherits(source, target)
    }

    /// `typeInheritsFrom`: a row of a child table is one of its parent.
    fn inherits(&self, source: TypeId, target: TypeId) -> bool {
        let (Some(child), Some(parent)) = (&self.info(source).relation, &self.info(target).relation) else {
            return false;
        };
        let mut open = vec![child.clone()];
        let mut seen = Vec::new();
        while let Some(name) = open.pop() {
            if name == *parent {
                return true;
            }
            if seen.contains(&name) {
                continue;
            }
            if let Some(table) = self.catalog.table(&name) {
                open.extend(table.inherits.iter().cloned());
                open.extend(table.partition_of.iter().map(|p| p.parent.clone()));
            }
            seen.push(name);
        }
        false
    }

    /// `can_coerce_type`
    pub(crate) fn can_coerce(&self, sources: &[TypeId], targets: &[TypeId], context: Context) -> bool {
        let mut generic = false;
        for (source, target) in sources.iter().zip(targets) {
            generic |= self.is_polymorphic(*target);
            if !self.can_coerce_one(*source, *target, context) {
                return false;
            }
        }
        !generic || self.generic_consistent(sources, targets)
    }

    /// `IsBinaryCoercible`
    pub(crate) fn binary_coercible(&self, source: TypeId, target: TypeId) -> bool {
        if source == target {
            return true;
        }
        let known = self.known();
        if target == known.any || target == known.anyelement || target == known.anycompatible {
            return true;
        }
        let (source, _) = self.base_type(source, -1);
        if source == target {
            return true;
        }
        let info = self.info(source);
        let array = info.element.is_some();
        if array && (target == known.anyarray || target == known.anycompatiblearray) {
            return true;
        }
        if !array && (target == known.anynonarray || target == known.anycompatiblenonarray) {
            return true;
        }
        if info.kind == b'e' && target == known.anyenum {
            return true;
        }
        if info.kind == b'r' && (target == known.anyrange || target == known.anycompatiblerange) {
            return true;
        }
        if info.kind == b'm' && (target == known.anymultirange || target == known.anycompatiblemultirange) {
            return true;
        }
        if info.kind == b'c' && target == known.record {
            return true;
        }
        if target == known.record_array && info.element.is_some_and(|element| self.info(element).kind == b'c')
        {
            return true;
        }
        self.cast(source, target).is_some_and(|cast| cast.method == b'b' && cast.context == b'i')
    }

    /// `coerce_type`: the caller has made sure that there is a way.
    pub(crate) fn coerce_type(
        &self,
        typed: Typed,
        target: TypeId,
        target_typmod: i32,
        context: Context,
    ) -> Typed {
        let known = self.known();
        if typed.ty == target {
            return typed;
        }
        if target == known.any
            || target == known.anyelement
            || target == known.anynonarray
            || target == known.anycompatible
            || target == known.anycompatiblenonarray
        {
            return typed;
        }
        if self.is_polymorphic(target) {
            // "If it's a domain over an array, range or enum, we must coerce to its base type."
            if typed.ty != known.unknown {
                let (base, _) = self.base_type(typed.ty, -1);
                return Typed { node: typed.node, ty: base, typmod: typed.typmod };
            }
            return typed;
        }
        if typed.ty.is_unresolved() || target.is_unresolved() {
            return self.opaque_cast(typed, target);
        }
        if typed.ty == known.unknown
            && let Node::Const { value, .. } = &typed.node
        {
            return self.coerce_unknown(value.clone(), target, target_typmod);
        }
        if let Node::Collate { collation, argument } = typed.node {
            // "If we have a COLLATE clause, we have to push the coercion underneath the COLLATE."
            let inner = Typed { node: *argument, ty: typed.ty, typmod: typed.typmod };
            let inner = self.coerce_type(inner, target, target_typmod, context);
            if self.info(inner.ty).collation.is_none() {
                return inner;
            }
            return Typed { node: Node::Collate { collation, argument: Box::new(inner.node) }, ..inner };
        }
        if let Some(path) = self.path(target, typed.ty, context) {
            return self.coerce_by(typed, target, target_typmod, context, &path);
        }
        let composite = |id: TypeId| self.info(self.base_type(id, -1).0).kind == b'c';
        if typed.ty == known.record && composite(target) {
            return self.coerce_record(typed, target, context);
        }
        if (target == known.record && composite(typed.ty))
            || target == known.record_array
            || self.inherits(typed.ty, target)
        {
            let to = self.info(target).key.clone();
            return Typed::new(Node::Cast { to, typmod: -1, argument: Box::new(typed.node) }, target);
        }
        self.opaque_cast(typed, target)
    }

    fn opaque_cast(&self, typed: Typed, target: TypeId) -> Typed {
        let name = self.info(target).key.clone();
        let why = if typed.ty.is_unresolved() {
            SmolStr::new_static("the type of a part is not known")
        } else {
            SmolStr::from(format!("no cast from {} to {name} is known", self.info(typed.ty).key))
        };
        let node =
            Node::Opaque { what: SmolStr::from(format!("cast to {name}")), parts: vec![typed.node], why };
        Typed::new(node, target)
    }

    /// The part of `coerce_type` for literals: the type's input function reads them, with the
    /// modifier only where the type is an interval.
    fn coerce_unknown(&self, value: Value, target: TypeId, target_typmod: i32) -> Typed {
        let known = self.known();
        let (base, base_typmod) = self.base_type(target, target_typmod);
        let typmod = if base == known.interval { base_typmod } else { -1 };
        let info = self.info(base);
        let value = match value {
            // A literal without a type yet is always just its text.
            Value::Exact(text) | Value::Raw(text) | Value::Usual { written: text, .. } => {
                self.complain_of_input(base, &text);
                self.read_constant(base, typmod, &text)
            }
            Value::Null => Value::Null,
        };
        let node = Node::Const { ty: self.constant_key(info, typmod), value };
        let typed = Typed { node, ty: base, typmod };
        if base != target { self.coerce_to_domain(typed, target, target_typmod) } else { typed }
    }

    /// What the input function of a type would refuse, of types whose input is told here.
    fn complain_of_input(&self, base: TypeId, text: &str) {
        let info = self.info(base);
        let key = info.key.as_str();
        let trimmed = text.trim();
        let fine = match key {
            "int2" | "int4" | "int8" => {
                trimmed.parse::<i64>().is_ok() || trimmed.contains(['x', 'o', 'b', '_'])
            }
            "bool" => {
                let lower = trimmed.to_ascii_lowercase();
                ["true", "false", "yes", "no"]
                    .iter()
                    .any(|word| !lower.is_empty() && word.starts_with(&lower))
                    || matches!(lower.as_str(), "on" | "of" | "off" | "1" | "0")
            }
            _ => {
                if info.kind != b'e' {
                    return;
                }
                let Some((key, labels)) = self.labels(base) else { return };
                let name = self.type_words(base);
                if !labels.iter().any(|label| label == text) {
                    self.complain("22P02", || format!("invalid input value for enum {name}: \"{text}\""));
                } else if self.uncommitted.iter().any(|(of, label)| key == of && label == text) {
                    self.complain("55P04", || {
                        format!("unsafe use of new value \"{text}\" of enum type {name}")
                    });
                }
                return;
            }
        };
        if !fine {
            let name = self.type_words(base);
            self.complain("22P02", || format!("invalid input syntax for type {name}: \"{text}\""));
        }
    }

    /// The labels of an enum of the catalog.
    fn labels(&self, ty: TypeId) -> Option<(&trueup_catalog::QualifiedName, &[String])> {
        self.catalog.of_kind(trueup_catalog::ObjectKind::EnumType).find_map(|(key, entry)| {
            let found = trueup_catalog::EnumType::of(&entry.object)?;
            let name = key.schema().map(|schema| self.type_in(schema.as_str(), key.name().as_str()))?;
            (name == Some(ty)).then_some((&found.name, found.labels.as_slice()))
        })
    }

    /// An interval's fields are part of its constants.
    fn constant_key(&self, info: &TypeInfo, typmod: i32) -> SmolStr {
        if typmod >= 0 { SmolStr::from(format!("{}({typmod})", info.key)) } else { info.key.clone() }
    }

    fn coerce_by(
        &self,
        typed: Typed,
        target: TypeId,
        target_typmod: i32,
        context: Context,
        path: &Path,
    ) -> Typed {
        if *path == Path::Relabel {
            // "We don't need to do a physical conversion, but we do need to attach a RelabelType
            // node", but from a domain to its base nothing shows.
            let (source_base, source_typmod) = self.base_type(typed.ty, typed.typmod);
            let (base, _) = self.base_type(target, -1);
            if base != target {
                let typed = self.relabel(typed, base);
                return self.coerce_to_domain(typed, target, target_typmod);
            }
            if source_base == target {
                let to = self.info(target).key.clone();
                return Typed {
                    node: Node::Cast { to, typmod: -1, argument: Box::new(typed.node) },
                    ty: target,
                    typmod: source_typmod.max(-1),
                }
                .without_typmod(typed.ty != source_base);
            }
            return self.relabel(typed, target);
        }
        let (base, base_typmod) = self.base_type(target, target_typmod);
        let explicit = context == Context::Explicit;
        let typed = match path {
            Path::Array => self.cast_array(typed, base, base_typmod, context),
            Path::Function(arguments) if *arguments >= 2 && base_typmod >= 0 => {
                let to = self.info(base).key.clone();
                // A third argument tells an explicit cast, which truncates, from another.
                let typmod = if *arguments >= 3 && explicit { base_typmod | 1 << 30 } else { base_typmod };
                let node = Node::Cast { to, typmod, argument: Box::new(typed.node) };
                Typed { node, ty: base, typmod: base_typmod }
            }
            Path::Function(_) | Path::InputOutput | Path::Relabel => {
                let to = self.info(base).key.clone();
                Typed::new(Node::Cast { to, typmod: -1, argument: Box::new(typed.node) }, base)
            }
        };
        if base != target { self.coerce_to_domain(typed, target, target_typmod) } else { typed }
    }

    fn relabel(&self, typed: Typed, target: TypeId) -> Typed {
        if typed.ty == target {
            return typed;
        }
        let to = self.info(target).key.clone();
        let node = match typed.node {
            Node::Array { .. } if self.info(target).element.is_some() => {
                return self.cast_array(typed, target, -1, Context::Explicit);
            }
            node => Node::Cast { to, typmod: -1, argument: Box::new(node) },
        };
        Typed::new(node, target)
    }

    /// A cast of `ARRAY[…]` is the array of the casts: PostgreSQL reads it so when it is written
    /// (`transformTypeCast`), but doesn't when it made the cast itself, as for `varchar IN (…)`.
    /// Brought to one form, stored text reads as what it was made of.
    fn cast_array(&self, typed: Typed, target: TypeId, typmod: i32, context: Context) -> Typed {
        let info = self.info(target);
        let (Some(element), Some(from)) = (info.element, self.info(typed.ty).element) else {
            return self.opaque_cast(typed, target);
        };
        let node = match typed.node {
            Node::Array { elements, .. } => {
                let cast = |node: Node| match node {
                    nested @ Node::Array { .. } => {
                        self.cast_array(Typed::new(nested, typed.ty), target, -1, context).node
                    }
                    node => self.coerce_type(Typed::new(node, from), element, -1, context).node,
                };
                let elements = elements.into_iter().map(cast).collect();
                Node::Array { ty: info.key.clone(), elements }
            }
            node => Node::Cast { to: info.key.clone(), typmod, argument: Box::new(node) },
        };
        Typed { node, ty: target, typmod: -1 }
    }

    /// `coerce_to_domain`: the base type's modifier first, then the check.
    fn coerce_to_domain(&self, typed: Typed, target: TypeId, _typmod: i32) -> Typed {
        let info = self.info(target);
        let (_, base_typmod) = self.base_type(target, -1);
        let typed = self.coerce_typmod(typed, base_typmod, Context::Implicit);
        let node = Node::Domain { domain: info.key.clone(), argument: Box::new(typed.node) };
        Typed::new(node, target)
    }

    /// `coerce_type_typmod`: makes a value fit a length or precision.
    pub(crate) fn coerce_typmod(&self, typed: Typed, typmod: i32, context: Context) -> Typed {
        if typed.typmod == typmod {
            return typed;
        }
        if typmod < 0 {
            return self.drop_typmod(typed, context);
        }
        let info = self.info(typed.ty);
        let of = info.element.map_or(info, |element| self.info(element));
        // Types with a cast to themselves have a length coercion function
        // (`find_typmod_coercion_function`).
        let id = info.element.unwrap_or(typed.ty);
        let Some(cast) = self.cast(id, id) else {
            // Without one there is no coercion; the type checks lengths on input alone.
            return if typed.ty.is_unresolved() {
                self.opaque_cast(typed, TypeId::UNRESOLVED)
            } else {
                typed
            };
        };
        let explicit = context == Context::Explicit
            && cast.arguments >= 3
            && matches!(of.key.as_str(), "varchar" | "bpchar" | "bit" | "varbit");
        if let Node::Collate { collation, argument } = typed.node {
            let inner = Typed { node: *argument, ty: typed.ty, typmod: typed.typmod };
            let inner = self.coerce_typmod(inner, typmod, context);
            return Typed { node: Node::Collate { collation, argument: Box::new(inner.node) }, ..inner };
        }
        let node = Node::Length { to: info.key.clone(), typmod, explicit, argument: Box::new(typed.node) };
        Typed { node, ty: typed.ty, typmod }
    }

    /// A cast to the same type without a modifier: a constant loses its own, and an explicit cast
    /// leaves a relabelling that PostgreSQL prints (`applyRelabelType`).
    fn drop_typmod(&self, typed: Typed, context: Context) -> Typed {
        let to = self.info(typed.ty).key.clone();
        let node = match typed.node {
            Node::Const { value, .. } => Node::Const { ty: to, value },
            node if context == Context::Explicit => Node::Cast { to, typmod: -1, argument: Box::new(node) },
            node => node,
        };
        Typed::new(node, typed.ty)
    }

    /// `coerce_to_target_type`.
    ///
    /// # Errors
    /// The value itself where there is no way.
    pub(crate) fn coerce_to_target(
        &self,
        typed: Typed,
        target: TypeId,
        typmod: i32,
        context: Context,
    ) -> Result<Typed, Typed> {
        if typed.ty.is_unresolved() || target.is_unresolved() {
            let cast = self.opaque_cast(typed, target);
            return Ok(cast);
        }
        if !self.can_coerce(&[typed.ty], &[target], context) {
            return Err(typed);
        }
        let typed = self.coerce_type(typed, target, typmod, context);
        // A domain's modifier is its own business.
        if self.info(target).kind == b'd' {
            return Ok(typed);
        }
        Ok(self.coerce_typmod(typed, typmod, context))
    }

    /// A row constructor to a composite type, field by field (`coerce_record_to_complex`).
    fn coerce_record(&self, typed: Typed, target: TypeId, context: Context) -> Typed {
        let (base, _) = self.base_type(target, -1);
        let relation = self.info(base).relation.clone().and_then(|name| self.relation(&name));
        let fields = match (&typed.node, relation) {
            (Node::Row(fields), Some(relation)) if fields.len() == relation.columns.len() => {
                Some((fields.clone(), relation))
            }
            _ => None,
        };
        let to = self.info(base).key.clone();
        let node = match fields {
            // The types of the fields are not kept in the row's node: without them only
            // literals of a type of their own can be coerced; leave the cast around the whole.
            Some((fields, _)) => Node::Cast { to, typmod: -1, argument: Box::new(Node::Row(fields)) },
            None => Node::Cast { to, typmod: -1, argument: Box::new(typed.node) },
        };
        let _ = context;
        let typed = Typed::new(node, base);
        if base != target { self.coerce_to_domain(typed, target, -1) } else { typed }
    }

    /// `select_common_type`: the type to which several are brought; `None` where there is none.
    pub(crate) fn common_type(&self, types: &[TypeId]) -> Option<TypeId> {
        let known = self.known();
        let first = *types.first()?;
        if types.iter().any(|ty| ty.is_unresolved()) {
            return Some(TypeId::UNRESOLVED);
        }
        // "If all input types are valid and exactly the same, just pick that type."
        if first != known.unknown && types.iter().all(|ty| *ty == first) {
            return Some(first);
        }
        let mut chosen = self.base_type(first, -1).0;
        for ty in types.iter().skip(1) {
            let (next, _) = self.base_type(*ty, -1);
            if next == known.unknown || next == chosen {
                continue;
            }
            if chosen == known.unknown {
                chosen = next;
                continue;
            }
            let (a, b) = (self.info(chosen), self.info(next));
            if a.category != b.category {
                return None;
            }
            if !a.preferred
                && self.can_coerce_one(chosen, next, Context::Implicit)
                && !self.can_coerce_one(next, chosen, Context::Implicit)
            {
                chosen = next;
            }
        }
        Some(if chosen == known.unknown { known.text } else { chosen })
    }

    /// `coerce_to_common_type`
    pub(crate) fn coerce_common(&self, typed: Typed, target: TypeId) -> Option<Typed> {
        if typed.ty == target {
            return Some(typed);
        }
        if typed.ty.is_unresolved() || target.is_unresolved() {
            return Some(self.opaque_cast(typed, target));
        }
        self.can_coerce_one(typed.ty, target, Context::Implicit)
            .then(|| self.coerce_type(typed, target, -1, Context::Implicit))
    }
}

impl Typed {
    fn without_typmod(mut self, drop: bool) -> Self {
        if drop {
            self.typmod = -1;
        }
        self
    }
}
