SELECT p.partrelid AS relation,
       p.partstrat AS strategy,
       p.partattrs AS columns,
       p.partclass AS operator_classes,
       p.partcollation AS collations,
       pg_catalog.pg_get_expr(p.partexprs, p.partrelid) AS expressions
FROM pg_catalog.pg_partitioned_table p
