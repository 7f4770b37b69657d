//! Base types and shell types.

use super::names::{Names, class, decode, privileges, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{Alignment, BaseType, BaseTypeDefinition, Storage};

row! {
    BaseTypeRow {
        oid: u32, schema: u32, name: &'a str, defined: bool, input: Option<&'a str>, output: Option<&'a str>,
        receive: Option<&'a str>, send: Option<&'a str>, typmod_in: Option<&'a str>, typmod_out: Option<&'a str>,
        analyze: Option<&'a str>, subscript: Option<&'a str>, length: i16, by_value: bool, alignment: Letter,
        storage: Letter, category: Letter, preferred: bool, default_value: Option<&'a str>, element: u32,
        delimiter: Letter, collatable: bool, owner: u32, acl: Option<Vec<&'a str>>,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<BaseTypeRow>(answer)? {
        let Some(name) =
            names.own_name(row.schema, row.name).filter(|_| !names.is_left_out(class::TYPE, row.oid))
        else {
            continue;
        };
        let definition = if row.defined {
            match definition(&row, names) {
                Ok(definition) => Some(definition),
                Err(message) => {
                    out.gaps.push(unmodeled("base type", &name, message));
                    continue;
                }
            }
        } else {
            None
        };
        let privileges = privileges(row.acl.as_deref(), &name, &mut out.gaps);
        let comment = names.comment(class::TYPE, row.oid, 0);
        out.add(BaseType { name, definition }, comment, names.role(row.owner), privileges);
    }
    Ok(())
}

fn definition(row: &BaseTypeRow<'_>, names: &Names<'_>) -> Result<BaseTypeDefinition, String> {
    let function = |text: Option<&str>| names.of_pair(text);
    Ok(BaseTypeDefinition {
        input: function(row.input).ok_or("it has no input function")?,
        output: function(row.output).ok_or("it has no output function")?,
        receive: function(row.receive),
        send: function(row.send),
        typmod_in: function(row.typmod_in),
        typmod_out: function(row.typmod_out),
        analyze: function(row.analyze),
        subscript: function(row.subscript)
            .filter(|f| !(row.element != 0 && f.name == "raw_array_subscript_handler")),
        internal_length: Some(row.length).filter(|length| *length != -1),
        passed_by_value: row.by_value,
        alignment: match row.alignment.0 {
            'c' => Alignment::Char,
            's' => Alignment::Int2,
            'i' => Alignment::Int4,
            'd' => Alignment::Double,
            other => return Err(format!("unknown alignment {other}")),
        },
        storage: match row.storage.0 {
            'p' => Storage::Plain,
            'e' => Storage::External,
            'm' => Storage::Main,
            'x' => Storage::Extended,
            other => return Err(format!("unknown storage {other}")),
        },
        category: row.category.0,
        preferred: row.preferred,
        default: row.default_value.map(str::to_owned),
        element: (row.element != 0).then(|| names.plain_type(row.element)),
        delimiter: row.delimiter.0,
        collatable: row.collatable,
    })
}
