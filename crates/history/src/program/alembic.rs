//! Alembic's operations as the statements that it sends (`alembic/operations/toimpl.py`, `alembic/ddl/impl.py`, `alembic/ddl/postgresql.py`).

use super::alembic_table::{
    Column, Constraint, Owner, actions, column, constraint, deferred, enums, final_name, optional_text,
    optional_truth, server_default, text_sql,
};
use super::alembic_types as types;
use super::code::{self, Act, Call, Callee, Node, Statement, Value};
use super::{Does, Piece, sql};
use std::collections::BTreeMap;
use trueup_project::Tree;

/// A result, or why it can't be told.
pub(super) type Told<T> = Result<T, String>;

/// What of a project's code bears on its migrations.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Project {
    /// Whether some code speaks of a convention by which constraints are named.
    pub names_constraints: bool,
}

impl Project {
    /// Of these files.
    pub fn of(tree: &Tree) -> Self {
        let mut python = tree.files().filter(|file| file.ends_with(".py") && !file.contains("/versions/"));
        Project { names_constraints: python.any(|file| tree.text(file).contains("naming_convention")) }
    }
}

/// What `upgrade` of a revision sends.
pub(crate) fn read(text: &str, project: Project) -> Vec<Piece> {
    let file = match code::parse(text) {
        Ok(file) => file,
        Err(why) => return vec![Piece { line: 1, column: 1, does: Does::Unknown(why) }],
    };
    let mut reader = Reader { project, known: BTreeMap::new(), out: Vec::new() };
    let mut upgrade = None;
    for statement in &file.statements {
        match &statement.does {
            Act::Assigns(name, value) => {
                let value = reader.resolved(value);
                reader.known.insert(name.clone(), value);
            }
            Act::Function(name, arguments, body) if name == "upgrade" => {
                upgrade = Some((statement.at, arguments, body))
            }
            Act::Nothing
            | Act::Evaluates(_)
            | Act::With(..)
            | Act::Function(..)
            | Act::Class(..)
            | Act::Other(_) => {}
        }
    }
    match upgrade {
        None => reader.out.push((0, Does::Unknown("it has no function `upgrade`".to_owned()))),
        Some((at, arguments, _)) if !arguments.is_empty() => {
            reader
                .out
                .push((at, Does::Unknown("`upgrade` has arguments, as for several databases".to_owned())));
        }
        Some((_, _, body)) => reader.block(body, None),
    }
    reader
        .out
        .into_iter()
        .map(|(at, does)| {
            let (line, column) = file.place(at);
            Piece { line, column, does }
        })
        .collect()
}

/// A table whose operations are batched.
#[derive(Clone)]
struct Batch {
    word: String,
    table: String,
    schema: Option<String>,
}

struct Reader {
    project: Project,
    /// What names stand for.
    known: BTreeMap<String, Node>,
    out: Vec<(usize, Does)>,
}

/// The arguments of an operation, with the table of a batch in front.
struct Operation<'a> {
    call: &'a Call,
    batch: Option<&'a Batch>,
}

impl Operation<'_> {
    /// An argument by the place that it has outside of a batch.
    fn argument(&self, at: usize, name: &str, table_at: usize) -> Option<&Node> {
        let at = match self.batch {
            Some(_) if at > table_at => at - 1,
            Some(_) | None => at,
        };
        self.call.argument(at, name)
    }

    fn text(&self, at: usize, name: &str, table_at: usize) -> Told<String> {
        let node = self.argument(at, name, table_at).ok_or_else(|| format!("{name} is missing"))?;
        final_name(node)?.ok_or_else(|| format!("{name} is None"))
    }

    fn table(&self, at: usize, name: &str) -> Told<String> {
        match self.batch {
            Some(batch) => Ok(batch.table.clone()),
            None => self.text(at, name, usize::MAX),
        }
    }

    fn schema(&self) -> Told<Option<String>> {
        match self.batch {
            Some(batch) => Ok(batch.schema.clone()),
            None => optional_text(self.call, "schema"),
        }
    }

    fn names(&self, at: usize, name: &str, table_at: usize) -> Told<Vec<String>> {
        let node = self.argument(at, name, table_at).ok_or_else(|| format!("{name} is missing"))?;
        node.texts().ok_or_else(|| format!("{name} is no list of literals"))
    }
}

