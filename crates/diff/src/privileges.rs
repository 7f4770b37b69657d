//! Privileges: what two access lists mean, and what one lacks of the other.
//!
//! PostgreSQL keeps no list until the first GRANT or REVOKE, then a whole one with the owner's own entries, by grantor. Compared is what
//! that means: who may do what, the owner by that word, no list as the built-in one (manual, 5.8 "Privileges"; `acldefault` in `acl.c`).

use crate::{Options, Policy};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use trueup_catalog::{
    Catalog, DefaultPrivileges, DefaultPrivilegesOn, Entry, Grantee, Name, Object, ObjectKey, ObjectKind,
    Privilege, QualifiedName, SchemaObject, Source, builtin_privileges,
};

/// Privileges of one grantee that are missing or too many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// Words with the columns that they are limited to; none for the whole object. `ALL` for all that the object has.
    pub words: Vec<(String, Vec<Name>)>,
    /// Whose.
    pub grantee: Grantee,
    /// What it is about.
    pub option: GrantOption,
}

/// What a difference in one privilege is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantOption {
    /// The privilege without grant option.
    Without,
    /// The privilege with grant option.
    With,
    /// The grant option alone.
    Alone,
}

impl Grants {
    /// The words with their columns, as GRANT and REVOKE take them: `SELECT, UPDATE (a, b)`.
    pub fn words_sql(&self) -> String {
        let words = self.words.iter().map(|(word, columns)| {
            if columns.is_empty() {
                return word.clone();
            }
            let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
            format!("{word} ({})", columns.join(", "))
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// `SELECT, UPDATE (a, b) to app with grant option`.
impl Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.option == GrantOption::Alone {
            f.write_str("grant option for ")?;
        }
        write!(f, "{} to {}", self.words_sql(), self.grantee)?;
        if self.option == GrantOption::With { f.write_str(" with grant option") } else { Ok(()) }
    }
}

/// What live lacks and what it has too much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivilegeDifference {
    /// Desired only.
    pub missing: Vec<Grants>,
    /// Live only.
    pub unexpected: Vec<Grants>,
    /// Desired only, on columns that live lacks: they come with the column, and go with it when it is dropped. None where the
    /// whole object is new.
    pub with_columns: Vec<Grants>,
}

/// One privilege: on which column, whose, which.
type Held = (Option<Name>, Grantee, String);

/// Privileges with their grant options.
type List = BTreeMap<Held, bool>;

/// Words of one grantee with the columns that they are limited to, in PostgreSQL's order: on the whole object before on columns.
type Words = BTreeMap<(bool, usize, String), Vec<Name>>;

/// Whether the desired side says what the privileges of an object are. SQL says so with any GRANT or REVOKE; a database and a snapshot
/// always do.
pub(crate) fn is_stated(desired: &Entry, catalog: &Catalog, options: &Options) -> bool {
    match options.privileges {
        Policy::Off => false,
        Policy::Strict => true,
        Policy::Stated => {
            catalog.origin.source != Source::Sql
                || desired.privileges.is_some()
                || !desired.revoked.is_empty()
                || DefaultPrivileges::of(&desired.object).is_some()
        }
    }
}

/// Compares the privileges of an object; without `live`, with what PostgreSQL gives a new one.
pub fn privilege_difference(
    key: &ObjectKey,
    desired: &Entry,
    live: Option<&Entry>,
    catalogs: (&Catalog, &Catalog),
    strict: bool,
) -> PrivilegeDifference {
    let (wanted, there) = catalogs;
    let majors = (major(wanted, there), major(there, wanted));
    let live_owner = live.and_then(|entry| owner(key, entry, there));
    let desired_owner = owner(key, desired, wanted);
    let owners = (desired_owner.or(live_owner), live_owner.or(desired_owner));
    let mut want = list(key, Some(desired), owners.0, majors.0);
    let mut have = list(key, live, owners.1, majors.1);
    // MAINTAIN came with 17: an older side says nothing of it.
    if majors.0.min(majors.1) < 17 {
        want.retain(|(_, _, word), _| word != "MAINTAIN");
        have.retain(|(_, _, word), _| word != "MAINTAIN");
    }
    let mut missing = lacks(&want, &have);
    let mut unexpected = lacks(&have, &want);
    if wanted.origin.source == Source::Sql && live.is_some() {
        excuse(key, desired, owners.1, catalogs, strict, (&mut missing, &mut unexpected));
    }
    let mut with_columns = BTreeMap::new();
    if live.is_some() {
        (with_columns, missing) =
            missing.into_iter().partition(|(held, _)| on_column_of_one(key, held, wanted, there));
        unexpected.retain(|held, _| !on_column_of_one(key, held, there, wanted));
    }
    let all = all_words(key, desired, majors.1);
    PrivilegeDifference {
        missing: group(missing, &all),
        unexpected: group(unexpected, &all),
        with_columns: group(with_columns, &all),
    }
}

/// Whether a privilege is on a column that one side has and the other lacks, so that the column is a finding itself.
fn on_column_of_one(key: &ObjectKey, held: &Held, one: &Catalog, other: &Catalog) -> bool {
    let (Some(column), Some(schema)) = (&held.0, key.schema()) else { return false };
    let table = QualifiedName { schema: schema.clone(), name: key.name().clone() };
    let column = ObjectKey::on_relation(ObjectKind::Column, table, column.clone());
    one.get(&column).is_some() && other.get(&column).is_none()
}

fn major(catalog: &Catalog, other: &Catalog) -> u32 {
    catalog.major_version().or(other.major_version()).unwrap_or(18)
}

fn all_words(key: &ObjectKey, entry: &Entry, major: u32) -> Vec<&'static str> {
    match &entry.object {
        Object::DefaultPrivileges(defaults) => defaults.objects.privileges(major).to_vec(),
        _ if key.kind == ObjectKind::DefaultPrivileges => Vec::new(),
        _ => key.kind.privileges(major).to_vec(),
    }
}

