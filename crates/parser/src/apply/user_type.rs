//! CREATE, ALTER and DROP TYPE: enum, composite, range and base types.

use trueup_catalog::{
    BaseType, Column, CompositeAttribute, CompositeType, DataType, Entry, EnumType, ObjectKey, ObjectKind,
    QualifiedName, RangeType, Table,
};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::base_type;
use crate::apply::common::{drop_list, in_schema, set_owner};
use crate::apply::rename::Renamed;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::types::{
    self as grammar, AlterTypeAction, AttributeAction, AttributeDefinition, DefinitionElement, Neighbour,
    TypeDefinition,
};
use crate::interpreter::Interpreter;
use crate::names::multirange_name;
use crate::store::{RelationKind, TypeKind, column_key};

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::create(cursor)?;
    let name = interp.new_name(&statement.name)?;
    let shell = interp
        .store
        .get(&base_type::key(&name))
        .and_then(|entry| BaseType::of(&entry.object))
        .is_some_and(|base| base.definition.is_none());
    let completes = matches!(statement.definition, TypeDefinition::Base(_) | TypeDefinition::Range(_));
    if type_taken(interp, &name) && !(shell && completes) {
        return Err(
            Failure::duplicate("42710", format!("type {name} already exists")).at(statement.name.range)
        );
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    match statement.definition {
        TypeDefinition::Enum(labels) => {
            for (i, label) in labels.iter().enumerate() {
                if labels.iter().take(i).any(|l| l == label) {
                    return Err(Failure::duplicate(
                        "23505",
                        format!("enum label \"{label}\" is there twice"),
                    ));
                }
            }
            interp.store.put(Entry { span, ..Entry::from(EnumType { name, labels }) });
        }
        TypeDefinition::Composite(definitions) => {
            if interp.store.relation(&name).is_some() {
                return Err(Failure::relation_exists(&name));
            }
            let mut attributes: Vec<CompositeAttribute> = Vec::new();
            for definition in definitions {
                if attributes.iter().any(|a| a.name == definition.name) {
                    let message = format!("column {} specified more than once", definition.name);
                    return Err(Failure::duplicate("42701", message));
                }
                attributes.push(attribute(interp, definition)?);
            }
            let composite = CompositeType { name, attributes, attribute_comments: Default::default() };
            interp.store.put(Entry { span, ..Entry::from(composite) });
        }
        TypeDefinition::Range(elements) => {
            let range = range_type(interp, name, &elements)?;
            interp.store.take(&base_type::key(&range.name));
            interp.store.put(Entry { span, ..Entry::from(range) });
        }
        TypeDefinition::Base(elements) => base_type::create(interp, name, &elements)?,
        TypeDefinition::Shell => base_type::shell(interp, name),
    }
    Ok(())
}

/// Whether `pg_type` has the name.
pub(crate) fn type_taken(interp: &Interpreter<'_>, name: &QualifiedName) -> bool {
    interp.store.type_kind(name).is_some()
}

fn attribute(interp: &Interpreter<'_>, definition: AttributeDefinition) -> Outcome<CompositeAttribute> {
    let collation = definition.collation.as_ref().map(|c| interp.collation_name(c));
    Ok(CompositeAttribute {
        name: definition.name,
        data_type: interp.argument_type(definition.data_type)?,
        collation,
    })
}

fn element<'e>(elements: &'e [DefinitionElement], name: &str) -> Option<&'e DefinitionElement> {
    elements.iter().find(|e| e.name.as_str().eq_ignore_ascii_case(name))
}

fn range_type(
    interp: &Interpreter<'_>,
    name: QualifiedName,
    elements: &[DefinitionElement],
) -> Outcome<RangeType> {
    let named = |key: &str| element(elements, key).and_then(DefinitionElement::written_name);
    let subtype = match element(elements, "subtype").and_then(|e| e.value.as_ref()) {
        Some(grammar::DefinitionValue::Type(t)) => interp.argument_type(t.clone())?,
        Some(grammar::DefinitionValue::Text(text)) => {
            interp.resolve_type(trueup_syntax::type_name::parse_type(text).map_err(Failure::from)?)
        }
        _ => return Err(Failure::refused("42601", "type attribute \"subtype\" is required")),
    };
    let operator_class = named("subtype_opclass")
        .map(|written| {
            let found = interp.operator_class_name(&written, "btree");
            (found, written)
        })
        .filter(|(found, _)| !is_default_class(found, &subtype))
        .map(|(found, _)| found);
    let multirange = named("multirange_type_name").map(|w| interp.new_name(&w)).transpose()?;
    let automatic = multirange_name(&name);
    Ok(RangeType {
        operator_class,
        collation: named("collation").map(|w| interp.collation_name(&w)),
        canonical: named("canonical").map(|w| interp.function_name(&w)),
        subtype_diff: named("subtype_diff").map(|w| interp.function_name(&w)),
        multirange: multirange.filter(|m| *m != automatic && interp.major() >= 14),
        subtype,
        name,
    })
}

