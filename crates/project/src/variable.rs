//! The environment variable that holds the database's URL.
//!
//! Owns: names. Never: keeps, shows or returns a value; of a value, only how its URL begins is looked at.

use crate::tree::Tree;

/// A variable by its name, and the file that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The file, `None` for the name that is taken where no file says one.
    pub file: Option<String>,
    /// How its value is written, where that is no PostgreSQL URL: `jdbc:`, `postgresql+asyncpg:`.
    pub scheme: Option<&'static str>,
}

/// The name that most tools read.
const USUAL: &str = "DATABASE_URL";

/// Files of lines `NAME=value`. Those that say what is needed come before those that hold it.
const DOTENV: &[&str] = &[
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    "example.env",
    ".env.development",
    ".env",
    ".env.local",
    ".envrc",
];

/// Files that name variables in some language.
const CONFIGURATION: &[&str] = &[
    "**/schema.prisma",
    "**/prisma/schema/*.prisma",
    "**/prisma.config.*",
    "**/alembic.ini",
    "**/alembic/env.py",
    "**/migrations/env.py",
    "**/settings.py",
    "**/settings/*.py",
    "**/config/database.yml",
    "**/config/{runtime,prod,dev}.exs",
    "**/knexfile.*",
    "**/drizzle.config.*",
    "**/{data-source,datasource,ormconfig,mikro-orm.config}.*",
    "**/config/config.js",
    "**/config/database.php",
    "**/atlas.hcl",
    "**/diesel.toml",
    "**/flyway.{conf,toml}",
    "**/liquibase.properties",
    "**/application.{properties,yml,yaml}",
    "**/appsettings*.json",
    "**/package.json",
    "**/{docker-compose,compose}*.{yml,yaml}",
    "**/Makefile",
    ".github/workflows/*.{yml,yaml}",
    ".gitlab-ci.yml",
];

/// Every variable that seems to hold a database's URL, the likeliest first; never empty.
pub fn find(tree: &Tree) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    let mut keep = |name: &str, file: &str, scheme: Option<&'static str>| match found
        .iter_mut()
        .find(|v| v.name == name)
    {
        Some(known) => known.scheme = known.scheme.or(scheme),
        None => {
            found.push(Variable { name: name.to_owned(), file: Some(file.to_owned()), scheme });
        }
    };
    for file in DOTENV {
        // A `.gitignore` often excludes these, which is no reason not to know their names.
        let Some(text) = tree.excluded(file) else { continue };
        for (name, value) in text.lines().filter_map(assignment) {
            if let Some(scheme) = holds_url(name, value) {
                keep(name, file, scheme);
            }
        }
    }
    for pattern in CONFIGURATION {
        for file in tree.matching(pattern) {
            let text = tree.text(file);
            for name in mentioned(&text) {
                if sounds_like_url(name) {
                    keep(name, file, None);
                }
            }
            for (name, value) in text.lines().filter_map(assignment) {
                if let Some(scheme) = holds_url(name, value) {
                    keep(name, file, scheme);
                }
            }
        }
    }
    // Stable: what was found first stays first among equals.
    found.sort_by_key(|variable| (is_aside(&variable.name), variable.name != USUAL));
    if found.iter().all(|variable| is_aside(&variable.name)) {
        found.insert(0, Variable { name: USUAL.to_owned(), file: None, scheme: None });
    }
    found
}

/// `NAME=value`, `export NAME=value`, `NAME: value`, `- NAME=value`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let line = line.strip_prefix("- ").unwrap_or(line).trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let value =
        rest.strip_prefix('=').or_else(|| rest.strip_prefix(": ")).or_else(|| rest.strip_prefix(":="))?;
    is_name(name).then(|| (name, value.trim().trim_matches(['"', '\''])))
}

/// Whether the value is a database's URL or, being empty or a placeholder, the name says so. The answer is how it is written.
#[allow(clippy::option_option)]
fn holds_url(name: &str, value: &str) -> Option<Option<&'static str>> {
    if !is_variable(name) {
        return None;
    }
    match scheme(value) {
        Some(scheme) => Some(scheme),
        None if sounds_like_url(name) && !value.contains("://") => Some(None),
        None => None,
    }
}

