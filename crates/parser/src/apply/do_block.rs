//! DO: the guarded statements of a PL/pgSQL block, applied when their guards say so.
//!
//! Owns: blocks, IF, loops over what is known, EXECUTE of text that is known, EXCEPTION handlers that swallow errors. Everything else that
//! might define something is S105: what it does is only known when it runs.
//! Never: rows of ordinary tables, beyond "nothing was put in yet".

use std::ops::Range;
use std::sync::Arc;

use trueup_syntax::{Cursor, TokenKind, parse_query};

use crate::apply::guard::{Datum, Guard, Variables, text};
use crate::apply::plpgsql::{
    assigns, catches, defines, handled, is_data, is_grant, is_harmless, is_insert, literal_start, uses_fields,
};
use crate::apply::set::{check_calls, run_or_skip};
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;

/// How a run of statements ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    On,
    /// RETURN, EXIT or CONTINUE.
    Out,
}

pub(crate) fn do_block(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    cursor.expect("do")?;
    let mut language = None;
    if cursor.accept("language") {
        language = Some(if cursor.is_string() {
            cursor.string_literal()?.into_owned()
        } else {
            cursor.label()?.as_str().to_owned()
        });
    }
    let Some(token) = cursor.peek().filter(trueup_syntax::Token::is_string) else {
        return Err(cursor.expected("a string").into());
    };
    let raw = cursor.text_of(&token).to_owned();
    let body = cursor.string_literal()?.into_owned();
    if cursor.accept("language") {
        language = Some(if cursor.is_string() {
            cursor.string_literal()?.into_owned()
        } else {
            cursor.label()?.as_str().to_owned()
        });
    }
    if language.as_deref().is_some_and(|l| l != "plpgsql") {
        return Err(Failure::dynamic(
            "what a block in another language than PL/pgSQL does is not known before it runs",
        ));
    }
    // Where the block stands in the file as it is, its statements keep their places.
    match raw.find(body.as_str()).filter(|_| token.end - token.start == raw.len() && !body.is_empty()) {
        Some(at) => {
            let start = token.start + at;
            run(interp, start..start + body.len())
        }
        None => interp.detached(&body, token.start..token.end, |interp, range| run(interp, range)),
    }
}

/// Runs the block in these bytes of the file.
fn run(interp: &mut Interpreter<'_>, range: Range<usize>) -> Outcome {
    run_with(interp, range, Variables::new())
}

fn run_with(interp: &mut Interpreter<'_>, range: Range<usize>, variables: Variables) -> Outcome {
    let file = Arc::clone(&interp.place.text);
    let statement = interp.place.statement.clone();
    let mut cursor = Cursor::new(&file, range)?;
    let mut block = Block { interp, variables, depth: 0 };
    label(&mut cursor);
    let result = block.block(&mut cursor, true).map(|_| ());
    block.interp.place.statement = statement;
    result?;
    cursor.accept_kind(TokenKind::Semicolon);
    cursor.expect_end()?;
    Ok(())
}

/// Runs the body of a PL/pgSQL function with the values of its parameters, where known.
pub(crate) fn run_function(interp: &mut Interpreter<'_>, body: &str, variables: Variables) -> Outcome {
    let at = interp.place.statement.clone();
    interp.detached(body, at, |interp, range| run_with(interp, range, variables))
}

struct Block<'b, 'a> {
    interp: &'b mut Interpreter<'a>,
    variables: Variables,
    depth: u32,
}

/// `<<label>>`.
fn label(c: &mut Cursor<'_>) {
    if c.is_symbol("<<") {
        c.next_token();
        c.next_token();
        c.next_token();
    }
}

fn to_semicolon(c: &mut Cursor<'_>) -> Range<usize> {
    let start = c.offset();
    let mut depth = 0u32;
    while let Some(token) = c.peek() {
        match token.kind {
            TokenKind::LParen => depth += 1,
            TokenKind::RParen => depth = depth.saturating_sub(1),
            TokenKind::Semicolon if depth == 0 => break,
            _ => {}
        }
        c.next_token();
    }
    let end = c.end_of_previous().max(start);
    c.accept_kind(TokenKind::Semicolon);
    start..end
}

