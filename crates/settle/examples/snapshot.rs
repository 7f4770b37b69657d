//! Writes `data/snapshot.tsv`: PostgreSQL's own catalogs of every major version, and the members of each extension
//! that the servers offer. `make snapshot` runs it, on the servers that tests use; others can be given as connection
//! strings, one a major version.
//!
//! One line an object, first a bit mask of the majors that have it (1 = 13, 2 = 14, … 32 = 18) in base 32, then the
//! kind, then fields split by tabs. See `src/snapshot.rs`, which reads it, for the fields.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tokio_postgres::{Client, NoTls};

type Failure = Box<dyn std::error::Error>;

/// Names the type of an OID the way the file does: `int4`, `information_schema.sql_identifier`, `citext:citext`.
/// The array of an extension's type is the extension's, though pg_depend doesn't say so.
const HELPERS: &str = "
create temp table ext_type as
  select t.oid, coalesce(e.extname, ee.extname)::text as ext, coalesce(e.extnamespace, ee.extnamespace) as home
  from pg_type t
  left join pg_depend d on d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
  left join pg_extension e on e.oid = d.refobjid
  left join pg_type el on el.typarray = t.oid
  left join pg_depend dd on dd.classid = 'pg_type'::regclass and dd.objid = el.oid and dd.deptype = 'e'
  left join pg_extension ee on ee.oid = dd.refobjid;
create temp table ref as
  select t.oid, case
    when x.ext is not null and t.typnamespace = x.home then x.ext || ':' || t.typname
    when x.ext is not null then x.ext || ':' || n.nspname || '.' || t.typname
    when n.nspname = 'pg_catalog' then t.typname::text
    else n.nspname || '.' || t.typname end as name, x.ext
  from pg_type t join pg_namespace n on n.oid = t.typnamespace join ext_type x on x.oid = t.oid;
create index on ref(oid);
analyze ref;
create function pg_temp.r(oid) returns text language sql stable as $$ select coalesce((select name from ref where oid = $1), '-') $$;
create function pg_temp.rs(oid[]) returns text language sql stable as
  $$ select coalesce(string_agg(pg_temp.r(o), ' ' order by i), '') from unnest($1) with ordinality u(o, i) $$;
create function pg_temp.home(nsp oid, ext text) returns text language sql stable as
  $$ select case when exists (select from pg_extension where extname = ext and extnamespace = nsp) then '@'
       else (select case when nspname = 'pg_catalog' then '' else nspname::text end from pg_namespace where oid = nsp) end $$;
create function pg_temp.member(class oid, obj oid) returns text language sql stable as
  $$ select e.extname::text from pg_depend d join pg_extension e on e.oid = d.refobjid
     where d.classid = class and d.objid = obj and d.deptype = 'e' $$;
";

const TYPES: &str = "
select concat_ws(E'\\t', 'T', t.typname, coalesce(x.ext, ''), pg_temp.home(t.typnamespace, x.ext), t.typtype,
    t.typcategory, case when t.typispreferred then 'p' else '' end,
    pg_temp.r(case when t.typelem <> 0 and t.typlen = -1 and t.typcategory = 'A' then t.typelem else 0 end),
    pg_temp.r(t.typarray),
    case when t.typbasetype <> 0 then pg_temp.r(t.typbasetype) || ' ' || t.typtypmod else '-' end,
    pg_temp.r(g.rngsubtype), pg_temp.r(MULTIRANGE),
    coalesce(c.collname::text, ''), case when t.typelem <> 0 and t.typcategory <> 'A' then pg_temp.r(t.typelem) else '-' end)
from pg_type t join ext_type x on x.oid = t.oid
left join pg_range g on g.rngtypid = t.oid
left join pg_collation c on c.oid = t.typcollation
where (t.oid < 16384 or x.ext is not null)
  and t.typrelid = 0 and not exists (select from pg_type el where el.oid = t.typelem and el.typrelid <> 0)";

