//! Storage parameters and other `name = value` lists.

use std::collections::BTreeMap;

/// Options by name, as in `pg_class.reloptions`: names lower case, values as the text that was
/// given (booleans normalised to `true` and `false`, numbers as written). Options of the TOAST
/// table carry the prefix `toast.`.
pub type Options = BTreeMap<String, String>;

/// The value of a storage parameter as both sides write it: Booleans in any of PostgreSQL's spellings
/// (`parse_bool` in `bool.c`: `on`, `yes`, `1`, `t`…) become `true` and `false`; others stay.
pub fn normalize_option(name: &str, value: &str) -> String {
    let bare = name.strip_prefix("toast.").unwrap_or(name);
    let boolean = matches!(
        bare,
        "autovacuum_enabled"
            | "vacuum_truncate"
            | "user_catalog_table"
            | "security_barrier"
            | "security_invoker"
            | "fastupdate"
            | "autosummarize"
            | "deduplicate_items"
    );
    if boolean {
        let lower = value.to_ascii_lowercase();
        let short = |word: &str, least: usize| lower.len() >= least && word.starts_with(lower.as_str());
        if lower == "1" || short("true", 1) || short("yes", 1) || short("on", 2) {
            return "true".to_owned();
        }
        if lower == "0" || short("false", 1) || short("no", 1) || short("off", 2) {
            return "false".to_owned();
        }
    }
    value.to_owned()
}

#[cfg(test)]
mod tests {
    use super::normalize_option;

    #[test]
    fn booleans_have_one_spelling_and_others_keep_theirs() {
        assert_eq!(normalize_option("toast.autovacuum_enabled", "OFF"), "false");
        assert_eq!(normalize_option("security_barrier", "t"), "true");
        assert_eq!(normalize_option("autovacuum_enabled", "o"), "o");
        assert_eq!(normalize_option("fillfactor", "1"), "1");
        assert_eq!(normalize_option("check_option", "local"), "local");
    }
}
