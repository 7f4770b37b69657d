//! Statements about kinds whose names share a form: which file makes the object, and the few statements that stand alone.

use trueup_catalog::ObjectKind;
use trueup_syntax::Cursor;

use crate::apply::{
    aggregate, cast, create_collation, event_trigger, foreign_data, language, object, operator,
    operator_class, publication, rule, statistics, subscription, table, text_search,
};
use crate::diagnostic::{Failure, Outcome};
use crate::dispatch::not_understood;
use crate::grammar::object::{self as grammar, NamedObject};
use crate::interpreter::Interpreter;

/// SECURITY LABEL, REASSIGN OWNED, IMPORT FOREIGN SCHEMA.
pub(crate) fn statement(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let range = interp.place.statement.clone();
    if cursor.accept_words("security label") {
        return crate::apply::security_label::security_label(interp, cursor);
    }
    if cursor.accept_words("reassign owned") {
        cursor.rest();
        interp.gap("owner", "", "REASSIGN OWNED changes owners", range);
        return Ok(());
    }
    if cursor.accept_words("import foreign schema") {
        cursor.rest();
        return Err(Failure::dynamic(
            "the foreign tables that IMPORT FOREIGN SCHEMA makes are not known before it runs",
        ));
    }
    if cursor.is_word("call") {
        return crate::apply::set::call(interp, cursor);
    }
    not_understood(interp)
}

/// `CREATE [OR REPLACE] …`.
pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let or_replace = cursor.accept_words("or replace");
    if cursor.accept("rule") {
        return rule::create(interp, cursor, or_replace);
    }
    if cursor.accept_words("foreign table") {
        return table::create_foreign(interp, cursor);
    }
    let is_default = cursor.is_words("default conversion");
    let trusted = cursor.is_word("trusted");
    let Some((object, if_not_exists)) = grammar::object(cursor, true)? else {
        return not_understood(interp);
    };
    match object {
        NamedObject::Outside => {
            cursor.rest();
            interp.skipped += 1;
            Ok(())
        }
        NamedObject::InSchema(kind, written) => match kind {
            ObjectKind::Collation => create_collation::create(interp, cursor, &written, if_not_exists),
            ObjectKind::Conversion => {
                create_collation::create_conversion(interp, cursor, &written, is_default)
            }
            ObjectKind::Statistics => statistics::create(interp, cursor, &written, if_not_exists),
            _ => text_search::create(interp, cursor, kind, &written),
        },
        NamedObject::Global(kind, name) => match kind {
            ObjectKind::ForeignDataWrapper => foreign_data::create_wrapper(interp, cursor, name),
            ObjectKind::Server => foreign_data::create_server(interp, cursor, name, if_not_exists),
            ObjectKind::AccessMethod => language::create_access_method(interp, cursor, name),
            ObjectKind::EventTrigger => event_trigger::create(interp, cursor, name),
            ObjectKind::Publication => publication::create(interp, cursor, name),
            ObjectKind::Subscription => subscription::create(interp, cursor, name),
            ObjectKind::Language => language::create(interp, cursor, name, trusted, or_replace),
            _ => not_understood(interp),
        },
        NamedObject::Aggregate(written, arguments) => {
            aggregate::create(interp, cursor, &written, &arguments, or_replace)
        }
        NamedObject::Operator { schema, symbol, .. } => operator::create(interp, cursor, schema, &symbol),
        NamedObject::OfMethod(ObjectKind::OperatorClass, written, _) => {
            operator_class::create(interp, cursor, &written)
        }
        NamedObject::OfMethod(_, written, method) => operator_class::create_family(interp, &written, method),
        NamedObject::Cast { source, target } => cast::create(interp, cursor, &source, &target),
        NamedObject::Transform { data_type, language } => {
            cast::create_transform(interp, cursor, &data_type, language, or_replace)
        }
        NamedObject::UserMapping { user, server } => {
            foreign_data::create_mapping(interp, cursor, &user, server, if_not_exists)
        }
        // Read above.
        NamedObject::Rule { .. } | NamedObject::ForeignTable(_) => not_understood(interp),
    }
}

/// `ALTER …`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    if cursor.accept_words("default privileges") {
        return crate::apply::default_privileges::alter(interp, cursor);
    }
    object::alter(interp, cursor)
}

/// `DROP …`.
pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    object::drop(interp, cursor)
}
