//! The configuration file, `trueup.toml`: its shape, from which its JSON schema is made.
//!
//! The doc comments of this module are what an editor shows beside a key. A file never holds a connection string: targets name
//! the variable that does.

use crate::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// What trueup compares, with what, and what it makes of the drift that it finds.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(title = "trueup.toml")]
pub struct Config {
    /// What the code wants: .sql files, folders of them, a snapshot, or `git:REVISION:PATH`. Paths start at this file's folder.
    pub desired: Sources,
    /// How the desired SQL is read: by trueup's parser, or by running it in a throw-away database.
    pub desired_via: Option<Via>,
    /// A server for throw-away databases: a private one where this machine has PostgreSQL's programs (`auto`), or none (`off`). A
    /// URL comes from TRUEUP_SCRATCH.
    pub scratch: Option<Scratch>,
    /// The target that is used when the command line names none.
    #[schemars(with = "Option<String>")]
    pub target: Option<Spanned<String>>,
    /// The databases, by the names that `--target` takes.
    #[schemars(with = "BTreeMap<String, Target>")]
    pub targets: BTreeMap<String, Spanned<Target>>,
    /// What is compared.
    pub compare: Compare,
    /// The levels of codes, by number or name: `D281 = "off"`.
    #[schemars(with = "BTreeMap<String, Setting>")]
    pub levels: BTreeMap<Spanned<String>, Setting>,
    /// Findings that don't count, each with its reason. Of the gate alone.
    #[schemars(with = "Vec<Ignore>")]
    pub ignore: Vec<Spanned<Ignore>>,
    /// What the code renamed and live has not: it is never taken for a new object.
    #[schemars(with = "Vec<Rename>")]
    pub rename: Vec<Spanned<Rename>>,
    /// What repair and apply may do.
    pub repair: Repair,
    /// What makes the gate red.
    pub gate: Gate,
    /// Who is told.
    pub webhook: Webhook,
    /// The project's migration tool: `check` and `gate` hold its files against its table too. Without this part they don't.
    pub history: History,
}

/// One source or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Sources {
    /// One.
    One(String),
    /// Several files or folders.
    Several(Vec<String>),
}

impl Default for Sources {
    fn default() -> Self {
        Sources::Several(Vec::new())
    }
}

impl Sources {
    /// As a list.
    pub fn list(&self) -> &[String] {
        match self {
            Sources::One(one) => std::slice::from_ref(one),
            Sources::Several(several) => several,
        }
    }
}

/// How the desired SQL is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// trueup reads and applies each statement.
    Parser,
    /// A throw-away database runs them.
    Scratch,
}

/// A server for throw-away databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scratch {
    /// A private server, if there can be one.
    Auto,
    /// None.
    Off,
}

/// A database, or a snapshot that stands for one. Exactly one of `url-env` and `snapshot`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Target {
    /// The environment variable that holds the connection string. The string itself never stands in this file.
    pub url_env: Option<String>,
    /// A file that `trueup snapshot` wrote.
    pub snapshot: Option<String>,
    /// The greatest age of that snapshot: `12h`, `7d`. An older one makes the gate end with exit code 2.
    pub max_age: Option<String>,
}

/// What is compared.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Compare {
    /// Take in live schemas that the desired schema never speaks of.
    pub all_schemas: Option<bool>,
    /// Which privileges, default privileges and security labels are compared.
    pub privileges: Option<Privileges>,
    /// Which owners are compared.
    pub owners: Option<Owners>,
    /// Compare the rows that `INSERT … VALUES` of the desired SQL states, too.
    pub data: Option<bool>,
    /// The PostgreSQL version that the SQL files are meant for, where no server tells: `"16"`.
    pub server_version: Option<String>,
    /// Only these objects: selectors as `schema:app`, `table:public.orders`, `comment`, with `*` for any text. Empty is everything.
    #[schemars(with = "Vec<String>")]
    pub include: Vec<Spanned<String>>,
    /// Not these objects, nor what stands on them: `table:public.tmp_*`.
    #[schemars(with = "Vec<String>")]
    pub exclude: Vec<Spanned<String>>,
}

/// Which privileges are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Privileges {
    /// Of objects for which the desired schema states them.
    Stated,
    /// All.
    Strict,
    /// None.
    Off,
}

/// Which owners are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Owners {
    /// Of objects for which the desired schema states one.
    Stated,
    /// None.
    Off,
}

/// The level of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// It fails the gate.
    Error,
    /// It fails the gate.
    Warning,
    /// It is listed and fails nothing.
    Note,
    /// It is counted, not listed.
    Off,
}

/// Findings that don't count. Every key that is given must fit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ignore {
    /// The code, by number or name.
    pub code: Option<String>,
    /// Which objects: a selector as `index:public.orders_tmp`, with `*` for any text. What stands on a table goes with it.
    pub object: Option<String>,
    /// Why. Reports show it.
    pub reason: String,
    /// The last day on which it holds: `2027-01-31`.
    #[schemars(with = "String")]
    #[serde(default, deserialize_with = "date")]
    pub expires: Option<Date>,
}

/// A rename that live has not seen yet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rename {
    /// The kind of object: `column`, `table`, `enum`.
    pub kind: String,
    /// What live calls it: `public.users.mail`.
    pub from: String,
    /// What the desired schema calls it: `public.users.email`.
    pub to: String,
}

/// What repair and apply may do.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Repair {
    /// Consents, as `--allow` takes them: `trigger:public.orders.audit`.
    pub allow: Vec<String>,
}

/// What makes the gate red.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Gate {
    /// The file that holds the drift that is known.
    pub baseline: Option<String>,
    /// The revision that the desired schema is held against: `git:origin/main`.
    pub base: Option<String>,
    /// Which drift fails where a base is given. All of it by default.
    pub fail_on: Vec<FailOn>,
    /// Reports that are written besides: `FORMAT=PATH`.
    #[schemars(with = "Vec<String>")]
    pub outputs: Vec<Spanned<String>>,
}

/// Which drift fails, where a base tells apart what this change brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// What this change brings.
    Introduced,
    /// What this change brings and `trueup repair` can't close by itself.
    IntroducedUnrepairable,
    /// What was there before.
    Existing,
}

/// The project's migration tool.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct History {
    /// The folder of the project, or of its migrations.
    pub folder: Option<String>,
    /// Which tool it is, where files and tables don't tell: `alembic`, `golang-migrate`.
    pub tool: Option<String>,
    /// The table that keeps the history, where neither the tool's usual name nor its configuration tells: `ops.migrations`.
    pub table: Option<String>,
}

/// Who is told.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Webhook {
    /// The environment variable that holds the URL.
    pub url_env: Option<String>,
    /// The environment variable that holds the secret by which messages are signed.
    pub secret_env: Option<String>,
}

/// A day as TOML writes it, with or without quotes.
fn date<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    use serde::de::Error;
    let text = match toml::Value::deserialize(from)? {
        toml::Value::Datetime(day) => day.to_string(),
        toml::Value::String(text) => text,
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Array(_)
        | toml::Value::Table(_) => return Err(Error::custom("expected a day as 2027-01-31")),
    };
    text.parse().map(Some).map_err(|_| Error::custom("expected a day as 2027-01-31"))
}

/// The JSON schema of the file, pretty-printed, with a line end.
///
/// # Errors
/// None that a schema of plain types can cause.
pub fn schema() -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Config))?;
    text.push('\n');
    Ok(text)
}