impl Reader {
    fn block(&mut self, body: &[Statement], batch: Option<&Batch>) {
        for statement in body {
            let unknown = match &statement.does {
                Act::Nothing => None,
                Act::Evaluates(node) => {
                    let node = self.resolved(node);
                    match self.evaluated(&node, batch) {
                        Ok(sql) if sql.is_empty() => None,
                        Ok(sql) => {
                            self.out.push((place(&node), Does::Sends(sql)));
                            None
                        }
                        Err(why) => Some(why),
                    }
                }
                Act::Assigns(name, value) => {
                    let value = self.resolved(value);
                    let harmless = is_harmless(&value);
                    let word = value.word();
                    self.known.insert(name.clone(), value);
                    (!harmless).then(|| format!("`{name}` is {word}, and what that does is not known"))
                }
                Act::With(node, name, inner) => self.with(&self.resolved(node), name.as_deref(), inner),
                Act::Function(name, ..) => {
                    self.known
                        .insert(name.clone(), Node { at: statement.at, value: Value::Other("a function") });
                    None
                }
                Act::Class(..) => None,
                Act::Other(what) => Some(format!("{what} decides what runs")),
            };
            if let Some(why) = unknown {
                self.out.push((statement.at, Does::Unknown(why)));
            }
        }
    }

    fn with(&mut self, node: &Node, name: Option<&str>, body: &[Statement]) -> Option<String> {
        let Value::Call(call) = &node.value else { return Some(format!("a block with {}", node.word())) };
        match (call.last(), name) {
            ("autocommit_block", _) => {
                self.block(body, None);
                None
            }
            ("batch_alter_table", Some(word)) => {
                let table = call.argument(0, "table_name").and_then(Node::text);
                match (table, optional_text(call, "schema")) {
                    (Some(table), Ok(schema)) => {
                        let batch = Batch { word: word.to_owned(), table: table.to_owned(), schema };
                        self.block(body, Some(&batch));
                        None
                    }
                    (None, _) | (_, Err(_)) => Some("the table of a batch is no literal".to_owned()),
                }
            }
            (other, _) => Some(format!("a block with {other}(…), which is not known")),
        }
    }

