//! `GRANT`, `REVOKE` and `ALTER DEFAULT PRIVILEGES`.

use super::Sql;
use trueup_catalog::{Address, Column, Entry, Grantee, Name, Object, ObjectKey, ObjectKind};
use trueup_diff::{GrantOption, Grants};

/// The object as GRANT names it: `TABLE public.orders`, `SEQUENCE public.orders_id_seq` for the sequence of an identity column. `None`
/// for what has no privileges.
pub fn target(key: &ObjectKey, entry: &Entry) -> Option<String> {
    let word = match key.kind {
        // GRANT knows views and foreign tables as tables.
        ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView => "TABLE",
        ObjectKind::Column => {
            let identity = Column::of(&entry.object)?.identity.as_ref()?;
            return Some(format!("SEQUENCE {}", identity.sequence));
        }
        ObjectKind::Sequence => "SEQUENCE",
        ObjectKind::Schema => "SCHEMA",
        ObjectKind::Function | ObjectKind::Aggregate => "FUNCTION",
        ObjectKind::Procedure => "PROCEDURE",
        ObjectKind::EnumType
        | ObjectKind::Domain
        | ObjectKind::CompositeType
        | ObjectKind::RangeType
        | ObjectKind::BaseType => "TYPE",
        ObjectKind::Language => "LANGUAGE",
        ObjectKind::ForeignDataWrapper => "FOREIGN DATA WRAPPER",
        ObjectKind::Server => "FOREIGN SERVER",
        ObjectKind::Extension
        | ObjectKind::DomainConstraint
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::AccessMethod
        | ObjectKind::Constraint
        | ObjectKind::Index
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
        | ObjectKind::Trigger
        | ObjectKind::EventTrigger
        | ObjectKind::Rule
        | ObjectKind::Policy
        | ObjectKind::Publication
        | ObjectKind::Subscription
        | ObjectKind::DefaultPrivileges => return None,
    };
    Some(format!("{word} {key}"))
}

/// `GRANT … ON …`; for default privileges `ALTER DEFAULT PRIVILEGES … GRANT … ON TABLES`. `owner` is who owns the object; without one
/// what is the owner's can't be written.
pub fn grant(key: &ObjectKey, entry: &Entry, owner: Option<&Name>, grants: &Grants) -> Option<Sql> {
    let (head, target, grantee) = parts(key, entry, owner, grants)?;
    let option = if grants.option == GrantOption::Without { "" } else { " WITH GRANT OPTION" };
    Some(Sql::new(format!("{head}GRANT {} ON {target} TO {grantee}{option}", grants.words_sql())))
}

/// `REVOKE … ON …`, as [`grant`].
pub fn revoke(key: &ObjectKey, entry: &Entry, owner: Option<&Name>, grants: &Grants) -> Option<Sql> {
    let (head, target, grantee) = parts(key, entry, owner, grants)?;
    let option = if grants.option == GrantOption::Alone { "GRANT OPTION FOR " } else { "" };
    Some(Sql::new(format!("{head}REVOKE {option}{} ON {target} FROM {grantee}", grants.words_sql())))
}

fn parts(
    key: &ObjectKey,
    entry: &Entry,
    owner: Option<&Name>,
    grants: &Grants,
) -> Option<(String, String, String)> {
    let (head, target, owner) = match (&entry.object, &key.address) {
        (Object::DefaultPrivileges(defaults), Address::DefaultPrivileges { role, schema, objects }) => {
            let place = schema.as_ref().map_or_else(String::new, |schema| format!(" IN SCHEMA {schema}"));
            let head = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {role}{place} ");
            (head, objects.sql().to_owned(), Some(&defaults.role))
        }
        _ => (String::new(), target(key, entry)?, owner),
    };
    let grantee = match &grants.grantee {
        Grantee::Owner => owner?.to_string(),
        Grantee::Public => "PUBLIC".to_owned(),
        Grantee::Role(role) => role.to_string(),
    };
    Some((head, target, grantee))
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{QualifiedName, SchemaObject, Table};

    #[test]
    fn statements() {
        let entry = Entry::from(Table::new(QualifiedName::new("public", "t")));
        let key = entry.object.key();
        let grants = |grantee, option| Grants {
            words: vec![("SELECT".to_owned(), vec![]), ("UPDATE".to_owned(), vec!["a".into(), "b c".into()])],
            grantee,
            option,
        };
        let app = || Grantee::Role("my app".into());
        let text = |sql: Option<Sql>| sql.map(|sql| sql.text);
        assert_eq!(
            text(grant(&key, &entry, None, &grants(app(), GrantOption::Alone))).as_deref(),
            Some("GRANT SELECT, UPDATE (a, \"b c\") ON TABLE public.t TO \"my app\" WITH GRANT OPTION")
        );
        assert_eq!(
            text(revoke(&key, &entry, None, &grants(Grantee::Public, GrantOption::Without))).as_deref(),
            Some("REVOKE SELECT, UPDATE (a, \"b c\") ON TABLE public.t FROM PUBLIC")
        );
        assert_eq!(
            text(revoke(&key, &entry, None, &grants(app(), GrantOption::Alone))).as_deref(),
            Some("REVOKE GRANT OPTION FOR SELECT, UPDATE (a, \"b c\") ON TABLE public.t FROM \"my app\"")
        );
        assert_eq!(grant(&key, &entry, None, &grants(Grantee::Owner, GrantOption::Without)), None);
    }
}
