//! Grants in the text of `aclitem` (manual, 5.8): `grantee=arwd*/grantor`.

use trueup_catalog::{Name, Privilege};

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
        let (grantee, rest) = role(item).ok_or_else(|| (*item).to_owned())?;
        let rights = rest
            .strip_prefix('=')
            .map(|rest| rest.split_once('/').map_or(rest, |(rights, _)| rights))
            .ok_or_else(|| (*item).to_owned())?;
        let mut letters = rights.chars().peekable();
        while let Some(letter) = letters.next() {
            let privilege = privilege_name(letter).ok_or_else(|| (*item).to_owned())?;
            privileges.push(Privilege {
                grantee: (!grantee.is_empty()).then(|| Name::new(&grantee)),
                privilege: privilege.to_owned(),
                grantable: letters.next_if_eq(&'*').is_some(),
            });
        }
    }
    privileges.sort();
    privileges.dedup();
    Ok(privileges)
}

/// A role's name, quoted where it has other than letters, digits and underscores (`putid` in `acl.c`).
fn role(item: &str) -> Option<(String, &str)> {
    let Some(mut rest) = item.strip_prefix('"') else {
        let end = item.find('=')?;
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
        let list = parse(&["=r/postgres", "\"odd \"\"one\"=a*w/postgres"]).unwrap();
        assert_eq!(list.len(), 3);
        assert_eq!(list[0].grantee, None);
        assert_eq!(list[0].privilege, "SELECT");
        assert_eq!(list[1].grantee.as_ref().unwrap().as_str(), "odd \"one");
        assert!(list[1].grantable);
        assert!(!list[2].grantable);
        assert!(parse(&["x=?/postgres"]).is_err());
    }
}
