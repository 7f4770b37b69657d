//! Columns and constraints of SQLAlchemy, as its PostgreSQL dialect writes them (`sqlalchemy/sql/compiler.py`, `DDLCompiler`;
//! `sqlalchemy/dialects/postgresql/base.py`, `PGDDLCompiler`).

use super::alembic::{Project, Told};
use super::alembic_types::{self as types, Enum, Type};
use super::code::{Call, Callee, Node, Value};
use super::sql;

/// A table that is made, or changed.
pub(super) struct Owner<'a> {
    pub schema: Option<&'a str>,
    pub table: &'a str,
}

impl Owner<'_> {
    pub fn qualified(&self) -> String {
        sql::qualified(self.schema, self.table)
    }
}

/// A column.
pub(super) struct Column {
    pub name: String,
    pub type_: Type,
    /// `GENERATED …`, `DEFAULT …`.
    pub default: String,
    pub nullable: bool,
    pub key: bool,
    counts: Option<bool>,
    has_default: bool,
    pub unique: bool,
    pub index: bool,
    pub comment: Option<String>,
    /// Constraints that were given with it.
    pub constraints: Vec<Constraint>,
}

/// A constraint as it stands in a table.
pub(super) struct Constraint {
    pub sql: String,
    /// The columns of a primary key; none for another.
    pub key: Vec<String>,
    /// The columns of a foreign key.
    pub refers: Vec<String>,
}

/// An argument that may be left out or `None`.
pub(super) fn optional_text(call: &Call, name: &str) -> Told<Option<String>> {
    match call.named(name).map(|node| &node.value) {
        None | Some(Value::None) => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("{name} is no literal")),
    }
}

pub(super) fn optional_truth(call: &Call, name: &str) -> Told<Option<bool>> {
    match call.named(name).map(|node| &node.value) {
        None | Some(Value::None) => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(*truth)),
        Some(_) => Err(format!("{name} is no literal")),
    }
}

/// A name: a text, or `op.f('…')`, which says that it is final.
pub(super) fn final_name(node: &Node) -> Told<Option<String>> {
    match &node.value {
        Value::None => Ok(None),
        Value::Text(text) => Ok(Some(text.clone())),
        Value::Call(call) if call.last() == "f" => {
            let inner = call.arguments.first().and_then(Node::text);
            inner.map(|text| Some(text.to_owned())).ok_or_else(|| "a name is no literal".to_owned())
        }
        _ => Err(format!("a name is {}", node.word())),
    }
}

/// SQL of a text: `sa.text('…')`, or a plain string where SQLAlchemy takes one for SQL.
pub(super) fn text_sql(node: &Node) -> Told<String> {
    match &node.value {
        Value::Text(text) => Ok(text.clone()),
        Value::Call(call) => match (&call.of, call.arguments.as_slice()) {
            (Callee::Name(name), [one]) if name.starts_with("sqlalchemy") && call.named.is_empty() => {
                let text = one.text().ok_or_else(|| format!("the SQL is {}", one.word()))?;
                match call.last() {
                    "text" => unbound(text),
                    "literal_column" => Ok(text.to_owned()),
                    _ => Err(format!("the SQL is {}", node.word())),
                }
            }
            _ => Err(format!("the SQL is {}", node.word())),
        },
        _ => Err(format!("the SQL is {}", node.word())),
    }
}

/// `sa.text` takes `:name` for a value to come, unless a colon or a backslash stands before it
/// (`sqlalchemy/sql/elements.py`, `TextClause._bind_params_regex`: `(?<![:\w\x5c]):(\w+)(?!:)`).
fn unbound(text: &str) -> Told<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let characters: Vec<char> = text.chars().collect();
    for (at, c) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| characters.get(before)).copied();
        let free = !before.is_some_and(|before| word(before) || before == ':' || before == '\\');
        let rest = characters.get(at + 1..).unwrap_or_default();
        let length = rest.iter().take_while(|c| word(**c)).count();
        // The word may be matched in part, where a colon follows all of it.
        let matched = length > 1 || length == 1 && rest.get(1) != Some(&':');
        if *c == ':' && free && matched {
            return Err("the SQL has a value that is given when it runs".to_owned());
        }
    }
    Ok(text.replace("\\:", ":"))
}

