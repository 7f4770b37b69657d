-- Publications of whole schemas came with 15.
SELECT n.pnpubid AS publication, n.pnnspid AS schema
FROM {>=15}pg_catalog.pg_publication_namespace n{else}(SELECT 0::oid AS pnpubid, 0::oid AS pnnspid WHERE false) n{end}