    /// A value with names replaced by the literals that they stand for.
    fn resolved(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Name(name) => match self.known.get(name) {
                Some(known) => return Node { at: node.at, value: known.value.clone() },
                None => node.value.clone(),
            },
            Value::List(list) => Value::List(list.iter().map(|one| self.resolved(one)).collect()),
            Value::Map(map) => Value::Map(
                map.iter().map(|(key, value)| (self.resolved(key), self.resolved(value))).collect(),
            ),
            Value::Call(call) => {
                let of = match &call.of {
                    // `status.create(…)` of a name that stands for a type.
                    Callee::Name(name) => match name
                        .rsplit_once('.')
                        .and_then(|(first, method)| Some((self.known.get(first)?, method)))
                    {
                        Some((known, method)) => Callee::Method(known.clone(), method.to_owned()),
                        None => Callee::Name(name.clone()),
                    },
                    Callee::Method(node, method) => Callee::Method(self.resolved(node), method.clone()),
                    Callee::Other => Callee::Other,
                };
                Value::Call(Box::new(Call {
                    of,
                    arguments: call.arguments.iter().map(|one| self.resolved(one)).collect(),
                    named: call.named.iter().map(|(name, one)| (name.clone(), self.resolved(one))).collect(),
                    spread: call.spread,
                }))
            }
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Other(_) => node.value.clone(),
        };
        Node { at: node.at, value }
    }

    fn evaluated(&self, node: &Node, batch: Option<&Batch>) -> Told<String> {
        let Value::Call(call) = &node.value else {
            return match node.value {
                Value::Name(_) => Ok(String::new()),
                _ => Err(format!("{} is evaluated", node.word())),
            };
        };
        match &call.of {
            Callee::Name(name) if name == "print" => Ok(String::new()),
            Callee::Name(name) => {
                let (on, operation) = name.rsplit_once('.').unwrap_or(("", name));
                let batch = batch.filter(|batch| batch.word == on);
                if on != "alembic.op" && batch.is_none() {
                    return Err(format!("{name}(…) is no operation that is known"));
                }
                if call.spread {
                    return Err(format!("the arguments of {operation} are spread"));
                }
                self.operation(operation, &Operation { call, batch })
                    .map_err(|why| format!("{operation}: {why}"))
            }
            Callee::Method(of, method) if matches!(method.as_str(), "create" | "drop") => {
                let type_ = types::of(of)?;
                let [one] = type_.enums.as_slice() else {
                    return Err(format!("{} is evaluated", node.word()));
                };
                Ok(if method == "create" {
                    one.create()
                } else {
                    format!("DROP TYPE IF EXISTS {};", one.qualified())
                })
            }
            Callee::Method(..) | Callee::Other => Err(format!("{} is evaluated", node.word())),
        }
    }

    fn operation(&self, name: &str, op: &Operation<'_>) -> Told<String> {
        let call = op.call;
        match name {
            "f" | "get_bind" | "get_context" => Ok(String::new()),
            // Rows alone.
            "bulk_insert" => Ok(String::new()),
            "create_table" => self.create_table(op),
            "drop_table" => {
                let (table, schema) = (op.table(0, "table_name")?, op.schema()?);
                Ok(format!("DROP TABLE {}{};", if_exists(call)?, sql::qualified(schema.as_deref(), &table)))
            }
            "rename_table" => {
                let (old, new) = (op.table(0, "old_table_name")?, op.text(1, "new_table_name", usize::MAX)?);
                let schema = op.schema()?;
                Ok(format!(
                    "ALTER TABLE {} RENAME TO {};",
                    sql::qualified(schema.as_deref(), &old),
                    sql::name(&new)
                ))
            }
            "add_column" => self.add_column(op),
            "drop_column" => {
                let (table, column) = (op.table(0, "table_name")?, op.text(1, "column_name", 0)?);
                let schema = op.schema()?;
                only_known(call, &["schema", "if_exists", "table_name", "column_name"])?;
                Ok(format!(
                    "ALTER TABLE {} DROP COLUMN {}{};",
                    sql::qualified(schema.as_deref(), &table),
                    if_exists(call)?,
                    sql::name(&column)
                ))
            }
            "alter_column" => alter_column(op),
            "create_index" => create_index(op),
            "drop_index" => {
                let index = op.text(0, "index_name", usize::MAX)?;
                let concurrently = if optional_truth(call, "postgresql_concurrently")? == Some(true) {
                    "CONCURRENTLY "
                } else {
                    ""
                };
                let schema = op.schema()?;
                Ok(format!(
                    "DROP INDEX {concurrently}{}{};",
                    if_exists(call)?,
                    sql::qualified(schema.as_deref(), &index)
                ))
            }
            "create_unique_constraint" => {
                let columns = op.names(2, "columns", 1)?;
                let distinct = match optional_truth(call, "postgresql_nulls_not_distinct")? {
                    Some(true) => "NULLS NOT DISTINCT ",
                    Some(false) | None => "",
                };
                self.add_constraint(op, &format!("UNIQUE {distinct}({}){}", list(&columns), deferred(call)?))
            }
            "create_primary_key" => {
                let columns = op.names(2, "columns", 1)?;
                self.add_constraint(op, &format!("PRIMARY KEY ({})", list(&columns)))
            }
            "create_check_constraint" => {
                let check = op.argument(2, "condition", 1).ok_or("condition is missing")?;
                self.add_constraint(op, &format!("CHECK ({}){}", text_sql(check)?, deferred(call)?))
            }
            "create_foreign_key" => self.create_foreign_key(op),
            "drop_constraint" => {
                let (constraint, table) =
                    (op.text(0, "constraint_name", usize::MAX)?, op.table(1, "table_name")?);
                let schema = op.schema()?;
                Ok(format!(
                    "ALTER TABLE {} DROP CONSTRAINT {}{};",
                    sql::qualified(schema.as_deref(), &table),
                    if_exists(call)?,
                    sql::name(&constraint)
                ))
            }
            "create_table_comment" | "drop_table_comment" => {
                let (table, schema) = (op.table(0, "table_name")?, op.schema()?);
                let comment = match name {
                    "create_table_comment" => {
                        op.argument(1, "comment", 0).map(final_name).transpose()?.flatten()
                    }
                    _ => None,
                };
                Ok(comment_on("TABLE", &sql::qualified(schema.as_deref(), &table), comment.as_deref()))
            }
            "execute" => {
                let node = call.argument(0, "sqltext").ok_or("the SQL is missing")?;
                Ok(statement(text_sql(node)?))
            }
            _ => Err("no operation that is known".to_owned()),
        }
    }

    fn create_table(&self, op: &Operation<'_>) -> Told<String> {
        let call = op.call;
        only_known(
            call,
            &[
                "schema",
                "comment",
                "if_not_exists",
                "info",
                "keep_existing",
                "extend_existing",
                "postgresql_partition_by",
            ],
        )?;
        let table = op.table(0, "table_name")?;
        let schema = op.schema()?;
        let owner = Owner { schema: schema.as_deref(), table: &table };
        let (mut columns, mut constraints): (Vec<Column>, Vec<Constraint>) = (Vec::new(), Vec::new());
        for node in call.arguments.iter().skip(1) {
            match &node.value {
                Value::Call(inner) if inner.last() == "Column" => columns.push(column(inner, &self.project)?),
                Value::Call(inner) if inner.last() == "Index" => {
                    return Err("an index stands in the table".to_owned());
                }
                _ => constraints.push(constraint(node, &self.project)?),
            }
        }
        let of_columns: Vec<&str> =
            columns.iter().filter(|column| column.key).map(|column| column.name.as_str()).collect();
        if !of_columns.is_empty() && constraints.iter().all(|constraint| constraint.key.is_empty()) {
            let name = if self.project.names_constraints {
                return Err(
                    "the key has no name, and the project names such ones by a convention of its code"
                        .to_owned(),
                );
            } else {
                String::new()
            };
            let key = of_columns.iter().map(|name| (*name).to_owned()).collect();
            let sql = format!("{name}PRIMARY KEY ({})", sql::names(of_columns.iter().copied()));
            constraints.insert(0, Constraint { sql, key, refers: Vec::new() });
        }
        let key: Vec<String> =
            constraints.iter().find(|one| !one.key.is_empty()).map(|one| one.key.clone()).unwrap_or_default();
        let refers = |name: &String| {
            let all = constraints.iter().chain(columns.iter().flat_map(|column| &column.constraints));
            all.into_iter().any(|one| one.refers.contains(name))
        };
        let mut lines = Vec::new();
        for one in &columns {
            let in_key = key.contains(&one.name);
            let counts = in_key && one.counts(key.len() == 1, refers(&one.name));
            // A key's columns take no NULL, whatever is said of them.
            lines.push(one.sql(counts));
        }
        lines.extend(constraints.iter().map(|one| one.sql.clone()));
        lines.extend(columns.iter().flat_map(|column| &column.constraints).map(|one| one.sql.clone()));
        for one in columns.iter().filter(|column| column.unique && !column.index) {
            if self.project.names_constraints {
                return Err(
                    "a constraint has no name, and the project names such ones by a convention of its code"
                        .to_owned(),
                );
            }
            lines.push(format!("UNIQUE ({})", sql::name(&one.name)));
        }
        let mut out: Vec<String> = enums(columns.iter()).into_iter().map(types::Enum::create).collect();
        let partition = optional_text(call, "postgresql_partition_by")?
            .map(|by| format!(" PARTITION BY {by}"))
            .unwrap_or_default();
        let guard = if optional_truth(call, "if_not_exists")? == Some(true) { "IF NOT EXISTS " } else { "" };
        out.push(format!("CREATE TABLE {guard}{} ({}){partition};", owner.qualified(), lines.join(", ")));
        for one in columns.iter().filter(|column| column.index) {
            out.push(self.column_index(&owner, one)?);
        }
        if let Some(comment) = optional_text(call, "comment")? {
            out.push(comment_on("TABLE", &owner.qualified(), Some(&comment)));
        }
        out.extend(columns.iter().filter_map(|column| column_comment(&owner, column)));
        Ok(out.join(" "))
    }

    /// `index=True` of a column: `ix_` and the label of the column (`sqlalchemy/sql/naming.py`).
    fn column_index(&self, owner: &Owner<'_>, column: &Column) -> Told<String> {
        if self.project.names_constraints {
            return Err("an index has no name, and the project names such ones by a convention of its code"
                .to_owned());
        }
        let label: Vec<&str> = owner.schema.into_iter().chain([owner.table, column.name.as_str()]).collect();
        let unique = if column.unique { "UNIQUE " } else { "" };
        let name = short(&format!("ix_{}", label.join("_")))?;
        Ok(format!(
            "CREATE {unique}INDEX {} ON {} ({});",
            sql::name(&name),
            owner.qualified(),
            sql::name(&column.name)
        ))
    }

    fn add_column(&self, op: &Operation<'_>) -> Told<String> {
        only_known(
            op.call,
            &["schema", "if_not_exists", "table_name", "column", "insert_after", "insert_before"],
        )?;
        let table = op.table(0, "table_name")?;
        let schema = op.schema()?;
        let owner = Owner { schema: schema.as_deref(), table: &table };
        let node = op.argument(1, "column", 0).ok_or("the column is missing")?;
        let Value::Call(inner) = &node.value else { return Err(format!("the column is {}", node.word())) };
        if inner.last() != "Column" {
            return Err(format!("the column is {}", node.word()));
        }
        let one = column(inner, &self.project)?;
        if one.key {
            return Err("the column is a key, which Alembic adds no constraint for".to_owned());
        }
        let guard =
            if optional_truth(op.call, "if_not_exists")? == Some(true) { "IF NOT EXISTS " } else { "" };
        let table = owner.qualified();
        let mut out = vec![format!("ALTER TABLE {table} ADD COLUMN {guard}{};", one.sql(false))];
        out.extend(
            one.constraints.iter().map(|constraint| format!("ALTER TABLE {table} ADD {};", constraint.sql)),
        );
        if one.unique && !one.index {
            if self.project.names_constraints {
                return Err(
                    "a constraint has no name, and the project names such ones by a convention of its code"
                        .to_owned(),
                );
            }
            out.push(format!("ALTER TABLE {table} ADD UNIQUE ({});", sql::name(&one.name)));
        }
        if one.index {
            out.push(self.column_index(&owner, &one)?);
        }
        out.extend(column_comment(&owner, &one));
        Ok(out.join(" "))
    }

    fn add_constraint(&self, op: &Operation<'_>, what: &str) -> Told<String> {
        let name = final_name(op.argument(0, "constraint_name", usize::MAX).ok_or("the name is missing")?)?;
        let name = match name {
            Some(name) => format!("CONSTRAINT {} ", sql::name(&name)),
            None if self.project.names_constraints => {
                return Err(
                    "it has no name, and the project names such ones by a convention of its code".to_owned()
                );
            }
            None => String::new(),
        };
        let (table, schema) = (
            op.table(1, "table_name").or_else(|_| op.table(1, "source_table"))?,
            match optional_text(op.call, "source_schema")? {
                Some(schema) => Some(schema),
                None => op.schema()?,
            },
        );
        Ok(format!("ALTER TABLE {} ADD {name}{what};", sql::qualified(schema.as_deref(), &table)))
    }

    fn create_foreign_key(&self, op: &Operation<'_>) -> Told<String> {
        let referent = op.text(2, "referent_table", 1)?;
        let (local, remote) = (op.names(3, "local_cols", 1)?, op.names(4, "remote_cols", 1)?);
        let schema = optional_text(op.call, "referent_schema")?;
        self.add_constraint(
            op,
            &format!(
                "FOREIGN KEY ({}) REFERENCES {} ({}){}",
                list(&local),
                sql::qualified(schema.as_deref(), &referent),
                list(&remote),
                actions(op.call)?
            ),
        )
    }
}

