SELECT s.oid,
       s.srvname AS name,
       s.srvtype AS sort,
       s.srvversion AS version,
       w.fdwname AS wrapper,
       s.srvoptions AS options,
       s.srvowner AS owner,
       s.srvacl::text[] AS acl
FROM pg_catalog.pg_foreign_server s
JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
