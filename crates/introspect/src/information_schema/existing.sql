-- What PostgreSQL's own catalogs know beside the standard's views: what belongs to extensions (and to range types), what no
-- view of the standard shows, and how much exists, so that what this role can't see is counted.
WITH own AS (
    SELECT n.oid, n.nspname
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), relations AS (
    SELECT c.oid, c.relkind, o.nspname, c.relname
    FROM pg_catalog.pg_class c
    JOIN own o ON o.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'f', 'v', 'S', 'c')
), members AS (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    WHERE (d.refclassid = 3079 AND d.deptype = 'e') OR (d.classid = 1255 AND d.deptype = 'i')
), hidden AS (
    SELECT s.objid
    FROM pg_catalog.pg_depend s
    WHERE s.classid = 1259 AND s.refclassid = 1259 AND s.deptype = 'i' AND s.refobjsubid > 0
)
SELECT 'member relation' AS what, r.nspname::text AS schema, r.relname::text AS name, '' AS part, 0::int8 AS count
FROM relations r JOIN members m ON m.classid = 1259 AND m.objid = r.oid
UNION ALL
SELECT 'member type', o.nspname::text, t.typname::text, '', 0
FROM pg_catalog.pg_type t JOIN own o ON o.oid = t.typnamespace JOIN members m ON m.classid = 1247 AND m.objid = t.oid
UNION ALL
SELECT 'member routine', o.nspname::text, p.proname::text || '_' || p.oid, '', 0
FROM pg_catalog.pg_proc p JOIN own o ON o.oid = p.pronamespace JOIN members m ON m.classid = 1255 AND m.objid = p.oid
UNION ALL
SELECT 'exclusion constraint', r.nspname::text, r.relname::text, c.conname::text, 0
FROM pg_catalog.pg_constraint c JOIN relations r ON r.oid = c.conrelid
WHERE c.contype = 'x'
UNION ALL
SELECT 'constraint of a foreign table', r.nspname::text, r.relname::text, c.conname::text, 0
FROM pg_catalog.pg_constraint c JOIN relations r ON r.oid = c.conrelid
WHERE c.contype = 'c' AND r.relkind = 'f'
UNION ALL
-- PostgreSQL's own bookkeeping of a foreign key to a partitioned table, which the standard's views show all the same
SELECT 'internal constraint', r.nspname::text, r.relname::text, c.conname::text, 0
FROM pg_catalog.pg_constraint c
JOIN relations r ON r.oid = c.conrelid
JOIN pg_catalog.pg_constraint parent ON parent.oid = c.conparentid AND parent.conrelid = c.conrelid
WHERE c.contype = 'f'
UNION ALL
-- What a partitioned table hands down; its condition is that of the parent's. Until 14 the standard's views do not show it.
SELECT 'inherited trigger', r.nspname::text, r.relname::text, t.tgname::text, 0
FROM pg_catalog.pg_trigger t JOIN relations r ON r.oid = t.tgrelid
WHERE t.tgparentid <> 0
UNION ALL
SELECT 'trigger on TRUNCATE', r.nspname::text, r.relname::text, t.tgname::text, 0
FROM pg_catalog.pg_trigger t JOIN relations r ON r.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgtype & 28 = 0
UNION ALL
SELECT 'window function', o.nspname::text, p.proname::text, '', 0
FROM pg_catalog.pg_proc p JOIN own o ON o.oid = p.pronamespace
WHERE p.prokind = 'w'
UNION ALL
SELECT 'tables', '', '', '', count(*) FROM relations r WHERE r.relkind IN ('r', 'p', 'f')
UNION ALL
-- A privilege on a column shows that column alone.
SELECT 'columns', '', '', '', count(*)
FROM pg_catalog.pg_attribute a JOIN relations r ON r.oid = a.attrelid
WHERE r.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  AND r.oid NOT IN (SELECT m.objid FROM members m WHERE m.classid = 1259)
UNION ALL
SELECT 'views', '', '', '', count(*) FROM relations r WHERE r.relkind = 'v'
UNION ALL
SELECT 'sequences', '', '', '', count(*) FROM relations r
WHERE r.relkind = 'S' AND r.oid NOT IN (SELECT h.objid FROM hidden h)
UNION ALL
SELECT 'table constraints', '', '', '', count(*)
FROM pg_catalog.pg_constraint c JOIN relations r ON r.oid = c.conrelid
WHERE c.contype IN ('p', 'u', 'f', 'c') AND r.relkind IN ('r', 'p')
UNION ALL
SELECT 'triggers', '', '', '', count(*)
FROM pg_catalog.pg_trigger t JOIN relations r ON r.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgtype & 28 <> 0
UNION ALL
SELECT 'routines', '', '', '', count(*)
FROM pg_catalog.pg_proc p JOIN own o ON o.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p')
UNION ALL
SELECT 'domains', '', '', '', count(*)
FROM pg_catalog.pg_type t JOIN own o ON o.oid = t.typnamespace
WHERE t.typtype = 'd'
