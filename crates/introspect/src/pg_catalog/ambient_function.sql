-- Functions that expressions may name and that are no object of the model: those of extensions and of range
-- types. What takes or gives "internal" can't be called from SQL.
SELECT p.pronamespace AS schema,
       p.proname AS name,
       p.prokind AS kind,
       p.proargtypes::oid[] AS arguments,
       p.pronargdefaults AS defaults,
       p.provariadic <> 0 AS variadic,
       p.prorettype AS returns,
       p.proretset AS returns_set,
       e.extname AS extension
FROM pg_catalog.pg_proc p
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 1255 AND d.objid = p.oid AND d.deptype IN ('e', 'i')
LEFT JOIN pg_catalog.pg_extension e ON d.deptype = 'e' AND e.oid = d.refobjid
WHERE p.oid >= 16384
  AND d.objid IS NOT NULL
  AND p.prorettype <> 2281
  AND NOT 2281 = ANY (p.proargtypes)
