//! The one shape that every renderer reads.

use crate::migrations::Migrations;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use trueup_catalog::{Catalog, Span};
use trueup_diff::{Code, Comparison, Drift};
use trueup_policy::Judgement;
use trueup_repair::{Plan, Step};

/// Everything that a run found, borrowed from the stages that found it.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The differences.
    pub comparison: &'a Comparison,
    /// What repair can do about them. Its indices are into `comparison.drift`.
    pub plan: &'a Plan,
    /// The desired catalog.
    pub desired: &'a Catalog,
    /// The live catalog.
    pub live: &'a Catalog,
    /// Where the desired catalog came from.
    pub desired_place: &'a Place,
    /// Where the live catalog came from.
    pub live_place: &'a Place,
    /// The text of the files that were read, for excerpts.
    pub sources: &'a Sources,
    /// What the parser knows besides the finding: the way out and the SQLSTATE.
    pub advice: &'a [Advice],
    /// The options that change what is planned, as they are given: `--allow trigger`.
    pub options: &'a [String],
    /// What the desired schema was made of, where that is a folder of migrations.
    pub migrations: Option<&'a Migrations>,
    /// What the project's policy says of the findings; `None` for what has no policy, as `check`.
    pub gate: Option<&'a Judgement>,
    /// What the project calls the database, where it has a name for it: `production`.
    pub target: Option<&'a str>,
    /// How long the whole run took.
    pub elapsed: Duration,
    /// When it was made.
    pub made: SystemTime,
    /// Version of trueup.
    pub version: &'a str,
}

/// Where a catalog came from, without any credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// As the user named it: files, or a snapshot.
    pub name: String,
    /// The server, when it came from one (or when the snapshot did).
    pub server: Option<Server>,
}

/// A server without credentials. Only host, port, database and user are ever shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Host name, address, or folder of the socket.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Database.
    pub database: String,
    /// Role.
    pub user: String,
    /// As the server tells it: `15.18 (Debian 15.18-1)`.
    pub version: String,
}

impl Server {
    /// The version without the packager's words: `15.18`.
    pub fn short_version(&self) -> &str {
        self.version.split_whitespace().next().unwrap_or(&self.version)
    }
}

/// The text of files by the name that spans bear.
pub type Sources = HashMap<Arc<str>, Arc<str>>;

/// What the parser says about a finding besides its code and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Where the finding is.
    pub span: Span,
    /// Its code.
    pub code: String,
    /// The SQLSTATE that PostgreSQL would raise.
    pub sqlstate: Option<String>,
    /// The way out.
    pub help: Option<String>,
}

impl<'a> Report<'a> {
    /// What the database is called: by the project's name for it, which also a run has that reaches no database, else by its own.
    pub fn place_name(&self) -> &'a str {
        self.target.unwrap_or(&self.live_place.name)
    }

    /// The steps that close a drift, in order.
    pub fn steps(&self, drift: usize) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.plan.steps.iter().filter(move |step| step.closes.contains(&drift))
    }

    /// The drift with this index.
    pub fn drift(&self, index: usize) -> Option<&'a Drift> {
        self.comparison.drift.get(index)
    }

    /// What the parser says about a finding.
    pub fn advice(&self, code: Code, span: Option<&Span>) -> Option<&'a Advice> {
        let span = span?;
        self.advice.iter().find(|advice| advice.code == code.number() && advice.span == *span)
    }
}
