//! CREATE TYPE name (INPUT = …), shell types, and ALTER TYPE … SET (…).

use trueup_catalog::{
    Alignment, BaseType, BaseTypeDefinition, DataType, Entry, Name, ObjectKey, ObjectKind, QualifiedName,
    Storage,
};

use crate::apply::object::{element, function, type_of};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::types::{DefinitionElement, DefinitionValue};
use crate::interpreter::Interpreter;
use crate::names::is_system_schema;

pub(crate) fn key(name: &QualifiedName) -> ObjectKey {
    ObjectKey::in_schema(ObjectKind::BaseType, name.clone())
}

/// `CREATE TYPE name`.
pub(crate) fn shell(interp: &mut Interpreter<'_>, name: QualifiedName) {
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(BaseType { name, definition: None }) });
}

/// What `LIKE type` copies: length (0 is variable, -2 a C string), by value, alignment, storage (`pg_type.dat`).
type Form = (i16, bool, Alignment, Storage);

fn form_of(interp: &Interpreter<'_>, like: &DataType) -> Option<Form> {
    let qualified = like.qualified_name()?;
    let own = interp.store.get(&key(&qualified)).and_then(|e| BaseType::of(&e.object));
    if let Some(d) = own.and_then(|t| t.definition.as_ref()) {
        return Some((d.internal_length.unwrap_or(0), d.passed_by_value, d.alignment, d.storage));
    }
    if !is_system_schema(&qualified.schema) || like.array {
        return None;
    }
    Some(match qualified.name.as_str() {
        "bool" | "char" => (1, true, Alignment::Char, Storage::Plain),
        "int2" => (2, true, Alignment::Int2, Storage::Plain),
        "int4" | "float4" | "oid" | "date" | "xid" | "cid" | "regproc" | "regclass" | "regtype" => {
            (4, true, Alignment::Int4, Storage::Plain)
        }
        "int8" | "float8" | "money" | "time" | "timestamp" | "timestamptz" | "xid8" | "pg_lsn" => {
            (8, true, Alignment::Double, Storage::Plain)
        }
        "timetz" => (12, false, Alignment::Double, Storage::Plain),
        "interval" | "point" => (16, false, Alignment::Double, Storage::Plain),
        "uuid" => (16, false, Alignment::Char, Storage::Plain),
        "name" => (64, false, Alignment::Char, Storage::Plain),
        "macaddr" => (6, false, Alignment::Int4, Storage::Plain),
        "macaddr8" => (8, false, Alignment::Int4, Storage::Plain),
        "tid" => (6, false, Alignment::Int2, Storage::Plain),
        "lseg" | "box" => (32, false, Alignment::Double, Storage::Plain),
        "circle" | "line" => (24, false, Alignment::Double, Storage::Plain),
        "path" | "polygon" => (0, false, Alignment::Double, Storage::Extended),
        "numeric" | "inet" | "cidr" => (0, false, Alignment::Int4, Storage::Main),
        "text" | "bytea" | "varchar" | "bpchar" | "json" | "jsonb" | "xml" | "bit" | "varbit"
        | "tsvector" | "jsonpath" => (0, false, Alignment::Int4, Storage::Extended),
        "tsquery" => (0, false, Alignment::Int4, Storage::Plain),
        "cstring" => (-2, false, Alignment::Char, Storage::Plain),
        _ => return None,
    })
}

fn storage(word: &str) -> Outcome<Storage> {
    Ok(match word.to_ascii_lowercase().as_str() {
        "plain" => Storage::Plain,
        "external" => Storage::External,
        "extended" => Storage::Extended,
        "main" => Storage::Main,
        other => return Err(Failure::refused("22023", format!("storage \"{other}\" not recognized"))),
    })
}

fn alignment(element: &DefinitionElement) -> Outcome<Alignment> {
    // The words are names of types, so that the grammar reads `double` with or without `precision`.
    let word = element.text().unwrap_or_default().to_ascii_lowercase();
    Ok(match word.as_str() {
        "double" | "float8" => Alignment::Double,
        "int4" | "integer" => Alignment::Int4,
        "int2" | "smallint" => Alignment::Int2,
        "char" | "bpchar" => Alignment::Char,
        other => return Err(Failure::refused("22023", format!("alignment \"{other}\" not recognized"))),
    })
}

