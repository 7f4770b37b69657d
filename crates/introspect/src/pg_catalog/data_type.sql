-- Every type's name; for a true array its element; and the defaults that its columns inherit.
SELECT t.oid,
       t.typnamespace AS schema,
       t.typname AS name,
       CASE WHEN t.typcategory = 'A' AND t.typlen = -1 AND t.typstorage <> 'p' THEN t.typelem ELSE 0 END AS element,
       t.typcollation AS collation,
       t.typstorage AS storage
FROM pg_catalog.pg_type t
