-- sort add a view
SELECT 'schema ' || nspname, format('CREATE VIEW %I.mutant_view AS SELECT 1 AS one', nspname), 'D102', 'unexpected', 'view', nspname, NULL, 'mutant_view', NULL FROM pg_namespace n WHERE EXISTS (SELECT FROM rel WHERE s = nspname AND relkind IN ('r', 'p'))
-- sort add a materialized view
SELECT 'schema ' || nspname, format('CREATE MATERIALIZED VIEW %I.mutant_view AS SELECT 1 AS one', nspname), 'D102', 'unexpected', 'materialized view', nspname, NULL, 'mutant_view', NULL FROM pg_namespace n WHERE EXISTS (SELECT FROM rel WHERE s = nspname AND relkind IN ('r', 'p'))
-- sort drop a view
SELECT fq, format('DROP %s %s', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, fq), 'D101', 'missing', CASE relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, s, NULL, r, NULL FROM rel WHERE relkind IN ('v', 'm')
-- sort change a view's query
SELECT fq, format('CREATE OR REPLACE VIEW %s AS SELECT * FROM (%s) mutant WHERE 1 > 2', fq, rtrim(pg_get_viewdef(oid), ';')), 'D231', 'changed', 'view', s, NULL, r, 'query' FROM rel WHERE relkind = 'v' AND reloptions IS NULL AND pg_get_viewdef(oid) ~ 'FROM'
-- sort add a column to a view
SELECT fq, format('CREATE OR REPLACE VIEW %s AS SELECT *, 4711 AS mutant_column FROM (%s) mutant', fq, rtrim(pg_get_viewdef(oid), ';')), 'D231', 'changed', 'view', s, NULL, r, 'query' FROM rel WHERE relkind = 'v' AND reloptions IS NULL
-- sort set an option of a view
SELECT fq, format('ALTER VIEW %s SET (security_barrier = true)', fq), 'D282', 'changed', 'view', s, NULL, r, 'options.security_barrier' FROM rel WHERE relkind = 'v' AND NOT coalesce(array_to_string(reloptions, ' '), '') ~ 'security_barrier'
-- sort give a view's column a default
SELECT fq, format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT 4711', fq, attname), 'D203', 'changed', 'view', s, NULL, r, 'column_defaults' FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND attnum = 1 WHERE relkind = 'v' AND NOT atthasdef AND atttypid IN ('int4'::regtype, 'int8'::regtype)
-- sort comment on a view
SELECT fq, format('COMMENT ON VIEW %s IS %L', fq, 'mutant'), 'D281', 'changed', 'view', s, NULL, r, 'comment' FROM rel WHERE relkind = 'v'
-- sort comment on a view's column
SELECT fq, format('COMMENT ON COLUMN %s.%I IS %L', fq, attname, 'mutant'), 'D282', 'changed', 'view', s, NULL, r, 'column_comments' FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND attnum = 1 WHERE relkind = 'v'
-- sort grant on a view
SELECT fq, format('GRANT DELETE ON %s TO mutant', fq), 'D272', 'changed', 'view', s, NULL, r, 'privileges' FROM rel WHERE relkind = 'v'
-- sort add a sequence
SELECT 'schema ' || nspname, format('CREATE SEQUENCE %I.mutant_sequence', nspname), 'D102', 'unexpected', 'sequence', nspname, NULL, 'mutant_sequence', NULL FROM pg_namespace n WHERE EXISTS (SELECT FROM rel WHERE s = nspname AND relkind IN ('r', 'p'))
-- sort drop a sequence
SELECT coalesce((SELECT p.fq FROM pg_depend d JOIN rel p ON p.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.deptype = 'a'), fq), format('DROP SEQUENCE %s', fq), 'D101', 'missing', 'sequence', s, NULL, r, NULL FROM rel WHERE relkind = 'S'
-- sort change a sequence
SELECT coalesce((SELECT p.fq FROM pg_depend d JOIN rel p ON p.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.deptype = 'a'), fq), format('ALTER SEQUENCE %s %s', fq, w.sql), 'D233', 'changed', 'sequence', s, NULL, r, w.attribute FROM rel JOIN pg_sequence q ON q.seqrelid = rel.oid, LATERAL (VALUES ('INCREMENT 7', 'increment'), ('CACHE 47', 'cache'), (CASE WHEN seqcycle THEN 'NO CYCLE' ELSE 'CYCLE' END, 'cycle'), ('START 4711', 'start'), ('MAXVALUE 47110', 'max')) w (sql, attribute)
WHERE relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = rel.oid AND d.deptype = 'i')
-- sort change the type of a sequence
SELECT coalesce((SELECT p.fq FROM pg_depend d JOIN rel p ON p.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.deptype = 'a'), fq), format('ALTER SEQUENCE %s AS smallint', fq), 'D233', 'changed', 'sequence', s, NULL, r, 'data_type,max' FROM rel JOIN pg_sequence q ON q.seqrelid = rel.oid
WHERE seqmax IN (9223372036854775807, 2147483647) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = rel.oid AND d.deptype = 'i')
-- sort take a sequence from its column
SELECT coalesce((SELECT p.fq FROM pg_depend d JOIN rel p ON p.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.deptype = 'a'), fq), format('ALTER SEQUENCE %s OWNED BY NONE', fq), 'D233', 'changed', 'sequence', s, NULL, r, 'owned_by' FROM rel WHERE relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.objid = rel.oid AND d.deptype = 'a')
-- sort add an enum
SELECT 'schema ' || nspname, format('CREATE TYPE %I.mutant_enum AS ENUM (''a'')', nspname), 'D102', 'unexpected', 'enum', nspname, NULL, 'mutant_enum', NULL FROM pg_namespace n WHERE EXISTS (SELECT FROM rel WHERE s = nspname AND relkind IN ('r', 'p'))
-- sort add a label
SELECT fq, format('ALTER TYPE %s ADD VALUE %L', fq, 'mutant'), 'D241', 'changed', 'enum', s, NULL, typname, 'labels' FROM ty WHERE typtype = 'e'
-- sort add a label in front
SELECT fq, format('ALTER TYPE %s ADD VALUE %L BEFORE %L', fq, 'mutant', (SELECT enumlabel FROM pg_enum WHERE enumtypid = ty.oid ORDER BY enumsortorder LIMIT 1)), 'D241', 'changed', 'enum', s, NULL, typname, 'labels' FROM ty WHERE typtype = 'e'
-- sort rename a label
SELECT fq, format('ALTER TYPE %s RENAME VALUE %L TO %L', fq, (SELECT enumlabel FROM pg_enum WHERE enumtypid = ty.oid ORDER BY enumsortorder LIMIT 1), 'mutant'), 'D241', 'changed', 'enum', s, NULL, typname, 'labels' FROM ty WHERE typtype = 'e'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refobjid = ty.oid AND d.classid <> 'pg_class'::regclass AND d.deptype = 'n')
-- sort drop a type
SELECT fq, format('DROP TYPE %s', fq), 'D101', 'missing', CASE typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite type' ELSE 'range type' END, s, NULL, typname, NULL FROM ty WHERE typtype IN ('e', 'd', 'r') OR typtype = 'c' AND (SELECT relkind FROM pg_class c WHERE c.oid = typrelid) = 'c'
-- sort add a composite type
SELECT 'schema ' || nspname, format('CREATE TYPE %I.mutant_pair AS (a int, b text)', nspname), 'D102', 'unexpected', 'composite type', nspname, NULL, 'mutant_pair', NULL FROM pg_namespace n WHERE EXISTS (SELECT FROM rel WHERE s = nspname AND relkind IN ('r', 'p'))
-- sort change a composite type
SELECT fq, format('ALTER TYPE %s ADD ATTRIBUTE mutant_attribute int', fq), 'D242', 'changed', 'composite type', s, NULL, typname, 'attributes' FROM ty WHERE typtype = 'c' AND (SELECT relkind FROM pg_class c WHERE c.oid = typrelid) = 'c'
-- sort add a domain
SELECT 'schema ' || nspname, format('CREATE DOMAIN %I.mutant_domain AS int CHECK (VALUE > 0)', nspname), 'D102', 'unexpected', 'domain', nspname, NULL, 'mutant_domain', NULL FROM pg_namespace n WHERE EXISTS (SELECT FROM rel WHERE s = nspname AND relkind IN ('r', 'p'))
-- sort change a domain's default
SELECT fq, format('ALTER DOMAIN %s SET DEFAULT %L', fq, '47'), 'D203', 'changed', 'domain', s, NULL, typname, 'default' FROM ty WHERE typtype = 'd' AND typbasetype IN ('int4'::regtype, 'text'::regtype, 'numeric'::regtype)
-- sort change a domain's NOT NULL
SELECT fq, format('ALTER DOMAIN %s %s NOT NULL', fq, CASE WHEN typnotnull THEN 'DROP' ELSE 'SET' END), 'D202', 'changed', 'domain', s, NULL, typname, 'not_null' FROM ty WHERE typtype = 'd'
-- sort add a constraint to a domain
SELECT fq, format('ALTER DOMAIN %s ADD CONSTRAINT mutant_check CHECK (VALUE IS NOT NULL OR 1 > 2)', fq), 'D102', 'unexpected', 'domain constraint', s, typname, 'mutant_check', NULL FROM ty WHERE typtype = 'd'
-- sort drop a constraint of a domain
SELECT fq, format('ALTER DOMAIN %s DROP CONSTRAINT %I', fq, conname), 'D101', 'missing', 'domain constraint', s, typname, conname, NULL FROM ty JOIN pg_constraint k ON k.contypid = ty.oid AND k.contype = 'c' WHERE typtype = 'd'
-- sort comment on a type
SELECT fq, format('COMMENT ON TYPE %s IS %L', fq, 'mutant'), 'D281', 'changed', 'enum', s, NULL, typname, 'comment' FROM ty WHERE typtype = 'e'
-- sort grant on a type
SELECT fq, format('GRANT USAGE ON TYPE %s TO mutant', fq), 'D272', 'changed', 'enum', s, NULL, typname, 'privileges' FROM ty WHERE typtype = 'e'
-- sort add a schema
SELECT '*', 'CREATE SCHEMA mutant_schema', 'D102', 'unexpected', 'schema', 'mutant_schema', NULL, 'mutant_schema', NULL
-- sort drop an empty schema
SELECT 'schema ' || nspname, format('DROP SCHEMA %I', nspname), 'D101', 'missing', 'schema', nspname, NULL, nspname, NULL FROM pg_namespace n WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')
-- sort grant on a schema
SELECT 'schema ' || nspname, format('GRANT CREATE ON SCHEMA %I TO mutant', nspname), 'D272', 'changed', 'schema', nspname, NULL, nspname, 'privileges' FROM pg_namespace n WHERE EXISTS (SELECT FROM t WHERE s = nspname)
-- sort comment on a schema
SELECT 'schema ' || nspname, format('COMMENT ON SCHEMA %I IS %L', nspname, 'mutant'), 'D281', 'changed', 'schema', nspname, NULL, nspname, 'comment' FROM pg_namespace n WHERE EXISTS (SELECT FROM t WHERE s = nspname)
-- sort change the owner of a schema
SELECT 'schema ' || nspname, format('ALTER SCHEMA %I OWNER TO mutant', nspname), 'D271', 'changed', 'schema', nspname, NULL, nspname, 'owner' FROM pg_namespace n WHERE EXISTS (SELECT FROM t WHERE s = nspname)
-- sort add an extension
SELECT '*', 'CREATE EXTENSION citext SCHEMA ' || quote_ident(s), 'D102', 'unexpected', 'extension', NULL, NULL, 'citext', NULL FROM (SELECT min(s) AS s FROM t) q WHERE s IS NOT NULL AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citext')
-- sort drop an extension
SELECT 'extension ' || extname, format('DROP EXTENSION %I', extname), 'D101', 'missing', 'extension', NULL, NULL, extname, NULL FROM pg_extension WHERE extname <> 'plpgsql'
-- sort grant by default
SELECT '*', format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO mutant', nspname), 'D102', 'unexpected', 'default privileges', nspname, NULL, current_user::text, NULL FROM pg_namespace n WHERE EXISTS (SELECT FROM t WHERE s = nspname)
