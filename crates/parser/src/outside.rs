//! What a live database told beside the files ([`Ambient`]), and what reading asked of it.
//!
//! Owns: every look into the ambient definitions. What was asked, and what was answered, is kept, so that files which were read
//! without them are read again only when an answer would be another one: reading is the same as long as every answer is.
//! Never: looks into the catalog.

use std::cell::{Cell, RefCell};

use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{Ambient, AmbientOperatorClass, DataType, Name, QualifiedName};

/// The ambient definitions by name.
#[derive(Default)]
pub(crate) struct Outside<'a> {
    ambient: Option<&'a Ambient>,
    types: FxHashSet<&'a QualifiedName>,
    functions: FxHashSet<&'a QualifiedName>,
    asked: RefCell<Asked>,
    /// Whether everything was asked for: the only question that needs no note of what it was about.
    whole: Cell<bool>,
}

/// What reading files asked of the ambient definitions, when there were none.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    types: FxHashSet<QualifiedName>,
    functions: FxHashSet<QualifiedName>,
    operators: FxHashSet<QualifiedName>,
    /// Operator classes by method.
    operator_classes: FxHashSet<(QualifiedName, Name)>,
    /// Whether an operator class is its method's own for a type, and what was made of it.
    defaults: FxHashMap<(QualifiedName, Name, Option<DataType>), bool>,
    /// Extensions whose functions tell their schema.
    extensions: FxHashSet<String>,
    /// Something that could depend on any of them.
    whole: bool,
}

/// Whether an operator class that is told of is the one that its method uses for a type by itself. The type of an expression is
/// taken for the class's own.
fn is_default(class: &AmbientOperatorClass, data_type: Option<&DataType>) -> bool {
    class.is_default && data_type.is_none_or(|ty| same_type(&class.input, ty))
}

/// Whether two types are the same but for modifiers.
pub(crate) fn same_type(one: &DataType, other: &DataType) -> bool {
    one.schema == other.schema && one.name == other.name && one.array == other.array
}

fn operator_class<'a>(
    ambient: &'a Ambient,
    name: &QualifiedName,
    method: &Name,
) -> Option<&'a AmbientOperatorClass> {
    ambient.operator_classes.iter().find(|class| class.name == *name && *method == class.method.as_str())
}

fn of_extension<'a>(ambient: &'a Ambient, extension: &str) -> Option<&'a Name> {
    let mut functions = ambient.functions.iter();
    functions.find(|f| f.extension.as_deref() == Some(extension)).map(|f| &f.name.schema)
}

impl<'a> Outside<'a> {
    /// Of the ambient definitions, if there are any.
    pub fn new(ambient: Option<&'a Ambient>) -> Self {
        Outside {
            ambient,
            types: ambient.into_iter().flat_map(|a| &a.types).map(|t| &t.name).collect(),
            functions: ambient.into_iter().flat_map(|a| &a.functions).map(|f| &f.name).collect(),
            ..Outside::default()
        }
    }

    /// What was asked. With ambient definitions there is nothing more to ask.
    pub fn asked(self) -> Asked {
        Asked { whole: self.whole.get(), ..self.asked.into_inner() }
    }

    fn note(&self, name: &QualifiedName, list: impl FnOnce(&mut Asked) -> &mut FxHashSet<QualifiedName>) {
        let mut asked = self.asked.borrow_mut();
        let list = list(&mut asked);
        if !list.contains(name) {
            list.insert(name.clone());
        }
    }

    /// Whether it has a type.
    pub fn has_type(&self, name: &QualifiedName) -> bool {
        if self.ambient.is_none() {
            self.note(name, |asked| &mut asked.types);
        }
        self.types.contains(name)
    }

    /// Whether it has a function, whatever its arguments.
    pub fn has_function(&self, name: &QualifiedName) -> bool {
        if self.ambient.is_none() {
            self.note(name, |asked| &mut asked.functions);
        }
        self.functions.contains(name)
    }

    /// Whether it has an operator, whatever its sides.
    pub fn has_operator(&self, name: &QualifiedName) -> bool {
        let Some(ambient) = self.ambient else {
            self.note(name, |asked| &mut asked.operators);
            return false;
        };
        ambient.operators.iter().any(|operator| operator.name == *name)
    }

    /// Whether it has an operator class of an access method.
    pub fn has_operator_class(&self, name: &QualifiedName, method: &Name) -> bool {
        let Some(ambient) = self.ambient else {
            self.asked.borrow_mut().operator_classes.insert((name.clone(), method.clone()));
            return false;
        };
        operator_class(ambient, name, method).is_some()
    }

    /// Whether an operator class is the one that its method uses for a type by itself. Where it is not told of, `other` says so.
    pub fn is_default_operator_class(
        &self,
        name: &QualifiedName,
        method: &Name,
        data_type: Option<&DataType>,
        other: impl FnOnce() -> bool,
    ) -> bool {
        let Some(ambient) = self.ambient else {
            let answer = other();
            let question = (name.clone(), method.clone(), data_type.cloned());
            // Asked twice with two answers, as when an extension comes between: no single answer stands for both.
            if self.asked.borrow_mut().defaults.insert(question, answer).is_some_and(|old| old != answer) {
                self.whole.set(true);
            }
            return answer;
        };
        operator_class(ambient, name, method).map_or_else(other, |class| is_default(class, data_type))
    }

