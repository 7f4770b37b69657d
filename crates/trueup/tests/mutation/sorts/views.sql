-- What the sorts choose from: objects of users that no extension brought. `t`: tables without parents and children.
CREATE TEMP VIEW rel AS
SELECT c.*, n.nspname AS s, c.relname AS r, format('%I.%I', n.nspname, c.relname) AS fq
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
CREATE TEMP VIEW t AS
SELECT * FROM rel
WHERE relkind = 'r' AND NOT relispartition AND reloftype = 0
  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = rel.oid OR i.inhparent = rel.oid);
CREATE TEMP VIEW a AS
SELECT t.oid, t.s, t.r, t.fq, t.relpersistence, a.attname AS c, a.attnum, a.atttypid, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity,
       a.attgenerated, a.attstorage, a.attcollation, ty.typname, ty.typstorage,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS in_key,
       -- Whether any other object, or another part of the table, refers to the column.
       EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid = a.attnum
               AND d.deptype <> 'i') AS used
FROM t JOIN pg_attribute a ON a.attrelid = t.oid JOIN pg_type ty ON ty.oid = a.atttypid
WHERE a.attnum > 0 AND NOT a.attisdropped;
CREATE TEMP VIEW con AS
SELECT t.s, t.r, t.fq, k.* FROM t JOIN pg_constraint k ON k.conrelid = t.oid WHERE k.contype <> 'n' AND k.contype <> 't';
CREATE TEMP VIEW ix AS
SELECT t.s, t.r, t.fq, i.relname AS n, format('%I.%I', t.s, i.relname) AS ifq, am.amname, x.*, i.reloptions,
       pg_get_indexdef(i.oid) AS def
FROM t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am am ON am.oid = i.relam
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'));
CREATE TEMP VIEW f AS
SELECT p.*, n.nspname AS s, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS fq, l.lanname,
       CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND p.prokind IN ('f', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
  AND (SELECT count(*) FROM pg_proc o WHERE o.proname = p.proname AND o.pronamespace = p.pronamespace) = 1;
CREATE TEMP VIEW ty AS
SELECT y.*, n.nspname AS s, format('%I.%I', n.nspname, y.typname) AS fq
FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = y.oid AND d.deptype IN ('e', 'i'));
CREATE TEMP VIEW tr AS
SELECT t.s, t.r, t.fq, g.*, pg_get_triggerdef(g.oid) AS def FROM t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal;
