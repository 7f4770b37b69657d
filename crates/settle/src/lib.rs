//! Decides whether two expressions, types or queries mean the same to PostgreSQL.
//!
//! Owns: PostgreSQL's own catalogs as a built-in snapshot, the resolution of names, functions,
//! operators and implicit casts (manual, chapter 10), and the one canonical form to which both
//! sides are brought. Stored text is never compared with text: it differs between versions and is
//! no fixpoint.
//!
//! Never: says what a difference means for a schema, touches files or a network.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use trueup_catalog::{Ambient, Catalog, Expr, ExprContext, Query, Routine, ViewColumn};

/// Whether two definitions mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// PostgreSQL stores them alike.
    Same,
    /// PostgreSQL stores them apart.
    Different,
    /// Rules can't tell, and why: a sentence without a full stop.
    CantTell(String),
}

/// What one side's names mean: a catalog over the built-in snapshot of one major version.
pub struct World<'c> {
    catalog: &'c Catalog,
}

impl<'c> World<'c> {
    /// The world of `catalog` as seen by PostgreSQL `major` (13 to 18). `ambient` are further
    /// definitions that hold for it too: for desired SQL, those that the live server told.
    pub fn new(catalog: &'c Catalog, major: u32, ambient: &[&'c Ambient]) -> Self {
        let _ = (major, ambient);
        World { catalog }
    }

    /// Its catalog.
    pub fn catalog(&self) -> &'c Catalog {
        self.catalog
    }
}

/// Compares definitions of two sides.
pub struct Settler<'c> {
    /// The desired side.
    pub desired: World<'c>,
    /// The live side.
    pub live: World<'c>,
}

impl Settler<'_> {
    /// Whether two expressions mean the same, each in its own context.
    pub fn expr(&self, desired: (&Expr, ExprContext<'_>), live: (&Expr, ExprContext<'_>)) -> Verdict {
        text(&desired.0.sql, &live.0.sql)
    }

    /// Whether two queries mean the same, with the names given to their columns.
    pub fn query(&self, desired: (&Query, &[ViewColumn]), live: (&Query, &[ViewColumn])) -> Verdict {
        text(&desired.0.sql, &live.0.sql)
    }

    /// Whether two parsed SQL bodies mean the same.
    pub fn sql_body(&self, desired: (&Query, &Routine), live: (&Query, &Routine)) -> Verdict {
        text(&desired.0.sql, &live.0.sql)
    }
}

fn text(desired: &str, live: &str) -> Verdict {
    if desired == live { Verdict::Same } else { Verdict::CantTell("settling is not built yet".into()) }
}
