SELECT e.oid,
       e.extname AS name,
       e.extnamespace AS schema,
       e.extversion AS version,
       e.extowner AS owner
FROM pg_catalog.pg_extension e
