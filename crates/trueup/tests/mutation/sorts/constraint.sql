-- sort add a check
SELECT fq, format('ALTER TABLE %s ADD CONSTRAINT mutant_check CHECK (%I IS NOT NULL OR 1 > 2)', fq, c), 'D102', 'unexpected', 'constraint', s, r, 'mutant_check', NULL FROM a WHERE attnum = 1
-- sort add a unique constraint
SELECT fq, format('ALTER TABLE %s ADD CONSTRAINT mutant_unique UNIQUE (%I)', fq, c), 'D102', 'unexpected', 'constraint', s, r, 'mutant_unique', NULL FROM a WHERE typname IN ('int4', 'text', 'uuid')
  AND NOT EXISTS (SELECT FROM con WHERE con.conrelid = a.oid AND con.contype = 'u' AND con.conkey = ARRAY[a.attnum])
-- sort add a foreign key
SELECT fq, format('ALTER TABLE %s ADD CONSTRAINT mutant_fk FOREIGN KEY (%I) REFERENCES %s (%I)', fq, c, fq, c), 'D102', 'unexpected', 'constraint', s, r, 'mutant_fk', NULL FROM a WHERE in_key
-- sort add an exclusion constraint
SELECT fq, format('ALTER TABLE %s ADD CONSTRAINT mutant_exclusion EXCLUDE (%I WITH =)', fq, c), 'D102', 'unexpected', 'constraint', s, r, 'mutant_exclusion', NULL FROM a WHERE typname IN ('int4', 'text', 'uuid') AND attnum < 5
-- sort drop a constraint
SELECT fq, format('ALTER TABLE %s DROP CONSTRAINT %I', fq, conname), 'D101', 'missing', 'constraint', s, r, conname, NULL FROM con WHERE contype <> 'p'
-- sort drop a primary key
SELECT fq, format('ALTER TABLE %s DROP CONSTRAINT %I', fq, conname), 'D101', 'missing', 'constraint', s, r, conname, NULL FROM con WHERE contype = 'p'
-- sort rename a constraint
SELECT fq, format('ALTER TABLE %s RENAME CONSTRAINT %I TO mutant_name', fq, conname), 'D103', 'changed', 'constraint', s, r, conname, 'name' FROM con
-- sort change a check
SELECT fq, format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I CHECK ((%s) AND 1 > 2)', fq, conname, conname, pg_get_expr(conbin, conrelid)), 'D211', 'changed', 'constraint', s, r, conname, 'check' FROM con WHERE contype = 'c' AND convalidated AND NOT connoinherit
-- sort validate a constraint no more
SELECT fq, format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s NOT VALID', fq, conname, conname, pg_get_constraintdef(oid)), 'D212', 'changed', 'constraint', s, r, conname, 'validated' FROM con WHERE contype IN ('c', 'f') AND convalidated
  AND pg_get_constraintdef(oid) !~ 'NOT ENFORCED'
-- sort defer a foreign key
SELECT fq, format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED', fq, conname), 'D211', 'changed', 'constraint', s, r, conname, 'deferrable,initially_deferred' FROM con WHERE contype = 'f' AND NOT condeferrable
-- sort change ON DELETE
SELECT fq, format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s ON DELETE CASCADE', fq, conname, conname, pg_get_constraintdef(oid)), 'D211', 'changed', 'constraint', s, r, conname, 'on_delete' FROM con WHERE contype = 'f' AND confdeltype = 'a' AND NOT condeferrable AND convalidated
-- sort change ON UPDATE
SELECT fq, format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s ON UPDATE SET NULL', fq, conname, conname, pg_get_constraintdef(oid)), 'D211', 'changed', 'constraint', s, r, conname, 'on_update' FROM con WHERE contype = 'f' AND confupdtype = 'a' AND NOT condeferrable AND convalidated
-- sort make a key deferrable
SELECT fq, format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s DEFERRABLE', fq, conname, conname, pg_get_constraintdef(oid)), 'D211', 'changed', 'constraint', s, r, conname, 'deferrable' FROM con WHERE contype = 'u' AND NOT condeferrable
-- sort include a column in a key
SELECT con.fq, format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s INCLUDE (%I)', con.fq, conname, conname, pg_get_constraintdef(con.oid), a.c), 'D211', 'changed', 'constraint', con.s, con.r, conname, 'include'
FROM con JOIN a ON a.oid = con.conrelid WHERE contype = 'u' AND NOT condeferrable AND a.typname IN ('int4', 'text') AND NOT a.attnum = ANY (conkey) AND pg_get_constraintdef(con.oid) !~ 'INCLUDE|WITHOUT'
-- sort set an option of a key
SELECT con.fq, format('ALTER INDEX %I.%I SET (fillfactor = 57)', s, conname), 'D282', 'changed', 'constraint', s, r, conname, 'options.fillfactor' FROM con WHERE contype IN ('p', 'u')
-- sort comment on a constraint
SELECT fq, format('COMMENT ON CONSTRAINT %I ON %s IS %L', conname, fq, 'mutant'), 'D281', 'changed', 'constraint', s, r, conname, 'comment' FROM con
