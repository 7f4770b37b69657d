//! PostgreSQL's own catalogs of 13 to 18, as `examples/snapshot.rs` gathered them from servers.
//!
//! Owns the file `data/snapshot.tsv`: decoding the rows of one major version once for the whole
//! process. Rows of extensions stay text until a catalog has the extension (see `overlay`).
//!
//! Never: knows of a user's catalog.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use std::sync::OnceLock;

use crate::types::{Known, TypeId, TypeInfo};

const TEXT: &str = include_str!("../data/snapshot.tsv");

/// The schema that the file leaves out.
pub(crate) const PG_CATALOG: &str = "pg_catalog";

/// A row of `pg_proc`, of PostgreSQL's own or of a user's.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// Its schema.
    pub schema: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// What names it in canonical form before the brackets: `lower`, `hstore:akeys`, `app.f`.
    pub key: SmolStr,
    /// `f`, `p`, `w`, or an aggregate: `a` plain, `o` ordered-set, `h` hypothetical-set.
    pub kind: u8,
    /// Types of the input arguments.
    pub arguments: Box<[TypeId]>,
    /// The result.
    pub returns: TypeId,
    /// The element type of the last argument where it is `VARIADIC`; `"any"` for that.
    pub variadic: Option<TypeId>,
    /// How many trailing arguments have defaults.
    pub defaults: usize,
    /// `i`mmutable, `s`table, `v`olatile; a blank where nothing tells.
    pub volatility: u8,
    /// Names of the input arguments, or nothing when none has one.
    pub names: Box<[SmolStr]>,
    /// Columns of the result by `OUT`, `INOUT` and `TABLE`.
    pub outputs: Box<[(SmolStr, TypeId)]>,
}

/// A row of `pg_operator`.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    /// Its schema.
    pub schema: SmolStr,
    /// What names it in canonical form: `+`, `hstore:->`.
    pub key: SmolStr,
    /// The left operand; `None` for a prefix operator.
    pub left: Option<TypeId>,
    /// The right operand; `None` for a postfix operator (13).
    pub right: Option<TypeId>,
    /// The result.
    pub result: TypeId,
}

/// A row of `pg_cast`.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    /// `i`mplicit, `a`ssignment, `e`xplicit.
    pub context: u8,
    /// `f`unction, `i`nput and output, `b`inary.
    pub method: u8,
    /// How many arguments the function takes: 2 and 3 want the type modifier.
    pub arguments: u8,
}

/// A row of `pg_opclass`.
#[derive(Clone, Debug)]
pub(crate) struct OperatorClass {
    /// Its schema.
    pub schema: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// The access method.
    pub method: SmolStr,
    /// The type that it is for.
    pub input: TypeId,
    /// Whether it is the default.
    pub default: bool,
}

/// The catalogs of one major version.
#[derive(Debug)]
pub(crate) struct Base {
    /// The major version.
    pub major: u32,
    pub types: Vec<TypeInfo>,
    pub type_names: FxHashMap<(&'static str, &'static str), TypeId>,
    pub known: Known,
    /// In the order of names.
    pub functions: Vec<Function>,
    pub function_names: FxHashMap<&'static str, (u32, u32)>,
    pub operators: FxHashMap<&'static str, Vec<Operator>>,
    pub casts: FxHashMap<(TypeId, TypeId), Cast>,
    pub classes: Vec<OperatorClass>,
    /// Columns of the relations in `pg_catalog` and `information_schema`, still as text.
    pub relations: FxHashMap<(&'static str, &'static str), &'static str>,
    /// The rows of each extension, still as text.
    pub extensions: FxHashMap<&'static str, Vec<&'static str>>,
}

/// One line: its mask and the rest.
fn split_mask(line: &'static str) -> Option<(u8, &'static str)> {
    let (mask, rest) = line.split_once('\t')?;
    Some((mask.parse().ok()?, rest))
}

/// The fields of a row, missing ones empty.
pub(crate) struct Fields<'a>(std::str::Split<'a, char>);

impl<'a> Fields<'a> {
    /// Splits a row.
    pub fn of(row: &'a str) -> Self {
        Fields(row.split('\t'))
    }

    /// The next field.
    pub fn next(&mut self) -> &'a str {
        self.0.next().unwrap_or("")
    }

    /// The next field's first byte, or a space.
    pub fn byte(&mut self) -> u8 {
        self.next().bytes().next().unwrap_or(b' ')
    }

    /// The next field as a number.
    pub fn number(&mut self) -> usize {
        self.next().parse().unwrap_or(0)
    }
}

/// The catalogs of PostgreSQL `major`; the nearest known version for another.
pub(crate) fn base(major: u32) -> &'static Base {
    static BASES: [OnceLock<Base>; 6] = [const { OnceLock::new() }; 6];
    let major = major.clamp(13, 18);
    let index = (major - 13) as usize;
    match BASES.get(index) {
        Some(cell) => cell.get_or_init(|| Base::decode(major)),
        None => BASES[0].get_or_init(|| Base::decode(13)),
    }
}

