//! Names of migrations, and the same in other spellings.

use std::collections::BTreeSet;

/// Small letters, digits and `_`, beginning with a letter. `None` where nothing of it is left.
pub(crate) fn slug(text: &str) -> Option<String> {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
        if out.len() >= 60 {
            break;
        }
    }
    let out = out.trim_end_matches('_').to_owned();
    out.starts_with(|c: char| c.is_ascii_lowercase()).then_some(out)
}

/// `trueup_repair_2` as `TrueupRepair2`.
pub(crate) fn camel(name: &str) -> String {
    name.split('_')
        .filter_map(|part| {
            let mut chars = part.chars();
            chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        })
        .collect()
}

/// Names for so many migrations, none of which is taken: some tools refuse two of one name.
pub(crate) fn names(name: &str, many: usize, taken: &BTreeSet<String>) -> Vec<String> {
    let mut out = Vec::with_capacity(many);
    let mut number = 1;
    while out.len() < many {
        let candidate = if number == 1 && many == 1 { name.to_owned() } else { format!("{name}_{number}") };
        number += 1;
        if !taken.contains(&candidate) {
            out.push(candidate);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_free_and_plain() {
        assert_eq!(slug("Add  the Über-Index!").as_deref(), Some("add_the_ber_index"));
        assert_eq!(slug("../../x;y").as_deref(), Some("x_y"));
        assert_eq!(slug("7"), None);
        assert_eq!(camel("trueup_repair_2"), "TrueupRepair2");
        let taken = BTreeSet::from(["a".to_owned(), "a_3".to_owned()]);
        assert_eq!(names("a", 1, &taken), ["a_2"]);
        assert_eq!(names("a", 3, &taken), ["a_1", "a_2", "a_4"]);
        assert_eq!(names("b", 1, &taken), ["b"]);
    }
}
