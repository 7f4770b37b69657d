//! Constants (`make_const` in `parse_node.c`; manual, 4.1.2 "Constants").

use smol_str::SmolStr;
use sqlparser::ast;

use super::{Analysed, Analyzer, Trouble, strip};
use crate::canon::{Node, Value};
use crate::coerce::Typed;
use crate::types::TypeId;

impl Analyzer<'_, '_> {
    /// A literal. Strings and NULL have no type yet.
    pub(super) fn literal(&mut self, value: &ast::Value) -> Analysed {
        use ast::Value as V;
        let known = self.world.known();
        Ok(match value {
            V::Number(digits, _) => self.number(digits, false),
            V::Boolean(value) => {
                self.constant(known.bool, Value::Exact(SmolStr::new_static(if *value { "t" } else { "f" })))
            }
            V::Null => self.constant(known.unknown, Value::Null),
            V::SingleQuotedString(text)
            | V::EscapedStringLiteral(text)
            | V::UnicodeStringLiteral(text)
            | V::DoubleQuotedString(text) => self.constant(known.unknown, Value::Exact(SmolStr::new(text))),
            V::DollarQuotedString(string) => {
                self.constant(known.unknown, Value::Exact(SmolStr::new(&string.value)))
            }
            // N'…' is a literal of `bpchar` (gram.y `NCHAR Sconst`).
            V::NationalStringLiteral(text) => self.constant(known.bpchar, Value::Exact(SmolStr::new(text))),
            V::SingleQuotedByteStringLiteral(bits) => {
                self.constant(known.bit, Value::Exact(SmolStr::new(bits)))
            }
            V::HexStringLiteral(digits) => {
                let mut bits = String::with_capacity(digits.len() * 4);
                for digit in digits.chars() {
                    let value = digit.to_digit(16).ok_or_else(|| {
                        Trouble::new(format!("\"{digit}\" is not a valid hexadecimal digit"))
                    })?;
                    bits.push_str(&format!("{value:04b}"));
                }
                self.constant(known.bit, Value::Exact(SmolStr::from(bits)))
            }
            V::Placeholder(text) => return self.placeholder(text),
            other => return Err(Trouble::new(format!("{other} is no literal of PostgreSQL"))),
        })
    }

    pub(super) fn constant(&self, ty: TypeId, value: Value) -> Typed {
        Typed::new(Node::Const { ty: self.world.info(ty).key.clone(), value }, ty)
    }

    /// `$1`: a parameter of the routine.
    fn placeholder(&self, text: &str) -> Analysed {
        let number = text.trim_start_matches('$').parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let found = number.and_then(|index| self.parameters.get(index));
        let Some((_, ty)) = found else {
            return Err(Trouble::new(format!("there is no parameter {text}")));
        };
        Ok(Typed::new(Node::Parameter { name: SmolStr::new(text) }, *ty))
    }

    /// A number: `int4`, `int8` or `numeric`, whichever it fits first.
    pub(super) fn number(&self, digits: &str, negative: bool) -> Typed {
        let known = self.world.known();
        let text = if negative { format!("-{digits}") } else { digits.to_owned() };
        if let Ok(value) = text.parse::<i64>() {
            let ty = if i32::try_from(value).is_ok() { known.int4 } else { known.int8 };
            return self.constant(ty, Value::Exact(SmolStr::from(value.to_string())));
        }
        let value = crate::constant::numeric(&text)
            .map_or_else(|| Value::Raw(SmolStr::new(&text)), |text| Value::Exact(SmolStr::from(text)));
        self.constant(known.numeric, value)
    }

    /// `-1`, `-(1)` and `- -1`: the grammar makes one constant of them (`doNegate`).
    pub(super) fn negated_number(&self, expr: &ast::Expr) -> Option<Typed> {
        let (mut inner, mut negative) = (strip(expr), true);
        while let ast::Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } = inner {
            inner = strip(expr);
            negative = !negative;
        }
        match inner {
            ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::Number(digits, _), .. }) => {
                Some(self.number(digits, negative))
            }
            _ => None,
        }
    }
}
