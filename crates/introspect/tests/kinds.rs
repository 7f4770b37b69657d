//! Every field of every kind, read back from every supported version.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::load;
use std::sync::Arc;
use trueup_catalog::*;
use trueup_testkit::{Server, for_each_version};

fn name(text: &str) -> Name {
    Name::new(text)
}

fn q(text: &str) -> QualifiedName {
    let (schema, name) = text.split_once('.').unwrap();
    QualifiedName::new(schema, name)
}

fn expr(sql: &str) -> Expr {
    Expr::qualified(sql)
}

fn builtin(name: &str) -> DataType {
    DataType::builtin(name)
}

fn with(name: &str, modifiers: &[&str]) -> DataType {
    DataType { modifiers: modifiers.iter().map(|text| (*text).into()).collect(), ..builtin(name) }
}

fn entry(catalog: &Catalog, key: ObjectKey) -> Entry {
    catalog.get(&key).unwrap_or_else(|| panic!("{key} is not there: {:?}", catalog.gaps)).clone()
}

fn object(catalog: &Catalog, key: ObjectKey) -> Object {
    entry(catalog, key).object
}

/// Reads the SQL back on every version, and checks it.
fn on_every_version(sql: impl Fn(u32) -> String, check: impl Fn(&Catalog, u32)) {
    for_each_version(|server: &'static Server| -> Result<(), String> {
        let database = server.database().map_err(|error| error.to_string())?;
        let major = u32::from(server.major());
        let catalog = load(&database, &sql(major));
        println!("PostgreSQL {major}");
        check(&catalog, major);
        Ok(())
    })
    .unwrap();
}

fn gap(catalog: &Catalog, what: &str, object: &str) -> Gap {
    let gaps = catalog.gaps.iter().find(|gap| gap.what == what && gap.object == object);
    gaps.unwrap_or_else(|| panic!("no gap {what} {object}: {:#?}", catalog.gaps)).clone()
}

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
            let usage = Privilege { grantee: None, privilege: "USAGE".into(), grantable: false };
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
                let grantee = Some(name("pg_monitor"));
                let wanted = Privilege { grantee, privilege: privilege.into(), grantable: true };
                assert!(privileges.contains(&wanted), "{privileges:?}");
            }
            let column = entry(catalog, ObjectKey::on_relation(ObjectKind::Column, q("app.t"), name("b")));
            assert_eq!(column.comment.as_deref(), Some("a column"));
            let update = Privilege { grantee: None, privilege: "UPDATE".into(), grantable: false };
            assert_eq!(column.privileges, Some(vec![update]));
        },
    );
}

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

