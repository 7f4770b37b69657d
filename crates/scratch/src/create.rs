//! A catalog written into an empty database and read back: what PostgreSQL makes of it.
//!
//! The statements are those of a repair of an empty database, so that every kind that can be repaired can be tried. A
//! statement that fails takes nothing else with it but what needs it.

use crate::Error;
use crate::error::said;
use crate::server::{Database, Server};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use trueup_catalog::{Catalog, Entry, Name, ObjectKey, ObjectKind, Schema, SearchPath, quote_ident};
use trueup_introspect::{Connected, ReadOptions, read_pg_catalog};
use trueup_repair::Step;
use trueup_settle::{Settler, World};

/// What became of a catalog.
pub(crate) struct Created {
    /// As the server prints it.
    pub catalog: Catalog,
    /// What could not be made, and why.
    failed: Vec<(ObjectKey, Failure)>,
}

/// Why something could not be made.
pub(crate) struct Failure {
    message: String,
    /// Whether trying it with more of the catalog could help.
    may_lack: bool,
}

impl Created {
    /// Why an object is not there, as a clause.
    pub fn why(&self, key: &ObjectKey) -> String {
        let own = self.failed.iter().find(|(failed, _)| failed == key);
        match own.or_else(|| self.failed.first()) {
            Some((failed, failure)) if failed == key => failure.message.clone(),
            Some((failed, failure)) => format!("{} {failed}: {}", failed.kind, failure.message),
            None => "it did not come back from the server".to_owned(),
        }
    }

    /// Whether more of the catalog could help: nothing helps an extension that is not installed.
    pub fn may_lack(&self) -> bool {
        self.failed.iter().all(|(_, failure)| failure.may_lack)
    }
}

/// The settings that change how literals are read and what is checked, pinned as introspection pins them.
const SETTINGS: &str = "SET check_function_bodies = off; SET client_min_messages = error; SET statement_timeout = '60s'; \
     SET timezone = 'UTC'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET standard_conforming_strings = on; \
     SET jit = off; SET row_security = off";

/// Creates the catalog in a database of its own, reads it back and drops the database.
pub(crate) async fn create(server: &Server, catalog: &Catalog) -> Result<Created, Error> {
    let (steps, usual, mut failed) = steps(catalog, server.version());
    let database = server.database(false).await?;
    let result = async {
        let unmade = run(&database, &steps, &usual).await?;
        failed.extend(unmade);
        let options = ReadOptions::default();
        Ok::<_, Error>(read_pg_catalog(&database.plain, &options).await?)
    }
    .await;
    server.drop(database).await;
    Ok(Created { catalog: result?, failed })
}

pub(crate) type Failures = Vec<(ObjectKey, Failure)>;

/// The steps from an empty database to the catalog, their usual search path, and what has no step.
pub(crate) fn steps(catalog: &Catalog, version: u32) -> (Vec<Step>, SearchPath, Failures) {
    let mut empty = Catalog::default();
    empty.origin.server_version = Some(version);
    empty.insert(Entry::from(Schema { name: Name::new("public") }));
    let major = version / 10_000;
    let settler = Settler::new(World::new(catalog, major, &[]), World::new(&empty, major, &[]));
    let options = trueup_diff::Options {
        all_schemas: true,
        privileges: trueup_diff::Policy::Off,
        owners: trueup_diff::Policy::Off,
        ..trueup_diff::Options::default()
    };
    let comparison = trueup_diff::compare(catalog, &empty, &settler, &options);
    let allow = trueup_repair::Options { allow: vec!["*".to_owned()] };
    let plan = trueup_repair::plan(catalog, &empty, &comparison, &allow);
    let left = plan
        .left
        .iter()
        .filter_map(|left| {
            let key = comparison.drift.get(left.drift)?.key.clone();
            Some((key, Failure { message: left.reason.clone(), may_lack: false }))
        })
        .collect();
    (plan.steps, plan.search_path, left)
}

