//! What comparing finds: the contract between comparison, repair and reports.

use crate::{Code, Level, Policy};
use serde::Serialize;
use trueup_catalog::{Name, ObjectKey, Span, Weight};

/// One difference about one object.
#[derive(Clone, Debug)]
pub struct Drift {
    /// The code.
    pub code: Code,
    /// Its level.
    pub level: Level,
    /// The object. For an unexpected one its key in the live catalog, which is spelled alike.
    pub key: ObjectKey,
    /// On which side it is.
    pub what: What,
    /// Every attribute that differs and bears this code; empty unless `what` is `Changed`.
    pub changes: Vec<Change>,
    /// What repair can do about it.
    pub disposition: Disposition,
    /// Why the disposition is what it is, as a clause: `adding can't remove it`.
    pub reason: String,
    /// Where the desired SQL makes the object, if it came from a file.
    pub span: Option<Span>,
    /// Objects that are missing or unexpected along with it: a missing table's columns,
    /// constraints, indexes, triggers, policies. They have no finding of their own.
    pub children: Vec<ObjectKey>,
    /// False when rules alone found an expression, a query or a body different.
    pub confirmed: bool,
    /// Why a server that was asked could not confirm it, as a clause.
    pub unconfirmed: Option<String>,
}

/// One attribute that differs.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// The attribute, as in `Attribute::name`; options as `options.fillfactor`.
    pub attribute: String,
    /// The desired value as a person writes it; `None` when absent.
    pub desired: Option<String>,
    /// The live value.
    pub live: Option<String>,
    /// Whether it changes what the database does.
    #[serde(skip)]
    pub weight: Weight,
    /// Whether it is long text (a query, a body), shown as a unified diff.
    pub text: bool,
}

/// On which side an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Desired only.
    Missing,
    /// Live only.
    Unexpected,
    /// On both, with another state.
    Changed,
}

/// What repair can do about a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Repair closes it online.
    Safe,
    /// Repair closes it if the rows allow it.
    Data,
    /// It only adds, but changes what clients may do or see: the user allows it by name.
    Consent,
    /// Adding can't close it.
    Manual,
}

impl Disposition {
    /// As reports print it.
    pub fn word(self) -> &'static str {
        match self {
            Disposition::Safe => "safe",
            Disposition::Data => "data",
            Disposition::Consent => "consent",
            Disposition::Manual => "manual",
        }
    }
}

/// Something that could not be compared.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// The code: `S…` or `U…`.
    pub code: Code,
    /// Its level; an `Error` stands in the way of "in sync".
    pub level: Level,
    /// The object, if it is about one that is modelled.
    pub key: Option<ObjectKey>,
    /// The thing in words: `security label on public.users`, `statement`.
    pub what: String,
    /// What sort of thing it is, for counting: `security label`, `column`.
    pub sort: String,
    /// The attribute that could not be compared.
    pub change: Option<Change>,
    /// Why, as a sentence without a full stop.
    pub reason: String,
    /// Which side it is on, when on one only.
    pub side: Option<Side>,
    /// Where, if it came from a file.
    pub span: Option<Span>,
}

impl Undecided {
    /// Whether something was not read at all, so that what it makes looks missing, or unexpected.
    pub fn is_unread(&self) -> bool {
        self.code.number().starts_with('S') || self.code == Code::U102
    }
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What the code wants.
    Desired,
    /// What the database has.
    Live,
}

/// Everything that comparing two catalogs found.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Differences, in the order of objects.
    pub drift: Vec<Drift>,
    /// What could not be compared.
    pub undecided: Vec<Undecided>,
    /// Live tables that are no drift although only live has them.
    pub set_aside: Vec<SetAside>,
    /// Live schemas that the desired schema never speaks of, with their number of objects.
    pub out_of_scope: Vec<(Name, usize)>,
    /// Objects of either side that the selection leaves out.
    pub excluded: usize,
    /// What rules did not find the same and a server could settle, answered or not.
    pub questions: Vec<crate::Question>,
    /// Which privileges were compared.
    pub privileges: Policy,
    /// Which owners were compared.
    pub owners: Policy,
    /// What live has and the desired schema says nothing of, so that it was not compared.
    pub not_stated: NotStated,
    /// The stated rows that live lacks, by their table, where rows were compared.
    pub rows: std::collections::BTreeMap<ObjectKey, Vec<trueup_catalog::StatedInsert>>,
    /// Counts for the closing line.
    pub summary: Summary,
}

/// What live has and the desired schema says nothing of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NotStated {
    /// Objects with other privileges than PostgreSQL's own.
    pub privileges: usize,
    /// Default privileges.
    pub default_privileges: usize,
    /// Security labels.
    pub security_labels: usize,
}

/// A table in which a migration tool keeps its history.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// The table.
    pub key: ObjectKey,
    /// The tool, or tools that use the name.
    pub tool: &'static str,
}

/// Counts for the closing line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Objects of the desired schema.
    pub desired_objects: usize,
    /// Objects of the live schema that are in scope.
    pub live_objects: usize,
    /// Desired objects that are there and have no finding above a note.
    pub matching: usize,
}

/// What the exit code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// No drift above a note, nothing undecided above a note: exit code 0.
    InSync,
    /// Drift: exit code 1.
    Drift,
    /// Something could not be decided, and nothing else is wrong, or a statement was not read: exit code 2.
    Undecided,
}

impl Comparison {
    /// The outcome. Drift that was found is drift, whatever else could not be decided; but where
    /// statements were not read, or objects are hidden from the role, what is there looks missing or
    /// unexpected, and nothing can be said for sure.
    pub fn outcome(&self) -> Outcome {
        if self.undecided.iter().any(|u| u.level == Level::Error && u.is_unread()) {
            Outcome::Undecided
        } else if self.drift.iter().any(|d| d.level != Level::Note) {
            Outcome::Drift
        } else if self.undecided.iter().any(|u| u.level != Level::Note) {
            Outcome::Undecided
        } else {
            Outcome::InSync
        }
    }
}