/// The text up to a word outside parentheses and CASE, which is passed over.
fn up_to(c: &mut Cursor<'_>, word: &str) -> Outcome<Range<usize>> {
    let start = c.offset();
    let (mut depth, mut cases) = (0u32, 0u32);
    while let Some(token) = c.peek() {
        match token.kind {
            TokenKind::LParen => depth += 1,
            TokenKind::RParen => depth = depth.saturating_sub(1),
            _ if depth == 0 && cases == 0 && c.is_word(word) => {
                let end = c.end_of_previous().max(start);
                c.next_token();
                return Ok(start..end);
            }
            _ if c.is_word("case") => cases += 1,
            _ if c.is_word("end") => cases = cases.saturating_sub(1),
            _ => {}
        }
        c.next_token();
    }
    Err(c.expected(&word.to_ascii_uppercase()).into())
}

impl Block<'_, '_> {
    fn text(&self, range: &Range<usize>) -> String {
        self.interp.place.text.get(range.clone()).unwrap_or_default().to_owned()
    }

    fn value(&self, sql: &str) -> Option<Datum> {
        Guard { interp: self.interp, variables: &self.variables }.value(sql)
    }

    fn holds(&self, sql: &str) -> Option<bool> {
        Guard { interp: self.interp, variables: &self.variables }.holds(sql)
    }

    /// `[DECLARE …] BEGIN … [EXCEPTION …] END [label]`. With `run` false it is only read.
    fn block(&mut self, c: &mut Cursor<'_>, run: bool) -> Outcome<Flow> {
        self.depth += 1;
        if self.depth > 64 {
            return Err(Failure::refused("54001", "stack depth limit exceeded"));
        }
        if c.accept("declare") {
            while !c.is_word("begin") {
                if c.at_end() {
                    return Err(c.expected("BEGIN").into());
                }
                if c.accept("declare") {
                    continue;
                }
                self.declaration(c, run)?;
            }
        }
        c.expect("begin")?;
        let savepoint = self.interp.store.savepoint();
        let start = c.mark();
        let mut result = self.statements(c, run);
        let mut flow = Flow::On;
        if let Err(failure) = &result {
            // Goes on after the statements to see whether a handler takes it.
            let failure = failure.clone();
            c.reset(start);
            self.statements(c, false)?;
            if !c.is_word("exception") || !handled(c, &failure) {
                return Err(failure);
            }
            self.interp.store.rollback(savepoint);
        }
        if let Ok(found) = &result {
            flow = *found;
        }
        if c.accept("exception") {
            let failure = result.as_ref().err().cloned();
            let mut taken = failure.is_none();
            while c.accept("when") {
                let conditions = up_to(c, "then")?;
                let this = !taken && failure.as_ref().is_some_and(|f| catches(&self.text(&conditions), f));
                let found = self.statements(c, run && this)?;
                if this {
                    taken = true;
                    flow = found;
                }
            }
            result = Ok(flow);
        }
        result?;
        c.expect("end")?;
        if !c.is(TokenKind::Semicolon) && !c.at_end() {
            c.label()?;
        }
        self.depth -= 1;
        Ok(flow)
    }

    fn declaration(&mut self, c: &mut Cursor<'_>, run: bool) -> Outcome {
        let name = c.label()?.as_str().to_owned();
        let range = to_semicolon(c);
        let sql = self.text(&range);
        let mut inner = Cursor::of(&sql)?;
        while !inner.at_end() {
            if inner.accept_kind(TokenKind::ColonEquals)
                || inner.accept_symbol("=")
                || inner.accept("default")
            {
                let rest = inner.rest();
                let value = self.value(rest.text);
                if run {
                    self.variables.insert(name, value);
                }
                return Ok(());
            }
            inner.next_token();
        }
        if run {
            self.variables.insert(name, Some(Datum::Null));
        }
        Ok(())
    }

