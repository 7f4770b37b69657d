//! The rights that a step needs, as data, and the answers of a server to the question who lacks which.
//!
//! Owns: what a right is, how it is said to people, and what follows from the answers. `need.rs` tells the rights from the statements
//! of a step, `owner.rs` whose owner may change what; `question.rs` writes the one query that asks for all of them.
//!
//! Never: connects. What is not there yet when the question is asked is made by the plan, and so belongs to the role that runs it.

mod check;
mod need;
mod owner;
mod question;

pub(crate) use need::{grant, of};
pub(crate) use owner::{Owner, owner};
pub(crate) use question::place;

use crate::step::Plan;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use trueup_catalog::Name;

/// What must be had on a thing. Each is checked as PostgreSQL does; the functions that do are named with `question.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// To be superuser.
    Superuser,
    /// To be its owner, or to have the owner's privileges.
    Own,
    /// `CREATE` on a schema, the database or a tablespace.
    Create,
    /// `USAGE` on a schema, a type, a language, a foreign-data wrapper or a server.
    Usage,
    /// `USAGE` on a trusted language; on another one to be superuser.
    WriteIn,
    /// `EXECUTE` on a function.
    Execute,
    /// `REFERENCES` on a table or its columns.
    References,
    /// `TRIGGER` on a table.
    Trigger,
    /// `SELECT` on a relation or its columns.
    Select,
    /// `INSERT` on a table or its columns.
    Insert,
    /// To own it or to have the grant option for what is granted; else PostgreSQL grants nothing, with a warning.
    Grant,
    /// `SET ROLE` to the role that gets an object.
    Become,
    /// The role's own privileges, for what it will be owner of.
    ActAs,
    /// To change the default privileges of a role.
    DefaultsOf,
    /// That the role which gets an object may create in the schema.
    OwnerCreates,
    /// That the role which gets an object is superuser.
    OwnerSuperuser,
    /// To install an extension: superuser, or `CREATE` on the database for a trusted one, or nothing special.
    Install,
    /// A statement of a form that nothing is known about. No plan has one; a test holds that.
    Unknown,
}

/// What sort of thing a right is on; mostly a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The database that one is connected to.
    Database,
    /// A schema.
    Schema,
    /// A table, view, sequence, index.
    Relation,
    /// A type or domain.
    Type,
    /// A function, procedure or aggregate.
    Routine,
    /// An operator.
    Operator,
    /// An operator family.
    OperatorFamily,
    /// An operator class.
    OperatorClass,
    /// A collation.
    Collation,
    /// A conversion.
    Conversion,
    /// A language.
    Language,
    /// A foreign-data wrapper.
    ForeignDataWrapper,
    /// A foreign server.
    Server,
    /// Extended statistics.
    Statistics,
    /// A text search dictionary.
    Dictionary,
    /// A text search configuration.
    Configuration,
    /// An event trigger.
    EventTrigger,
    /// A publication.
    Publication,
    /// A subscription.
    Subscription,
    /// An extension.
    Extension,
    /// A tablespace.
    Tablespace,
    /// A role.
    Role,
    /// A statement, which is on nothing by itself.
    Statement,
}

impl Sort {
    /// As people and SQL call it.
    pub fn word(self) -> &'static str {
        match self {
            Sort::Database => "database",
            Sort::Schema => "schema",
            Sort::Relation => "relation",
            Sort::Type => "type",
            Sort::Routine => "routine",
            Sort::Operator => "operator",
            Sort::OperatorFamily => "operator family",
            Sort::OperatorClass => "operator class",
            Sort::Collation => "collation",
            Sort::Conversion => "conversion",
            Sort::Language => "language",
            Sort::ForeignDataWrapper => "foreign-data wrapper",
            Sort::Server => "foreign server",
            Sort::Statistics => "statistics",
            Sort::Dictionary => "text search dictionary",
            Sort::Configuration => "text search configuration",
            Sort::EventTrigger => "event trigger",
            Sort::Publication => "publication",
            Sort::Subscription => "subscription",
            Sort::Extension => "extension",
            Sort::Tablespace => "tablespace",
            Sort::Role => "role",
            Sort::Statement => "statement",
        }
    }
}

/// What a right is on, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Thing {
    /// What sort of thing.
    pub sort: Sort,
    /// Its schema, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Name>,
    /// Its name; empty for the database.
    pub name: Name,
    /// What else tells it apart: the argument types of a routine, the sides of an operator, the access method of a class, the version
    /// of an extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Thing {
    pub(crate) fn global(sort: Sort, name: &Name) -> Self {
        Thing { sort, schema: None, name: name.clone(), detail: None }
    }

    pub(crate) fn named(sort: Sort, name: &trueup_catalog::QualifiedName) -> Self {
        Thing { sort, schema: Some(name.schema.clone()), name: name.name.clone(), detail: None }
    }
}

