//! One object of every kind, each on a base of its own that both sides have.

use crate::pair::{Fate, Side, somewhere};
use proptest::prelude::*;
use trueup_catalog::ObjectKind;

/// The sorts of things, with the kind of the object that they are about.
macro_rules! sorts {
    ($($sort:ident => $kind:ident),* $(,)?) => {
        /// What sort of thing it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Sort { $($sort),* }

        /// All of them.
        pub const SORTS: &[Sort] = &[$(Sort::$sort),*];

        impl Sort {
            /// The kind of the object that is on one side only.
            pub fn kind(self) -> ObjectKind {
                match self { $(Sort::$sort => ObjectKind::$kind),* }
            }
        }
    };
}

sorts! {
    Schema => Schema,
    Extension => Extension,
    EnumType => EnumType,
    Domain => Domain,
    DomainCheck => DomainConstraint,
    Composite => CompositeType,
    Range => RangeType,
    BaseType => BaseType,
    Collation => Collation,
    Conversion => Conversion,
    Language => Language,
    AccessMethod => AccessMethod,
    Sequence => Sequence,
    OwnedSequence => Sequence,
    View => View,
    MaterializedView => MaterializedView,
    Function => Function,
    SqlFunction => Function,
    Procedure => Procedure,
    Aggregate => Aggregate,
    Operator => Operator,
    OperatorFamily => OperatorFamily,
    OperatorClass => OperatorClass,
    Cast => Cast,
    Transform => Transform,
    SearchParser => TextSearchParser,
    SearchTemplate => TextSearchTemplate,
    SearchDictionary => TextSearchDictionary,
    SearchConfiguration => TextSearchConfiguration,
    Wrapper => ForeignDataWrapper,
    Server => Server,
    ForeignTable => Table,
    UserMapping => UserMapping,
    Statistics => Statistics,
    Trigger => Trigger,
    ConstraintTrigger => Trigger,
    EventTrigger => EventTrigger,
    Rule => Rule,
    Policy => Policy,
    Publication => Publication,
    DefaultPrivileges => DefaultPrivileges,
    TypedTable => Table,
    Exclusion => Constraint,
    CompositeNotNull => Column,
    DomainColumn => Column,
    Comments => Function,
    Grants => Function,
    Dependency => Function,
    Circle => Constraint,
    Overloads => Function,
    Named => Table,
}

/// A thing.
#[derive(Clone, Copy, Debug)]
pub struct Thing {
    pub sort: Sort,
    pub fate: Fate,
}

/// Any thing.
pub fn thing() -> impl Strategy<Value = Thing> {
    ((0..SORTS.len()).prop_map(|n| SORTS[n]), somewhere()).prop_map(|(sort, fate)| Thing { sort, fate })
}

impl Thing {
    /// What both sides have, then the object itself.
    pub fn sql(&self, at: usize, side: Side, major: u16) -> Vec<String> {
        let n = format!("x{at}");
        let (base, one, other) = self.parts(&n, major);
        let mut sql = base;
        if self.fate.on(side) && self.sort != Sort::DefaultPrivileges {
            sql.extend(if self.fate.other(side) { other } else { one });
        }
        sql
    }

    /// What must come after everything else.
    pub fn last(&self, at: usize, side: Side) -> Vec<String> {
        if self.sort != Sort::DefaultPrivileges || !self.fate.on(side) {
            return Vec::new();
        }
        let what = if self.fate.other(side) { "SELECT, INSERT" } else { "SELECT" };
        vec![format!("ALTER DEFAULT PRIVILEGES IN SCHEMA x{at} GRANT {what} ON TABLES TO trueup_reader")]
    }

