SELECT t.oid,
       t.typnamespace AS schema,
       t.typname AS name,
       r.rngsubtype AS subtype,
       r.rngsubopc AS operator_class,
       r.rngcollation AS collation,
       c.pronamespace AS canonical_schema,
       c.proname AS canonical,
       f.pronamespace AS subtype_diff_schema,
       f.proname AS subtype_diff,
       {>=14}r.rngmultitypid{else}0::oid{end} AS multirange,
       t.typowner AS owner,
       t.typacl::text[] AS acl
FROM pg_catalog.pg_range r
JOIN pg_catalog.pg_type t ON t.oid = r.rngtypid
LEFT JOIN pg_catalog.pg_proc c ON c.oid = r.rngcanonical
LEFT JOIN pg_catalog.pg_proc f ON f.oid = r.rngsubdiff
WHERE r.rngtypid >= 16384
