//! CREATE, ALTER and DROP EXTENSION.

use trueup_catalog::{Entry, Extension, Name, ObjectKey, ObjectKind};
use trueup_syntax::Cursor;

use crate::apply::security_label;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::comment::Commented;
use crate::grammar::common::{ExtensionDependency, behaviour};
use crate::grammar::schema::{self as grammar, AlterExtensionAction};
use crate::interpreter::Interpreter;

/// The extensions that some extensions require (`requires` of their control files), made by `CASCADE`.
const REQUIRES: &[(&str, &[&str])] = &[
    ("bool_plperl", &["plperl"]),
    ("bool_plperlu", &["plperlu"]),
    ("earthdistance", &["cube"]),
    ("hstore_plperl", &["hstore", "plperl"]),
    ("hstore_plperlu", &["hstore", "plperlu"]),
    ("hstore_plpython3u", &["hstore", "plpython3u"]),
    ("jsonb_plperl", &["plperl"]),
    ("jsonb_plperlu", &["plperlu"]),
    ("jsonb_plpython3u", &["plpython3u"]),
    ("ltree_plpython3u", &["ltree", "plpython3u"]),
    ("pgrouting", &["postgis"]),
    ("postgis_raster", &["postgis"]),
    ("postgis_sfcgal", &["postgis"]),
    ("postgis_tiger_geocoder", &["fuzzystrmatch", "postgis"]),
    ("postgis_topology", &["postgis"]),
    ("supabase_vault", &["pgsodium"]),
    ("vectorscale", &["vector"]),
];

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::create_extension(cursor)?;
    let key = ObjectKey::global(ObjectKind::Extension, statement.name.clone());
    if interp.store.get(&key).is_some() {
        if statement.if_not_exists {
            return Ok(());
        }
        return Err(Failure::duplicate("42710", format!("extension {} already exists", statement.name)));
    }
    if let Some(schema) = &statement.schema
        && !interp.schema_exists(schema)
        && !statement.cascade
    {
        return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    let required =
        REQUIRES.iter().find(|(name, _)| statement.name == *name).map_or(&[][..], |(_, list)| *list);
    for name in required {
        let key = ObjectKey::global(ObjectKind::Extension, Name::new(name));
        if interp.store.get(&key).is_some() {
            continue;
        }
        if !statement.cascade {
            return Err(Failure::undefined("42704", format!("required extension {name} is not installed"))
                .help("use CREATE EXTENSION ... CASCADE to install required extensions too"));
        }
        let extension = Extension {
            name: Name::new(name),
            schema: statement.schema.clone(),
            version: None,
            altered: Some(Vec::new()),
        };
        interp.store.put(Entry { span: span.clone(), ..Entry::from(extension) });
    }
    let extension = Extension {
        name: statement.name,
        schema: statement.schema,
        version: statement.version,
        altered: Some(Vec::new()),
    };
    interp.store.put(Entry { span, ..Entry::from(extension) });
    Ok(())
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::alter_extension(cursor)?;
    let key = ObjectKey::global(ObjectKind::Extension, statement.name.clone());
    if interp.store.get(&key).is_none() {
        // Every database has it from the start.
        if statement.name == "plpgsql" {
            return Ok(());
        }
        return Err(Failure::undefined("42704", format!("extension {} does not exist", statement.name)));
    }
    match statement.action {
        AlterExtensionAction::Update(version) => edit(interp, &key, |extension| extension.version = version),
        AlterExtensionAction::Schema(schema) => {
            if !interp.schema_exists(&schema) {
                return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
            }
            edit(interp, &key, |extension| extension.schema = Some(schema));
        }
        AlterExtensionAction::Member { add, object } => member(interp, &statement.name, add, *object)?,
    }
    Ok(())
}

