//! Tables, columns, sequences, partitions.

use super::*;

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
