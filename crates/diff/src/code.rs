//! The codes of findings. A number is never used twice; number and slug are both accepted.

use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// How much a finding counts for the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Makes the exit code 1 (or 2 when something could not run or be decided).
    Error,
    /// Makes the exit code 1 as well; it is something that live has and the code does not need.
    Warning,
    /// Listed; does not change the exit code.
    Note,
}

impl Level {
    /// As reports print it.
    pub fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

macro_rules! codes {
    ($($code:ident, $slug:literal, $level:ident, $title:literal;)*) => {
        /// The code of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(
            #[doc = $title]
            $code,
        )* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$code),*];

            /// `D101`.
            pub fn number(self) -> &'static str {
                match self { $(Code::$code => stringify!($code),)* }
            }

            /// `missing-object`.
            pub fn slug(self) -> &'static str {
                match self { $(Code::$code => $slug,)* }
            }

            /// The level that it has when nothing says otherwise.
            pub fn default_level(self) -> Level {
                match self { $(Code::$code => Level::$level,)* }
            }

            /// What it says, in one line.
            pub fn title(self) -> &'static str {
                match self { $(Code::$code => $title,)* }
            }

            /// The page in `docs/codes/` that explains it.
            pub fn page(self) -> &'static str {
                match self { $(Code::$code => include_str!(concat!("../../../docs/codes/", stringify!($code), ".md")),)* }
            }
        }
    };
}

