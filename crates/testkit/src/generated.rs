//! A schema of any size, for measuring: plain tables as a business application has them.

use std::fmt::Write;

/// DDL for `tables` tables of 12 columns, each with a primary key, two foreign keys, three indexes and a check.
///
/// The same number always gives the same text. The first table's foreign keys point to itself.
#[must_use]
pub fn schema(tables: usize) -> String {
    let mut sql = String::with_capacity(tables * 1100);
    for table in 0..tables {
        // Writing to a String can't fail.
        let _ = write!(
            sql,
            "CREATE TABLE t{table} (
    id bigint NOT NULL,
    parent_id bigint,
    owner_id bigint NOT NULL,
    code character varying(40) NOT NULL,
    title text DEFAULT '' NOT NULL,
    state character varying(20) DEFAULT 'new' NOT NULL,
    amount numeric(12,2) DEFAULT 0,
    quantity integer DEFAULT 1 NOT NULL,
    tags text[] DEFAULT '{{}}',
    payload jsonb DEFAULT '{{}}' NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone,
    CONSTRAINT t{table}_pkey PRIMARY KEY (id),
    CONSTRAINT t{table}_quantity_check CHECK (quantity > 0 AND state IN ('new', 'open', 'done'))
);
CREATE UNIQUE INDEX t{table}_code_idx ON t{table} (lower(code));
CREATE INDEX t{table}_owner_idx ON t{table} (owner_id, created_at DESC);
CREATE INDEX t{table}_open_idx ON t{table} (updated_at) WHERE state <> 'done';
"
        );
    }
    for table in 0..tables {
        let (parent, owner) = (table.saturating_sub(1), table / 2);
        let _ = write!(
            sql,
            "ALTER TABLE t{table} ADD CONSTRAINT t{table}_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES t{parent} (id);
ALTER TABLE t{table} ADD CONSTRAINT t{table}_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES t{owner} (id) ON DELETE CASCADE;
"
        );
    }
    sql
}

#[cfg(test)]
mod tests {
    #[test]
    fn has_what_it_says() {
        let sql = super::schema(3);
        for (what, times) in [("CREATE TABLE", 3), ("INDEX", 9), ("FOREIGN KEY", 6), ("CHECK (", 3)] {
            assert_eq!(sql.matches(what).count(), times, "{what}");
        }
    }
}