fn list(columns: &[String]) -> String {
    sql::names(columns.iter().map(String::as_str))
}

/// A name that fits. SQLAlchemy shortens longer ones of its own making with a hash.
fn short(name: &str) -> Told<String> {
    if name.len() > 63 {
        Err("a name of SQLAlchemy's making is longer than 63 bytes".to_owned())
    } else {
        Ok(name.to_owned())
    }
}

fn if_exists(call: &Call) -> Told<&'static str> {
    Ok(if optional_truth(call, "if_exists")? == Some(true) { "IF EXISTS " } else { "" })
}

/// Fails for arguments that may change what is sent. Those for other servers don't.
fn only_known(call: &Call, known: &[&str]) -> Told<()> {
    let others = ["mysql_", "sqlite_", "mssql_", "oracle_", "mariadb_"];
    let foreign = |name: &str| others.iter().any(|server| name.starts_with(server));
    match call.named.iter().find(|(name, _)| !known.contains(&name.as_str()) && !foreign(name)) {
        Some((name, _)) => Err(format!("the argument {name} is not known")),
        None => Ok(()),
    }
}

fn comment_on(kind: &str, object: &str, comment: Option<&str>) -> String {
    format!("COMMENT ON {kind} {object} IS {};", comment.map_or_else(|| "NULL".to_owned(), sql::literal))
}