codes! {
    S101, "syntax", Error, "A statement breaks PostgreSQL's grammar";
    S102, "statement-not-understood", Error, "A statement was not understood";
    S103, "defined-twice", Error, "A statement makes what is there already";
    S104, "refers-to-nothing", Error, "A statement refers to what is not there";
    S105, "dynamic-sql", Error, "SQL is computed when it runs";
    D101, "missing-object", Error, "An object of the desired schema is missing from the database";
    D102, "unexpected-object", Warning, "The database has an object that the desired schema lacks";
    D103, "looks-renamed", Warning, "A missing and an unexpected object look like one that was renamed";
    D201, "type-differs", Error, "The data type differs";
    D202, "nullability-differs", Error, "NOT NULL differs";
    D203, "default-differs", Error, "The default differs";
    D204, "generated-differs", Error, "The generation expression differs";
    D205, "collation-differs", Error, "The collation differs";
    D206, "identity-differs", Error, "The identity property differs";
    D211, "constraint-differs", Error, "A constraint's definition differs";
    D212, "constraint-not-validated", Error, "A constraint was not validated for rows that are already there";
    D221, "index-differs", Error, "An index's definition differs";
    D222, "index-invalid", Error, "An index is invalid: queries don't use it and uniqueness may not hold";
    D231, "query-differs", Error, "A view's query differs";
    D232, "body-differs", Error, "A function or procedure differs";
    D233, "sequence-differs", Error, "A sequence's definition differs";
    D234, "partitioning-differs", Error, "The partition key, bound or parent of a table differs";
    D241, "labels-differ", Error, "The labels of an enum differ";
    D242, "type-definition-differs", Error, "The definition of a composite, range or domain type differs";
    D243, "extension-differs", Error, "An extension's schema, version or members differ";
    D244, "definition-differs", Error, "The definition of an aggregate, operator, cast, collation or the like differs";
    D245, "statistics-differ", Warning, "Extended statistics differ";
    D246, "foreign-data-differs", Error, "A foreign-data wrapper, server or foreign table differs";
    D247, "replication-differs", Error, "A publication or subscription differs";
    D248, "text-search-differs", Error, "A text search parser, template, dictionary or configuration differs";
    D251, "trigger-differs", Error, "The definition of a trigger or event trigger differs";
    D252, "trigger-disabled", Error, "The enabled state of a trigger, event trigger or rule differs";
    D253, "rule-differs", Error, "A rule's definition differs";
    D261, "policy-differs", Error, "A row security policy's definition differs";
    D262, "row-security-differs", Error, "Row security is switched differently";
    D271, "owner-differs", Warning, "The owner differs";
    D272, "privileges-differ", Error, "Privileges differ";
    D273, "security-label-differs", Error, "A security label differs";
    D281, "comment-differs", Note, "The comment differs";
    D282, "options-differ", Note, "Options that don't change the meaning differ";
    D283, "persistence-differs", Error, "A table or sequence is logged on one side only";
    D291, "rows-missing", Error, "Rows that the desired SQL states are missing";
    D292, "rows-differ", Error, "Rows that the desired SQL states have other values";
    U101, "not-modelled", Note, "Something is not modelled yet and was not compared";
    U102, "not-readable", Error, "Something could not be read with this role";
    U103, "cannot-tell", Error, "Two definitions could not be told equal or different";
    U104, "not-confirmed", Note, "A difference was found by rules and not confirmed by a server";
    H103, "blocks-writes", Note, "A step of a repair makes writers wait for a moment";
    H104, "may-fail-on-data", Note, "A step of a repair fails when rows that are there stand in the way";
    H105, "own-transaction", Note, "A step of a repair can't be part of a transaction";
    H106, "changes-behaviour", Note, "A step of a repair changes what statements of clients do";
    H107, "changes-access", Note, "A step of a repair changes who may see or do what";
    H108, "lacks-right", Warning, "The role that would run a repair lacks a right that a step needs";
    H109, "blocks-everybody", Note, "A step of a repair makes readers and writers wait for a moment";
    H110, "long-scan", Note, "A step of a repair holds up VACUUM and other changes of the schema while it runs";
    H111, "locks-another-table", Note, "A step of a repair locks a table besides its own";
    H112, "changes-shape", Note, "A step of a repair gives a table one column more";
    H113, "checks-new-rows", Note, "After a step of a repair, writes that break its rule fail";
    H114, "replication-order", Note, "A step of a repair changes a table that is published: subscribers come first";
    H115, "no-replica-identity", Note, "A new table without a key becomes part of a publication";
    P101, "will-fail", Error, "A statement of a migration would fail on the live database";
    P102, "destroys-data", Error, "A statement of a migration destroys data";
    P103, "rewrites", Warning, "A statement of a migration writes a whole table anew";
    P104, "blocks", Warning, "A statement of a migration blocks a table while it reads it or builds an index";
    P105, "may-fail-on-rows", Warning, "A statement of a migration fails when rows that are there stand in the way";
    P106, "skips", Note, "A statement of a migration finds nothing to do";
    P107, "outcome-unknown", Error, "What a statement of a migration would do can't be told";
    G101, "ignore-expired", Note, "An exception of the policy has expired";
    G102, "ignore-matches-nothing", Note, "An exception of the policy matches no finding";
    G103, "snapshot-too-old", Error, "The snapshot that stands for the database is too old";
    G104, "baseline-can-shrink", Note, "Drift of the baseline is repaired";
    M101, "several-heads", Error, "The migrations end in several heads";
    M102, "unknown-revision", Error, "The database is at a migration that no file has";
    M103, "failed", Error, "A migration began and did not end";
    M104, "edited-after-apply", Error, "A migration was edited after it ran";
    M105, "pending", Note, "Migrations have not run yet";
    M106, "out-of-order", Error, "A migration did not run, and a later one did";
    M107, "missing-file", Error, "A migration is applied, and its file is missing";
    M108, "faked", Note, "A migration is recorded as applied, and never ran here";
    M109, "missing-parent", Error, "A migration follows one that is missing";
    M110, "cycle", Error, "Migrations follow one another in a circle";
    M111, "duplicate-version", Error, "Several files are the same migration";
    M112, "locked", Error, "A lock of the tool is held";
    M113, "no-history", Warning, "The database has tables and no history";
    M114, "never-run", Error, "The tool will never run a migration";
    M115, "unreadable-migration", Error, "A file of the history can't be read";
    M116, "overlapping-heads", Error, "A recorded head comes before another recorded one";
    M117, "sum-mismatch", Error, "The file of sums does not fit the files";
    M118, "no-migration", Error, "A file or folder among the migrations is none";
    M119, "unknown-app", Note, "Migrations of an application that is not installed are recorded";
    X101, "connect", Error, "The database can't be reached";
    X102, "permission", Error, "The role lacks a right that looking needs";
    X103, "version", Error, "The server's version is not supported";
    X104, "configuration", Error, "Arguments, environment or a file can't be used";
    X105, "apply", Error, "The plan can't be run here and now";
    X106, "notify", Error, "Those who should be told could not be told";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.number())
    }
}

/// No code has this number or slug.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no code is called `{0}`; `trueup explain` lists them all")]
pub struct UnknownCode(pub String);

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Code::ALL
            .iter()
            .copied()
            .find(|code| code.number().eq_ignore_ascii_case(text) || code.slug().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownCode(text.to_owned()))
    }
}
