//! `CREATE COLLATION`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A collation (`pg_collation`). Its version is a matter of the machine that it was made on and is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collation {
    /// Its name.
    pub name: QualifiedName,
    /// `PROVIDER`.
    pub provider: CollationProvider,
    /// `DETERMINISTIC`.
    pub deterministic: bool,
    /// `LC_COLLATE` (libc).
    pub lc_collate: Option<String>,
    /// `LC_CTYPE` (libc).
    pub lc_ctype: Option<String>,
    /// `LOCALE` (icu, builtin), as the server keeps it: from 16 on a language tag.
    pub locale: Option<String>,
    /// `RULES` (icu, 16 and later).
    pub rules: Option<String>,
}

/// Which library collates (`collprovider`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollationProvider {
    /// The C library.
    Libc,
    /// ICU.
    Icu,
    /// PostgreSQL's own (17 and later).
    Builtin,
}

impl CollationProvider {
    /// In SQL's word.
    pub fn word(self) -> &'static str {
        match self {
            CollationProvider::Libc => "libc",
            CollationProvider::Icu => "icu",
            CollationProvider::Builtin => "builtin",
        }
    }
}

impl SchemaObject for Collation {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::Collation, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Collation { name: _, provider, deterministic, lc_collate, lc_ctype, locale, rules } = self;
        let text = |text: Option<_>| Value::maybe(text, Value::word);
        vec![
            Attribute::new("provider", Value::word(provider.word())),
            Attribute::new("deterministic", Value::Flag(*deterministic)),
            Attribute::new("lc_collate", text(lc_collate.as_deref())),
            Attribute::new("lc_ctype", text(lc_ctype.as_deref())),
            Attribute::new("locale", text(locale.as_deref())),
            Attribute::new("rules", text(rules.as_deref())),
        ]
    }
}

/// An ICU locale as the server keeps it: from 16 on as a language tag (`icu_language_tag` in `pg_locale.c`), before as it was written.
///
/// Owns the usual forms: `de_DE`, `und-u-ks-level2`, `de@collation=phonebook`. A keyword that is not known stays as it was written.
pub fn icu_locale(written: &str, major: u32) -> String {
    if major < 16 {
        return written.to_owned();
    }
    let (base, keywords) = written.split_once('@').unwrap_or((written, ""));
    let mut tag = String::new();
    let mut extension = false;
    for (at, part) in base.split(['-', '_']).filter(|part| !part.is_empty()).enumerate() {
        extension |= part.len() == 1;
        let part = match (at, part.len()) {
            (0, _) => part.to_ascii_lowercase(),
            (_, 4) if !extension && part.chars().all(|c| c.is_ascii_alphabetic()) => {
                let (first, rest) = part.split_at(1);
                first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
            }
            (_, 2) if !extension => part.to_ascii_uppercase(),
            _ => part.to_ascii_lowercase(),
        };
        if !tag.is_empty() {
            tag.push('-');
        }
        tag += &part;
    }
    if tag.is_empty() || tag == "root" {
        "und".clone_into(&mut tag);
    }
    let mut subtags = Vec::new();
    for keyword in keywords.split(';').filter(|k| !k.trim().is_empty()) {
        let Some((name, value)) = keyword.split_once('=') else { return written.to_owned() };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_ascii_lowercase());
        match subtag(&name, &value) {
            Some(subtag) => subtags.push(subtag),
            None => return written.to_owned(),
        }
    }
    if !subtags.is_empty() {
        subtags.sort();
        tag += "-u-";
        tag += &subtags.join("-");
    }
    tag
}

/// A collation keyword of ICU's old form as a Unicode extension (CLDR, `key` and `type` of `bcp47/collation.xml`).
fn subtag(name: &str, value: &str) -> Option<String> {
    let flag = |key: &str| match value {
        "yes" | "true" => Some(key.to_owned()),
        "no" | "false" => Some(format!("{key}-false")),
        _ => None,
    };
    match name {
        "collation" => {
            let value = match value {
                "dictionary" => "dict",
                "gb2312han" => "gb2312",
                "phonebook" => "phonebk",
                "traditional" => "trad",
                other => other,
            };
            Some(format!("co-{value}"))
        }
        "colstrength" => {
            let level = match value {
                "primary" => "level1",
                "secondary" => "level2",
                "tertiary" => "level3",
                "quaternary" | "quarternary" => "level4",
                "identical" => "identic",
                _ => return None,
            };
            Some(format!("ks-{level}"))
        }
        "colalternate" => match value {
            "shifted" => Some("ka-shifted".to_owned()),
            "non-ignorable" => Some("ka-noignore".to_owned()),
            _ => None,
        },
        "colcasefirst" => match value {
            "upper" | "lower" => Some(format!("kf-{value}")),
            "no" | "false" => Some("kf-false".to_owned()),
            _ => None,
        },
        "colbackwards" => flag("kb"),
        "colcaselevel" => flag("kc"),
        "colnormalization" => flag("kk"),
        "colnumeric" => flag("kn"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::icu_locale;

    #[test]
    fn locales_become_language_tags_from_16_on() {
        assert_eq!(icu_locale("de_DE", 15), "de_DE");
        assert_eq!(icu_locale("de_DE", 16), "de-DE");
        assert_eq!(icu_locale("zh_hans_cn", 17), "zh-Hans-CN");
        assert_eq!(icu_locale("und-u-KS-level2", 16), "und-u-ks-level2");
        assert_eq!(icu_locale("de@collation=phonebook", 16), "de-u-co-phonebk");
        assert_eq!(icu_locale("@colStrength=secondary;colNumeric=yes", 16), "und-u-kn-ks-level2");
        assert_eq!(icu_locale("en@unknown=x", 16), "en@unknown=x");
    }
}
