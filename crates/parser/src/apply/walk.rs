//! Every reference that an object's own fields hold to other objects, by kind of reference.
//!
//! Owns: one walk over all kinds, read-only and to be changed, so that removing and renaming can't forget a field.
//! Never: what a reference means.

use trueup_catalog::*;

/// The relation, if any, over whose columns an expression is.
pub(crate) type Base = Option<QualifiedName>;

macro_rules! walker {
    ($walk:ident, $reference:ident, $partition_key:ident, $element:ident, $argument:ident, $($m:tt)*) => {
        /// A reference in a field.
        pub(crate) enum $reference<'a> {
            /// A relation by name: a foreign key's, a parent, a constraint trigger's.
            Relation(&'a $($m)* QualifiedName),
            /// A type.
            Type(&'a $($m)* DataType),
            /// A function by name.
            Routine(&'a $($m)* QualifiedName),
            /// A collation or operator class, which are named only.
            Other(&'a $($m)* QualifiedName),
            /// A schema.
            Schema(&'a $($m)* Name),
            /// An expression, over the columns of a relation or none.
            Expr(&'a $($m)* Expr, Base),
            /// A query.
            Query(&'a $($m)* Query),
        }

        fn $element<'a>(
            element: &'a $($m)* IndexElement,
            base: &Base,
            tell: &mut dyn FnMut($reference<'a>),
        ) {
            let IndexElement { target, collation, operator_class, descending: _, nulls_first: _ } = element;
            match target {
                IndexTarget::Column(_) => {}
                IndexTarget::Expr(expr) => tell($reference::Expr(expr, base.clone())),
            }
            if let Some(collation) = collation {
                tell($reference::Other(collation));
            }
            if let Some(OperatorClass { name: Some(name), options: _ }) = operator_class {
                tell($reference::Other(name));
            }
        }

        fn $partition_key<'a>(
            key: &'a $($m)* PartitionKey,
            base: &Base,
            tell: &mut dyn FnMut($reference<'a>),
        ) {
            for PartitionElement { target, collation, operator_class } in & $($m)* key.elements {
                match target {
                    IndexTarget::Column(_) => {}
                    IndexTarget::Expr(expr) => tell($reference::Expr(expr, base.clone())),
                }
                if let Some(name) = collation {
                    tell($reference::Other(name));
                }
                if let Some(name) = operator_class {
                    tell($reference::Other(name));
                }
            }
        }

        fn $argument<'a>(routine: &'a $($m)* Routine, tell: &mut dyn FnMut($reference<'a>)) {
            let Routine {
                name: _,
                arguments,
                returns,
                returns_set: _,
                language: _,
                body,
                volatility: _,
                strict: _,
                security_definer: _,
                leakproof: _,
                window: _,
                parallel: _,
                cost: _,
                rows: _,
                support,
                config: _,
                transforms,
            } = routine;
            for Argument { name: _, mode: _, data_type, default } in arguments {
                tell($reference::Type(data_type));
                if let Some(expr) = default {
                    tell($reference::Expr(expr, None));
                }
            }
            if let Some(data_type) = returns {
                tell($reference::Type(data_type));
            }
            for data_type in transforms {
                tell($reference::Type(data_type));
            }
            if let Some(name) = support {
                tell($reference::Routine(name));
            }
            match body {
                RoutineBody::Source(_) | RoutineBody::Library { .. } => {}
                // Read as a query where it is one.
                RoutineBody::Sql(query) => tell($reference::Query(query)),
            }
        }

        /// Tells every reference of an object; not its own name, nor that of the relation that it belongs to.
        pub(crate) fn $walk<'a>(object: &'a $($m)* Object, tell: &mut dyn FnMut($reference<'a>)) {
            match object {
                Object::Schema(_) | Object::EnumType(_) => {}
                Object::Extension(Extension { name: _, schema, version: _ }) => {
                    if let Some(schema) = schema {
                        tell($reference::Schema(schema));
                    }
                }
                Object::Domain(Domain { name: _, base, collation, default, not_null: _ }) => {
                    tell($reference::Type(base));
                    if let Some(name) = collation {
                        tell($reference::Other(name));
                    }
                    if let Some(expr) = default {
                        tell($reference::Expr(expr, None));
                    }
                }
                Object::DomainConstraint(DomainConstraint { domain: _, name: _, check, base, validated: _ }) => {
                    tell($reference::Expr(check, None));
                    tell($reference::Type(base));
                }
                Object::CompositeType(CompositeType { name: _, attributes, attribute_comments: _ }) => {
                    for CompositeAttribute { name: _, data_type, collation } in attributes {
                        tell($reference::Type(data_type));
                        if let Some(name) = collation {
                            tell($reference::Other(name));
                        }
                    }
                }
                Object::RangeType(range) => {
                    let RangeType { name: _, subtype, operator_class, collation, canonical, subtype_diff, multirange: _ } =
                        range;
                    tell($reference::Type(subtype));
                    if let Some(name) = operator_class {
                        tell($reference::Other(name));
                    }
                    if let Some(name) = collation {
                        tell($reference::Other(name));
                    }
                    if let Some(name) = canonical {
                        tell($reference::Routine(name));
                    }
                    if let Some(name) = subtype_diff {
                        tell($reference::Routine(name));
                    }
                }
                Object::Sequence(Sequence { name: _, persistence: _, options: _, owned_by }) => {
                    if let Some((table, _)) = owned_by {
                        tell($reference::Relation(table));
                    }
                }
                Object::Table(table) => {
                    let Table {
                        name,
                        persistence: _,
                        partition_key,
                        partition_of,
                        inherits,
                        of_type,
                        access_method: _,
                        tablespace: _,
                        options: _,
                        row_security: _,
                        force_row_security: _,
                        replica_identity: _,
                        clustered_on: _,
                    } = table;
                    let base = Some(name.clone());
                    if let Some(key) = partition_key {
                        $partition_key(key, &base, tell);
                    }
                    if let Some(PartitionOf { parent, bound }) = partition_of {
                        tell($reference::Relation(parent));
                        match bound {
                            PartitionBound::Default | PartitionBound::Hash { .. } => {}
                            PartitionBound::List(values) => {
                                for value in values {
                                    tell($reference::Expr(value, None));
                                }
                            }
                            PartitionBound::Range { from, to } => {
                                for bound in from {
                                    if let RangeBound::Value(value) = bound {
                                        tell($reference::Expr(value, None));
                                    }
                                }
                                for bound in to {
                                    if let RangeBound::Value(value) = bound {
                                        tell($reference::Expr(value, None));
                                    }
                                }
                            }
                        }
                    }
                    for parent in inherits {
                        tell($reference::Relation(parent));
                    }
                    if let Some(name) = of_type {
                        tell($reference::Relation(name));
                    }
                }
                Object::Column(column) => {
                    let Column {
                        table,
                        name: _,
                        position: _,
                        data_type,
                        collation,
                        not_null: _,
                        default,
                        identity: _,
                        generated,
                        storage: _,
                        compression: _,
                        options: _,
                        statistics: _,
                        inherited: _,
                    } = column;
                    tell($reference::Type(data_type));
                    if let Some(name) = collation {
                        tell($reference::Other(name));
                    }
                    if let Some(expr) = default {
                        tell($reference::Expr(expr, None));
                    }
                    if let Some(Generated { expr, stored: _ }) = generated {
                        tell($reference::Expr(expr, Some(table.clone())));
                    }
                }
                Object::Constraint(constraint) => {
                    let Constraint {
                        table,
                        name: _,
                        body,
                        deferrable: _,
                        initially_deferred: _,
                        validated: _,
                        enforced: _,
                        no_inherit: _,
                        inherited: _,
                    } = constraint;
                    let base = Some(table.clone());
                    match body {
                        ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) => {}
                        ConstraintBody::ForeignKey(key) => tell($reference::Relation(& $($m)* key.references)),
                        ConstraintBody::Check { expr } => tell($reference::Expr(expr, base)),
                        ConstraintBody::Exclusion(exclusion) => {
                            let Exclusion { method: _, elements, include: _, predicate, options: _, tablespace: _, statistics: _ } = exclusion;
                            for ExclusionElement { element, operator } in elements {
                                $element(element, &base, tell);
                                tell($reference::Other(operator));
                            }
                            if let Some(expr) = predicate {
                                tell($reference::Expr(expr, base));
                            }
                        }
                    }
                }
                Object::Index(index) => {
                    let Index {
                        table,
                        name: _,
                        method: _,
                        unique: _,
                        elements,
                        include: _,
                        nulls_not_distinct: _,
                        predicate,
                        options: _,
                        tablespace: _,
                        attached_to: _,
                        statistics: _,
                        valid: _,
                    } = index;
                    let base = Some(table.clone());
                    for element in elements {
                        $element(element, &base, tell);
                    }
                    if let Some(expr) = predicate {
                        tell($reference::Expr(expr, base));
                    }
                }
                Object::View(View { name: _, persistence: _, columns, query, options: _, column_defaults, column_comments: _ }) => {
                    for ViewColumn { name: _, data_type } in columns {
                        if let Some(data_type) = data_type {
                            tell($reference::Type(data_type));
                        }
                    }
                    tell($reference::Query(query));
                    for (_, expr) in column_defaults {
                        tell($reference::Expr(expr, None));
                    }
                }
                Object::MaterializedView(view) => {
                    let MaterializedView {
                        name: _,
                        columns,
                        query,
                        options: _,
                        access_method: _,
                        tablespace: _,
                        populated: _,
                        clustered_on: _,
                        column_settings: _,
                        column_comments: _,
                    } = view;
                    for ViewColumn { name: _, data_type } in columns {
                        if let Some(data_type) = data_type {
                            tell($reference::Type(data_type));
                        }
                    }
                    tell($reference::Query(query));
                }
                Object::Function(Function(routine)) => $argument(routine, tell),
                Object::Procedure(Procedure(routine)) => $argument(routine, tell),
                Object::Trigger(trigger) => {
                    let Trigger {
                        table,
                        name: _,
                        timing: _,
                        on_insert: _,
                        on_update: _,
                        update_columns: _,
                        on_delete: _,
                        on_truncate: _,
                        for_each_row: _,
                        when,
                        old_table: _,
                        new_table: _,
                        function,
                        arguments: _,
                        constraint,
                        enabled: _,
                        inherited: _,
                    } = trigger;
                    if let Some(expr) = when {
                        tell($reference::Expr(expr, Some(table.clone())));
                    }
                    tell($reference::Routine(function));
                    if let Some(ConstraintTrigger { from: Some(from), deferrable: _, initially_deferred: _ }) = constraint {
                        tell($reference::Relation(from));
                    }
                }
                Object::Policy(Policy { table, name: _, permissive: _, command: _, roles: _, using, check }) => {
                    if let Some(expr) = using {
                        tell($reference::Expr(expr, Some(table.clone())));
                    }
                    if let Some(expr) = check {
                        tell($reference::Expr(expr, Some(table.clone())));
                    }
                }
            }
        }
    };
}

walker!(walk, Reference, partition_key, index_element, routine,);
walker!(walk_mut, ReferenceMut, partition_key_mut, index_element_mut, routine_mut, mut);
