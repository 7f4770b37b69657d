SELECT t.oid,
       t.tmplnamespace AS schema,
       t.tmplname AS name,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.tmplinit) AS init,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.tmpllexize) AS lexize
FROM pg_catalog.pg_ts_template t
WHERE t.oid >= 16384
