//! `jsonpath` (`jsonpath_gram.y`, `jsonpath_scan.l`; manual, 8.14.7): a path as its tree, in prefix form.
//!
//! What 13 to 18 don't read alike (comments, numbers that aren't decimal, the methods of 17 with arguments) is left to the
//! server.

use super::number::numeric;

/// The canonical form of a path.
pub(super) fn normal(text: &str) -> Option<String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let mode = if parser.word("strict") {
        "strict"
    } else {
        parser.word("lax");
        "lax"
    };
    let tree = parser.any()?;
    (parser.at == parser.tokens.len()).then(|| format!("{mode} {}", tree.text))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A name or keyword without quotes.
    Word(String),
    Text(String),
    Number(String),
    Variable(String),
    Sign(&'static str),
}

/// The longer ones first.
const SIGNS: [&str; 29] = [
    "**", "&&", "||", "==", "<>", "!=", "<=", ">=", "!", "<", ">", "$", "@", "?", ".", "*", "+", "-", "/",
    "%", "(", ")", "[", "]", "{", "}", ",", ":", "#",
];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(first) = rest.chars().next() else { return Some(out) };
        if first == '"' {
            out.push(Token::Text(quoted(&mut rest)?));
        } else if first.is_ascii_digit() || (first == '.' && starts_with_digit(rest.get(1..)?)) {
            let end = number_end(rest);
            let (number, after) = rest.split_at(end);
            // 13 prints `(-1).abs()` without the parentheses.
            if after.starts_with(|c| c == '.' || is_word(c)) {
                return None;
            }
            out.push(Token::Number(numeric(number)?));
            rest = after;
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            // An escape may stand anywhere in a name.
            if after.starts_with('\\') {
                return None;
            }
            out.push(Token::Word(word.to_owned()));
            rest = after;
        } else if first == '$' && rest.get(1..)?.starts_with(|c| c == '"' || is_word(c)) {
            rest = rest.get(1..)?;
            if rest.starts_with('"') {
                out.push(Token::Variable(quoted(&mut rest)?));
            } else {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                out.push(Token::Variable(word.to_owned()));
                rest = after;
            }
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
            rest = rest.get(sign.len()..)?;
            if (*sign == "/" && rest.starts_with('*')) || *sign == "#" || *sign == ":" {
                return None;
            }
            out.push(Token::Sign(if *sign == "<>" { "!=" } else { sign }));
        }
    }
}

