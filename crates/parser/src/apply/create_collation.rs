//! CREATE COLLATION and CREATE CONVERSION.

use trueup_catalog::{Collation, CollationProvider, Conversion, Entry, ObjectKey, ObjectKind, PG_CATALOG};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::object::element;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::types::{DefinitionElement, definition};
use crate::interpreter::Interpreter;

/// After `CREATE COLLATION [IF NOT EXISTS] name`.
pub(crate) fn create(
    interp: &mut Interpreter<'_>,
    c: &mut Cursor<'_>,
    written: &WrittenName,
    if_not_exists: bool,
) -> Outcome {
    let name = interp.new_name(written)?;
    let collation = if c.accept("from") {
        let source = c.qualified_name()?;
        let found = interp.collation_name(&source);
        let known = interp
            .store
            .get(&ObjectKey::in_schema(ObjectKind::Collation, found.clone()))
            .and_then(|entry| Collation::of(&entry.object).cloned());
        match known {
            Some(collation) => Collation { name: name.clone(), ..collation },
            None if found.schema == PG_CATALOG => builtin(interp, name.clone(), found.name.as_str()),
            None => {
                return Err(Failure::undefined("42704", format!("collation {source} does not exist")));
            }
        }
    } else {
        let elements = definition(c)?;
        defined(interp, name.clone(), &elements)?
    };
    let key = ObjectKey::in_schema(ObjectKind::Collation, name.clone());
    if interp.store.get(&key).is_some() {
        if if_not_exists {
            return Ok(());
        }
        return Err(Failure::duplicate("42710", format!("collation {name} already exists")));
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(collation) });
    Ok(())
}

/// `DefineCollation` in `collationcmds.c`.
fn defined(
    interp: &Interpreter<'_>,
    name: trueup_catalog::QualifiedName,
    elements: &[DefinitionElement],
) -> Outcome<Collation> {
    let text = |word: &str| element(elements, &[word]).and_then(DefinitionElement::text);
    let provider = match text("provider").map(|p| p.to_ascii_lowercase()).as_deref() {
        None | Some("libc") => CollationProvider::Libc,
        Some("icu") => CollationProvider::Icu,
        Some("builtin") => CollationProvider::Builtin,
        Some(other) => {
            return Err(Failure::refused("42P17", format!("unrecognized collation provider: {other}")));
        }
    };
    let deterministic = element(elements, &["deterministic"]).is_none_or(DefinitionElement::is_true);
    let locale = text("locale");
    let mut collation = Collation {
        name,
        provider,
        deterministic,
        lc_collate: None,
        lc_ctype: None,
        locale: None,
        rules: text("rules"),
    };
    match provider {
        CollationProvider::Libc => {
            collation.lc_collate = text("lc_collate").or_else(|| locale.clone());
            collation.lc_ctype = text("lc_ctype").or(locale);
            if collation.lc_collate.is_none() || collation.lc_ctype.is_none() {
                return Err(Failure::refused("42P17", "parameter \"lc_collate\" or \"lc_ctype\" is missing"));
            }
        }
        CollationProvider::Icu | CollationProvider::Builtin => {
            // Until 14 the two names were kept apart for ICU too, and had to be alike to be of use.
            let locale = locale.or_else(|| text("lc_collate"));
            let Some(locale) = locale else {
                return Err(Failure::refused("42P17", "parameter \"locale\" must be specified"));
            };
            collation.locale = Some(if provider == CollationProvider::Icu {
                trueup_catalog::icu_locale(&locale, interp.major())
            } else if interp.major() >= 17 && locale.eq_ignore_ascii_case("c.utf8") {
                // `builtin_validate_locale` in pg_locale.c.
                "C.UTF-8".to_owned()
            } else {
                locale
            });
        }
    }
    Ok(collation)
}

/// One of `pg_catalog`: `C` and `POSIX`, ICU's by their suffix, else the operating system's by its name
/// (`pg_import_system_collations` in `collationcmds.c`).
fn builtin(interp: &Interpreter<'_>, name: trueup_catalog::QualifiedName, source: &str) -> Collation {
    let plain = |provider, lc: Option<String>, locale: Option<String>| Collation {
        name: name.clone(),
        provider,
        deterministic: true,
        lc_collate: lc.clone(),
        lc_ctype: lc,
        locale,
        rules: None,
    };
    if let Some(tag) = source.strip_suffix("-x-icu") {
        return plain(CollationProvider::Icu, None, Some(tag.to_owned()));
    }
    if interp.major() >= 17 && matches!(source, "ucs_basic" | "pg_c_utf8" | "pg_unicode_fast") {
        let locale = match source {
            "ucs_basic" => "C",
            "pg_c_utf8" => "C.UTF-8",
            _ => "PG_UNICODE_FAST",
        };
        return plain(CollationProvider::Builtin, None, Some(locale.to_owned()));
    }
    let lc = if source == "ucs_basic" { "C" } else { source };
    plain(CollationProvider::Libc, Some(lc.to_owned()), None)
}