/// PostgreSQL's B-tree classes that are the default of a type are named after it, but for those of types that share one.
fn is_default_class(class: &QualifiedName, data_type: &DataType) -> bool {
    class.schema == trueup_catalog::PG_CATALOG
        && data_type.schema.as_ref().is_some_and(|s| *s == trueup_catalog::PG_CATALOG)
        && !data_type.array
        && class.name == format!("{}_ops", data_type.name.as_str()).as_str()
}

/// What ALTER TYPE and DROP TYPE name: a type of the catalog.
fn find(
    interp: &Interpreter<'_>,
    written: &WrittenName,
) -> Outcome<(QualifiedName, TypeKind, Option<ObjectKey>)> {
    let missing =
        || Failure::undefined("42704", format!("type {written} does not exist")).at(written.range.clone());
    let name = interp.find_type(written.schema.as_ref(), &written.name).ok_or_else(missing)?;
    let kind = interp.store.type_kind(&name).unwrap_or(TypeKind::Opaque);
    let key = |kind| Some(ObjectKey::in_schema(kind, name.clone()));
    let key = match kind {
        TypeKind::Composite => match interp.store.relation(&name).map(|r| r.kind) {
            Some(RelationKind::CompositeType) => key(ObjectKind::CompositeType),
            other => {
                let word = other.map_or("relation", RelationKind::word);
                return Err(Failure::refused("42809", format!("{name} is the row type of a {word}"))
                    .help(format!("use the statements for a {word}")));
            }
        },
        TypeKind::Enum => key(ObjectKind::EnumType),
        TypeKind::Domain => key(ObjectKind::Domain),
        TypeKind::Range => key(ObjectKind::RangeType),
        TypeKind::Multirange => {
            return Err(Failure::refused("2BP01", format!("{name} is the multirange of a range type")));
        }
        TypeKind::Opaque => key(ObjectKind::BaseType).filter(|key| interp.store.get(key).is_some()),
    };
    Ok((name, kind, key))
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::alter(cursor)?;
    let (name, _, key) = find(interp, &statement.name)?;
    let Some(key) = key else {
        // One of an extension, which is not the schema's.
        return match statement.action {
            AlterTypeAction::Owner(_) | AlterTypeAction::Options(_) => Ok(()),
            _ => Err(Failure::not_understood(format!("{name} is no type of the schema"))),
        };
    };
    match statement.action {
        AlterTypeAction::AddValue { if_not_exists, label, neighbour } => {
            let added = label.clone();
            let there = labels_of(interp, &key).contains(&added);
            edit_labels(interp, &key, &name, |labels| add_label(labels, if_not_exists, label, neighbour))?;
            if !there && interp.adds_unsafe_labels(&key) {
                interp.uncommitted_labels.push((name, added));
            }
            Ok(())
        }
        AlterTypeAction::RenameValue { from, to } => edit_labels(interp, &key, &name, |labels| {
            if labels.contains(&to) {
                return Err(Failure::duplicate("42710", format!("enum label \"{to}\" already exists")));
            }
            let label = labels.iter_mut().find(|l| **l == from).ok_or_else(|| {
                Failure::undefined("22023", format!("\"{from}\" is not an existing enum label"))
            })?;
            *label = to;
            Ok(())
        }),
        AlterTypeAction::Attributes(actions) => {
            for (action, cascade) in actions {
                if interp.is_strict() && matches!(action, AttributeAction::Alter(_)) {
                    crate::refusal::composite_type_used(interp, &name)?;
                }
                let typed = typed_tables(interp, &name, cascade)?;
                to_typed_tables(interp, &typed, &action)?;
                alter_attribute(interp, &key, &name, action)?;
            }
            Ok(())
        }
        AlterTypeAction::RenameAttribute { from, to, cascade } => {
            let typed = typed_tables(interp, &name, cascade)?;
            edit_attributes(interp, &key, &name, |composite| {
                if composite.attributes.iter().any(|a| a.name == to) {
                    return Err(Failure::duplicate(
                        "42701",
                        format!("column {to} of relation {name} already exists"),
                    ));
                }
                let attribute = composite
                    .attributes
                    .iter_mut()
                    .find(|a| a.name == from)
                    .ok_or_else(|| Failure::no_column(&from, &name))?;
                attribute.name = to.clone();
                if let Some(comment) = composite.attribute_comments.remove(&from) {
                    composite.attribute_comments.insert(to.clone(), comment);
                }
                Ok(())
            })?;
            for relation in typed {
                let kept = interp.not_null_names(&relation);
                interp.rename(&Renamed::Column {
                    relation: relation.clone(),
                    from: from.clone(),
                    to: to.clone(),
                })?;
                let kept = kept
                    .into_iter()
                    .map(|(column, name)| (if column == from { to.clone() } else { column }, name));
                interp.keep_not_null_names(&relation, kept.collect());
            }
            Ok(())
        }
        AlterTypeAction::Rename(to) => {
            let to = QualifiedName { schema: name.schema.clone(), name: to };
            interp.rename(&Renamed::Type { from: name, to })
        }
        AlterTypeAction::Schema(schema) => {
            if !interp.schema_exists(&schema) {
                return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
            }
            let to = in_schema(&name, &schema);
            interp.rename(&Renamed::Type { from: name, to })
        }
        AlterTypeAction::Owner(role) => {
            set_owner(interp, &key, &role);
            Ok(())
        }
        AlterTypeAction::Options(elements) if key.kind == ObjectKind::BaseType => {
            base_type::alter(interp, &key, &elements)
        }
        AlterTypeAction::Options(_) => Err(Failure::refused("42809", format!("{name} is not a base type"))),
    }
}

