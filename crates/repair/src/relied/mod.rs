//! What a plan relies on: the live schema that it was planned for, as facts that plain SQL can look at again.
//!
//! Owns: which facts, their text, the query that says which of them hold no longer, the block that stops a file because of it, and
//! digests of whole catalogs.
//!
//! Never: connects; looks at rows; says anything of what no step touches, so that changes elsewhere stop nothing.
//!
//! A list of facts rather than one number over the whole schema: it names what has changed, it leaves alone what the plan does not
//! need, and since every fact is about something that is there and a repair only adds, it holds midway through a run as before it.

mod choose;
mod digest;
mod fact;
mod live;

pub use digest::{Digests, catalog_digest};

use crate::step::Plan;
use choose::Chosen;
use digest::short;
use fact::{Aspect, Sort, sort};
use std::collections::BTreeSet;
use trueup_catalog::{Address, Catalog, ObjectKey, ObjectKind, quote_literal};
use trueup_diff::Comparison;

/// How wide the list is written.
const WIDTH: usize = 120;

/// What a plan relies on, and what it makes.
#[derive(Clone, Debug)]
pub struct Relied {
    relied: Chosen,
    made: Option<Chosen>,
    major: Option<u32>,
}

impl Relied {
    /// Of this plan.
    #[must_use]
    pub fn new(desired: &Catalog, live: &Catalog, comparison: &Comparison, plan: &Plan) -> Self {
        Relied {
            relied: choose::relied(desired, live, comparison, plan),
            made: choose::made(desired, comparison, plan).filter(|made| !made.is_empty()),
            major: live.major_version(),
        }
    }

