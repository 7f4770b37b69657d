//! `CREATE COLLATION` and `CREATE CONVERSION`.

use super::Sql;
use trueup_catalog::{Collation, CollationProvider, Conversion, quote_literal};

/// `CREATE COLLATION name (…)`.
pub fn create(collation: &Collation) -> Sql {
    let Collation { name, provider, deterministic, lc_collate, lc_ctype, locale, rules } = collation;
    let mut sql = Sql::new(format!("CREATE COLLATION {name} (PROVIDER = {}", provider.word()));
    let texts = [("LC_COLLATE", lc_collate), ("LC_CTYPE", lc_ctype), ("LOCALE", locale), ("RULES", rules)];
    for (word, text) in texts {
        if let Some(text) = text {
            sql.add(format_args!(", {word} = {}", quote_literal(text)));
        }
    }
    if !deterministic && *provider != CollationProvider::Builtin {
        sql.push(", DETERMINISTIC = false");
    }
    sql.push(")");
    sql
}

/// `CREATE [DEFAULT] CONVERSION …`.
pub fn create_conversion(conversion: &Conversion) -> Sql {
    let Conversion { name, from, to, function, is_default } = conversion;
    let default = if *is_default { "DEFAULT " } else { "" };
    Sql::new(format!(
        "CREATE {default}CONVERSION {name} FOR {} TO {} FROM {function}",
        quote_literal(from),
        quote_literal(to)
    ))
}
