//! SQL files read whole by a server: run statement by statement in a fresh database, as `psql -f` would, and read back.
//!
//! For what only a server can interpret: computed SQL, functions of extensions that make objects. The statements run with
//! all rights on a private server; on a given one with those of its role.

use crate::Error;
use crate::error::said;
use crate::server::Server;
use std::sync::Arc;
use trueup_catalog::{Catalog, Extension, Gap, GapReason, Name, Object, ObjectKind, Span, quote_ident};
use trueup_introspect::{Connected, ReadOptions, read_pg_catalog};
use trueup_syntax::{Item, ItemKind, split};

/// A file of SQL.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its name, for messages.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// A statement that a server refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Where it is.
    pub span: Span,
    /// What the server said.
    pub message: String,
    /// The error code (manual, appendix A), where the server gave one.
    pub sqlstate: Option<String>,
}

/// What the files make.
#[derive(Debug)]
pub struct Through {
    /// The catalog; each refused statement is a gap in it.
    pub catalog: Catalog,
    /// What was refused.
    pub failed: Vec<Failed>,
}

/// What is done with a statement or a line of psql's.
enum Act<'a> {
    Run(&'a str),
    Skip,
    Refuse(String),
}

/// Reads the files through a new database. `parsed` is what the files say by reading them: it tells where objects are made, and
/// what was stated of owners and versions, which a new database has for everything.
///
/// # Errors
/// When no database can be made or read.
pub async fn through(server: &Server, scripts: &[Script], parsed: &Catalog) -> Result<Through, Error> {
    // Once more for each set of roles that could only be told by failing; more than anyone has.
    for _ in 0..100 {
        let database = server.database(true).await?;
        let result = async {
            let (failed, again) = run(server, &database.plain, scripts).await?;
            if again {
                return Ok::<_, Error>(None);
            }
            let prepared = "ROLLBACK; RESET SESSION AUTHORIZATION; RESET ALL";
            if let Err(error) = database.plain.client.batch_execute(prepared).await {
                return Err(Error::refused("reading what the files made", &error));
            }
            let catalog = read_pg_catalog(&database.plain, &ReadOptions::default()).await?;
            Ok(Some((catalog, failed)))
        }
        .await;
        server.drop(database).await;
        if let Some((mut catalog, failed)) = result? {
            as_stated(&mut catalog, parsed, &server.admin().target.user);
            catalog.gaps.extend(failed.iter().map(gap));
            return Ok(Through { catalog, failed });
        }
    }
    Err(Error::NoServer("the files name more roles than can be made up for them".to_owned()))
}

/// Runs every statement. The second is whether it must be done again: a role was made up amid a transaction that had failed.
async fn run(
    server: &Server,
    connected: &Connected,
    scripts: &[Script],
) -> Result<(Vec<Failed>, bool), Error> {
    let mut failed = Vec::new();
    for script in scripts {
        let items = split(&script.text);
        for (at, item) in items.iter().enumerate() {
            let copied = items.get(at + 1).is_some_and(|next| next.kind == ItemKind::CopyData);
            let refuse = |message: String, sqlstate| Failed { span: span(script, item), message, sqlstate };
            let sql = match act(item, copied, server.is_private()) {
                Act::Skip => continue,
                Act::Refuse(message) => {
                    failed.push(refuse(message, None));
                    continue;
                }
                Act::Run(sql) => sql,
            };
            let mut result = connected.client.batch_execute(sql).await;
            while let Err(error) = &result
                && server.is_private()
                && let Some(role) = missing_role(error)
            {
                let sql_role = format!("CREATE ROLE {}", quote_ident(&role));
                let made = server.admin().client.batch_execute(&sql_role).await;
                made.map_err(|error| Error::refused(format!("making up the role {role}"), &error))?;
                result = connected.client.batch_execute(sql).await;
                if result.as_ref().is_err_and(|e| e.code().is_some_and(|code| code.code() == "25P02")) {
                    return Ok((failed, true));
                }
            }
            if let Err(error) = result {
                if error.is_closed() {
                    return Err(Error::refused(format!("{}:{}", script.name, item.line), &error));
                }
                // A role that an earlier attempt made, or made up.
                let exists = error.code().is_some_and(|code| code.code() == "42710") && about_roles(item);
                if !exists {
                    failed.push(refuse(said(&error), error.code().map(|code| code.code().to_owned())));
                }
            }
        }
    }
    Ok((failed, false))
}

