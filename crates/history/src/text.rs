//! Names of files, and numbers in them.

use crate::linear::Order;

/// The last part of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The folder of a path; `""` is the one that was looked at.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A path as a configuration writes it, from the folder of the configuration: without `./`, `..` taken back. `None` where it leads
/// out of what was looked at.
pub(crate) fn resolve(from: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The digits that a text begins with, and what follows.
pub(crate) fn leading_digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The order of a version that is a number; what is none comes by its text.
pub(crate) fn by_number(version: &str) -> Order {
    match version.parse::<u128>() {
        Ok(number) => (vec![number], String::new()),
        Err(_) => (Vec::new(), version.to_owned()),
    }
}

/// The order of names.
pub(crate) fn by_name(name: &str) -> Order {
    (Vec::new(), name.to_owned())
}

/// A number without leading zeros, as a column of whole numbers has it.
pub(crate) fn plain_number(digits: &str) -> &str {
    let plain = digits.trim_start_matches('0');
    if plain.is_empty() { "0" } else { plain }
}

/// `create_users` or `create-users` as words.
pub(crate) fn words(name: &str) -> Option<String> {
    let words = name.replace(['_', '-'], " ");
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_configuration_are_resolved() {
        assert_eq!(resolve("app", "./alembic").as_deref(), Some("app/alembic"));
        assert_eq!(resolve("app/db", "../x/y").as_deref(), Some("app/x/y"));
        assert_eq!(resolve("", "../x"), None);
        assert_eq!(resolve("", "/etc"), None);
        assert_eq!(resolve("", ".").as_deref(), Some(""));
    }

    #[test]
    fn digits_lead() {
        assert_eq!(leading_digits("001_a.sql"), Some(("001", "_a.sql")));
        assert_eq!(leading_digits("a"), None);
        assert_eq!(plain_number("000"), "0");
        assert_eq!(plain_number("0010"), "10");
        assert!(by_number("2") < by_number("10"));
    }
}
