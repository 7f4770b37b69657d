//! Collations and conversions.

use super::names::{Names, class, decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{Collation, CollationProvider, Conversion};

row! {
    OwnCollationRow {
        oid: u32, schema: u32, name: &'a str, provider: Letter, deterministic: bool, lc_collate: Option<&'a str>,
        lc_ctype: Option<&'a str>, locale: Option<&'a str>, rules: Option<&'a str>, owner: u32,
    }
}
row! {
    ConversionRow {
        oid: u32, schema: u32, name: &'a str, from: &'a str, to: &'a str, function_schema: u32, function: &'a str,
        is_default: bool, owner: u32,
    }
}

pub(super) fn read(
    collations: &Answer,
    conversions: &Answer,
    names: &Names<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    for row in decode::<OwnCollationRow>(collations)? {
        let Some(name) =
            names.own_name(row.schema, row.name).filter(|_| !names.is_left_out(class::COLLATION, row.oid))
        else {
            continue;
        };
        let provider = match row.provider.0 {
            'c' => CollationProvider::Libc,
            'i' => CollationProvider::Icu,
            'b' => CollationProvider::Builtin,
            other => {
                out.gaps.push(unmodeled("collation", &name, format!("unknown provider {other}")));
                continue;
            }
        };
        let libc = provider == CollationProvider::Libc;
        let collation = Collation {
            name,
            provider,
            deterministic: row.deterministic,
            lc_collate: text(row.lc_collate.filter(|_| libc)),
            lc_ctype: text(row.lc_ctype.filter(|_| libc)),
            locale: text(row.locale.filter(|_| !libc)),
            rules: text(row.rules),
        };
        out.add(collation, names.comment(class::COLLATION, row.oid, 0), names.role(row.owner), None);
    }
    for row in decode::<ConversionRow>(conversions)? {
        let Some((name, function)) = names
            .own_name(row.schema, row.name)
            .filter(|_| !names.is_left_out(class::CONVERSION, row.oid))
            .zip(names.qualified(row.function_schema, row.function))
        else {
            continue;
        };
        let conversion = Conversion {
            name,
            from: row.from.to_owned(),
            to: row.to.to_owned(),
            function,
            is_default: row.is_default,
        };
        out.add(conversion, names.comment(class::CONVERSION, row.oid, 0), names.role(row.owner), None);
    }
    Ok(())
}