fn column_comment(owner: &Owner<'_>, column: &Column) -> Option<String> {
    let object = format!("{}.{}", owner.qualified(), sql::name(&column.name));
    column.comment.as_deref().map(|comment| comment_on("COLUMN", &object, Some(comment)))
}

/// SQL that ends in a semicolon; a comment at its end does not hide it.
fn statement(text: String) -> String {
    if text.trim_end().ends_with(';') { text } else { format!("{text}\n;") }
}

/// Where the SQL of a call begins in the file: that of a text of several lines where it stands, so that its lines are the file's.
fn place(node: &Node) -> usize {
    let Value::Call(call) = &node.value else { return node.at };
    match (call.last(), call.arguments.first()) {
        ("execute", Some(first)) => match &first.value {
            Value::Text(_) => first.at,
            Value::Call(inner) => inner.arguments.first().map_or(node.at, |text| text.at),
            _ => node.at,
        },
        _ => node.at,
    }
}

/// A value whose making sends nothing.
fn is_harmless(node: &Node) -> bool {
    match &node.value {
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Name(_) => {
            true
        }
        Value::List(list) => list.iter().all(is_harmless),
        Value::Map(map) => map.iter().all(|(key, value)| is_harmless(key) && is_harmless(value)),
        Value::Call(call) => {
            let inside =
                call.arguments.iter().chain(call.named.iter().map(|(_, node)| node)).all(is_harmless);
            let of = match &call.of {
                Callee::Name(name) => {
                    name.starts_with("sqlalchemy.") && !name.starts_with("sqlalchemy.orm")
                        || name == "alembic.op.get_bind"
                        || name == "alembic.op.f"
                }
                Callee::Method(of, method) => method == "with_variant" && is_harmless(of),
                Callee::Other => false,
            };
            of && inside
        }
        Value::Other(_) => false,
    }
}