const RELATIONS: &str = "
select concat_ws(E'\\t', 'R', c.relname, coalesce(m.ext, ''), pg_temp.home(c.relnamespace, m.ext), c.relkind,
    (select string_agg(a.attname || ' ' || pg_temp.r(a.atttypid) || case when a.atttypmod >= 0 then ' ' || a.atttypmod else '' end, ',' order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped))
from pg_class c cross join lateral (select pg_temp.member('pg_class'::regclass, c.oid) as ext) m
where c.relkind in ('r', 'v', 'm', 'c', 'f') and (c.oid < 16384 or m.ext is not null)
  and c.relnamespace <> 'pg_toast'::regnamespace";

const ROUTINES: &str = "
select concat_ws(E'\\t', 'F', p.proname, coalesce(m.ext, ''), pg_temp.home(p.pronamespace, m.ext),
    case when p.prokind = 'a' then case g.aggkind when 'n' then 'a' else g.aggkind::text end else p.prokind::text end,
    pg_temp.rs(p.proargtypes::oid[]), pg_temp.r(p.prorettype), case when p.proretset then 's' else '' end,
    case when p.provariadic = 0 then '-' else pg_temp.r(p.provariadic) end, p.pronargdefaults, p.provolatile,
    coalesce(g.aggnumdirectargs, 0),
    coalesce((select string_agg(coalesce(p.proargmodes[i]::text, 'i') || coalesce(p.proargnames[i], '') ||
       case when p.proargmodes[i] in ('o', 't') then '=' || pg_temp.r(p.proallargtypes[i]) else '' end, ',' order by i)
       from generate_subscripts(p.proargnames, 1) i), ''))
from pg_proc p cross join lateral (select pg_temp.member('pg_proc'::regclass, p.oid) as ext) m
left join pg_aggregate g on g.aggfnoid = p.oid
where (p.oid < 16384 or m.ext is not null)
  and not 'internal'::regtype = any(p.proargtypes::oid[])
  and p.prorettype <> all (array['internal', 'index_am_handler', 'table_am_handler', 'fdw_handler', 'tsm_handler']::regtype[])";

const OPERATORS: &str = "
select concat_ws(E'\\t', 'O', o.oprname, coalesce(m.ext, ''), pg_temp.home(o.oprnamespace, m.ext),
    pg_temp.r(o.oprleft), pg_temp.r(o.oprright), pg_temp.r(o.oprresult), p.proname)
from pg_operator o cross join lateral (select pg_temp.member('pg_operator'::regclass, o.oid) as ext) m
join pg_proc p on p.oid = o.oprcode
where (o.oid < 16384 or m.ext is not null)";

const CASTS: &str = "
select concat_ws(E'\\t', 'C', pg_temp.r(c.castsource), coalesce(m.ext, ''), pg_temp.r(c.casttarget), c.castcontext,
    c.castmethod, coalesce(p.proname::text, ''), coalesce(p.pronargs, 0))
from pg_cast c cross join lateral (select pg_temp.member('pg_cast'::regclass, c.oid) as ext) m
left join pg_proc p on p.oid = c.castfunc
where (c.oid < 16384 or m.ext is not null)";

const CLASSES: &str = "
select concat_ws(E'\\t', 'K', o.opcname, coalesce(m.ext, ''), pg_temp.home(o.opcnamespace, m.ext), a.amname,
    pg_temp.r(o.opcintype), case when o.opcdefault then 'd' else '' end, pg_temp.r(o.opckeytype))
from pg_opclass o cross join lateral (select pg_temp.member('pg_opclass'::regclass, o.oid) as ext) m
join pg_am a on a.oid = o.opcmethod
where (o.oid < 16384 or m.ext is not null)";

async fn connect(url: &str, database: Option<&str>) -> Result<Client, Failure> {
    let mut config: tokio_postgres::Config = url.parse()?;
    if let Some(name) = database {
        config.dbname(name);
    }
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            eprintln!("connection: {error}");
        }
    });
    Ok(client)
}

async fn read_server(url: &str, rows: &mut BTreeMap<String, u8>) -> Result<i32, Failure> {
    const SCRATCH: &str = "trueup_snapshot_scratch";
    let admin = connect(url, None).await?;
    admin.batch_execute(&format!("drop database if exists {SCRATCH}")).await?;
    admin.batch_execute(&format!("create database {SCRATCH} template template0")).await?;
    let client = connect(url, Some(SCRATCH)).await?;
    let number: String = client.query_one("show server_version_num", &[]).await?.get(0);
    let major = number.parse::<i32>()? / 10_000;
    if !(13..=18).contains(&major) {
        return Err(format!("PostgreSQL {major} is not a version that trueup knows").into());
    }
    for row in client.query("select name::text from pg_available_extensions order by 1", &[]).await? {
        let name: String = row.get(0);
        if let Err(error) =
            client.batch_execute(&format!("create extension if not exists \"{name}\" cascade")).await
        {
            let reason = error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned());
            eprintln!("{major}: left out extension {name}: {reason}");
        }
    }
    client.batch_execute(HELPERS).await?;
    let types = TYPES.replace("MULTIRANGE", if major >= 14 { "g.rngmultitypid" } else { "0" });
    let bit = 1_u8 << (major - 13);
    for query in [types.as_str(), RELATIONS, ROUTINES, OPERATORS, CASTS, CLASSES] {
        for row in client.query(query, &[]).await? {
            let line: String = row.get(0);
            if line.contains('\n') {
                return Err(format!("a line break in {line:?}").into());
            }
            *rows.entry(line).or_default() |= bit;
        }
    }
    drop(client);
    // The session ends a moment after its socket closes.
    admin.batch_execute(&format!("drop database {SCRATCH} with (force)")).await?;
    Ok(major)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut urls: Vec<String> = std::env::args().skip(1).collect();
    let output = match urls.iter().position(|argument| argument == "-o") {
        Some(at) if at + 1 < urls.len() => {
            let path = urls.remove(at + 1);
            urls.remove(at);
            path
        }
        _ => concat!(env!("CARGO_MANIFEST_DIR"), "/data/snapshot.tsv").to_owned(),
    };
    // Without connection strings: the servers that tests use.
    let mut databases = Vec::new();
    if urls.is_empty() {
        for major in trueup_testkit::MAJORS {
            let database = trueup_testkit::Server::shared(major)?.database()?;
            urls.push(database.url());
            databases.push(database);
        }
    }
    let mut rows = BTreeMap::new();
    let mut seen = 0_u8;
    for url in &urls {
        let major = read_server(url, &mut rows).await?;
        seen |= 1 << (major - 13);
        eprintln!("{major}: read, {} lines so far", rows.len());
    }
    if seen != 0b11_1111 {
        return Err(
            "all of PostgreSQL 13 to 18 are needed: a missing one would look as if it had no objects".into(),
        );
    }
    let mut text = String::new();
    for (line, mask) in &rows {
        writeln!(text, "{mask}\t{line}")?;
    }
    std::fs::write(&output, text)?;
    eprintln!("{} lines in {output}", rows.len());
    Ok(())
}
