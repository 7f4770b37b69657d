SELECT e.oid,
       e.evtname AS name,
       e.evtevent::text AS event,
       e.evttags AS tags,
       e.evtenabled AS enabled,
       p.pronamespace AS schema,
       p.proname AS function,
       e.evtowner AS owner
FROM pg_catalog.pg_event_trigger e
JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
