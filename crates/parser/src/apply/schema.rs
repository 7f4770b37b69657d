//! CREATE, ALTER and DROP SCHEMA.

use trueup_syntax::Cursor;

use crate::diagnostic::Outcome;
use crate::dispatch::not_understood;
use crate::interpreter::Interpreter;

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let _ = cursor;
    not_understood(interp)
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let _ = cursor;
    not_understood(interp)
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let _ = cursor;
    not_understood(interp)
}
