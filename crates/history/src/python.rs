//! Python files, parsed by a parser of Python and never run.
//!
//! Owns: literal values of assignments, classes and calls. What is no literal is *computed*, which is said, never guessed.
//!
//! Trees of hostile files may nest as deep as the file is long, and are dropped node inside node; so a file is parsed on a thread
//! with room for that, and files that are longer than any migration are refused.

use rustpython_parser::ast::{self, Constant, Expr, Ranged, Stmt};
use rustpython_parser::{Parse, ParseErrorType, source_code::LinearLocator};
use std::collections::BTreeMap;

/// A longer file is no migration that people keep; a tree of it may nest this deep.
const LONGEST: usize = 512 * 1024;
/// Reserved, not used, unless a file nests that deep.
const STACK: usize = 512 << 20;

/// A value as far as it is a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// `None`.
    Nothing,
    /// A string.
    Text(String),
    /// A list, a tuple or a set.
    List(Vec<Value>),
    /// A dictionary with strings for keys.
    Map(Vec<(String, Value)>),
    /// A call: what is called, as it is written with dots, and its first arguments.
    Call(String, Vec<Value>),
    /// A name with dots, as it is written.
    Name(String),
    /// Anything else.
    Computed,
}

impl Value {
    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Nothing
            | Value::List(_)
            | Value::Map(_)
            | Value::Call(..)
            | Value::Name(_)
            | Value::Computed => None,
        }
    }

    /// `None` as no strings, a string as one, a list of strings as those; `None` where any of it is computed.
    pub fn texts(&self) -> Option<Vec<String>> {
        match self {
            Value::Nothing => Some(Vec::new()),
            Value::Text(text) => Some(vec![text.clone()]),
            Value::List(values) => values.iter().map(|value| value.text().map(str::to_owned)).collect(),
            Value::Map(_) | Value::Call(..) | Value::Name(_) | Value::Computed => None,
        }
    }
}

/// An assignment: its value and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub value: Value,
    pub line: u32,
}

/// A class: what it inherits from, as it is written, and its assignments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Class {
    pub name: String,
    pub bases: Vec<String>,
    pub assigned: BTreeMap<String, Assigned>,
}

/// A call somewhere in the file: the last part of what is called, and its named arguments.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub name: String,
    pub named: Vec<(String, Value)>,
}

/// What is of interest in a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Module {
    /// Assignments to names at the top, the last one of each.
    pub assigned: BTreeMap<String, Assigned>,
    /// Classes at the top.
    pub classes: Vec<Class>,
    /// Calls that are statements, or values of assignments, at any depth of blocks.
    pub calls: Vec<Call>,
}

/// Parses a file.
///
/// # Errors
/// It is no Python, or longer than any migration; in words, with the line where there is one.
pub(crate) fn module(text: &str, file: &str) -> Result<Module, (String, Option<u32>)> {
    if text.len() > LONGEST {
        return Err((format!("it is longer than {} kB", LONGEST >> 10), None));
    }
    let (text, file) = (text.to_owned(), file.to_owned());
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || parse(&text, &file))
        .map_err(|error| (format!("the system gives no room to parse it: {error}"), None))?
        .join()
        .map_err(|_| ("its parser gave up".to_owned(), None))?
}

fn parse(text: &str, file: &str) -> Result<Module, (String, Option<u32>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let body = ast::Suite::parse(text, file).map_err(|error| {
        let message = format!("it is no Python that the parser knows: {}", error.error);
        let line = LinearLocator::new(text)
            .locate_error::<_, ParseErrorType>(error)
            .location
            .map(|place| place.row.get());
        (message, line)
    })?;
    let lines = Lines::new(text);
    let mut module = Module::default();
    for statement in &body {
        if let Stmt::ClassDef(class) = statement {
            module.classes.push(Class {
                name: class.name.to_string(),
                bases: class.bases.iter().filter_map(dotted).collect(),
                assigned: assignments(&class.body, &lines),
            });
        }
    }
    module.assigned = assignments(&body, &lines);
    calls(&body, &module.assigned, &mut module.calls);
    Ok(module)
}

