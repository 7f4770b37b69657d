//! Which columns an expression may use: by its tokens, without resolving anything.
//!
//! It may see too much (a function that is called like a column), and sees no whole row. So it serves to tell what may follow
//! from something else, and never whether two expressions are the same.

use trueup_catalog::{Expr, Name};
use trueup_syntax::{TokenKind, ident_value, tokenize};

/// The names in an expression, in the order in which they are written. An expression that is no SQL has none.
pub fn names_used(expr: &Expr) -> Vec<Name> {
    let text: &str = &expr.sql;
    let Ok(tokens) = tokenize(text) else { return Vec::new() };
    tokens
        .iter()
        .filter_map(|token| match token.kind {
            TokenKind::Word | TokenKind::QuotedIdent | TokenKind::UnicodeIdent => {
                ident_value(token, text, None).ok().flatten().map(Name::new)
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_postgres_reads_them() {
        let uses = |text: &str, column: &str| names_used(&Expr::qualified(text)).contains(&Name::new(column));
        assert!(uses("lower(A) = 'b'", "a"));
        assert!(uses(r#"t."Odd" > 0"#, "Odd"));
        assert!(!uses("'a' = b", "a"));
        assert!(!uses("ab > 0", "a"));
    }
}