impl Base {
    fn decode(major: u32) -> Base {
        let bit = 1 << (major - 13);
        let mut rows: [Vec<&'static str>; 6] = Default::default();
        let mut extensions: FxHashMap<&'static str, Vec<&'static str>> = FxHashMap::default();
        for line in TEXT.lines() {
            let Some((mask, row)) = split_mask(line) else { continue };
            if mask & bit == 0 {
                continue;
            }
            let extension = row.split('\t').nth(2).unwrap_or("");
            if !extension.is_empty() {
                extensions.entry(extension).or_default().push(row);
                continue;
            }
            let slot = match row.as_bytes().first() {
                Some(b'T') => 0,
                Some(b'F') => 1,
                Some(b'O') => 2,
                Some(b'C') => 3,
                Some(b'K') => 4,
                _ => 5,
            };
            if let Some(list) = rows.get_mut(slot) {
                list.push(row);
            }
        }
        let [types, functions, operators, casts, classes, relations] = rows;
        let mut base = Base {
            major,
            types: Vec::with_capacity(types.len()),
            type_names: FxHashMap::default(),
            known: Known::default(),
            functions: Vec::with_capacity(functions.len()),
            function_names: FxHashMap::default(),
            operators: FxHashMap::default(),
            casts: FxHashMap::default(),
            classes: Vec::new(),
            relations: FxHashMap::default(),
            extensions,
        };
        base.decode_types(&types);
        for row in functions {
            let resolve = |name: &str| base.reference(name);
            let function = decode_function(row, &resolve, PG_CATALOG, None);
            base.functions.push(function);
            let name = row.split('\t').nth(1).unwrap_or("");
            let end = u32::try_from(base.functions.len()).unwrap_or(0);
            base.function_names.entry(name).or_insert((end.saturating_sub(1), end)).1 = end;
        }
        for row in operators {
            let operator = decode_operator(row, &|name| base.reference(name), PG_CATALOG, None);
            base.operators.entry(row.split('\t').nth(1).unwrap_or("")).or_default().push(operator);
        }
        for row in casts {
            if let Some((pair, cast)) = decode_cast(row, &|name| base.reference(name)) {
                base.casts.insert(pair, cast);
            }
        }
        for row in classes {
            if let Some(class) = decode_class(row, &|name| base.reference(name), PG_CATALOG) {
                base.classes.push(class);
            }
        }
        for row in relations {
            let mut fields = Fields::of(row);
            let (_, name, _, schema) = (fields.next(), fields.next(), fields.next(), fields.next());
            let (_, columns) = (fields.next(), fields.next());
            base.relations.insert((if schema.is_empty() { PG_CATALOG } else { schema }, name), columns);
        }
        base
    }

    fn decode_types(&mut self, rows: &[&'static str]) {
        // Names first: rows refer to types that come later.
        for row in rows {
            let mut fields = Fields::of(row);
            let (_, name, _, schema) = (fields.next(), fields.next(), fields.next(), fields.next());
            let id = TypeId::new(self.type_names.len());
            self.type_names.insert((if schema.is_empty() { PG_CATALOG } else { schema }, name), id);
        }
        for row in rows {
            let info = decode_type(row, &|name| self.reference(name), PG_CATALOG, None);
            self.types.push(info);
        }
        crate::types::link_multiranges(&mut self.types);
        self.known = Known::find(|name| self.type_names.get(&(PG_CATALOG, name)).copied());
    }

    /// The type that a row names: `int4`, `information_schema.sql_identifier`; `-` is none.
    pub fn reference(&self, name: &str) -> Option<TypeId> {
        if let Some(id) = self.type_names.get(&(PG_CATALOG, name)) {
            return Some(*id);
        }
        let (schema, name) = name.split_once('.')?;
        self.type_names.get(&(schema, name)).copied()
    }
}

/// The schema that a row stands for, with `@` for the home of its extension.
fn schema_of(field: &str, home: &str) -> SmolStr {
    match field {
        "" => SmolStr::new_static(PG_CATALOG),
        "@" => SmolStr::new(home),
        other => SmolStr::new(other),
    }
}

/// What stands for an object in canonical form: the bare name for PostgreSQL's own, the
/// extension's name and a colon for a member (its schema is a matter of taste), else the schema.
pub(crate) fn key_of(schema: &str, name: &str, extension: Option<&str>) -> SmolStr {
    if let Some(extension) = extension.filter(|e| !e.is_empty()) {
        return SmolStr::from(format!("{extension}:{name}"));
    }
    if schema == PG_CATALOG {
        return SmolStr::new(name);
    }
    let escape = |text: &str| if text.contains('.') { text.replace('.', "\\.") } else { text.to_owned() };
    SmolStr::from(format!("{}.{}", escape(schema), escape(name)))
}

/// Finds the type that a row names.
pub(crate) type Resolve<'a> = &'a dyn Fn(&str) -> Option<TypeId>;

pub(crate) fn decode_type(row: &str, resolve: Resolve<'_>, home: &str, extension: Option<&str>) -> TypeInfo {
    let mut fields = Fields::of(row);
    let (_, name, _, schema) = (fields.next(), fields.next(), fields.next(), fields.next());
    let schema = schema_of(schema, home);
    let key = key_of(&schema, name, extension);
    let (kind, category) = (fields.byte(), fields.byte());
    let preferred = fields.next() == "p";
    let element = resolve(fields.next());
    let array = resolve(fields.next());
    let base = match fields.next().split_once(' ') {
        Some((base, typmod)) => resolve(base).map(|id| (id, typmod.parse().unwrap_or(-1))),
        None => None,
    };
    let subtype = resolve(fields.next());
    let multirange = resolve(fields.next());
    let collation = fields.next();
    let subscript = resolve(fields.next());
    TypeInfo {
        schema,
        name: SmolStr::new(name),
        key,
        kind,
        category,
        preferred,
        element,
        array,
        base,
        subtype,
        multirange,
        range: None,
        subscript: element.or(subscript),
        collation: (!collation.is_empty()).then(|| SmolStr::new(collation)),
        relation: None,
        labels: None,
    }
}

pub(crate) fn decode_function(
    row: &str,
    resolve: Resolve<'_>,
    home: &str,
    extension: Option<&str>,
) -> Function {
    let mut fields = Fields::of(row);
    let (_, name, _, schema) = (fields.next(), fields.next(), fields.next(), fields.next());
    let schema = schema_of(schema, home);
    let kind = fields.byte();
    let arguments = fields
        .next()
        .split(' ')
        .filter(|part| !part.is_empty())
        .map(|part| resolve(part).unwrap_or(TypeId::UNRESOLVED))
        .collect();
    let returns = resolve(fields.next()).unwrap_or(TypeId::UNRESOLVED);
    // Whether it returns a set does not change what an expression means.
    let _returns_set = fields.next();
    let variadic = resolve(fields.next());
    let (defaults, volatility, _direct) = (fields.number(), fields.byte(), fields.number());
    let mut names = Vec::new();
    let mut outputs = Vec::new();
    let list = fields.next();
    if !list.is_empty() {
        for item in list.split(',') {
            let mut letters = item.chars();
            let mode = letters.next().unwrap_or('i');
            let rest = letters.as_str();
            match (mode, rest.split_once('=')) {
                ('o' | 't', Some((name, ty))) => {
                    outputs.push((SmolStr::new(name), resolve(ty).unwrap_or(TypeId::UNRESOLVED)));
                }
                _ => names.push(SmolStr::new(rest)),
            }
        }
    }
    Function {
        key: key_of(&schema, name, extension),
        schema,
        name: SmolStr::new(name),
        kind,
        arguments,
        returns,
        variadic,
        defaults,
        volatility,
        names: names.into(),
        outputs: outputs.into(),
    }
}

pub(crate) fn decode_operator(
    row: &str,
    resolve: Resolve<'_>,
    home: &str,
    extension: Option<&str>,
) -> Operator {
    let mut fields = Fields::of(row);
    let (_, name, _, schema) = (fields.next(), fields.next(), fields.next(), fields.next());
    let schema = schema_of(schema, home);
    Operator {
        key: key_of(&schema, name, extension),
        schema,
        left: operand(fields.next(), resolve),
        right: operand(fields.next(), resolve),
        result: resolve(fields.next()).unwrap_or(TypeId::UNRESOLVED),
    }
}

fn operand(name: &str, resolve: Resolve<'_>) -> Option<TypeId> {
    (name != "-").then(|| resolve(name).unwrap_or(TypeId::UNRESOLVED))
}

pub(crate) fn decode_cast(row: &str, resolve: Resolve<'_>) -> Option<((TypeId, TypeId), Cast)> {
    let mut fields = Fields::of(row);
    let (_, source, _, target) = (fields.next(), fields.next(), fields.next(), fields.next());
    let pair = (resolve(source)?, resolve(target)?);
    let (context, method, _function) = (fields.byte(), fields.byte(), fields.next());
    let arguments = u8::try_from(fields.number()).unwrap_or(1);
    Some((pair, Cast { context, method, arguments }))
}

pub(crate) fn decode_class(row: &str, resolve: Resolve<'_>, home: &str) -> Option<OperatorClass> {
    let mut fields = Fields::of(row);
    let (_, name, _, schema) = (fields.next(), fields.next(), fields.next(), fields.next());
    let schema = schema_of(schema, home);
    let method = SmolStr::new(fields.next());
    let input = resolve(fields.next())?;
    let default = fields.next() == "d";
    Some(OperatorClass { schema, name: SmolStr::new(name), method, input, default })
}
