//! Names that PostgreSQL would make up.

use trueup_catalog::{MAX_NAME_BYTES, Name, truncate};

/// `name1_name2_label`, shortened so that it fits: the longer of the two names gives first
/// (`makeObjectName` in `indexcmds.c`).
pub(crate) fn automatic(name1: &Name, name2: Option<&Name>, label: &str) -> Name {
    let (first, second) = (name1.as_str(), name2.map_or("", Name::as_str));
    let overhead = label.len() + 1 + usize::from(name2.is_some());
    let room = MAX_NAME_BYTES.saturating_sub(overhead);
    let (mut a, mut b) = (first.len(), second.len());
    while a + b > room {
        if a > b {
            a -= 1;
        } else {
            b -= 1;
        }
    }
    let (first, second) = (truncate(first, a), truncate(second, b));
    match name2 {
        Some(_) => Name::new(format!("{first}_{second}_{label}")),
        None => Name::new(format!("{first}_{label}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_name_gives_first() {
        let short = Name::new("t");
        assert_eq!(automatic(&short, Some(&Name::new("id")), "seq").as_str(), "t_id_seq");
        let long = Name::new("a".repeat(60));
        let made = automatic(&long, Some(&Name::new("id")), "seq");
        assert_eq!(made.as_str(), format!("{}_id_seq", "a".repeat(56)));
        let both = automatic(&long, Some(&Name::new("b".repeat(60))), "seq");
        assert_eq!(both.as_str().len(), 63);
        assert_eq!(both.as_str(), format!("{}_{}_seq", "a".repeat(29), "b".repeat(29)));
    }
}
