SELECT c.oid,
       c.castsource AS source,
       c.casttarget AS target,
       c.castcontext AS context,
       c.castmethod AS method,
       p.pronamespace AS schema,
       p.proname AS name,
       p.proargtypes::oid[] AS arguments
FROM pg_catalog.pg_cast c
LEFT JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc
WHERE c.oid >= 16384
  -- What came with a range type is part of it.
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 2605 AND d.objid = c.oid AND d.deptype = 'i')