#[test]
fn tables_and_their_columns() {
    on_every_version(
        |major| {
            let mut sql = "CREATE TABLE parent (id int);
             CREATE UNLOGGED TABLE child (
                 a int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 2 MAXVALUE 99 CACHE 3 CYCLE),
                 b text COLLATE \"C\" NOT NULL DEFAULT 'it''s',
                 c int GENERATED ALWAYS AS (id * 2) STORED,
                 d bigserial
             ) INHERITS (parent) WITH (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = false);
             ALTER TABLE child ALTER b SET STORAGE EXTERNAL, ALTER b SET STATISTICS 50, ALTER b SET (n_distinct = 5);
             ALTER TABLE child ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, REPLICA IDENTITY FULL;
             ALTER TABLE child DROP COLUMN d;
             ALTER TABLE child ADD COLUMN e bool DEFAULT true;
             CREATE UNIQUE INDEX child_b ON child (b);
             CREATE TABLE by_index (a int NOT NULL UNIQUE);
             ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_a_key;
             CREATE TYPE row_type AS (x int, y text);
             CREATE TABLE typed OF row_type (PRIMARY KEY (x));
             CREATE TABLE serials (s serial, t smallserial);
             CREATE SEQUENCE lonely AS smallint INCREMENT -1 START -3 MINVALUE -100 MAXVALUE -1 CACHE 7 CYCLE;
             COMMENT ON SEQUENCE lonely IS 'one';
             GRANT USAGE ON SEQUENCE lonely TO PUBLIC;
             CREATE TEMP TABLE gone (a int);\n"
                .to_owned();
            if major >= 14 {
                sql.push_str("ALTER TABLE child ALTER b SET COMPRESSION pglz;\n");
            }
            if major >= 18 {
                sql.push_str(
                    "CREATE TABLE v18 (a int CONSTRAINT mine NOT NULL NO INHERIT, b int GENERATED ALWAYS AS (a + 1) VIRTUAL, c int);
                     ALTER TABLE v18 ADD CONSTRAINT later NOT NULL c NOT VALID;",
                );
            }
            sql
        },
        |catalog, major| {
            assert_eq!(catalog.of_kind(ObjectKind::Table).count(), if major >= 18 { 6 } else { 5 });
            let mut child = Table::new(q("public.child"));
            child.persistence = Persistence::Unlogged;
            child.inherits = vec![q("public.parent")];
            child.options = [
                ("autovacuum_enabled", "false"),
                ("fillfactor", "70"),
                ("toast.autovacuum_enabled", "false"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
            child.row_security = true;
            child.force_row_security = true;
            child.replica_identity = ReplicaIdentity::Full;
            assert_eq!(catalog.table(&q("public.child")), Some(&child));

            let names: Vec<String> =
                catalog.columns(&q("public.child")).iter().map(|column| column.name.to_string()).collect();
            assert_eq!(names, ["id", "a", "b", "c", "e"]);
            let column = |table: &str, text: &str| catalog.column(&q(table), &name(text)).unwrap().clone();
            let mut id = Column::new(q("public.child"), name("id"), 1, builtin("int4"));
            id.inherited = true;
            assert_eq!(column("public.child", "id"), id);
            let mut a = Column::new(q("public.child"), name("a"), 2, builtin("int4"));
            a.not_null = Some(NotNull::default());
            a.identity = Some(Identity {
                always: true,
                sequence: q("public.child_a_seq"),
                options: SequenceOptions {
                    data_type: builtin("int4"),
                    start: 5,
                    increment: 2,
                    min: 1,
                    max: 99,
                    cache: 3,
                    cycle: true,
                },
            });
            assert_eq!(column("public.child", "a"), a);
            let mut b = Column::new(q("public.child"), name("b"), 3, builtin("text"));
            b.collation = Some(q("pg_catalog.C"));
            b.not_null = Some(NotNull::default());
            b.default = Some(expr("'it''s'::text"));
            b.storage = Some(Storage::External);
            b.compression = (major >= 14).then(|| name("pglz"));
            b.statistics = Some(50);
            b.options = [("n_distinct".to_owned(), "5".to_owned())].into();
            assert_eq!(column("public.child", "b"), b);
            let mut c = Column::new(q("public.child"), name("c"), 4, builtin("int4"));
            c.generated = Some(Generated { expr: expr("(id * 2)"), stored: true });
            assert_eq!(column("public.child", "c"), c);
            assert_eq!(column("public.child", "e").default, Some(expr("true")));

            let by_index = catalog.table(&q("public.by_index")).unwrap();
            assert_eq!(by_index.replica_identity, ReplicaIdentity::Index(name("by_index_a_key")));
            assert_eq!(catalog.table(&q("public.typed")).unwrap().of_type, Some(q("public.row_type")));

            let sequence = |text: &str| entry(catalog, ObjectKey::in_schema(ObjectKind::Sequence, q(text)));
            let serial = Sequence {
                name: q("public.serials_t_seq"),
                persistence: Persistence::Permanent,
                options: SequenceOptions::defaults(builtin("int2")),
                owned_by: Some((q("public.serials"), name("t"))),
            };
            assert_eq!(sequence("public.serials_t_seq").object, serial.into());
            assert_eq!(
                column("public.serials", "s").default,
                Some(expr("nextval('public.serials_s_seq'::regclass)"))
            );
            let lonely = sequence("public.lonely");
            assert_eq!(lonely.comment.as_deref(), Some("one"));
            assert!(lonely.privileges.is_some());
            let expected = Sequence {
                name: q("public.lonely"),
                persistence: Persistence::Permanent,
                options: SequenceOptions {
                    data_type: builtin("int2"),
                    start: -3,
                    increment: -1,
                    min: -100,
                    max: -1,
                    cache: 7,
                    cycle: true,
                },
                owned_by: None,
            };
            assert_eq!(lonely.object, expected.into());
            // The identity's sequence is part of its column.
            assert_eq!(catalog.of_kind(ObjectKind::Sequence).count(), 3);

            if major >= 18 {
                let a = column("public.v18", "a").not_null.unwrap();
                assert_eq!(a, NotNull { name: Some(name("mine")), no_inherit: true, not_valid: false });
                let c = column("public.v18", "c").not_null.unwrap();
                assert_eq!(c, NotNull { name: Some(name("later")), no_inherit: false, not_valid: true });
                let b = column("public.v18", "b").generated.unwrap();
                assert_eq!(b, Generated { expr: expr("(a + 1)"), stored: false });
            }
            assert!(catalog.gaps.is_empty(), "{:?}", catalog.gaps);
        },
    );
}

#[test]
fn partitions() {
    on_every_version(
        |_| {
            "CREATE TABLE m (day date NOT NULL, region text, n int) PARTITION BY RANGE (day, lower(region) COLLATE \"C\" text_pattern_ops);
             CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2024-01-01', MINVALUE) TO ('2025-01-01', 'a,b''c');
             CREATE TABLE m2 PARTITION OF m DEFAULT PARTITION BY LIST (region);
             CREATE TABLE m2a PARTITION OF m2 FOR VALUES IN ('x', 'y)', NULL);
             CREATE TABLE h (a int) PARTITION BY HASH (a);
             CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 4, REMAINDER 3);
             CREATE INDEX m_n ON m (n);
             ALTER TABLE h ADD CONSTRAINT positive CHECK (a > 0);
             ALTER TABLE h ADD PRIMARY KEY (a);
             CREATE TABLE refers (a int REFERENCES h);
             CREATE TABLE numbered (k int, id int GENERATED ALWAYS AS IDENTITY (START 7)) PARTITION BY LIST (k);
             CREATE TABLE numbered1 PARTITION OF numbered FOR VALUES IN (1) PARTITION BY LIST (k);
             CREATE TABLE numbered2 PARTITION OF numbered1 FOR VALUES IN (1);"
                .to_owned()
        },
        |catalog, major| {
            let m = catalog.table(&q("public.m")).unwrap();
            let element =
                |target, collation, operator_class| PartitionElement { target, collation, operator_class };
            let key = PartitionKey {
                strategy: PartitionStrategy::Range,
                elements: vec![
                    element(IndexTarget::Column(name("day")), None, None),
                    element(
                        IndexTarget::Expr(expr("lower(region)")),
                        Some(q("pg_catalog.C")),
                        Some(q("pg_catalog.text_pattern_ops")),
                    ),
                ],
            };
            assert_eq!(m.partition_key, Some(key));
            assert_eq!((&m.partition_of, &m.inherits), (&None, &vec![]));
            let of = |text: &str| catalog.table(&q(text)).unwrap().partition_of.clone().unwrap();
            let bound = PartitionBound::Range {
                from: vec![RangeBound::Value(expr("'2024-01-01'")), RangeBound::MinValue],
                to: vec![RangeBound::Value(expr("'2025-01-01'")), RangeBound::Value(expr("'a,b''c'"))],
            };
            assert_eq!(of("public.m1"), PartitionOf { parent: q("public.m"), bound });
            assert_eq!(of("public.m2").bound, PartitionBound::Default);
            let list = PartitionBound::List(vec![expr("'x'"), expr("'y)'"), expr("NULL")]);
            assert_eq!(of("public.m2a"), PartitionOf { parent: q("public.m2"), bound: list });
            assert_eq!(of("public.h1").bound, PartitionBound::Hash { modulus: 4, remainder: 3 });
            assert!(catalog.column(&q("public.m1"), &name("n")).unwrap().inherited);

            let attached = |table: &str, text: &str| {
                let key = ObjectKey::on_relation(ObjectKind::Index, q(table), name(text));
                let Object::Index(index) = object(catalog, key) else { panic!() };
                index.attached_to
            };
            assert_eq!(attached("public.m", "m_n"), None);
            assert_eq!(attached("public.m1", "m1_n_idx"), Some(q("public.m_n")));
            let constraint = |table: &str, text: &str| {
                let key = ObjectKey::on_relation(ObjectKind::Constraint, q(table), name(text));
                let Object::Constraint(constraint) = object(catalog, key) else { panic!() };
                constraint
            };
            assert!(!constraint("public.h", "positive").inherited);
            assert!(constraint("public.h1", "positive").inherited);
            assert!(constraint("public.h1", "h1_pkey").inherited);
            // Until 16 a partition's column is no identity; from 17 on all share one sequence.
            let identity = |text: &str| catalog.column(&q(text), &name("id")).unwrap().identity.clone();
            let root = identity("public.numbered");
            assert_eq!(root.as_ref().map(|identity| identity.options.start), Some(7));
            assert_eq!(identity("public.numbered2"), if major >= 17 { root } else { None });
            // One foreign key, whatever PostgreSQL keeps for each partition that it leads to.
            let keys: Vec<String> = catalog
                .on_relation(ObjectKind::Constraint, &q("public.refers"))
                .map(|(key, _)| key.name().to_string())
                .filter(|name| !name.ends_with("_not_null"))
                .collect();
            assert_eq!(keys, ["refers_a_fkey"]);
        },
    );
}

