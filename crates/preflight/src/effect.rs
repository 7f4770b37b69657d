//! What a statement does besides changing the catalog.

use trueup_catalog::{QualifiedName, Size};
use trueup_repair::{Lock, Probe};

/// One effect on what is there.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Data goes.
    Destroys(Destroyed),
    /// A whole table is written anew, under ACCESS EXCLUSIVE.
    Rewrites {
        /// The table.
        table: QualifiedName,
        /// Why: `the type of a column changes`.
        why: String,
        /// How big it is, where that is known.
        size: Option<Size>,
    },
    /// A lock on what is there.
    Blocks(Blocking),
    /// It fails when rows stand in the way.
    MayFail(Unsure),
}

/// Data that goes.
#[derive(Clone, Debug)]
pub struct Destroyed {
    /// What: `table public.users`, `column public.users.email`, `every row of public.users`.
    pub what: String,
    /// The table.
    pub table: Option<QualifiedName>,
    /// How big the table is, where that is known.
    pub size: Option<Size>,
}

/// A lock, and how big what it is on is.
#[derive(Clone, Debug)]
pub struct Blocking {
    /// The lock.
    pub lock: Lock,
    /// How big, where that is known.
    pub size: Option<Size>,
}

/// What the rows decide.
#[derive(Clone, Debug)]
pub struct Unsure {
    /// What must hold: `no two rows of public.users have the same email`.
    pub demand: String,
    /// The query that lists what stands in the way, where there can be one.
    pub probe: Option<Probe>,
}
