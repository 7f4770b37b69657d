SELECT c.oid,
       c.connamespace AS schema,
       c.conname AS name,
       pg_catalog.pg_encoding_to_char(c.conforencoding)::text AS "from",
       pg_catalog.pg_encoding_to_char(c.contoencoding)::text AS "to",
       p.pronamespace AS function_schema,
       p.proname AS function,
       c.condefault AS is_default,
       c.conowner AS owner
FROM pg_catalog.pg_conversion c
JOIN pg_catalog.pg_proc p ON p.oid = c.conproc
WHERE c.oid >= 16384