/// A default of the server: a string is a literal, `sa.text` is SQL, `sa.func.now()` a call.
pub(super) fn server_default(node: &Node) -> Told<String> {
    match &node.value {
        Value::Text(text) => Ok(sql::literal(text)),
        Value::Call(call) => match &call.of {
            Callee::Name(name) if name.starts_with("sqlalchemy") => {
                if let Some((_, function)) = name.rsplit_once("func.") {
                    return function_call(function, call);
                }
                match (call.last(), call.arguments.is_empty()) {
                    ("true", true) => Ok("true".to_owned()),
                    ("false", true) => Ok("false".to_owned()),
                    ("null", true) => Ok("NULL".to_owned()),
                    _ => text_sql(node),
                }
            }
            _ => Err(format!("a default is {}", node.word())),
        },
        _ => Err(format!("a default is {}", node.word())),
    }
}

/// `sa.func.x(…)` with literals. Some have no brackets (`sqlalchemy/sql/compiler.py`, `FUNCTIONS`).
fn function_call(function: &str, call: &Call) -> Told<String> {
    const BARE: &[&str] = &[
        "current_date",
        "current_time",
        "current_timestamp",
        "current_user",
        "localtime",
        "localtimestamp",
        "session_user",
        "user",
    ];
    if call.arguments.is_empty() && BARE.contains(&function.to_ascii_lowercase().as_str()) {
        return Ok(function.to_ascii_uppercase());
    }
    let arguments: Told<Vec<String>> = call
        .arguments
        .iter()
        .map(|node| match &node.value {
            Value::Text(text) => Ok(sql::literal(text)),
            Value::Int(digits) => Ok(digits.clone()),
            _ => Err(format!("an argument of {function} is {}", node.word())),
        })
        .collect();
    Ok(format!("{function}({})", arguments?.join(", ")))
}

/// `sa.Identity(…)`, in the words of PostgreSQL.
fn identity(call: &Call) -> Told<String> {
    let always = call.argument(0, "always").map_or(Some(false), Node::truth).ok_or("always is no literal")?;
    let mut options = Vec::new();
    for (at, (name, word)) in [
        ("start", "START WITH"),
        ("increment", "INCREMENT BY"),
        ("minvalue", "MINVALUE"),
        ("maxvalue", "MAXVALUE"),
        ("cache", "CACHE"),
    ]
    .into_iter()
    .enumerate()
    {
        let place = if name == "start" || name == "increment" { at + 2 } else { usize::MAX };
        match call.argument(place, name).map(|node| &node.value) {
            None | Some(Value::None) => {}
            Some(Value::Int(digits)) => options.push(format!("{word} {digits}")),
            Some(_) => return Err(format!("{name} of an identity is no literal")),
        }
    }
    if call.named("on_null").is_some() {
        return Err("on_null of an identity is not PostgreSQL's".to_owned());
    }
    if optional_truth(call, "cycle")? == Some(true) {
        options.push("CYCLE".to_owned());
    }
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
    Ok(format!("GENERATED {} AS IDENTITY{options}", if always { "ALWAYS" } else { "BY DEFAULT" }))
}

const COLUMN: &[&str] = &[
    "name",
    "type_",
    "nullable",
    "server_default",
    "primary_key",
    "unique",
    "index",
    "autoincrement",
    "comment",
    "key",
    "default",
    "onupdate",
    "info",
    "doc",
    "quote",
    "system",
];

