//! Columns of tables: what a definition makes of them, with the sequences of serial and identity columns.

use trueup_catalog::{
    Column, DataType, Entry, Expr, Generated, Identity, Name, NotNull, ObjectKey, ObjectKind, Persistence,
    QualifiedName, Sequence, SequenceOptions, Storage, quote_literal,
};
use trueup_syntax::type_name::TypeName;

use super::sequence::init_params;
use crate::diagnostic::{Failure, Outcome};
use crate::expression;
use crate::grammar::constraint::{Body, ConstraintDef};
use crate::grammar::sequence::SequenceOption;
use crate::grammar::table::ColumnDef;
use crate::interpreter::Interpreter;
use crate::store::TypeKind;

/// What a column's definition asks for.
pub(crate) struct NewColumn<'a> {
    /// The column.
    pub column: Column,
    /// Where it stands.
    pub range: std::ops::Range<usize>,
    /// Checks, keys and foreign keys that stand at it, to be made when the table is there.
    pub constraints: Vec<ConstraintDef<'a>>,
    /// The sequence of a serial column.
    pub sequence: Option<Sequence>,
    /// Whether the definition has a default or generates the value.
    pub default_stated: bool,
}

impl Interpreter<'_> {
    /// The type that a column is declared with.
    pub fn column_type(&self, type_name: &TypeName) -> Outcome<DataType> {
        if type_name.setof {
            return Err(Failure::refused("42P16", "a column can't be declared SETOF"));
        }
        if type_name.column_of.is_some() {
            return Err(Failure::syntax("%TYPE can't be the type of a column"));
        }
        let resolved = self.resolve_type(type_name.data_type.clone());
        if resolved.schema.is_none()
            && !resolved.array
            && let Some(element) = resolved.name.as_str().strip_prefix('_')
            && let Some(found) = self.find_type(None, &Name::new(element))
        {
            return Ok(DataType::named(found).array_of());
        }
        Ok(resolved)
    }

    /// The collation of a column where it is not the type's own.
    pub fn column_collation(&self, data_type: &DataType, collation: QualifiedName) -> Option<QualifiedName> {
        (self.type_collation(data_type) != Some(collation.clone())).then_some(collation)
    }

    /// The collation that values of a type have by default (`pg_type.typcollation`).
    fn type_collation(&self, data_type: &DataType) -> Option<QualifiedName> {
        if let Some(name) = data_type.qualified_name()
            && self.store.type_kind(&name) == Some(TypeKind::Domain)
            && let Some(entry) = self.store.get(&ObjectKey::in_schema(ObjectKind::Domain, name))
            && let Some(domain) = trueup_catalog::Domain::of(&entry.object)
        {
            return domain.collation.clone().or_else(|| self.type_collation(&domain.base));
        }
        Some(QualifiedName::new("pg_catalog", if data_type.name == "name" { "C" } else { "default" }))
    }

    /// Reads a column's definition. Serial and identity columns choose their sequences' names at once, and the sequence of a serial
    /// column is made; nothing else is put into the catalog.
    pub fn new_column<'a>(
        &mut self,
        table: &QualifiedName,
        persistence: Persistence,
        def: &ColumnDef<'a>,
    ) -> Outcome<NewColumn<'a>> {
        let Some(type_name) = &def.type_name else {
            return Err(Failure::syntax("a type is missing").at(def.range.clone()));
        };
        let serial =
            serial_type(&type_name.data_type).filter(|_| !type_name.setof && type_name.column_of.is_none());
        let data_type = match serial {
            Some(name) => DataType::builtin(name),
            None => self.column_type(type_name).map_err(|f| f.at(def.type_range.clone()))?,
        };
        let mut new = NewColumn {
            column: Column::new(table.clone(), def.name.clone(), 0, data_type),
            range: def.range.clone(),
            constraints: Vec::new(),
            sequence: None,
            default_stated: false,
        };
        if serial.is_some() {
            let name = self.serial_sequence(table, &def.name);
            let options = SequenceOptions::defaults(new.column.data_type.clone());
            // Sequences are logged always before 15.
            let logged = persistence == Persistence::Unlogged && self.major() < 15;
            let persistence = if logged { Persistence::Permanent } else { persistence };
            let sequence = Sequence {
                name: name.clone(),
                persistence,
                options,
                owned_by: Some((table.clone(), def.name.clone())),
            };
            let span = self.span(def.range.clone());
            self.store.put(Entry { span: Some(span), ..Entry::from(sequence.clone()) });
            new.sequence = Some(sequence);
            new.column.default = Some(nextval(&name));
            new.column.not_null = Some(NotNull::default());
            new.default_stated = true;
        }
        self.column_qualifiers(def, &mut new)?;
        Ok(new)
    }

    fn serial_sequence(&self, table: &QualifiedName, column: &Name) -> QualifiedName {
        let name = self.choose_relation_name(
            &table.schema,
            table.name.as_str(),
            Some(column.as_str()),
            "seq",
            false,
        );
        QualifiedName { schema: table.schema.clone(), name }
    }

    /// What stands after the type.
    pub fn column_qualifiers<'a>(&mut self, def: &ColumnDef<'a>, new: &mut NewColumn<'a>) -> Outcome {
        let at = |f: Failure| f.at(def.range.clone());
        if let Some(written) = &def.collation {
            let collation = self.collation_name(written);
            if self.is_strict() {
                crate::strict::collation(self, &collation).map_err(at)?;
            }
            new.column.collation = self.column_collation(&new.column.data_type, collation);
        }
        if let Some(word) = &def.storage {
            new.column.storage = self.column_storage(&new.column.data_type, word)?;
        }
        if let Some(word) = &def.compression {
            new.column.compression = Some(word.clone()).filter(|w| *w != "default");
        }
        new.column.foreign_options = def.foreign_options.clone();
        for constraint in &def.constraints {
            match &constraint.body {
                Body::NotNull(_) => {
                    new.column.not_null = Some(NotNull {
                        name: self.not_null_name(&new.column, constraint.name.as_ref()),
                        no_inherit: constraint.attributes.no_inherit,
                        not_valid: false,
                    });
                }
                Body::Null => {
                    if new.column.not_null.is_some() {
                        return Err(at(Failure::syntax(format!(
                            "conflicting NULL/NOT NULL declarations for column {}",
                            def.name
                        ))));
                    }
                }
                Body::Default(slice) => {
                    if new.default_stated {
                        return Err(at(Failure::syntax(format!(
                            "multiple default values specified for column {}",
                            def.name
                        ))));
                    }
                    new.default_stated = true;
                    let expr = self.expr(slice);
                    new.column.default = self.column_default(&new.column.data_type, expr);
                }
                Body::Generated { expr, stored } => {
                    if stored.is_none() && self.major() < 18 {
                        return Err(
                            Failure::syntax("a generated column must be STORED").at(constraint.range.clone())
                        );
                    }
                    new.default_stated = true;
                    new.column.default = None;
                    let stored = stored.unwrap_or(false);
                    if !stored {
                        crate::refusal::virtual_type(self, &new.column).map_err(at)?;
                    }
                    new.column.generated = Some(Generated { expr: self.expr(expr), stored });
                }
                Body::Identity { always, options } => {
                    new.default_stated = true;
                    let column = &new.column;
                    let identity = self
                        .new_identity(&column.table, &column.name, &column.data_type, *always, options)
                        .map_err(at)?;
                    new.column.identity = Some(identity);
                    if new.column.not_null.is_none() {
                        new.column.not_null = Some(NotNull::default());
                    }
                }
                Body::Check(_)
                | Body::PrimaryKey(_)
                | Body::Unique(_)
                | Body::ForeignKey(_)
                | Body::Exclusion(_) => {
                    let mut constraint = constraint.clone();
                    match &mut constraint.body {
                        Body::PrimaryKey(key) | Body::Unique(key) => key.columns = vec![def.name.clone()],
                        Body::ForeignKey(key) => key.columns = vec![def.name.clone()],
                        _ => {}
                    }
                    new.constraints.push(constraint);
                }
            }
        }
        Ok(())
    }

    /// The identity property of a column, its inner sequence named.
    pub fn new_identity(
        &self,
        table: &QualifiedName,
        column: &Name,
        data_type: &DataType,
        always: bool,
        options: &[SequenceOption],
    ) -> Outcome<Identity> {
        let given = options.iter().find_map(|o| match o {
            SequenceOption::Name(name) => Some(name.clone()),
            _ => None,
        });
        let sequence = match given {
            Some(written) => QualifiedName {
                schema: written.schema.unwrap_or_else(|| table.schema.clone()),
                name: written.name,
            },
            None => self.serial_sequence(table, column),
        };
        if self.store.relation(&sequence).is_some() {
            return Err(Failure::relation_exists(&sequence));
        }
        if !["int2", "int4", "int8"].iter().any(|t| data_type.is_builtin(t)) {
            return Err(Failure::refused(
                "22023",
                "identity column type must be smallint, integer, or bigint",
            ));
        }
        let mut list = vec![SequenceOption::As(data_type.clone())];
        list.extend(options.iter().filter(|o| !matches!(o, SequenceOption::As(_))).cloned());
        Ok(Identity { always, sequence, options: init_params(self, None, &list)? })
    }

    /// A default as PostgreSQL keeps it: a bare NULL of the column's very type leaves nothing behind (`AddRelationNewConstraints` in
    /// `heap.c`), but one that is coerced to a length, to a domain or from another type does: then it is no mere constant.
    pub fn column_default(&self, data_type: &DataType, expr: Expr) -> Option<Expr> {
        let domain = data_type
            .qualified_name()
            .is_some_and(|name| !data_type.array && self.store.type_kind(&name) == Some(TypeKind::Domain));
        let coerced = domain || (!data_type.modifiers.is_empty() && !data_type.is_builtin("interval"));
        let very_type =
            || expression::cast_null(&expr.sql).is_some_and(|cast| self.resolve_type(cast) == *data_type);
        if !coerced && (expression::is_null(&expr.sql) || very_type()) {
            return None;
        }
        Some(expr)
    }

    /// The storage of a column where it is not the type's own.
    pub fn column_storage(&self, data_type: &DataType, word: &Name) -> Outcome<Option<Storage>> {
        let storage = match word.as_str().to_ascii_lowercase().as_str() {
            "plain" => Storage::Plain,
            "external" => Storage::External,
            "main" => Storage::Main,
            "extended" => Storage::Extended,
            "default" => return Ok(None),
            other => return Err(Failure::refused("22023", format!("invalid storage type \"{other}\""))),
        };
        Ok(Some(storage).filter(|s| self.type_storage(data_type) != Some(*s)))
    }

    /// `pg_type.typstorage`; `None` for types of which it is not known.
    fn type_storage(&self, data_type: &DataType) -> Option<Storage> {
        if data_type.array {
            return Some(Storage::Extended);
        }
        let name = data_type.qualified_name()?;
        if name.schema == "pg_catalog" {
            return Some(match name.name.as_str() {
                "text" | "varchar" | "bpchar" | "bytea" | "json" | "jsonb" | "jsonpath" | "xml" | "bit"
                | "varbit" | "path" | "polygon" | "tsvector" | "record" | "int4range" | "int8range"
                | "numrange" | "tsrange" | "tstzrange" | "daterange" | "int4multirange"
                | "int8multirange" | "nummultirange" | "tsmultirange" | "tstzmultirange"
                | "datemultirange" | "refcursor" | "pg_snapshot" | "txid_snapshot" | "aclitem" => {
                    Storage::Extended
                }
                "numeric" | "inet" | "cidr" => Storage::Main,
                _ => Storage::Plain,
            });
        }
        match self.store.type_kind(&name)? {
            TypeKind::Enum => Some(Storage::Plain),
            TypeKind::Composite | TypeKind::Range | TypeKind::Multirange => Some(Storage::Extended),
            TypeKind::Domain => {
                let entry = self.store.get(&ObjectKey::in_schema(ObjectKind::Domain, name))?;
                self.type_storage(&trueup_catalog::Domain::of(&entry.object)?.base)
            }
            TypeKind::Opaque => None,
        }
    }

    /// A written name of NOT NULL as the model keeps it: from 18 on, and where it is not the automatic one.
    pub fn not_null_name(&self, column: &Column, written: Option<&Name>) -> Option<Name> {
        let written = written.filter(|_| self.major() >= 18)?;
        let automatic = crate::names::make_object_name(
            column.table.name.as_str(),
            Some(column.name.as_str()),
            Some("not_null"),
        );
        (*written != automatic).then(|| written.clone())
    }
}

/// The name of a column's NOT NULL constraint, the automatic one if it has no other (18 and later).
pub(crate) fn not_null_name(column: &Column) -> Option<Name> {
    let not_null = column.not_null.as_ref()?;
    Some(not_null.name.clone().unwrap_or_else(|| {
        crate::names::make_object_name(
            column.table.name.as_str(),
            Some(column.name.as_str()),
            Some("not_null"),
        )
    }))
}

/// `nextval('schema.sequence'::regclass)`.
pub(crate) fn nextval(sequence: &QualifiedName) -> Expr {
    Expr::qualified(format!("nextval({}::regclass)", quote_literal(&sequence.to_string())))
}

/// The integer type behind `serial` and its like (`transformColumnDefinition` in `parse_utilcmd.c`).
fn serial_type(data_type: &DataType) -> Option<&'static str> {
    if data_type.schema.is_some() || data_type.array || !data_type.modifiers.is_empty() {
        return None;
    }
    match data_type.name.as_str() {
        "smallserial" | "serial2" => Some("int2"),
        "serial" | "serial4" => Some("int4"),
        "bigserial" | "serial8" => Some("int8"),
        _ => None,
    }
}
