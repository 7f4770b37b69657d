//! SQLAlchemy's types as its PostgreSQL dialect writes them (`sqlalchemy/dialects/postgresql/base.py`, `PGTypeCompiler`, over
//! `sqlalchemy/sql/compiler.py`, `GenericTypeCompiler`).

use super::alembic::Told;
use super::code::{Call, Callee, Node, Value};
use super::sql;

/// A type, and the enumerations that are made for it when a table is.
#[derive(Clone, Debug, Default)]
pub(super) struct Type {
    pub sql: String,
    pub enums: Vec<Enum>,
    /// Which serial stands for it as a key that counts itself: `BIGSERIAL`.
    pub serial: Option<&'static str>,
}

/// An enumeration.
#[derive(Clone, Debug)]
pub(super) struct Enum {
    pub name: String,
    pub schema: Option<String>,
    pub labels: Vec<String>,
    /// Whether making a table makes it.
    pub create: bool,
}

impl Enum {
    pub fn qualified(&self) -> String {
        sql::qualified(self.schema.as_deref(), &self.name)
    }

    pub fn create(&self) -> String {
        let labels: Vec<String> = self.labels.iter().map(|label| sql::literal(label)).collect();
        format!("CREATE TYPE {} AS ENUM ({});", self.qualified(), labels.join(", "))
    }
}

fn plain(sql: impl Into<String>) -> Type {
    Type { sql: sql.into(), ..Type::default() }
}

/// The type that a value stands for.
pub(super) fn of(node: &Node) -> Told<Type> {
    let nothing = Call { of: Callee::Other, arguments: Vec::new(), named: Vec::new(), spread: false };
    match &node.value {
        // `sa.Integer` without a call.
        Value::Name(name) => named(name, &nothing, node),
        Value::Call(call) if call.spread => Err("a type's arguments are spread".to_owned()),
        Value::Call(call) => match &call.of {
            Callee::Name(name) => named(name, call, node),
            Callee::Method(base, method) if method == "with_variant" => {
                let variant = call.arguments.iter().skip(1).any(|one| one.text() == Some("postgresql"));
                match call.arguments.first() {
                    Some(type_) if variant => of(type_),
                    _ => of(base),
                }
            }
            Callee::Method(..) | Callee::Other => Err(unknown(node)),
        },
        _ => Err(unknown(node)),
    }
}

fn unknown(node: &Node) -> String {
    format!("the type is {}, which is not known", node.word())
}

fn number(call: &Call, at: usize, name: &str) -> Told<Option<String>> {
    match call.argument(at, name).map(|node| &node.value) {
        None | Some(Value::None) => Ok(None),
        Some(Value::Int(digits)) => Ok(Some(digits.clone())),
        Some(_) => Err(format!("{name} of a type is no literal")),
    }
}

fn truth(call: &Call, at: usize, name: &str, otherwise: bool) -> Told<bool> {
    match call.argument(at, name) {
        None => Ok(otherwise),
        Some(node) => node.truth().ok_or_else(|| format!("{name} of a type is no literal")),
    }
}

