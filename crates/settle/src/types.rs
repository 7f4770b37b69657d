//! Types as resolution sees them: a row of `pg_type` each, by number.
//!
//! Owns the numbering, the well-known types and the reading of modifiers into `typmod`.

use smol_str::SmolStr;
use trueup_catalog::QualifiedName;

/// A type of one world: PostgreSQL's own first, then the overlay's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(u32);

impl TypeId {
    /// Stands for a type that nothing known tells.
    pub const UNRESOLVED: TypeId = TypeId(u32::MAX);

    pub fn new(index: usize) -> Self {
        TypeId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub fn index(self) -> usize {
        self.0 as usize
    }

    pub fn is_unresolved(self) -> bool {
        self == TypeId::UNRESOLVED
    }
}

/// A row of `pg_type` with what hangs on it.
#[derive(Clone, Debug)]
pub(crate) struct TypeInfo {
    pub schema: SmolStr,
    pub name: SmolStr,
    /// What stands for it in canonical form: `int4`, `hstore:hstore`, `app.mood`.
    pub key: SmolStr,
    /// `typtype`: `b`, `c`, `d`, `e`, `m`, `p`, `r`.
    pub kind: u8,
    /// `typcategory`.
    pub category: u8,
    /// `typispreferred`.
    pub preferred: bool,
    /// The element type of a true array (`get_element_type`).
    pub element: Option<TypeId>,
    /// The array type over it.
    pub array: Option<TypeId>,
    /// The base type of a domain, and its modifier.
    pub base: Option<(TypeId, i32)>,
    /// The subtype of a range.
    pub subtype: Option<TypeId>,
    /// The multirange type of a range.
    pub multirange: Option<TypeId>,
    /// The range type of a multirange.
    pub range: Option<TypeId>,
    /// What a subscript yields, for arrays and for `int2vector`, `oidvector`, `point` and so on.
    pub subscript: Option<TypeId>,
    /// The default collation, where values have one.
    pub collation: Option<SmolStr>,
    /// The relation or composite type whose row it is.
    pub relation: Option<QualifiedName>,
    /// The labels of an enum.
    pub labels: Option<Box<[SmolStr]>>,
}

impl TypeInfo {
    /// A type of this name with nothing hanging on it.
    pub fn plain(schema: SmolStr, name: SmolStr, key: SmolStr, kind: u8, category: u8) -> Self {
        TypeInfo {
            schema,
            name,
            key,
            kind,
            category,
            preferred: false,
            element: None,
            array: None,
            base: None,
            subtype: None,
            multirange: None,
            range: None,
            subscript: None,
            collation: None,
            relation: None,
            labels: None,
        }
    }

    /// What stands for a type that is not known.
    pub fn unresolved() -> &'static TypeInfo {
        static INFO: std::sync::OnceLock<TypeInfo> = std::sync::OnceLock::new();
        INFO.get_or_init(|| {
            let name = SmolStr::new_static("?");
            TypeInfo::plain(name.clone(), name.clone(), name, b'b', b'U')
        })
    }
}

/// Writes the way back from multiranges to their ranges.
pub(crate) fn link_multiranges(types: &mut [TypeInfo]) {
    for index in 0..types.len() {
        let Some(multirange) = types.get(index).and_then(|info| info.multirange) else { continue };
        if let Some(info) = types.get_mut(multirange.index()) {
            info.range = Some(TypeId::new(index));
        }
    }
}

