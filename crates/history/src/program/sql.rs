//! Names and values as SQL.

/// A name, always in quotes.
pub(super) fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A name with its schema, where it has one.
pub(super) fn qualified(schema: Option<&str>, text: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", name(schema), name(text)),
        None => name(text),
    }
}

/// Names in a list.
pub(super) fn names<'a>(list: impl IntoIterator<Item = &'a str>) -> String {
    list.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// A text as a literal, whatever `standard_conforming_strings` says of backslashes: it is on.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
