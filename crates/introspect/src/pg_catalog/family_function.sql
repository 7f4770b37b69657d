SELECT a.amprocfamily AS family,
       a.amproclefttype AS "left",
       a.amprocrighttype AS "right",
       a.amprocnum AS number,
       p.pronamespace AS schema,
       p.proname AS name,
       p.proargtypes::oid[] AS arguments
FROM pg_catalog.pg_amproc a
JOIN pg_catalog.pg_proc p ON p.oid = a.amproc
WHERE a.amprocfamily >= 16384
