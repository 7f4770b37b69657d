SELECT s.oid,
       s.stxnamespace AS schema,
       s.stxname AS name,
       s.stxrelid AS relation,
       s.stxkind AS kinds,
       s.stxkeys::int2[] AS columns,
       {>=14}CASE WHEN s.stxexprs IS NOT NULL THEN pg_catalog.pg_get_statisticsobjdef_expressions(s.oid) END{else}NULL::text[]{end} AS expressions,
       {>=17}s.stxstattarget::int4{else}nullif(s.stxstattarget, -1)::int4{end} AS target,
       s.stxowner AS owner
FROM pg_catalog.pg_statistic_ext s
WHERE s.oid >= 16384
