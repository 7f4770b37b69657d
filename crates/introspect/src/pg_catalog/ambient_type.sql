-- Types that are no object of the model: multiranges, and everything of extensions.
SELECT t.oid,
       t.typnamespace AS schema,
       t.typname AS name,
       t.typtype AS kind,
       t.typcategory AS category,
       t.typispreferred AS preferred,
       CASE t.typtype WHEN 'd' THEN t.typbasetype
                      WHEN 'r' THEN (SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)
                      {>=14}WHEN 'm' THEN (SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngmultitypid = t.oid){end}
                      ELSE 0 END AS base,
       t.typcollation <> 0 AS collatable,
       e.extname AS extension
FROM pg_catalog.pg_type t
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 1247 AND d.objid = t.oid AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
WHERE t.oid >= 16384
  AND NOT (t.typcategory = 'A' AND t.typlen = -1 AND t.typstorage <> 'p')
  AND (t.typtype = 'm' OR d.objid IS NOT NULL)
