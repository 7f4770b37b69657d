//! Every reference that an object's own fields hold to other objects, by kind of reference.
//!
//! Owns: one walk over all kinds, read-only and to be changed, so that removing and renaming can't forget a field.
//! Never: what a reference means.

use trueup_catalog::*;

/// The relation, if any, over whose columns an expression is.
pub(crate) type Base = Option<QualifiedName>;

macro_rules! walker {
    (
        $walk:ident, $reference:ident, $partition_key:ident, $element:ident, $argument:ident, $routine_name:ident, $state:ident,
        $($m:tt)*
    ) => {
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

        fn $routine_name<'a>(routine: &'a $($m)* RoutineName, tell: &mut dyn FnMut($reference<'a>)) {
            let RoutineName { name, arguments } = routine;
            tell($reference::Routine(name));
            for data_type in arguments {
                tell($reference::Type(data_type));
            }
        }

        fn $state<'a>(state: &'a $($m)* AggregateState, tell: &mut dyn FnMut($reference<'a>)) {
            let AggregateState {
                transition,
                data_type,
                space: _,
                final_function,
                final_extra: _,
                final_modify: _,
                initial: _,
            } = state;
            tell($reference::Routine(transition));
            tell($reference::Type(data_type));
            if let Some(function) = final_function {
                tell($reference::Routine(function));
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
                Object::Extension(Extension { name: _, schema, version: _, altered: _ }) => {
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
                        foreign: _,
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
                        foreign_options: _,
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
                Object::BaseType(BaseType { name: _, definition }) => {
                    if let Some(definition) = definition {
                        let BaseTypeDefinition {
                            input,
                            output,
                            receive,
                            send,
                            typmod_in,
                            typmod_out,
                            analyze,
                            subscript,
                            internal_length: _,
                            passed_by_value: _,
                            alignment: _,
                            storage: _,
                            category: _,
                            preferred: _,
                            default: _,
                            element,
                            delimiter: _,
                            collatable: _,
                        } = definition;
                        tell($reference::Routine(input));
                        tell($reference::Routine(output));
                        for function in [receive, send, typmod_in, typmod_out, analyze, subscript] {
                            if let Some(function) = function {
                                tell($reference::Routine(function));
                            }
                        }
                        if let Some(element) = element {
                            tell($reference::Type(element));
                        }
                    }
                }
                Object::Collation(_)
                | Object::Subscription(_)
                | Object::UserMapping(_)
                | Object::Server(_) => {}
                Object::Conversion(Conversion { name: _, from: _, to: _, function, is_default: _ }) => {
                    tell($reference::Routine(function));
                }
                Object::Language(Language { name: _, trusted: _, handler, inline, validator }) => {
                    for function in [handler, inline, validator] {
                        if let Some(function) = function {
                            tell($reference::Routine(function));
                        }
                    }
                }
                Object::AccessMethod(AccessMethod { name: _, for_tables: _, handler }) => {
                    tell($reference::Routine(handler));
                }
                Object::Aggregate(aggregate) => {
                    let Aggregate {
                        name: _,
                        arguments,
                        kind: _,
                        direct_arguments: _,
                        state,
                        moving,
                        combine_function,
                        serial_function,
                        deserial_function,
                        sort_operator,
                        parallel: _,
                        returns,
                    } = aggregate;
                    if let Some(data_type) = returns {
                        tell($reference::Type(data_type));
                    }
                    for Argument { name: _, mode: _, data_type, default: _ } in arguments {
                        tell($reference::Type(data_type));
                    }
                    $state(state, tell);
                    if let Some(moving) = moving {
                        let (state, inverse) = & $($m)* **moving;
                        $state(state, tell);
                        tell($reference::Routine(inverse));
                    }
                    for function in [combine_function, serial_function, deserial_function] {
                        if let Some(function) = function {
                            tell($reference::Routine(function));
                        }
                    }
                    if let Some(operator) = sort_operator {
                        tell($reference::Other(operator));
                    }
                }
                Object::Operator(operator) => {
                    let Operator {
                        name: _,
                        left,
                        right,
                        function,
                        commutator,
                        negator,
                        restrict,
                        join,
                        hashes: _,
                        merges: _,
                        result,
                    } = operator;
                    if let Some(data_type) = result {
                        tell($reference::Type(data_type));
                    }
                    for side in [left, right] {
                        if let Some(data_type) = side {
                            tell($reference::Type(data_type));
                        }
                    }
                    for function in [function, restrict, join] {
                        if let Some(function) = function {
                            tell($reference::Routine(function));
                        }
                    }
                    for other in [commutator, negator] {
                        if let Some(other) = other {
                            tell($reference::Other(other));
                        }
                    }
                }
                Object::OperatorFamily(OperatorFamily { name: _, method: _, operators, functions }) => {
                    for FamilyOperator { left, right, strategy: _, operator, order_by } in operators {
                        tell($reference::Type(left));
                        tell($reference::Type(right));
                        tell($reference::Other(operator));
                        if let Some(family) = order_by {
                            tell($reference::Other(family));
                        }
                    }
                    for FamilyFunction { left, right, number: _, function } in functions {
                        tell($reference::Type(left));
                        tell($reference::Type(right));
                        $routine_name(function, tell);
                    }
                }
                Object::OperatorClass(class) => {
                    let OperatorClassObject { name: _, method: _, is_default: _, data_type, family, storage } = class;
                    tell($reference::Type(data_type));
                    tell($reference::Other(family));
                    if let Some(data_type) = storage {
                        tell($reference::Type(data_type));
                    }
                }
                Object::Cast(Cast { source, target, method, context: _ }) => {
                    tell($reference::Type(source));
                    tell($reference::Type(target));
                    match method {
                        CastMethod::Function(function) => $routine_name(function, tell),
                        CastMethod::Binary | CastMethod::InOut => {}
                    }
                }
                Object::Transform(Transform { data_type, language: _, from_sql, to_sql }) => {
                    tell($reference::Type(data_type));
                    for function in [from_sql, to_sql] {
                        if let Some(function) = function {
                            $routine_name(function, tell);
                        }
                    }
                }
                Object::TextSearchParser(parser) => {
                    let TextSearchParser { name: _, start, get_token, end, headline, lex_types } = parser;
                    for function in [start, get_token, end, lex_types] {
                        tell($reference::Routine(function));
                    }
                    if let Some(function) = headline {
                        tell($reference::Routine(function));
                    }
                }
                Object::TextSearchTemplate(TextSearchTemplate { name: _, init, lexize }) => {
                    if let Some(function) = init {
                        tell($reference::Routine(function));
                    }
                    tell($reference::Routine(lexize));
                }
                Object::TextSearchDictionary(TextSearchDictionary { name: _, template, options: _ }) => {
                    tell($reference::Other(template));
                }
                Object::TextSearchConfiguration(TextSearchConfiguration { name: _, parser, mappings }) => {
                    tell($reference::Other(parser));
                    for (_, dictionaries) in mappings {
                        for dictionary in dictionaries {
                            tell($reference::Other(dictionary));
                        }
                    }
                }
                Object::ForeignDataWrapper(ForeignDataWrapper { name: _, handler, validator, options: _ }) => {
                    for function in [handler, validator] {
                        if let Some(function) = function {
                            tell($reference::Routine(function));
                        }
                    }
                }
                Object::Statistics(statistics) => {
                    let Statistics { name: _, table, kinds: _, columns: _, expressions, target: _ } = statistics;
                    for expr in expressions {
                        tell($reference::Expr(expr, Some(table.clone())));
                    }
                    tell($reference::Relation(table));
                }
                Object::EventTrigger(EventTrigger { name: _, event: _, tags: _, function, enabled: _ }) => {
                    tell($reference::Routine(function));
                }
                Object::Rule(Rule { table, name: _, event: _, condition, instead: _, actions, enabled: _ }) => {
                    if let Some(expr) = condition {
                        tell($reference::Expr(expr, Some(table.clone())));
                    }
                    for action in actions {
                        tell($reference::Query(action));
                    }
                }
                Object::Publication(publication) => {
                    let Publication {
                        name: _,
                        all_tables: _,
                        tables,
                        schemas,
                        publish: _,
                        via_partition_root: _,
                        generated_columns: _,
                    } = publication;
                    for PublishedTable { table, columns: _, filter } in tables {
                        if let Some(expr) = filter {
                            tell($reference::Expr(expr, Some(table.clone())));
                        }
                        tell($reference::Relation(table));
                    }
                    for schema in schemas {
                        tell($reference::Schema(schema));
                    }
                }
                Object::DefaultPrivileges(DefaultPrivileges { role: _, schema, objects: _, privileges: _ }) => {
                    if let Some(schema) = schema {
                        tell($reference::Schema(schema));
                    }
                }
            }
        }
    };
}

walker!(walk, Reference, partition_key, index_element, routine, routine_name, state,);
walker!(
    walk_mut,
    ReferenceMut,
    partition_key_mut,
    index_element_mut,
    routine_mut,
    routine_name_mut,
    state_mut,
    mut
);
