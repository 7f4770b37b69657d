-- What the lines of pairs.txt refer to.
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
CREATE TYPE place AS (street text, number integer);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE COLLATION mine (provider = libc, locale = 'C');
CREATE TYPE span AS RANGE (subtype = float8);
CREATE DOMAIN code AS varchar(8);
CREATE SEQUENCE ticket;
CREATE SEQUENCE "Ticket";
CREATE SCHEMA app;
CREATE FUNCTION app.label(what text, wide boolean DEFAULT false) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT what';
CREATE FUNCTION label(what text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT what';
CREATE FUNCTION pick(VARIADIC items integer[]) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT items[1]';
CREATE FUNCTION pick(item text, other text DEFAULT 'x', third text DEFAULT 'y') RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE box (
  id integer, small smallint, big bigint, exact numeric(10,2), loose numeric, single real, double double precision,
  note text, name varchar(50), tag char(3), sys name, flag boolean, other boolean,
  day date, later date, at timestamp, moment timestamptz, moment2 timestamptz, clock time, span interval,
  doc json, bin jsonb, uid uuid, raw bytea, host inet, bits bit(4), numbers integer[], words text[], names varchar(20)[],
  shade colour, shades colour[], home place, amount positive, short code, range int4range, mail citext, props hstore,
  "Odd Name" integer
);