/// After `CREATE [DEFAULT] CONVERSION name`.
pub(crate) fn create_conversion(
    interp: &mut Interpreter<'_>,
    c: &mut Cursor<'_>,
    written: &WrittenName,
    is_default: bool,
) -> Outcome {
    let name = interp.new_name(written)?;
    c.expect("for")?;
    let from = encoding(&c.string_literal()?)?;
    c.expect("to")?;
    let to = encoding(&c.string_literal()?)?;
    c.expect("from")?;
    let function = c.qualified_name()?;
    let key = ObjectKey::in_schema(ObjectKind::Conversion, name.clone());
    if interp.store.get(&key).is_some() {
        return Err(Failure::duplicate("42710", format!("conversion {name} already exists")));
    }
    let conversion = Conversion { name, from, to, function: interp.function_name(&function), is_default };
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(conversion) });
    Ok(())
}

/// Encodings as `pg_encoding_to_char` prints them.
const ENCODINGS: &[&str] = &[
    "SQL_ASCII",
    "EUC_JP",
    "EUC_CN",
    "EUC_KR",
    "EUC_TW",
    "EUC_JIS_2004",
    "UTF8",
    "MULE_INTERNAL",
    "LATIN1",
    "LATIN2",
    "LATIN3",
    "LATIN4",
    "LATIN5",
    "LATIN6",
    "LATIN7",
    "LATIN8",
    "LATIN9",
    "LATIN10",
    "WIN1256",
    "WIN1258",
    "WIN866",
    "WIN874",
    "KOI8R",
    "WIN1251",
    "WIN1252",
    "ISO_8859_5",
    "ISO_8859_6",
    "ISO_8859_7",
    "ISO_8859_8",
    "WIN1250",
    "WIN1253",
    "WIN1254",
    "WIN1255",
    "WIN1257",
    "KOI8U",
    "SJIS",
    "BIG5",
    "GBK",
    "UHC",
    "GB18030",
    "JOHAB",
    "SHIFT_JIS_2004",
];

/// Other names of encodings (`pg_encname_tbl` in `encnames.c`), cleaned as `clean_encoding_name` does.
const ALIASES: &[(&str, &str)] = &[
    ("abc", "WIN1258"),
    ("alt", "WIN866"),
    ("iso88591", "LATIN1"),
    ("iso885910", "LATIN6"),
    ("iso885913", "LATIN7"),
    ("iso885914", "LATIN8"),
    ("iso885915", "LATIN9"),
    ("iso885916", "LATIN10"),
    ("iso88592", "LATIN2"),
    ("iso88593", "LATIN3"),
    ("iso88594", "LATIN4"),
    ("iso88599", "LATIN5"),
    ("koi8", "KOI8R"),
    ("mskanji", "SJIS"),
    ("shiftjis", "SJIS"),
    ("tcvn", "WIN1258"),
    ("tcvn5712", "WIN1258"),
    ("unicode", "UTF8"),
    ("vscii", "WIN1258"),
    ("win", "WIN1251"),
    ("win932", "SJIS"),
    ("win936", "GBK"),
    ("win949", "UHC"),
    ("win950", "BIG5"),
    ("windows1250", "WIN1250"),
    ("windows1251", "WIN1251"),
    ("windows1252", "WIN1252"),
    ("windows1253", "WIN1253"),
    ("windows1254", "WIN1254"),
    ("windows1255", "WIN1255"),
    ("windows1256", "WIN1256"),
    ("windows1257", "WIN1257"),
    ("windows1258", "WIN1258"),
    ("windows866", "WIN866"),
    ("windows874", "WIN874"),
    ("windows932", "SJIS"),
    ("windows936", "GBK"),
    ("windows949", "UHC"),
    ("windows950", "BIG5"),
];

fn encoding(written: &str) -> Outcome<String> {
    let clean = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let wanted = clean(written);
    ENCODINGS
        .iter()
        .find(|name| clean(name) == wanted)
        .or_else(|| ALIASES.iter().find(|(alias, _)| *alias == wanted).map(|(_, name)| name))
        .map(|name| (*name).to_owned())
        .ok_or_else(|| Failure::undefined("42704", format!("encoding \"{written}\" does not exist")))
}

#[cfg(test)]
mod tests {
    use super::encoding;
    use crate::testing::*;
    use trueup_catalog::*;

    fn collation(catalog: &Catalog, name: &str) -> Collation {
        let key = ObjectKey::in_schema(ObjectKind::Collation, QualifiedName::new("public", name));
        Collation::of(&catalog.get(&key).unwrap().object).unwrap().clone()
    }

    #[test]
    fn collations_are_defined_or_copied() {
        let catalog = read(
            "CREATE COLLATION a (locale = 'de_DE.utf8');
             CREATE COLLATION b (provider = icu, locale = 'de', deterministic = false);
             CREATE COLLATION c FROM b; CREATE COLLATION d FROM \"C\"; CREATE COLLATION IF NOT EXISTS d FROM \"POSIX\";
             CREATE COLLATION e FROM \"en-US-x-icu\";",
        );
        assert_eq!(collation(&catalog, "a").lc_ctype.as_deref(), Some("de_DE.utf8"));
        assert!(!collation(&catalog, "c").deterministic);
        assert_eq!(collation(&catalog, "d").lc_collate.as_deref(), Some("C"));
        assert_eq!(collation(&catalog, "e").locale.as_deref(), Some("en-US"));
    }

    #[test]
    fn encodings_have_one_name() {
        let name = |text: &str| encoding(text).ok();
        assert_eq!(name("utf-8").as_deref(), Some("UTF8"));
        assert_eq!(name("Unicode").as_deref(), Some("UTF8"));
        assert_eq!(name("iso-8859-1").as_deref(), Some("LATIN1"));
        assert_eq!(name("koi9"), None);
    }
}