macro_rules! known {
    ($($name:ident)*) => {
        /// The types that rules name.
        #[allow(dead_code, reason = "the list is whole, so that a rule finds what it needs")]
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Known { $(pub $name: TypeId,)* pub any: TypeId, pub char: TypeId, pub record_array: TypeId }

        impl Default for Known {
            fn default() -> Self {
                let none = TypeId::UNRESOLVED;
                Known { $($name: none,)* any: none, char: none, record_array: none }
            }
        }

        impl Known {
            /// Looks each of them up.
            pub fn find(get: impl Fn(&'static str) -> Option<TypeId>) -> Self {
                let get = |name| get(name).unwrap_or(TypeId::UNRESOLVED);
                Known {
                    $($name: get(stringify!($name)),)*
                    any: get("any"),
                    char: get("char"),
                    record_array: get("_record"),
                }
            }
        }
    };
}

known! {
    bool int2 int4 int8 numeric float4 float8 money text varchar bpchar name cstring unknown oid bytea bit varbit
    uuid json jsonb xml date time timetz timestamp timestamptz interval record void regclass regproc regprocedure
    regoper regoperator regtype regrole regnamespace regconfig regdictionary inet cidr macaddr macaddr8 jsonpath
    tsvector tsquery int2vector oidvector tid xid
    anyelement anyarray anynonarray anyenum anyrange anymultirange
    anycompatible anycompatiblearray anycompatiblenonarray anycompatiblerange anycompatiblemultirange
}

/// Reads modifiers as `typmodin` of the type does, into the number that PostgreSQL keeps in
/// `atttypmod`; -1 for none. For types of extensions the number only tells spellings apart.
pub(crate) fn typmod(key: &str, modifiers: &[SmolStr]) -> i32 {
    let number = |index: usize| modifiers.get(index).and_then(|m| m.trim().parse::<i32>().ok());
    if modifiers.is_empty() {
        return -1;
    }
    match key {
        // anychar_typmodin (varchar.c): the length counts the header.
        "varchar" | "bpchar" => number(0).map_or(-1, |n| n.saturating_add(4)),
        "bit" | "varbit" | "time" | "timetz" | "timestamp" | "timestamptz" => number(0).unwrap_or(-1),
        // make_numeric_typmod (numeric.c); the scale may be negative from 15 on.
        "numeric" => number(0).map_or(-1, |p| ((p << 16) | (number(1).unwrap_or(0) & 0x7ff)) + 4),
        "interval" => interval_typmod(modifiers),
        _ => {
            let mut hash = 0_u32;
            for byte in modifiers.join(",").bytes() {
                hash = hash.wrapping_mul(31).wrapping_add(u32::from(byte.to_ascii_lowercase()));
            }
            i32::try_from(hash & 0x3fff_ffff).unwrap_or(0)
        }
    }
}

/// Bits of the fields in an interval's modifier (`datetime.h`).
pub(crate) mod field {
    pub const MONTH: i32 = 1 << 1;
    pub const YEAR: i32 = 1 << 2;
    pub const DAY: i32 = 1 << 3;
    pub const HOUR: i32 = 1 << 10;
    pub const MINUTE: i32 = 1 << 11;
    pub const SECOND: i32 = 1 << 12;
    /// `INTERVAL_FULL_RANGE`
    pub const ALL: i32 = 0x7fff;
    /// `INTERVAL_FULL_PRECISION`
    pub const FULL_PRECISION: i32 = 0xffff;
}

/// The mask of `day to second` and the like.
pub(crate) fn interval_fields(words: &str) -> Option<i32> {
    use field::{DAY, HOUR, MINUTE, MONTH, SECOND, YEAR};
    let lower = words.to_ascii_lowercase();
    Some(match lower.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["year"] => YEAR,
        ["month"] => MONTH,
        ["day"] => DAY,
        ["hour"] => HOUR,
        ["minute"] => MINUTE,
        ["second"] => SECOND,
        ["year", "to", "month"] => YEAR | MONTH,
        ["day", "to", "hour"] => DAY | HOUR,
        ["day", "to", "minute"] => DAY | HOUR | MINUTE,
        ["day", "to", "second"] => DAY | HOUR | MINUTE | SECOND,
        ["hour", "to", "minute"] => HOUR | MINUTE,
        ["hour", "to", "second"] => HOUR | MINUTE | SECOND,
        ["minute", "to", "second"] => MINUTE | SECOND,
        _ => return None,
    })
}

/// `intervaltypmodin` (`timestamp.c`).
fn interval_typmod(modifiers: &[SmolStr]) -> i32 {
    let mut range = field::ALL;
    let mut precision = field::FULL_PRECISION;
    for modifier in modifiers {
        if let Ok(digits) = modifier.trim().parse::<i32>() {
            precision = digits;
        } else if let Some(fields) = interval_fields(modifier) {
            range = fields;
        }
    }
    if range == field::ALL && precision == field::FULL_PRECISION {
        return -1;
    }
    (range << 16) | precision
}
