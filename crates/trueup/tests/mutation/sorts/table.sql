-- sort add a table
SELECT 'schema ' || n.nspname, format('CREATE TABLE %I.mutant_table (id int PRIMARY KEY, at date NOT NULL, UNIQUE (at))', n.nspname), 'D102', 'unexpected', 'table', n.nspname, NULL, 'mutant_table', NULL
FROM pg_namespace n WHERE EXISTS (SELECT FROM t WHERE t.s = n.nspname)
-- sort drop a table
SELECT fq, format('DROP TABLE %s', fq), 'D101', 'missing', 'table', s, NULL, r, NULL FROM t
-- sort drop a table to which others refer
SELECT '*', format('DROP TABLE %s CASCADE', fq), 'D101', 'missing', w.kind, w.s, w.r, w.name, NULL
FROM t, LATERAL (
    SELECT 'table', s, NULL, r
    -- A policy of another table is told by itself: who may see its rows is no matter of the table that is gone.
    UNION ALL SELECT DISTINCT 'policy', o.s, o.r, p.polname FROM pg_depend d JOIN pg_policy p ON p.oid = d.objid JOIN rel o ON o.oid = p.polrelid
    WHERE d.classid = 'pg_policy'::regclass AND d.refobjid = t.oid AND o.oid <> t.oid) w (kind, s, r, name)
WHERE EXISTS (SELECT FROM pg_constraint k WHERE k.confrelid = t.oid AND k.conrelid <> t.oid)
  AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass WHERE d.refobjid = t.oid)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refobjid IN (t.oid, t.reltype) AND d.classid = 'pg_proc'::regclass)
-- sort rename a table
SELECT fq, format('ALTER TABLE %s RENAME TO mutant_%s', fq, oid), w.code, w.what, 'table', s, NULL, w.name, NULL
FROM t, LATERAL (VALUES ('D101', 'missing', r), ('D102', 'unexpected', 'mutant_' || oid)) w (code, what, name)
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid = 0 AND d.deptype = 'n')
  AND NOT EXISTS (SELECT FROM a WHERE a.oid = t.oid AND (a.used OR a.attidentity <> '' OR a.atthasdef))
-- sort log a table no more
SELECT fq, format('ALTER TABLE %s SET UNLOGGED', fq), 'D283', 'changed', 'table', s, NULL, r, 'persistence' FROM t
WHERE relpersistence = 'p' AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND t.oid IN (k.conrelid, k.confrelid))
  AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S' WHERE d.refobjid = t.oid)