/// The tables OF a type, which a change of its attributes reaches with CASCADE only (`find_typed_table_dependencies` in `tablecmds.c`).
fn typed_tables(
    interp: &Interpreter<'_>,
    name: &QualifiedName,
    cascade: bool,
) -> Outcome<Vec<QualifiedName>> {
    let tables: Vec<QualifiedName> = interp
        .store
        .catalog()
        .of_kind(ObjectKind::Table)
        .filter_map(|(_, entry)| Table::of(&entry.object))
        .filter(|table| table.of_type.as_ref() == Some(name))
        .map(|table| table.name.clone())
        .collect();
    if !tables.is_empty() && !cascade {
        let message = format!("cannot alter type {name} because it is the type of a typed table");
        return Err(
            Failure::refused("2BP01", message).help("use ALTER ... CASCADE to alter the typed tables too")
        );
    }
    Ok(tables)
}

/// Does to the columns of typed tables what is done to the attributes of their type.
fn to_typed_tables(
    interp: &mut Interpreter<'_>,
    tables: &[QualifiedName],
    action: &AttributeAction,
) -> Outcome {
    for table in tables {
        match action {
            AttributeAction::Add(definition) => {
                let new = attribute(interp, definition.clone())?;
                let mut column = Column::new(table.clone(), new.name, 0, new.data_type);
                column.collation = new.collation;
                interp.freeze_stars(table);
                interp.append_column(column, interp.place.statement.clone());
            }
            AttributeAction::Drop { name, .. } => {
                if interp.store.catalog().column(table, name).is_some() {
                    interp.remove(&[column_key(table, name)], true)?;
                }
            }
            AttributeAction::Alter(definition) => {
                let new = attribute(interp, definition.clone())?;
                interp.change_type(table, &new.name, &new.data_type, new.collation)?;
            }
        }
    }
    Ok(())
}

fn labels_of(interp: &Interpreter<'_>, key: &ObjectKey) -> Vec<String> {
    let entry = interp.store.get(key);
    entry.and_then(|entry| EnumType::of(&entry.object)).map(|found| found.labels.clone()).unwrap_or_default()
}

