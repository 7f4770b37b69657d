-- Without the options, which hold passwords; the view is open to every role, the table is not.
SELECT m.umid AS oid, m.umuser AS "user", m.usename AS name, m.srvname AS server
FROM pg_catalog.pg_user_mappings m