/// `sa.Column(…)`.
pub(super) fn column(call: &Call, project: &Project) -> Told<Column> {
    if call.spread {
        return Err("the arguments of a column are spread".to_owned());
    }
    if let Some((name, _)) = call.named.iter().find(|(name, _)| !COLUMN.contains(&name.as_str())) {
        return Err(format!("the argument {name} of a column is not known"));
    }
    let name = call.argument(0, "name").and_then(Node::text).ok_or("the name of a column is no literal")?;
    let mut rest = call.arguments.iter().skip(1);
    let mut column = Column {
        name: name.to_owned(),
        type_: Type::default(),
        default: String::new(),
        nullable: true,
        key: optional_truth(call, "primary_key")?.unwrap_or(false),
        counts: match call.named("autoincrement").map(|node| &node.value) {
            None | Some(Value::Text(_)) => None,
            Some(Value::Bool(truth)) => Some(*truth),
            Some(_) => return Err("autoincrement is no literal".to_owned()),
        },
        has_default: false,
        unique: optional_truth(call, "unique")?.unwrap_or(false),
        index: optional_truth(call, "index")?.unwrap_or(false),
        comment: optional_text(call, "comment")?,
        constraints: Vec::new(),
    };
    column.nullable = optional_truth(call, "nullable")?.unwrap_or(!column.key);
    let type_ = match call.named("type_") {
        Some(node) => node,
        None => rest.next().ok_or_else(|| format!("column {name} has no type"))?,
    };
    column.type_ = types::of(type_).map_err(|why| format!("column {name}: {why}"))?;
    for extra in rest {
        let Value::Call(inner) = &extra.value else {
            return Err(format!("column {name} has {}", extra.word()));
        };
        match inner.last() {
            "ForeignKey" => column.constraints.push(foreign_key(inner, project, Some(&column.name))?),
            "Identity" => {
                column.default = format!(" {}", identity(inner)?);
                column.has_default = true;
            }
            "Computed" => {
                let expression =
                    text_sql(inner.argument(0, "sqltext").ok_or("a computed column has no expression")?)?;
                if optional_truth(inner, "persisted")? == Some(false) {
                    return Err("a computed column is not stored".to_owned());
                }
                column.default = format!(" GENERATED ALWAYS AS ({expression}) STORED");
                column.has_default = true;
            }
            "CheckConstraint" => column.constraints.push(constraint(extra, project)?),
            other => return Err(format!("column {name} has {other}(…), which is not known")),
        }
    }
    if let Some(node) = call.named("server_default")
        && !matches!(node.value, Value::None)
    {
        column.has_default = true;
        column.default = match &node.value {
            Value::Call(inner) if inner.last() == "Identity" => format!(" {}", identity(inner)?),
            _ => format!(" DEFAULT {}", server_default(node)?),
        };
    }
    Ok(column)
}

impl Column {
    /// As it stands in a table. `counts`: whether it is the key that counts itself.
    pub fn sql(&self, counts: bool) -> String {
        let type_ = match (counts, self.type_.serial) {
            (true, Some(serial)) => serial,
            (_, Some(_) | None) => self.type_.sql.as_str(),
        };
        let not_null = if self.nullable { "" } else { " NOT NULL" };
        format!("{} {type_}{}{not_null}", sql::name(&self.name), self.default)
    }

    /// Whether a key of this column alone counts itself (`sqlalchemy/sql/schema.py`, `PrimaryKeyConstraint._autoincrement_column`).
    pub fn counts(&self, alone: bool, refers: bool) -> bool {
        let able = self.type_.serial.is_some() && !self.has_default;
        match self.counts {
            Some(wished) => wished && able,
            None => alone && able && !refers,
        }
    }
}

/// A name in front of a constraint. Without one the server makes it, unless the project has a convention that only its code tells.
fn named(name: Option<String>, project: &Project) -> Told<String> {
    match name {
        Some(name) => Ok(format!("CONSTRAINT {} ", sql::name(&name))),
        None if project.names_constraints => {
            Err("a constraint has no name, and the project names such ones by a convention of its code"
                .to_owned())
        }
        None => Ok(String::new()),
    }
}

fn name_of(call: &Call) -> Told<Option<String>> {
    call.named("name").map_or(Ok(None), final_name)
}

/// ` DEFERRABLE INITIALLY …`.
pub(super) fn deferred(call: &Call) -> Told<String> {
    let mut out = match optional_truth(call, "deferrable")? {
        None => String::new(),
        Some(true) => " DEFERRABLE".to_owned(),
        Some(false) => " NOT DEFERRABLE".to_owned(),
    };
    if let Some(when) = optional_text(call, "initially")? {
        out += &format!(" INITIALLY {}", action(&when)?);
    }
    Ok(out)
}

/// A word that goes into SQL as it is.
fn action(text: &str) -> Told<String> {
    if text.chars().all(|c| c.is_ascii_alphabetic() || c == ' ') {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(format!("`{text}` is no action of a constraint"))
    }
}

/// ` ON DELETE …`, in SQLAlchemy's order.
pub(super) fn actions(call: &Call) -> Told<String> {
    let mut out = String::new();
    for (name, word) in [("match", "MATCH"), ("ondelete", "ON DELETE"), ("onupdate", "ON UPDATE")] {
        if let Some(text) = optional_text(call, name)? {
            out += &format!(" {word} {}", action(&text)?);
        }
    }
    Ok(out + &deferred(call)?)
}

