//! Storage parameters and other `name = value` lists.

use std::collections::BTreeMap;

/// Options by name, as in `pg_class.reloptions`: names lower case, values as the text that was
/// given (booleans normalised to `true` and `false`, numbers as written). Options of the TOAST
/// table carry the prefix `toast.`.
pub type Options = BTreeMap<String, String>;