/// The lines of a text by byte.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Lines(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    fn of(&self, at: usize) -> u32 {
        u32::try_from(self.0.partition_point(|end| *end < at) + 1).unwrap_or(u32::MAX)
    }
}

/// Assignments of a block, the last one of each name; not those in branches.
fn assignments(body: &[Stmt], lines: &Lines) -> BTreeMap<String, Assigned> {
    let mut out = BTreeMap::new();
    for statement in body {
        let (targets, value): (&[Expr], Option<&Expr>) = match statement {
            Stmt::Assign(assign) => (&assign.targets, Some(&assign.value)),
            Stmt::AnnAssign(assign) => (std::slice::from_ref(&*assign.target), assign.value.as_deref()),
            // What is added to a list can't be known in full.
            Stmt::AugAssign(assign) => {
                if let Expr::Name(name) = &*assign.target {
                    let line = lines.of(statement.start().to_usize());
                    out.insert(name.id.to_string(), Assigned { value: Value::Computed, line });
                }
                continue;
            }
            _ => continue,
        };
        let Some(value) = value else { continue };
        for target in targets {
            if let Expr::Name(name) = target {
                let line = lines.of(statement.start().to_usize());
                out.insert(name.id.to_string(), Assigned { value: literal(value), line });
            }
        }
    }
    out
}

/// Values nest no deeper than this: what is read is handed to threads with less room.
const DEEPEST: usize = 24;

/// A value as far as it is a literal. Strings beside one another are one already.
fn literal(expression: &Expr) -> Value {
    literal_at(expression, 0)
}

fn literal_at(expression: &Expr, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Computed;
    }
    let literal = |expression: &Expr| literal_at(expression, depth + 1);
    match expression {
        Expr::Constant(constant) => match &constant.value {
            Constant::None => Value::Nothing,
            Constant::Str(text) => Value::Text(text.clone()),
            Constant::Bool(_)
            | Constant::Bytes(_)
            | Constant::Int(_)
            | Constant::Tuple(_)
            | Constant::Float(_)
            | Constant::Complex { .. }
            | Constant::Ellipsis => Value::Computed,
        },
        Expr::Tuple(list) => Value::List(list.elts.iter().map(literal).collect()),
        Expr::List(list) => Value::List(list.elts.iter().map(literal).collect()),
        Expr::Set(list) => Value::List(list.elts.iter().map(literal).collect()),
        Expr::Dict(dictionary) => {
            let entries = dictionary.keys.iter().zip(&dictionary.values).map(|(key, value)| {
                match key.as_ref().map(literal) {
                    Some(Value::Text(key)) => Some((key, literal(value))),
                    _ => None,
                }
            });
            entries.collect::<Option<Vec<_>>>().map_or(Value::Computed, Value::Map)
        }
        Expr::Call(call) => match dotted(&call.func) {
            Some(name) => Value::Call(name, call.args.iter().map(literal).collect()),
            None => Value::Computed,
        },
        Expr::Name(_) | Expr::Attribute(_) => dotted(expression).map_or(Value::Computed, Value::Name),
        _ => Value::Computed,
    }
}

