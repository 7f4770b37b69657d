-- sort add a column
SELECT fq, format('ALTER TABLE %s ADD COLUMN mutant_column numeric(7,2)', fq), 'D102', 'unexpected', 'column', s, r, 'mutant_column', NULL FROM t
-- sort add a column with a sequence and a key
SELECT fq, format('ALTER TABLE %s ADD COLUMN mutant_column bigserial UNIQUE', fq), 'D102', 'unexpected', 'column', s, r, 'mutant_column', NULL FROM t
-- sort drop a column
SELECT fq, format('ALTER TABLE %s DROP COLUMN %I', fq, c), 'D101', 'missing', 'column', s, r, c, NULL FROM a WHERE NOT used
-- sort drop a column with what is built on it
SELECT fq, format('ALTER TABLE %s DROP COLUMN %I', fq, c), 'D101', 'missing', 'column', s, r, c, NULL FROM a
WHERE used AND NOT EXISTS (SELECT FROM a o WHERE o.oid = a.oid AND o.attgenerated <> '')
-- sort rename a column
SELECT fq, format('ALTER TABLE %s RENAME COLUMN %I TO mutant_name', fq, c), w.code, w.what, 'column', s, r, w.name, NULL
FROM a, LATERAL (VALUES ('D101', 'missing', c), ('D102', 'unexpected', 'mutant_name'::name)) w (code, what, name)
WHERE NOT used AND NOT atthasdef AND attidentity = ''
  AND NOT EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = a.oid AND p.attnum = a.attnum AND p.attacl IS NOT NULL)
-- sort set NOT NULL
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', fq, c), 'D202', 'changed', 'column', s, r, c, 'not_null' FROM a WHERE NOT attnotnull
-- sort drop NOT NULL
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', fq, c), 'D202', 'changed', 'column', s, r, c, 'not_null' FROM a WHERE attnotnull AND attidentity = ''
-- sort widen a type
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I TYPE bigint', fq, c), 'D201', 'changed', 'column', s, r, c, 'data_type' FROM a WHERE typname IN ('int4', 'int2') AND attidentity = ''
-- sort change a length
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I TYPE varchar(%s) COLLATE %s', fq, c, CASE atttypmod WHEN -1 THEN 77 ELSE atttypmod - 4 + 1 END, attcollation::regcollation), 'D201', 'changed', 'column', s, r, c, 'data_type' FROM a WHERE typname = 'varchar'
-- sort change text to varchar
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I TYPE varchar(%s)', fq, c, 33), 'D201', 'changed', 'column', s, r, c, 'data_type' FROM a WHERE typname = 'text' AND attcollation = 'pg_catalog."default"'::regcollation
-- sort change varchar to text
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I TYPE text', fq, c), 'D201', 'changed', 'column', s, r, c, 'data_type' FROM a WHERE typname = 'varchar' AND attcollation = 'pg_catalog."default"'::regcollation
-- sort change a precision
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', fq, c, CASE typname WHEN 'numeric' THEN 'numeric(11,3)' ELSE typname || '(2)' END), 'D201', 'changed', 'column', s, r, c, 'data_type' FROM a WHERE typname IN ('numeric', 'timestamp', 'timestamptz', 'time')
-- sort change a time zone
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', fq, c, CASE typname WHEN 'timestamp' THEN 'timestamptz' ELSE 'timestamp' END), 'D201', 'changed', 'column', s, r, c, 'data_type' FROM a WHERE typname IN ('timestamp', 'timestamptz') AND NOT atthasdef AND atttypmod = -1
-- sort change to an array
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I TYPE %s[] USING NULL', fq, c, typname), 'D201', 'changed', 'column', s, r, c, 'data_type' FROM a WHERE typname IN ('int4', 'int8', 'text', 'uuid') AND NOT used AND NOT atthasdef AND attidentity = ''
-- sort change a collation
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE "C"', fq, c, format_type(atttypid, atttypmod)), 'D205', 'changed', 'column', s, r, c, 'collation' FROM a WHERE typname IN ('text', 'varchar') AND attcollation <> 'pg_catalog."C"'::regcollation
-- sort set a default
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', fq, c, CASE WHEN typname ~ 'int' THEN '4711' WHEN typname = 'bool' THEN '(4711 > 3)' ELSE '''mutant''' END), 'D203', 'changed', 'column', s, r, c, 'default' FROM a WHERE NOT atthasdef AND attidentity = '' AND typname IN ('int4', 'int8', 'bool', 'text')
-- sort change a default
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', fq, c, CASE WHEN typname ~ 'int' THEN '4711' WHEN typname = 'bool' THEN 'NULL::bool' ELSE '''mutant''' END), 'D203', 'changed', 'column', s, r, c, 'default' FROM a WHERE atthasdef AND attgenerated = '' AND typname IN ('int4', 'int8', 'bool', 'text', 'varchar')
  AND NOT EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = a.oid AND d.adnum = a.attnum AND pg_get_expr(d.adbin, d.adrelid) ~ 'NULL')
-- sort drop a default
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', fq, c), 'D203', 'changed', 'column', s, r, c, 'default' FROM a WHERE atthasdef AND attgenerated = ''
-- sort drop a generation expression
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I DROP EXPRESSION', fq, c), 'D204', 'changed', 'column', s, r, c, 'generated,generated_expression' FROM a WHERE attgenerated = 's'
-- sort give an identity
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED ALWAYS AS IDENTITY', fq, c), 'D206', 'changed', 'column', s, r, c, 'identity,identity_options' FROM a WHERE attidentity = '' AND NOT atthasdef AND attnotnull AND typname IN ('int2', 'int4', 'int8') AND relpersistence = 'p'
-- sort take an identity
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', fq, c), 'D206', 'changed', 'column', s, r, c, 'identity,identity_options' FROM a WHERE attidentity <> ''
-- sort turn an identity
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I SET GENERATED %s', fq, c, CASE attidentity WHEN 'a' THEN 'BY DEFAULT' ELSE 'ALWAYS' END), 'D206', 'changed', 'column', s, r, c, 'identity' FROM a WHERE attidentity <> ''
-- sort change an identity's options
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I SET INCREMENT 7', fq, c), 'D206', 'changed', 'column', s, r, c, 'identity_options' FROM a WHERE attidentity <> ''
-- sort change storage
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE %s', fq, c, CASE attstorage WHEN 'e' THEN 'MAIN' ELSE 'EXTERNAL' END), 'D282', 'changed', 'column', s, r, c, 'storage' FROM a WHERE typstorage = 'x'
-- sort set a statistics target
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 471', fq, c), 'D282', 'changed', 'column', s, r, c, 'statistics' FROM a
-- sort set an option of a column
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I SET (n_distinct = 47)', fq, c), 'D282', 'changed', 'column', s, r, c, 'options.n_distinct' FROM a
-- sort set compression
-- from 14
SELECT fq, format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION pglz', fq, c), 'D282', 'changed', 'column', s, r, c, 'compression' FROM a WHERE typstorage = 'x'
-- sort comment on a column
SELECT fq, format('COMMENT ON COLUMN %s.%I IS %L', fq, c, 'mutant'), 'D281', 'changed', 'column', s, r, c, 'comment' FROM a