const ALTER: &[&str] = &[
    "nullable",
    "server_default",
    "new_column_name",
    "type_",
    "schema",
    "comment",
    "postgresql_using",
    "existing_type",
    "existing_nullable",
    "existing_server_default",
    "existing_comment",
    "autoincrement",
    "existing_autoincrement",
    "table_name",
    "column_name",
];

fn alter_column(op: &Operation<'_>) -> Told<String> {
    let call = op.call;
    only_known(call, ALTER)?;
    let (table, column) = (op.table(0, "table_name")?, op.text(1, "column_name", 0)?);
    let schema = op.schema()?;
    let table = sql::qualified(schema.as_deref(), &table);
    let alter = format!("ALTER TABLE {table} ALTER COLUMN {}", sql::name(&column));
    let mut out = Vec::new();
    // PostgreSQL's part of Alembic sends the type first, and the new name comes last.
    if let Some(node) = call.named("type_")
        && !matches!(node.value, Value::None)
    {
        let using = optional_text(call, "postgresql_using")?
            .map(|using| format!(" USING {using}"))
            .unwrap_or_default();
        out.push(format!("{alter} TYPE {}{using};", types::of(node)?.sql));
    }
    match optional_truth(call, "nullable")? {
        Some(true) => out.push(format!("{alter} DROP NOT NULL;")),
        Some(false) => out.push(format!("{alter} SET NOT NULL;")),
        None => {}
    }
    match call.named("server_default").map(|node| (&node.value, node)) {
        None | Some((Value::Bool(false), _)) => {}
        Some((Value::None, _)) => out.push(format!("{alter} DROP DEFAULT;")),
        Some((Value::Call(inner), _)) if matches!(inner.last(), "Identity" | "Computed") => {
            return Err("it changes an identity or a computed column".to_owned());
        }
        Some((_, node)) => out.push(format!("{alter} SET DEFAULT {};", server_default(node)?)),
    }
    match call.named("comment").map(|node| &node.value) {
        None | Some(Value::Bool(false)) => {}
        Some(Value::None) => out.push(comment_on("COLUMN", &format!("{table}.{}", sql::name(&column)), None)),
        Some(Value::Text(text)) => {
            out.push(comment_on("COLUMN", &format!("{table}.{}", sql::name(&column)), Some(text)));
        }
        Some(_) => return Err("comment is no literal".to_owned()),
    }
    if let Some(new) = optional_text(call, "new_column_name")? {
        out.push(format!("ALTER TABLE {table} RENAME {} TO {};", sql::name(&column), sql::name(&new)));
    }
    Ok(out.join(" "))
}

