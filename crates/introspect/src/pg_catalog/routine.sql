-- Functions and procedures. Those of extensions and the constructors of range types are not the schema's.
SELECT p.oid,
       p.pronamespace AS schema,
       p.proname AS name,
       p.prokind AS kind,
       p.proowner AS owner,
       p.proacl::text[] AS acl,
       l.lanname AS language,
       p.procost::text AS cost,
       p.prorows::text AS rows,
       s.pronamespace AS support_schema,
       s.proname AS support,
       p.prosecdef AS security_definer,
       p.proleakproof AS leakproof,
       p.proisstrict AS strict,
       p.proretset AS returns_set,
       p.provolatile AS volatility,
       p.proparallel AS parallel,
       p.prorettype AS returns,
       p.proargtypes::oid[] AS input_types,
       p.proallargtypes AS all_types,
       p.proargmodes AS modes,
       p.proargnames AS names,
       p.pronargdefaults AS defaults,
       CASE WHEN p.pronargdefaults > 0 THEN pg_catalog.pg_get_expr(p.proargdefaults, 0) END AS default_expressions,
       p.protrftypes AS transforms,
       p.prosrc AS source,
       p.probin AS library,
       {>=14}CASE WHEN p.prosqlbody IS NOT NULL THEN pg_catalog.pg_get_function_sqlbody(p.oid) END{else}NULL::text{end} AS sql_body,
       p.proconfig AS config
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
LEFT JOIN pg_catalog.pg_proc s ON s.oid = p.prosupport
WHERE p.oid >= 16384
  AND p.prokind <> 'a'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 1255 AND d.objid = p.oid AND d.deptype = 'i')
