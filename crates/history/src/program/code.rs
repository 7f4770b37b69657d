//! Python as far as migrations need it: statements, calls and literals, with their places.
//!
//! Owns: the small tree that readers of operations walk. What it does not name is *other*, with a word for it.

use rustpython_parser::Parse;
use rustpython_parser::ast::{self, Constant, Expr, Ranged, Stmt};
use std::collections::BTreeMap;

/// A longer file is no migration that people keep.
const LONGEST: usize = 512 * 1024;
/// Reserved, not used, unless a file nests that deep.
const STACK: usize = 512 << 20;
/// Values nest no deeper than this.
const DEEPEST: usize = 24;

/// A value with the byte at which it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub at: usize,
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    None,
    Bool(bool),
    /// A whole number, as digits with a sign.
    Int(String),
    Float(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Call(Box<Call>),
    /// A name with dots, the first part as its import says it.
    Name(String),
    /// Anything else: what it is.
    Other(&'static str),
}

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub of: Callee,
    pub arguments: Vec<Node>,
    pub named: Vec<(String, Node)>,
    /// `*list` or `**options`: the arguments can't be told.
    pub spread: bool,
}

/// What is called.
#[derive(Clone, Debug)]
pub(super) enum Callee {
    /// A name with dots, the first part as its import says it.
    Name(String),
    /// A method of a value.
    Method(Node, String),
    /// Anything else.
    Other,
}

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub at: usize,
    pub does: Act,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// `pass`, a docstring, an import.
    Nothing,
    /// An expression.
    Evaluates(Node),
    /// `name = value`.
    Assigns(String, Node),
    /// `with value as name:`.
    With(Node, Option<String>, Vec<Statement>),
    /// A function.
    Function(String, Vec<String>, Vec<Statement>),
    /// A class, with the names that it inherits from.
    Class(String, Vec<Statement>),
    /// Anything else: what it is.
    Other(&'static str),
}

/// A file.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub statements: Vec<Statement>,
    lines: Vec<usize>,
    text: String,
}

impl File {
    /// Line and column, from 1.
    pub fn place(&self, at: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|end| *end < at);
        let begin = line.checked_sub(1).and_then(|before| self.lines.get(before)).map_or(0, |end| end + 1);
        let column = self.text.get(begin..at).map_or(0, |text| text.chars().count());
        let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        (number(line), number(column))
    }
}

/// Parses a file.
///
/// # Errors
/// It is no Python, or longer than any migration.
pub(super) fn parse(text: &str) -> Result<File, String> {
    if text.len() > LONGEST {
        return Err(format!("it is longer than {} kB", LONGEST >> 10));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || read(text))
        .map_err(|error| format!("the system gives no room to parse it: {error}"))?
        .join()
        .map_err(|_| "its parser gave up".to_owned())?
}

fn read(text: String) -> Result<File, String> {
    let body = ast::Suite::parse(&text, "migration.py")
        .map_err(|error| format!("it is no Python that the parser knows: {}", error.error))?;
    let mut reader = Reader { imports: BTreeMap::new() };
    reader.imports(&body);
    let statements = reader.block(&body, 0);
    let lines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
    Ok(File { statements, lines, text })
}

struct Reader {
    /// What names of the file stand for: `sa` is `sqlalchemy`.
    imports: BTreeMap<String, String>,
}

impl Reader {
    fn imports(&mut self, body: &[Stmt]) {
        for statement in body {
            match statement {
                Stmt::Import(import) => {
                    for name in &import.names {
                        if let Some(alias) = &name.asname {
                            self.imports.insert(alias.to_string(), name.name.to_string());
                        }
                    }
                }
                Stmt::ImportFrom(import) => {
                    let module = import.module.as_ref().map(ToString::to_string).unwrap_or_default();
                    let dots = ".".repeat(import.level.map_or(0, |level| level.to_usize()));
                    for name in &import.names {
                        let known = name.asname.as_ref().unwrap_or(&name.name).to_string();
                        self.imports.insert(known, format!("{dots}{module}.{}", name.name));
                    }
                }
                _ => {}
            }
        }
    }

