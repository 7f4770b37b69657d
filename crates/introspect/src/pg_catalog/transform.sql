SELECT t.oid,
       t.trftype AS data_type,
       l.lanname AS language,
       f.pronamespace AS from_schema,
       f.proname AS from_name,
       f.proargtypes::oid[] AS from_arguments,
       g.pronamespace AS to_schema,
       g.proname AS to_name,
       g.proargtypes::oid[] AS to_arguments
FROM pg_catalog.pg_transform t
JOIN pg_catalog.pg_language l ON l.oid = t.trflang
LEFT JOIN pg_catalog.pg_proc f ON f.oid = t.trffromsql
LEFT JOIN pg_catalog.pg_proc g ON g.oid = t.trftosql
WHERE t.oid >= 16384
