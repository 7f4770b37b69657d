-- sort add extended statistics
SELECT x.fq, format('CREATE STATISTICS %I.mutant_statistics_%s (dependencies) ON %I, %I FROM %s', x.s, x.oid, x.c, y.c, x.fq), 'D102', 'unexpected', 'statistics', x.s, NULL, 'mutant_statistics_' || x.oid, NULL
FROM a x JOIN a y ON y.oid = x.oid AND y.attnum = x.attnum + 1 WHERE x.attnum = 1 AND x.typname IN ('int4', 'int8', 'text') AND y.typname IN ('int4', 'int8', 'text')
-- sort drop extended statistics
SELECT fq, format('DROP STATISTICS %I.%I', s, stxname), 'D101', 'missing', 'statistics', s, NULL, stxname, NULL FROM pg_statistic_ext e JOIN rel ON rel.oid = e.stxrelid
-- sort set the target of extended statistics
SELECT fq, format('ALTER STATISTICS %I.%I SET STATISTICS 471', s, stxname), 'D282', 'changed', 'statistics', s, NULL, stxname, 'target' FROM pg_statistic_ext e JOIN rel ON rel.oid = e.stxrelid
-- sort comment on extended statistics
SELECT fq, format('COMMENT ON STATISTICS %I.%I IS %L', s, stxname, 'mutant'), 'D281', 'changed', 'statistics', s, NULL, stxname, 'comment' FROM pg_statistic_ext e JOIN rel ON rel.oid = e.stxrelid
-- sort add a rule
SELECT fq, format('CREATE RULE mutant_rule AS ON DELETE TO %s DO ALSO NOTHING', fq), 'D102', 'unexpected', 'rule', s, r, 'mutant_rule', NULL FROM t
-- sort drop a rule
SELECT fq, format('DROP RULE %I ON %s', rulename, fq), 'D101', 'missing', 'rule', s, r, rulename, NULL FROM pg_rewrite w JOIN rel ON rel.oid = w.ev_class WHERE rulename <> '_RETURN'
-- sort disable a rule
SELECT fq, format('ALTER TABLE %s DISABLE RULE %I', fq, rulename), 'D252', 'changed', 'rule', s, r, rulename, 'enabled' FROM pg_rewrite w JOIN rel ON rel.oid = w.ev_class WHERE rulename <> '_RETURN' AND relkind = 'r'
-- sort change a rule
SELECT fq, format('CREATE OR REPLACE %s', replace(substr(pg_get_ruledef(w.oid), 8), ' DO ', ' WHERE 1 > 2 DO ')), 'D253', 'changed', 'rule', s, r, rulename, 'condition' FROM pg_rewrite w JOIN rel ON rel.oid = w.ev_class
WHERE rulename <> '_RETURN' AND relkind = 'r' AND NOT is_instead AND ev_qual = '<>' AND ev_enabled = 'O'
-- sort add an aggregate
SELECT 'schema ' || s, format('CREATE AGGREGATE %I.mutant_aggregate(int) (SFUNC = int4pl, STYPE = int)', s), 'D102', 'unexpected', 'aggregate', s, NULL, 'mutant_aggregate', NULL FROM (SELECT DISTINCT s FROM t) q
-- sort drop an aggregate
SELECT 'schema ' || n.nspname, format('DROP AGGREGATE %s', p.oid::regprocedure), 'D101', 'missing', 'aggregate', n.nspname, NULL, proname, NULL FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
WHERE prokind = 'a' AND nspname IN (SELECT s FROM t) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
-- sort add an operator
SELECT 'schema ' || s, format('CREATE OPERATOR %I.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)', s), 'D102', 'unexpected', 'operator', s, NULL, '===', NULL FROM (SELECT DISTINCT s FROM t) q
-- sort drop an operator
SELECT 'schema ' || n.nspname, format('DROP OPERATOR %s', o.oid::regoperator), 'D101', 'missing', 'operator', n.nspname, NULL, oprname, NULL FROM pg_operator o JOIN pg_namespace n ON n.oid = oprnamespace
WHERE nspname IN (SELECT s FROM t) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')
-- sort add a collation
SELECT 'schema ' || s, format('CREATE COLLATION %I.mutant_collation FROM "C"', s), 'D102', 'unexpected', 'collation', s, NULL, 'mutant_collation', NULL FROM (SELECT DISTINCT s FROM t) q
-- sort drop a collation
SELECT 'schema ' || n.nspname, format('DROP COLLATION %I.%I', nspname, collname), 'D101', 'missing', 'collation', n.nspname, NULL, collname, NULL FROM pg_collation c JOIN pg_namespace n ON n.oid = collnamespace WHERE nspname IN (SELECT s FROM t)
-- sort add a range type
SELECT 'schema ' || s, format('CREATE TYPE %I.mutant_range AS RANGE (SUBTYPE = int)', s), 'D102', 'unexpected', 'range type', s, NULL, 'mutant_range', NULL FROM (SELECT DISTINCT s FROM t) q
-- sort add an event trigger
SELECT '*', format('CREATE FUNCTION %I.mutant_function() RETURNS event_trigger LANGUAGE plpgsql AS ''BEGIN END''; CREATE EVENT TRIGGER mutant_event ON ddl_command_end EXECUTE FUNCTION %I.mutant_function()', q.s, q.s), 'D102', 'unexpected', w.kind, w.s, NULL, w.name, NULL
FROM (SELECT min(s) AS s FROM t) q, LATERAL (VALUES ('function', q.s, 'mutant_function'), ('event trigger', NULL, 'mutant_event')) w (kind, s, name) WHERE q.s IS NOT NULL
-- sort drop an event trigger
SELECT 'event trigger ' || evtname, format('DROP EVENT TRIGGER %I', evtname), 'D101', 'missing', 'event trigger', NULL, NULL, evtname, NULL FROM pg_event_trigger e WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = e.oid AND d.deptype = 'e')
-- sort disable an event trigger
SELECT 'event trigger ' || evtname, format('ALTER EVENT TRIGGER %I DISABLE', evtname), 'D252', 'changed', 'event trigger', NULL, NULL, evtname, 'enabled' FROM pg_event_trigger e WHERE evtenabled <> 'D' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = e.oid AND d.deptype = 'e')
-- sort add a publication
SELECT '*', format('CREATE PUBLICATION mutant_publication FOR TABLE %s', fq), 'D102', 'unexpected', 'publication', NULL, NULL, 'mutant_publication', NULL FROM t WHERE relpersistence = 'p' AND oid = (SELECT min(o.oid::int8) FROM t o)::oid
-- sort drop a publication
SELECT 'publication ' || pubname, format('DROP PUBLICATION %I', pubname), 'D101', 'missing', 'publication', NULL, NULL, pubname, NULL FROM pg_publication
-- sort change what a publication publishes
SELECT 'publication ' || pubname, format('ALTER PUBLICATION %I SET (publish = ''insert'')', pubname), 'D247', 'changed', 'publication', NULL, NULL, pubname, 'publish' FROM pg_publication WHERE pubupdate
-- sort add a table to a publication
SELECT 'publication ' || pubname, format('ALTER PUBLICATION %I ADD TABLE %s', pubname, fq), 'D247', 'changed', 'publication', NULL, NULL, pubname, 'tables' FROM pg_publication p, t WHERE NOT puballtables AND relpersistence = 'p'
  AND NOT EXISTS (SELECT FROM pg_publication_rel x WHERE x.prpubid = p.oid AND x.prrelid = t.oid)
