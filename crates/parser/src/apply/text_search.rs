//! CREATE and ALTER TEXT SEARCH PARSER, TEMPLATE, DICTIONARY and CONFIGURATION.

use trueup_catalog::{
    Entry, Extension, Name, Object, ObjectKey, ObjectKind, Options, PG_CATALOG, QualifiedName, SchemaObject,
    TextSearchConfiguration, TextSearchDictionary, TextSearchParser, TextSearchTemplate,
};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::object::{element, function, required_function};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::types::{DefinitionElement, definition};
use crate::interpreter::Interpreter;

/// The token types of PostgreSQL's own parser that its configurations map (`snowball_create.pl`, `system_functions.sql`).
const TOKENS: &[&str] = &[
    "asciihword",
    "asciiword",
    "email",
    "file",
    "float",
    "host",
    "hword",
    "hword_asciipart",
    "hword_numpart",
    "hword_part",
    "int",
    "numhword",
    "numword",
    "sfloat",
    "uint",
    "url",
    "url_path",
    "version",
    "word",
];

/// What the extensions of PostgreSQL's distribution bring, by extension (manual, appendix F: dict_int, dict_xsyn, unaccent).
const OF_EXTENSIONS: &[(ObjectKind, &str, &str)] = &[
    (ObjectKind::TextSearchDictionary, "intdict", "dict_int"),
    (ObjectKind::TextSearchTemplate, "intdict_template", "dict_int"),
    (ObjectKind::TextSearchDictionary, "xsyn", "dict_xsyn"),
    (ObjectKind::TextSearchTemplate, "xsyn_template", "dict_xsyn"),
    (ObjectKind::TextSearchDictionary, "unaccent", "unaccent"),
    (ObjectKind::TextSearchTemplate, "unaccent", "unaccent"),
];

/// The schema of an extension's object: where the statement puts the extension, else where the live one is, else `public`.
fn schema_of_extension(interp: &Interpreter<'_>, kind: ObjectKind, name: &Name) -> Option<Name> {
    let (_, _, extension) = OF_EXTENSIONS.iter().find(|(of, named, _)| *of == kind && *name == *named)?;
    let key = ObjectKey::global(ObjectKind::Extension, Name::new(extension));
    let stated = Extension::of(&interp.store.get(&key)?.object)?.schema.clone();
    let live = || interp.outside.schema_of_extension(extension).cloned();
    Some(stated.or_else(live).unwrap_or_else(|| Name::new("public")))
}

/// The object that a name means: one of the files by the search path, one of an extension, else one of PostgreSQL's own.
fn named(interp: &Interpreter<'_>, kind: ObjectKind, written: &WrittenName) -> QualifiedName {
    interp
        .find_by_path(written, |name| interp.store.get(&ObjectKey::in_schema(kind, name.clone())).map(|_| ()))
        .map_or_else(
            || QualifiedName {
                schema: written
                    .schema
                    .clone()
                    .or_else(|| schema_of_extension(interp, kind, &written.name))
                    .unwrap_or_else(|| Name::new(PG_CATALOG)),
                name: written.name.clone(),
            },
            |(name, ())| name,
        )
}

/// After `CREATE TEXT SEARCH … name`.
pub(crate) fn create(
    interp: &mut Interpreter<'_>,
    c: &mut Cursor<'_>,
    kind: ObjectKind,
    written: &WrittenName,
) -> Outcome {
    let name = interp.new_name(written)?;
    let elements = definition(c)?;
    let object: Object = match kind {
        ObjectKind::TextSearchParser => {
            let need = |word: &str| required_function(interp, &elements, word, "text search parser");
            TextSearchParser {
                name,
                start: need("start")?,
                get_token: need("gettoken")?,
                end: need("end")?,
                headline: function(interp, &elements, &["headline"]),
                lex_types: need("lextypes")?,
            }
            .into()
        }
        ObjectKind::TextSearchTemplate => TextSearchTemplate {
            name,
            init: function(interp, &elements, &["init"]),
            lexize: required_function(interp, &elements, "lexize", "text search template")?,
        }
        .into(),
        ObjectKind::TextSearchDictionary => {
            let template = element(&elements, &["template"])
                .and_then(DefinitionElement::written_name)
                .ok_or_else(|| Failure::refused("42P17", "text search template is required"))?;
            let options = elements.iter().filter(|e| e.name != "template");
            TextSearchDictionary {
                name,
                template: named(interp, ObjectKind::TextSearchTemplate, &template),
                options: options.map(option).collect(),
            }
            .into()
        }
        _ => configuration(interp, name, &elements)?.into(),
    };
    let key = object.key();
    if interp.store.get(&key).is_some() {
        return Err(Failure::duplicate("42710", format!("{kind} {key} already exists")));
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(object) });
    Ok(())
}

