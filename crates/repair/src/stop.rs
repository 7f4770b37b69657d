//! What stands before the first step of a file: a statement that stops it where it no longer fits.
//!
//! Owns: how the looks at the schema ([`Relied`]) and at the role's rights ([`RightsQuestion`]) become one statement. Never: what is
//! looked at, which is theirs.

use crate::ddl::dollar_quote;
use crate::relied::Relied;
use crate::rights::RightsQuestion;

/// The statements that stop a file before anything is changed, and for good even where the client goes on after an error: until all has
/// been looked at, the session can only read (`default_transaction_read_only`; manual, "Client Connection Defaults").
///
/// The schema is looked at first: in another database, whoever lacks a right there is none the wiser for knowing. `database` is the name
/// of the one that the file was planned for. `None` where there is nothing to look at.
pub fn stop(relied: &Relied, rights: &RightsQuestion, database: Option<&str>) -> Option<String> {
    let rights = rights.block();
    let block = relied.block(database, rights.as_deref())?;
    let settings: String = Relied::setting_lines().iter().map(|line| format!("    {line}\n")).collect();
    let body = format!(
        "
BEGIN
    -- Looking makes nobody wait, and may wait as long as it must.
    SET LOCAL lock_timeout = 0;
{settings}{block}    RESET default_transaction_read_only;
END
"
    );
    Some(format!("SET default_transaction_read_only = on;\nDO {};", dollar_quote(&body, "trueup")))
}
