-- ALTER DEFAULT PRIVILEGES.
SELECT a.defaclrole AS role,
       a.defaclnamespace AS schema,
       a.defaclobjtype AS objects,
       a.defaclacl::text[] AS acl
FROM pg_catalog.pg_default_acl a