    /// Statements up to END, ELSE, ELSIF, EXCEPTION or WHEN.
    fn statements(&mut self, c: &mut Cursor<'_>, run: bool) -> Outcome<Flow> {
        let mut flow = Flow::On;
        loop {
            if c.at_end() {
                return Err(c.expected("END").into());
            }
            if c.is_any_word(&["end", "else", "elsif", "elseif", "exception", "when"]) {
                return Ok(flow);
            }
            let found = self.statement(c, run && flow == Flow::On)?;
            if flow == Flow::On {
                flow = found;
            }
        }
    }

    fn statement(&mut self, c: &mut Cursor<'_>, run: bool) -> Outcome<Flow> {
        if c.accept_kind(TokenKind::Semicolon) {
            return Ok(Flow::On);
        }
        label(c);
        if c.is_word("declare") || (c.is_word("begin") && !c.is_word_nth(1, "transaction")) {
            let flow = self.block(c, run)?;
            c.accept_kind(TokenKind::Semicolon);
            return Ok(flow);
        }
        if c.accept("if") {
            return self.conditional(c, run);
        }
        if c.is_any_word(&["for", "foreach", "while", "loop"]) {
            return self.repeat(c, run);
        }
        if c.accept("case") {
            return self.case(c, run);
        }
        let start = c.mark();
        if c.accept("null")
            || c.accept("assert")
            || c.accept_words("get diagnostics")
            || c.accept_words("get stacked diagnostics")
        {
            to_semicolon(c);
            return Ok(Flow::On);
        }
        if c.accept_any(&["return", "exit", "continue"]).is_some() {
            let range = to_semicolon(c);
            let text = self.text(&range);
            let when = text
                .to_ascii_lowercase()
                .find("when")
                .and_then(|at| text.get(at + 4..))
                .map(|w| self.holds(w));
            return match when {
                None | Some(Some(true)) => Ok(Flow::Out),
                Some(Some(false)) => Ok(Flow::On),
                Some(None) if run => {
                    Err(Failure::dynamic("whether the block goes on is only known when it runs"))
                }
                Some(None) => Ok(Flow::On),
            };
        }
        if c.accept("raise") {
            let range = to_semicolon(c);
            let level =
                self.text(&range).split_ascii_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            let harmless = matches!(level.as_str(), "notice" | "warning" | "info" | "log" | "debug");
            if run && !harmless {
                let message = format!("the block raises {}", self.text(&range));
                return Err(Failure::refused("P0001", message));
            }
            return Ok(Flow::On);
        }
        if c.accept("perform") {
            let range = to_semicolon(c);
            if run {
                run_or_skip(self.interp, &format!("SELECT {}", self.text(&range)))?;
            }
            return Ok(Flow::On);
        }
        if c.accept("execute") {
            let range = to_semicolon(c);
            if run {
                self.execute(&range)?;
            }
            return Ok(Flow::On);
        }
        if c.is_identifier()
            && c.peek_nth(1).is_some_and(|t| t.kind == TokenKind::ColonEquals || c.text_of(&t) == "=")
        {
            let name = c.label()?.as_str().to_owned();
            c.next_token();
            let range = to_semicolon(c);
            if run {
                let value = self.value(&self.text(&range));
                self.variables.insert(name, value);
            }
            return Ok(Flow::On);
        }
        c.reset(start);
        let query = c.is_any_word(&["select", "with", "insert", "update", "delete"]);
        let range = to_semicolon(c);
        if !run {
            return Ok(Flow::On);
        }
        if query && self.into(&range)? {
            return Ok(Flow::On);
        }
        // A field of a record, an array's element: assignments whose values nobody needs.
        if !query && assigns(&self.text(&range)) {
            return Ok(Flow::On);
        }
        self.interp.place.statement = range.clone();
        self.interp.execute(range.clone()).map_err(|f| if f.at.is_none() { f.at(range) } else { f })?;
        Ok(Flow::On)
    }

