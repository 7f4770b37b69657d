SELECT l.oid,
       l.lanname AS name,
       l.lanpltrusted AS trusted,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = l.lanplcallfoid) AS handler,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = l.laninline) AS inline,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = l.lanvalidator) AS validator,
       l.lanowner AS owner,
       l.lanacl::text[] AS acl
FROM pg_catalog.pg_language l
WHERE l.oid >= 16384