    fn block(&self, body: &[Stmt], depth: usize) -> Vec<Statement> {
        body.iter()
            .map(|statement| Statement {
                at: statement.start().to_usize(),
                does: if depth > DEEPEST { Act::Other("a deep block") } else { self.act(statement, depth) },
            })
            .collect()
    }

    fn act(&self, statement: &Stmt, depth: usize) -> Act {
        let target = |target: &Expr| match target {
            Expr::Name(name) => Some(name.id.to_string()),
            _ => None,
        };
        match statement {
            Stmt::Pass(_) | Stmt::Import(_) | Stmt::ImportFrom(_) => Act::Nothing,
            Stmt::Expr(expression) => match &*expression.value {
                Expr::Constant(_) => Act::Nothing,
                value => Act::Evaluates(self.node(value, 0)),
            },
            Stmt::Assign(assign) => match assign.targets.as_slice() {
                [one] => match target(one) {
                    Some(name) => Act::Assigns(name, self.node(&assign.value, 0)),
                    None => Act::Other("an assignment"),
                },
                _ => Act::Other("an assignment"),
            },
            Stmt::AnnAssign(assign) => match (target(&assign.target), &assign.value) {
                (Some(name), Some(value)) => Act::Assigns(name, self.node(value, 0)),
                (_, None) => Act::Nothing,
                (None, _) => Act::Other("an assignment"),
            },
            Stmt::With(with) => match with.items.as_slice() {
                [one] => {
                    let name = one.optional_vars.as_deref().and_then(target);
                    Act::With(self.node(&one.context_expr, 0), name, self.block(&with.body, depth + 1))
                }
                _ => Act::Other("a with of several"),
            },
            Stmt::FunctionDef(function) => {
                let arguments =
                    function.args.args.iter().map(|argument| argument.def.arg.to_string()).collect();
                Act::Function(function.name.to_string(), arguments, self.block(&function.body, depth + 1))
            }
            Stmt::ClassDef(class) => Act::Class(class.name.to_string(), self.block(&class.body, depth + 1)),
            Stmt::If(_) => Act::Other("a condition"),
            Stmt::For(_) | Stmt::While(_) | Stmt::AsyncFor(_) => Act::Other("a loop"),
            Stmt::Try(_) | Stmt::TryStar(_) => Act::Other("a try"),
            Stmt::Return(_) => Act::Other("a return"),
            Stmt::AugAssign(_) => Act::Other("an assignment"),
            _ => Act::Other("a statement of Python"),
        }
    }

    fn node(&self, expression: &Expr, depth: usize) -> Node {
        let value =
            if depth > DEEPEST { Value::Other("a deep value") } else { self.value(expression, depth) };
        Node { at: expression.start().to_usize(), value }
    }

