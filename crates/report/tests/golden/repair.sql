-- Repair of schema drift: only adds. It drops, renames, retypes and rewrites nothing.
--
-- desired  schema/
-- live     shop at db.internal:5432 as app (PostgreSQL 15.18)
-- made     2026-11-21 04:37:17 UTC by trueup 0.1.0
-- closes   3 of 8 findings with 3 steps; 5 are left for people, at the end
-- careful  1 part could not be compared; `trueup check` lists them
--
-- Run it with  psql -X -v ON_ERROR_STOP=1 -f FILE  and not in one transaction (no -1): each
-- statement is a transaction of its own. Running it again changes nothing.

-- Locks are not waited for longer than this, so that nobody queues up behind them. When a
-- statement is cancelled because of it, run the file again: what is done already is skipped.
SET lock_timeout = '2s';
SET statement_timeout = 0;
SET search_path = '';
SET standard_conforming_strings = on;

-- 1/3  table public.audit with 2 columns
--      D101 missing-object: table public.audit is missing
--      lock: nothing that is there
CREATE TABLE IF NOT EXISTS public.audit (
    a integer,
    b text
);

-- 2/3  index public.users_email_key UNIQUE (lower(email))
--      D101 missing-object: index public.users_email_key is missing
--      lock: SHARE UPDATE EXCLUSIVE on public.users while it is built: reads and writes go on
--      size: about 12.4 million rows, 3 GB
--      outside any transaction block
--      H104: it fails when rows stand in the way
SET lock_timeout = 0;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email_key ON public.users (lower(email));
SET lock_timeout = '2s';

-- 3/3  comment on column public.users.email
--      D281 comment-differs: column public.users.email lacks a comment
--      lock: SHARE UPDATE EXCLUSIVE on public.users, for a moment
SET lock_timeout = 0;
COMMENT ON COLUMN public.users.email IS 'where we write';
SET lock_timeout = '2s';

RESET lock_timeout;
RESET statement_timeout;
RESET search_path;
RESET standard_conforming_strings;

-- -------------------------------------------------------------------------------------------------
-- Needs consent: it only adds, but changes what clients may do or see. `trueup repair --allow SELECTOR` takes it in.
--
-- D201 type-differs: column public.users.email has another type
--      data type: text desired, character varying(100) live
--      consent: the wider type keeps the table as it is
--      --allow widen:column:public.users.email

-- -------------------------------------------------------------------------------------------------
-- Left for people: adding can't close it. The SQL is a starting point to review, not to run as it is.
--
-- D281 comment-differs: table public.users has another comment
--      comment: People\nwho sign in desired, People live
--      manual: someone chose the live value
--
-- D102 unexpected-object: index public."users_tmp\u{1b}[31m" is unexpected
--      manual: adding can't remove it
--     DROP INDEX
--       public."users_tmp[31m";
--
-- D231 query-differs: view public.active has another query
--      manual: another query can change what clients read
--
-- D211 constraint-differs: constraint public.users.users_owner_fkey is defined differently
--      on delete: CASCADE desired, NO ACTION live
--      deferrable: yes desired, no live
--      manual: adding can't change what is there
