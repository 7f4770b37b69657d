//! Identifiers as PostgreSQL keeps them: already folded, without quotes.
//!
//! Owns quoting (`quote_ident`, `quote_literal` of PostgreSQL) and truncation to `NAMEDATALEN`.

use crate::keywords::is_reserved;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::borrow::{Borrow, Cow};
use std::fmt;

/// The longest identifier in bytes: `NAMEDATALEN - 1`
/// (manual, 4.1.1 "Identifiers and Key Words").
pub const MAX_NAME_BYTES: usize = 63;

/// One identifier as stored in the system catalogs: folded, unquoted, at most 63 bytes.
///
/// `Display` quotes it when SQL needs that; [`Name::as_str`] gives the bare text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(SmolStr);

impl Name {
    /// The name as it stands, truncated to 63 bytes on a character boundary as PostgreSQL does
    /// (`truncate_identifier` in `scansup.c`). No folding: see [`Name::folded`].
    pub fn new(text: impl AsRef<str>) -> Self {
        Name(SmolStr::new(truncate(text.as_ref(), MAX_NAME_BYTES)))
    }

    /// An identifier as written without quotes: ASCII letters are folded to lower case
    /// (`downcase_truncate_identifier` in `scansup.c`; other letters stay in UTF-8 databases).
    pub fn folded(text: &str) -> Self {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Name::new(text.to_ascii_lowercase())
        } else {
            Name::new(text)
        }
    }

    /// The bare text, never quoted.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the empty name, which no PostgreSQL object has.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quote_ident(&self.0))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::new(text)
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Name::new(text)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// A name with its schema. Relations, types, routines and operators have one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QualifiedName {
    /// The schema.
    pub schema: Name,
    /// The name inside the schema.
    pub name: Name,
}

impl QualifiedName {
    /// `schema.name`.
    pub fn new(schema: impl Into<Name>, name: impl Into<Name>) -> Self {
        QualifiedName { schema: schema.into(), name: name.into() }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

impl fmt::Debug for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The first `max` bytes of `text`, cut back to a whole character (`pg_mbcliplen`).
pub fn truncate(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Quotes an identifier where SQL needs it, by the rule of `quote_identifier` in `ruleutils.c`:
/// bare when it is lower case letters, digits and underscores, begins with a letter or an
/// underscore, and is no keyword but an unreserved one.
pub fn quote_ident(text: &str) -> Cow<'_, str> {
    let mut bytes = text.bytes();
    let safe = matches!(bytes.next(), Some(b'a'..=b'z' | b'_'))
        && bytes.all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if safe && !is_reserved(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    }
}

/// Quotes a string constant, by the rule of `quote_literal`: quotes doubled; with a backslash
/// inside, the `E''` form, which reads the same whatever `standard_conforming_strings` says.
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_touches_ascii_only() {
        assert_eq!(Name::folded("UsErÉ").as_str(), "userÉ");
    }

    #[test]
    fn truncates_on_a_character_boundary() {
        let long = "é".repeat(40);
        assert_eq!(Name::new(&long).as_str().len(), 62);
    }

    #[test]
    fn quotes_as_postgresql_does() {
        assert_eq!(quote_ident("users"), "users");
        assert_eq!(quote_ident("user"), "\"user\"");
        assert_eq!(quote_ident("Users"), "\"Users\"");
        assert_eq!(quote_ident("a\"b"), "\"a\"\"b\"");
        assert_eq!(quote_ident(""), "\"\"");
        assert_eq!(quote_ident("1a"), "\"1a\"");
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal("a\\b"), "E'a\\\\b'");
    }
}
