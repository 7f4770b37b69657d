//! Privileges: grants that are missing are given where that is allowed; nothing is ever taken away.

use super::draft::Draft;
use super::{Context, Judged};
use crate::allow::Consent;
use crate::ddl::privilege::{grant, revoke};
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{Address, Column, Entry, Grantee, Name, ObjectKey, ObjectKind};
use trueup_diff::{Disposition, Grants, PrivilegeDifference, privilege_difference};

fn draft(key: &ObjectKey, grants: &Grants) -> Draft {
    let what = if matches!(key.address, Address::DefaultPrivileges { .. }) { "by default" } else { "on" };
    let title = format!("grant {grants} {what} {} {key}", key.kind);
    let mut draft = Draft::new(Phase::Describe, key, title).needs(Symbol::Object(key.clone()));
    if let Some(relation) = key.relation() {
        draft = draft.on(relation);
    }
    if let Address::InSchema(relation) = &key.address {
        for column in grants.words.iter().flat_map(|(_, columns)| columns) {
            let column = ObjectKey::on_relation(ObjectKind::Column, relation.clone(), column.clone());
            draft = draft.needs(Symbol::Object(column));
        }
    }
    // Nothing waits for it, and no relation is locked.
    draft.provides_nothing()
}

/// The grants on an object that the plan makes. It comes with them, as a new table with its policies; what everyone may do with a new
/// object and the schema takes away can't be closed by adding, so someone must agree to have it open until then.
pub(super) fn of_new(context: &Context<'_>, key: &ObjectKey, entry: &Entry) -> Judged {
    if entry.privileges.is_none() {
        return Judged::follows();
    }
    let owner = entry.owner.as_ref();
    let PrivilegeDifference { missing, unexpected, .. } =
        privilege_difference(key, entry, None, (context.desired, context.live), false);
    let (missing, lacking) = by_role(context, key, entry, owner, missing);
    let mut drafts: Vec<Draft> = grants(key, entry, owner, &missing);
    let taken: Vec<String> = unexpected
        .iter()
        .filter(|grants| grants.grantee != Grantee::Owner)
        .filter_map(|grants| revoke(key, entry, owner, grants))
        .map(|sql| format!("{};", sql.text))
        .collect();
    if taken.is_empty() {
        return Judged::safe("it comes with its object", drafts).join(lacking);
    }
    if let Some(first) = drafts.first_mut() {
        first.step.notes.push("still open to everyone; to close it, a person runs:".to_owned());
        first.step.notes.extend(taken.iter().map(|sql| format!("    {sql}")));
    }
    Judged::consent(
        Consent::Grant,
        format!("everyone may use it until someone runs {}", taken.join(" ")),
        drafts,
    )
    .join(lacking)
}

/// The grants on a new column of a table that is there; those of a new table come with the table.
pub(super) fn of_new_column(context: &Context<'_>, column: &Column) -> Judged {
    let key = ObjectKey::in_schema(ObjectKind::Table, column.table.clone());
    let (Some(desired), Some(live)) = (context.desired.get(&key), context.live.get(&key)) else {
        return Judged::follows();
    };
    let owner = live.owner.as_ref().or(desired.owner.as_ref());
    let found =
        privilege_difference(&key, desired, Some(live), (context.desired, context.live), context.strict);
    let list: Vec<Grants> = found
        .with_columns
        .into_iter()
        .filter_map(|mut grants| {
            grants.words.iter_mut().for_each(|(_, columns)| columns.retain(|c| *c == column.name));
            grants.words.retain(|(_, columns)| !columns.is_empty());
            (!grants.words.is_empty()).then_some(grants)
        })
        .collect();
    let (list, lacking) = by_role(context, &key, live, owner, list);
    Judged::safe("it comes with its column", grants(&key, live, owner, &list)).join(lacking)
}

