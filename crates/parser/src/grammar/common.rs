//! What statements of many kinds share: roles, `CASCADE`, storage parameters.

use trueup_catalog::Options;

pub(crate) use trueup_catalog::Name;
pub(crate) use trueup_syntax::{Cursor, SyntaxError, TokenKind, WrittenName, type_name::TypeName};

/// What reading gives.
pub(crate) type Result<T> = std::result::Result<T, SyntaxError>;

/// A role as a statement names it (`RoleSpec`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A name.
    Named(Name),
    /// `PUBLIC`.
    Public,
    /// `CURRENT_USER`, `CURRENT_ROLE`, `SESSION_USER`: whoever runs the statement.
    Current,
}

/// Reads a role; a `GROUP` before it means nothing.
pub(crate) fn role(c: &mut Cursor<'_>) -> Result<Role> {
    if c.is_word("group")
        && c.peek_nth(1).is_some_and(|t| matches!(t.kind, TokenKind::Word | TokenKind::QuotedIdent))
    {
        c.next_token();
    }
    if c.accept_any(&["current_user", "current_role", "session_user"]).is_some() {
        return Ok(Role::Current);
    }
    // PUBLIC is no key word: quoted or not, it is the same (`RoleSpec` of gram.y).
    let name = c.label()?;
    Ok(if name == "public" { Role::Public } else { Role::Named(name) })
}

/// `CASCADE` or `RESTRICT`, if it comes: whether it is `CASCADE`.
pub(crate) fn behaviour(c: &mut Cursor<'_>) -> bool {
    let cascade = c.accept("cascade");
    if !cascade {
        c.accept("restrict");
    }
    cascade
}

/// `( [namespace.]name [= value], … )` as `pg_class.reloptions` holds it (`transformRelOptions` in `reloptions.c`): no value is `true`.
/// Spellings of booleans are brought to `true` and `false`.
pub(crate) fn reloptions(c: &mut Cursor<'_>) -> Result<Options> {
    let list = c.parenthesized_or_empty(|c| {
        let mut name = c.label()?.as_str().to_owned();
        if c.accept_symbol(".") {
            name = format!("{name}.{}", c.label()?.as_str());
        }
        let value = if c.accept_symbol("=") { option_value(c)? } else { "true".to_owned() };
        let value = trueup_catalog::normalize_option(&name, &value);
        Ok((name, value))
    })?;
    Ok(list.into_iter().collect())
}

/// A value of a storage parameter (`def_arg`), as text.
pub(crate) fn option_value(c: &mut Cursor<'_>) -> Result<String> {
    Ok(if c.is_string() {
        c.string_literal()?.into_owned()
    } else if c.is_identifier() {
        c.label()?.as_str().to_owned()
    } else {
        c.number()?
    })
}

/// `( [namespace.]name, … )` as RESET takes it.
pub(crate) fn reloption_names(c: &mut Cursor<'_>) -> Result<Vec<String>> {
    c.parenthesized(|c| {
        let mut name = c.label()?.as_str().to_owned();
        if c.accept_symbol(".") {
            name = format!("{name}.{}", c.label()?.as_str());
        }
        if c.accept_symbol("=") {
            option_value(c)?;
        }
        Ok(name)
    })
}

/// `[NO] DEPENDS ON EXTENSION name`.
#[derive(Clone, Debug)]
pub(crate) struct ExtensionDependency {
    pub extension: Name,
    /// Whether it begins; else it ends.
    pub begins: bool,
}

/// Whether `[NO] DEPENDS ON EXTENSION` is next.
pub(crate) fn is_extension_dependency(c: &Cursor<'_>) -> bool {
    c.is_words("depends on extension") || c.is_words("no depends on extension")
}

pub(crate) fn extension_dependency(c: &mut Cursor<'_>) -> Result<ExtensionDependency> {
    let begins = !c.accept("no");
    c.expect_words("depends on extension")?;
    Ok(ExtensionDependency { extension: c.name()?, begins })
}
