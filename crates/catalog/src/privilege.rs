//! Privileges, as `aclitem` holds them, and what an object's are before the first GRANT or REVOKE.

use crate::{Name, ObjectKey, ObjectKind, Value};
use serde::{Deserialize, Serialize};

/// Who holds a privilege, or granted it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// The object's owner, whoever that is: a new owner takes them over (`aclnewowner` in `acl.c`).
    Owner,
    /// `PUBLIC`.
    Public,
    /// A role.
    Role(Name),
}

impl std::fmt::Display for Grantee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Grantee::Owner => f.write_str("its owner"),
            Grantee::Public => f.write_str("PUBLIC"),
            Grantee::Role(name) => write!(f, "{name}"),
        }
    }
}

/// One privilege that one grantee holds on an object or on one of its columns (manual, 5.8 "Privileges").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Privilege {
    /// The column, where it is on one column of a table or view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<Name>,
    /// Who holds it.
    pub grantee: Grantee,
    /// The privilege in SQL's words: `SELECT`, `USAGE`.
    pub privilege: String,
    /// `WITH GRANT OPTION`. The owner may always grant, which is never written down here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grantable: bool,
    /// Who granted it. It counts only for what a REVOKE takes away.
    #[serde(default = "owner", skip_serializing_if = "is_owner")]
    pub grantor: Grantee,
}

fn owner() -> Grantee {
    Grantee::Owner
}

fn is_owner(grantee: &Grantee) -> bool {
    *grantee == Grantee::Owner
}

impl Privilege {
    /// A privilege on the whole object, granted by its owner without grant option.
    pub fn new(grantee: Grantee, privilege: impl Into<String>) -> Self {
        Privilege {
            column: None,
            grantee,
            privilege: privilege.into(),
            grantable: false,
            grantor: Grantee::Owner,
        }
    }

    /// The same with a role's name where that role is the owner turned to the owner.
    #[must_use]
    pub fn owned_by(mut self, owner: Option<&Name>) -> Self {
        for who in [&mut self.grantee, &mut self.grantor] {
            if matches!((&*who, owner), (Grantee::Role(role), Some(owner)) if role == owner) {
                *who = Grantee::Owner;
            }
        }
        if self.grantee == Grantee::Owner {
            self.grantable = false;
        }
        self
    }
}

/// In SQL's words: `SELECT (email) to app with grant option`.
impl std::fmt::Display for Privilege {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.privilege)?;
        if let Some(column) = &self.column {
            write!(f, " ({column})")?;
        }
        write!(f, " to {}", self.grantee)?;
        if self.grantable { f.write_str(" with grant option") } else { Ok(()) }
    }
}

pub(crate) fn privileges_value(privileges: &[Privilege]) -> Value<'_> {
    Value::Set(privileges.iter().map(|p| Value::Text(p.to_string().into())).collect())
}

impl ObjectKind {
    /// What `ALL` means for an object of this kind (manual, 5.8, table 5.2; `MAINTAIN` since 17). A column's are those of its identity's
    /// sequence: what is granted on a column itself stands with its relation.
    pub fn privileges(self, major: u32) -> &'static [&'static str] {
        match self {
            ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView if major >= 17 => {
                &["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"]
            }
            ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView => {
                &["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
            }
            ObjectKind::Sequence | ObjectKind::Column => &["USAGE", "SELECT", "UPDATE"],
            ObjectKind::Schema => &["USAGE", "CREATE"],
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate => &["EXECUTE"],
            ObjectKind::EnumType
            | ObjectKind::Domain
            | ObjectKind::CompositeType
            | ObjectKind::RangeType
            | ObjectKind::BaseType
            | ObjectKind::Language
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::Server => &["USAGE"],
            ObjectKind::Extension
            | ObjectKind::Collation
            | ObjectKind::Conversion
            | ObjectKind::AccessMethod
            | ObjectKind::Operator
            | ObjectKind::OperatorFamily
            | ObjectKind::OperatorClass
            | ObjectKind::Cast
            | ObjectKind::Transform
            | ObjectKind::TextSearchParser
            | ObjectKind::TextSearchTemplate
            | ObjectKind::TextSearchDictionary
            | ObjectKind::TextSearchConfiguration
            | ObjectKind::UserMapping
            | ObjectKind::Statistics
            | ObjectKind::EventTrigger
            | ObjectKind::Rule
            | ObjectKind::Publication
            | ObjectKind::Subscription
            | ObjectKind::DefaultPrivileges
            | ObjectKind::DomainConstraint
            | ObjectKind::Constraint
            | ObjectKind::Index
            | ObjectKind::Trigger
            | ObjectKind::Policy => &[],
        }
    }

    /// Whether everyone may use a new object of this kind (manual, 5.8; `acldefault` in `acl.c`).
    pub fn is_open(self) -> bool {
        match self {
            ObjectKind::Function
            | ObjectKind::Procedure
            | ObjectKind::Aggregate
            | ObjectKind::EnumType
            | ObjectKind::Domain
            | ObjectKind::CompositeType
            | ObjectKind::RangeType
            | ObjectKind::BaseType
            | ObjectKind::Language => true,
            ObjectKind::Schema
            | ObjectKind::Extension
            | ObjectKind::DomainConstraint
            | ObjectKind::Collation
            | ObjectKind::Conversion
            | ObjectKind::AccessMethod
            | ObjectKind::Sequence
            | ObjectKind::Table
            | ObjectKind::Column
            | ObjectKind::Constraint
            | ObjectKind::Index
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Operator
            | ObjectKind::OperatorFamily
            | ObjectKind::OperatorClass
            | ObjectKind::Cast
            | ObjectKind::Transform
            | ObjectKind::TextSearchParser
            | ObjectKind::TextSearchTemplate
            | ObjectKind::TextSearchDictionary
            | ObjectKind::TextSearchConfiguration
            | ObjectKind::ForeignDataWrapper
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
}

/// What holds on an object before the first GRANT or REVOKE, sorted (`acldefault` in `acl.c`). The schema `public` is what every new
/// database has of it (`setup_privileges` and `pg_namespace.dat`: USAGE to everyone, and before 15 CREATE too), as for `pg_dump`.
pub fn builtin_privileges(key: &ObjectKey, major: u32) -> Vec<Privilege> {
    let all = key.kind.privileges(major);
    let mut list: Vec<Privilege> = all.iter().map(|word| Privilege::new(Grantee::Owner, *word)).collect();
    if key.kind.is_open() {
        list.extend(all.iter().map(|word| Privilege::new(Grantee::Public, *word)));
    }
    if key.kind == ObjectKind::Schema && *key.name() == "public" {
        list.push(Privilege::new(Grantee::Public, "USAGE"));
        if major < 15 {
            list.push(Privilege::new(Grantee::Public, "CREATE"));
        }
    }
    list.sort();
    list
}

/// An object's privileges as both readers of a server keep them: the owner by that word, sorted, and `None` where they are as before the
/// first GRANT or REVOKE.
pub fn settled_privileges(
    key: &ObjectKey,
    owner: Option<&Name>,
    list: Option<Vec<Privilege>>,
    major: u32,
) -> Option<Vec<Privilege>> {
    let mut list: Vec<Privilege> = list?.into_iter().map(|p| p.owned_by(owner)).collect();
    list.sort();
    list.dedup();
    (list != builtin_privileges(key, major)).then_some(list)
}
