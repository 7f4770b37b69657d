SELECT d.classoid AS class, d.objoid AS object, d.objsubid AS part, d.description AS text
FROM pg_catalog.pg_description d
WHERE d.objoid >= 16384
   OR (d.classoid = 2615 AND d.description <> 'standard public schema')
   OR d.classoid = 3079
