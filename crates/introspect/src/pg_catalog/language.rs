//! Procedural languages and access methods.

use super::names::{Names, class, decode, privileges, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{AccessMethod, Language, Name};

row! {
    LanguageRow {
        oid: u32, name: &'a str, trusted: bool, handler: Option<&'a str>, inline: Option<&'a str>,
        validator: Option<&'a str>, owner: u32, acl: Option<Vec<&'a str>>,
    }
}
row! {
    AccessMethodRow { oid: u32, name: &'a str, sort: Letter, schema: u32, handler: &'a str }
}

pub(super) fn read(
    languages: &Answer,
    methods: &Answer,
    names: &Names<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    for row in decode::<LanguageRow>(languages)? {
        if names.is_left_out(class::LANGUAGE, row.oid) {
            continue;
        }
        let language = Language {
            name: Name::new(row.name),
            trusted: row.trusted,
            handler: names.of_pair(row.handler),
            inline: names.of_pair(row.inline),
            validator: names.of_pair(row.validator),
        };
        let privileges = privileges(row.acl.as_deref(), &language.name, &mut out.gaps);
        let comment = names.comment(class::LANGUAGE, row.oid, 0);
        out.add(language, comment, names.role(row.owner), privileges);
    }
    for row in decode::<AccessMethodRow>(methods)? {
        if names.is_left_out(class::ACCESS_METHOD, row.oid) {
            continue;
        }
        let name = Name::new(row.name);
        let for_tables = match row.sort.0 {
            't' => true,
            'i' => false,
            other => {
                out.gaps.push(unmodeled("access method", &name, format!("unknown type {other}")));
                continue;
            }
        };
        let Some(handler) = names.qualified(row.schema, row.handler) else { continue };
        let method = AccessMethod { name, for_tables, handler };
        out.add(method, names.comment(class::ACCESS_METHOD, row.oid, 0), None, None);
    }
    Ok(())
}
