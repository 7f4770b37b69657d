//! The `information_schema` reader: the standard's views into the same model.
//!
//! Each view is read once and by itself, and joined here: joins of these views take seconds on large schemas. What they can't
//! say is in the catalog's origin ([`coverage`]); what they hide from this role is counted against PostgreSQL's own catalogs
//! and told as a gap (U102).

mod column;
mod composite_type;
mod constraint;
mod coverage;
mod data_type;
mod domain;
mod existing;
mod privilege;
mod routine;
mod schema;
mod sequence;
mod table;
mod trigger;
mod view;

use crate::Error;
use crate::connect::Connected;
use crate::pg_catalog::{Output, Shape, for_version};
use crate::session::{Answer, CatalogQuery, Decode, ReadOptions, read};
use existing::Existing;
use trueup_catalog::{Catalog, Gap, GapReason, Origin, Source};

macro_rules! query_files {
    ($($name:ident),* $(,)?) => {
        const FILES: &[(&str, &str)] = &[$((stringify!($name), include_str!(concat!(stringify!($name), ".sql")))),*];

        struct Answers { $($name: Answer,)* }

        impl Answers {
            fn new(answers: Vec<Answer>) -> Result<Self, Shape> {
                let mut answers = answers.into_iter();
                $(let $name = answers.next().ok_or((stringify!($name), "there is no answer".to_owned()))?;)*
                Ok(Answers { $($name,)* })
            }
        }
    };
}

query_files! {
    schema, table, column, domain, domain_constraint, composite_type, table_constraint, check_constraint, key_column,
    foreign_key, view, sequence, routine, parameter, trigger, trigger_column, privilege, modifier, existing,
}

/// Reads everything that the standard's views show to this role.
pub(crate) async fn read_catalog(connected: &Connected, options: &ReadOptions) -> Result<Catalog, Error> {
    let shape = |(what, message): (&str, String)| Error::Shape {
        target: connected.target.to_string(),
        what: format!("information_schema {what}"),
        message,
    };
    let major = connected.version / 10_000;
    let queries = FILES
        .iter()
        .map(|(what, sql)| Ok(CatalogQuery { what, sql: for_version(sql, major)? }))
        .collect::<Result<Vec<_>, String>>()
        .map_err(|message| shape(("queries", message)))?;
    let answers = read(connected, options, &queries).await?;
    let answers = Answers::new(answers).map_err(shape)?;
    decode_all(&answers, connected).map_err(shape)
}

fn decode_all(answers: &Answers, connected: &Connected) -> Result<Catalog, Shape> {
    let major = connected.version / 10_000;
    let mut output = Output { entries: Vec::new(), gaps: Vec::new(), major };
    let out = &mut output;
    let mut existing = Existing::new(&answers.existing, out)?;
    let privileges = privilege::read(&answers.privilege)?;
    let checks = constraint::Checks::new(&answers.check_constraint, &answers.table_constraint, major)?;
    schema::read(&answers.schema, out)?;
    let modifiers = data_type::modifiers(&answers.modifier)?;
    let domains =
        domain::read(&answers.domain, &answers.domain_constraint, &checks, &privileges, &mut existing, out)?;
    composite_type::read(&answers.composite_type, &modifiers, &existing, out)?;
    let tables = table::read(&answers.table, &privileges, &mut existing, out)?;
    let columns = column::read(&answers.column, &tables, &checks, &modifiers, &domains, &mut existing, out)?;
    view::read(&answers.view, &columns, &privileges, &mut existing, out)?;
    constraint::read(answers, &tables, &checks, &mut existing, out)?;
    sequence::read(&answers.sequence, &privileges, &mut existing, out)?;
    routine::read(&answers.routine, &answers.parameter, &privileges, &mut existing, out)?;
    trigger::read(&answers.trigger, &answers.trigger_column, &mut existing, out)?;
    let partly_hidden = existing.tell_what_is_hidden(&connected.target.user, out);

    let mut catalog = Catalog::default();
    catalog.origin = Origin {
        source: Source::InformationSchema,
        server_version: Some(connected.version),
        name: format!("{} at {}:{}", connected.target.database, connected.target.host, connected.target.port),
        not_covered: coverage::not_covered(major, privileges.are_complete()),
        unread: existing.unread(),
        partly_hidden,
    };
    catalog.extend(output.entries);
    output.gaps.sort();
    output.gaps.dedup();
    catalog.gaps = output.gaps;
    Ok(catalog)
}

/// Decodes an answer, and says which view it was when that fails.
fn decode<'a, T: Decode<'a>>(answer: &'a Answer) -> Result<Vec<T>, Shape> {
    T::decode(answer).map_err(|message| (answer.what, message))
}

/// The standard's YES.
fn yes(text: Option<&str>) -> bool {
    text == Some("YES")
}

/// A whole number that the standard keeps as text.
fn number(text: Option<&str>) -> Option<i64> {
    text?.parse().ok()
}

/// A gap about something that this role can't see.
fn unreadable(what: &str, object: &dyn std::fmt::Display, message: impl Into<String>) -> Gap {
    Gap {
        what: what.to_owned(),
        object: object.to_string(),
        code: "U102".to_owned(),
        reason: GapReason::Unreadable,
        message: message.into(),
        span: None,
    }
}
