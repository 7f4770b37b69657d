//! The three-valued comparison of two canonical trees.
//!
//! Owns: which difference is certain, and why another isn't. Never: makes trees (see `analyze`).

use smol_str::SmolStr;

use crate::canon::{Node, Setting, Value};

/// How two trees compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Same,
    Different,
    /// And why.
    CantTell(SmolStr),
}

/// Compares two trees. A difference that holds whatever an unresolved part means is certain;
/// any other leaves it open.
pub(crate) fn compare(left: &Node, right: &Node) -> Comparison {
    crate::deep(|| compare_here(left, right))
}

fn compare_here(left: &Node, right: &Node) -> Comparison {
    if let (Node::Const { ty: a, value: x }, Node::Const { ty: b, value: y }) = (left, right) {
        if a != b {
            return Comparison::Different;
        }
        return match (x, y) {
            _ if x == y => Comparison::Same,
            (Value::Null, _) | (_, Value::Null) => Comparison::Different,
            (Value::Raw(text), _) | (_, Value::Raw(text)) => Comparison::CantTell(raw_reason(a, text)),
            (Value::Exact(_), Value::Exact(_)) => Comparison::Different,
            (
                Value::Usual { form: one, written, setting },
                Value::Usual { form: other, .. } | Value::Exact(other),
            )
            | (Value::Exact(other), Value::Usual { form: one, written, setting }) => {
                if one == other {
                    Comparison::Same
                } else if *setting == Setting::TimeZone && a == "timestamptz" && apart_in_any_zone(one, other)
                {
                    Comparison::Different
                } else {
                    Comparison::CantTell(session_reason(a, written, *setting))
                }
            }
        };
    }
    let (below_left, below_right) = (left.children(), right.children());
    if left.head() != right.head() || below_left.len() != below_right.len() {
        return match left.opaque_reason().or_else(|| right.opaque_reason()) {
            Some(why) => Comparison::CantTell(why),
            None => Comparison::Different,
        };
    }
    let opaque = matches!(left, Node::Opaque { .. });
    let mut result = Comparison::Same;
    for (a, b) in below_left.into_iter().zip(below_right) {
        match compare(a, b) {
            Comparison::Same => {}
            // Under something unresolved even constants may come to the same.
            Comparison::Different if opaque => {
                let why = left.doubt().unwrap_or_default();
                result = Comparison::CantTell(why);
            }
            Comparison::Different => return Comparison::Different,
            open @ Comparison::CantTell(_) => {
                if result == Comparison::Same {
                    result = open;
                }
            }
        }
    }
    result
}

impl Node {
    /// Whether a part could not be resolved.
    pub fn is_open(&self) -> bool {
        self.opaque_reason().is_some()
    }

    /// The first reason below for which a comparison could not be sure.
    fn doubt(&self) -> Option<SmolStr> {
        match self {
            Node::Opaque { why, .. } => Some(why.clone()),
            Node::Const { value: Value::Raw(text), ty } => Some(raw_reason(ty, text)),
            Node::Const { value: Value::Usual { written, setting, .. }, ty } => {
                Some(session_reason(ty, written, *setting))
            }
            _ => crate::deep(|| self.children().into_iter().find_map(Node::doubt)),
        }
    }

    /// The first unresolved part below. A raw constant doesn't count: it differs in its value
    /// at most, never in its shape.
    fn opaque_reason(&self) -> Option<SmolStr> {
        match self {
            Node::Opaque { why, .. } => Some(why.clone()),
            _ => crate::deep(|| self.children().into_iter().find_map(Node::opaque_reason)),
        }
    }
}

fn raw_reason(ty: &str, text: &str) -> SmolStr {
    SmolStr::from(format!("only PostgreSQL can read '{text}' as {ty}"))
}

fn session_reason(ty: &str, text: &str, setting: Setting) -> SmolStr {
    let setting = match setting {
        Setting::TimeZone => "TimeZone",
        Setting::IntervalStyle => "IntervalStyle",
        Setting::DateStyle => "DateStyle",
        Setting::Money => "lc_monetary",
    };
    SmolStr::from(format!("what '{text}' is as {ty} depends on the session's {setting}"))
}

/// Whether two instants are further apart than the time zones of two sessions can bring them: a zone is less than a
/// week from UTC (`MAX_TZDISP_HOUR` in `timestamp.h` for written offsets, `getoffset` in `localtime.c` for zones).
fn apart_in_any_zone(one: &str, other: &str) -> bool {
    const TWO_WEEKS: u64 = 2 * 7 * 86_400_000_000;
    match (one.parse::<i64>(), other.parse::<i64>()) {
        (Ok(one), Ok(other)) => one.abs_diff(other) > TWO_WEEKS,
        _ => false,
    }
}
