//! Text search parsers, templates, dictionaries and configurations.

use super::*;

#[test]
fn text_search() {
    on_every_version(
        |_| {
            "CREATE TEXT SEARCH PARSER prs (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
                 LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
             CREATE TEXT SEARCH PARSER bare (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
             CREATE TEXT SEARCH TEMPLATE tmpl (INIT = dsimple_init, LEXIZE = dsimple_lexize);
             CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = tmpl);
             CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple, StopWords = english, Accept = false);
             CREATE TEXT SEARCH CONFIGURATION conf (PARSER = prs);
             ALTER TEXT SEARCH CONFIGURATION conf ADD MAPPING FOR word, asciiword WITH dict, english_stem;
             CREATE TEXT SEARCH CONFIGURATION copied (COPY = russian);
             COMMENT ON TEXT SEARCH DICTIONARY dict IS 'words';"
                .to_owned()
        },
        |catalog, _| {
            let get = |kind, text: &str| object(catalog, ObjectKey::in_schema(kind, q(text)));
            let builtin = |text: &str| QualifiedName::new(PG_CATALOG, text);
            let parser = TextSearchParser {
                name: q("public.prs"),
                start: builtin("prsd_start"),
                get_token: builtin("prsd_nexttoken"),
                end: builtin("prsd_end"),
                headline: Some(builtin("prsd_headline")),
                lex_types: builtin("prsd_lextype"),
            };
            assert_eq!(
                get(ObjectKind::TextSearchParser, "public.prs"),
                Object::TextSearchParser(parser.clone())
            );
            assert_eq!(
                get(ObjectKind::TextSearchParser, "public.bare"),
                Object::TextSearchParser(TextSearchParser {
                    name: q("public.bare"),
                    headline: None,
                    ..parser
                })
            );
            assert_eq!(
                get(ObjectKind::TextSearchTemplate, "public.tmpl"),
                Object::TextSearchTemplate(TextSearchTemplate {
                    name: q("public.tmpl"),
                    init: Some(builtin("dsimple_init")),
                    lexize: builtin("dsimple_lexize"),
                })
            );
            let options = [("stopwords", "english"), ("accept", "false")];
            assert_eq!(
                get(ObjectKind::TextSearchDictionary, "public.dict"),
                Object::TextSearchDictionary(TextSearchDictionary {
                    name: q("public.dict"),
                    template: builtin("simple"),
                    options: options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
                })
            );
            let dict =
                entry(catalog, ObjectKey::in_schema(ObjectKind::TextSearchDictionary, q("public.dict")));
            assert_eq!(dict.comment.as_deref(), Some("words"));
            let both = vec![q("public.dict"), builtin("english_stem")];
            assert_eq!(
                get(ObjectKind::TextSearchConfiguration, "public.conf"),
                Object::TextSearchConfiguration(TextSearchConfiguration {
                    name: q("public.conf"),
                    parser: q("public.prs"),
                    mappings: vec![("asciiword".to_owned(), both.clone()), ("word".to_owned(), both)],
                })
            );
            let copied = get(ObjectKind::TextSearchConfiguration, "public.copied");
            assert_eq!(TextSearchConfiguration::of(&copied).unwrap().mappings.len(), 19);
            // PostgreSQL's own are not the schema's.
            assert_eq!(catalog.of_kind(ObjectKind::TextSearchConfiguration).count(), 2);
        },
    );
}
