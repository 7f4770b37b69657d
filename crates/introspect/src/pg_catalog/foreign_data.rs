//! Foreign-data wrappers, servers, user mappings, and where the rows of foreign tables are.

use super::names::{Names, class, decode, privileges};
use super::{Output, Shape};
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{ForeignDataWrapper, ForeignTable, Name, Options, Server, UserMapping};

row! {
    WrapperRow {
        oid: u32, name: &'a str, handler: Option<&'a str>, validator: Option<&'a str>, options: Option<Vec<&'a str>>,
        owner: u32, acl: Option<Vec<&'a str>>,
    }
}
row! {
    ServerRow {
        oid: u32, name: &'a str, sort: Option<&'a str>, version: Option<&'a str>, wrapper: &'a str,
        options: Option<Vec<&'a str>>, owner: u32, acl: Option<Vec<&'a str>>,
    }
}
row! {
    UserMappingRow { oid: u32, user: u32, name: &'a str, server: &'a str }
}
row! {
    ForeignTableRow { relation: u32, server: &'a str, options: Option<Vec<&'a str>> }
}

/// The answers that foreign-data objects are made from.
pub(super) struct ForeignAnswers<'a> {
    pub wrapper: &'a Answer,
    pub server: &'a Answer,
    pub mapping: &'a Answer,
}

/// `name=value` items, both as they are.
pub(super) fn options(items: Option<&[&str]>) -> Options {
    items
        .unwrap_or(&[])
        .iter()
        .map(|item| item.split_once('=').unwrap_or((item, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Server and options by foreign table.
pub(super) fn tables(answer: &Answer) -> Result<FxHashMap<u32, ForeignTable>, Shape> {
    Ok(decode::<ForeignTableRow>(answer)?
        .into_iter()
        .map(|row| {
            let options = options(row.options.as_deref());
            (row.relation, ForeignTable { server: Name::new(row.server), options })
        })
        .collect())
}

pub(super) fn read(answers: &ForeignAnswers<'_>, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<WrapperRow>(answers.wrapper)? {
        if names.is_left_out(class::FOREIGN_DATA_WRAPPER, row.oid) {
            continue;
        }
        let wrapper = ForeignDataWrapper {
            name: Name::new(row.name),
            handler: names.of_pair(row.handler),
            validator: names.of_pair(row.validator),
            options: options(row.options.as_deref()),
        };
        let privileges = privileges(row.acl.as_deref(), &wrapper.name, &mut out.gaps);
        let comment = names.comment(class::FOREIGN_DATA_WRAPPER, row.oid, 0);
        out.add(wrapper, comment, names.role(row.owner), privileges);
    }
    for row in decode::<ServerRow>(answers.server)? {
        if names.is_left_out(class::SERVER, row.oid) {
            continue;
        }
        let server = Server {
            name: Name::new(row.name),
            server_type: row.sort.map(str::to_owned),
            version: row.version.map(str::to_owned),
            wrapper: Name::new(row.wrapper),
            options: options(row.options.as_deref()),
        };
        let privileges = privileges(row.acl.as_deref(), &server.name, &mut out.gaps);
        out.add(server, names.comment(class::SERVER, row.oid, 0), names.role(row.owner), privileges);
    }
    for row in decode::<UserMappingRow>(answers.mapping)? {
        if names.is_left_out(class::USER_MAPPING, row.oid) {
            continue;
        }
        let user = (row.user != 0).then(|| Name::new(row.name));
        out.add(UserMapping { user, server: Name::new(row.server) }, None, None, None);
    }
    Ok(())
}
