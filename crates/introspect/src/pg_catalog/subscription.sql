-- Without the connection string, which holds a password, and only with columns that every role may read. Until 13 that leaves out
-- the OID, which only a comment needs and which the view of workers tells, and synchronous_commit, which is asked for in a query of
-- its own where the role may.
SELECT {>=14}s.oid{else}coalesce(
           (SELECT max(w.subid) FROM pg_catalog.pg_stat_subscription w
            JOIN pg_catalog.pg_description d ON d.classoid = 6100 AND d.objoid = w.subid
            WHERE w.subname = s.subname), 0::oid){end} AS oid,
       s.subname AS name,
       s.subenabled AS enabled,
       s.subslotname::text AS slot_name,
       s.subpublications AS publications,
       {>=14}s.subbinary{else}NULL::bool{end} AS "binary",
       {>=14}s.substream::text{else}NULL::text{end} AS streaming,
       {>=14}s.subsynccommit{else}CASE
           WHEN pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subsynccommit', 'SELECT')
           THEN pg_catalog."substring"(pg_catalog.query_to_xml(pg_catalog.format(
               'SELECT subsynccommit AS v FROM pg_catalog.pg_subscription WHERE subdbid = %s AND subname = %L',
               s.subdbid, s.subname), true, true, '')::text, '<v>(.*)</v>')
       END{end} AS synchronous_commit,
       {>=15}s.subtwophasestate <> 'd'{else}NULL::bool{end} AS two_phase,
       {>=15}s.subdisableonerr{else}NULL::bool{end} AS disable_on_error,
       {>=16}s.subpasswordrequired{else}NULL::bool{end} AS password_required,
       {>=16}s.subrunasowner{else}NULL::bool{end} AS run_as_owner,
       {>=16}s.suborigin{else}NULL::text{end} AS origin,
       {>=17}s.subfailover{else}NULL::bool{end} AS failover,
       s.subowner AS owner
FROM pg_catalog.pg_subscription s
WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
