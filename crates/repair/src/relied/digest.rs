//! Digests of catalogs: equal where two catalogs are, however their SQL was spelled and laid out.

use serde_json::Value;
use sha2::{Digest, Sha256};
use trueup_catalog::{Catalog, Entry};
use trueup_syntax::{TokenKind, tokenize};

/// How many hex digits of SHA-256 are shown and kept: enough for two schemas never to share them by chance.
const DIGITS: usize = 32;

/// A digest of texts.
#[derive(Debug, Default)]
pub struct Digests(Sha256);

impl Digests {
    /// Takes in one more text; where one ends and the next begins counts.
    pub fn add(&mut self, text: &str) {
        self.0.update(text.len().to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// The digest in hex.
    #[must_use]
    pub fn hex(self) -> String {
        hex(&self.0.finalize(), DIGITS)
    }
}

fn hex(bytes: &[u8], digits: usize) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().chars().take(digits).collect()
}

/// A short digest, as SQL makes it too.
pub(super) fn short(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()), 16)
}

/// The digest of a whole catalog: every object with its comment, owner and privileges, and every gap, without the places in files.
#[must_use]
pub fn catalog_digest(catalog: &Catalog) -> String {
    let mut digests = Digests::default();
    for (key, entry) in catalog.iter() {
        digests.add(key.kind.word());
        digests.add(&key.to_string());
        let mut entry: Entry = entry.clone();
        entry.span = None;
        match serde_json::to_value(&entry) {
            Ok(mut value) => {
                spelled_alike(&mut value);
                digests.add(&value.to_string());
            }
            // No object of the model fails; if one did, its debug form tells as much.
            Err(_) => digests.add(&format!("{entry:?}")),
        }
    }
    for gap in &catalog.gaps {
        digests.add(&gap.what);
        digests.add(&gap.object);
        digests.add(&gap.message);
    }
    digests.hex()
}

/// Expressions and queries (what has an `sql` and a `search_path`) as their tokens: white space, comments and the case of key words
/// and names without quotes make no difference.
fn spelled_alike(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("search_path")
                && let Some(Value::String(sql)) = fields.get_mut("sql")
            {
                *sql = tokens(sql);
            }
            fields.values_mut().for_each(spelled_alike);
        }
        Value::Array(list) => list.iter_mut().for_each(spelled_alike),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn tokens(sql: &str) -> String {
    let Ok(tokens) = tokenize(sql) else { return sql.to_owned() };
    let mut out = String::with_capacity(sql.len());
    for token in &tokens {
        let text = token.text(sql);
        match token.kind {
            TokenKind::Word => out.push_str(&text.to_ascii_lowercase()),
            _ => out.push_str(text),
        }
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{Column, DataType, Expr, Name, QualifiedName, Table};

    fn catalog(default: &str) -> Catalog {
        let table = QualifiedName::new("public", "t");
        let mut catalog = Catalog::default();
        catalog.insert(Table::new(table.clone()));
        let mut column = Column::new(table, Name::new("a"), 1, DataType::builtin("int4"));
        column.default = Some(Expr::qualified(default));
        catalog.insert(column);
        catalog
    }

    #[test]
    fn spelling_and_layout_make_no_difference() {
        let digest = |sql: &str| catalog_digest(&catalog(sql));
        assert_eq!(digest("coalesce(1,2)"), digest("COALESCE ( 1, -- one\n 2 )"));
        assert_ne!(digest("coalesce(1,2)"), digest("coalesce(1,3)"));
        assert_ne!(digest("'a'"), digest("'A'"));
        assert_ne!(digest("\"a\""), digest("\"A\""));
    }

    #[test]
    fn a_gap_and_a_comment_count() {
        let plain = catalog("1");
        let mut commented = plain.clone();
        for (_, entry) in commented.iter_mut() {
            entry.comment = Some("x".to_owned());
        }
        assert_ne!(catalog_digest(&plain), catalog_digest(&commented));
    }
}