-- sort add a foreign-data wrapper
SELECT '*', 'CREATE FOREIGN DATA WRAPPER mutant_wrapper', 'D102', 'unexpected', 'foreign-data wrapper', NULL, NULL, 'mutant_wrapper', NULL
-- sort add a server
SELECT 'wrapper ' || fdwname, format('CREATE SERVER mutant_server FOREIGN DATA WRAPPER %I', fdwname), 'D102', 'unexpected', 'server', NULL, NULL, 'mutant_server', NULL FROM pg_foreign_data_wrapper
-- sort change the version of a server
SELECT 'server ' || srvname, format('ALTER SERVER %I VERSION ''4711''', srvname), 'D246', 'changed', 'server', NULL, NULL, srvname, 'version' FROM pg_foreign_server
-- sort add a foreign table
SELECT 'server ' || srvname, format('CREATE FOREIGN TABLE %I.mutant_foreign (a int, b text NOT NULL) SERVER %I', s, srvname), 'D102', 'unexpected', 'table', s, NULL, 'mutant_foreign', NULL FROM pg_foreign_server, (SELECT min(s) AS s FROM t) q
-- sort drop a foreign table
SELECT fq, format('DROP FOREIGN TABLE %s', fq), 'D101', 'missing', 'table', s, NULL, r, NULL FROM rel WHERE relkind = 'f' AND NOT relispartition
-- sort add a column to a foreign table
SELECT fq, format('ALTER FOREIGN TABLE %s ADD COLUMN mutant_column int', fq), 'D102', 'unexpected', 'column', s, r, 'mutant_column', NULL FROM rel WHERE relkind = 'f' AND NOT EXISTS (SELECT FROM pg_inherits i WHERE rel.oid IN (i.inhrelid, i.inhparent))
-- sort add a text search configuration
SELECT 'schema ' || s, format('CREATE TEXT SEARCH CONFIGURATION %I.mutant_search (COPY = simple)', s), 'D102', 'unexpected', 'text search configuration', s, NULL, 'mutant_search', NULL FROM (SELECT DISTINCT s FROM t) q
-- sort drop a text search configuration
SELECT 'schema ' || nspname, format('DROP TEXT SEARCH CONFIGURATION %I.%I', nspname, cfgname), 'D101', 'missing', 'text search configuration', nspname, NULL, cfgname, NULL FROM pg_ts_config c JOIN pg_namespace n ON n.oid = cfgnamespace WHERE nspname IN (SELECT s FROM t)
-- sort drop a mapping of a text search configuration
SELECT 'schema ' || nspname, format('ALTER TEXT SEARCH CONFIGURATION %I.%I DROP MAPPING FOR word', nspname, cfgname), 'D248', 'changed', 'text search configuration', nspname, NULL, cfgname, 'mappings' FROM pg_ts_config c JOIN pg_namespace n ON n.oid = cfgnamespace WHERE nspname IN (SELECT s FROM t)
-- sort index a materialized view
SELECT fq, format('CREATE INDEX mutant_index_%s ON %s (%I)', rel.oid, fq, attname), 'D102', 'unexpected', 'index', s, r, 'mutant_index_' || rel.oid, NULL FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND attnum = 1 AND atttypid IN ('int4'::regtype, 'int8'::regtype, 'text'::regtype) WHERE relkind = 'm'
-- sort set an option of a materialized view
SELECT fq, format('ALTER MATERIALIZED VIEW %s SET (fillfactor = 61)', fq), 'D282', 'changed', 'materialized view', s, NULL, r, 'options.fillfactor' FROM rel WHERE relkind = 'm'
-- sort comment on a materialized view
SELECT fq, format('COMMENT ON MATERIALIZED VIEW %s IS %L', fq, 'mutant'), 'D281', 'changed', 'materialized view', s, NULL, r, 'comment' FROM rel WHERE relkind = 'm'
-- sort grant on a sequence
SELECT coalesce((SELECT p.fq FROM pg_depend d JOIN rel p ON p.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.deptype = 'a'), fq), format('GRANT USAGE ON SEQUENCE %s TO mutant', fq), 'D272', 'changed', 'sequence', s, NULL, r, 'privileges' FROM rel WHERE relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.deptype = 'i')
-- sort comment on a sequence
SELECT coalesce((SELECT p.fq FROM pg_depend d JOIN rel p ON p.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.deptype = 'a'), fq), format('COMMENT ON SEQUENCE %s IS %L', fq, 'mutant'), 'D281', 'changed', 'sequence', s, NULL, r, 'comment' FROM rel WHERE relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.deptype = 'i')
-- sort comment on a domain
SELECT fq, format('COMMENT ON DOMAIN %s IS %L', fq, 'mutant'), 'D281', 'changed', 'domain', s, NULL, typname, 'comment' FROM ty WHERE typtype = 'd'
-- sort grant on a domain
SELECT fq, format('GRANT USAGE ON DOMAIN %s TO mutant', fq), 'D272', 'changed', 'domain', s, NULL, typname, 'privileges' FROM ty WHERE typtype = 'd'
-- sort add a default partition
SELECT fq, format('CREATE TABLE %I.mutant_part_%s PARTITION OF %s DEFAULT', s, rel.oid, fq), 'D102', 'unexpected', 'table', s, NULL, 'mutant_part_' || rel.oid, NULL
FROM rel JOIN pg_partitioned_table p ON p.partrelid = rel.oid WHERE NOT relispartition AND partstrat IN ('r', 'l') AND partdefid = 0