/// What can be granted, and what can't since the server has no such role: that is left for people, who know whether it is to be made.
fn by_role(
    context: &Context<'_>,
    key: &ObjectKey,
    entry: &Entry,
    owner: Option<&Name>,
    list: Vec<Grants>,
) -> (Vec<Grants>, Judged) {
    let whose = match &key.address {
        Address::DefaultPrivileges { role, .. } => Some(role),
        Address::Global(_)
        | Address::InSchema(_)
        | Address::OnRelation { .. }
        | Address::Routine { .. }
        | Address::Operator { .. }
        | Address::OfMethod { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. } => None,
    };
    let absent = |grants: &Grants| {
        let grantee = match &grants.grantee {
            Grantee::Role(role) => Some(role.clone()),
            Grantee::Owner | Grantee::Public => None,
        };
        whose.cloned().into_iter().chain(grantee).find(|role| !context.has_role(role))
    };
    let mut missing: Vec<Name> = list.iter().filter_map(absent).collect();
    missing.sort();
    missing.dedup();
    let (lacking, there): (Vec<Grants>, Vec<Grants>) =
        list.into_iter().partition(|grants| absent(grants).is_some());
    if lacking.is_empty() {
        return (there, Judged::follows());
    }
    let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let sql = lacking.iter().filter_map(|grants| grant(key, entry, owner, grants)).collect();
    (there, Judged::manual(format!("there is no role {} to grant it to", names.join(" or ")), sql))
}

fn grants(key: &ObjectKey, entry: &Entry, owner: Option<&Name>, list: &[Grants]) -> Vec<Draft> {
    let statements = list.iter().filter_map(|grants| Some((grants, grant(key, entry, owner, grants)?)));
    let identity = Column::of(&entry.object).and_then(|column| column.identity.as_ref()).map(|i| &i.sequence);
    statements
        .map(|(grants, sql)| {
            let mut draft = draft(key, grants).run(&sql);
            draft.step.rights = crate::rights::grant(key, identity, &grants.words);
            draft
        })
        .collect()
}

/// Default privileges that live lacks.
pub(super) fn missing_defaults(context: &Context<'_>, key: &ObjectKey, entry: &Entry) -> Judged {
    let found = privilege_difference(key, entry, None, (context.desired, context.live), false);
    judge(context, key, entry, None, found)
}

/// Default privileges that only live has: all that they add is too much, and what they lack of the usual is missing.
pub(super) fn unexpected_defaults(context: &Context<'_>, key: &ObjectKey, entry: &Entry) -> Judged {
    let found = privilege_difference(key, entry, None, (context.live, context.desired), false);
    let found = PrivilegeDifference { missing: found.unexpected, unexpected: found.missing, ..found };
    let judged = judge(context, key, entry, None, found.clone());
    // Even where they only lack, someone chose them.
    let suggestion = if judged.suggestion.is_empty() {
        found.missing.iter().filter_map(|grants| grant(key, entry, None, grants)).collect()
    } else {
        judged.suggestion
    };
    Judged::manual("someone chose them", suggestion)
}

/// The part of a difference that this change is of.
pub(super) fn changed(
    context: &Context<'_>,
    key: &ObjectKey,
    desired: &Entry,
    live: &Entry,
    missing: bool,
) -> Judged {
    let owner = live.owner.as_ref().or(desired.owner.as_ref());
    let found =
        privilege_difference(key, desired, Some(live), (context.desired, context.live), context.strict);
    let found = if missing {
        PrivilegeDifference { unexpected: Vec::new(), ..found }
    } else {
        PrivilegeDifference { missing: Vec::new(), ..found }
    };
    judge(context, key, live, owner, found)
}

fn judge(
    context: &Context<'_>,
    key: &ObjectKey,
    entry: &Entry,
    owner: Option<&Name>,
    found: PrivilegeDifference,
) -> Judged {
    if found.unexpected.is_empty() {
        let (missing, lacking) = by_role(context, key, entry, owner, found.missing);
        let drafts = grants(key, entry, owner, &missing);
        let reason = match key.address {
            Address::DefaultPrivileges { .. } => "it changes who may use objects that are made later",
            Address::Global(_)
            | Address::InSchema(_)
            | Address::OnRelation { .. }
            | Address::Routine { .. }
            | Address::Operator { .. }
            | Address::OfMethod { .. }
            | Address::Cast { .. }
            | Address::Transform { .. }
            | Address::UserMapping { .. } => "it lets roles do more",
        };
        if drafts.is_empty() && lacking.disposition == Disposition::Manual {
            return lacking;
        }
        return Judged::consent(Consent::Grant, reason, drafts).join(lacking);
    }
    let grants = found.missing.iter().filter_map(|grants| grant(key, entry, owner, grants));
    let revokes = found.unexpected.iter().filter_map(|grants| revoke(key, entry, owner, grants));
    Judged::manual("adding can't take it away", revokes.chain(grants).collect())
}