/// `orders.id`, `shop.orders.id` as the table and the column.
fn target(text: &str) -> Told<(String, String)> {
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        [table, column] => Ok((sql::name(table), (*column).to_owned())),
        [schema, table, column] => Ok((sql::qualified(Some(schema), table), (*column).to_owned())),
        _ => Err(format!("`{text}` names no column of a table")),
    }
}

/// `sa.ForeignKey('orders.id')` of a column, or `sa.ForeignKeyConstraint(['a'], ['orders.id'])`.
fn foreign_key(call: &Call, project: &Project, column: Option<&str>) -> Told<Constraint> {
    let (columns, targets) = match column {
        Some(column) => {
            let target = call
                .argument(0, "column")
                .and_then(Node::text)
                .ok_or("what a foreign key refers to is no literal")?;
            (vec![column.to_owned()], vec![target.to_owned()])
        }
        None => {
            let list = |at, name| call.argument(at, name).and_then(Node::texts);
            let columns = list(0, "columns").ok_or("the columns of a foreign key are no literals")?;
            (columns, list(1, "refcolumns").ok_or("what a foreign key refers to is no literal")?)
        }
    };
    let targets: Told<Vec<(String, String)>> = targets.iter().map(|text| target(text)).collect();
    let targets = targets?;
    let table = targets.first().map(|(table, _)| table.clone()).ok_or("a foreign key refers to nothing")?;
    let referred = sql::names(targets.iter().map(|(_, column)| column.as_str()));
    let sql = format!(
        "{}FOREIGN KEY ({}) REFERENCES {table} ({referred}){}",
        named(name_of(call)?, project)?,
        sql::names(columns.iter().map(String::as_str)),
        actions(call)?
    );
    Ok(Constraint { sql, key: Vec::new(), refers: columns })
}

/// A constraint of a table.
pub(super) fn constraint(node: &Node, project: &Project) -> Told<Constraint> {
    let Value::Call(call) = &node.value else { return Err(format!("a table has {}", node.word())) };
    if call.spread {
        return Err("the arguments of a constraint are spread".to_owned());
    }
    let columns = || -> Told<Vec<String>> {
        let all: Option<Vec<String>> =
            call.arguments.iter().map(|one| one.text().map(str::to_owned)).collect();
        all.ok_or_else(|| "the columns of a constraint are no literals".to_owned())
    };
    let simple = |sql: String| Constraint { sql, key: Vec::new(), refers: Vec::new() };
    match call.last() {
        "PrimaryKeyConstraint" => {
            let columns = columns()?;
            let name = named(name_of(call)?, project)?;
            let list = sql::names(columns.iter().map(String::as_str));
            Ok(Constraint {
                sql: format!("{name}PRIMARY KEY ({list}){}", deferred(call)?),
                key: columns,
                refers: Vec::new(),
            })
        }
        "UniqueConstraint" => {
            let columns = columns()?;
            let distinct = match optional_truth(call, "postgresql_nulls_not_distinct")? {
                Some(true) => "NULLS NOT DISTINCT ",
                Some(false) => "NULLS DISTINCT ",
                None => "",
            };
            let list = sql::names(columns.iter().map(String::as_str));
            Ok(simple(format!(
                "{}UNIQUE {distinct}({list}){}",
                named(name_of(call)?, project)?,
                deferred(call)?
            )))
        }
        "CheckConstraint" => {
            let check = text_sql(call.argument(0, "sqltext").ok_or("a check has no expression")?)?;
            Ok(simple(format!("{}CHECK ({check}){}", named(name_of(call)?, project)?, deferred(call)?)))
        }
        "ForeignKeyConstraint" => foreign_key(call, project, None),
        other => Err(format!("a table has {other}(…), which is not known")),
    }
}

/// The enumerations that are made before a table is: each once.
pub(super) fn enums<'a>(columns: impl Iterator<Item = &'a Column>) -> Vec<&'a Enum> {
    let mut out: Vec<&Enum> = Vec::new();
    for one in columns.flat_map(|column| &column.type_.enums).filter(|one| one.create) {
        if !out.iter().any(|known| known.qualified() == one.qualified()) {
            out.push(one);
        }
    }
    out
}
