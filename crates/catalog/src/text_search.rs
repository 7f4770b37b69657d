//! `CREATE TEXT SEARCH PARSER`, `TEMPLATE`, `DICTIONARY` and `CONFIGURATION`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A text search parser (`pg_ts_parser`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchParser {
    /// Its name.
    pub name: QualifiedName,
    /// `START`.
    pub start: QualifiedName,
    /// `GETTOKEN`.
    pub get_token: QualifiedName,
    /// `END`.
    pub end: QualifiedName,
    /// `HEADLINE`.
    pub headline: Option<QualifiedName>,
    /// `LEXTYPES`.
    pub lex_types: QualifiedName,
}

/// A text search template (`pg_ts_template`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchTemplate {
    /// Its name.
    pub name: QualifiedName,
    /// `INIT`.
    pub init: Option<QualifiedName>,
    /// `LEXIZE`.
    pub lexize: QualifiedName,
}

/// A text search dictionary (`pg_ts_dict`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchDictionary {
    /// Its name.
    pub name: QualifiedName,
    /// `TEMPLATE`.
    pub template: QualifiedName,
    /// The template's options, names lower case, values as text (`dictinitoption`).
    pub options: Options,
}

/// A text search configuration (`pg_ts_config`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchConfiguration {
    /// Its name.
    pub name: QualifiedName,
    /// `PARSER`.
    pub parser: QualifiedName,
    /// `ADD MAPPING FOR token WITH dictionaries`: by the token's alias (`pg_ts_config_map`), dictionaries in order.
    pub mappings: Vec<(String, Vec<QualifiedName>)>,
}

impl SchemaObject for TextSearchParser {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::TextSearchParser, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let TextSearchParser { name: _, start, get_token, end, headline, lex_types } = self;
        vec![
            Attribute::new("start", Value::Qualified(start)),
            Attribute::new("gettoken", Value::Qualified(get_token)),
            Attribute::new("end", Value::Qualified(end)),
            Attribute::new("headline", Value::maybe(headline.as_ref(), Value::Qualified)),
            Attribute::new("lextypes", Value::Qualified(lex_types)),
        ]
    }
}

impl SchemaObject for TextSearchTemplate {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::TextSearchTemplate, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let TextSearchTemplate { name: _, init, lexize } = self;
        vec![
            Attribute::new("init", Value::maybe(init.as_ref(), Value::Qualified)),
            Attribute::new("lexize", Value::Qualified(lexize)),
        ]
    }
}

impl SchemaObject for TextSearchDictionary {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::TextSearchDictionary, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let TextSearchDictionary { name: _, template, options } = self;
        vec![
            Attribute::new("template", Value::Qualified(template)),
            Attribute::new("options", Value::Options(options)),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        vec![ObjectKey::in_schema(ObjectKind::TextSearchTemplate, self.template.clone())]
    }
}

impl SchemaObject for TextSearchConfiguration {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::TextSearchConfiguration, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let TextSearchConfiguration { name: _, parser, mappings } = self;
        let mappings = mappings
            .iter()
            .map(|(token, dictionaries)| {
                Value::Record(vec![
                    ("name", Value::word(token)),
                    ("with", Value::List(dictionaries.iter().map(Value::Qualified).collect())),
                ])
            })
            .collect();
        vec![
            Attribute::new("parser", Value::Qualified(parser)),
            Attribute::new("mappings", Value::Set(mappings)),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        let dictionaries = self.mappings.iter().flat_map(|(_, dictionaries)| dictionaries);
        std::iter::once(ObjectKey::in_schema(ObjectKind::TextSearchParser, self.parser.clone()))
            .chain(dictionaries.map(|d| ObjectKey::in_schema(ObjectKind::TextSearchDictionary, d.clone())))
            .collect()
    }
}
