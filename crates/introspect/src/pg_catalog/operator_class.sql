-- All operator classes: few, and defaults are found by method and type.
SELECT o.oid,
       o.opcnamespace AS schema,
       o.opcname AS name,
       m.amname AS method,
       o.opcintype AS input,
       o.opcdefault AS is_default
FROM pg_catalog.pg_opclass o
JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod
