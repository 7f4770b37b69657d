//! `CREATE TEXT SEARCH …`.

use super::Sql;
use trueup_catalog::{
    QualifiedName, TextSearchConfiguration, TextSearchDictionary, TextSearchParser, TextSearchTemplate,
    quote_ident, quote_literal,
};

/// `CREATE TEXT SEARCH PARSER`.
pub fn create_parser(parser: &TextSearchParser) -> Sql {
    let TextSearchParser { name, start, get_token, end, headline, lex_types } = parser;
    let mut sql = Sql::new(format!(
        "CREATE TEXT SEARCH PARSER {name} (START = {start}, GETTOKEN = {get_token}, END = {end}, LEXTYPES = {lex_types}"
    ));
    if let Some(headline) = headline {
        sql.add(format_args!(", HEADLINE = {headline}"));
    }
    sql.push(")");
    sql
}

/// `CREATE TEXT SEARCH TEMPLATE`.
pub fn create_template(template: &TextSearchTemplate) -> Sql {
    let TextSearchTemplate { name, init, lexize } = template;
    let mut sql = Sql::new(format!("CREATE TEXT SEARCH TEMPLATE {name} (LEXIZE = {lexize}"));
    if let Some(init) = init {
        sql.add(format_args!(", INIT = {init}"));
    }
    sql.push(")");
    sql
}

/// `CREATE TEXT SEARCH DICTIONARY`.
pub fn create_dictionary(dictionary: &TextSearchDictionary) -> Sql {
    let TextSearchDictionary { name, template, options } = dictionary;
    let mut sql = Sql::new(format!("CREATE TEXT SEARCH DICTIONARY {name} (TEMPLATE = {template}"));
    for (option, value) in options {
        sql.add(format_args!(", {} = {}", quote_ident(option), quote_literal(value)));
    }
    sql.push(")");
    sql
}

/// `CREATE TEXT SEARCH CONFIGURATION`, without its mappings.
pub fn create_configuration(configuration: &TextSearchConfiguration) -> Sql {
    let TextSearchConfiguration { name, parser, mappings: _ } = configuration;
    Sql::new(format!("CREATE TEXT SEARCH CONFIGURATION {name} (PARSER = {parser})"))
}

/// `ALTER TEXT SEARCH CONFIGURATION … ADD MAPPING …`.
pub fn add_mapping(configuration: &QualifiedName, token: &str, dictionaries: &[QualifiedName]) -> Sql {
    let mut sql = Sql::new(format!(
        "ALTER TEXT SEARCH CONFIGURATION {configuration} ADD MAPPING FOR {} WITH ",
        quote_ident(token)
    ));
    sql.list(", ", dictionaries, |sql, dictionary| {
        sql.add(format_args!("{dictionary}"));
    });
    sql
}