/// `DefineType` in `typecmds.c`.
pub(crate) fn create(
    interp: &mut Interpreter<'_>,
    name: QualifiedName,
    elements: &[DefinitionElement],
) -> Outcome {
    let of = |names: &[&str]| element(elements, names);
    let text = |names: &[&str]| of(names).and_then(DefinitionElement::text);
    let need = |word: &str| {
        function(interp, elements, &[word])
            .ok_or_else(|| Failure::refused("42P17", format!("type {word} function must be specified")))
    };
    let like = type_of(interp, of(&["like"]))?;
    let form = match &like {
        None => (0, false, Alignment::Int4, Storage::Plain),
        Some(like) => form_of(interp, like).ok_or_else(|| {
            Failure::not_understood(format!("how {like} is stored, which the type is LIKE, is not known"))
        })?,
    };
    let length = match of(&["internallength"]) {
        None => form.0,
        Some(e) => match &e.value {
            Some(DefinitionValue::Number(number)) => number.parse().unwrap_or(form.0),
            _ => 0,
        },
    };
    let by_value = of(&["passedbyvalue"]).map_or(form.1, DefinitionElement::is_true);
    let align = of(&["alignment"]).map(alignment).transpose()?.unwrap_or(form.2);
    let stored = text(&["storage"]).map(|word| storage(&word)).transpose()?.unwrap_or(form.3);
    let element_type = type_of(interp, of(&["element"]))?;
    let definition = BaseTypeDefinition {
        input: need("input")?,
        output: need("output")?,
        receive: function(interp, elements, &["receive"]),
        send: function(interp, elements, &["send"]),
        typmod_in: function(interp, elements, &["typmod_in"]),
        typmod_out: function(interp, elements, &["typmod_out"]),
        analyze: function(interp, elements, &["analyze", "analyse"]),
        subscript: function(interp, elements, &["subscript"])
            .filter(|f| !(element_type.is_some() && f.name == "raw_array_subscript_handler")),
        internal_length: Some(length).filter(|length| *length != 0),
        passed_by_value: by_value,
        alignment: align,
        storage: stored,
        category: text(&["category"]).and_then(|t| t.chars().next()).unwrap_or('U'),
        preferred: of(&["preferred"]).is_some_and(DefinitionElement::is_true),
        default: text(&["default"]),
        element: element_type,
        delimiter: text(&["delimiter"]).and_then(|t| t.chars().next()).unwrap_or(','),
        collatable: of(&["collatable"]).is_some_and(DefinitionElement::is_true),
    };
    let span = Some(interp.span(interp.place.statement.clone()));
    let old = interp.store.get(&key(&name)).cloned();
    let new = BaseType { name, definition: Some(definition) };
    let kept = old.unwrap_or_else(|| Entry::from(new.clone()));
    interp.store.put(Entry { span, object: new.into(), ..kept });
    Ok(())
}

/// `ALTER TYPE name SET (…)` (`AlterType` in `typecmds.c`).
pub(crate) fn alter(
    interp: &mut Interpreter<'_>,
    key: &ObjectKey,
    elements: &[DefinitionElement],
) -> Outcome {
    let mut changed = interp.store.get(key).and_then(|e| BaseType::of(&e.object)).cloned();
    let Some(definition) = changed.as_mut().and_then(|t| t.definition.as_mut()) else {
        return Err(Failure::refused("42809", format!("{key} is not a base type")));
    };
    for element in elements {
        let none = matches!(&element.value, Some(DefinitionValue::Word(word)) if *word == "none");
        let named = element.written_name().filter(|_| !none).map(|written| interp.function_name(&written));
        match element.name.as_str() {
            "storage" => definition.storage = storage(&element.text().unwrap_or_default())?,
            "receive" => definition.receive = named,
            "send" => definition.send = named,
            "typmod_in" => definition.typmod_in = named,
            "typmod_out" => definition.typmod_out = named,
            "analyze" => definition.analyze = named,
            "subscript" => definition.subscript = named,
            other => {
                return Err(Failure::refused("42601", format!("type attribute \"{other}\" not recognized")));
            }
        }
    }
    if let Some(new) = changed {
        interp.store.edit(key, |entry| entry.object = new.into());
    }
    Ok(())
}

/// `CREATE FUNCTION … RETURNS name` of a name that nothing has makes a shell type, where the language is C or internal
/// (`compute_return_type` in `functioncmds.c`).
pub(crate) fn shell_of_return_type(
    interp: &mut Interpreter<'_>,
    written: &DataType,
    language: Option<&Name>,
) -> Outcome {
    let low = language.is_some_and(|l| matches!(l.as_str(), "c" | "internal"));
    let known = interp.find_type(written.schema.as_ref(), &written.name).is_some();
    if !low || known || written.array || interp.has_extensions() {
        return Ok(());
    }
    let schema = match &written.schema {
        Some(schema) => schema.clone(),
        None => interp.creation_schema()?,
    };
    shell(interp, QualifiedName { schema, name: written.name.clone() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    const IO: &str = "CREATE FUNCTION i(cstring) RETURNS w LANGUAGE internal AS 'int4in';
        CREATE FUNCTION o(w) RETURNS cstring LANGUAGE internal AS 'int4out';";

    #[test]
    fn a_shell_becomes_a_type() {
        let catalog = read(&format!(
            "{IO} CREATE TYPE w (INPUT = i, OUTPUT = o, LIKE = int4, CATEGORY = 'N', PREFERRED, DEFAULT = '1');
             ALTER TYPE w SET (ANALYZE = ts_typanalyze); COMMENT ON TYPE w IS 'mine';"
        ));
        let (_, entry) = catalog.of_kind(ObjectKind::BaseType).next().unwrap();
        let definition = BaseType::of(&entry.object).unwrap().definition.clone().unwrap();
        assert_eq!((definition.internal_length, definition.passed_by_value), (Some(4), true));
        assert_eq!((definition.category, definition.preferred), ('N', true));
        assert_eq!(definition.analyze, Some(QualifiedName::new("pg_catalog", "ts_typanalyze")));
        assert_eq!(entry.comment.as_deref(), Some("mine"));
    }

    #[test]
    fn a_type_and_its_functions_go_together() {
        let sql = format!("{IO} CREATE TYPE w (INPUT = i, OUTPUT = o); CREATE TABLE t (a w);");
        assert_eq!(states(&format!("{sql} DROP TYPE w")), ["2BP01"]);
        let left = read(&format!("{sql} DROP TYPE w CASCADE"));
        assert_eq!(
            left.of_kind(ObjectKind::Function).count() + left.of_kind(ObjectKind::BaseType).count(),
            0
        );
    }
}