/// `ALTER EXTENSION … ADD`: the object is the extension's from now on, and none of the schema's. One that has parts, and one that stops to
/// be a member, is told by name.
fn member(interp: &mut Interpreter<'_>, extension: &Name, add: bool, object: Commented) -> Outcome {
    let (named, key) = security_label::target(interp, object)?;
    if let Some(key) = key.filter(|key| add && !has_parts(key.kind))
        && interp.store.take(&key).is_some()
    {
        return Ok(());
    }
    let range = interp.place.statement.clone();
    interp.gap("extension member", format!("{extension}: {named}"), "", range);
    Ok(())
}

/// Whether other objects of the catalog are parts of one of this kind.
fn has_parts(kind: ObjectKind) -> bool {
    match kind {
        ObjectKind::Schema
        | ObjectKind::Table
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Domain
        | ObjectKind::OperatorFamily
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Server
        | ObjectKind::Language => true,
        ObjectKind::Extension
        | ObjectKind::EnumType
        | ObjectKind::DomainConstraint
        | ObjectKind::CompositeType
        | ObjectKind::RangeType
        | ObjectKind::BaseType
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::AccessMethod
        | ObjectKind::Sequence
        | ObjectKind::Column
        | ObjectKind::Constraint
        | ObjectKind::Index
        | ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Aggregate
        | ObjectKind::Operator
        | ObjectKind::OperatorClass
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::UserMapping
        | ObjectKind::Statistics
        | ObjectKind::Trigger
        | ObjectKind::EventTrigger
        | ObjectKind::Rule
        | ObjectKind::Policy
        | ObjectKind::Publication
        | ObjectKind::Subscription
        | ObjectKind::DefaultPrivileges => false,
    }
}

impl Interpreter<'_> {
    /// `ALTER … [NO] DEPENDS ON EXTENSION` (`ExecAlterObjectDependsStmt` in `alter.c`).
    ///
    /// # Errors
    /// 42704 when there is no such extension.
    pub fn depend_on_extension(&mut self, key: &ObjectKey, dependency: ExtensionDependency) -> Outcome {
        let ExtensionDependency { extension, begins } = dependency;
        let there = self.store.get(&ObjectKey::global(ObjectKind::Extension, extension.clone())).is_some();
        if !there && extension != "plpgsql" {
            return Err(Failure::undefined("42704", format!("extension {extension} does not exist")));
        }
        if key.kind == ObjectKind::Constraint {
            // The index behind a constraint is no object of its own here.
            let range = self.place.statement.clone();
            self.gap("dependency on an extension", key.to_string(), "", range);
            return Ok(());
        }
        self.store.edit(key, |entry| {
            if begins {
                entry.extension_dependencies.insert(extension);
            } else {
                entry.extension_dependencies.remove(&extension);
            }
        });
        Ok(())
    }
}

fn edit(interp: &mut Interpreter<'_>, key: &ObjectKey, change: impl FnOnce(&mut Extension)) {
    interp.store.edit(key, |entry| {
        if let Some(extension) = Extension::of_mut(&mut entry.object) {
            change(extension);
        }
    });
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let if_exists = cursor.accept_words("if exists");
    let names = cursor.comma_separated(Cursor::name)?;
    let cascade = behaviour(cursor);
    let mut keys = Vec::new();
    for name in names {
        let key = ObjectKey::global(ObjectKind::Extension, name.clone());
        if interp.store.get(&key).is_some() {
            keys.push(key);
        } else if !if_exists && name != "plpgsql" {
            return Err(Failure::undefined("42704", format!("extension {name} does not exist")));
        }
    }
    // What was made to depend on it goes with it, asked or not (`DEPENDENCY_AUTO_EXTENSION`).
    let gone = |name: &Name| keys.iter().any(|key| key.name() == name);
    let dependent: Vec<ObjectKey> = interp
        .store
        .catalog()
        .iter()
        .filter(|(_, entry)| entry.extension_dependencies.iter().any(gone))
        .map(|(key, _)| key.clone())
        .collect();
    keys.extend(dependent);
    interp.remove(&keys, cascade)
}
