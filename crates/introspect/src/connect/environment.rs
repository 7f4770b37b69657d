//! What the process knows about itself: environment variables, home folder, user name.
//!
//! A value rather than calls to `std::env`, so that precedence can be tested without touching the process.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The environment that libpq's defaults come from (manual 34.15). No `Debug`: it may hold `PGPASSWORD`.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    user: Option<String>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("PG") || name == "HOME" || name == "APPDATA")
            .collect();
        Self { variables, user: whoami::username().ok() }
    }

    /// An environment made of these variables and this operating system user.
    #[must_use]
    pub fn new<K: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (K, V)>,
        user: Option<String>,
    ) -> Self {
        Self {
            variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            user,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// A file in the home folder.
    pub(super) fn home_file(&self, name: &str) -> Option<PathBuf> {
        self.get("HOME").filter(|home| !home.is_empty()).map(|home| PathBuf::from(home).join(name))
    }
}
