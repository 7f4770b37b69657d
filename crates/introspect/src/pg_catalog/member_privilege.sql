-- Members of extensions whose privileges are not those that the extension gave them (pg_init_privs), as pg_dump finds them.
SELECT DISTINCT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(m.name) AS object,
       e.extname AS extension
FROM (
    SELECT 1259::oid AS class, c.oid AS object, 0 AS part, c.relnamespace AS schema, c.relname AS name, c.relacl AS acl,
           pg_catalog.acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner) AS usual
    FROM pg_catalog.pg_class c
    UNION ALL
    SELECT 1259, a.attrelid, a.attnum, c.relnamespace, c.relname, a.attacl, pg_catalog.acldefault('c', c.relowner)
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 1255, p.oid, 0, p.pronamespace, p.proname, p.proacl, pg_catalog.acldefault('f', p.proowner)
    FROM pg_catalog.pg_proc p
    UNION ALL
    SELECT 1247, t.oid, 0, t.typnamespace, t.typname, t.typacl, pg_catalog.acldefault('T', t.typowner)
    FROM pg_catalog.pg_type t
) m
JOIN pg_catalog.pg_depend d
  ON d.classid = m.class AND d.objid = m.object AND d.objsubid = 0 AND d.refclassid = 3079 AND d.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
JOIN pg_catalog.pg_namespace n ON n.oid = m.schema
LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = m.class AND i.objoid = m.object AND i.objsubid = m.part
WHERE m.acl IS DISTINCT FROM i.initprivs
  AND ARRAY(SELECT a::text FROM pg_catalog.unnest(coalesce(m.acl, m.usual)) a ORDER BY 1)
   <> ARRAY(SELECT a::text FROM pg_catalog.unnest(coalesce(i.initprivs, m.usual)) a ORDER BY 1)
UNION ALL
-- Policies on their tables: an extension's own, or someone's; pg_dump writes them all.
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || '.' || pg_catalog.quote_ident(p.polname),
       NULL
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_depend d
  ON d.classid = 1259 AND d.objid = c.oid AND d.objsubid = 0 AND d.refclassid = 3079 AND d.deptype = 'e'
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend o WHERE o.classid = 3256 AND o.objid = p.oid AND o.deptype = 'e')