/// What may stand in a name: all but blanks and the signs of the scanner's `special`.
fn is_word(c: char) -> bool {
    !c.is_ascii_whitespace() && !r#"?%$.[]{}()|&!=<>@#,*:-+/\""#.contains(c)
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// Behind the last letter of a decimal number. A point that no digit follows belongs to an accessor.
fn number_end(text: &str) -> usize {
    let digits = |from: usize| {
        let tail = text.get(from..).unwrap_or("");
        from + tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len())
    };
    let mut end = digits(0);
    if text
        .get(end..)
        .is_some_and(|tail| tail.starts_with('.') && starts_with_digit(tail.get(1..).unwrap_or("")))
    {
        end = digits(end + 1);
    }
    if text.get(end..).is_some_and(|tail| tail.starts_with(['e', 'E'])) {
        let sign = usize::from(text.get(end + 1..).is_some_and(|tail| tail.starts_with(['+', '-'])));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

fn quoted(rest: &mut &str) -> Option<String> {
    let mut letters = rest.strip_prefix('"')?.chars();
    let mut out = String::new();
    loop {
        match letters.next()? {
            '"' => {
                *rest = letters.as_str();
                return Some(out);
            }
            '\\' => out.push(match letters.next()? {
                'b' => '\x08',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\x0b',
                // By number; pairs of surrogates are left to the server.
                'u' => {
                    let mut code = 0;
                    for _ in 0..4 {
                        code = code * 16 + letters.next()?.to_digit(16)?;
                    }
                    char::from_u32(code).filter(|c| *c != '\0')?
                }
                'x' => return None,
                other => other,
            }),
            other => out.push(other),
        }
    }
}

/// A part of a path that has been read.
struct Tree {
    text: String,
    /// Whether it is a predicate, and whether it stands in parentheses or is `exists (…)`.
    sort: Sort,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Value,
    Predicate,
    Delimited,
}

impl Tree {
    fn value(text: String) -> Self {
        Tree { text, sort: Sort::Value }
    }

    fn predicate(text: String) -> Self {
        Tree { text, sort: Sort::Predicate }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u16,
}

impl Parser {
    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    /// Keywords are found in any case, but for `true`, `false` and `null`.
    fn word(&mut self, word: &str) -> bool {
        let exact = matches!(word, "true" | "false" | "null");
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(found))
            if if exact { found == word } else { found.eq_ignore_ascii_case(word) });
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn any(&mut self) -> Option<Tree> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth < 200)?;
        let tree = self.or();
        self.depth -= 1;
        tree
    }

    fn or(&mut self) -> Option<Tree> {
        let mut left = self.and()?;
        while self.sign("||") {
            left = both("||", left, self.and()?)?;
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Tree> {
        let mut left = self.comparison()?;
        while self.sign("&&") {
            left = both("&&", left, self.comparison()?)?;
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Tree> {
        if self.sign("!") {
            let inner = self.comparison_operand()?;
            return (inner.sort == Sort::Delimited).then(|| Tree::predicate(format!("!({})", inner.text)));
        }
        let left = self.comparison_operand()?;
        if left.sort != Sort::Value {
            return Some(left);
        }
        for sign in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.sign(sign) {
                let right = self.sum()?;
                return (right.sort == Sort::Value)
                    .then(|| Tree::predicate(format!("{sign}({} {})", left.text, right.text)));
            }
        }
        if self.word("starts") {
            if !self.word("with") {
                return None;
            }
            let initial = match self.next()? {
                Token::Text(text) => format!("{text:?}"),
                Token::Variable(name) => format!("${name:?}"),
                _ => return None,
            };
            return Some(Tree::predicate(format!("starts({} {initial})", left.text)));
        }
        if self.word("like_regex") {
            let Token::Text(pattern) = self.next()? else { return None };
            let mut flags = Vec::new();
            if self.word("flag") {
                let Token::Text(text) = self.next()? else { return None };
                flags = text.chars().collect();
                flags.sort_unstable();
                flags.dedup();
            }
            let flags: String = flags.into_iter().collect();
            return Some(Tree::predicate(format!("like_regex({} {pattern:?} {flags})", left.text)));
        }
        Some(left)
    }

    fn comparison_operand(&mut self) -> Option<Tree> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth < 200)?;
        let tree = self.sum();
        self.depth -= 1;
        tree
    }

    fn sum(&mut self) -> Option<Tree> {
        let mut left = self.product()?;
        while left.sort == Sort::Value {
            let Some(sign) = ["+", "-"].into_iter().find(|sign| self.sign(sign)) else { break };
            left = arithmetic(sign, left, self.product()?)?;
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Tree> {
        let mut left = self.signed()?;
        while left.sort == Sort::Value {
            let Some(sign) = ["*", "/", "%"].into_iter().find(|sign| self.sign(sign)) else { break };
            left = arithmetic(sign, left, self.signed()?)?;
        }
        Some(left)
    }

    /// A sign before a plain number is part of it (`makeItemUnary`).
    fn signed(&mut self) -> Option<Tree> {
        let Some(sign) = ["+", "-"].into_iter().find(|sign| self.sign(sign)) else { return self.accessors() };
        self.depth = self.depth.checked_add(1).filter(|depth| *depth < 200)?;
        let inner = self.signed()?;
        self.depth -= 1;
        if inner.sort != Sort::Value {
            return None;
        }
        if let Some(number) = inner.text.strip_prefix("number ") {
            return Some(Tree::value(match (sign, number.strip_prefix('-')) {
                ("+", _) => inner.text,
                (_, Some(positive)) => format!("number {positive}"),
                (_, None) => format!("number {}", numeric(&format!("-{number}"))?),
            }));
        }
        Some(Tree::value(format!("{sign}({})", inner.text)))
    }

    fn accessors(&mut self) -> Option<Tree> {
        let mut tree = self.primary()?;
        loop {
            let accessor = if self.sign(".") {
                self.behind_point()?
            } else if self.sign("[") {
                self.subscripts()?
            } else if self.sign("?") {
                if !self.sign("(") {
                    return None;
                }
                let filter = self.any()?;
                if filter.sort == Sort::Value || !self.sign(")") {
                    return None;
                }
                format!("?({})", filter.text)
            } else {
                return Some(tree);
            };
            tree =
                Tree::value(format!("{}{accessor}", tree.text.strip_prefix("number ").unwrap_or(&tree.text)));
        }
    }

    fn primary(&mut self) -> Option<Tree> {
        if self.sign("(") {
            let inner = self.any()?;
            if !self.sign(")") {
                return None;
            }
            if inner.sort == Sort::Value {
                return Some(Tree::value(inner.text));
            }
            if self.word("is") {
                return self.word("unknown").then(|| Tree::predicate(format!("unknown({})", inner.text)));
            }
            return Some(Tree { text: inner.text, sort: Sort::Delimited });
        }
        if self.sign("$") {
            return Some(Tree::value("$".into()));
        }
        if self.sign("@") {
            return Some(Tree::value("@".into()));
        }
        for word in ["true", "false", "null", "last"] {
            if self.word(word) {
                return Some(Tree::value(word.into()));
            }
        }
        if self.word("exists") {
            if !self.sign("(") {
                return None;
            }
            let inner = self.any()?;
            return (inner.sort == Sort::Value && self.sign(")"))
                .then(|| Tree { text: format!("exists({})", inner.text), sort: Sort::Delimited });
        }
        match self.next()? {
            Token::Text(text) => Some(Tree::value(format!("{text:?}"))),
            Token::Number(number) => Some(Tree::value(format!("number {number}"))),
            Token::Variable(name) => Some(Tree::value(format!("${name:?}"))),
            Token::Word(_) | Token::Sign(_) => None,
        }
    }

    fn behind_point(&mut self) -> Option<String> {
        if self.sign("*") {
            return Some(".*".into());
        }
        if self.sign("**") {
            if !self.sign("{") {
                return Some(".**".into());
            }
            let from = self.level()?;
            let to = if self.word("to") { self.level()? } else { from.clone() };
            return self.sign("}").then(|| format!(".**{{{from} {to}}}"));
        }
        match self.next()? {
            Token::Text(key) => Some(format!(".{key:?}")),
            Token::Word(word) if self.sign("(") => {
                const METHODS: [&str; 7] = ["abs", "size", "type", "floor", "double", "ceiling", "keyvalue"];
                let method = word.to_ascii_lowercase();
                if method == "datetime"
                    && let Some(Token::Text(template)) = self.tokens.get(self.at).cloned()
                {
                    self.at += 1;
                    return self.sign(")").then(|| format!(".datetime({template:?})"));
                }
                ((METHODS.contains(&method.as_str()) || method == "datetime") && self.sign(")"))
                    .then(|| format!(".{method}()"))
            }
            Token::Word(key) => Some(format!(".{key:?}")),
            Token::Number(_) | Token::Variable(_) | Token::Sign(_) => None,
        }
    }

    fn level(&mut self) -> Option<String> {
        if self.word("last") {
            return Some("last".into());
        }
        match self.next()? {
            Token::Number(number) => Some(number),
            _ => None,
        }
    }

    fn subscripts(&mut self) -> Option<String> {
        if self.sign("*") {
            return self.sign("]").then(|| "[*]".into());
        }
        let mut items = Vec::new();
        loop {
            let from = self.sum()?;
            let to = if self.word("to") { Some(self.sum()?) } else { None };
            if from.sort != Sort::Value || to.as_ref().is_some_and(|to| to.sort != Sort::Value) {
                return None;
            }
            items.push(match to {
                Some(to) => format!("{} to {}", from.text, to.text),
                None => from.text,
            });
            if !self.sign(",") {
                break;
            }
        }
        self.sign("]").then(|| format!("[{}]", items.join(",")))
    }
}

fn both(sign: &str, left: Tree, right: Tree) -> Option<Tree> {
    (left.sort != Sort::Value && right.sort != Sort::Value)
        .then(|| Tree::predicate(format!("{sign}({} {})", left.text, right.text)))
}

fn arithmetic(sign: &str, left: Tree, right: Tree) -> Option<Tree> {
    (left.sort == Sort::Value && right.sort == Sort::Value)
        .then(|| Tree::value(format!("{sign}({} {})", left.text, right.text)))
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn paths_by_their_trees() {
        for (written, stored) in [
            ("$.a > 1", r#"($."a" > 1)"#),
            ("$.a[*]", r#"$."a"[*]"#),
            ("lax $ . a . b", r#"$."a"."b""#),
            ("$.a ? (@.b == 1 && @.c <> \"x\")", r#"$."a"?(@."b" == 1 && @."c" != "x")"#),
            ("$[0 to last, 3]", "$[0 to last,3]"),
            ("$.a.**{2}.size()", r#"$."a".**{2}.size()"#),
            ("-1 + $.a * 2", r#"(-1 + $."a" * 2)"#),
            (
                "exists($.a ? (@ like_regex \"^a\" flag \"xi\"))",
                r#"exists ($."a"?(@ like_regex "^a" flag "ix"))"#,
            ),
            ("$ ? ((@.a > 1) is unknown)", r#"$?((@."a" > 1) is unknown)"#),
            ("strict $.\"a b\" ? (!(@ > $x))", r#"strict $."a b"?(!(@ > $"x"))"#),
        ] {
            assert!(normal(written).is_some(), "{written}");
            assert_eq!(normal(written), normal(stored), "{written}");
        }
    }

    #[test]
    fn other_paths_are_others() {
        for (one, other) in [
            ("$.a", "strict $.a"),
            ("$.a", "$.A"),
            ("$.size", "$.size()"),
            ("$.a - 1 - 2", "$.a - (1 - 2)"),
            ("$.a > 1", "$.a > 1.0"),
            ("-(1).abs()", "(-1).abs()"),
            ("$.a ? (@ > 1) ? (@ < 3)", "$.a ? (@ > 1 && @ < 3)"),
        ] {
            assert!(normal(one).is_some() && normal(other).is_some(), "{one} / {other}");
            assert_ne!(normal(one), normal(other), "{one} / {other}");
        }
        for broken in ["", "a", "$.", "$ ? (1)", "$.a > ", "$.a = 1", "1 < 2 < 3", "/* c */ $", "$.a\\b"] {
            assert_eq!(normal(broken), None, "{broken}");
        }
    }
}
