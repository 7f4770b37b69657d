//! `CREATE COLLATION`.

use crate::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
            Attribute::new(
                "locale",
                Value::maybe(locale.as_deref(), |locale| Value::Text(self.plain_locale(locale))),
            ),
            Attribute::new("rules", text(rules.as_deref())),
        ]
    }
}

impl Collation {
    /// The locale in the one form that its spellings come to. How ICU writes a tag depends on its own version (`kn` or
    /// `kn-true`), whether PostgreSQL asks it for one on its own (from 16 on); to ICU they are one locale.
    fn plain_locale<'a>(&self, locale: &'a str) -> Cow<'a, str> {
        match self.provider {
            CollationProvider::Icu => language_tag(locale).map_or(Cow::Borrowed(locale), Cow::Owned),
            CollationProvider::Libc | CollationProvider::Builtin => Cow::Borrowed(locale),
        }
    }
}

/// An ICU locale as the server keeps it: from 16 on as a language tag (`icu_language_tag` in `pg_locale.c`, which asks
/// `uloc_toLanguageTag`), before as it was written.
///
/// Owns the usual forms: `de_DE`, `und-u-ks-level2`, `de@collation=phonebook`. What isn't known stays as it was written, as PostgreSQL
/// keeps what ICU refuses (`icu_validation_level`).
pub fn icu_locale(written: &str, major: u32) -> String {
    if major < 16 { written.to_owned() } else { language_tag(written).unwrap_or_else(|| written.to_owned()) }
}

fn language_tag(written: &str) -> Option<String> {
    let (base, keywords) = written.split_once('@').unwrap_or((written, ""));
    let mut parts = base.split(['-', '_']).filter(|part| !part.is_empty()).peekable();
    let mut tag: Vec<String> = Vec::new();
    let mut subtags = Vec::new();
    while let Some(part) = parts.next_if(|part| part.len() > 1) {
        let lower = part.to_ascii_lowercase();
        tag.push(match (tag.len(), part.len()) {
            (0, _) => current_language(&lower).to_owned(),
            (_, 4) if part.chars().all(|c| c.is_ascii_alphabetic()) => {
                let (first, rest) = lower.split_at(1);
                first.to_ascii_uppercase() + rest
            }
            (_, 2) => current_region(&part.to_ascii_uppercase()).to_owned(),
            // The only variant that ICU knows as a keyword.
            _ if lower == "posix" => {
                subtags.push("va-posix".to_owned());
                continue;
            }
            _ => lower,
        });
    }
    match parts.next() {
        None => {}
        Some("u" | "U") => {
            // A key has two letters, what follows up to the next one is its type (UTS 35, 3.6).
            let first = parts.peek()?;
            if first.len() != 2 {
                return None;
            }
            while let Some(key) = parts.next() {
                let mut value = Vec::new();
                while let Some(part) = parts.next_if(|part| part.len() != 2) {
                    if part.len() == 1 {
                        return None;
                    }
                    value.push(part.to_ascii_lowercase());
                }
                subtags.push(extension(&key.to_ascii_lowercase(), &value.join("-"))?);
            }
        }
        Some(_) => return None,
    }
    if tag.is_empty() || tag.concat() == "root" {
        tag = vec!["und".to_owned()];
    }
    for keyword in keywords.split(';').filter(|k| !k.trim().is_empty()) {
        let (name, value) = keyword.split_once('=')?;
        subtags.push(subtag(&name.trim().to_ascii_lowercase(), &value.trim().to_ascii_lowercase())?);
    }
    subtags.sort();
    if !subtags.is_empty() {
        tag.push("u".to_owned());
        tag.extend(subtags);
    }
    Some(tag.join("-"))
}

/// A language by its present code (`DEPRECATEDLANGS` in ICU's `uloc_tag.cpp`).
fn current_language(code: &str) -> &str {
    match code {
        "in" => "id",
        "iw" => "he",
        "ji" => "yi",
        "jw" => "jv",
        other => other,
    }
}

/// Likewise a region (`DEPRECATEDREGIONS`).
fn current_region(code: &str) -> &str {
    match code {
        "BU" => "MM",
        "DD" => "DE",
        "FX" => "FR",
        "TP" => "TL",
        "YD" => "YE",
        "ZR" => "CD",
        other => other,
    }
}

/// A key of the Unicode extension with its type, in the form of a language tag: `true` goes without saying, as newer versions of ICU write it. `None` for types that
/// ICU may have another name for.
fn extension(key: &str, value: &str) -> Option<String> {
    let known: &[&str] = match key {
        "co" => &[
            "big5han", "compat", "dict", "ducet", "emoji", "eor", "gb2312", "phonebk", "pinyin", "reformed",
            "search", "searchjl", "standard", "stroke", "trad", "unihan", "zhuyin",
        ],
        "ks" => &["level1", "level2", "level3", "level4", "identic"],
        "ka" => &["noignore", "shifted"],
        "kf" => &["upper", "lower", "false"],
        "kb" | "kc" | "kk" | "kn" => &["", "true", "false"],
        "kv" => &["space", "punct", "symbol", "currency"],
        "va" => &["posix"],
        _ => return None,
    };
    if !known.contains(&value) {
        return None;
    }
    Some(if value.is_empty() || value == "true" { key.to_owned() } else { format!("{key}-{value}") })
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
        assert_eq!(icu_locale("und-u-ks-level2-kn-true", 16), "und-u-kn-ks-level2");
        assert_eq!(icu_locale("de-u-kb-false-co-phonebk", 17), "de-u-co-phonebk-kb-false");
        assert_eq!(icu_locale("en_US_POSIX", 16), "en-US-u-va-posix");
        assert_eq!(icu_locale("iw_IL", 16), "he-IL");
        assert_eq!(icu_locale("", 16), "und");
        assert_eq!(icu_locale("en-u-zz-what", 16), "en-u-zz-what");
        assert_eq!(icu_locale("en-x-mine", 16), "en-x-mine");
    }
}