    /// `SELECT … INTO variable …`: whether it is one.
    fn into(&mut self, range: &Range<usize>) -> Outcome<bool> {
        let sql = self.text(range);
        let mut c = Cursor::of(&sql)?;
        let mut depth = 0u32;
        while let Some(token) = c.peek() {
            match token.kind {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth = depth.saturating_sub(1),
                _ if depth == 0 && c.is_word("into") && c.mark() > 0 && !is_insert(&sql) => break,
                _ => {}
            }
            c.next_token();
        }
        if c.at_end() {
            return Ok(false);
        }
        let before = c.end_of_previous();
        c.next_token();
        c.accept("strict");
        let mut names = vec![c.label()?.as_str().to_owned()];
        while c.accept_kind(TokenKind::Comma) || c.accept_kind(TokenKind::Dot) {
            names.push(c.label()?.as_str().to_owned());
        }
        let after = c.end_of_previous();
        let query =
            format!("{} {}", sql.get(..before).unwrap_or_default(), sql.get(after..).unwrap_or_default());
        check_calls(self.interp, &query)?;
        let guard = Guard { interp: self.interp, variables: &self.variables };
        let value = match names.as_slice() {
            [_] => parse_query(&query)
                .ok()
                .and_then(|q| guard.rows_of(&q))
                .map(|rows| rows.into_iter().next().unwrap_or(Datum::Null)),
            _ => None,
        };
        let value = value.filter(|v| *v != Datum::Text("?".to_owned()));
        for name in names {
            self.variables.insert(name, value.clone());
        }
        Ok(true)
    }

    /// `EXECUTE text [INTO …] [USING …]`.
    fn execute(&mut self, range: &Range<usize>) -> Outcome {
        let sql = self.text(range);
        let mut c = Cursor::of(&sql)?;
        let expr = c.expr()?;
        let value = self.value(expr.text).as_ref().and_then(text);
        if c.is_word("using") || c.is_word("into") {
            // Parameters can't stand for names: what uses them is data.
            if value.as_deref().is_some_and(is_data) || is_data(literal_start(expr.text)) {
                return Ok(());
            }
        }
        match value {
            Some(statement) => {
                let at = range.clone();
                self.interp.detached(&statement, at, |interp, range| {
                    let text = Arc::clone(&interp.place.text);
                    for item in trueup_syntax::split(text.get(range).unwrap_or_default()) {
                        interp.execute(item.range.clone())?;
                    }
                    Ok(())
                })
            }
            None if is_harmless(literal_start(expr.text)) => Ok(()),
            None if is_grant(literal_start(expr.text)) => {
                let message = "the role is only known when it runs";
                self.interp.gap("grant", "", message, range.clone());
                Ok(())
            }
            None => Err(Failure::dynamic("EXECUTE runs text that is only known when it runs")
                .help("write the statement out, or leave the object out in trueup.toml")
                .at(range.clone())),
        }
    }

    fn conditional(&mut self, c: &mut Cursor<'_>, run: bool) -> Outcome<Flow> {
        let mut undecided = false;
        let mut taken = !run;
        let mut flow = Flow::On;
        loop {
            let condition = up_to(c, "then")?;
            let holds = if taken { Some(false) } else { self.holds(&self.text(&condition)) };
            let from = c.offset();
            let this = holds == Some(true) && !taken;
            let found = self.statements(c, this)?;
            if this {
                taken = true;
                flow = found;
            } else if holds.is_none() {
                undecided = true;
                self.undecided(from..c.end_of_previous(), &condition)?;
            }
            if c.accept_any(&["elsif", "elseif"]).is_some() {
                // What comes after an unknown condition is unknown as well, as far as it defines anything.
                continue;
            }
            break;
        }
        if c.accept("else") {
            let from = c.offset();
            let found = self.statements(c, !taken && !undecided)?;
            if !taken && undecided {
                self.undecided(from..c.end_of_previous(), &(from..from))?;
            } else if !taken {
                flow = found;
            }
        }
        c.expect_words("end if")?;
        c.accept_kind(TokenKind::Semicolon);
        Ok(flow)
    }

    /// A branch that may or may not be taken: fine as long as it defines nothing.
    fn undecided(&self, branch: Range<usize>, condition: &Range<usize>) -> Outcome {
        if branch.start < branch.end && defines(&self.text(&branch)) {
            let at = if condition.is_empty() { branch } else { condition.clone() };
            return Err(Failure::dynamic("whether this holds is only known when it runs")
                .help("write the statement without the condition, with IF [NOT] EXISTS of its own")
                .at(at));
        }
        Ok(())
    }

