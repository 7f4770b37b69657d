-- Members of extensions whose privileges are not those that the extension gave them (pg_init_privs), as pg_dump finds them.
-- The members first, each once and by itself: without statistics of the catalogs the planner would look for them under every object.
WITH member AS MATERIALIZED (
    SELECT d.classid, d.objid, e.extname
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 3079 AND d.deptype = 'e' AND d.objsubid = 0
), privileged AS MATERIALIZED (
    SELECT m.extname, c.relnamespace AS schema, c.relname AS name, 1259::oid AS class, c.oid AS object, 0 AS part, c.relacl AS acl,
           (CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char" AS kind, c.relowner AS owner
    FROM member m JOIN pg_catalog.pg_class c ON c.oid = m.objid
    WHERE m.classid = 1259
    UNION ALL
    SELECT m.extname, c.relnamespace, c.relname, 1259, c.oid, a.attnum, a.attacl, 'c', c.relowner
    FROM member m
    JOIN pg_catalog.pg_class c ON c.oid = m.objid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    WHERE m.classid = 1259 AND a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT m.extname, p.pronamespace, p.proname, 1255, p.oid, 0, p.proacl, 'f', p.proowner
    FROM member m JOIN pg_catalog.pg_proc p ON p.oid = m.objid
    WHERE m.classid = 1255
    UNION ALL
    SELECT m.extname, t.typnamespace, t.typname, 1247, t.oid, 0, t.typacl, 'T', t.typowner
    FROM member m JOIN pg_catalog.pg_type t ON t.oid = m.objid
    WHERE m.classid = 1247
)
SELECT DISTINCT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(m.name) AS object,
       m.extname AS extension
FROM privileged m
JOIN pg_catalog.pg_namespace n ON n.oid = m.schema
LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = m.class AND i.objoid = m.object AND i.objsubid = m.part
WHERE m.acl IS DISTINCT FROM i.initprivs
  AND ARRAY(SELECT a::text FROM pg_catalog.unnest(coalesce(m.acl, pg_catalog.acldefault(m.kind, m.owner))) a ORDER BY 1)
   <> ARRAY(SELECT a::text FROM pg_catalog.unnest(coalesce(i.initprivs, pg_catalog.acldefault(m.kind, m.owner))) a ORDER BY 1)
UNION ALL
-- Policies on their tables: an extension's own, or someone's; pg_dump writes them all.
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || '.' || pg_catalog.quote_ident(p.polname),
       NULL
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE EXISTS (SELECT FROM member m WHERE m.classid = 1259 AND m.objid = c.oid)
  AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 3256 AND m.objid = p.oid)