/// `a.b.c` as it is written.
fn dotted(expression: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut expression = expression;
    loop {
        match expression {
            Expr::Name(name) => {
                parts.push(name.id.to_string());
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

/// Calls of a block and the blocks inside it. A named argument that is a name of the module stands for what that is set to.
fn calls(body: &[Stmt], known: &BTreeMap<String, Assigned>, out: &mut Vec<Call>) {
    for statement in body {
        let (blocks, value): (Vec<&[Stmt]>, Option<&Expr>) = match statement {
            Stmt::Expr(statement) => (Vec::new(), Some(&statement.value)),
            Stmt::Assign(statement) => (Vec::new(), Some(&statement.value)),
            Stmt::FunctionDef(block) => (vec![&block.body], None),
            Stmt::AsyncFunctionDef(block) => (vec![&block.body], None),
            Stmt::ClassDef(block) => (vec![&block.body], None),
            Stmt::If(block) => (vec![&block.body, &block.orelse], None),
            Stmt::For(block) => (vec![&block.body, &block.orelse], None),
            Stmt::While(block) => (vec![&block.body, &block.orelse], None),
            Stmt::With(block) => (vec![&block.body], None),
            Stmt::AsyncWith(block) => (vec![&block.body], None),
            Stmt::Try(block) => (vec![&block.body, &block.orelse, &block.finalbody], None),
            _ => (Vec::new(), None),
        };
        for block in blocks {
            calls(block, known, out);
        }
        if let Some(Expr::Call(call)) = value
            && let Some(name) = dotted(&call.func)
        {
            let named = call.keywords.iter().map(|argument| {
                let value = match literal(&argument.value) {
                    Value::Name(name) => {
                        known.get(&name).map_or(Value::Name(name), |assigned| assigned.value.clone())
                    }
                    value => value,
                };
                // `**options` may hold anything.
                (argument.arg.as_ref().map_or_else(|| "**".to_owned(), ToString::to_string), value)
            });
            out.push(Call {
                name: name.rsplit('.').next().unwrap_or_default().to_owned(),
                named: named.collect(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn literals_of_assignments_classes_and_calls() {
        let text = "\
'''doc'''
revision: str = 'a' 'b'
down_revision = ('x', \"y\")
depends_on = None
T = 'history'
if True:
    context.configure(version_table=T, version_table_schema=f'{x}', **more)
class Migration(migrations.Migration):
    dependencies = [('app', '0001'), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
";
        let module = module(text, "a.py").unwrap();
        assert_eq!(module.assigned["revision"], Assigned { value: Value::Text("ab".into()), line: 2 });
        assert_eq!(module.assigned["down_revision"].value.texts(), Some(vec!["x".into(), "y".into()]));
        assert_eq!(module.assigned["depends_on"].value.texts(), Some(vec![]));
        let call = &module.calls[0];
        assert_eq!(call.name, "configure");
        assert_eq!(call.named[0], ("version_table".into(), Value::Text("history".into())));
        assert_eq!(call.named[1].1, Value::Computed);
        assert_eq!(call.named[2].0, "**");
        let class = &module.classes[0];
        assert_eq!((class.name.as_str(), class.bases[0].as_str()), ("Migration", "migrations.Migration"));
        let Value::List(dependencies) = &class.assigned["dependencies"].value else { panic!() };
        assert!(matches!(&dependencies[1], Value::Call(name, arguments)
            if name == "migrations.swappable_dependency" && arguments == &[Value::Name("settings.AUTH_USER_MODEL".into())]));
    }

    #[test]
    fn what_is_no_python_has_a_line() {
        let (message, line) = module("a = 1\nb = = 2\n", "a.py").unwrap_err();
        assert!(message.contains("no Python"), "{message}");
        assert_eq!(line, Some(2));
    }

    #[test]
    fn what_nests_deep_is_no_crash() {
        for (before, after) in [("[", "]"), ("(", ")"), ("-", ""), ("not ", ""), ("lambda: ", "")] {
            let times = 50_000;
            let text = format!("a = {}1{}\n", before.repeat(times), after.repeat(times));
            drop(module(&text, "a.py"));
        }
        drop(module(&format!("a = 1{}\n", "+1".repeat(100_000)), "a.py"));
        drop(module(&format!("a = b{}\n", ".c".repeat(100_000)), "a.py"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nothing_panics(text in "(revision|=|'|\"|\\(|\\)|\\[|\\n| |,|:|class|#|\\\\|é|f'\\{|\\}|1){0,60}") {
            drop(module(&text, "a.py"));
        }
    }
}
