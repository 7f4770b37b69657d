//! Damage: what migrations never expect of a live database. Which is seeded, and made by SQL; what the server refuses is left out.

use tokio_postgres::{Client, SimpleQueryMessage};

/// A small generator (xorshift), so that a run can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One in so many.
    fn one_in(&mut self, many: u64) -> bool {
        self.next().is_multiple_of(many)
    }
}

/// The user's objects with the damages that may come to each; `%` of them are chosen.
const CANDIDATES: &str = r#"
WITH mine AS (
  SELECT n.oid FROM pg_catalog.pg_namespace n
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg_temp%'),
relations AS (SELECT c.* FROM pg_catalog.pg_class c JOIN mine ON mine.oid = c.relnamespace
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
SELECT command FROM (
  SELECT 1 AS sort, format('DROP TABLE %s CASCADE', c.oid::regclass) AS command FROM relations c WHERE relkind IN ('r', 'p')
  UNION ALL SELECT 2, format('ALTER TABLE %s RENAME TO %I', c.oid::regclass, left(relname, 50) || '_old')
    FROM relations c WHERE relkind IN ('r', 'p')
  UNION ALL SELECT 3, format('ALTER TABLE %s RENAME COLUMN %I TO %I', c.oid::regclass, attname, left(attname, 50) || '_old')
    FROM relations c JOIN pg_catalog.pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped WHERE relkind = 'r'
  UNION ALL SELECT 4, format('ALTER TABLE %s DROP COLUMN %I CASCADE', c.oid::regclass, attname)
    FROM relations c JOIN pg_catalog.pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped WHERE relkind = 'r'
  UNION ALL SELECT 5, format('ALTER TABLE %s ALTER COLUMN %I TYPE text', c.oid::regclass, attname)
    FROM relations c JOIN pg_catalog.pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped WHERE relkind = 'r'
  UNION ALL SELECT 6, format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
    FROM pg_catalog.pg_constraint k JOIN relations c ON c.oid = conrelid
  UNION ALL SELECT 7, format('DROP INDEX %s', c.oid::regclass) FROM relations c WHERE relkind = 'i'
  UNION ALL SELECT 8, format('DROP VIEW %s CASCADE', c.oid::regclass) FROM relations c WHERE relkind = 'v'
  UNION ALL SELECT 9, format('DROP FUNCTION %s CASCADE', p.oid::regprocedure)
    FROM pg_catalog.pg_proc p JOIN mine ON mine.oid = pronamespace WHERE prokind = 'f'
  UNION ALL SELECT 10, format('DROP TYPE %s CASCADE', t.oid::regtype)
    FROM pg_catalog.pg_type t JOIN mine ON mine.oid = typnamespace WHERE typtype IN ('e', 'd')
  UNION ALL SELECT 11, format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
    FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 12, format('CREATE VIEW trueup_test_view_%s AS SELECT %I FROM %s', c.oid, attname, c.oid::regclass)
    FROM relations c JOIN pg_catalog.pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped WHERE relkind = 'r'
  UNION ALL SELECT 13, format('DROP SEQUENCE %s CASCADE', c.oid::regclass) FROM relations c WHERE relkind = 'S'
  UNION ALL SELECT 14, format('ALTER INDEX %s RENAME TO %I', c.oid::regclass, left(relname, 50) || '_old') FROM relations c WHERE relkind = 'i'
) all_of_them ORDER BY sort, command COLLATE pg_catalog."C""#;

/// Damages a database: some objects go or are changed, and some that the statements to come will make are there already.
pub async fn damage(client: &Client, new: &[(String, String)], seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..4 {
        random.next();
    }
    client.batch_execute("SET statement_timeout = '10s'").await.unwrap();
    let rows = client.simple_query(CANDIDATES).await.unwrap();
    let commands: Vec<String> = rows
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect();
    let rarity = (commands.len() as u64 / 4).max(4);
    for command in &commands {
        if random.one_in(rarity) {
            drop(client.batch_execute(command).await);
        }
    }
    for (_, text) in new {
        for item in trueup_testkit::script::split(text) {
            let trueup_testkit::script::Item::Statement { sql, .. } = item else { continue };
            let start = sql.trim_start().to_ascii_lowercase();
            let makes = [
                "create table",
                "create index",
                "create unique",
                "create type",
                "create view",
                "create function",
                "create sequence",
                "create schema",
                "create trigger",
                "create policy",
                "alter table",
                "create domain",
            ];
            if makes.iter().any(|word| start.starts_with(word)) && random.one_in(9) {
                drop(client.batch_execute(sql).await);
            }
        }
    }
}