/// How a database's URL begins; `Some(None)` is PostgreSQL's own.
#[allow(clippy::option_option)]
fn scheme(value: &str) -> Option<Option<&'static str>> {
    const OTHERS: &[(&str, &str)] = &[
        ("jdbc:postgresql:", "jdbc:postgresql:"),
        ("postgresql+asyncpg:", "postgresql+asyncpg:"),
        ("postgresql+psycopg2:", "postgresql+psycopg2:"),
        ("postgresql+psycopg:", "postgresql+psycopg:"),
        ("postgresql+pg8000:", "postgresql+pg8000:"),
        ("postgis:", "postgis:"),
        ("ecto:", "ecto:"),
        ("prisma+postgres:", "prisma+postgres:"),
    ];
    if value.starts_with("postgres://") || value.starts_with("postgresql://") {
        return Some(None);
    }
    OTHERS.iter().find(|(start, _)| value.starts_with(start)).map(|(_, scheme)| Some(*scheme))
}

/// The variables that a text reads, in the ways of the languages that projects are configured in.
fn mentioned(text: &str) -> Vec<&str> {
    const READS: &[&str] = &[
        "env(",
        "env[",
        "ENV[",
        "ENV.fetch(",
        "environ[",
        "environ.get(",
        "getenv(",
        "env.db(",
        "env.str(",
        "config(",
        "process.env.",
        "process.env[",
        "get_env(",
        "fetch_env!(",
        "${{ secrets.",
        "${",
        "$",
    ];
    let mut found: Vec<(usize, &str)> = Vec::new();
    for read in READS {
        for (at, _) in text.match_indices(read) {
            let Some(rest) = text.get(at + read.len()..) else { continue };
            let rest = rest.trim_start_matches(['"', '\'']);
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            if let Some(name) = rest.get(..end).filter(|name| is_variable(name)) {
                found.push((at, name));
            }
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, name)| name).collect()
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.len() <= 64
}

/// Variables of the environment are written in capitals; keys of a configuration file are not.
fn is_variable(name: &str) -> bool {
    is_name(name) && !name.chars().any(|c| c.is_ascii_lowercase())
}

fn sounds_like_url(name: &str) -> bool {
    let parts: Vec<&str> = name.split('_').collect();
    let place = ["URL", "URI", "DSN", "DBSTRING", "CONNECTION", "DATABASEURL"];
    let database =
        ["DATABASE", "DB", "PG", "POSTGRES", "POSTGRESQL", "SQL", "DIRECT", "GOOSE", "DATABASEURL"];
    name == "DSN"
        || parts.iter().any(|part| place.contains(part)) && parts.iter().any(|part| database.contains(part))
}

/// A database that is not the one to compare with.
fn is_aside(name: &str) -> bool {
    name.split('_').any(|part| matches!(part, "TEST" | "TESTING" | "SHADOW" | "CI" | "LOCAL" | "DEV"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_set_a_variable() {
        assert_eq!(assignment("export A_B=\"x\""), Some(("A_B", "x")));
        assert_eq!(assignment("      - DATABASE_URL=postgres://x"), Some(("DATABASE_URL", "postgres://x")));
        assert_eq!(assignment("  DATABASE_URL: postgres://x"), Some(("DATABASE_URL", "postgres://x")));
        assert_eq!(assignment("# A=1"), None);
        assert_eq!(assignment("1A=1"), None);
    }

    #[test]
    fn what_holds_a_url() {
        assert_eq!(holds_url("APP_STORE", "postgres://u:p@h/d"), Some(None));
        assert_eq!(holds_url("SPRING", "jdbc:postgresql://h/d"), Some(Some("jdbc:postgresql:")));
        assert_eq!(holds_url("DATABASE_URL", ""), Some(None));
        assert_eq!(holds_url("DATABASE_URL", "mysql://h/d"), None);
        assert_eq!(holds_url("REDIS_URL", "redis://h"), None);
        assert_eq!(holds_url("API_TOKEN", "abc"), None);
        assert_eq!(holds_url("url", "postgres://h/d"), None);
    }

    #[test]
    fn languages_name_variables_each_in_its_way() {
        let text = "url = env(\"DATABASE_URL\")\nENV.fetch('DB_URL') process.env.PG_URL! os.environ[\"X\"] $Y ${GOOSE_DBSTRING}";
        assert_eq!(mentioned(text), ["DATABASE_URL", "DB_URL", "PG_URL", "X", "Y", "GOOSE_DBSTRING"]);
        assert!(
            sounds_like_url("GOOSE_DBSTRING")
                && sounds_like_url("POSTGRES_URL")
                && !sounds_like_url("SITE_URL")
        );
    }
}
