SELECT 'table' AS kind, p.table_schema::text AS schema, p.table_name::text AS name, p.grantor::text AS grantor,
       p.grantee::text AS grantee, p.privilege_type::text AS privilege, p.is_grantable::text AS grantable,
       NULL::text AS column,
       -- The standard calls every privilege of a member of the owner grantable (pg_has_role in the view's definition).
       CASE WHEN p.grantee = 'PUBLIC' OR p.grantee = p.grantor THEN false
            ELSE pg_catalog.pg_has_role(p.grantee::name, p.grantor::name, 'USAGE') END AS implied
FROM information_schema.table_privileges p
WHERE p.table_schema NOT IN ('pg_catalog', 'information_schema')
UNION ALL
-- What an owner grants itself says nothing on a column.
SELECT 'table', p.table_schema::text, p.table_name::text, p.grantor::text,
       p.grantee::text, p.privilege_type::text, p.is_grantable::text, p.column_name::text,
       CASE WHEN p.grantee = 'PUBLIC' OR p.grantee = p.grantor THEN false
            ELSE pg_catalog.pg_has_role(p.grantee::name, p.grantor::name, 'USAGE') END
FROM information_schema.column_privileges p
WHERE p.table_schema NOT IN ('pg_catalog', 'information_schema')
  AND p.grantor <> p.grantee
UNION ALL
SELECT lower(p.object_type::text), p.object_schema::text, p.object_name::text, p.grantor::text,
       p.grantee::text, p.privilege_type::text, p.is_grantable::text, NULL,
       CASE WHEN p.grantee = 'PUBLIC' OR p.grantee = p.grantor THEN false
            ELSE pg_catalog.pg_has_role(p.grantee::name, p.grantor::name, 'USAGE') END
FROM information_schema.usage_privileges p
WHERE p.object_schema NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT 'routine', p.specific_schema::text, p.specific_name::text, p.grantor::text,
       p.grantee::text, p.privilege_type::text, p.is_grantable::text, NULL,
       CASE WHEN p.grantee = 'PUBLIC' OR p.grantee = p.grantor THEN false
            ELSE pg_catalog.pg_has_role(p.grantee::name, p.grantor::name, 'USAGE') END
FROM information_schema.routine_privileges p
WHERE p.specific_schema NOT IN ('pg_catalog', 'information_schema')
