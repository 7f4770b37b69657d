//! What the members of extensions are: the same decoders, turned to one extension after the other. Only digests are
//! kept, for whoever knows what a fresh installation has.

use super::names::{Names, Whose, decode};
use super::{Answers, Shape, objects};
use crate::session::row;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use trueup_catalog::{Entry, Members, Name, ObjectKind, SchemaObject};

row! {
    NamedExtensionRow { name: &'a str }
}

/// The members by extension. PostgreSQL's own objects, such as those of `plpgsql`, are not listed.
pub type MembersOf = BTreeMap<Name, Members>;

pub(super) fn read<'a>(answers: &'a Answers, names: &mut Names<'a>) -> Result<MembersOf, Shape> {
    let mut all = MembersOf::new();
    for row in decode::<NamedExtensionRow>(&answers.extension)? {
        if names.is_built_in(row.name) {
            continue;
        }
        names.turn_to(Whose::Extension(row.name));
        let output = objects(answers, names)?;
        let members = output.entries.iter().filter(|entry| can_belong(entry)).map(|entry| {
            let key = entry.object.key();
            (format!("{} {key}", key.kind), digest(entry))
        });
        all.insert(Name::new(row.name), members.collect());
    }
    names.turn_to(Whose::Schema);
    Ok(all)
}

/// Decoders give these whatever they are turned to; an extension has none of them, or (schemas) nothing about them that
/// could be changed but privileges.
fn can_belong(entry: &Entry) -> bool {
    !matches!(
        entry.object.key().kind,
        ObjectKind::Schema | ObjectKind::Extension | ObjectKind::DefaultPrivileges | ObjectKind::Subscription
    )
}

/// Of the definition and the comment; owners and privileges are other findings.
fn digest(entry: &Entry) -> String {
    let definition = serde_json::to_string(&(&entry.object, &entry.comment))
        // No object of the model fails; if one did, its debug form tells as much.
        .unwrap_or_else(|_| format!("{:?} {:?}", entry.object, entry.comment));
    Sha256::digest(definition).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