fn act<'a>(item: &Item<'a>, copied: bool, private: bool) -> Act<'a> {
    match &item.kind {
        ItemKind::CopyData => Act::Skip,
        ItemKind::Error(error) => Act::Refuse(error.message.clone()),
        ItemKind::PsqlMeta { command } => match command.as_str() {
            "i" | "ir" | "include" | "include_relative" => {
                Act::Refuse("a file that another includes is not read: name it by itself".to_owned())
            }
            "gexec" => Act::Refuse("\\gexec is psql's alone".to_owned()),
            _ => Act::Skip,
        },
        ItemKind::Statement if copied => Act::Skip,
        ItemKind::Statement => {
            let words = item.leading_words(4);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                // Rows are no part of a schema, and there are none to send.
                ["copy", ..] if item.text.to_ascii_lowercase().contains("stdin") => Act::Skip,
                // Migrations run in a transaction lock tables; outside of one PostgreSQL refuses that, and it makes nothing.
                ["lock", ..] => Act::Skip,
                // What lies outside the database is not this run's to change.
                ["create" | "alter" | "drop", "database" | "tablespace", ..] | ["alter", "system", ..] => {
                    Act::Skip
                }
                _ if !private && about_roles(item) => Act::Skip,
                _ => Act::Run(item.text),
            }
        }
    }
}

fn about_roles(item: &Item<'_>) -> bool {
    let words = item.leading_words(3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [_, "user", "mapping"] => false,
        ["create" | "alter" | "drop", "role" | "user" | "group", ..] => true,
        _ => false,
    }
}

/// `role "app" does not exist`, SQLSTATE 42704 (`get_role_oid` in PostgreSQL's `acl.c`).
fn missing_role(error: &tokio_postgres::Error) -> Option<String> {
    let db = error.as_db_error().filter(|db| db.code().code() == "42704")?;
    Some(db.message().strip_prefix("role \"")?.strip_suffix("\" does not exist")?.to_owned())
}

fn span(script: &Script, item: &Item<'_>) -> Span {
    Span {
        file: Arc::clone(&script.name),
        line: item.line,
        column: item.column,
        start: item.range.start,
        end: item.range.end,
    }
}

fn gap(failed: &Failed) -> Gap {
    // The classes of manual, appendix A.
    let (code, reason) = match failed.sqlstate.as_deref() {
        Some("42601") => ("S101", GapReason::Unparsed),
        Some("42P06" | "42P07" | "42701" | "42710" | "42723") => ("S103", GapReason::Refused),
        Some("3F000" | "42P01" | "42703" | "42704" | "42883") => ("S104", GapReason::Refused),
        Some(_) => ("S102", GapReason::Refused),
        None => ("S102", GapReason::Unparsed),
    };
    Gap {
        code: code.to_owned(),
        what: "statement".to_owned(),
        object: String::new(),
        reason,
        message: format!("PostgreSQL refuses it: {}", failed.message),
        span: Some(failed.span.clone()),
    }
}

/// Takes out what every new database has and nobody stated.
fn as_stated(catalog: &mut Catalog, parsed: &Catalog, superuser: &str) {
    for (key, entry) in catalog.iter_mut() {
        let stated = parsed.get(key);
        entry.span = stated.and_then(|stated| stated.span.clone());
        if entry.owner.as_ref().is_some_and(|owner| *owner == superuser) {
            entry.owner = stated.and_then(|stated| stated.owner.clone());
        }
        if let Object::Extension(extension) = &mut entry.object {
            let stated = stated.and_then(|stated| Extension::of(&stated.object));
            extension.version = stated.and_then(|stated| stated.version.clone());
        }
        if key.kind == ObjectKind::Extension || (key.kind == ObjectKind::Schema && *key.name() == "public") {
            entry.comment = stated.and_then(|stated| stated.comment.clone());
            entry.privileges = stated.and_then(|stated| stated.privileges.clone());
        }
    }
    let plpgsql = trueup_catalog::ObjectKey::global(ObjectKind::Extension, Name::new("plpgsql"));
    if !parsed.contains(&plpgsql) {
        catalog.remove(&plpgsql);
    }
    catalog.origin.name = parsed.origin.name.clone();
}
