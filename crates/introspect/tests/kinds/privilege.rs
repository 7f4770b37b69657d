//! Privileges, default privileges and security labels.

use super::*;

fn privilege(grantee: Grantee, word: &str) -> Privilege {
    Privilege::new(grantee, word)
}

#[test]
fn privileges_are_none_where_they_mean_what_a_new_object_has() {
    on_every_version(
        |_| {
            "CREATE TABLE untouched (a int);
             CREATE TABLE back (a int);
             GRANT SELECT ON back TO PUBLIC;
             REVOKE SELECT ON back FROM PUBLIC;
             CREATE FUNCTION open() RETURNS int LANGUAGE sql AS 'SELECT 1';
             GRANT EXECUTE ON FUNCTION open() TO PUBLIC;
             CREATE FUNCTION closed() RETURNS int LANGUAGE sql AS 'SELECT 1';
             REVOKE EXECUTE ON FUNCTION closed() FROM PUBLIC;
             CREATE TABLE identity (id int GENERATED ALWAYS AS IDENTITY, a int);
             GRANT USAGE ON SEQUENCE identity_id_seq TO PUBLIC;
             CREATE VIEW v AS SELECT a FROM identity;
             GRANT SELECT (a) ON v TO PUBLIC;
             CREATE TYPE mood AS ENUM ('x');
             REVOKE USAGE ON TYPE mood FROM PUBLIC;
             REVOKE ALL ON back FROM CURRENT_USER;
             GRANT ALL ON back TO CURRENT_USER;"
                .to_owned()
        },
        |catalog, major| {
            let of = |kind, key: &str| entry(catalog, ObjectKey::in_schema(kind, q(key))).privileges;
            assert_eq!(of(ObjectKind::Table, "public.untouched"), None);
            assert_eq!(of(ObjectKind::Table, "public.back"), None);
            let routine = |name: &str| {
                let address = Address::Routine { name: q(name), arguments: Vec::new() };
                entry(catalog, ObjectKey { kind: ObjectKind::Function, address }).privileges
            };
            assert_eq!(routine("public.open"), None);
            assert_eq!(routine("public.closed"), Some(vec![privilege(Grantee::Owner, "EXECUTE")]));
            assert_eq!(
                of(ObjectKind::EnumType, "public.mood"),
                Some(vec![privilege(Grantee::Owner, "USAGE")])
            );
            // The sequence of an identity is no object of its own.
            let id = ObjectKey::on_relation(ObjectKind::Column, q("public.identity"), name("id"));
            let of_id = entry(catalog, id).privileges.unwrap();
            assert!(of_id.contains(&privilege(Grantee::Public, "USAGE")), "{of_id:?}");
            assert_eq!(of_id.len(), 4);
            let view = of(ObjectKind::View, "public.v").unwrap();
            let on_a = Privilege { column: Some(name("a")), ..privilege(Grantee::Public, "SELECT") };
            assert!(view.contains(&on_a), "{view:?}");
            let whole = ObjectKind::View.privileges(major).len();
            assert_eq!(view.len(), whole + 1, "{view:?}");
        },
    );
}

#[test]
fn public_is_what_a_new_database_has_unless_someone_made_it_again() {
    let public = || ObjectKey::global(ObjectKind::Schema, name("public"));
    on_every_version(|_| String::new(), |catalog, _| assert_eq!(entry(catalog, public()).privileges, None));
    on_every_version(
        |_| "DROP SCHEMA public; CREATE SCHEMA public;".to_owned(),
        |catalog, _| {
            let owner = ["CREATE", "USAGE"].map(|word| privilege(Grantee::Owner, word));
            assert_eq!(entry(catalog, public()).privileges, Some(owner.to_vec()));
        },
    );
}

#[test]
fn default_privileges_are_objects() {
    on_every_version(
        |_| {
            "CREATE SCHEMA app;
             ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO pg_monitor WITH GRANT OPTION;
             ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
             ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor GRANT USAGE ON SCHEMAS TO PUBLIC;"
                .to_owned()
        },
        |catalog, _| {
            let of = |role: &str, schema: Option<&str>, objects| {
                let address =
                    Address::DefaultPrivileges { role: name(role), schema: schema.map(name), objects };
                let key = ObjectKey { kind: ObjectKind::DefaultPrivileges, address };
                let Object::DefaultPrivileges(found) = object(catalog, key) else { panic!() };
                found.privileges
            };
            let select =
                Privilege { grantable: true, ..privilege(Grantee::Role(name("pg_monitor")), "SELECT") };
            assert_eq!(of("postgres", Some("app"), DefaultPrivilegesOn::Tables), [select]);
            assert_eq!(
                of("postgres", None, DefaultPrivilegesOn::Functions),
                [privilege(Grantee::Owner, "EXECUTE")]
            );
            assert_eq!(of("pg_monitor", None, DefaultPrivilegesOn::Schemas).len(), 3);
            assert_eq!(catalog.gaps, []);
        },
    );
}

/// No server of the tests has a provider, so the rows are put in as a provider's would be.
#[test]
fn security_labels_go_to_their_objects() {
    on_every_version(
        |_| {
            "SET allow_system_table_mods = on;
             CREATE TABLE \"odd t\" (\"a.b\" int);
             CREATE FUNCTION f(int, text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
             CREATE DOMAIN d AS int;
             CREATE VIEW v AS SELECT 1 AS one;
             INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label) VALUES
                ('\"odd t\"'::regclass, 'pg_class'::regclass, 0, 'mac', 'secret'),
                ('\"odd t\"'::regclass, 'pg_class'::regclass, 1, 'anon', 'MASKED'),
                ('f'::regproc, 'pg_proc'::regclass, 0, 'mac', 'code'),
                ('d'::regtype, 'pg_type'::regclass, 0, 'mac', 'type'),
                ('public'::regnamespace, 'pg_namespace'::regclass, 0, 'mac', 'all'),
                ('v'::regclass, 'pg_class'::regclass, 1, 'mac', 'column of a view');"
                .to_owned()
        },
        |catalog, _| {
            let of = |key| {
                let labels = entry(catalog, key).security_labels;
                labels.into_iter().map(|(provider, label)| format!("{provider}={label}")).collect::<Vec<_>>()
            };
            let table = q("public.odd t");
            assert_eq!(of(ObjectKey::in_schema(ObjectKind::Table, table.clone())), ["mac=secret"]);
            assert_eq!(of(ObjectKey::on_relation(ObjectKind::Column, table, name("a.b"))), ["anon=MASKED"]);
            let arguments = vec![builtin("int4"), builtin("text").array_of()];
            let address = Address::Routine { name: q("public.f"), arguments };
            assert_eq!(of(ObjectKey { kind: ObjectKind::Function, address }), ["mac=code"]);
            assert_eq!(of(ObjectKey::in_schema(ObjectKind::Domain, q("public.d"))), ["mac=type"]);
            assert_eq!(of(ObjectKey::global(ObjectKind::Schema, name("public"))), ["mac=all"]);
            let gaps: Vec<_> = catalog.gaps.iter().map(|g| (g.what.as_str(), g.object.as_str())).collect();
            assert_eq!(gaps, [("security label", "public.v.one")]);
        },
    );
}

#[test]
fn changes_to_members_of_extensions_are_told() {
    on_every_version(
        |_| {
            "CREATE EXTENSION hstore;
             CREATE EXTENSION pg_stat_statements;
             GRANT EXECUTE ON FUNCTION akeys(hstore) TO pg_monitor;
             GRANT EXECUTE ON FUNCTION avals(hstore) TO pg_monitor;
             REVOKE EXECUTE ON FUNCTION avals(hstore) FROM pg_monitor;
             REVOKE USAGE ON TYPE hstore FROM PUBLIC;
             REVOKE SELECT ON pg_stat_statements FROM PUBLIC;"
                .to_owned()
        },
        |catalog, _| {
            let gaps: Vec<_> = catalog.gaps.iter().map(|g| (g.what.as_str(), g.object.as_str())).collect();
            assert_eq!(
                gaps,
                [
                    ("grant", "public.akeys"),
                    ("grant", "public.hstore"),
                    ("grant", "public.pg_stat_statements"),
                ]
            );
            assert!(catalog.gaps.iter().all(|gap| gap.code == "U101" && gap.message.contains("extension")));
        },
    );
    // What the extensions grant by themselves is no change.
    on_every_version(
        |_| {
            "CREATE EXTENSION hstore; CREATE EXTENSION pg_stat_statements; CREATE EXTENSION dblink;"
                .to_owned()
        },
        |catalog, _| assert_eq!(catalog.gaps, []),
    );
}
