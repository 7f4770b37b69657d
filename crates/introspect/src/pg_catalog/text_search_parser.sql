SELECT t.oid,
       t.prsnamespace AS schema,
       t.prsname AS name,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.prsstart) AS start,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.prstoken) AS token,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.prsend) AS ends,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.prsheadline) AS headline,
       (SELECT p.pronamespace::text || ' ' || p.proname FROM pg_catalog.pg_proc p WHERE p.oid = t.prslextype) AS lextypes
FROM pg_catalog.pg_ts_parser t
WHERE t.oid >= 16384
