//! Text search parsers, templates, dictionaries and configurations.

use super::names::{Names, class, decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{
    Options, QualifiedName, TextSearchConfiguration, TextSearchDictionary, TextSearchParser,
    TextSearchTemplate,
};
use trueup_syntax::{Cursor, SyntaxError};

row! {
    ParserRow {
        oid: u32, schema: u32, name: &'a str, start: Option<&'a str>, token: Option<&'a str>, ends: Option<&'a str>,
        headline: Option<&'a str>, lextypes: Option<&'a str>,
    }
}
row! {
    TemplateRow { oid: u32, schema: u32, name: &'a str, init: Option<&'a str>, lexize: Option<&'a str> }
}
row! {
    DictionaryRow {
        oid: u32, schema: u32, name: &'a str, template_schema: u32, template: &'a str, options: Option<&'a str>,
        owner: u32,
    }
}
row! {
    ConfigurationRow { oid: u32, schema: u32, name: &'a str, parser_schema: u32, parser: &'a str, owner: u32 }
}
row! {
    MappingRow { configuration: u32, token: &'a str, schema: u32, dictionary: &'a str }
}

/// The answers that text search objects are made from.
pub(super) struct TextSearchAnswers<'a> {
    pub parser: &'a Answer,
    pub template: &'a Answer,
    pub dictionary: &'a Answer,
    pub configuration: &'a Answer,
    pub mapping: &'a Answer,
}

pub(super) fn read(
    answers: &TextSearchAnswers<'_>,
    names: &Names<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    for row in decode::<ParserRow>(answers.parser)? {
        let Some(name) = own(names, row.schema, row.name, class::TS_PARSER, row.oid) else { continue };
        let function = |text: Option<&str>| names.of_pair(text);
        let (Some(start), Some(get_token), Some(end), Some(lex_types)) =
            (function(row.start), function(row.token), function(row.ends), function(row.lextypes))
        else {
            out.gaps.push(unmodeled("text search parser", &name, "one of its functions is not there"));
            continue;
        };
        let headline = function(row.headline);
        let parser = TextSearchParser { name, start, get_token, end, headline, lex_types };
        out.add(parser, names.comment(class::TS_PARSER, row.oid, 0), None, None);
    }
    for row in decode::<TemplateRow>(answers.template)? {
        let Some(name) = own(names, row.schema, row.name, class::TS_TEMPLATE, row.oid) else { continue };
        let Some(lexize) = names.of_pair(row.lexize) else {
            out.gaps.push(unmodeled("text search template", &name, "its lexize function is not there"));
            continue;
        };
        let template = TextSearchTemplate { name, init: names.of_pair(row.init), lexize };
        out.add(template, names.comment(class::TS_TEMPLATE, row.oid, 0), None, None);
    }
    for row in decode::<DictionaryRow>(answers.dictionary)? {
        let Some((name, template)) = own(names, row.schema, row.name, class::TS_DICTIONARY, row.oid)
            .zip(names.qualified(row.template_schema, row.template))
        else {
            continue;
        };
        match options(row.options.unwrap_or_default()) {
            Ok(options) => {
                let dictionary = TextSearchDictionary { name, template, options };
                let comment = names.comment(class::TS_DICTIONARY, row.oid, 0);
                out.add(dictionary, comment, names.role(row.owner), None);
            }
            Err(error) => {
                let message = format!("its options could not be read: {}", error.message);
                out.gaps.push(unmodeled("text search dictionary", &name, message));
            }
        }
    }
    let mut mappings: FxHashMap<u32, Vec<(String, Vec<QualifiedName>)>> = FxHashMap::default();
    // In the order of tokens and of their dictionaries.
    for row in decode::<MappingRow>(answers.mapping)? {
        let Some(dictionary) = names.qualified(row.schema, row.dictionary) else { continue };
        let list = mappings.entry(row.configuration).or_default();
        match list.last_mut() {
            Some((token, dictionaries)) if token == row.token => dictionaries.push(dictionary),
            _ => list.push((row.token.to_owned(), vec![dictionary])),
        }
    }
    for row in decode::<ConfigurationRow>(answers.configuration)? {
        let Some((name, parser)) = own(names, row.schema, row.name, class::TS_CONFIGURATION, row.oid)
            .zip(names.qualified(row.parser_schema, row.parser))
        else {
            continue;
        };
        let mut mappings = mappings.remove(&row.oid).unwrap_or_default();
        mappings.sort();
        let configuration = TextSearchConfiguration { name, parser, mappings };
        let comment = names.comment(class::TS_CONFIGURATION, row.oid, 0);
        out.add(configuration, comment, names.role(row.owner), None);
    }
    Ok(())
}

fn own(names: &Names<'_>, schema: u32, name: &str, class: u32, oid: u32) -> Option<QualifiedName> {
    names.own_name(schema, name).filter(|_| !names.is_left_out(class, oid))
}

/// `name = 'value', …` as `dictinitoption` holds it (`serialize_deflist` in `tsearchcmds.c`).
fn options(text: &str) -> Result<Options, SyntaxError> {
    let mut options = Options::new();
    let mut cursor = Cursor::of(text)?;
    while !cursor.at_end() {
        let name = cursor.label()?.as_str().to_owned();
        cursor.expect_symbol("=")?;
        let value =
            if cursor.is_string() { cursor.string_literal()?.into_owned() } else { cursor.number()? };
        options.insert(name, value);
        if !cursor.accept_symbol(",") {
            break;
        }
    }
    cursor.expect_end()?;
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn options_of_dictionaries_are_read_as_they_are_kept() {
        let read =
            options("language = 'english', \"StopWords\" = E'a\\\\b', accept = 'false', n = 3").unwrap();
        let list: Vec<String> = read.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(list, ["StopWords=a\\b", "accept=false", "language=english", "n=3"]);
        assert!(options("").unwrap().is_empty());
        assert!(options("a b").is_err());
    }
}