/// `public.users`, `s.f(integer)`.
impl Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        write!(f, "{}", self.name)?;
        match (&self.detail, self.sort) {
            (Some(types), Sort::Routine | Sort::Operator) => write!(f, "({types})"),
            (Some(method), Sort::OperatorClass | Sort::OperatorFamily) => write!(f, " USING {method}"),
            _ => Ok(()),
        }
    }
}

/// One right that a step needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Right {
    /// What must be had.
    pub need: Need,
    /// On what. Of several, one is enough: a cast needs either of its types.
    pub on: Vec<Thing>,
    /// The columns that it is about; none for the whole relation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Name>,
    /// The privileges that are granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// The role that the thing will belong to, if the plan makes it and gives it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
}

impl Right {
    pub(crate) fn new(need: Need, on: Thing) -> Self {
        Right { need, on: vec![on], columns: Vec::new(), words: Vec::new(), role: None }
    }

    /// To be superuser, for the sake of something.
    pub(crate) fn superuser(what: &str) -> Self {
        Right::new(Need::Superuser, Thing::global(Sort::Statement, &Name::new(what)))
    }

    pub(crate) fn for_role(mut self, role: Option<&Name>) -> Self {
        self.role = role.cloned();
        self
    }

    pub(crate) fn columns(mut self, columns: Vec<Name>) -> Self {
        self.columns = columns;
        self
    }

    /// Whether providers of managed servers let others than superusers do it, by rules of their own that no catalog tells.
    fn is_for_providers(&self) -> bool {
        match self.need {
            Need::Superuser | Need::WriteIn | Need::Install | Need::OwnerSuperuser => true,
            Need::Own
            | Need::Create
            | Need::Usage
            | Need::Execute
            | Need::References
            | Need::Trigger
            | Need::Select
            | Need::Insert
            | Need::Grant
            | Need::Become
            | Need::ActAs
            | Need::DefaultsOf
            | Need::OwnerCreates
            | Need::Unknown => false,
        }
    }

    /// What the role must be or have, as a clause after "must": `own relation public.users`.
    pub fn words(&self) -> String {
        let things = self.on.iter().map(|on| match on.sort {
            Sort::Database => "the database".to_owned(),
            sort => format!("{} {on}", sort.word()),
        });
        let on = things.collect::<Vec<_>>().join(" or ");
        let name = self.on.first().map_or("", |on| on.name.as_str());
        let role = self.role.as_ref().map_or_else(String::new, ToString::to_string);
        let list = self.columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let columns = if list.is_empty() { String::new() } else { format!(" ({list})") };
        match self.need {
            Need::Superuser => format!("be superuser: {name}"),
            Need::Own => format!("own {on}"),
            Need::Create => format!("have CREATE on {on}"),
            Need::Usage => format!("have USAGE on {on}"),
            Need::WriteIn => format!("have USAGE on {on}, and be superuser if it is not trusted"),
            Need::Execute => format!("have EXECUTE on {on}"),
            Need::References => format!("have REFERENCES{columns} on {on}"),
            Need::Trigger => format!("have TRIGGER on {on}"),
            Need::Select => format!("have SELECT{columns} on {on}"),
            Need::Insert => format!("have INSERT{columns} on {on}"),
            Need::Grant => format!("own {on}, or have the grant option for {}", self.words.join(", ")),
            Need::Become => format!("be able to SET ROLE {role}, which gets {on}"),
            Need::ActAs => format!("have the privileges of role {role}, which gets {on}"),
            Need::DefaultsOf => format!("have the privileges of {on}"),
            Need::OwnerCreates => format!("have made sure that role {role} has CREATE on {on}"),
            Need::OwnerSuperuser => format!("have made sure that role {role} is superuser, to own {on}"),
            Need::Install => format!(
                "be allowed to install {on}: as superuser, or with CREATE on the database if it is trusted"
            ),
            Need::Unknown => format!("be allowed to run {name}"),
        }
    }
}

/// A right that the role lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lacking {
    /// The place of the step.
    pub step: usize,
    /// The right.
    pub right: Right,
    /// Who owns the thing.
    pub owner: Option<String>,
    /// Whether it is certain. It is not where a managed server's provider lets its own administrators do what takes a superuser
    /// elsewhere.
    pub certain: bool,
}

impl Lacking {
    /// What it lacks, and whose it is: `must own relation public.users, which is owner's`.
    pub fn message(&self) -> String {
        let owner = match (&self.owner, self.right.need) {
            (Some(owner), Need::Own | Need::Grant) => {
                format!(", which belongs to {}", Name::new(owner.as_str()))
            }
            _ => String::new(),
        };
        format!("must {}{owner}", self.right.words())
    }

