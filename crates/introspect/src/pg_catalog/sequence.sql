-- The options of every sequence, and the column that owns it: 'a' by OWNED BY, 'i' as an identity.
SELECT s.seqrelid AS relation,
       s.seqtypid AS data_type,
       s.seqstart AS start,
       s.seqincrement AS increment,
       s.seqmin AS min,
       s.seqmax AS max,
       s.seqcache AS cache,
       s.seqcycle AS cycle,
       d.deptype AS ownership,
       d.refobjid AS owner_relation,
       d.refobjsubid AS owner_column
FROM pg_catalog.pg_sequence s
LEFT JOIN pg_catalog.pg_depend d
       ON d.classid = 1259 AND d.objid = s.seqrelid AND d.objsubid = 0
      AND d.refclassid = 1259 AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
