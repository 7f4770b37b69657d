SELECT o.oprnamespace AS schema,
       o.oprname AS name,
       o.oprleft AS "left",
       o.oprright AS "right",
       o.oprresult AS result,
       e.extname AS extension
FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_depend d ON d.classid = 2617 AND d.objid = o.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
WHERE o.oid >= 16384 AND o.oprresult <> 0