const INDEX: &[&str] = &[
    "schema",
    "unique",
    "index_name",
    "table_name",
    "columns",
    "postgresql_where",
    "postgresql_using",
    "postgresql_concurrently",
    "postgresql_ops",
    "postgresql_include",
    "postgresql_with",
    "postgresql_nulls_not_distinct",
    "if_not_exists",
    "quote",
];

fn create_index(op: &Operation<'_>) -> Told<String> {
    let call = op.call;
    only_known(call, INDEX)?;
    let name = op.text(0, "index_name", usize::MAX)?;
    let (table, schema) = (op.table(1, "table_name")?, op.schema()?);
    let columns = op.argument(2, "columns", 1).ok_or("the columns are missing")?;
    let Value::List(columns) = &columns.value else {
        return Err(format!("the columns are {}", columns.word()));
    };
    let mut classes: BTreeMap<&str, &str> = BTreeMap::new();
    if let Some(node) = call.named("postgresql_ops") {
        let Value::Map(map) = &node.value else { return Err("postgresql_ops is no literal".to_owned()) };
        for (key, value) in map {
            let (Some(key), Some(value)) = (key.text(), value.text()) else {
                return Err("postgresql_ops is no literal".to_owned());
            };
            classes.insert(key, value);
        }
    }
    let parts: Told<Vec<String>> = columns
        .iter()
        .map(|node| match node.text() {
            Some(column) => {
                let class = classes.get(column).map(|class| format!(" {class}")).unwrap_or_default();
                Ok(format!("{}{class}", sql::name(column)))
            }
            None => text_sql(node),
        })
        .collect();
    let truth = |name: &str, word: &'static str| -> Told<&'static str> {
        Ok(if optional_truth(call, name)? == Some(true) { word } else { "" })
    };
    let using =
        optional_text(call, "postgresql_using")?.map(|using| format!("USING {using} ")).unwrap_or_default();
    let include = match call.named("postgresql_include") {
        None => String::new(),
        Some(node) => match node.texts().ok_or("postgresql_include is no literal")? {
            list if list.is_empty() => String::new(),
            columns => format!(" INCLUDE ({})", list(&columns)),
        },
    };
    let with = match call.named("postgresql_with").map(|node| &node.value) {
        None => String::new(),
        Some(Value::Map(map)) => {
            let options: Option<Vec<String>> = map
                .iter()
                .map(|(key, value)| match (&key.value, &value.value) {
                    (Value::Text(key), Value::Text(value) | Value::Int(value)) => {
                        Some(format!("{key} = {value}"))
                    }
                    _ => None,
                })
                .collect();
            format!(" WITH ({})", options.ok_or("postgresql_with is no literal")?.join(", "))
        }
        Some(_) => return Err("postgresql_with is no literal".to_owned()),
    };
    let condition = match call.named("postgresql_where") {
        None => String::new(),
        Some(node) if matches!(node.value, Value::None) => String::new(),
        Some(node) => format!(" WHERE {}", text_sql(node)?),
    };
    Ok(format!(
        "CREATE {}INDEX {}{}{} ON {} {using}({}){include}{}{with}{condition};",
        truth("unique", "UNIQUE ")?,
        truth("postgresql_concurrently", "CONCURRENTLY ")?,
        truth("if_not_exists", "IF NOT EXISTS ")?,
        sql::name(&name),
        sql::qualified(schema.as_deref(), &table),
        parts?.join(", "),
        truth("postgresql_nulls_not_distinct", " NULLS NOT DISTINCT")?,
    ))
}
