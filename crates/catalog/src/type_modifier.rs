//! Type modifiers of PostgreSQL's own types: from the number in `atttypmod` to what SQL writes.

use smol_str::{SmolStr, format_smolstr};

/// The modifiers of a `pg_catalog` type, in the order of SQL, by the rules of each type's `typmodout`
/// (`varchartypmodout` in `varchar.c`, `numerictypmodout` in `numeric.c`, `intervaltypmodout` in `timestamp.c`…).
///
/// `major` matters for `numeric`, whose scale may be negative from 15 on.
pub fn builtin_modifiers(name: &str, modifier: i32, major: u32) -> Vec<SmolStr> {
    if modifier < 0 {
        return Vec::new();
    }
    let number = |n: i32| vec![format_smolstr!("{n}")];
    match name {
        "varchar" | "bpchar" => number(modifier - 4),
        "bit" | "varbit" | "time" | "timetz" | "timestamp" | "timestamptz" => number(modifier),
        "numeric" => {
            let packed = modifier - 4;
            let scale = if major >= 15 { ((packed & 0x7ff) ^ 1024) - 1024 } else { packed & 0xffff };
            vec![format_smolstr!("{}", (packed >> 16) & 0xffff), format_smolstr!("{scale}")]
        }
        "interval" => interval(modifier),
        _ => number(modifier),
    }
}

/// Fields first, then the precision; `0x7fff` is "all fields", `0xffff` "no precision".
fn interval(modifier: i32) -> Vec<SmolStr> {
    const YEAR: i32 = 1 << 2;
    const MONTH: i32 = 1 << 1;
    const DAY: i32 = 1 << 3;
    const HOUR: i32 = 1 << 10;
    const MINUTE: i32 = 1 << 11;
    const SECOND: i32 = 1 << 12;
    let fields = (modifier >> 16) & 0x7fff;
    let precision = modifier & 0xffff;
    let name = [
        (YEAR, "year"),
        (MONTH, "month"),
        (DAY, "day"),
        (HOUR, "hour"),
        (MINUTE, "minute"),
        (SECOND, "second"),
        (YEAR | MONTH, "year to month"),
        (DAY | HOUR, "day to hour"),
        (DAY | HOUR | MINUTE, "day to minute"),
        (DAY | HOUR | MINUTE | SECOND, "day to second"),
        (HOUR | MINUTE, "hour to minute"),
        (HOUR | MINUTE | SECOND, "hour to second"),
        (MINUTE | SECOND, "minute to second"),
    ]
    .into_iter()
    .find_map(|(mask, name)| (mask == fields).then_some(SmolStr::new_static(name)));
    name.into_iter().chain((precision != 0xffff).then(|| format_smolstr!("{precision}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_packed_modifiers() {
        assert_eq!(builtin_modifiers("varchar", 104, 15), ["100"]);
        assert_eq!(builtin_modifiers("numeric", (12 << 16 | 2) + 4, 15), ["12", "2"]);
        assert_eq!(builtin_modifiers("numeric", (3 << 16 | 0x7fe) + 4, 15), ["3", "-2"]);
        assert_eq!(builtin_modifiers("interval", 0x1c08 << 16 | 3, 15), ["day to second", "3"]);
        assert_eq!(builtin_modifiers("interval", 0x7fff << 16 | 3, 15), ["3"]);
        assert_eq!(builtin_modifiers("text", -1, 15), Vec::<SmolStr>::new());
    }
}
