//! What applying statements of many kinds shares: owners, lists of names to drop.

use trueup_catalog::{Name, ObjectKey, Privilege, QualifiedName};
use trueup_syntax::{Cursor, WrittenName};

use crate::diagnostic::Outcome;
use crate::grammar::common::{Role, behaviour};
use crate::interpreter::Interpreter;

/// The role's name, if the files tell it.
pub(crate) fn owner_name(role: &Role) -> Option<Name> {
    match role {
        Role::Named(name) => Some(name.clone()),
        Role::Public | Role::Current => None,
    }
}

/// `OWNER TO`.
pub(crate) fn set_owner(interp: &mut Interpreter<'_>, key: &ObjectKey, role: &Role) {
    let owner = owner_name(role).or_else(|| interp.role.clone());
    interp.store.edit(key, |entry| {
        // The new owner holds what the old one held, and its own grants become the owner's (`aclnewowner` in `acl.c`).
        let own = |list: &mut Vec<Privilege>| {
            *list = std::mem::take(list).into_iter().map(|p| p.owned_by(owner.as_ref())).collect();
            list.sort();
            list.dedup();
        };
        entry.privileges.as_mut().map(own);
        own(&mut entry.revoked);
        entry.owner = owner;
    });
}

/// `[IF EXISTS] name, … [CASCADE|RESTRICT]`.
pub(crate) struct DropList {
    pub if_exists: bool,
    pub names: Vec<WrittenName>,
    pub cascade: bool,
}

/// Reads what follows `DROP <kind>`.
pub(crate) fn drop_list(cursor: &mut Cursor<'_>) -> Outcome<DropList> {
    let if_exists = cursor.accept_words("if exists");
    let names = cursor.comma_separated(Cursor::qualified_name)?;
    let cascade = behaviour(cursor);
    Ok(DropList { if_exists, names, cascade })
}

/// The same name in another schema.
pub(crate) fn in_schema(name: &QualifiedName, schema: &Name) -> QualifiedName {
    QualifiedName { schema: schema.clone(), name: name.name.clone() }
}