    /// `CASE … WHEN … THEN … END CASE`: only read, and refused when it defines something.
    fn case(&mut self, c: &mut Cursor<'_>, run: bool) -> Outcome<Flow> {
        let from = c.offset();
        let mut depth = 1u32;
        while depth > 0 {
            if c.at_end() {
                return Err(c.expected("END CASE").into());
            }
            if c.accept_words("end case") {
                depth -= 1;
            } else if c.is_word("case") {
                depth += 1;
                c.next_token();
            } else if c.is_word("end") {
                // An expression's CASE.
                depth = depth.saturating_sub(u32::from(depth > 1));
                c.next_token();
            } else {
                c.next_token();
            }
        }
        let range = from..c.end_of_previous();
        c.accept_kind(TokenKind::Semicolon);
        if run {
            self.undecided(range, &(0..0))?;
        }
        Ok(Flow::On)
    }

    fn repeat(&mut self, c: &mut Cursor<'_>, run: bool) -> Outcome<Flow> {
        let head = c.offset();
        let mut values: Option<Vec<Datum>> = None;
        let mut variable = None;
        if c.accept("foreach") {
            variable = Some(c.label()?.as_str().to_owned());
            let range = up_to(c, "loop")?;
            let sql = self.text(&range);
            let list =
                sql.to_ascii_lowercase().find("array").and_then(|at| sql.get(at + 5..)).map(str::to_owned);
            values = list.and_then(|list| match self.value(&list)? {
                Datum::List(values) => Some(values),
                _ => None,
            });
        } else if c.accept("for") {
            let name = c.label()?.as_str().to_owned();
            let single = c.is_word("in");
            let range = up_to(c, "loop")?;
            let sql = self.text(&range);
            let query = sql
                .trim_start()
                .strip_prefix("in")
                .or_else(|| sql.trim_start().strip_prefix("IN"))
                .unwrap_or(&sql);
            let guard = Guard { interp: self.interp, variables: &self.variables };
            values = if let Some((from, to)) = query.split_once("..") {
                match (guard.value(from), guard.value(to)) {
                    (Some(Datum::Int(from)), Some(Datum::Int(to))) if to - from < 10_000 => {
                        Some((from..=to).map(Datum::Int).collect())
                    }
                    _ => None,
                }
            } else {
                parse_query(query.trim())
                    .ok()
                    .and_then(|q| guard.rows_of(&q))
                    .filter(|rows| rows.is_empty() || single)
            };
            // The fields of a record are not known here: only an empty result and plain values are.
            if values.as_ref().is_some_and(|v| v.iter().any(|d| *d == Datum::Text("?".to_owned()))) {
                values = None;
            }
            variable = Some(name);
        } else if c.accept("while") {
            let range = up_to(c, "loop")?;
            if self.holds(&self.text(&range)) == Some(false) {
                values = Some(Vec::new());
            }
        } else {
            c.expect("loop")?;
        }
        let body = c.mark();
        let from = c.offset();
        self.statements(c, false)?;
        let range = from..c.end_of_previous();
        if run {
            match values {
                Some(values)
                    if !uses_fields(&self.text(&range), variable.as_deref()) || values.is_empty() =>
                {
                    for value in values {
                        if let Some(name) = &variable {
                            self.variables.insert(name.clone(), Some(value));
                        }
                        c.reset(body);
                        if self.statements(c, true)? == Flow::Out {
                            c.reset(body);
                            self.statements(c, false)?;
                            break;
                        }
                    }
                }
                _ if defines(&self.text(&range)) => {
                    return Err(Failure::dynamic("how often this loop runs is only known when it runs")
                        .at(head..from));
                }
                _ => {}
            }
        }
        c.expect_words("end loop")?;
        if !c.is(TokenKind::Semicolon) {
            c.label()?;
        }
        c.accept_kind(TokenKind::Semicolon);
        Ok(Flow::On)
    }
}
