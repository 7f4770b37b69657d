SELECT c.castsource AS source,
       c.casttarget AS target,
       c.castcontext AS context,
       c.castmethod AS method,
       e.extname AS extension
FROM pg_catalog.pg_cast c
JOIN pg_catalog.pg_depend d ON d.classid = 2605 AND d.objid = c.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
WHERE c.oid >= 16384
