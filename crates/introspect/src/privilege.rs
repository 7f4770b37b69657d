//! Grants in the text of `aclitem` (manual, 5.8): `grantee=arwd*/grantor`.

use trueup_catalog::{Grantee, Name, Privilege};

/// One privilege letter's name in SQL (`ACL_ALL_RIGHTS_STR` in `acl.h`).
fn privilege_name(letter: char) -> Option<&'static str> {
    Some(match letter {
        'a' => "INSERT",
        'r' => "SELECT",
        'w' => "UPDATE",
        'd' => "DELETE",
        'D' => "TRUNCATE",
        'x' => "REFERENCES",
        't' => "TRIGGER",
        'X' => "EXECUTE",
        'U' => "USAGE",
        'C' => "CREATE",
        'T' => "TEMPORARY",
        'c' => "CONNECT",
        's' => "SET",
        'A' => "ALTER SYSTEM",
        'm' => "MAINTAIN",
        _ => return None,
    })
}

/// Reads the items of one object, sorted.
///
/// # Errors
/// The item that is not understood, as a server newer than this program may have.
pub(crate) fn parse(items: &[&str]) -> Result<Vec<Privilege>, String> {
    let mut privileges = Vec::new();
    for item in items {
        let unknown = || (*item).to_owned();
        let (grantee, rest) = role(item, '=').ok_or_else(unknown)?;
        let (rights, grantor) =
            rest.strip_prefix('=').and_then(|rest| rest.split_once('/')).ok_or_else(unknown)?;
        let grantor =
            role(grantor, '\0').map(|(name, _)| Grantee::Role(Name::new(&name))).ok_or_else(unknown)?;
        let grantee = if grantee.is_empty() { Grantee::Public } else { Grantee::Role(Name::new(&grantee)) };
        let mut letters = rights.chars().peekable();
        while let Some(letter) = letters.next() {
            let privilege = privilege_name(letter).ok_or_else(unknown)?;
            privileges.push(Privilege {
                column: None,
                grantee: grantee.clone(),
                privilege: privilege.to_owned(),
                grantable: letters.next_if_eq(&'*').is_some(),
                grantor: grantor.clone(),
            });
        }
    }
    privileges.sort();
    privileges.dedup();
    Ok(privileges)
}

/// A role's name up to `end`, or up to the end; quoted where it has other than letters, digits and underscores (`putid` in `acl.c`).
fn role(item: &str, end: char) -> Option<(String, &str)> {
    let Some(mut rest) = item.strip_prefix('"') else {
        let end = item.find(end).unwrap_or(item.len());
        return Some((item.get(..end)?.to_owned(), item.get(end..)?));
    };
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_grants() {
        let list = parse(&["=r/postgres", "\"odd \"\"one\"=a*w/\"a/b\""]).unwrap();
        let role = |name: &str| Grantee::Role(Name::new(name));
        assert_eq!(
            list,
            [
                Privilege { grantor: role("postgres"), ..Privilege::new(Grantee::Public, "SELECT") },
                Privilege {
                    grantable: true,
                    grantor: role("a/b"),
                    ..Privilege::new(role("odd \"one"), "INSERT")
                },
                Privilege { grantor: role("a/b"), ..Privilege::new(role("odd \"one"), "UPDATE") },
            ]
        );
        assert!(parse(&["x=?/postgres"]).is_err());
        assert!(parse(&["x"]).is_err());
    }
}
