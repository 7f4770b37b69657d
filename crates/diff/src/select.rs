//! Selectors: how a person names objects, by kind and name with `*`.
//!
//! `table:public.tmp_*` is every such table and what stands on it, `schema:audit` the schema and everything in it, `comment` every
//! object of that kind, `public.*` every object of that name whatever its kind, and `*` all.

use std::fmt;
use std::str::FromStr;
use trueup_catalog::{ObjectKey, ObjectKind};

/// Kinds on which other objects stand, in one name space.
const RELATIONS: [ObjectKind; 3] = [ObjectKind::Table, ObjectKind::View, ObjectKind::MaterializedView];

/// A kind, a pattern for the name as `ObjectKey` shows it, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    kind: Option<ObjectKind>,
    pattern: String,
}

/// Text that is no selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no kind of object")]
pub struct UnknownKind {
    /// The word before the colon.
    pub word: String,
}

/// The word for a kind in selectors: `materialized-view`.
pub fn kind_word(kind: ObjectKind) -> String {
    kind.word().replace(' ', "-")
}

/// The kind of this word, with spaces or hyphens.
///
/// # Errors
/// No kind is called so.
pub fn kind_of(word: &str) -> Result<ObjectKind, UnknownKind> {
    let spaced = word.trim().replace(['-', '_'], " ");
    ObjectKind::ALL
        .iter()
        .copied()
        .find(|kind| kind.word().eq_ignore_ascii_case(&spaced))
        .ok_or_else(|| UnknownKind { word: word.to_owned() })
}

impl FromStr for Selector {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((word, pattern)) => Ok(Selector { kind: Some(kind_of(word)?), pattern: pattern.to_owned() }),
            None => match kind_of(text) {
                Ok(kind) => Ok(Selector { kind: Some(kind), pattern: "*".to_owned() }),
                Err(_) if text.contains(['.', '*']) => Ok(Selector { kind: None, pattern: text.to_owned() }),
                Err(unknown) => Err(unknown),
            },
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) if self.pattern == "*" => f.write_str(&kind_word(kind)),
            Some(kind) => write!(f, "{}:{}", kind_word(kind), self.pattern),
            None => f.write_str(&self.pattern),
        }
    }
}

impl Selector {
    /// Whether it names the object itself.
    pub fn names(&self, key: &ObjectKey) -> bool {
        self.kind.is_none_or(|kind| kind == key.kind) && glob(&self.pattern, &key.to_string())
    }

    /// Whether it names the object, the relation or domain that it stands on, or the schema that it is in.
    pub fn takes(&self, key: &ObjectKey) -> bool {
        self.names(key)
            || match self.kind {
                Some(ObjectKind::Schema) => {
                    key.schema().is_some_and(|schema| glob(&self.pattern, &schema.to_string()))
                }
                Some(ObjectKind::Domain) => {
                    key.kind == ObjectKind::DomainConstraint && self.takes_relation(key)
                }
                Some(kind) => RELATIONS.contains(&kind) && self.takes_relation(key),
                None => self.takes_relation(key),
            }
    }

    fn takes_relation(&self, key: &ObjectKey) -> bool {
        key.relation().is_some_and(|relation| glob(&self.pattern, &relation.to_string()))
    }
}

/// Which objects are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only what one of these takes; everything where there is none.
    pub include: Vec<Selector>,
    /// Not what one of these takes.
    pub exclude: Vec<Selector>,
}

impl Selection {
    /// Whether the object is compared.
    pub fn has(&self, key: &ObjectKey) -> bool {
        (self.include.is_empty() || self.include.iter().any(|selector| selector.takes(key)))
            && !self.exclude.iter().any(|selector| selector.takes(key))
    }

    /// Whether everything is compared.
    pub fn is_all(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }
}

/// Whether `pattern`, in which `*` stands for any text, matches all of `text`.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::QualifiedName;

    #[test]
    fn globs() {
        assert!(glob("public.*", "public.a.b"));
        assert!(glob("*.audit", "public.orders.audit"));
        assert!(glob("a*b*c", "axxbyyc"));
        assert!(!glob("a*b*c", "axxcyyb"));
        assert!(glob("*", ""));
        assert!(!glob("public", "public.a"));
        assert!(!glob("aa*aa", "aaa"));
    }

    fn column() -> ObjectKey {
        ObjectKey::on_relation(ObjectKind::Column, QualifiedName::new("app", "tmp_a"), "id".into())
    }

    #[test]
    fn selectors_take_what_stands_on_a_relation_and_lies_in_a_schema() {
        let takes = |text: &str| text.parse::<Selector>().unwrap().takes(&column());
        assert!(takes("table:app.tmp_*"));
        assert!(takes("schema:app"));
        assert!(takes("column"));
        assert!(takes("column:app.tmp_a.id"));
        assert!(takes("app.*"));
        assert!(takes("*"));
        assert!(!takes("index:app.tmp_*"));
        assert!(!takes("table:app.other"));
        assert!(!takes("schema:ap"));
    }

    #[test]
    fn a_selection_includes_and_excludes() {
        let of = |include: &[&str], exclude: &[&str]| Selection {
            include: include.iter().map(|s| s.parse().unwrap()).collect(),
            exclude: exclude.iter().map(|s| s.parse().unwrap()).collect(),
        };
        assert!(of(&[], &[]).has(&column()));
        assert!(!of(&["schema:public"], &[]).has(&column()));
        assert!(!of(&["schema:app"], &["table:app.tmp_*"]).has(&column()));
        assert!(of(&["schema:app"], &["index"]).has(&column()));
    }

    #[test]
    fn words_that_are_no_kind_are_refused() {
        assert_eq!("tabel:public.a".parse::<Selector>(), Err(UnknownKind { word: "tabel".into() }));
        assert!("users".parse::<Selector>().is_err());
        assert_eq!("materialized-view".parse::<Selector>().unwrap().to_string(), "materialized-view");
    }
}