/// An option of a dictionary, as `dictinitoption` keeps it.
fn option(element: &DefinitionElement) -> (String, String) {
    (element.name.as_str().to_owned(), element.text().unwrap_or_default())
}

fn configuration(
    interp: &Interpreter<'_>,
    name: QualifiedName,
    elements: &[DefinitionElement],
) -> Outcome<TextSearchConfiguration> {
    if let Some(parser) = element(elements, &["parser"]).and_then(DefinitionElement::written_name) {
        let parser = named(interp, ObjectKind::TextSearchParser, &parser);
        return Ok(TextSearchConfiguration { name, parser, mappings: Vec::new() });
    }
    let Some(copy) = element(elements, &["copy"]).and_then(DefinitionElement::written_name) else {
        return Err(Failure::refused("42P17", "text search parser is required"));
    };
    let source = named(interp, ObjectKind::TextSearchConfiguration, &copy);
    let key = ObjectKey::in_schema(ObjectKind::TextSearchConfiguration, source.clone());
    if let Some(other) = interp.store.get(&key).and_then(|e| TextSearchConfiguration::of(&e.object)) {
        return Ok(TextSearchConfiguration { name, ..other.clone() });
    }
    if source.schema != PG_CATALOG {
        return Err(Failure::undefined("42704", format!("text search configuration {copy} does not exist")));
    }
    Ok(TextSearchConfiguration {
        name,
        parser: QualifiedName::new(PG_CATALOG, "default"),
        mappings: builtin_mappings(source.name.as_str()),
    })
}

/// The mappings of a configuration of `pg_catalog`: words by the language's stemmer, ASCII words of two languages by the English
/// one, the rest as they are (`snowball_create.pl`).
fn builtin_mappings(language: &str) -> Vec<(String, Vec<QualifiedName>)> {
    let stem = |language: &str| QualifiedName::new(PG_CATALOG, format!("{language}_stem").as_str());
    let simple = QualifiedName::new(PG_CATALOG, "simple");
    let ascii = if matches!(language, "russian" | "hindi") { "english" } else { language };
    TOKENS
        .iter()
        .map(|token| {
            let dictionary = match *token {
                _ if language == "simple" => simple.clone(),
                "asciiword" | "asciihword" | "hword_asciipart" => stem(ascii),
                "word" | "hword" | "hword_part" => stem(language),
                _ => simple.clone(),
            };
            ((*token).to_owned(), vec![dictionary])
        })
        .collect()
}