/// The owner of an entry; the sequence of an identity column, whose privileges stand with the column, belongs to the owner of
/// the table.
fn owner<'e>(key: &ObjectKey, entry: &'e Entry, catalog: &'e Catalog) -> Option<&'e Name> {
    entry.owner.as_ref().or_else(|| {
        let table = key.relation().filter(|_| key.kind == ObjectKind::Column)?;
        catalog.get(&ObjectKey::in_schema(ObjectKind::Table, table.clone()))?.owner.as_ref()
    })
}

/// What holds on an object.
fn list(key: &ObjectKey, entry: Option<&Entry>, owner: Option<&Name>, major: u32) -> List {
    let mut list = List::new();
    let mut add = |privileges: &[Privilege]| {
        for p in privileges {
            let Privilege { column, grantee, privilege, grantable, grantor: _ } = p.clone().owned_by(owner);
            *list.entry((column, grantee, privilege)).or_default() |= grantable;
        }
    };
    match entry {
        Some(Entry { object: Object::DefaultPrivileges(defaults), .. }) => add(&defaults.privileges),
        Some(Entry { privileges: Some(privileges), .. }) => add(privileges),
        Some(_) => add(&builtin_privileges(key, major)),
        None => match &key.address {
            // Without an entry of their own, those of a schema add nothing.
            trueup_catalog::Address::DefaultPrivileges { schema: None, objects, .. } => {
                add(&objects.builtin(major))
            }
            trueup_catalog::Address::DefaultPrivileges { .. } => {}
            trueup_catalog::Address::Global(_)
            | trueup_catalog::Address::InSchema(_)
            | trueup_catalog::Address::OnRelation { .. }
            | trueup_catalog::Address::Routine { .. }
            | trueup_catalog::Address::Operator { .. }
            | trueup_catalog::Address::OfMethod { .. }
            | trueup_catalog::Address::Cast { .. }
            | trueup_catalog::Address::Transform { .. }
            | trueup_catalog::Address::UserMapping { .. } => add(&builtin_privileges(key, major)),
        },
    }
    // What was taken from the owner by name, before anything told that it is the owner.
    for p in entry.into_iter().flat_map(|entry| &entry.revoked) {
        let by_name = matches!(&p.grantee, Grantee::Role(role) if Some(role) == owner);
        if by_name {
            list.remove(&(p.column.clone(), Grantee::Owner, p.privilege.clone()));
        }
    }
    list
}

/// What `of` has and `other` lacks.
fn lacks(of: &List, other: &List) -> BTreeMap<Held, GrantOption> {
    of.iter()
        .filter_map(|(held, grantable)| {
            let option = match (other.get(held), grantable) {
                (None, false) => GrantOption::Without,
                (None, true) => GrantOption::With,
                (Some(false), true) => GrantOption::Alone,
                (Some(_), _) => return None,
            };
            Some((held.clone(), option))
        })
        .collect()
}

