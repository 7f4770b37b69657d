SELECT p.oid,
       p.pubname AS name,
       p.puballtables AS all_tables,
       p.pubinsert AS on_insert,
       p.pubupdate AS on_update,
       p.pubdelete AS on_delete,
       p.pubtruncate AS on_truncate,
       p.pubviaroot AS via_root,
       {>=18}p.pubgencols{else}'n'::"char"{end} AS generated,
       p.pubowner AS owner
FROM pg_catalog.pg_publication p
