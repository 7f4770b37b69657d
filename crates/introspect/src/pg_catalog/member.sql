-- What belongs to an extension: the extension's business, not the schema's.
SELECT d.classid AS class, d.objid AS object, e.extname AS extension
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 3079
  AND d.deptype = 'e'