    fn value(&self, expression: &Expr, depth: usize) -> Value {
        let node = |expression: &Expr| self.node(expression, depth + 1);
        match expression {
            Expr::Constant(constant) => match &constant.value {
                Constant::None => Value::None,
                Constant::Bool(truth) => Value::Bool(*truth),
                Constant::Str(text) => Value::Text(text.clone()),
                Constant::Int(number) => Value::Int(number.to_string()),
                Constant::Float(number) => Value::Float(number.to_string()),
                Constant::Bytes(_) => Value::Other("bytes"),
                Constant::Tuple(_) => Value::Other("a tuple"),
                Constant::Complex { .. } => Value::Other("a complex number"),
                Constant::Ellipsis => Value::Other("an ellipsis"),
            },
            Expr::Tuple(list) => Value::List(list.elts.iter().map(node).collect()),
            Expr::List(list) => Value::List(list.elts.iter().map(node).collect()),
            Expr::Set(list) => Value::List(list.elts.iter().map(node).collect()),
            Expr::Dict(dictionary) => {
                let entries = dictionary.keys.iter().zip(&dictionary.values);
                let entries: Option<Vec<(Node, Node)>> =
                    entries.map(|(key, value)| Some((node(key.as_ref()?), node(value)))).collect();
                entries.map_or(Value::Other("a dictionary of others"), Value::Map)
            }
            Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) => {
                match node(&unary.operand).value {
                    Value::Int(digits) => Value::Int(format!("-{digits}")),
                    Value::Float(digits) => Value::Float(format!("-{digits}")),
                    _ => Value::Other("a calculation"),
                }
            }
            Expr::Call(call) => self.call(call, depth),
            Expr::Name(_) | Expr::Attribute(_) => match self.dotted(expression) {
                Some(name) => Value::Name(name),
                None => Value::Other("an attribute of a value"),
            },
            Expr::JoinedStr(_) => Value::Other("a text with values in it (an f-string)"),
            Expr::BinOp(_) => Value::Other("a calculation"),
            Expr::ListComp(_) | Expr::GeneratorExp(_) | Expr::DictComp(_) | Expr::SetComp(_) => {
                Value::Other("a comprehension")
            }
            Expr::Lambda(_) => Value::Other("a lambda"),
            Expr::IfExp(_) => Value::Other("a condition"),
            _ => Value::Other("an expression of Python"),
        }
    }

    fn call(&self, call: &ast::ExprCall, depth: usize) -> Value {
        let of = match (&*call.func, self.dotted(&call.func)) {
            (_, Some(name)) => Callee::Name(name),
            (Expr::Attribute(attribute), None) => {
                Callee::Method(self.node(&attribute.value, depth + 1), attribute.attr.to_string())
            }
            _ => Callee::Other,
        };
        let starred = call.args.iter().any(|argument| matches!(argument, Expr::Starred(_)));
        Value::Call(Box::new(Call {
            of,
            arguments: call.args.iter().map(|argument| self.node(argument, depth + 1)).collect(),
            named: call
                .keywords
                .iter()
                .filter_map(|keyword| {
                    Some((keyword.arg.as_ref()?.to_string(), self.node(&keyword.value, depth + 1)))
                })
                .collect(),
            spread: starred || call.keywords.iter().any(|keyword| keyword.arg.is_none()),
        }))
    }

    /// `sa.String` as `sqlalchemy.String`.
    fn dotted(&self, expression: &Expr) -> Option<String> {
        let mut parts = Vec::new();
        let mut expression = expression;
        loop {
            match expression {
                Expr::Name(name) => {
                    let first = name.id.to_string();
                    parts.push(self.imports.get(&first).cloned().unwrap_or(first));
                    parts.reverse();
                    return Some(parts.join("."));
                }
                Expr::Attribute(attribute) => {
                    parts.push(attribute.attr.to_string());
                    expression = &attribute.value;
                }
                _ => return None,
            }
        }
    }
}

impl Node {
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn truth(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// A list of strings.
    pub fn texts(&self) -> Option<Vec<String>> {
        match &self.value {
            Value::List(list) => list.iter().map(|one| one.text().map(str::to_owned)).collect(),
            _ => None,
        }
    }

    /// What it is, for people.
    pub fn word(&self) -> String {
        match &self.value {
            Value::None => "None".to_owned(),
            Value::Bool(_) => "a truth value".to_owned(),
            Value::Int(_) | Value::Float(_) => "a number".to_owned(),
            Value::Text(_) => "a text".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a dictionary".to_owned(),
            Value::Call(call) => match &call.of {
                Callee::Name(name) => format!("the call {name}(…)"),
                Callee::Method(_, name) => format!("the call .{name}(…)"),
                Callee::Other => "a call".to_owned(),
            },
            Value::Name(name) => format!("the name {name}"),
            Value::Other(what) => (*what).to_owned(),
        }
    }
}

impl Call {
    /// A named argument.
    pub fn named(&self, name: &str) -> Option<&Node> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, node)| node)
    }

    /// An argument by place, or by name.
    pub fn argument(&self, at: usize, name: &str) -> Option<&Node> {
        self.arguments.get(at).or_else(|| self.named(name))
    }

    /// The last part of what is called.
    pub fn last(&self) -> &str {
        match &self.of {
            Callee::Name(name) => name.rsplit('.').next().unwrap_or_default(),
            Callee::Method(_, name) => name,
            Callee::Other => "",
        }
    }
}
