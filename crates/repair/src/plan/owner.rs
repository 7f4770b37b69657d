//! Owners: what the plan makes is given to whom the schema says, in the transaction that makes it, so that nobody ever sees it with
//! another owner and grants find the right one. What was there before keeps its owner: someone chose it.

use super::{Context, Judged};
use crate::ddl::{Sql, comment::target};
use crate::rights;
use crate::statement::Statement;
use trueup_catalog::{
    Address, DataType, Entry, Name, Object, ObjectKey, ObjectKind, PG_CATALOG, QualifiedName, Sequence,
    quote_literal,
};
use trueup_diff::Policy;

/// Whether `ALTER … OWNER TO` knows objects of this kind; the others have none, or their table's.
fn has_owner(kind: ObjectKind) -> bool {
    match kind {
        ObjectKind::Schema
        | ObjectKind::EnumType
        | ObjectKind::Domain
        | ObjectKind::CompositeType
        | ObjectKind::RangeType
        | ObjectKind::BaseType
        | ObjectKind::Sequence
        | ObjectKind::Table
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Aggregate
        | ObjectKind::Operator
        | ObjectKind::OperatorFamily
        | ObjectKind::OperatorClass
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::Language
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Server
        | ObjectKind::Statistics
        | ObjectKind::EventTrigger
        | ObjectKind::Publication
        | ObjectKind::Subscription => true,
        // An extension has an owner that nothing can change.
        ObjectKind::Extension
        | ObjectKind::DomainConstraint
        | ObjectKind::Column
        | ObjectKind::Constraint
        | ObjectKind::Index
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::AccessMethod
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::UserMapping
        | ObjectKind::DefaultPrivileges
        | ObjectKind::Trigger
        | ObjectKind::Rule
        | ObjectKind::Policy => false,
    }
}

impl<'a> Context<'a> {
    /// The role that the plan gives an object to which it makes; `None` where it stays with whoever runs the plan.
    pub fn given(&self, key: &ObjectKey) -> Option<&'a Name> {
        if let Some(owner) = self.owner_of_linked(key).filter(|_| self.is_missing(key)) {
            return Some(owner);
        }
        if self.owners == Policy::Off || !has_owner(key.kind) || !self.is_missing(key) {
            return None;
        }
        let owner = self.desired.get(key)?.owner.as_ref()?;
        self.has_role(owner).then_some(owner)
    }

    /// Live's owner of the table with the column that a sequence is owned by: the sequence must have the same (`process_owned_by` in
    /// `sequence.c`), whatever the schema says of it.
    pub fn owner_of_linked(&self, key: &ObjectKey) -> Option<&'a Name> {
        let (table, _) = Sequence::of(&self.desired.get(key)?.object)?.owned_by.as_ref()?;
        self.live.get(&ObjectKey::in_schema(ObjectKind::Table, table.clone()))?.owner.as_ref()
    }

    /// The same for a relation of any kind.
    pub fn given_relation(&self, name: &QualifiedName) -> Option<&'a Name> {
        [ObjectKind::Table, ObjectKind::View, ObjectKind::MaterializedView, ObjectKind::Sequence]
            .into_iter()
            .find_map(|kind| self.given(&ObjectKey::in_schema(kind, name.clone())))
    }

    /// Whether the server has a role; where nothing tells, it is taken to be there.
    pub fn has_role(&self, role: &Name) -> bool {
        self.live.roles.as_ref().is_none_or(|roles| roles.contains(role))
    }
}

/// Adds the statement to the step that makes the object. A role that is not there can own nothing: then the object stays with whoever
/// runs the plan, and that is left for people.
pub(super) fn of_new(context: &Context<'_>, key: &ObjectKey, entry: &Entry, mut judged: Judged) -> Judged {
    let stated = entry.owner.as_ref().filter(|_| context.owners != Policy::Off && has_owner(key.kind));
    let Some(owner) = context.owner_of_linked(key).or(stated) else { return judged };
    let sql = Sql::new(format!("ALTER {} OWNER TO {owner}", altered(key, &entry.object)));
    if !context.has_role(owner) {
        return judged.join(Judged::manual(
            format!(
                "there is no role {owner} that could own it; until then it belongs to whoever runs the repair"
            ),
            vec![sql],
        ));
    }
    // The last draft that makes it: a base type is made in two steps.
    let makes = |sql: &str| {
        sql.starts_with("CREATE ") && !sql.starts_with("CREATE INDEX") && !sql.starts_with("CREATE UNIQUE")
    };
    let creating = judged.drafts.iter_mut().rev().find(|draft| {
        draft.step.key == *key
            && draft.step.statements.iter().filter_map(|statement| statement.sql.as_deref()).any(makes)
    });
    if let Some(draft) = creating {
        draft.step.statements.push(Statement::new(sql.text).when(is_mine_for(key, owner)));
    }
    judged
}

