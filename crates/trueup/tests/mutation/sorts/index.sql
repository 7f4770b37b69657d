-- sort add an index
SELECT fq, format('CREATE INDEX mutant_index ON %s (%I)', fq, c), 'D102', 'unexpected', 'index', s, r, 'mutant_index', NULL FROM a WHERE typname IN ('int4', 'int8', 'text', 'uuid', 'timestamptz')
  AND NOT EXISTS (SELECT FROM ix WHERE ix.indrelid = a.oid AND ix.indkey[0] = a.attnum)
-- sort drop an index
SELECT fq, format('DROP INDEX %s', ifq), 'D101', 'missing', 'index', s, r, n, NULL FROM ix
-- sort rename an index
SELECT fq, format('ALTER INDEX %s RENAME TO mutant_name_of_index', ifq), 'D103', 'changed', 'index', s, r, n, 'name' FROM ix
-- sort change uniqueness
SELECT fq, format('DROP INDEX %s; %s', ifq, CASE WHEN indisunique THEN replace(def, 'CREATE UNIQUE', 'CREATE') ELSE replace(def, 'CREATE INDEX', 'CREATE UNIQUE INDEX') END), 'D221', 'changed', 'index', s, r, n, 'unique' FROM ix WHERE amname = 'btree' AND NOT indisreplident AND NOT indisclustered AND obj_description(indexrelid) IS NULL AND def !~ 'NULLS NOT'
-- sort give an index a predicate
SELECT fq, format('DROP INDEX %s; %s WHERE 1 > 2', ifq, def), 'D221', 'changed', 'index', s, r, n, 'predicate' FROM ix WHERE indpred IS NULL AND NOT indisreplident AND NOT indisclustered AND obj_description(indexrelid) IS NULL
-- sort change an index's predicate
SELECT fq, format('DROP INDEX %s; %s AND 1 > 2', ifq, def), 'D221', 'changed', 'index', s, r, n, 'predicate' FROM ix WHERE indpred IS NOT NULL AND NOT indisreplident AND obj_description(indexrelid) IS NULL
-- sort change an index's order
SELECT fq, format('DROP INDEX %s; %s', ifq, regexp_replace(def, ' \((\w+)\)( WHERE .*)?$', ' (\1 DESC)\2')), 'D221', 'changed', 'index', s, r, n, 'elements' FROM ix WHERE amname = 'btree' AND def ~ ' \((\w+)\)( WHERE .*)?$' AND NOT indisreplident AND NOT indisclustered AND obj_description(indexrelid) IS NULL
-- sort change an index's method
SELECT fq, format('DROP INDEX %s; %s', ifq, replace(def, 'USING btree', 'USING hash')), 'D221', 'changed', 'index', s, r, n, 'method' FROM ix WHERE amname = 'btree' AND NOT indisunique AND indnatts = 1 AND reloptions IS NULL AND NOT indisreplident AND NOT indisclustered AND obj_description(indexrelid) IS NULL AND def !~ 'DESC|NULLS|_ops'
-- sort change an index's operator class
SELECT ix.fq, format('DROP INDEX %s; %s', ifq, regexp_replace(def, ' \((\w+)\)( WHERE .*)?$', format(' (\1 %s_pattern_ops)\2', a.typname))), 'D221', 'changed', 'index', ix.s, ix.r, n, 'elements' FROM ix JOIN a ON a.oid = ix.indrelid AND a.attnum = ix.indkey[0]
WHERE amname = 'btree' AND a.typname IN ('text', 'varchar') AND def ~ ' \((\w+)\)( WHERE .*)?$' AND NOT indisreplident AND NOT indisclustered AND obj_description(indexrelid) IS NULL
-- sort change an index's expression
SELECT ix.fq, format('DROP INDEX %s; %s', ifq, regexp_replace(def, ' \((\w+)\)( WHERE .*)?$', ' ((\1 || ''x''))\2')), 'D221', 'changed', 'index', ix.s, ix.r, n, 'elements' FROM ix JOIN a ON a.oid = ix.indrelid AND a.attnum = ix.indkey[0]
WHERE amname = 'btree' AND a.typname IN ('text', 'varchar') AND def ~ ' \((\w+)\)( WHERE .*)?$' AND NOT indisreplident AND NOT indisclustered AND obj_description(indexrelid) IS NULL
-- sort include a column in an index
SELECT ix.fq, format('DROP INDEX %s; %s INCLUDE (%I)', ifq, def, a.c), 'D221', 'changed', 'index', ix.s, ix.r, n, 'include' FROM ix JOIN a ON a.oid = ix.indrelid AND NOT a.attnum = ANY (ix.indkey)
WHERE amname = 'btree' AND indpred IS NULL AND reloptions IS NULL AND def !~ 'INCLUDE|NULLS NOT' AND NOT indisreplident AND NOT indisclustered AND obj_description(indexrelid) IS NULL
-- sort set an option of an index
SELECT fq, format('ALTER INDEX %s SET (fillfactor = 57)', ifq), 'D282', 'changed', 'index', s, r, n, 'options.fillfactor' FROM ix WHERE amname IN ('btree', 'hash', 'gist')
-- sort comment on an index
SELECT fq, format('COMMENT ON INDEX %s IS %L', ifq, 'mutant'), 'D281', 'changed', 'index', s, r, n, 'comment' FROM ix
-- sort an index that failed
SELECT fq, format('UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = %s', indexrelid), 'D222', 'changed', 'index', s, r, n, 'valid' FROM ix WHERE indisvalid
