//! `SECURITY LABEL`.

use super::comment::{Commented, commented};
use super::common::*;

/// `SECURITY LABEL [FOR provider] ON object IS label`.
#[derive(Debug)]
pub(crate) struct SecurityLabel {
    /// `None` where the statement leaves it to the one provider that the server has loaded.
    pub provider: Option<String>,
    pub object: Commented,
    /// `None` for NULL.
    pub label: Option<String>,
}

/// After `SECURITY LABEL`.
pub(crate) fn security_label(c: &mut Cursor<'_>) -> Result<SecurityLabel> {
    let provider = if c.accept("for") {
        Some(if c.is_string() { c.string_literal()?.into_owned() } else { c.label()?.as_str().to_owned() })
    } else {
        None
    };
    c.expect("on")?;
    c.accept("procedural");
    let object = commented(c)?;
    c.expect("is")?;
    let label = if c.accept("null") { None } else { Some(c.string_literal()?.into_owned()) };
    Ok(SecurityLabel { provider, object, label })
}