/// After `ALTER TEXT SEARCH DICTIONARY|CONFIGURATION name`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, key: &ObjectKey) -> Outcome {
    if key.kind == ObjectKind::TextSearchDictionary {
        let elements = definition(c)?;
        interp.store.edit(key, |entry| {
            if let Some(dictionary) = TextSearchDictionary::of_mut(&mut entry.object) {
                set_options(&mut dictionary.options, &elements);
            }
        });
        return Ok(());
    }
    if c.accept_words("drop mapping") {
        let if_exists = c.accept_words("if exists");
        c.expect("for")?;
        let tokens = tokens(c)?;
        let missing = interp.store.edit(key, |entry| {
            let mut missing = None;
            if let Some(configuration) = TextSearchConfiguration::of_mut(&mut entry.object) {
                for token in tokens {
                    let before = configuration.mappings.len();
                    configuration.mappings.retain(|(t, _)| *t != token);
                    if configuration.mappings.len() == before {
                        missing = Some(token);
                    }
                }
            }
            missing
        });
        return match missing.flatten() {
            Some(token) if !if_exists => {
                let message = format!("mapping for token type \"{token}\" does not exist");
                Err(Failure::undefined("42704", message))
            }
            _ => Ok(()),
        };
    }
    let add = c.accept_words("add mapping");
    if !add {
        c.expect_words("alter mapping")?;
    }
    let tokens = if c.accept("for") { tokens(c)? } else { Vec::new() };
    if c.accept("replace") {
        let old = c.qualified_name()?;
        c.expect("with")?;
        let new = c.qualified_name()?;
        let old = named(interp, ObjectKind::TextSearchDictionary, &old);
        let new = named(interp, ObjectKind::TextSearchDictionary, &new);
        edit(interp, key, |configuration| {
            for (token, dictionaries) in &mut configuration.mappings {
                if tokens.is_empty() || tokens.contains(token) {
                    for dictionary in dictionaries.iter_mut().filter(|d| **d == old) {
                        *dictionary = new.clone();
                    }
                }
            }
        });
        return Ok(());
    }
    c.expect("with")?;
    let dictionaries: Vec<QualifiedName> = c
        .comma_separated(Cursor::qualified_name)?
        .iter()
        .map(|written| named(interp, ObjectKind::TextSearchDictionary, written))
        .collect();
    edit(interp, key, |configuration| {
        for token in tokens {
            configuration.mappings.retain(|(t, _)| *t != token);
            configuration.mappings.push((token, dictionaries.clone()));
        }
        configuration.mappings.sort();
    });
    Ok(())
}

fn tokens(c: &mut Cursor<'_>) -> Outcome<Vec<String>> {
    Ok(c.comma_separated(|c| Ok(c.label()?.as_str().to_owned()))?)
}

fn edit(interp: &mut Interpreter<'_>, key: &ObjectKey, change: impl FnOnce(&mut TextSearchConfiguration)) {
    interp.store.edit(key, |entry| {
        if let Some(configuration) = TextSearchConfiguration::of_mut(&mut entry.object) {
            change(configuration);
        }
    });
}

/// An option without a value is taken away (`AlterTSDictionary` in `tsearchcmds.c`).
fn set_options(options: &mut Options, elements: &[DefinitionElement]) {
    for element in elements {
        let (name, value) = option(element);
        if element.value.is_some() {
            options.insert(name, value);
        } else {
            options.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    #[test]
    fn configurations_are_copied_and_mapped() {
        let catalog = read(
            "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, StopWords = english, Accept = false);
             ALTER TEXT SEARCH DICTIONARY d (Accept, stopwords = 'german');
             CREATE TEXT SEARCH CONFIGURATION c (COPY = russian);
             ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR word, hword WITH d, simple;
             ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING REPLACE english_stem WITH d;
             ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING IF EXISTS FOR url, nothing;",
        );
        let key = |kind, name| ObjectKey::in_schema(kind, QualifiedName::new("public", name));
        let entry = catalog.get(&key(ObjectKind::TextSearchConfiguration, "c")).unwrap();
        let c = TextSearchConfiguration::of(&entry.object).unwrap();
        let of = |token: &str| {
            let (_, list) = c.mappings.iter().find(|(t, _)| t == token)?;
            Some(list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(of("word").as_deref(), Some("public.d pg_catalog.simple"));
        assert_eq!(of("asciiword").as_deref(), Some("public.d"));
        assert_eq!(of("hword_part").as_deref(), Some("pg_catalog.russian_stem"));
        assert_eq!(of("url"), None);
        let entry = catalog.get(&key(ObjectKind::TextSearchDictionary, "d")).unwrap();
        let d = TextSearchDictionary::of(&entry.object).unwrap();
        assert_eq!(
            d.options.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(),
            ["stopwords=german"]
        );
    }
}