fn named(name: &str, call: &Call, node: &Node) -> Told<Type> {
    let (module, last) = name.rsplit_once('.').unwrap_or(("", name));
    let known = module.starts_with("sqlalchemy") || module == "sqlmodel.sql.sqltypes" || module == "citext";
    if !known {
        return Err(unknown(node));
    }
    let lengthy = |word: &str| -> Told<Type> {
        let length = number(call, 0, "length")?.map(|length| format!("({length})")).unwrap_or_default();
        let collation = match call.argument(1, "collation") {
            None => String::new(),
            Some(node) => match &node.value {
                Value::None => String::new(),
                Value::Text(text) => format!(" COLLATE {}", sql::name(text)),
                _ => return Err("the collation of a type is no literal".to_owned()),
            },
        };
        Ok(plain(format!("{word}{length}{collation}")))
    };
    let zoned = |word: &str| -> Told<Type> {
        let zone = if truth(call, 0, "timezone", false)? { "WITH" } else { "WITHOUT" };
        let precision = number(call, 1, "precision")?.map(|digits| format!("({digits})")).unwrap_or_default();
        Ok(plain(format!("{word}{precision} {zone} TIME ZONE")))
    };
    let serial = |sql: &str, serial| Type { sql: sql.to_owned(), serial: Some(serial), enums: Vec::new() };
    Ok(match last {
        "Integer" | "INTEGER" | "INT" => serial("INTEGER", "SERIAL"),
        "BigInteger" | "BIGINT" => serial("BIGINT", "BIGSERIAL"),
        "SmallInteger" | "SMALLINT" => serial("SMALLINT", "SMALLSERIAL"),
        "String" | "VARCHAR" | "Unicode" | "AutoString" => lengthy("VARCHAR")?,
        "CHAR" => lengthy("CHAR")?,
        "Text" | "TEXT" | "UnicodeText" => lengthy("TEXT")?,
        "CITEXT" | "CIText" => plain("CITEXT"),
        "Numeric" | "NUMERIC" | "DECIMAL" => match (number(call, 0, "precision")?, number(call, 1, "scale")?)
        {
            (None, _) => plain("NUMERIC"),
            (Some(precision), None) => plain(format!("NUMERIC({precision})")),
            (Some(precision), Some(scale)) => plain(format!("NUMERIC({precision}, {scale})")),
        },
        "Float" | "FLOAT" => match number(call, 0, "precision")? {
            None => plain("FLOAT"),
            Some(precision) => plain(format!("FLOAT({precision})")),
        },
        "Double" | "DOUBLE" | "DOUBLE_PRECISION" => plain("DOUBLE PRECISION"),
        "REAL" => plain("REAL"),
        "Boolean" | "BOOLEAN" => plain("BOOLEAN"),
        "Date" | "DATE" => plain("DATE"),
        "DateTime" | "TIMESTAMP" | "DATETIME" => zoned("TIMESTAMP")?,
        "Time" | "TIME" => zoned("TIME")?,
        "Interval" if call.arguments.is_empty() && call.named.is_empty() => plain("INTERVAL"),
        "INTERVAL" => {
            let fields = match call.named("fields").map(|node| &node.value) {
                None | Some(Value::None) => String::new(),
                Some(Value::Text(text)) => format!(" {text}"),
                Some(_) => return Err("fields of a type is no literal".to_owned()),
            };
            let precision =
                number(call, 0, "precision")?.map(|digits| format!(" ({digits})")).unwrap_or_default();
            plain(format!("INTERVAL{fields}{precision}"))
        }
        "LargeBinary" | "BYTEA" | "PickleType" => plain("BYTEA"),
        "JSON" => plain("JSON"),
        "JSONB" => plain("JSONB"),
        "JSONPATH" => plain("JSONPATH"),
        "UUID" | "Uuid" => {
            if truth(call, usize::MAX, "native_uuid", true)? {
                plain("UUID")
            } else {
                plain("CHAR(32)")
            }
        }
        "ARRAY" => {
            let item = call.argument(0, "item_type").ok_or("an array names no type")?;
            let item = of(item)?;
            let dimensions =
                number(call, usize::MAX, "dimensions")?.and_then(|text| text.parse().ok()).unwrap_or(1);
            Type { sql: format!("{}{}", item.sql, "[]".repeat(dimensions)), enums: item.enums, serial: None }
        }
        "BIT" => {
            let varying = if truth(call, 1, "varying", false)? { " VARYING" } else { "" };
            let length = number(call, 0, "length")?;
            match (varying.is_empty(), length) {
                // A plain BIT is of one bit.
                (true, length) => plain(format!("BIT({})", length.unwrap_or_else(|| "1".to_owned()))),
                (false, None) => plain("BIT VARYING"),
                (false, Some(length)) => plain(format!("BIT VARYING({length})")),
            }
        }
        "INET" | "CIDR" | "MACADDR" | "MACADDR8" | "MONEY" | "OID" | "REGCLASS" | "REGCONFIG"
        | "TSVECTOR" | "TSQUERY" | "HSTORE" | "INT4RANGE" | "INT8RANGE" | "NUMRANGE" | "DATERANGE"
        | "TSRANGE" | "TSTZRANGE" | "INT4MULTIRANGE" | "INT8MULTIRANGE" | "NUMMULTIRANGE"
        | "DATEMULTIRANGE" | "TSMULTIRANGE" | "TSTZMULTIRANGE" => plain(last),
        "Enum" | "ENUM" => enumeration(call)?,
        _ => return Err(unknown(node)),
    })
}

/// `sa.Enum('a', 'b', name='x')`.
fn enumeration(call: &Call) -> Told<Type> {
    let labels: Option<Vec<String>> =
        call.arguments.iter().map(|node| node.text().map(str::to_owned)).collect();
    let labels =
        labels.filter(|labels| !labels.is_empty()).ok_or("the labels of an enumeration are no literals")?;
    let text = |name: &str| -> Told<Option<String>> {
        match call.named(name).map(|node| &node.value) {
            None | Some(Value::None) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("{name} of an enumeration is no literal")),
        }
    };
    if !truth(call, usize::MAX, "native_enum", true)? {
        if truth(call, usize::MAX, "create_constraint", false)? {
            return Err("an enumeration is a check, which is not read".to_owned());
        }
        let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        let length = number(call, usize::MAX, "length")?.unwrap_or_else(|| longest.to_string());
        return Ok(plain(format!("VARCHAR({length})")));
    }
    let one = Enum {
        name: text("name")?.ok_or("an enumeration has no name")?,
        schema: text("schema")?,
        labels,
        create: truth(call, usize::MAX, "create_type", true)?,
    };
    Ok(Type { sql: one.qualified(), enums: vec![one], serial: None })
}