/// Takes away what follows from default privileges: the statements say what they change, and a new object begins with the default
/// privileges of the role that makes it, which the files can't tell. With `strict` only those count that the files state.
fn excuse(
    key: &ObjectKey,
    desired: &Entry,
    owner: Option<&Name>,
    (wanted, there): (&Catalog, &Catalog),
    strict: bool,
    (missing, unexpected): (&mut BTreeMap<Held, GrantOption>, &mut BTreeMap<Held, GrantOption>),
) {
    let Some(owner) = owner else { return };
    let usual: BTreeSet<Held> = builtin_privileges(key, major(there, wanted)).into_iter().map(held).collect();
    for catalog in [Some(wanted), Some(there).filter(|_| !strict)].into_iter().flatten() {
        let Some(born) = at_birth(key, owner, catalog) else { continue };
        let taken = |held: &Held| {
            desired.revoked.iter().any(|p| p.column == held.0 && p.grantee == held.1 && p.privilege == held.2)
        };
        unexpected.retain(|held, option| {
            let given = born.get(held).is_some_and(|grantable| *grantable || *option == GrantOption::Without);
            !given || taken(held)
        });
        missing.retain(|held, _| !usual.contains(held) || born.contains_key(held));
    }
}

fn held(p: Privilege) -> Held {
    (p.column, p.grantee, p.privilege)
}

/// What an object is given that `owner` makes (`get_user_default_acl` in `aclchk.c`); `None` where that is the usual.
fn at_birth(key: &ObjectKey, owner: &Name, catalog: &Catalog) -> Option<List> {
    let objects = DefaultPrivilegesOn::of(key.kind)?;
    let of = |schema: Option<&Name>| {
        let defaults = DefaultPrivileges {
            role: owner.clone(),
            schema: schema.cloned(),
            objects,
            privileges: Vec::new(),
        };
        catalog.get(&defaults.key()).and_then(|entry| DefaultPrivileges::of(&entry.object))
    };
    let everywhere = of(None);
    let here = key.schema().filter(|_| key.kind != ObjectKind::Schema).and_then(|schema| of(Some(schema)));
    if everywhere.is_none() && here.is_none() {
        return None;
    }
    let base = everywhere.map_or_else(
        || builtin_privileges(key, catalog.major_version().unwrap_or(18)),
        |defaults| defaults.privileges.clone(),
    );
    let mut list = List::new();
    for p in base.iter().chain(here.into_iter().flat_map(|defaults| &defaults.privileges)) {
        *list.entry(held(p.clone())).or_default() |= p.grantable;
    }
    Some(list)
}

