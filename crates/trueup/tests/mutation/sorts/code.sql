-- sort add a function
SELECT 'schema ' || nspname, format('CREATE FUNCTION %I.mutant_function(a int, b text DEFAULT ''x'') RETURNS int LANGUAGE sql AS ''SELECT 1''', nspname), 'D102', 'unexpected', 'function', nspname, NULL, 'mutant_function', NULL FROM pg_namespace n WHERE EXISTS (SELECT FROM rel WHERE s = nspname AND relkind IN ('r', 'p'))
-- sort drop a function
SELECT fq, format('DROP ROUTINE %s', fq), 'D101', 'missing', kind, s, NULL, proname, NULL FROM f
-- sort change a body
SELECT fq, replace(pg_get_functiondef(oid), 'BEGIN' || chr(10), 'BEGIN' || chr(10) || ' PERFORM 4711;' || chr(10)), 'D232', 'changed', kind, s, NULL, proname, 'body' FROM f WHERE lanname = 'plpgsql' AND prosrc ~ '\mBEGIN\n' AND prosrc !~ '''[^'']*BEGIN\n'
-- sort change volatility
SELECT fq, format('ALTER FUNCTION %s %s', fq, CASE provolatile WHEN 's' THEN 'VOLATILE' ELSE 'STABLE' END), 'D232', 'changed', kind, s, NULL, proname, 'volatility' FROM f WHERE kind = 'function'
-- sort change strictness
SELECT fq, format('ALTER FUNCTION %s %s', fq, CASE WHEN proisstrict THEN 'CALLED ON NULL INPUT' ELSE 'STRICT' END), 'D232', 'changed', kind, s, NULL, proname, 'strict' FROM f WHERE kind = 'function'
-- sort switch SECURITY DEFINER
SELECT fq, format('ALTER ROUTINE %s SECURITY %s', fq, CASE WHEN prosecdef THEN 'INVOKER' ELSE 'DEFINER' END), 'D232', 'changed', kind, s, NULL, proname, 'security_definer' FROM f
-- sort switch LEAKPROOF
SELECT fq, format('ALTER FUNCTION %s LEAKPROOF', fq), 'D232', 'changed', kind, s, NULL, proname, 'leakproof' FROM f WHERE kind = 'function' AND NOT proleakproof
-- sort change PARALLEL
SELECT fq, format('ALTER FUNCTION %s PARALLEL %s', fq, CASE proparallel WHEN 'r' THEN 'SAFE' ELSE 'RESTRICTED' END), 'D232', 'changed', kind, s, NULL, proname, 'parallel' FROM f WHERE kind = 'function'
-- sort change COST
SELECT fq, format('ALTER FUNCTION %s COST 4711', fq), 'D282', 'changed', kind, s, NULL, proname, 'cost' FROM f WHERE kind = 'function'
-- sort change ROWS
SELECT fq, format('ALTER FUNCTION %s ROWS 4711', fq), 'D282', 'changed', kind, s, NULL, proname, 'rows' FROM f WHERE kind = 'function' AND proretset
-- sort give a function a setting
SELECT fq, format('ALTER ROUTINE %s SET lock_timeout = ''4711ms''', fq), 'D232', 'changed', kind, s, NULL, proname, 'config.lock_timeout' FROM f
-- sort give an argument a default
SELECT fq, regexp_replace(pg_get_functiondef(oid), ' (integer|bigint|text|uuid)\)', ' \1 DEFAULT NULL)'), 'D232', 'changed', kind, s, NULL, proname, 'arguments' FROM f
WHERE pg_get_function_arguments(oid) ~ ' (integer|bigint|text|uuid)$' AND pg_get_function_arguments(oid) !~ 'OUT|DEFAULT|VARIADIC' AND kind = 'function'
-- sort grant on a function
SELECT fq, format('GRANT EXECUTE ON ROUTINE %s TO mutant', fq), 'D272', 'changed', kind, s, NULL, proname, 'privileges' FROM f
-- sort revoke from PUBLIC
SELECT fq, format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', fq), 'D272', 'changed', kind, s, NULL, proname, 'privileges' FROM f WHERE proacl IS NULL
-- sort change the owner of a function
SELECT fq, format('ALTER ROUTINE %s OWNER TO mutant', fq), 'D271', 'changed', kind, s, NULL, proname, 'owner' FROM f
-- sort comment on a function
SELECT fq, format('COMMENT ON ROUTINE %s IS %L', fq, 'mutant'), 'D281', 'changed', kind, s, NULL, proname, 'comment' FROM f
-- sort add a trigger
SELECT t.fq, format('CREATE TRIGGER mutant_trigger AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', t.fq), 'D102', 'unexpected', 'trigger', s, r, 'mutant_trigger', NULL FROM t
-- sort drop a trigger
SELECT fq, format('DROP TRIGGER %I ON %s', tgname, fq), 'D101', 'missing', 'trigger', s, r, tgname, NULL FROM tr
-- sort disable a trigger
SELECT fq, format('ALTER TABLE %s DISABLE TRIGGER %I', fq, tgname), 'D252', 'changed', 'trigger', s, r, tgname, 'enabled' FROM tr WHERE tgenabled <> 'D'
-- sort enable a trigger always
SELECT fq, format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', fq, tgname), 'D252', 'changed', 'trigger', s, r, tgname, 'enabled' FROM tr WHERE tgenabled <> 'A'
-- sort change a trigger's time
SELECT fq, format('DROP TRIGGER %I ON %s; %s', tgname, fq, CASE WHEN tgtype & 2 = 2 THEN replace(def, ' BEFORE ', ' AFTER ') ELSE replace(def, ' AFTER ', ' BEFORE ') END), 'D251', 'changed', 'trigger', s, r, tgname, 'timing' FROM tr WHERE tgconstraint = 0 AND def !~ 'REFERENCING' AND tgenabled = 'O' AND obj_description(oid) IS NULL
-- sort change a trigger's condition
SELECT fq, format('DROP TRIGGER %I ON %s; %s', tgname, fq, replace(def, ' EXECUTE FUNCTION ', ' WHEN (1 > 2) EXECUTE FUNCTION ')), 'D251', 'changed', 'trigger', s, r, tgname, 'when' FROM tr WHERE tgqual IS NULL AND tgenabled = 'O' AND obj_description(oid) IS NULL
-- sort change a trigger's event
SELECT fq, format('DROP TRIGGER %I ON %s; %s', tgname, fq, replace(def, ' ON ', ' OR TRUNCATE ON ')), 'D251', 'changed', 'trigger', s, r, tgname, 'on_truncate' FROM tr WHERE tgtype & 1 = 0 AND tgtype & 32 = 0 AND def !~ 'REFERENCING' AND def !~ ' ON .* ON ' AND tgenabled = 'O' AND obj_description(oid) IS NULL
-- sort comment on a trigger
SELECT fq, format('COMMENT ON TRIGGER %I ON %s IS %L', tgname, fq, 'mutant'), 'D281', 'changed', 'trigger', s, r, tgname, 'comment' FROM tr
-- sort add a policy
SELECT fq, format('CREATE POLICY mutant_policy ON %s USING (1 > 2)', fq), 'D102', 'unexpected', 'policy', s, r, 'mutant_policy', NULL FROM t
-- sort drop a policy
SELECT fq, format('DROP POLICY %I ON %s', polname, fq), 'D101', 'missing', 'policy', s, r, polname, NULL FROM t JOIN pg_policy p ON p.polrelid = t.oid
-- sort change a policy's USING
SELECT fq, format('ALTER POLICY %I ON %s USING ((%s) AND 1 > 2)', polname, fq, pg_get_expr(polqual, polrelid)), 'D261', 'changed', 'policy', s, r, polname, 'using' FROM t JOIN pg_policy p ON p.polrelid = t.oid WHERE polqual IS NOT NULL
-- sort change a policy's CHECK
SELECT fq, format('ALTER POLICY %I ON %s WITH CHECK (1 > 2)', polname, fq), 'D261', 'changed', 'policy', s, r, polname, 'check' FROM t JOIN pg_policy p ON p.polrelid = t.oid WHERE polcmd IN ('*', 'a', 'w')
-- sort change a policy's roles
SELECT fq, format('ALTER POLICY %I ON %s TO mutant', polname, fq), 'D261', 'changed', 'policy', s, r, polname, 'roles' FROM t JOIN pg_policy p ON p.polrelid = t.oid
-- sort change a policy's command
SELECT fq, format('DROP POLICY %I ON %s; CREATE POLICY %I ON %s FOR DELETE USING (%s)', polname, fq, polname, fq, pg_get_expr(polqual, polrelid)), 'D261', 'changed', 'policy', s, r, polname, 'command' FROM t JOIN pg_policy p ON p.polrelid = t.oid WHERE polcmd IN ('*', 'r') AND polwithcheck IS NULL AND polroles = '{0}' AND polpermissive
-- sort make a policy restrictive
SELECT fq, format('DROP POLICY %I ON %s; CREATE POLICY %I ON %s AS RESTRICTIVE USING (%s)', polname, fq, polname, fq, pg_get_expr(polqual, polrelid)), 'D261', 'changed', 'policy', s, r, polname, 'permissive' FROM t JOIN pg_policy p ON p.polrelid = t.oid WHERE polcmd = '*' AND polwithcheck IS NULL AND polroles = '{0}' AND polpermissive
