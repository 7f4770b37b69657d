SELECT a.amopfamily AS family,
       a.amoplefttype AS "left",
       a.amoprighttype AS "right",
       a.amopstrategy AS strategy,
       o.oprnamespace AS schema,
       o.oprname AS name,
       (SELECT s.opfnamespace::text || ' ' || s.opfname FROM pg_catalog.pg_opfamily s WHERE s.oid = a.amopsortfamily) AS order_by
FROM pg_catalog.pg_amop a
JOIN pg_catalog.pg_operator o ON o.oid = a.amopopr
WHERE a.amopfamily >= 16384
