-- Names of roles, for owners, grants and policies. pg_roles is readable by everyone.
SELECT r.oid, r.rolname AS name
FROM pg_catalog.pg_roles r
