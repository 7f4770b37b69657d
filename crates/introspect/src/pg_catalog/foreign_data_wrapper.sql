SELECT w.oid,
       w.fdwname AS name,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = w.fdwhandler) AS handler,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = w.fdwvalidator) AS validator,
       w.fdwoptions AS options,
       w.fdwowner AS owner,
       w.fdwacl::text[] AS acl
FROM pg_catalog.pg_foreign_data_wrapper w
WHERE w.oid >= 16384