/// Joins privileges of one grantee, in the order in which PostgreSQL lists them.
fn group(differences: BTreeMap<Held, GrantOption>, all: &[&str]) -> Vec<Grants> {
    let mut grouped: BTreeMap<(Grantee, GrantOption), Words> = BTreeMap::new();
    for ((column, grantee, word), option) in differences {
        let place = all.iter().position(|w| *w == word).unwrap_or(all.len());
        let words = grouped.entry((grantee, option)).or_default();
        words.entry((column.is_some(), place, word)).or_default().extend(column);
    }
    grouped
        .into_iter()
        .map(|((grantee, option), words)| {
            let mut words: Vec<(String, Vec<Name>)> =
                words.into_iter().map(|((_, _, word), columns)| (word, columns)).collect();
            let whole = words.iter().filter(|(_, columns)| columns.is_empty()).count();
            if whole > 1 && whole == all.len() {
                words.retain(|(_, columns)| !columns.is_empty());
                words.insert(0, ("ALL".to_owned(), Vec::new()));
            }
            Grants { words, grantee, option }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{Column, DataType, Origin, Table};

    fn role(name: &str) -> Grantee {
        Grantee::Role(Name::new(name))
    }

    fn catalog(source: Source) -> Catalog {
        let mut catalog = Catalog::default();
        catalog.origin = Origin { source, server_version: Some(150_000), ..Origin::default() };
        catalog
    }

    fn table(owner: Option<&str>, extra: &[Privilege]) -> (ObjectKey, Entry) {
        let mut entry = Entry::from(Table::new(QualifiedName::new("public", "t")));
        let key = entry.object.key();
        entry.owner = owner.map(Name::new);
        let mut list = builtin_privileges(&key, 15);
        list.extend_from_slice(extra);
        entry.privileges = Some(list);
        (key, entry)
    }

    fn differ(desired: &Entry, live: &Entry, key: &ObjectKey) -> (Vec<String>, Vec<String>) {
        let catalogs = (catalog(Source::Sql), catalog(Source::PgCatalog));
        let found = privilege_difference(key, desired, Some(live), (&catalogs.0, &catalogs.1), false);
        let texts = |list: Vec<Grants>| list.iter().map(ToString::to_string).collect();
        (texts(found.missing), texts(found.unexpected))
    }

    #[test]
    fn no_list_is_the_built_in_one() {
        let (key, mut desired) = table(None, &[]);
        let (_, live) = table(Some("app"), &[]);
        assert_eq!(differ(&desired, &live, &key), (vec![], vec![]));
        desired.privileges = None;
        assert_eq!(differ(&desired, &live, &key), (vec![], vec![]));
    }

    #[test]
    fn the_owner_s_name_is_the_owner() {
        let all = |grantee: &Grantee| -> Vec<Privilege> {
            let words = ObjectKind::Table.privileges(15);
            words.iter().map(|w| Privilege::new(grantee.clone(), *w)).collect()
        };
        let (key, mut desired) = table(None, &all(&role("app")));
        let (_, live) = table(Some("app"), &[]);
        assert_eq!(differ(&desired, &live, &key), (vec![], vec![]));
        desired.privileges = Some(builtin_privileges(&key, 15));
        desired.revoked = vec![Privilege::new(role("app"), "INSERT")];
        assert_eq!(differ(&desired, &live, &key), (vec![], vec!["INSERT to its owner".to_owned()]));
    }

    #[test]
    fn differences_are_told_by_grantee() {
        let select = Privilege::new(role("a"), "SELECT");
        let column =
            |name: &str| Privilege { column: Some(Name::new(name)), ..Privilege::new(role("a"), "UPDATE") };
        let (key, desired) = table(
            None,
            &[
                select.clone(),
                column("x"),
                column("y"),
                Privilege { grantable: true, ..Privilege::new(role("b"), "SELECT") },
            ],
        );
        let (_, live) = table(
            Some("o"),
            &[Privilege::new(role("b"), "SELECT"), Privilege::new(Grantee::Public, "SELECT")],
        );
        assert_eq!(
            differ(&desired, &live, &key),
            (
                vec!["SELECT, UPDATE (x, y) to a".to_owned(), "grant option for SELECT to b".to_owned()],
                vec!["SELECT to PUBLIC".to_owned()],
            )
        );
    }

    #[test]
    fn those_on_a_column_that_one_side_lacks_belong_to_the_column() {
        let update = Privilege { column: Some(Name::new("x")), ..Privilege::new(role("a"), "UPDATE") };
        let (key, with) = table(None, std::slice::from_ref(&update));
        let (_, without) = table(None, &[]);
        let mut has = catalog(Source::PgCatalog);
        has.insert(Column::new(
            QualifiedName::new("public", "t"),
            Name::new("x"),
            1,
            DataType::builtin("int4"),
        ));
        let lacks = catalog(Source::PgCatalog);
        let found = privilege_difference(&key, &with, Some(&without), (&has, &lacks), false);
        assert!(found.missing.is_empty());
        assert_eq!(found.with_columns.len(), 1);
        let found = privilege_difference(&key, &without, Some(&with), (&lacks, &has), false);
        assert_eq!(found, PrivilegeDifference::default());
        // The column is there on both sides: the privilege alone is missing.
        let found = privilege_difference(&key, &with, Some(&without), (&has, &has), false);
        assert_eq!((found.missing.len(), found.with_columns.len()), (1, 0));
    }

    #[test]
    fn default_privileges_of_the_owner_explain_what_no_statement_took_away() {
        let given = Privilege::new(role("reader"), "SELECT");
        let (key, mut desired) = table(None, &[]);
        let (_, live) = table(Some("o"), std::slice::from_ref(&given));
        let mut there = catalog(Source::PgCatalog);
        there.insert(DefaultPrivileges {
            role: Name::new("o"),
            schema: Some(Name::new("public")),
            objects: DefaultPrivilegesOn::Tables,
            privileges: vec![given.clone()],
        });
        let wanted = catalog(Source::Sql);
        let find = |desired: &Entry, strict| {
            privilege_difference(&key, desired, Some(&live), (&wanted, &there), strict).unexpected.len()
        };
        assert_eq!(find(&desired, false), 0);
        assert_eq!(find(&desired, true), 1);
        desired.revoked = vec![given];
        assert_eq!(find(&desired, false), 1);
    }
}