    /// The way out. `role` is who lacks it.
    pub fn way_out(&self, role: &str) -> String {
        let role = Name::new(role);
        let owner = self.owner.as_deref().map(Name::new);
        let on = || {
            let thing = self.right.on.first();
            thing.map_or_else(String::new, |on| match on.sort {
                Sort::Database => "DATABASE …".to_owned(),
                Sort::Relation => format!("TABLE {on}"),
                Sort::ForeignDataWrapper => format!("FOREIGN DATA WRAPPER {on}"),
                sort => format!("{} {on}", sort.word().to_uppercase()),
            })
        };
        let grant = |what: &str| format!("GRANT {what} ON {} TO {role}", on());
        let list = self.right.columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let of_columns =
            |what: &str| if list.is_empty() { grant(what) } else { grant(&format!("{what} ({list})")) };
        let given = self.right.role.as_ref().map_or_else(String::new, ToString::to_string);
        match self.right.need {
            Need::Own | Need::Grant => match owner {
                Some(owner) => format!("run it as {owner}, or GRANT {owner} TO {role}"),
                None => format!("GRANT {given} TO {role}"),
            },
            Need::Create => grant("CREATE"),
            Need::Usage => grant("USAGE"),
            Need::Execute => grant("EXECUTE"),
            Need::References => of_columns("REFERENCES"),
            Need::Trigger => grant("TRIGGER"),
            Need::Select => of_columns("SELECT"),
            Need::Insert => of_columns("INSERT"),
            Need::Become | Need::ActAs => format!("GRANT {given} TO {role}"),
            Need::DefaultsOf => {
                format!(
                    "GRANT {} TO {role}",
                    self.right.on.first().map_or_else(String::new, ToString::to_string)
                )
            }
            Need::OwnerCreates => format!("GRANT CREATE ON {} TO {given}", on()),
            Need::Superuser | Need::WriteIn | Need::Install | Need::OwnerSuperuser | Need::Unknown => {
                "let a superuser run it".to_owned()
            }
        }
    }
}

/// Who would run the plan, and what it lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rights {
    /// The role.
    pub role: String,
    /// Whether it is superuser.
    pub superuser: bool,
    /// The administrators' roles of managed servers that it is a member of.
    pub managed: Vec<String>,
    /// What it lacks, in the order of steps.
    pub lacking: Vec<Lacking>,
}

impl Rights {
    /// What it certainly lacks.
    pub fn certain(&self) -> impl Iterator<Item = &Lacking> {
        self.lacking.iter().filter(|lacking| lacking.certain)
    }
}

/// What a server says to the question: see [`RightsQuestion`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightsAnswer {
    /// The role.
    pub role: String,
    /// Whether it is superuser.
    pub superuser: bool,
    /// The administrators' roles of managed servers that it is a member of.
    pub managed: Vec<String>,
    /// The numbers of the rights that it lacks, with the owner of the thing.
    pub lacking: Vec<(usize, Option<String>)>,
}

/// All the rights of a plan, each once, and the query that asks for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsQuestion {
    rights: Vec<(Right, Vec<usize>)>,
}

impl RightsQuestion {
    /// Of the rights of steps, in their order.
    pub fn of<'r>(steps: impl IntoIterator<Item = &'r [Right]>) -> Self {
        let mut at: rustc_hash::FxHashMap<&Right, usize> = rustc_hash::FxHashMap::default();
        let mut rights: Vec<(Right, Vec<usize>)> = Vec::new();
        for (step, needed) in steps.into_iter().enumerate() {
            for right in needed {
                let next = rights.len();
                let place = *at.entry(right).or_insert(next);
                match rights.get_mut(place) {
                    Some((_, steps)) => steps.push(step),
                    None => rights.push((right.clone(), vec![step])),
                }
            }
        }
        RightsQuestion { rights }
    }

    /// The rights with the places of the steps that need them.
    pub fn rights(&self) -> &[(Right, Vec<usize>)] {
        &self.rights
    }

    /// What follows from the server's answer.
    pub fn answered(&self, answer: RightsAnswer) -> Rights {
        let RightsAnswer { role, superuser, managed, lacking: numbers } = answer;
        let mut lacking: Vec<Lacking> = Vec::new();
        for (number, owner) in numbers {
            let Some((right, steps)) = self.rights.get(number) else { continue };
            let certain = managed.is_empty() || !right.is_for_providers();
            lacking.extend(steps.iter().map(|step| Lacking {
                step: *step,
                right: right.clone(),
                owner: owner.clone(),
                certain,
            }));
        }
        lacking.sort_by(|a, b| a.step.cmp(&b.step).then_with(|| a.right.cmp(&b.right)));
        Rights { role, superuser, managed, lacking }
    }
}

impl Plan {
    /// The question for all the rights that the steps need.
    pub fn rights_question(&self) -> RightsQuestion {
        RightsQuestion::of(self.steps.iter().map(|step| &step.rights[..]))
    }

    /// Keeps who would run it, and notes at each step what that role lacks.
    pub fn set_rights(&mut self, rights: Rights) {
        for (at, step) in self.steps.iter_mut().enumerate() {
            let of_step: Vec<&Lacking> = rights.lacking.iter().filter(|lacking| lacking.step == at).collect();
            crate::hazard::lacks(step, &rights.role, &of_step);
        }
        self.rights = Some(rights);
    }
}
