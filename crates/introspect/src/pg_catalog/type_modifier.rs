//! The modifiers of other types than PostgreSQL's own, from the type's own text.

use smol_str::SmolStr;

/// The modifiers in what `format_type` printed: `public.geometry(Point,4326)[]` has `Point` and `4326`.
pub(crate) fn printed(text: &str) -> Vec<SmolStr> {
    super::text::bracketed(text)
        .map(|(inside, _)| super::text::split_list(inside).into_iter().map(SmolStr::new).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_printed_modifiers() {
        assert_eq!(printed("public.geometry(Point,4326)[]"), ["Point", "4326"]);
        assert_eq!(printed("public.\"odd(1)\""), Vec::<SmolStr>::new());
    }
}