    /// How many facts it relies on, those that an object is there included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.relied.values().map(|facts| facts.len() + 1).sum()
    }

    /// Whether the query can tell that everything is done already. It can't where a step does what no fact tells of, as a comment.
    #[must_use]
    pub fn tells_done(&self) -> bool {
        self.made.is_some()
    }

    /// The digest of the facts: the live schema's fingerprint, as far as the plan relies on it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut digests = Digests::default();
        for (key, facts) in &self.relied {
            digests.add(key.kind.word());
            digests.add(&key.to_string());
            facts.iter().for_each(|fact| digests.add(&fact.text));
        }
        digests.hex()
    }

    /// The query that looks at the facts in a live database: a row of two columns for each that does not hold, whether the plan makes
    /// it, and what is the matter in words. Where there is no row with `false` the plan fits; where there is none at all, and
    /// [`Relied::tells_done`], it is done. It must run with [`Relied::settings`]. Names need no path but `pg_catalog`'s.
    #[must_use]
    pub fn query(&self) -> String {
        let chosen = || [Some(&self.relied), self.made.as_ref()].into_iter().flatten();
        let mut rows: Vec<String> = Vec::new();
        for (made, list) in [(false, Some(&self.relied)), (true, self.made.as_ref())] {
            let mut heading =
                if made { "    -- what it makes of it\n" } else { "    -- what it relies on\n" };
            for (key, facts) in list.into_iter().flatten() {
                let row = row(made, key, facts.iter().map(|fact| fact.text.as_str()));
                rows.push(format!("{}{row}", std::mem::take(&mut heading)));
            }
        }
        if rows.is_empty() {
            return "SELECT false, '' WHERE false".to_owned();
        }
        let sorts: BTreeSet<Sort> =
            chosen().flat_map(|c| c.keys()).filter_map(|key| sort(key.kind)).collect();
        let aspects: BTreeSet<Aspect> =
            chosen().flat_map(|c| c.values().flatten()).map(|f| f.aspect).collect();
        live::query(
            &rows.join(",\n"),
            &sorts.into_iter().collect::<Vec<_>>(),
            &aspects.into_iter().collect::<Vec<_>>(),
        )
    }

    /// The settings that the query needs, as `SET LOCAL` takes them.
    #[must_use]
    pub fn settings() -> String {
        Self::setting_lines().join(" ")
    }

    /// The same, a few a line.
    pub(crate) fn setting_lines() -> Vec<String> {
        let settings: Vec<String> =
            live::SETTINGS.iter().map(|(name, value)| format!("SET LOCAL {name} = {value};")).collect();
        settings.chunks(4).map(|line| line.join(" ")).collect()
    }

    /// A block of PL/pgSQL that raises where a fact does not hold any more; `None` where there is nothing to look at. `database` is the
    /// name of the database that it was planned for, where there is one. Where the facts tell that everything is done it says so, and
    /// else runs `then`.
    pub(crate) fn block(&self, database: Option<&str>, then: Option<&str>) -> Option<String> {
        if self.relied.is_empty() {
            return then.map(str::to_owned);
        }
        let planned_for = match (database, self.major) {
            (Some(name), Some(major)) => format!("database {name} on PostgreSQL {major}"),
            (Some(name), None) => format!("database {name}"),
            (None, Some(major)) => format!("PostgreSQL {major}"),
            (None, None) => "another schema".to_owned(),
        };
        let notice = "        RAISE NOTICE 'everything in this file is done already';\n";
        let after = match (self.tells_done(), then) {
            (true, None) => format!("    IF NOT trueup_open THEN\n{notice}    END IF;\n"),
            // Of what is done nobody needs the right any more.
            (true, Some(then)) => {
                format!("    IF NOT trueup_open THEN\n{notice}    ELSE\n{then}    END IF;\n")
            }
            (false, then) => then.unwrap_or_default().to_owned(),
        };
        Some(format!(
            "DECLARE
    trueup_matters text;
    trueup_count bigint;
    trueup_open boolean;
BEGIN
    SELECT string_agg(q.matter, E'\\n' ORDER BY q.at) FILTER (WHERE NOT q.made AND q.at <= 5),
        count(*) FILTER (WHERE NOT q.made), coalesce(bool_or(q.made), false)
    INTO trueup_matters, trueup_count, trueup_open
    FROM (SELECT r.made, r.matter, row_number() OVER () AS at FROM (
{}
    ) AS r) AS q;
    IF trueup_count > 0 THEN
        RAISE EXCEPTION USING ERRCODE = '55000',
            MESSAGE = format('the schema is not the one that this repair was planned for: %s of {} facts do not hold. Nothing was changed', trueup_count),
            DETAIL = format(E'Planned for %s; this is database %s on PostgreSQL %s.\\n%s', {}, current_database(),
                current_setting('server_version_num')::int / 10000, trueup_matters),
            HINT = 'Is it the right database? If it is, run trueup repair again. This session only reads until RESET default_transaction_read_only';
    END IF;
{after}END;
",
            self.query(),
            self.count(),
            quote_literal(&planned_for),
        ))
    }
}

/// One row of the list, broken where it gets long.
fn row<'a>(made: bool, key: &ObjectKey, facts: impl Iterator<Item = &'a str>) -> String {
    let own = key.schema().filter(|_| key.kind != ObjectKind::Schema);
    let schema = own.map_or("", |schema| schema.as_str());
    let name = if let Address::Routine { name, arguments } = &key.address {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        format!("{}({})", name.name.as_str(), arguments.join(", "))
    } else {
        key.name().as_str().to_owned()
    };
    let mut out = format!(
        "    ({made}, {}, {}, {}, ARRAY[",
        quote_literal(key.kind.word()),
        quote_literal(schema),
        quote_literal(&name)
    );
    let mut width = out.len();
    let mut any = false;
    for fact in facts {
        let literal = quote_literal(fact);
        if any {
            out.push(',');
            if width + literal.len() > WIDTH {
                out.push_str("\n        ");
                width = 8;
            } else {
                out.push(' ');
            }
        }
        width += literal.len() + 2;
        out.push_str(&literal);
        any = true;
    }
    out.push_str(if any { "])" } else { "]::text[])" });
    out
}
