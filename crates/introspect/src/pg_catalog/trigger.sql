-- Triggers that people made. Until 14 the clones on partitions are marked as internal.
SELECT t.oid,
       t.tgrelid AS relation,
       t.tgname AS name,
       p.pronamespace AS function_schema,
       p.proname AS function,
       t.tgtype AS events,
       t.tgenabled AS enabled,
       t.tgattr::int2[] AS columns,
       t.tgargs AS arguments,
       t.tgoldtable AS old_table,
       t.tgnewtable AS new_table,
       t.tgconstraint AS constraint,
       t.tgconstrrelid AS constraint_relation,
       t.tgdeferrable AS deferrable,
       t.tginitdeferred AS deferred,
       t.tgparentid AS parent,
       CASE WHEN t.tgqual IS NOT NULL THEN pg_catalog.pg_get_triggerdef(t.oid) END AS definition
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
WHERE t.oid >= 16384
  AND {>=15}NOT t.tgisinternal{else}(NOT t.tgisinternal OR t.tgparentid <> 0){end}
