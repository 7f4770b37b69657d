SELECT d.oid,
       d.dictnamespace AS schema,
       d.dictname AS name,
       t.tmplnamespace AS template_schema,
       t.tmplname AS template,
       d.dictinitoption AS options,
       d.dictowner AS owner
FROM pg_catalog.pg_ts_dict d
JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate
WHERE d.oid >= 16384