impl Interpreter<'_> {
    /// Whether a transaction block is open, so that labels which are added to the enum can't be used in it; from 17 on they can where it
    /// made the enum as well (`check_safe_enum_use` in `enum.c`).
    fn adds_unsafe_labels(&self, key: &ObjectKey) -> bool {
        let Some(start) = self.transaction.filter(|_| self.is_strict()) else { return false };
        let made = |change: &crate::step::Change| change.key == *key && change.before.is_none();
        self.major() < 17 || !self.store.changes_since(start).iter().any(made)
    }
}

fn edit_labels(
    interp: &mut Interpreter<'_>,
    key: &ObjectKey,
    name: &QualifiedName,
    change: impl FnOnce(&mut Vec<String>) -> Outcome,
) -> Outcome {
    interp
        .store
        .edit(key, |entry| EnumType::of_mut(&mut entry.object).map(|e| change(&mut e.labels)))
        .flatten()
        .unwrap_or_else(|| Err(Failure::refused("42809", format!("{name} is not an enum"))))
}

fn add_label(
    labels: &mut Vec<String>,
    if_not_exists: bool,
    label: String,
    neighbour: Option<(Neighbour, String)>,
) -> Outcome {
    if labels.contains(&label) {
        if if_not_exists {
            return Ok(());
        }
        return Err(Failure::duplicate("42710", format!("enum label \"{label}\" already exists")));
    }
    let at = match neighbour {
        None => labels.len(),
        Some((side, neighbour)) => {
            let at = labels.iter().position(|l| *l == neighbour).ok_or_else(|| {
                Failure::undefined("22023", format!("\"{neighbour}\" is not an existing enum label"))
            })?;
            if side == Neighbour::After { at + 1 } else { at }
        }
    };
    labels.insert(at, label);
    Ok(())
}

fn edit_attributes(
    interp: &mut Interpreter<'_>,
    key: &ObjectKey,
    name: &QualifiedName,
    change: impl FnOnce(&mut CompositeType) -> Outcome,
) -> Outcome {
    interp
        .store
        .edit(key, |entry| CompositeType::of_mut(&mut entry.object).map(change))
        .flatten()
        .unwrap_or_else(|| Err(Failure::refused("42809", format!("{name} is not a composite type"))))
}

fn alter_attribute(
    interp: &mut Interpreter<'_>,
    key: &ObjectKey,
    name: &QualifiedName,
    action: AttributeAction,
) -> Outcome {
    match action {
        AttributeAction::Add(definition) => {
            let new = attribute(interp, definition)?;
            edit_attributes(interp, key, name, |composite| {
                if composite.attributes.iter().any(|a| a.name == new.name) {
                    let message = format!("column {} of relation {name} already exists", new.name);
                    return Err(Failure::duplicate("42701", message));
                }
                composite.attributes.push(new);
                Ok(())
            })
        }
        AttributeAction::Drop { if_exists, name: dropped } => {
            edit_attributes(interp, key, name, |composite| {
                let before = composite.attributes.len();
                composite.attributes.retain(|a| a.name != dropped);
                composite.attribute_comments.remove(&dropped);
                if composite.attributes.len() == before && !if_exists {
                    return Err(Failure::no_column(&dropped, name));
                }
                Ok(())
            })
        }
        AttributeAction::Alter(definition) => {
            let new = attribute(interp, definition)?;
            edit_attributes(interp, key, name, |composite| {
                let attribute = composite
                    .attributes
                    .iter_mut()
                    .find(|a| a.name == new.name)
                    .ok_or_else(|| Failure::no_column(&new.name, name))?;
                *attribute = new;
                Ok(())
            })
        }
    }
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let list = drop_list(cursor)?;
    let mut keys = Vec::new();
    for written in &list.names {
        match find(interp, written) {
            Ok((_, _, Some(key))) => keys.push(key),
            Ok((_, _, None)) => {}
            Err(failure) if list.if_exists && failure.sqlstate == Some("42704") => {}
            Err(failure) => return Err(failure),
        }
    }
    interp.remove(&keys, list.cascade)
}

/// `name` as the name of a type of the catalog, if one has it.
pub(crate) fn type_key(interp: &Interpreter<'_>, written: &WrittenName) -> Outcome<Option<ObjectKey>> {
    find(interp, written).map(|(_, _, key)| key)
}