-- sort set fillfactor
SELECT fq, format('ALTER TABLE %s SET (fillfactor = 61)', fq), 'D282', 'changed', 'table', s, NULL, r, 'options.fillfactor' FROM t
-- sort set an autovacuum option
SELECT fq, format('ALTER TABLE %s SET (autovacuum_vacuum_threshold = 4711)', fq), 'D282', 'changed', 'table', s, NULL, r, 'options.autovacuum_vacuum_threshold' FROM t
-- sort set an option of TOAST
SELECT fq, format('ALTER TABLE %s SET (toast.autovacuum_enabled = false)', fq), 'D282', 'changed', 'table', s, NULL, r, 'options.toast.autovacuum_enabled' FROM t
WHERE reltoastrelid <> 0
-- sort reset an option
SELECT fq, format('ALTER TABLE %s RESET (%I)', fq, split_part(o, '=', 1)), 'D282', 'changed', 'table', s, NULL, r, 'options.' || split_part(o, '=', 1)
FROM t, unnest(reloptions) o
-- sort switch row security
SELECT fq, format('ALTER TABLE %s %s ROW LEVEL SECURITY', fq, CASE WHEN relrowsecurity THEN 'DISABLE' ELSE 'ENABLE' END), 'D262', 'changed', 'table', s, NULL, r, 'row_security' FROM t
-- sort switch forced row security
SELECT fq, format('ALTER TABLE %s %s ROW LEVEL SECURITY', fq, CASE WHEN relforcerowsecurity THEN 'NO FORCE' ELSE 'FORCE' END), 'D262', 'changed', 'table', s, NULL, r, 'force_row_security' FROM t
-- sort set the replica identity
SELECT fq, format('ALTER TABLE %s REPLICA IDENTITY FULL', fq), 'D282', 'changed', 'table', s, NULL, r, 'replica_identity' FROM t WHERE relreplident <> 'f'
-- sort cluster on an index
SELECT t.fq, format('ALTER TABLE %s CLUSTER ON %I', t.fq, ix.n), 'D282', 'changed', 'table', t.s, NULL, t.r, 'clustered_on'
FROM t JOIN ix ON ix.indrelid = t.oid WHERE ix.amname = 'btree' AND ix.indpred IS NULL AND NOT ix.indisclustered
-- sort grant on a table
SELECT fq, format('GRANT TRUNCATE, SELECT ON %s TO mutant', fq), 'D272', 'changed', 'table', s, NULL, r, 'privileges' FROM t
-- sort grant on a column
SELECT fq, format('GRANT UPDATE (%I) ON %s TO mutant', c, fq), 'D272', 'changed', 'table', s, NULL, r, 'privileges' FROM a WHERE attnum = 1
-- sort change the owner of a table
SELECT fq, format('ALTER TABLE %s OWNER TO mutant', fq), 'D271', 'changed', 'table', s, NULL, r, 'owner' FROM t
WHERE NOT EXISTS (SELECT FROM pg_depend d JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S' WHERE d.refobjid = t.oid AND d.deptype = 'a')
-- sort comment on a table
SELECT fq, format('COMMENT ON TABLE %s IS %L', fq, 'it''s mutant'), 'D281', 'changed', 'table', s, NULL, r, 'comment' FROM t
-- sort remove the comment of a table
SELECT fq, format('COMMENT ON TABLE %s IS NULL', fq), 'D281', 'changed', 'table', s, NULL, r, 'comment' FROM t WHERE obj_description(oid, 'pg_class') IS NOT NULL
-- sort make a table a child
SELECT fq, format('CREATE TABLE %I.mutant_parent (); ALTER TABLE %s INHERIT %I.mutant_parent', s, fq, s), w.code, w.what, 'table', s, NULL, w.name, w.attribute
FROM t, LATERAL (VALUES ('D102', 'unexpected', 'mutant_parent'::name, NULL), ('D234', 'changed', r, 'inherits')) w (code, what, name, attribute)
WHERE oid = (SELECT min(o.oid::int8) FROM t o WHERE o.s = t.s)::oid
-- sort take a child from its parent
SELECT '*', format('ALTER TABLE %s NO INHERIT %s', c.fq, p.fq), 'D234', 'changed', 'table', c.s, NULL, c.r, 'inherits'
FROM pg_inherits i JOIN rel c ON c.oid = i.inhrelid JOIN rel p ON p.oid = i.inhparent WHERE c.relkind = 'r' AND p.relkind = 'r'
-- sort detach a partition
SELECT '*', format('ALTER TABLE %s DETACH PARTITION %s', p.fq, c.fq), 'D234', 'changed', 'table', c.s, NULL, c.r, 'partition_of,partition_bound'
FROM pg_inherits i JOIN rel c ON c.oid = i.inhrelid JOIN rel p ON p.oid = i.inhparent WHERE c.relkind IN ('r', 'p') AND p.relkind = 'p'
-- sort drop a partition
SELECT p.fq, format('DROP TABLE %s', c.fq), 'D101', 'missing', 'table', c.s, NULL, c.r, NULL
FROM pg_inherits i JOIN rel c ON c.oid = i.inhrelid JOIN rel p ON p.oid = i.inhparent WHERE c.relkind IN ('r', 'p') AND p.relkind = 'p'
-- sort add a column to a partitioned table
SELECT fq, format('ALTER TABLE %s ADD COLUMN mutant_column int', fq), 'D102', 'unexpected', 'column', s, r, 'mutant_column', NULL
FROM rel WHERE relkind = 'p' AND NOT relispartition
-- sort index a partitioned table
SELECT fq, format('CREATE INDEX mutant_index ON %s (%I)', fq, (SELECT attname FROM pg_attribute WHERE attrelid = rel.oid AND attnum = 1)), 'D102', 'unexpected', 'index', s, r, 'mutant_index', NULL
FROM rel WHERE relkind = 'p' AND NOT relispartition
