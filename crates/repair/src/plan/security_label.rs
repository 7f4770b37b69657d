//! Security labels: what one does is known to its provider alone, so people set them.

use super::Judged;
use crate::ddl::Sql;
use crate::ddl::comment::target;
use trueup_catalog::{Entry, ObjectKey, quote_ident, quote_literal};

pub(super) fn changed(key: &ObjectKey, provider: &str, desired: &Entry) -> Judged {
    let label = desired.security_labels.get(provider).map_or_else(|| "NULL".to_owned(), |l| quote_literal(l));
    let provider = quote_ident(provider);
    let sql =
        Sql::new(format!("SECURITY LABEL FOR {provider} ON {} IS {label}", target(key, &desired.object)));
    Judged::manual("its provider alone knows what the label does", vec![sql])
}
