-- NOT NULL is part of its column; from 18 on its constraint has a name and a state of its own.
SELECT c.conrelid AS relation,
       c.conkey[1] AS "column",
       c.oid,
       c.conname AS name,
       c.connoinherit AS no_inherit,
       c.convalidated AS validated,
       c.conislocal AS local
FROM pg_catalog.pg_constraint c
WHERE c.contype = 'n'
  AND c.oid >= 16384
  AND c.conrelid <> 0
