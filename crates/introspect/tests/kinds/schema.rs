//! Schemas, extensions, what every object may have, and names.

use super::*;

#[test]
fn schemas_extensions_owners_grants_and_comments() {
    on_every_version(
        |_| {
            "CREATE SCHEMA app;
             COMMENT ON SCHEMA app IS 'the app''s';
             GRANT USAGE ON SCHEMA app TO PUBLIC;
             CREATE EXTENSION hstore SCHEMA app;
             CREATE TABLE app.t (a int, b int);
             COMMENT ON TABLE app.t IS 'a table';
             COMMENT ON COLUMN app.t.b IS 'a column';
             GRANT SELECT, INSERT ON app.t TO pg_monitor WITH GRANT OPTION;
             GRANT UPDATE (b) ON app.t TO PUBLIC;"
                .to_owned()
        },
        |catalog, _| {
            let schema = entry(catalog, ObjectKey::global(ObjectKind::Schema, name("app")));
            assert_eq!(schema.comment.as_deref(), Some("the app's"));
            assert_eq!(schema.owner, Some(name("postgres")));
            let usage = Privilege::new(Grantee::Public, "USAGE");
            assert!(schema.privileges.unwrap().contains(&usage));
            let public = entry(catalog, ObjectKey::global(ObjectKind::Schema, name("public")));
            assert_eq!((public.comment, public.privileges), (None, None));

            let hstore = object(catalog, ObjectKey::global(ObjectKind::Extension, name("hstore")));
            let Object::Extension(hstore) = hstore else { panic!() };
            assert_eq!(hstore.schema, Some(name("app")));
            assert!(hstore.version.is_some());
            // Its members are its own, and settling knows them.
            assert_eq!(catalog.of_kind(ObjectKind::Function).count(), 0);
            let ambient = &catalog.ambient;
            let of_hstore = |extension: &Option<String>| extension.as_deref() == Some("hstore");
            assert!(
                ambient
                    .types
                    .iter()
                    .any(|t| t.name == q("app.hstore") && t.kind == 'b' && of_hstore(&t.extension))
            );
            let akeys = ambient.functions.iter().find(|f| f.name == q("app.akeys")).unwrap();
            assert_eq!(akeys.arguments, [DataType::named(q("app.hstore"))]);
            assert_eq!(akeys.returns, builtin("text").array_of());
            assert!(of_hstore(&akeys.extension) && akeys.kind == 'f' && !akeys.returns_set);
            assert!(
                ambient
                    .operators
                    .iter()
                    .any(|o| o.name == q("app.->") && o.left.is_some() && of_hstore(&o.extension))
            );
            assert!(
                ambient
                    .casts
                    .iter()
                    .any(|c| c.source == builtin("text").array_of() && of_hstore(&c.extension))
            );
            assert!(ambient.operator_classes.iter().any(|o| o.name == q("app.gin_hstore_ops")
                && o.method == "gin"
                && o.is_default
                && of_hstore(&o.extension)));

            let table = entry(catalog, ObjectKey::in_schema(ObjectKind::Table, q("app.t")));
            assert_eq!(table.comment.as_deref(), Some("a table"));
            let privileges = table.privileges.unwrap();
            for privilege in ["SELECT", "INSERT"] {
                let wanted = Privilege {
                    grantable: true,
                    ..Privilege::new(Grantee::Role(name("pg_monitor")), privilege)
                };
                assert!(privileges.contains(&wanted), "{privileges:?}");
            }
            let column = entry(catalog, ObjectKey::on_relation(ObjectKind::Column, q("app.t"), name("b")));
            assert_eq!(column.comment.as_deref(), Some("a column"));
            assert_eq!(column.privileges, None);
            let update = Privilege { column: Some(name("b")), ..Privilege::new(Grantee::Public, "UPDATE") };
            assert!(privileges.contains(&update));
            // The owner's own, too, whatever its name.
            assert!(privileges.contains(&Privilege::new(Grantee::Owner, "DELETE")));
        },
    );
}

#[test]
fn odd_names_come_back_whole() {
    let odd = "\"'; \n\t\u{1f980} é.%";
    let quoted = quote_ident(odd).into_owned();
    on_every_version(
        |_| {
            format!(
                "CREATE SCHEMA {quoted};
                 CREATE TABLE {quoted}.{quoted} ({quoted} int PRIMARY KEY CHECK ({quoted} > 0));
                 CREATE INDEX ON {quoted}.{quoted} (({quoted} + 1));
                 CREATE TABLE {quoted}.{long} (a int);",
                long = format_args!("\"{}\"", "é".repeat(31))
            )
        },
        |catalog, _| {
            let table = QualifiedName::new(odd, odd);
            assert_eq!(catalog.columns(&table)[0].name.as_str(), odd);
            let check =
                catalog.on_relation(ObjectKind::Constraint, &table).find_map(|(_, entry)| {
                    match &entry.object {
                        Object::Constraint(Constraint { body: ConstraintBody::Check { expr }, .. }) => {
                            Some(expr.sql.to_string())
                        }
                        _ => None,
                    }
                });
            assert_eq!(check, Some(format!("({quoted} > 0)")));
            assert!(catalog.table(&QualifiedName::new(odd, "é".repeat(31))).is_some());
        },
    );
}
