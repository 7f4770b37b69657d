SELECT c.oid,
       c.cfgnamespace AS schema,
       c.cfgname AS name,
       p.prsnamespace AS parser_schema,
       p.prsname AS parser,
       c.cfgowner AS owner
FROM pg_catalog.pg_ts_config c
JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser
WHERE c.oid >= 16384