/// Runs the steps; what fails is tried again as long as something else succeeds, since the order may have been wrong.
pub(crate) async fn run(database: &Database, steps: &[Step], usual: &SearchPath) -> Result<Failures, Error> {
    for connected in [Some(&database.plain), database.privileged.as_ref()].into_iter().flatten() {
        let prepared = connected.client.batch_execute(SETTINGS).await;
        prepared.map_err(|error| Error::refused("preparing a throw-away database", &error))?;
    }
    let mut open: Vec<&Step> = steps.iter().collect();
    let mut failed: BTreeMap<ObjectKey, Failure>;
    loop {
        failed = BTreeMap::new();
        let mut still = Vec::new();
        let before = open.len();
        let mut rest = open.as_slice();
        while let Some(first) = rest.first() {
            // A run of steps for one connection is sent at once; the server works through it in order.
            let privileged = needs_superuser(first.key.kind);
            let end = rest.iter().position(|step| needs_superuser(step.key.kind) != privileged);
            let (group, later) = rest.split_at(end.unwrap_or(rest.len()));
            rest = later;
            let connected = match &database.privileged {
                Some(connected) if privileged => connected,
                _ => &database.plain,
            };
            let sent = group.iter().map(|step| send(connected, step, usual));
            for (step, result) in group.iter().zip(join_all(sent).await) {
                if let Err(error) = result {
                    if error.is_closed() {
                        return Err(Error::refused("creating a definition", &error));
                    }
                    tracing::trace!(object = %step.key, error = %said(&error), sql = %step.sql(), "not created");
                    failed.entry(step.key.clone()).or_insert_with(|| failure(&error));
                    still.push(*step);
                }
            }
        }
        if still.is_empty() || still.len() == before {
            break;
        }
        open = still;
    }
    Ok(failed.into_iter().collect())
}

async fn send(connected: &Connected, step: &Step, usual: &SearchPath) -> Result<(), tokio_postgres::Error> {
    let path = step.search_path.as_ref().unwrap_or(usual);
    let path: Vec<_> = path.iter().map(|schema| quote_ident(schema.as_str())).collect();
    let path = if path.is_empty() { "''".to_owned() } else { path.join(", ") };
    let set = format!("SET search_path = {path};");
    if step.transactional {
        // Several statements in one message are one transaction (manual, 55.2.2.1 "Multiple Statements in a Simple Query").
        return connected.client.batch_execute(&format!("{set}\n{}", step.sql())).await;
    }
    connected.client.batch_execute(&set).await?;
    for statement in &step.statements {
        connected.client.batch_execute(&statement.text()).await?;
    }
    Ok(())
}

fn failure(error: &tokio_postgres::Error) -> Failure {
    let mut message = said(error);
    let code = error.code().map(|code| code.code());
    // 58P01 until 15, 0A000 later: the control file is not there.
    let unavailable = matches!(code, Some("58P01" | "0A000")) && message.contains("extension");
    if unavailable {
        message.push_str(" (it is not installed with the PostgreSQL that is used for settling)");
    }
    Failure { message, may_lack: !unavailable }
}

/// Kinds whose statements only a superuser may run, and that run no expression of the schema's.
fn needs_superuser(kind: ObjectKind) -> bool {
    match kind {
        ObjectKind::Extension
        | ObjectKind::Language
        | ObjectKind::AccessMethod
        | ObjectKind::OperatorFamily
        | ObjectKind::OperatorClass
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::ForeignDataWrapper => true,
        ObjectKind::Schema
        | ObjectKind::EnumType
        | ObjectKind::Domain
        | ObjectKind::DomainConstraint
        | ObjectKind::CompositeType
        | ObjectKind::RangeType
        | ObjectKind::BaseType
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::Sequence
        | ObjectKind::Table
        | ObjectKind::Column
        | ObjectKind::Constraint
        | ObjectKind::Index
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Aggregate
        | ObjectKind::Operator
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::Server
        | ObjectKind::UserMapping
        | ObjectKind::Statistics
        | ObjectKind::Trigger
        | ObjectKind::EventTrigger
        | ObjectKind::Rule
        | ObjectKind::Policy
        | ObjectKind::Publication
        | ObjectKind::Subscription
        | ObjectKind::DefaultPrivileges => false,
    }
}
