-- What belongs to an extension: the extension's business, not the schema's.
SELECT d.classid AS class, d.objid AS object, d.refobjid AS extension
FROM pg_catalog.pg_depend d
WHERE d.refclassid = 3079
  AND d.deptype = 'e'
