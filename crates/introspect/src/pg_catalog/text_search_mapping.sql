-- A token's alias is the parser's to tell.
SELECT c.oid AS configuration, t.alias AS token, d.dictnamespace AS schema, d.dictname AS dictionary
FROM pg_catalog.pg_ts_config c
JOIN pg_catalog.pg_ts_config_map m ON m.mapcfg = c.oid
JOIN pg_catalog.pg_ts_dict d ON d.oid = m.mapdict
CROSS JOIN LATERAL pg_catalog.ts_token_type(c.cfgparser) t
WHERE c.oid >= 16384 AND t.tokid = m.maptokentype
ORDER BY c.oid, t.alias, m.mapseqno