    /// The base, the object, and another form of it.
    fn parts(&self, n: &str, major: u16) -> (Vec<String>, Vec<String>, Vec<String>) {
        let v = |list: &[&str]| -> Vec<String> { list.iter().map(|sql| sql.replace('@', n)).collect() };
        let table = "CREATE TABLE s.@ (a int NOT NULL, b int, c text)";
        let rows = "INSERT INTO s.@ VALUES (1, 1, 'one'), (2, NULL, 'two')";
        let pair = "CREATE TYPE s.@ AS (x int, y int)";
        let cmp =
            "CREATE FUNCTION s.@_cmp(s.@, s.@) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1.x - $2.x'";
        let less =
            "CREATE FUNCTION s.@_less(s.@, s.@) RETURNS bool LANGUAGE sql IMMUTABLE AS 'select $1.x < $2.x'";
        let ddl = "CREATE FUNCTION s.@() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end'";
        let wrapper = "CREATE FOREIGN DATA WRAPPER @ OPTIONS (debug 'true')";
        let server = "CREATE SERVER @ TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER @ OPTIONS (host 'a')";
        let (base, one, other): (&[&str], &[&str], &[&str]) = match self.sort {
            Sort::Schema => (&[], &["CREATE SCHEMA @"], &["CREATE SCHEMA @", "COMMENT ON SCHEMA @ IS 'x'"]),
            Sort::Extension => (
                &[],
                &["CREATE EXTENSION IF NOT EXISTS citext SCHEMA s"],
                &["CREATE EXTENSION IF NOT EXISTS citext SCHEMA s"],
            ),
            Sort::EnumType => (
                &[],
                &["CREATE TYPE s.@ AS ENUM ('a', 'c')"],
                &["CREATE TYPE s.@ AS ENUM ('0', 'a', 'b', 'c', 'd')"],
            ),
            Sort::Domain => (
                &[],
                &["CREATE DOMAIN s.@ AS text COLLATE \"C\" NOT NULL CONSTRAINT full_ CHECK (VALUE <> '')"],
                &[
                    "CREATE DOMAIN s.@ AS text COLLATE \"C\" DEFAULT 'x' NOT NULL CONSTRAINT full_ CHECK (VALUE <> '')",
                ],
            ),
            Sort::DomainCheck => (
                &["CREATE DOMAIN s.@_d AS int", "CREATE TABLE s.@ (a s.@_d)", "INSERT INTO s.@ VALUES (1)"],
                &["ALTER DOMAIN s.@_d ADD CONSTRAINT pos CHECK (VALUE > 0)"],
                &["ALTER DOMAIN s.@_d ADD CONSTRAINT pos CHECK (VALUE > -1)"],
            ),
            Sort::Composite => (
                &[],
                &["CREATE TYPE s.@ AS (a int, b text)"],
                &["CREATE TYPE s.@ AS (a int, b text, c date)"],
            ),
            Sort::Range => (
                &[],
                &["CREATE TYPE s.@ AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi)"],
                &["CREATE TYPE s.@ AS RANGE (SUBTYPE = float8)"],
            ),
            Sort::BaseType => (
                &[],
                &[
                    "CREATE TYPE s.@",
                    "CREATE FUNCTION s.@_in(cstring) RETURNS s.@ LANGUAGE internal IMMUTABLE STRICT AS 'textin'",
                    "CREATE FUNCTION s.@_out(s.@) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'",
                    "CREATE TYPE s.@ (INPUT = s.@_in, OUTPUT = s.@_out, LIKE = text)",
                ],
                &[
                    "CREATE TYPE s.@",
                    "CREATE FUNCTION s.@_in(cstring) RETURNS s.@ LANGUAGE internal IMMUTABLE STRICT AS 'textin'",
                    "CREATE FUNCTION s.@_out(s.@) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'",
                    "CREATE TYPE s.@ (INPUT = s.@_in, OUTPUT = s.@_out, LIKE = text, CATEGORY = 'S')",
                ],
            ),
            Sort::Collation => (
                &[],
                &["CREATE COLLATION s.@ FROM \"C\""],
                &["CREATE COLLATION s.@ (LC_COLLATE = 'C', LC_CTYPE = 'POSIX')"],
            ),
            Sort::Conversion => (
                &[],
                &["CREATE CONVERSION s.@ FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"],
                &["CREATE CONVERSION s.@ FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1"],
            ),
            Sort::Language => (
                &[],
                &[
                    "CREATE TRUSTED LANGUAGE @ HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator",
                ],
                &[
                    "CREATE LANGUAGE @ HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator",
                ],
            ),
            Sort::AccessMethod => (
                &[],
                &[
                    "CREATE ACCESS METHOD @ TYPE TABLE HANDLER heap_tableam_handler",
                    "CREATE TABLE s.@ (a int) USING @",
                ],
                &[
                    "CREATE ACCESS METHOD @ TYPE TABLE HANDLER heap_tableam_handler",
                    "CREATE TABLE s.@ (a int)",
                ],
            ),
            Sort::Sequence => (
                &[],
                &["CREATE SEQUENCE s.@ AS integer INCREMENT BY 2 CACHE 5 CYCLE"],
                &["CREATE SEQUENCE s.@ AS integer INCREMENT BY 3"],
            ),
            Sort::OwnedSequence => (
                &[table, rows],
                &[
                    "CREATE SEQUENCE s.@_q OWNED BY s.@.b",
                    "ALTER TABLE s.@ ALTER b SET DEFAULT nextval('s.@_q')",
                ],
                &[
                    "CREATE SEQUENCE s.@_q OWNED BY s.@.a",
                    "ALTER TABLE s.@ ALTER b SET DEFAULT nextval('s.@_q')",
                ],
            ),
            Sort::View => (
                &[table, rows],
                &[
                    "CREATE VIEW s.@_v WITH (security_barrier = true) AS SELECT a, c FROM s.@ WHERE a > 0 WITH LOCAL CHECK OPTION",
                    "CREATE VIEW s.@_a AS SELECT a FROM s.@_v",
                    "ALTER VIEW s.@_v ALTER c SET DEFAULT 'x'",
                    "COMMENT ON COLUMN s.@_v.a IS 'a'",
                ],
                &[
                    "CREATE VIEW s.@_v AS SELECT a, c, b FROM s.@ WHERE a > 1",
                    "CREATE VIEW s.@_a AS SELECT a FROM s.@_v",
                ],
            ),
            Sort::MaterializedView => (
                &[table, rows],
                &[
                    "CREATE MATERIALIZED VIEW s.@_m WITH (fillfactor = 90) AS SELECT a, count(*) AS n FROM s.@ GROUP BY a",
                    "CREATE UNIQUE INDEX @_m_a ON s.@_m (a)",
                    "ALTER MATERIALIZED VIEW s.@_m ALTER n SET STATISTICS 300",
                    "CREATE MATERIALIZED VIEW s.@_e AS SELECT 1 AS one WITH NO DATA",
                ],
                &["CREATE MATERIALIZED VIEW s.@_m AS SELECT a, max(b) AS n FROM s.@ GROUP BY a"],
            ),
            Sort::Function => (
                &[],
                &[
                    "CREATE FUNCTION s.@(a int DEFAULT 1, VARIADIC b text[] DEFAULT '{}') RETURNS TABLE (x int, y text) LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER PARALLEL SAFE COST 5 ROWS 7 SET search_path = s, \"$user\" AS $$ begin return query select a, 'it''s'; end $$",
                ],
                &[
                    "CREATE FUNCTION s.@(a int DEFAULT 1, VARIADIC b text[] DEFAULT '{}') RETURNS TABLE (x int, y text) LANGUAGE plpgsql AS $$ begin return; end $$",
                ],
            ),
            Sort::SqlFunction if major >= 14 => (
                &[table, rows],
                &[
                    "CREATE FUNCTION s.@_f(n int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM s.@ WHERE a > n; SELECT 2::bigint; END",
                    "CREATE FUNCTION s.@_g(n int) RETURNS int LANGUAGE sql RETURN n + 1",
                ],
                &[
                    "CREATE FUNCTION s.@_f(n int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM s.@; END",
                    "CREATE FUNCTION s.@_g(n int) RETURNS int LANGUAGE sql RETURN n + 2",
                ],
            ),
            Sort::SqlFunction => (
                &[table, rows],
                &[
                    "CREATE FUNCTION s.@_f(n int) RETURNS bigint LANGUAGE sql AS 'select count(*) from s.@ where a > n'",
                ],
                &["CREATE FUNCTION s.@_f(n int) RETURNS bigint LANGUAGE sql AS 'select count(*) from s.@'"],
            ),
            Sort::Procedure => (
                &[],
                &["CREATE PROCEDURE s.@(n int, INOUT m int) LANGUAGE plpgsql AS 'begin m := n; end'"],
                &["CREATE PROCEDURE s.@(n int, INOUT m int) LANGUAGE plpgsql AS 'begin m := 1; end'"],
            ),
            Sort::Aggregate => (
                &[],
                &[
                    "CREATE AGGREGATE s.@ (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = safe)",
                ],
                &["CREATE AGGREGATE s.@ (int) (SFUNC = int4pl, STYPE = int, INITCOND = '1')"],
            ),
            Sort::Operator => (
                &[pair, less],
                &[
                    "CREATE OPERATOR s.<~~ (LEFTARG = s.@, RIGHTARG = s.@, FUNCTION = s.@_less, COMMUTATOR = OPERATOR(s.~~>), RESTRICT = scalarltsel)",
                ],
                &["CREATE OPERATOR s.<~~ (LEFTARG = s.@, RIGHTARG = s.@, FUNCTION = s.@_less)"],
            ),
            Sort::OperatorFamily => (
                &[],
                &[
                    "CREATE OPERATOR FAMILY s.@ USING btree",
                    "ALTER OPERATOR FAMILY s.@ USING btree ADD OPERATOR 1 < (int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8)",
                ],
                &[
                    "CREATE OPERATOR FAMILY s.@ USING btree",
                    "ALTER OPERATOR FAMILY s.@ USING btree ADD OPERATOR 1 < (int4, int8), OPERATOR 2 <= (int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8)",
                ],
            ),
            Sort::OperatorClass => (
                &[
                    pair,
                    less,
                    cmp,
                    "CREATE OPERATOR s.<## (LEFTARG = s.@, RIGHTARG = s.@, FUNCTION = s.@_less)",
                ],
                &[
                    "CREATE OPERATOR CLASS s.@_ops DEFAULT FOR TYPE s.@ USING btree AS OPERATOR 1 s.<## (s.@, s.@), FUNCTION 1 s.@_cmp(s.@, s.@)",
                    "CREATE TABLE s.@_t (p s.@)",
                    "CREATE INDEX @_i ON s.@_t (p s.@_ops)",
                ],
                &[
                    "CREATE OPERATOR CLASS s.@_ops FOR TYPE s.@ USING btree AS OPERATOR 1 s.<## (s.@, s.@), FUNCTION 1 s.@_cmp(s.@, s.@)",
                ],
            ),
            Sort::Cast => (
                &[pair, "CREATE FUNCTION s.@_x(s.@) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1.x'"],
                &["CREATE CAST (s.@ AS int) WITH FUNCTION s.@_x(s.@) AS ASSIGNMENT"],
                &["CREATE CAST (s.@ AS int) WITH FUNCTION s.@_x(s.@)"],
            ),
            Sort::Transform => (
                &["CREATE TRUSTED LANGUAGE @ HANDLER plpgsql_call_handler"],
                &[
                    "CREATE TRANSFORM FOR int LANGUAGE @ (FROM SQL WITH FUNCTION pg_catalog.varchar_support(internal))",
                ],
                &[
                    "CREATE TRANSFORM FOR int LANGUAGE @ (FROM SQL WITH FUNCTION pg_catalog.numeric_support(internal))",
                ],
            ),
            Sort::SearchParser => (
                &[],
                &[
                    "CREATE TEXT SEARCH PARSER s.@ (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline)",
                ],
                &[
                    "CREATE TEXT SEARCH PARSER s.@ (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)",
                ],
            ),
            Sort::SearchTemplate => (
                &[],
                &["CREATE TEXT SEARCH TEMPLATE s.@ (INIT = dsimple_init, LEXIZE = dsimple_lexize)"],
                &["CREATE TEXT SEARCH TEMPLATE s.@ (LEXIZE = dsimple_lexize)"],
            ),
            Sort::SearchDictionary => (
                &[],
                &["CREATE TEXT SEARCH DICTIONARY s.@ (TEMPLATE = simple, ACCEPT = false)"],
                &["CREATE TEXT SEARCH DICTIONARY s.@ (TEMPLATE = simple, ACCEPT = true)"],
            ),
            Sort::SearchConfiguration => (
                &["CREATE TEXT SEARCH DICTIONARY s.@_d (TEMPLATE = simple)"],
                &[
                    "CREATE TEXT SEARCH CONFIGURATION s.@ (PARSER = \"default\")",
                    "ALTER TEXT SEARCH CONFIGURATION s.@ ADD MAPPING FOR asciiword, word WITH s.@_d, simple",
                ],
                &[
                    "CREATE TEXT SEARCH CONFIGURATION s.@ (PARSER = \"default\")",
                    "ALTER TEXT SEARCH CONFIGURATION s.@ ADD MAPPING FOR asciiword, word, url WITH s.@_d, simple",
                ],
            ),
            Sort::Wrapper => (&[], &[wrapper], &["CREATE FOREIGN DATA WRAPPER @ OPTIONS (debug 'false')"]),
            Sort::Server => (
                &[wrapper],
                &[server],
                &["CREATE SERVER @ TYPE 'x' VERSION '2' FOREIGN DATA WRAPPER @ OPTIONS (host 'b')"],
            ),
            Sort::ForeignTable => (
                &[wrapper, server],
                &[
                    "CREATE FOREIGN TABLE s.@ (a int OPTIONS (column_name 'b') NOT NULL DEFAULT 1, c text, CONSTRAINT pos CHECK (a > 0)) SERVER @ OPTIONS (table_name 'x')",
                    "COMMENT ON FOREIGN TABLE s.@ IS 'elsewhere'",
                ],
                &[
                    "CREATE FOREIGN TABLE s.@ (a int OPTIONS (column_name 'b') NOT NULL DEFAULT 1, c text, d date DEFAULT now(), CONSTRAINT pos CHECK (a > 0)) SERVER @ OPTIONS (table_name 'x')",
                ],
            ),
            Sort::UserMapping => (
                &[wrapper, server],
                &["CREATE USER MAPPING FOR PUBLIC SERVER @ OPTIONS (password 'secret')"],
                &["CREATE USER MAPPING FOR PUBLIC SERVER @"],
            ),
            Sort::Statistics if major >= 14 => (
                &[table, rows],
                &[
                    "CREATE STATISTICS s.@_s ON a, (b + 1) FROM s.@",
                    "ALTER STATISTICS s.@_s SET STATISTICS 500",
                ],
                &[
                    "CREATE STATISTICS s.@_s ON a, (b + 1) FROM s.@",
                    "ALTER STATISTICS s.@_s SET STATISTICS 600",
                ],
            ),
            Sort::Statistics => (
                &[table, rows],
                &[
                    "CREATE STATISTICS s.@_s (mcv) ON a, b FROM s.@",
                    "ALTER STATISTICS s.@_s SET STATISTICS 500",
                ],
                &["CREATE STATISTICS s.@_s ON a, b FROM s.@"],
            ),
            Sort::Trigger => (
                &[table, rows],
                &[
                    "CREATE TRIGGER t BEFORE INSERT OR UPDATE OF b ON s.@ FOR EACH ROW WHEN (new.a > 0) EXECUTE FUNCTION s.note('it''s', 'two')",
                    "ALTER TABLE s.@ ENABLE ALWAYS TRIGGER t",
                    "COMMENT ON TRIGGER t ON s.@ IS 't'",
                ],
                &[
                    "CREATE TRIGGER t BEFORE INSERT OR UPDATE OF b ON s.@ FOR EACH ROW WHEN (new.a > 0) EXECUTE FUNCTION s.note('it''s', 'two')",
                    "ALTER TABLE s.@ DISABLE TRIGGER t",
                ],
            ),
            Sort::ConstraintTrigger => (
                &[table, rows],
                &[
                    "CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON s.@ DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION s.note()",
                    "CREATE TRIGGER u AFTER UPDATE ON s.@ REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION s.note()",
                ],
                &["CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON s.@ FOR EACH ROW EXECUTE FUNCTION s.note()"],
            ),
            Sort::EventTrigger => (
                &[ddl],
                &[
                    "CREATE EVENT TRIGGER @ ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION s.@()",
                ],
                &[
                    "CREATE EVENT TRIGGER @ ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION s.@()",
                    "ALTER EVENT TRIGGER @ DISABLE",
                ],
            ),
            Sort::Rule => (
                &[table, rows, "CREATE VIEW s.@_v AS SELECT a FROM s.@"],
                &[
                    "CREATE RULE r AS ON UPDATE TO s.@ WHERE old.a IS DISTINCT FROM new.a DO ALSO INSERT INTO s.parent (k) VALUES (new.a)",
                    "CREATE RULE d AS ON DELETE TO s.@_v DO INSTEAD (DELETE FROM s.@ WHERE s.@.a = old.a; NOTIFY gone)",
                    "ALTER TABLE s.@ DISABLE RULE r",
                ],
                &["CREATE RULE r AS ON UPDATE TO s.@ DO INSTEAD NOTHING"],
            ),
            Sort::Policy => (
                &[table, rows],
                &[
                    "ALTER TABLE s.@ ENABLE ROW LEVEL SECURITY",
                    "ALTER TABLE s.@ FORCE ROW LEVEL SECURITY",
                    "CREATE POLICY p ON s.@ AS RESTRICTIVE FOR UPDATE TO trueup_reader USING (a > 0) WITH CHECK (true)",
                    "CREATE POLICY q ON s.@ FOR SELECT USING (true)",
                ],
                &["CREATE POLICY p ON s.@ AS RESTRICTIVE FOR UPDATE TO trueup_reader USING (a > 1)"],
            ),
            Sort::Publication => (
                &[table, rows, "CREATE TABLE s.@_t (a int PRIMARY KEY, b text)"],
                &["CREATE PUBLICATION @ FOR TABLE s.@ WITH (publish = 'insert, delete')"],
                &["CREATE PUBLICATION @ FOR TABLE s.@, s.@_t WITH (publish = 'insert, delete')"],
            ),
            Sort::DefaultPrivileges => (&["CREATE SCHEMA @"], &[], &[]),
            Sort::TypedTable => (
                &[pair],
                &["CREATE TABLE s.@_t OF s.@ (x WITH OPTIONS DEFAULT 5 NOT NULL, CONSTRAINT @_x UNIQUE (x))"],
                &["CREATE TABLE s.@_t OF s.@ (y WITH OPTIONS DEFAULT 5, CONSTRAINT @_x UNIQUE (x))"],
            ),
            Sort::Exclusion => (
                &["CREATE TABLE s.@ (during int4range)"],
                &[
                    "ALTER TABLE s.@ ADD CONSTRAINT @_apart EXCLUDE USING gist (during WITH &&) WHERE (NOT isempty(during))",
                ],
                &["ALTER TABLE s.@ ADD CONSTRAINT @_apart EXCLUDE USING gist (during WITH =)"],
            ),
            Sort::CompositeNotNull => (
                &[pair, "CREATE TABLE s.@_t (p s.@)", "INSERT INTO s.@_t VALUES (ROW(1, NULL)), (ROW(1, 2))"],
                &["ALTER TABLE s.@_t ALTER p SET NOT NULL"],
                &["ALTER TABLE s.@_t ALTER p SET DEFAULT ROW(1, 2)"],
            ),
            Sort::DomainColumn => (
                &[
                    table,
                    rows,
                    "CREATE DOMAIN s.@_d AS text CHECK (VALUE <> '')",
                    "CREATE DOMAIN s.@_e AS s.@_d",
                ],
                &["ALTER TABLE s.@ ADD COLUMN d s.@_d", "ALTER TABLE s.@ ADD COLUMN e s.@_e[]"],
                &["ALTER TABLE s.@ ADD COLUMN d s.@_e DEFAULT 'x'"],
            ),
            Sort::Comments => (
                &[
                    table,
                    rows,
                    "CREATE FUNCTION s.@(a int) RETURNS int LANGUAGE sql AS 'select 1'",
                    "CREATE TYPE s.@_e AS ENUM ('a')",
                    "CREATE SEQUENCE s.@_q",
                ],
                &[
                    "COMMENT ON FUNCTION s.@(int) IS E'two\\nlines \\\\ it''s'",
                    "COMMENT ON TYPE s.@_e IS '$$'",
                    "COMMENT ON SEQUENCE s.@_q IS 'q'",
                    "COMMENT ON TABLE s.@ IS 'DROP TABLE s.@; --'",
                ],
                &["COMMENT ON FUNCTION s.@(int) IS 'other'"],
            ),
            Sort::Grants => (
                &[
                    table,
                    rows,
                    "CREATE FUNCTION s.@(a int) RETURNS int LANGUAGE sql AS 'select 1'",
                    "CREATE SEQUENCE s.@_q",
                    "CREATE TYPE s.@_e AS ENUM ('a')",
                ],
                &[
                    "GRANT SELECT ON s.@ TO trueup_reader WITH GRANT OPTION",
                    "GRANT UPDATE (a, b) ON s.@ TO trueup_reader",
                    "GRANT USAGE ON SEQUENCE s.@_q TO trueup_reader",
                    "GRANT USAGE ON TYPE s.@_e TO trueup_reader",
                    "GRANT EXECUTE ON FUNCTION s.@(int) TO trueup_reader",
                ],
                &["GRANT INSERT ON s.@ TO trueup_reader", "GRANT UPDATE (b) ON s.@ TO trueup_reader"],
            ),
            Sort::Dependency => (
                &[
                    "CREATE EXTENSION IF NOT EXISTS hstore SCHEMA s",
                    "CREATE FUNCTION s.@() RETURNS int LANGUAGE sql AS 'select 1'",
                ],
                &["ALTER FUNCTION s.@() DEPENDS ON EXTENSION hstore"],
                &["ALTER FUNCTION s.@() DEPENDS ON EXTENSION hstore"],
            ),
            Sort::Circle => (
                &[
                    "CREATE TABLE s.@ (a int PRIMARY KEY, b int)",
                    "CREATE TABLE s.@_t (a int PRIMARY KEY, b int)",
                    "INSERT INTO s.@ VALUES (1, 1)",
                    "INSERT INTO s.@_t VALUES (1, 1)",
                ],
                &[
                    "ALTER TABLE s.@ ADD CONSTRAINT @_fk FOREIGN KEY (b) REFERENCES s.@_t MATCH FULL ON DELETE SET NULL NOT VALID",
                    "ALTER TABLE s.@_t ADD CONSTRAINT @_fk FOREIGN KEY (b) REFERENCES s.@ DEFERRABLE INITIALLY DEFERRED",
                ],
                &[
                    "ALTER TABLE s.@ ADD CONSTRAINT @_fk FOREIGN KEY (b) REFERENCES s.@_t",
                    "ALTER TABLE s.@_t ADD CONSTRAINT @_fk FOREIGN KEY (b) REFERENCES s.@",
                ],
            ),
            Sort::Overloads => (
                &["CREATE FUNCTION s.@(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select 1'"],
                &[
                    "CREATE FUNCTION s.@(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select a'",
                    "CREATE FUNCTION s.@(VARIADIC a int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'select 2'",
                    "CREATE VIEW s.@_v AS SELECT s.@('x'::text) AS x, s.@(1) AS y",
                ],
                &["CREATE FUNCTION s.@(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select a || a'"],
            ),
            Sort::Named => (
                &["CREATE SCHEMA \"@ \"\"odd\"\"\""],
                &[
                    "CREATE TABLE \"@ \"\"odd\"\"\".\"Tabelle Ä\" (\"Spalte \"\"1\"\"\" int PRIMARY KEY, \"select\" text DEFAULT 'x''y\\' CHECK (\"select\" <> ''))",
                    "CREATE INDEX \"i @\" ON \"@ \"\"odd\"\"\".\"Tabelle Ä\" (\"select\" DESC)",
                    "COMMENT ON COLUMN \"@ \"\"odd\"\"\".\"Tabelle Ä\".\"select\" IS '$trueup$ $ddl$'",
                ],
                &[
                    "CREATE TABLE \"@ \"\"odd\"\"\".\"Tabelle Ä\" (\"Spalte \"\"1\"\"\" int PRIMARY KEY, \"select\" text)",
                ],
            ),
        };
        (v(base), v(one), v(other))
    }
}
