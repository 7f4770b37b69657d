-- Rules, but for those that are a view's query.
SELECT r.oid,
       r.ev_class AS relation,
       r.rulename AS name,
       r.ev_enabled AS enabled,
       pg_catalog.pg_get_ruledef(r.oid) AS definition
FROM pg_catalog.pg_rewrite r
WHERE r.oid >= 16384 AND r.rulename <> '_RETURN'
