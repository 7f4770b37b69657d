//! SET, RESET and SELECT set_config().

use trueup_syntax::Cursor;

use crate::diagnostic::Outcome;
use crate::dispatch::not_understood;
use crate::interpreter::Interpreter;

pub(crate) fn set(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let _ = cursor;
    not_understood(interp)
}

pub(crate) fn select(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let _ = cursor;
    not_understood(interp)
}
