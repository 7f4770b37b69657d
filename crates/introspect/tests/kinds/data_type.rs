//! Enum, domain, composite and range types; type modifiers.

use super::*;

#[test]
fn types() {
    on_every_version(
        |_| {
            "CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy');
             ALTER TYPE mood ADD VALUE 'better' BEFORE 'happy';
             COMMENT ON TYPE mood IS 'feelings';
             CREATE DOMAIN price AS numeric(12,2) DEFAULT 0 NOT NULL CONSTRAINT positive CHECK (VALUE >= 0);
             ALTER DOMAIN price ADD CONSTRAINT low CHECK (VALUE < 1000) NOT VALID;
             COMMENT ON CONSTRAINT positive ON DOMAIN price IS 'why';
             CREATE DOMAIN code AS varchar(8) COLLATE \"C\";
             CREATE DOMAIN prices AS price[];
             CREATE TYPE pair AS (a varchar(10) COLLATE \"C\", b mood[], c interval day to second(3));
             COMMENT ON COLUMN pair.b IS 'second';
             COMMENT ON TYPE pair IS 'both';
             CREATE FUNCTION diff(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
             CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = diff);
             CREATE TYPE textrange AS RANGE (subtype = text, subtype_opclass = text_pattern_ops, collation = \"C\");"
                .to_owned()
        },
        |catalog, major| {
            let mood = entry(catalog, ObjectKey::in_schema(ObjectKind::EnumType, q("public.mood")));
            assert_eq!(mood.comment.as_deref(), Some("feelings"));
            let labels = ["sad", "it's ok", "better", "happy"].map(str::to_owned).to_vec();
            assert_eq!(mood.object, EnumType { name: q("public.mood"), labels }.into());

            let price = object(catalog, ObjectKey::in_schema(ObjectKind::Domain, q("public.price")));
            let base = with("numeric", &["12", "2"]);
            let expected = Domain {
                name: q("public.price"),
                base: base.clone(),
                collation: None,
                default: Some(expr("0")),
                not_null: true,
            };
            assert_eq!(price, expected.into());
            let constraint = |text: &str| {
                entry(
                    catalog,
                    ObjectKey::on_relation(ObjectKind::DomainConstraint, q("public.price"), name(text)),
                )
            };
            assert_eq!(constraint("positive").comment.as_deref(), Some("why"));
            let expected = |text: &str, check: &str, validated| DomainConstraint {
                domain: q("public.price"),
                name: name(text),
                check: expr(check),
                base: base.clone(),
                validated,
            };
            assert_eq!(
                constraint("positive").object,
                expected("positive", "(VALUE >= (0)::numeric)", true).into()
            );
            assert_eq!(constraint("low").object, expected("low", "(VALUE < (1000)::numeric)", false).into());
            let code = object(catalog, ObjectKey::in_schema(ObjectKind::Domain, q("public.code")));
            let Object::Domain(code) = code else { panic!() };
            assert_eq!((code.base, code.collation), (with("varchar", &["8"]), Some(q("pg_catalog.C"))));
            let prices = object(catalog, ObjectKey::in_schema(ObjectKind::Domain, q("public.prices")));
            let Object::Domain(prices) = prices else { panic!() };
            assert_eq!(prices.base, DataType::named(q("public.price")).array_of());

            let pair = entry(catalog, ObjectKey::in_schema(ObjectKind::CompositeType, q("public.pair")));
            assert_eq!(pair.comment.as_deref(), Some("both"));
            let attribute = |text: &str, data_type, collation| CompositeAttribute {
                name: name(text),
                data_type,
                collation,
            };
            let expected = CompositeType {
                name: q("public.pair"),
                attributes: vec![
                    attribute("a", with("varchar", &["10"]), Some(q("pg_catalog.C"))),
                    attribute("b", DataType::named(q("public.mood")).array_of(), None),
                    attribute("c", with("interval", &["day to second", "3"]), None),
                ],
                attribute_comments: [(name("b"), "second".to_owned())].into(),
            };
            assert_eq!(pair.object, expected.into());
            assert_eq!(catalog.of_kind(ObjectKind::CompositeType).count(), 1);

            let range = |text: &str| object(catalog, ObjectKey::in_schema(ObjectKind::RangeType, q(text)));
            let floats = RangeType {
                name: q("public.floats"),
                subtype: builtin("float8"),
                operator_class: None,
                collation: None,
                canonical: None,
                subtype_diff: Some(q("public.diff")),
                multirange: None,
            };
            assert_eq!(range("public.floats"), floats.into());
            let texts = RangeType {
                name: q("public.textrange"),
                subtype: builtin("text"),
                operator_class: Some(q("pg_catalog.text_pattern_ops")),
                collation: Some(q("pg_catalog.C")),
                canonical: None,
                subtype_diff: None,
                multirange: None,
            };
            assert_eq!(range("public.textrange"), texts.into());
            // The constructors are PostgreSQL's work, not the schema's; settling knows them.
            let functions: Vec<String> =
                catalog.of_kind(ObjectKind::Function).map(|(key, _)| key.to_string()).collect();
            assert_eq!(functions, ["public.diff(double precision, double precision)"]);
            assert!(
                catalog
                    .ambient
                    .functions
                    .iter()
                    .any(|f| f.name == q("public.floats") && f.arguments.len() == 2)
            );
            let multirange = catalog.ambient.types.iter().find(|t| t.name == q("public.floats_multirange"));
            assert_eq!(
                multirange.map(|t| (t.kind, t.base.clone())),
                (major >= 14).then(|| ('m', Some(builtin("float8"))))
            );
        },
    );
}

#[test]
fn modifiers_are_those_that_the_server_prints() {
    let types = [
        "numeric",
        "numeric(5)",
        "numeric(1000,1000)",
        "varchar",
        "varchar(1)",
        "char(3)",
        "character(10485760)",
        "bpchar",
        "bit",
        "bit(8)",
        "bit varying",
        "bit varying(9)",
        "time",
        "time(0)",
        "time(6) with time zone",
        "timestamp(3)",
        "timestamptz(0)",
        "interval",
        "interval(2)",
        "interval year",
        "interval month",
        "interval day",
        "interval hour",
        "interval minute",
        "interval second",
        "interval second(4)",
        "interval year to month",
        "interval day to hour",
        "interval day to minute",
        "interval day to second",
        "interval day to second(1)",
        "interval hour to minute",
        "interval hour to second(0)",
        "interval minute to second",
        "varchar(7)[]",
        "numeric(9,3)[][]",
        "\"char\"",
        "name",
        "oidvector",
        "int2vector",
        "uuid",
        "timestamptz[]",
    ];
    on_every_version(
        |major| {
            let mut columns: Vec<String> =
                types.iter().enumerate().map(|(at, text)| format!("c{at} {text}")).collect();
            if major >= 15 {
                columns.push("n numeric(3,-2)".to_owned());
            }
            format!("CREATE TABLE t ({})", columns.join(", "))
        },
        |catalog, major| {
            let database_text = |column: &Column| column.data_type.to_string();
            let texts: Vec<String> = catalog.columns(&q("public.t")).into_iter().map(database_text).collect();
            // What format_type prints for the same list; Display of the model follows it.
            let mut expected: Vec<&str> = vec![
                "numeric",
                "numeric(5,0)",
                "numeric(1000,1000)",
                "character varying",
                "character varying(1)",
                "character(3)",
                "character(10485760)",
                "bpchar",
                "bit(1)",
                "bit(8)",
                "bit varying",
                "bit varying(9)",
                "time without time zone",
                "time(0) without time zone",
                "time(6) with time zone",
                "timestamp(3) without time zone",
                "timestamp(0) with time zone",
                "interval",
                "interval(2)",
                "interval year",
                "interval month",
                "interval day",
                "interval hour",
                "interval minute",
                "interval second",
                "interval second(4)",
                "interval year to month",
                "interval day to hour",
                "interval day to minute",
                "interval day to second",
                "interval day to second(1)",
                "interval hour to minute",
                "interval hour to second(0)",
                "interval minute to second",
                "character varying(7)[]",
                "numeric(9,3)[]",
                "\"char\"",
                "name",
                "oidvector",
                "int2vector",
                "uuid",
                "timestamp with time zone[]",
            ];
            if major >= 15 {
                expected.push("numeric(3,-2)");
            }
            assert_eq!(texts, expected);
        },
    );
}
