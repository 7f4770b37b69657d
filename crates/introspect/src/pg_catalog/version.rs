//! Catalog queries for one version of PostgreSQL.

/// Resolves `{>=15}…{else}…{end}` for a server of this major version. The `{else}` part may be left out; parts do not nest.
///
/// # Errors
/// The marker that is not closed or not understood: a mistake in one of our query files, which a test rules out.
pub(crate) fn for_version(sql: &str, major: u32) -> Result<String, String> {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once("{>=") {
        out.push_str(before);
        let (number, after) = after.split_once('}').ok_or("a version marker without its brace")?;
        let from: u32 = number.parse().map_err(|_| format!("no version: {number}"))?;
        let (part, after) = after.split_once("{end}").ok_or("a version marker without its end")?;
        let (newer, older) = part.split_once("{else}").unwrap_or((part, ""));
        out.push_str(if major >= from { newer } else { older });
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::for_version;

    #[test]
    fn takes_the_part_for_the_version() {
        let sql = "a {>=15}new{else}old{end} b{>=14} c{end}";
        assert_eq!(for_version(sql, 13).unwrap(), "a old b");
        assert_eq!(for_version(sql, 14).unwrap(), "a old b c");
        assert_eq!(for_version(sql, 15).unwrap(), "a new b c");
        assert!(for_version("{>=15}x", 15).is_err());
    }

    #[test]
    fn every_query_resolves_for_every_version() {
        for major in 13..=18 {
            for query in crate::pg_catalog::queries(major * 10_000).unwrap() {
                assert!(!query.sql.contains("{>="), "{}", query.what);
                assert!(!query.sql.contains("{end}"), "{}", query.what);
            }
        }
    }
}
