SELECT t.oid,
       t.typnamespace AS schema,
       t.typname AS name,
       t.typbasetype AS base,
       t.typtypmod AS modifier,
       t.typcollation AS collation,
       CASE WHEN t.typtypmod >= 0 AND t.typbasetype >= 16384
            THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END AS type_text,
       CASE WHEN t.typdefaultbin IS NOT NULL THEN pg_catalog.pg_get_expr(t.typdefaultbin, 0) END AS expression,
       t.typnotnull AS not_null,
       (SELECT pg_catalog.quote_ident(c.conname)
        FROM pg_catalog.pg_constraint c
        JOIN pg_catalog.pg_description d ON d.classoid = 2606 AND d.objoid = c.oid
        WHERE c.contypid = t.oid AND c.contype = 'n') AS commented_not_null,
       t.typowner AS owner,
       t.typacl::text[] AS acl
FROM pg_catalog.pg_type t
WHERE t.typtype = 'd' AND t.oid >= 16384