    /// The schema of an extension, by its functions.
    pub fn schema_of_extension(&self, extension: &str) -> Option<&'a Name> {
        let Some(ambient) = self.ambient else {
            self.asked.borrow_mut().extensions.insert(extension.to_owned());
            return None;
        };
        of_extension(ambient, extension)
    }

    /// All of it.
    pub fn whole(&self) -> Option<&'a Ambient> {
        if self.ambient.is_none() {
            self.whole.set(true);
        }
        self.ambient
    }
}

impl Asked {
    /// Whether reading the same files with these definitions would get another answer to anything that it asked.
    pub fn differs_with(&self, ambient: &Ambient) -> bool {
        let Asked { types, functions, operators, operator_classes, defaults, extensions, whole } = self;
        (*whole && *ambient != Ambient::default())
            || ambient.types.iter().any(|t| types.contains(&t.name))
            || ambient.functions.iter().any(|f| functions.contains(&f.name))
            || ambient.operators.iter().any(|o| operators.contains(&o.name))
            || operator_classes.iter().any(|(name, method)| operator_class(ambient, name, method).is_some())
            || defaults.iter().any(|((name, method, data_type), answer)| {
                operator_class(ambient, name, method)
                    .is_some_and(|class| is_default(class, data_type.as_ref()) != *answer)
            })
            || extensions.iter().any(|extension| of_extension(ambient, extension).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Parsed, SourceFile, parse};
    use std::sync::Arc;
    use trueup_catalog::{AmbientFunction, AmbientOperator, AmbientType};

    fn read(sql: &str, ambient: Option<&Ambient>) -> Parsed {
        let file = SourceFile { name: Arc::from("t.sql"), text: Arc::from(sql) };
        parse(&[file], &Options { server_version: 150_000, ambient })
    }

    fn named(name: &str) -> QualifiedName {
        QualifiedName::new("public", name)
    }

    fn types(name: &str) -> Ambient {
        let row = AmbientType {
            name: named(name),
            kind: 'b',
            category: 'U',
            preferred: false,
            base: None,
            collatable: false,
            extension: Some("x".to_owned()),
        };
        Ambient { types: vec![row], ..Ambient::default() }
    }

    fn functions(name: &str, extension: &str) -> Ambient {
        let row = AmbientFunction {
            name: named(name),
            kind: 'f',
            arguments: Vec::new(),
            defaults: 0,
            variadic: false,
            returns: DataType::builtin("trigger"),
            returns_set: false,
            extension: Some(extension.to_owned()),
        };
        Ambient { functions: vec![row], ..Ambient::default() }
    }

    fn operators(name: &str) -> Ambient {
        let side = Some(DataType::builtin("int4"));
        let result = DataType::builtin("bool");
        let row =
            AmbientOperator { name: named(name), left: side.clone(), right: side, result, extension: None };
        Ambient { operators: vec![row], ..Ambient::default() }
    }

    fn classes(name: &str, is_default: bool) -> Ambient {
        let row = AmbientOperatorClass {
            name: named(name),
            method: "btree".to_owned(),
            input: DataType::builtin("text"),
            is_default,
            extension: None,
        };
        Ambient { operator_classes: vec![row], ..Ambient::default() }
    }

    /// Reads without and with the definitions: whether the answers would differ, and whether what was read does.
    fn both(sql: &str, ambient: &Ambient) -> (bool, bool) {
        let (without, with) = (read(sql, None), read(sql, Some(ambient)));
        let same = without.catalog.iter().eq(with.catalog.iter())
            && without.catalog.gaps == with.catalog.gaps
            && without.catalog.ambient == with.catalog.ambient;
        (without.asked.differs_with(ambient), !same)
    }

    const TYPE: &str = "CREATE TABLE t (a int, b thing);";
    const TRIGGER: &str = "CREATE TABLE t (a int); \
        CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();";
    const CLASS: &str = "CREATE SCHEMA s; SET search_path = s, public; \
        CREATE TABLE t (a text); CREATE INDEX i ON t (a own_ops);";

    #[test]
    fn an_answer_that_changes_what_is_read_is_told() {
        assert_eq!(both(TYPE, &types("thing")), (true, true));
        let function = functions("suppress_redundant_updates_trigger", "x");
        let first = "SET search_path = public, pg_catalog; ".to_owned() + TRIGGER;
        assert_eq!(both(&first, &function), (true, true));
        assert_eq!(both(CLASS, &classes("own_ops", false)), (true, true));
        assert_eq!(both(CLASS, &classes("own_ops", true)), (true, true));
        let operator = "CREATE TABLE t (a int4, EXCLUDE USING gist (a WITH <=!=>));";
        assert_eq!(both(operator, &operators("<=!=>")), (true, true));
    }

    #[test]
    fn other_names_change_nothing() {
        for sql in [TYPE, TRIGGER, CLASS] {
            for ambient in
                [types("else"), functions("else", "x"), operators("=!="), classes("else_ops", true)]
            {
                assert_eq!(both(sql, &ambient), (false, false), "{sql}\n{ambient:?}");
            }
        }
    }

    #[test]
    fn what_asks_for_everything_is_read_again_whatever_there_is() {
        let sql = "CREATE TABLE t (a text COLLATE \"C\"); CREATE INDEX i ON t ((lower(a)) COLLATE \"C\");";
        assert!(both(sql, &types("else")).0);
        assert!(!both(sql, &Ambient::default()).0);
    }
}
