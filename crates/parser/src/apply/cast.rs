//! CREATE CAST and CREATE TRANSFORM.

use trueup_catalog::{
    Cast, CastContext, CastMethod, Entry, Name, ObjectKey, RoutineName, SchemaObject, Transform,
};
use trueup_syntax::{Cursor, type_name::TypeName};

use crate::apply::object::{input_types, plain_type};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::routine::{RoutineRef, routine_ref};
use crate::interpreter::Interpreter;

/// A function with its arguments, as `WITH FUNCTION` names it.
fn routine(interp: &Interpreter<'_>, c: &mut Cursor<'_>) -> Outcome<RoutineName> {
    let RoutineRef { name, parameters } = routine_ref(c)?;
    let name = interp.function_name(&name);
    let arguments = match &parameters {
        Some(parameters) => input_types(interp, parameters)?,
        None => crate::apply::operator_class::only_arguments(interp, &name),
    };
    Ok(RoutineName { name, arguments })
}

fn put(interp: &mut Interpreter<'_>, key: &ObjectKey, entry: Entry, or_replace: bool) -> Outcome {
    if interp.store.get(key).is_some() && !or_replace {
        return Err(Failure::duplicate("42710", format!("{} {key} already exists", key.kind)));
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..entry });
    Ok(())
}

/// After `CREATE CAST (source AS target)`.
pub(crate) fn create(
    interp: &mut Interpreter<'_>,
    c: &mut Cursor<'_>,
    source: &TypeName,
    target: &TypeName,
) -> Outcome {
    let (source, target) = (plain_type(interp, source)?, plain_type(interp, target)?);
    let method = if c.accept_words("without function") {
        CastMethod::Binary
    } else if c.accept_words("with inout") {
        CastMethod::InOut
    } else {
        c.expect_words("with function")?;
        CastMethod::Function(routine(interp, c)?)
    };
    let context = if c.accept_words("as assignment") {
        CastContext::Assignment
    } else if c.accept_words("as implicit") {
        CastContext::Implicit
    } else {
        CastContext::Explicit
    };
    let cast = Cast { source, target, method, context };
    put(interp, &cast.key(), Entry::from(cast), false)
}

/// After `CREATE [OR REPLACE] TRANSFORM FOR type LANGUAGE language`.
pub(crate) fn create_transform(
    interp: &mut Interpreter<'_>,
    c: &mut Cursor<'_>,
    data_type: &TypeName,
    language: Name,
    or_replace: bool,
) -> Outcome {
    let mut transform =
        Transform { data_type: plain_type(interp, data_type)?, language, from_sql: None, to_sql: None };
    c.expect_symbol("(")?;
    loop {
        let from = c.accept("from");
        if !from {
            c.expect("to")?;
        }
        c.expect_words("sql with function")?;
        let function = Some(routine(interp, c)?);
        if from {
            transform.from_sql = function;
        } else {
            transform.to_sql = function;
        }
        if !c.accept_symbol(",") {
            break;
        }
    }
    c.expect_symbol(")")?;
    put(interp, &transform.key(), Entry::from(transform), or_replace)
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    #[test]
    fn casts_and_transforms_have_their_types_as_names() {
        let catalog = read(
            "CREATE TYPE mood AS ENUM ('a');
             CREATE FUNCTION m(mood) RETURNS int LANGUAGE sql AS 'select 1';
             CREATE CAST (mood AS int) WITH FUNCTION m(mood) AS ASSIGNMENT;
             CREATE CAST (int AS mood) WITH INOUT;
             CREATE TRANSFORM FOR mood LANGUAGE plpgsql (FROM SQL WITH FUNCTION pg_catalog.varchar_support(internal));
             DROP CAST (integer AS mood);",
        );
        let (key, entry) = catalog.of_kind(ObjectKind::Cast).next().unwrap();
        assert_eq!(key.to_string(), "(public.mood AS integer)");
        assert_eq!(Cast::of(&entry.object).unwrap().context, CastContext::Assignment);
        assert_eq!(catalog.of_kind(ObjectKind::Cast).count(), 1);
        assert_eq!(catalog.of_kind(ObjectKind::Transform).count(), 1);
        assert_eq!(
            states("CREATE CAST (int AS bool) WITH INOUT; CREATE CAST (int AS bool) WITH INOUT"),
            ["42710"]
        );
    }
}
