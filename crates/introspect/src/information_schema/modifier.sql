-- Type modifiers that the standard's views do not show, or show as if they were the default: those of an array's elements, a
-- precision of six digits for times, a negative scale.
SELECT n.nspname::text AS schema,
       c.relname::text AS relation,
       a.attname::text AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS text
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid >= 16384
  AND a.attnum > 0
  AND a.atttypmod >= 0
  AND c.relkind IN ('r', 'p', 'v', 'c')
  AND (t.typcategory = 'A'
       OR t.oid IN (1083, 1266, 1114, 1184, 1186) AND a.atttypmod & 65535 = 6
       OR t.oid = 1700 AND (a.atttypmod - 4) & 2047 >= 1024)
