//! An oracle that shares no code with the product: everything that the catalogs of a database say about its objects,
//! one fact a line, written by PostgreSQL's own deparsing functions. Two equal fingerprints mean that nothing changed;
//! a line that is gone means that something was lost.

use crate::{Error, Result};
use std::collections::BTreeSet;
use std::fmt;
use tokio_postgres::Client;

/// The facts of a database, in order.
///
/// A line that starts with `~` is about arrangement (the order of columns, whether a constraint is validated): it
/// counts for equality, and may change when something is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    lines: BTreeSet<String>,
}

impl Fingerprint {
    /// The facts, sorted.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// The facts of `self` that `after` no longer has; arrangement apart.
    #[must_use]
    pub fn lost(&self, after: &Self) -> Vec<&str> {
        let facts = self.lines().filter(|line| !line.starts_with('~'));
        facts.filter(|line| !after.lines.contains(*line)).collect()
    }

    /// What changed from `self` to `after`: lines with `-` and `+` before them. Empty when they are equal.
    #[must_use]
    pub fn changes(&self, after: &Self) -> Vec<String> {
        let gone = self.lines.difference(&after.lines).map(|line| format!("- {line}"));
        let new = after.lines.difference(&self.lines).map(|line| format!("+ {line}"));
        gone.chain(new).collect()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Reads the fingerprint of the database that `client` is connected to. Members of extensions are left out, and
/// everything that PostgreSQL itself brought.
///
/// # Errors
/// When a query fails, as it does for a role without rights; use a superuser.
pub async fn catalog_fingerprint(client: &Client) -> Result<Fingerprint> {
    let explain = |error| Error::postgres("reading the fingerprint", error);
    // With an empty search_path every name is written with its schema.
    client
        .batch_execute("BEGIN READ ONLY; SET LOCAL search_path = ''; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = ISO")
        .await
        .map_err(explain)?;
    let mut lines = BTreeSet::new();
    for query in QUERIES {
        let rows = client.query(&with_parts(query), &[]).await.map_err(explain)?;
        for row in &rows {
            let line: Option<String> = row.try_get(0).map_err(explain)?;
            lines.insert(line.ok_or_else(|| Error::message(format!("a fact came out NULL: {query}")))?);
        }
    }
    client.batch_execute("ROLLBACK").await.map_err(explain)?;
    Ok(Fingerprint { lines })
}

/// How many rows each ordinary table has: `schema.table 42`.
///
/// # Errors
/// When a query fails.
pub async fn row_counts(client: &Client) -> Result<BTreeSet<String>> {
    let explain = |error| Error::postgres("counting rows", error);
    let tables = client
        .query(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
            &[],
        )
        .await
        .map_err(explain)?;
    let mut counts = BTreeSet::new();
    for row in &tables {
        let table: String = row.try_get(0).map_err(explain)?;
        let count =
            client.query_one(&format!("SELECT count(*) FROM ONLY {table}"), &[]).await.map_err(explain)?;
        counts.insert(format!("{table} {}", count.try_get::<_, i64>(0).map_err(explain)?));
    }
    Ok(counts)
}

/// Fills in the parts that many queries share: `USER_SCHEMA(n)` and `NO_MEMBER(class, oid)`.
fn with_parts(query: &str) -> String {
    let mut text =
        query.replace("USER_SCHEMA", "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND true");
    while let Some((before, rest)) = text.split_once("NO_MEMBER(") {
        let Some((arguments, after)) = rest.split_once(')') else { break };
        let (class, oid) = arguments.split_once(", ").unwrap_or((arguments, "0"));
        text = format!(
            "{before}NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = 'pg_catalog.{class}'::regclass AND m.objid = {oid} AND m.deptype = 'e'){after}"
        );
    }
    text
}

const QUERIES: &[&str] = &[
    // Schemas and extensions
    "SELECT format('schema %I owner %s', n.nspname, n.nspowner::regrole) FROM pg_namespace n
     WHERE USER_SCHEMA AND NO_MEMBER(pg_namespace, n.oid)",
    "SELECT format('extension %I version %s schema %I', e.extname, e.extversion, n.nspname)
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace",
    // Relations
    "SELECT format('relation %I.%I kind %s persistence %s owner %s', n.nspname, c.relname, c.relkind, c.relpersistence, c.relowner::regrole)
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND c.relkind IN ('r','p','v','m','f','S','c') AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('relation %I.%I option %s', n.nspname, c.relname, o)
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(c.reloptions) o
     WHERE USER_SCHEMA AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('relation %I.%I row security', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND c.relrowsecurity AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('relation %I.%I row security forced', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND c.relforcerowsecurity AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('relation %I.%I method %s tablespace %s replica identity %s', n.nspname, c.relname, am.amname, ts.spcname, c.relreplident)
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
     WHERE USER_SCHEMA AND c.relkind IN ('r','p','m') AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('relation %I.%I partition by %s', n.nspname, c.relname, pg_get_partkeydef(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND c.relkind = 'p' AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('relation %I.%I child of %s %s', n.nspname, c.relname, i.inhparent::regclass, pg_get_expr(c.relpartbound, c.oid))
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE USER_SCHEMA",
    // Columns
    "SELECT format('column %I.%I.%I type %s collation %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), nullif(a.attcollation, 0)::regcollation)
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r','p','v','m','f','c') AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('column %I.%I.%I not null', n.nspname, c.relname, a.attname)
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND c.relkind IN ('r','p','f') AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('column %I.%I.%I default %s', n.nspname, c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid))
     FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('column %I.%I.%I identity %s', n.nspname, c.relname, a.attname, a.attidentity)
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE USER_SCHEMA AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity <> '' AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('column %I.%I.%I generated %s', n.nspname, c.relname, a.attname, a.attgenerated)
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r','p','m','f') AND NO_MEMBER(pg_class, c.oid)",
    // Where nobody chose there is nothing to lose.
    "SELECT format('column %I.%I.%I %s', n.nspname, c.relname, a.attname, x.chosen)
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid,
       LATERAL (SELECT 'storage ' || a.attstorage::text WHERE a.attstorage <> t.typstorage
                UNION ALL SELECT 'compression ' || (to_jsonb(a)->>'attcompression') WHERE to_jsonb(a)->>'attcompression' <> ''
                UNION ALL SELECT 'statistics ' || a.attstattarget WHERE a.attstattarget >= 0
                UNION ALL SELECT 'option ' || o FROM unnest(a.attoptions) o) AS x(chosen)
     WHERE USER_SCHEMA AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r','p','m','f') AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('~columns %I.%I: %s', n.nspname, c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum))
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r','p','v','m','f','c') AND NO_MEMBER(pg_class, c.oid)
     GROUP BY n.nspname, c.relname",
    // Constraints, of tables and of domains
    "SELECT format('constraint %s %I %s', coalesce(nullif(o.conrelid, 0)::regclass::text, nullif(o.contypid, 0)::regtype::text), o.conname, replace(pg_get_constraintdef(o.oid), ' NOT VALID', ''))
     FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE USER_SCHEMA AND o.contype <> 't' AND NO_MEMBER(pg_class, o.conrelid) AND NO_MEMBER(pg_type, o.contypid)",
    "SELECT format('~constraint %s %I validated %s', coalesce(nullif(o.conrelid, 0)::regclass::text, nullif(o.contypid, 0)::regtype::text), o.conname, o.convalidated)
     FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE USER_SCHEMA AND o.contype <> 't' AND NO_MEMBER(pg_class, o.conrelid) AND NO_MEMBER(pg_type, o.contypid)",
    // Indexes
    "SELECT format('index %I.%I %s', n.nspname, c.relname, regexp_replace(pg_get_indexdef(c.oid), ' WITH \\([^()]*\\)', '')) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND NO_MEMBER(pg_class, i.indrelid)",
    "SELECT format('index %I.%I option %s', n.nspname, c.relname, o) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(c.reloptions) o
     WHERE USER_SCHEMA AND NO_MEMBER(pg_class, i.indrelid)",
    "SELECT format('~index %I.%I valid %s ready %s clustered %s replica identity %s options %s', n.nspname, c.relname, i.indisvalid, i.indisready, i.indisclustered, i.indisreplident, c.reloptions)
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND NO_MEMBER(pg_class, i.indrelid)",
    // Views and rules
    "SELECT format('view %I.%I %s', n.nspname, c.relname, pg_get_viewdef(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND c.relkind IN ('v','m') AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('~matview %I.%I populated %s', n.nspname, c.relname, c.relispopulated) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND c.relkind = 'm' AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('rule %s', pg_get_ruledef(r.oid)) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND r.rulename <> '_RETURN' AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('~rule %s %I enabled %s', r.ev_class::regclass, r.rulename, r.ev_enabled) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND r.rulename <> '_RETURN' AND NO_MEMBER(pg_class, c.oid)",
    // Routines
    "SELECT format('routine %s kind %s owner %s', p.oid::regprocedure, p.prokind, p.proowner::regrole) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE USER_SCHEMA AND NO_MEMBER(pg_proc, p.oid)",
    "SELECT format('routine %s is %s', p.oid::regprocedure, pg_get_functiondef(p.oid)) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE USER_SCHEMA AND p.prokind <> 'a' AND NO_MEMBER(pg_proc, p.oid)",
    "SELECT format('aggregate %s is %s', p.oid::regprocedure, to_jsonb(a) - 'aggfnoid') FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_aggregate a ON a.aggfnoid = p.oid
     WHERE USER_SCHEMA AND NO_MEMBER(pg_proc, p.oid)",
    // Triggers and policies
    "SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND NOT t.tgisinternal AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('~trigger %s %I enabled %s', t.tgrelid::regclass, t.tgname, t.tgenabled) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE USER_SCHEMA AND NOT t.tgisinternal AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('policy %I on %s for %s permissive %s to %s using %s check %s', p.polname, p.polrelid::regclass, p.polcmd, p.polpermissive,
            ARRAY(SELECT coalesce(r.rolname, 'public')::text FROM unnest(p.polroles) u LEFT JOIN pg_roles r ON r.oid = u ORDER BY 1), pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
     FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE USER_SCHEMA",
    // Types
    "SELECT format('type %s type %s base %s not null %s collation %s owner %s', t.oid::regtype, t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull,
            nullif(t.typcollation, 0)::regcollation, t.typowner::regrole)
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE USER_SCHEMA AND t.typtype IN ('b','c','d','e','r') AND t.typelem = 0 AND NO_MEMBER(pg_type, t.oid) AND NO_MEMBER(pg_class, t.typrelid)",
    "SELECT format('type %s default %s', t.oid::regtype, t.typdefault)
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE USER_SCHEMA AND t.typdefault IS NOT NULL AND NO_MEMBER(pg_type, t.oid)",
    "SELECT format('enum %s label %L', e.enumtypid::regtype, e.enumlabel) FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE USER_SCHEMA AND NO_MEMBER(pg_type, t.oid)",
    "SELECT format('~enum %s: %s', e.enumtypid::regtype, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)) FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE USER_SCHEMA AND NO_MEMBER(pg_type, t.oid) GROUP BY e.enumtypid",
    "SELECT format('range %s subtype %s class %s collation %s canonical %s diff %s multirange %s', r.rngtypid::regtype, r.rngsubtype::regtype, o.opcname, nullif(r.rngcollation, 0)::regcollation, r.rngcanonical, r.rngsubdiff, nullif((to_jsonb(r)->>'rngmultitypid')::oid, 0)::regtype)
     FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_opclass o ON o.oid = r.rngsubopc
     WHERE USER_SCHEMA AND NO_MEMBER(pg_type, t.oid)",
    // Sequences
    "SELECT format('sequence %s as %s start %s increment %s min %s max %s cache %s cycle %s', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE USER_SCHEMA AND NO_MEMBER(pg_class, c.oid)",
    "SELECT format('sequence %s owned by %s.%I', d.objid::regclass, d.refobjid::regclass, a.attname)
     FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     WHERE USER_SCHEMA AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a','i')",
    // Comments on everything that is not PostgreSQL's own
    "SELECT format('comment on %s %s: %L', i.type, i.identity, d.description) FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
     WHERE (d.objoid >= 16384 OR d.objoid = 'public'::regnamespace)
       AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = d.classoid AND m.objid = d.objoid AND m.deptype = 'e')",
    // Privileges
    "SELECT format('acl %s %s: %s', i.type, i.identity, x.acl) FROM (
       SELECT 'pg_catalog.pg_class'::regclass AS class, oid, 0 AS sub, unnest(relacl)::text AS acl FROM pg_class
       UNION ALL SELECT 'pg_catalog.pg_class'::regclass, attrelid, attnum, unnest(attacl)::text FROM pg_attribute
       UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid, 0, unnest(proacl)::text FROM pg_proc
       UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid, 0, unnest(typacl)::text FROM pg_type
       UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid, 0, unnest(nspacl)::text FROM pg_namespace) x,
       pg_identify_object(x.class, x.oid, x.sub) i
     WHERE x.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = x.class AND m.objid = x.oid AND m.deptype = 'e')",
    "SELECT format('default acl %s %s %s: %s', a.defaclrole::regrole, a.defaclnamespace::regnamespace, a.defaclobjtype, x.acl) FROM pg_default_acl a, unnest(a.defaclacl) AS x(acl)",
    // Extended statistics, and the rest by name
    "SELECT format('statistics %s', pg_get_statisticsobjdef(s.oid)) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE USER_SCHEMA",
    // Text search, foreign data, replication, event triggers: what their definitions say
    "SELECT format('dictionary %s template %s options %s', d.oid::regdictionary, t.tmplname, d.dictinitoption)
     FROM pg_ts_dict d JOIN pg_ts_template t ON t.oid = d.dicttemplate WHERE d.oid >= 16384 AND NO_MEMBER(pg_ts_dict, d.oid)",
    "SELECT format('mapping of %s: token %s place %s dictionary %s', p.mapcfg::regconfig, p.maptokentype, p.mapseqno, p.mapdict::regdictionary)
     FROM pg_ts_config_map p WHERE p.mapcfg >= 16384 AND NO_MEMBER(pg_ts_config, p.mapcfg)",
    "SELECT format('wrapper %I handler %s validator %s options %s', w.fdwname, w.fdwhandler::regproc, w.fdwvalidator::regproc, w.fdwoptions)
     FROM pg_foreign_data_wrapper w WHERE w.oid >= 16384 AND NO_MEMBER(pg_foreign_data_wrapper, w.oid)",
    "SELECT format('server %I type %s version %s wrapper %I options %s', s.srvname, s.srvtype, s.srvversion, w.fdwname, s.srvoptions)
     FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE s.oid >= 16384 AND NO_MEMBER(pg_foreign_server, s.oid)",
    "SELECT format('user mapping for %s server %I', CASE m.umuser WHEN 0 THEN 'public' ELSE m.umuser::regrole::text END, s.srvname)
     FROM pg_user_mapping m JOIN pg_foreign_server s ON s.oid = m.umserver",
    "SELECT format('foreign table %s server %I options %s', f.ftrelid::regclass, s.srvname, f.ftoptions)
     FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE NO_MEMBER(pg_class, f.ftrelid)",
    "SELECT format('foreign column %s.%I options %s', a.attrelid::regclass, a.attname, a.attfdwoptions)
     FROM pg_attribute a WHERE a.attfdwoptions IS NOT NULL AND NOT a.attisdropped AND NO_MEMBER(pg_class, a.attrelid)",
    "SELECT format('publication %s', to_jsonb(p) - 'oid' - 'pubowner') FROM pg_publication p WHERE NO_MEMBER(pg_publication, p.oid)",
    "SELECT format('publication %I table %s columns %s filtered %s', p.pubname, r.prrelid::regclass, to_jsonb(r) ->> 'prattrs', to_jsonb(r) ->> 'prqual' IS NOT NULL)
     FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid",
    "SELECT format('event trigger %I on %s tags %s function %s', e.evtname, e.evtevent, e.evttags, e.evtfoid::regproc)
     FROM pg_event_trigger e WHERE e.oid >= 16384 AND NO_MEMBER(pg_event_trigger, e.oid)",
    "SELECT format('~event trigger %I enabled %s', e.evtname, e.evtenabled)
     FROM pg_event_trigger e WHERE e.oid >= 16384 AND NO_MEMBER(pg_event_trigger, e.oid)",
    "SELECT format('%s %s', i.type, i.identity) FROM (
       SELECT 'pg_catalog.pg_collation'::regclass AS class, oid FROM pg_collation
       UNION ALL SELECT 'pg_catalog.pg_conversion'::regclass, oid FROM pg_conversion
       UNION ALL SELECT 'pg_catalog.pg_operator'::regclass, oid FROM pg_operator
       UNION ALL SELECT 'pg_catalog.pg_opclass'::regclass, oid FROM pg_opclass
       UNION ALL SELECT 'pg_catalog.pg_opfamily'::regclass, oid FROM pg_opfamily
       UNION ALL SELECT 'pg_catalog.pg_ts_config'::regclass, oid FROM pg_ts_config
       UNION ALL SELECT 'pg_catalog.pg_ts_dict'::regclass, oid FROM pg_ts_dict
       UNION ALL SELECT 'pg_catalog.pg_cast'::regclass, oid FROM pg_cast
       UNION ALL SELECT 'pg_catalog.pg_language'::regclass, oid FROM pg_language
       UNION ALL SELECT 'pg_catalog.pg_publication'::regclass, oid FROM pg_publication
       UNION ALL SELECT 'pg_catalog.pg_event_trigger'::regclass, oid FROM pg_event_trigger
       UNION ALL SELECT 'pg_catalog.pg_foreign_server'::regclass, oid FROM pg_foreign_server
       UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper) x,
       pg_identify_object(x.class, x.oid, 0) i
     WHERE x.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = x.class AND m.objid = x.oid AND m.deptype = 'e')",
];
