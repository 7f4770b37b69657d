SELECT r.prpubid AS publication,
       r.prrelid AS relation,
       {>=15}r.prattrs::int2[]{else}NULL::int2[]{end} AS columns,
       {>=15}CASE WHEN r.prqual IS NOT NULL THEN pg_catalog.pg_get_expr(r.prqual, r.prrelid) END{else}NULL::text{end} AS filter
FROM pg_catalog.pg_publication_rel r
