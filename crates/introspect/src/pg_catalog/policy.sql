SELECT p.oid,
       p.polrelid AS relation,
       p.polname AS name,
       p.polcmd AS command,
       p.polpermissive AS permissive,
       p.polroles AS roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using_expression,
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check_expression
FROM pg_catalog.pg_policy p
