SELECT o.oid,
       o.opcnamespace AS schema,
       o.opcname AS name,
       m.amname AS method,
       o.opcdefault AS is_default,
       o.opcintype AS input,
       o.opckeytype AS storage,
       f.opfnamespace AS family_schema,
       f.opfname AS family,
       o.opcowner AS owner
FROM pg_catalog.pg_opclass o
JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod
JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily
WHERE o.oid >= 16384