#[test]
fn constraints() {
    on_every_version(
        |major| {
            let mut sql = "CREATE EXTENSION btree_gist;
             CREATE TABLE a (x int, y text, z int, PRIMARY KEY (x, y) INCLUDE (z) WITH (fillfactor = 80));
             COMMENT ON CONSTRAINT a_pkey ON a IS 'key';
             CREATE TABLE b (
                 w int UNIQUE, x int, y text, r int4range, z int CONSTRAINT positive CHECK (z > 0 AND z <> 5) NO INHERIT,
                 CONSTRAINT u UNIQUE (x) DEFERRABLE INITIALLY DEFERRED,
                 CONSTRAINT f FOREIGN KEY (x, y) REFERENCES a MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE,
                 CONSTRAINT self FOREIGN KEY (z) REFERENCES b (w) ON DELETE SET DEFAULT ON UPDATE RESTRICT,
                 CONSTRAINT e EXCLUDE USING gist (x WITH =, (r * '[1,5)'::int4range) WITH &&, y COLLATE \"C\" WITH <>) WHERE (z > 1));
             ALTER TABLE b ADD CONSTRAINT late CHECK (x < 100) NOT VALID;\n"
                .to_owned();
            if major >= 15 {
                sql.push_str(
                    "CREATE TABLE v15 (a int, b text, UNIQUE NULLS NOT DISTINCT (a),
                        FOREIGN KEY (a, b) REFERENCES a ON DELETE SET NULL (a));",
                );
            }
            if major >= 18 {
                sql.push_str(
                    "CREATE TABLE v18 (a int, p daterange, CHECK (a > 0) NOT ENFORCED, PRIMARY KEY (a, p WITHOUT OVERLAPS));
                     CREATE TABLE w18 (a int, p daterange, FOREIGN KEY (a, PERIOD p) REFERENCES v18 (a, PERIOD p));",
                );
            }
            sql
        },
        |catalog, major| {
            let get = |table: &str, text: &str| {
                entry(catalog, ObjectKey::on_relation(ObjectKind::Constraint, q(table), name(text)))
            };
            let make = |table: &str, text: &str, body| Constraint {
                table: q(table),
                name: name(text),
                body,
                deferrable: false,
                initially_deferred: false,
                validated: true,
                enforced: true,
                no_inherit: false,
                inherited: false,
            };
            let primary = get("public.a", "a_pkey");
            assert_eq!(primary.comment.as_deref(), Some("key"));
            let key = KeyConstraint {
                columns: vec![name("x"), name("y")],
                include: vec![name("z")],
                options: [("fillfactor".to_owned(), "80".to_owned())].into(),
                ..KeyConstraint::default()
            };
            assert_eq!(primary.object, make("public.a", "a_pkey", ConstraintBody::PrimaryKey(key)).into());
            let check = ConstraintBody::Check { expr: expr("((z > 0) AND (z <> 5))") };
            let expected = Constraint { no_inherit: true, ..make("public.b", "positive", check) };
            assert_eq!(get("public.b", "positive").object, expected.into());
            let unique = KeyConstraint { columns: vec![name("x")], ..KeyConstraint::default() };
            let unique = ConstraintBody::Unique(unique);
            let expected =
                Constraint { deferrable: true, initially_deferred: true, ..make("public.b", "u", unique) };
            assert_eq!(get("public.b", "u").object, expected.into());
            let foreign = ForeignKey {
                columns: vec![name("x"), name("y")],
                period: false,
                references: q("public.a"),
                referenced_columns: vec![name("x"), name("y")],
                match_type: MatchType::Full,
                on_update: ForeignKeyAction::Cascade,
                on_delete: ForeignKeyAction::SetNull,
                on_delete_columns: vec![],
            };
            let expected = make("public.b", "f", ConstraintBody::ForeignKey(foreign));
            assert_eq!(get("public.b", "f").object, Constraint { deferrable: true, ..expected }.into());
            let own = ForeignKey {
                columns: vec![name("z")],
                period: false,
                references: q("public.b"),
                referenced_columns: vec![name("w")],
                match_type: MatchType::Simple,
                on_update: ForeignKeyAction::Restrict,
                on_delete: ForeignKeyAction::SetDefault,
                on_delete_columns: vec![],
            };
            assert_eq!(
                get("public.b", "self").object,
                make("public.b", "self", ConstraintBody::ForeignKey(own)).into()
            );
            let plain = IndexElement::column;
            let element = |element, operator: &str| ExclusionElement { element, operator: q(operator) };
            let exclusion = Exclusion {
                method: name("gist"),
                elements: vec![
                    element(plain(name("x")), "pg_catalog.="),
                    element(
                        IndexElement {
                            target: IndexTarget::Expr(expr("(r * '[1,5)'::int4range)")),
                            ..plain(name("r"))
                        },
                        "pg_catalog.&&",
                    ),
                    element(
                        IndexElement { collation: Some(q("pg_catalog.C")), ..plain(name("y")) },
                        "pg_catalog.<>",
                    ),
                ],
                include: vec![],
                predicate: Some(expr("(z > 1)")),
                options: Options::new(),
                tablespace: None,
            };
            assert_eq!(
                get("public.b", "e").object,
                make("public.b", "e", ConstraintBody::Exclusion(exclusion)).into()
            );
            let late = ConstraintBody::Check { expr: expr("(x < 100)") };
            let expected = Constraint { validated: false, ..make("public.b", "late", late) };
            assert_eq!(get("public.b", "late").object, expected.into());
            // The indexes behind constraints are parts of those.
            assert_eq!(catalog.of_kind(ObjectKind::Index).count(), 0);
            if major >= 15 {
                let Object::Constraint(unique) = get("public.v15", "v15_a_key").object else { panic!() };
                let ConstraintBody::Unique(unique) = unique.body else { panic!() };
                assert!(unique.nulls_not_distinct);
                let Object::Constraint(foreign) = get("public.v15", "v15_a_b_fkey").object else { panic!() };
                let ConstraintBody::ForeignKey(foreign) = foreign.body else { panic!() };
                assert_eq!(foreign.on_delete_columns, [name("a")]);
            }
            if major >= 18 {
                let Object::Constraint(check) = get("public.v18", "v18_a_check").object else { panic!() };
                assert!(!check.enforced);
                let Object::Constraint(primary) = get("public.v18", "v18_pkey").object else { panic!() };
                let ConstraintBody::PrimaryKey(primary) = primary.body else { panic!() };
                assert!(primary.without_overlaps);
                let Object::Constraint(foreign) = get("public.w18", "w18_a_p_fkey").object else { panic!() };
                let ConstraintBody::ForeignKey(foreign) = foreign.body else { panic!() };
                assert!(foreign.period);
            }
        },
    );
}

#[test]
fn indexes() {
    on_every_version(
        |major| {
            let nulls = if major >= 15 { "NULLS NOT DISTINCT" } else { "" };
            format!(
                "CREATE EXTENSION pg_trgm;
                 CREATE TABLE t (a int, b text, c text COLLATE \"C\", d varchar(10), p point, j jsonb);
                 CREATE UNIQUE INDEX u ON t (a DESC, b NULLS FIRST, d varchar_pattern_ops) INCLUDE (c) {nulls}
                     WITH (fillfactor = 50, deduplicate_items = off) WHERE (a > 0);
                 COMMENT ON INDEX u IS 'unique';
                 CREATE INDEX e ON t (lower(b), (a + 1) DESC NULLS LAST, lower(c), lower(b) COLLATE \"C\", lower(c) COLLATE \"default\");
                 CREATE INDEX g ON t USING gin (j jsonb_path_ops);
                 CREATE INDEX h ON t USING hash (b);
                 CREATE INDEX s ON t USING gist (b gist_trgm_ops (siglen = 32), p);
                 CREATE INDEX k ON t (c COLLATE \"POSIX\");
                 CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
                 CREATE INDEX mi ON m (a);
                 CREATE INDEX cl ON t (a);
                 ALTER TABLE t CLUSTER ON cl;
                 ALTER INDEX e ALTER COLUMN 2 SET STATISTICS 100;
                 UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'h'::regclass;"
            )
        },
        |catalog, major| {
            let get = |table: &str, text: &str| {
                let entry = entry(catalog, ObjectKey::on_relation(ObjectKind::Index, q(table), name(text)));
                let Object::Index(index) = entry.object else { panic!() };
                (index, entry.comment)
            };
            let plain = |text: &str| IndexElement::column(name(text));
            let class = |text: &str| Some(OperatorClass { name: Some(q(text)), options: Options::new() });
            let (u, comment) = get("public.t", "u");
            assert_eq!(comment.as_deref(), Some("unique"));
            let options = [("fillfactor", "50"), ("deduplicate_items", "false")];
            let expected = Index {
                table: q("public.t"),
                name: name("u"),
                method: name("btree"),
                unique: true,
                elements: vec![
                    IndexElement { descending: true, nulls_first: true, ..plain("a") },
                    IndexElement { nulls_first: true, ..plain("b") },
                    IndexElement { operator_class: class("pg_catalog.varchar_pattern_ops"), ..plain("d") },
                ],
                include: vec![name("c")],
                nulls_not_distinct: major >= 15,
                predicate: Some(expr("(a > 0)")),
                options: options.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                tablespace: None,
                attached_to: None,
                valid: true,
            };
            assert_eq!(u, expected);
            let on = |text: &str| IndexElement { target: IndexTarget::Expr(expr(text)), ..plain("a") };
            let (e, _) = get("public.t", "e");
            let collated =
                |text: &str, collation: &str| IndexElement { collation: Some(q(collation)), ..on(text) };
            assert_eq!(
                e.elements,
                [
                    on("lower(b)"),
                    IndexElement { descending: true, ..on("(a + 1)") },
                    on("lower(c)"),
                    collated("lower(b)", "pg_catalog.C"),
                    collated("lower(c)", "pg_catalog.default"),
                ]
            );
            let (g, _) = get("public.t", "g");
            assert_eq!(g.method, name("gin"));
            assert_eq!(g.elements[0].operator_class, class("pg_catalog.jsonb_path_ops"));
            assert!(!get("public.t", "h").0.valid);
            let (s, _) = get("public.t", "s");
            let trigrams = OperatorClass {
                name: Some(q("public.gist_trgm_ops")),
                options: [("siglen".to_owned(), "32".to_owned())].into(),
            };
            assert_eq!(s.elements[0].operator_class, Some(trigrams));
            assert_eq!(s.elements[1].operator_class, None);
            assert_eq!(get("public.t", "k").0.elements[0].collation, Some(q("pg_catalog.POSIX")));
            assert_eq!(get("public.m", "mi").0.elements, [plain("a")]);
            gap(catalog, "clustering", "public.cl");
            gap(catalog, "index statistics", "public.e");
        },
    );
}

#[test]
fn views() {
    on_every_version(
        |_| {
            "CREATE TABLE t (a int, b varchar(5));
             CREATE VIEW v (x, y) WITH (security_barrier = on, check_option = local) AS SELECT a, b FROM t WHERE a > 0;
             ALTER VIEW v ALTER x SET DEFAULT 7;
             COMMENT ON VIEW v IS 'a view';
             COMMENT ON COLUMN v.y IS 'its column';
             CREATE MATERIALIZED VIEW m WITH (fillfactor = 60) AS SELECT a FROM t WITH NO DATA;
             COMMENT ON MATERIALIZED VIEW m IS 'kept';
             COMMENT ON COLUMN m.a IS 'm''s column';
             GRANT SELECT ON v TO PUBLIC;"
                .to_owned()
        },
        |catalog, major| {
            let view = entry(catalog, ObjectKey::in_schema(ObjectKind::View, q("public.v")));
            assert_eq!(view.comment.as_deref(), Some("a view"));
            assert!(view.privileges.is_some());
            // Qualified as it was until 15, and bare from 16 on: text never decides.
            let query = if major >= 16 {
                "SELECT a AS x,\n    b AS y\n   FROM public.t\n  WHERE (a > 0)"
            } else {
                "SELECT t.a AS x,\n    t.b AS y\n   FROM public.t\n  WHERE (t.a > 0)"
            };
            let column = |text: &str, data_type| ViewColumn { name: name(text), data_type: Some(data_type) };
            let expected = View {
                name: q("public.v"),
                persistence: Persistence::Permanent,
                columns: vec![column("x", builtin("int4")), column("y", with("varchar", &["5"]))],
                query: Query { sql: Arc::from(query), search_path: Arc::from([]) },
                options: [("security_barrier", "true"), ("check_option", "local")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
                column_defaults: [(name("x"), expr("7"))].into(),
                column_comments: [(name("y"), "its column".to_owned())].into(),
            };
            assert_eq!(view.object, expected.into());
            let kept = entry(catalog, ObjectKey::in_schema(ObjectKind::MaterializedView, q("public.m")));
            assert_eq!(kept.comment.as_deref(), Some("kept"));
            let query =
                if major >= 16 { "SELECT a\n   FROM public.t" } else { "SELECT t.a\n   FROM public.t" };
            let expected = MaterializedView {
                name: q("public.m"),
                columns: vec![column("a", builtin("int4"))],
                query: Query { sql: Arc::from(query), search_path: Arc::from([]) },
                options: [("fillfactor".to_owned(), "60".to_owned())].into(),
                access_method: None,
                tablespace: None,
                populated: false,
                column_comments: [(name("a"), "m's column".to_owned())].into(),
            };
            assert_eq!(kept.object, expected.into());
            assert_eq!(catalog.columns(&q("public.v")).len(), 0, "a view's columns are part of it");
        },
    );
}

#[test]
fn routines() {
    on_every_version(
        |major| {
            let mut sql = "CREATE FUNCTION f(a int, INOUT b text DEFAULT 'x,y', OUT c numeric, VARIADIC d text[] DEFAULT ARRAY['p', 'q,r'])
                 RETURNS SETOF record LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER PARALLEL RESTRICTED LEAKPROOF
                 COST 7 ROWS 33 SET search_path = app, pg_temp SET work_mem = '8MB' AS $$BEGIN RETURN; END$$;
             COMMENT ON FUNCTION f(int, text, text[]) IS 'a function';
             REVOKE EXECUTE ON FUNCTION f(int, text, text[]) FROM PUBLIC;
             CREATE FUNCTION tab() RETURNS TABLE (x int, y varchar(3)) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 1, ''a''';
             CREATE FUNCTION plain(int, varchar(10)) RETURNS int LANGUAGE sql AS 'SELECT 1';
             CREATE PROCEDURE p(a int, INOUT b int) LANGUAGE plpgsql AS $$BEGIN END$$;
             CREATE FUNCTION intern(float8) RETURNS float8 LANGUAGE internal IMMUTABLE AS 'dsqrt';
             CREATE FUNCTION win() RETURNS int8 LANGUAGE internal WINDOW AS 'window_row_number';
             CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);\n"
                .to_owned();
            if major >= 14 {
                sql.push_str(
                    "CREATE FUNCTION atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + 1; END;
                     CREATE FUNCTION ret(a int) RETURNS int LANGUAGE sql RETURN a + 1;",
                );
            }
            sql
        },
        |catalog, major| {
            let find = |kind, text: &str| {
                let mut found = catalog.routines(kind, &q(text));
                let (key, entry) =
                    found.next().unwrap_or_else(|| panic!("{text} is not there: {:?}", catalog.gaps));
                assert!(found.next().is_none());
                (key.to_string(), entry.clone())
            };
            let routine = |entry: &Entry| match &entry.object {
                Object::Function(Function(routine)) | Object::Procedure(Procedure(routine)) => {
                    routine.clone()
                }
                other => panic!("{other:?}"),
            };
            let argument = |text: &str, mode, data_type, default: Option<&str>| Argument {
                name: Some(name(text)),
                mode,
                data_type,
                default: default.map(expr),
            };
            let (key, f) = find(ObjectKind::Function, "public.f");
            assert_eq!(key, "public.f(integer, text, text[])");
            assert_eq!(f.comment.as_deref(), Some("a function"));
            assert!(f.privileges.as_ref().unwrap().iter().all(|privilege| privilege.grantee.is_some()));
            let texts = builtin("text").array_of();
            let expected = Routine {
                name: q("public.f"),
                arguments: vec![
                    argument("a", ArgumentMode::In, builtin("int4"), None),
                    argument("b", ArgumentMode::InOut, builtin("text"), Some("'x,y'::text")),
                    argument("c", ArgumentMode::Out, builtin("numeric"), None),
                    argument("d", ArgumentMode::Variadic, texts, Some("ARRAY['p'::text, 'q,r'::text]")),
                ],
                returns: Some(builtin("record")),
                returns_set: true,
                language: name("plpgsql"),
                body: RoutineBody::Source("BEGIN RETURN; END".to_owned()),
                volatility: Volatility::Stable,
                strict: true,
                security_definer: true,
                leakproof: true,
                window: false,
                parallel: Parallel::Restricted,
                cost: Some("7".to_owned()),
                rows: Some("33".to_owned()),
                support: None,
                config: [("search_path", "app, pg_temp"), ("work_mem", "8MB")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
                transforms: vec![],
            };
            assert_eq!(routine(&f), expected);
            let (_, tab) = find(ObjectKind::Function, "public.tab");
            let tab = routine(&tab);
            assert_eq!(
                tab.arguments,
                [
                    argument("x", ArgumentMode::Table, builtin("int4"), None),
                    argument("y", ArgumentMode::Table, builtin("varchar"), None)
                ]
            );
            assert_eq!((tab.returns, tab.returns_set, tab.rows), (Some(builtin("record")), true, None));
            assert_eq!((tab.volatility, tab.parallel), (Volatility::Immutable, Parallel::Safe));
            let (_, plain) = find(ObjectKind::Function, "public.plain");
            let plain = routine(&plain);
            assert_eq!(plain.arguments[1].name, None);
            assert_eq!((plain.cost, plain.rows, plain.returns), (None, None, Some(builtin("int4"))));
            let (_, p) = find(ObjectKind::Procedure, "public.p");
            assert_eq!(routine(&p).returns, None);
            assert_eq!(routine(&p).arguments[1].mode, ArgumentMode::InOut);
            let (_, intern) = find(ObjectKind::Function, "public.intern");
            assert_eq!(routine(&intern).body, RoutineBody::Source("dsqrt".to_owned()));
            assert_eq!(routine(&intern).cost, None);
            let (_, win) = find(ObjectKind::Function, "public.win");
            assert!(routine(&win).window);
            gap(catalog, "aggregate", "public.total(integer)");
            assert!(catalog.ambient.functions.iter().any(|f| f.name == q("public.total") && f.kind == 'a'));
            if major >= 14 {
                let sql = |text: &str| match routine(&find(ObjectKind::Function, text).1).body {
                    RoutineBody::Sql(query) => query.sql.to_string(),
                    other => panic!("{other:?}"),
                };
                assert_eq!(sql("public.ret"), "RETURN (a + 1)");
                assert!(sql("public.atomic").starts_with("BEGIN ATOMIC"), "{}", sql("public.atomic"));
            }
        },
    );
}

#[test]
fn triggers_and_policies() {
    on_every_version(
        |_| {
            "CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
             CREATE TABLE t (a int, b text, \" WHEN (\" int);
             CREATE TRIGGER one BEFORE INSERT OR UPDATE OF b, a OR DELETE ON t FOR EACH ROW
                 EXECUTE FUNCTION fire('x', 'it''s', '');
             CREATE TRIGGER two AFTER UPDATE ON t REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT
                 EXECUTE FUNCTION fire();
             CREATE TRIGGER \"three WHEN (\" AFTER UPDATE ON t FOR EACH ROW WHEN (OLD.a IS DISTINCT FROM NEW.a AND NEW.b <> ') EXECUTE')
                 EXECUTE FUNCTION fire();
             CREATE TRIGGER four AFTER TRUNCATE ON t EXECUTE FUNCTION fire();
             CREATE TABLE other (a int);
             CREATE CONSTRAINT TRIGGER five AFTER INSERT ON t FROM other DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                 EXECUTE FUNCTION fire();
             ALTER TABLE t DISABLE TRIGGER two;
             ALTER TABLE t ENABLE REPLICA TRIGGER four;
             ALTER TABLE t ENABLE ALWAYS TRIGGER one;
             COMMENT ON TRIGGER one ON t IS 'first';
             CREATE VIEW v AS SELECT a FROM t;
             CREATE TRIGGER instead INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION fire();
             CREATE TABLE pt (a int) PARTITION BY LIST (a);
             CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1);
             CREATE TRIGGER cloned AFTER INSERT ON pt FOR EACH ROW EXECUTE FUNCTION fire();
             CREATE TABLE pk (a int PRIMARY KEY);
             CREATE TABLE fk (a int REFERENCES pk);
             CREATE POLICY everyone ON t USING (a > 0);
             CREATE POLICY strict ON t AS RESTRICTIVE FOR UPDATE TO pg_monitor, pg_signal_backend USING (b = current_user) WITH CHECK (a < 9);
             COMMENT ON POLICY strict ON t IS 'careful';"
                .to_owned()
        },
        |catalog, _| {
            let get = |table: &str, text: &str| {
                let entry = entry(catalog, ObjectKey::on_relation(ObjectKind::Trigger, q(table), name(text)));
                let Object::Trigger(trigger) = entry.object else { panic!() };
                (trigger, entry.comment)
            };
            let make = |text: &str, timing| Trigger {
                table: q("public.t"),
                name: name(text),
                timing,
                on_insert: false,
                on_update: false,
                update_columns: vec![],
                on_delete: false,
                on_truncate: false,
                for_each_row: false,
                when: None,
                old_table: None,
                new_table: None,
                function: q("public.fire"),
                arguments: vec![],
                constraint: None,
                enabled: TriggerEnabled::Origin,
                inherited: false,
            };
            let (one, comment) = get("public.t", "one");
            assert_eq!(comment.as_deref(), Some("first"));
            let expected = Trigger {
                on_insert: true,
                on_update: true,
                on_delete: true,
                update_columns: vec![name("b"), name("a")],
                for_each_row: true,
                arguments: vec!["x".into(), "it's".into(), String::new()],
                enabled: TriggerEnabled::Always,
                ..make("one", TriggerTiming::Before)
            };
            assert_eq!(one, expected);
            let expected = Trigger {
                on_update: true,
                old_table: Some(name("was")),
                new_table: Some(name("is_now")),
                enabled: TriggerEnabled::Disabled,
                ..make("two", TriggerTiming::After)
            };
            assert_eq!(get("public.t", "two").0, expected);
            let condition = "((old.a IS DISTINCT FROM new.a) AND (new.b <> ') EXECUTE'::text))";
            let expected = Trigger {
                on_update: true,
                for_each_row: true,
                when: Some(expr(condition)),
                ..make("three WHEN (", TriggerTiming::After)
            };
            assert_eq!(get("public.t", "three WHEN (").0, expected);
            let expected = Trigger {
                on_truncate: true,
                enabled: TriggerEnabled::Replica,
                ..make("four", TriggerTiming::After)
            };
            assert_eq!(get("public.t", "four").0, expected);
            let constraint = ConstraintTrigger {
                from: Some(q("public.other")),
                deferrable: true,
                initially_deferred: true,
            };
            let expected = Trigger {
                on_insert: true,
                for_each_row: true,
                constraint: Some(constraint),
                ..make("five", TriggerTiming::After)
            };
            assert_eq!(get("public.t", "five").0, expected);
            assert_eq!(get("public.v", "instead").0.timing, TriggerTiming::InsteadOf);
            assert!(!get("public.pt", "cloned").0.inherited);
            assert!(get("public.pt1", "cloned").0.inherited);
            assert_eq!(catalog.of_kind(ObjectKind::Trigger).count(), 8, "none of the foreign key's own");

            let policy = |text: &str| {
                entry(catalog, ObjectKey::on_relation(ObjectKind::Policy, q("public.t"), name(text)))
            };
            let expected = Policy {
                table: q("public.t"),
                name: name("everyone"),
                permissive: true,
                command: PolicyCommand::All,
                roles: vec![],
                using: Some(expr("(a > 0)")),
                check: None,
            };
            assert_eq!(policy("everyone").object, expected.into());
            let strict = policy("strict");
            assert_eq!(strict.comment.as_deref(), Some("careful"));
            let expected = Policy {
                table: q("public.t"),
                name: name("strict"),
                permissive: false,
                command: PolicyCommand::Update,
                roles: vec![name("pg_monitor"), name("pg_signal_backend")],
                using: Some(expr("(b = CURRENT_USER)")),
                check: Some(expr("(a < 9)")),
            };
            assert_eq!(strict.object, expected.into());
        },
    );
}

#[test]
fn what_has_no_kind_is_a_gap_with_its_name() {
    on_every_version(
        |_| {
            "CREATE TABLE t (a int, b int);
             CREATE STATISTICS stats ON a, b FROM t;
             CREATE RULE rewritten AS ON DELETE TO t DO INSTEAD NOTHING;
             CREATE COLLATION plain FROM \"C\";
             CREATE FUNCTION same(int, int) RETURNS bool LANGUAGE sql AS 'SELECT $1 = $2';
             CREATE OPERATOR === (leftarg = int, rightarg = int, function = same);
             CREATE TYPE pair AS (a int);
             CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql AS 'SELECT ROW($1)::pair';
             CREATE CAST (int AS pair) WITH FUNCTION to_pair(int) AS ASSIGNMENT;
             CREATE TEXT SEARCH CONFIGURATION search (COPY = simple);
             CREATE FOREIGN DATA WRAPPER wrapper;
             CREATE SERVER remote FOREIGN DATA WRAPPER wrapper;
             CREATE USER MAPPING FOR PUBLIC SERVER remote;
             CREATE FOREIGN TABLE away (a int) SERVER remote;
             CREATE PUBLICATION pub FOR TABLE t;
             CREATE SUBSCRIPTION sub CONNECTION 'host=none' PUBLICATION p WITH (connect = false);
             CREATE FUNCTION ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
             CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION ddl();
             ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
             CREATE TYPE shell;
             CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
             CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
             CREATE TABLE other (a int) USING heap2;"
                .to_owned()
        },
        |catalog, _| {
            for (what, object) in [
                ("statistics", "public.stats"),
                ("rule", "rewritten on public.t"),
                ("collation", "public.plain"),
                ("operator", "public.===(integer,integer)"),
                ("cast", "(integer AS public.pair)"),
                ("text search configuration", "public.search"),
                ("foreign-data wrapper", "wrapper"),
                ("server", "remote"),
                ("user mapping", "public on server remote"),
                ("foreign table", "public.away"),
                ("publication", "pub"),
                ("subscription", "sub"),
                ("event trigger", "watch"),
                ("base type", "public.shell"),
                ("conversion", "public.conv"),
                ("access method", "heap2"),
            ] {
                assert_eq!(gap(catalog, what, object).code, "U101");
            }
            assert!(catalog.gaps.iter().any(|gap| gap.what == "default privileges"));
            assert!(catalog.gaps.iter().all(|gap| gap.reason == GapReason::Unmodeled));
            assert_eq!(catalog.table(&q("public.other")).unwrap().access_method, Some(name("heap2")));
            assert!(
                catalog.ambient.operators.iter().any(|o| o.name == q("public.===") && o.extension.is_none())
            );
            assert!(catalog.ambient.casts.iter().any(|c| c.context == 'a' && c.method == 'f'));
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