/// The object as `ALTER … OWNER TO` names it. An aggregate is named as a routine, since `ALTER AGGREGATE` wants a star for no argument.
fn altered(key: &ObjectKey, object: &Object) -> String {
    if key.kind == ObjectKind::Aggregate { format!("ROUTINE {key}") } else { target(key, object) }
}

/// Whether the object belongs to the role that runs the plan, and is wanted to belong to another: so it is right after that role made
/// it. What somebody else made in the meantime is not given away.
fn is_mine_for(key: &ObjectKey, owner: &Name) -> String {
    let things = match rights::owner(key) {
        rights::Owner::Of(things) => things,
        rights::Owner::Superuser | rights::Owner::Nobody => Vec::new(),
    };
    // What can be given away is one thing in one catalog.
    let [thing] = things.as_slice() else { return "false".to_owned() };
    let Some(place) = rights::place(thing.sort) else { return "false".to_owned() };
    let literal = |name: &Name| quote_literal(name.as_str());
    let mut joins = String::new();
    let mut condition = format!("o.{} = {}", place.name, literal(&thing.name));
    if let (Some(namespace), Some(schema)) = (place.namespace, &thing.schema) {
        joins = format!(" JOIN pg_catalog.pg_namespace AS n ON n.oid = o.{namespace}");
        condition = format!("n.nspname = {} AND {condition}", literal(schema));
    }
    let more = apart(key).map_or_else(String::new, |more| format!("\n            AND {more}"));
    format!(
        "current_user <> {}\n    AND EXISTS (\n        SELECT FROM pg_catalog.{} AS o{joins}\n        WHERE {condition}{more}\n            AND pg_catalog.pg_get_userbyid(o.{}) = current_user\n    )",
        literal(owner),
        place.catalog,
        place.owner
    )
}

/// What else tells the object apart from others of its name. By OIDs: how types are printed depends on the search path.
fn apart(key: &ObjectKey) -> Option<String> {
    // A shell, of which the functions of a base type are made, is no `regtype`.
    let oid = |data_type: &DataType| match data_type.qualified_name().filter(|_| !data_type.array) {
        Some(name) if name.schema != PG_CATALOG => format!(
            "(SELECT t.oid FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS s ON s.oid = t.typnamespace WHERE s.nspname = {} AND t.typname = {})",
            quote_literal(name.schema.as_str()),
            quote_literal(name.name.as_str())
        ),
        Some(_) | None => {
            format!("{}::pg_catalog.regtype::pg_catalog.oid", quote_literal(&data_type.to_string()))
        }
    };
    match &key.address {
        Address::Routine { arguments, .. } => {
            // `proargtypes` prints as its OIDs with spaces between, and so does this list.
            let types: Vec<String> = arguments.iter().map(oid).collect();
            let wanted = if types.is_empty() {
                "''".to_owned()
            } else {
                format!("pg_catalog.concat_ws(' ', {})", types.join(", "))
            };
            Some(format!("o.proargtypes::pg_catalog.text = {wanted}"))
        }
        Address::Operator { left, right, .. } => {
            let side = |side: &Option<DataType>| side.as_ref().map_or_else(|| "0".to_owned(), oid);
            Some(format!("o.oprleft = {} AND o.oprright = {}", side(left), side(right)))
        }
        Address::OfMethod { method, .. } => {
            let column = if key.kind == ObjectKind::OperatorClass { "opcmethod" } else { "opfmethod" };
            Some(format!(
                "o.{column} = (SELECT a.oid FROM pg_catalog.pg_am AS a WHERE a.amname = {})",
                quote_literal(method.as_str())
            ))
        }
        Address::Global(_)
        | Address::InSchema(_)
        | Address::OnRelation { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => None,
    }
}
