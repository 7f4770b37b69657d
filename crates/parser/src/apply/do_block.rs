//! DO: the guarded statements of a PL/pgSQL block, applied when their guards say so.
//!
//! Owns: blocks, IF, loops over what is known, EXECUTE of text that is known, EXCEPTION handlers that swallow errors. Everything else that
//! might define something is S105: what it does is only known when it runs.
//! Never: rows of ordinary tables, beyond "nothing was put in yet".

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use trueup_catalog::Name;
use trueup_syntax::{Cursor, TokenKind, parse_query};

use crate::apply::guard::{Datum, Guard, Record, Variables, text};
use crate::apply::plpgsql::{
    assigned, assigns, catches, defines, handled, into_clause, is_data, is_grant, is_harmless, leaves,
    literal_start, raised, uses_fields,
};
use crate::apply::set::check_calls;
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;

/// How a run of statements ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Flow {
    On,
    Return,
    /// EXIT, of the loop or block with this label.
    Exit(Option<Name>),
    /// CONTINUE, of the loop with this label.
    Continue(Option<Name>),
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
    let mut cursor = Cursor::new(&file, range.clone())?;
    let whole = file.get(range.clone()).unwrap_or_default();
    if interp.is_strict() {
        no_braces(whole, &range)?;
    }
    let mut block = Block {
        interp,
        variables,
        cursors: BTreeMap::new(),
        defines: defines(whole),
        depth: 0,
        steps: 0,
        own_found: false,
        handling: Vec::new(),
    };
    let label = label(&mut cursor);
    let result = block.block(&mut cursor, label.as_ref(), true).map(|_| ());
    block.interp.place.statement = statement;
    result?;
    cursor.accept_kind(TokenKind::Semicolon);
    cursor.expect_end()?;
    Ok(())
}

/// PostgreSQL's scanner knows no braces outside of strings: a template that nobody filled in.
fn no_braces(body: &str, range: &Range<usize>) -> Outcome {
    let mut cursor = Cursor::of(body)?;
    while let Some(token) = cursor.next_token() {
        let text = cursor.text_of(&token);
        if matches!(text, "{" | "}") {
            let message = format!("syntax error at or near \"{text}\"");
            return Err(Failure::syntax(message).at(range.clone()));
        }
    }
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
    /// The queries of bound cursors.
    cursors: BTreeMap<String, String>,
    /// Whether any of its statements defines something.
    defines: bool,
    depth: u32,
    /// How many times loops went round.
    steps: u32,
    /// Whether a variable of the block's own is called `found`.
    own_found: bool,
    /// The failures that handlers are at work on, innermost last.
    handling: Vec<Failure>,
}

/// More rounds of loops than a migration has.
const MAX_STEPS: u32 = 10_000;

/// `<<label>>`.
fn label(c: &mut Cursor<'_>) -> Option<Name> {
    if !c.is_symbol("<<") {
        return None;
    }
    c.next_token();
    let name = c.label().ok();
    c.next_token();
    name
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

    fn guard(&self) -> Guard<'_, '_> {
        Guard { interp: self.interp, variables: &self.variables }
    }

    fn value(&self, sql: &str) -> Option<Datum> {
        self.guard().value(sql)
    }

    fn holds(&self, sql: &str) -> Option<bool> {
        self.guard().holds(sql)
    }

    fn rows(&self, sql: &str) -> Option<Vec<Record>> {
        let query = parse_query(sql.trim()).ok()?;
        self.guard().rows_of(&query)
    }

    fn found(&mut self, found: Option<bool>) {
        if !self.own_found {
            self.variables.insert("found".to_owned(), found.map(Datum::Bool));
        }
    }

    /// What statements assign that were not run, or not told, is not known any more.
    fn forget(&mut self, range: Range<usize>) {
        for name in assigned(&self.text(&range)) {
            if self.variables.contains_key(&name) {
                self.variables.insert(name, None);
            }
        }
        self.found(None);
    }

    /// `[DECLARE …] BEGIN … [EXCEPTION …] END [label]`. With `run` false it is only read.
    fn block(&mut self, c: &mut Cursor<'_>, label: Option<&Name>, run: bool) -> Outcome<Flow> {
        self.depth += 1;
        if self.depth > 64 {
            return Err(Failure::refused("54001", "stack depth limit exceeded"));
        }
        let mut hidden: Vec<(String, Option<Option<Datum>>)> = Vec::new();
        if c.accept("declare") {
            while !c.is_word("begin") {
                if c.at_end() {
                    return Err(c.expected("BEGIN").into());
                }
                if c.accept("declare") {
                    continue;
                }
                self.declaration(c, run, &mut hidden)?;
            }
        }
        c.expect("begin")?;
        let savepoint = self.interp.store.savepoint();
        let start = c.mark();
        let mut result = self.statements(c, run);
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
        if c.accept("exception") {
            let failure = result.as_ref().err().cloned();
            let mut taken = failure.is_none();
            while c.accept("when") {
                let conditions = up_to(c, "then")?;
                let this = !taken && failure.as_ref().is_some_and(|f| catches(&self.text(&conditions), f));
                if let Some(failure) = failure.as_ref().filter(|_| this) {
                    taken = true;
                    self.handling.push(failure.clone());
                    let flow = self.statements(c, run);
                    self.handling.pop();
                    result = Ok(flow?);
                } else {
                    self.statements(c, false)?;
                }
            }
        }
        let flow = result?;
        c.expect("end")?;
        if !c.is(TokenKind::Semicolon) && !c.at_end() {
            c.label()?;
        }
        for (name, value) in hidden {
            match value {
                Some(value) => self.variables.insert(name, value),
                None => self.variables.remove(&name),
            };
        }
        self.depth -= 1;
        Ok(match flow {
            Flow::Exit(Some(name)) if Some(&name) == label => Flow::On,
            flow => flow,
        })
    }

    fn declaration(
        &mut self,
        c: &mut Cursor<'_>,
        run: bool,
        hidden: &mut Vec<(String, Option<Option<Datum>>)>,
    ) -> Outcome {
        let name = c.label()?.as_str().to_owned();
        let range = to_semicolon(c);
        if !run {
            return Ok(());
        }
        let sql = self.text(&range);
        let mut inner = Cursor::of(&sql)?;
        inner.accept("no");
        inner.accept("scroll");
        if inner.accept("cursor") {
            // With parameters its query is not the same each time.
            if inner.accept_any(&["for", "is"]).is_some() {
                self.cursors.insert(name, inner.rest().text.to_owned());
            }
            return Ok(());
        }
        let mut value = Some(Datum::Null);
        while !inner.at_end() {
            if inner.accept_kind(TokenKind::ColonEquals)
                || inner.accept_symbol("=")
                || inner.accept("default")
            {
                let rest = inner.rest();
                value = self.value(rest.text);
                break;
            }
            inner.next_token();
        }
        // An array's text is one once it is in a variable of that type.
        if let Some(Datum::Text(text)) = &value
            && sql.split([':', '=']).next().is_some_and(|ty| ty.contains("[]"))
        {
            value = self.value(&format!("{}::text[]", trueup_catalog::quote_literal(text)));
        }
        self.own_found |= name == "found";
        hidden.push((name.clone(), self.variables.get(&name).cloned()));
        self.variables.insert(name, value);
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
        let label = label(c);
        if c.is_word("declare") || (c.is_word("begin") && !c.is_word_nth(1, "transaction")) {
            let flow = self.block(c, label.as_ref(), run)?;
            c.accept_kind(TokenKind::Semicolon);
            return Ok(flow);
        }
        if c.accept("if") {
            return self.conditional(c, run);
        }
        if c.is_any_word(&["for", "foreach", "while", "loop"]) {
            return self.repeat(c, label.as_ref(), run);
        }
        if c.accept("case") {
            return self.case(c, run);
        }
        let start = c.mark();
        if c.accept("null") || c.accept("assert") {
            to_semicolon(c);
            return Ok(Flow::On);
        }
        if c.accept_words("get diagnostics")
            || c.accept_words("get current diagnostics")
            || c.accept_words("get stacked diagnostics")
        {
            let range = to_semicolon(c);
            if run {
                self.forget(range);
            }
            return Ok(Flow::On);
        }
        if let Some(word) = c.accept_any(&["return", "exit", "continue"]) {
            return self.leave(c, word, run);
        }
        if c.accept("raise") {
            let range = to_semicolon(c);
            return if run { self.raise(&range) } else { Ok(Flow::On) };
        }
        if c.accept("perform") {
            let range = to_semicolon(c);
            if run {
                let query = format!("SELECT {}", self.text(&range));
                let found = self.rows(&query).map(|rows| !rows.is_empty());
                self.interp.detached(&query, range, |interp, range| interp.execute(range))?;
                self.found(found);
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
        // A field of a record, an array's element: what the variable holds is not followed.
        if !query && assigns(&self.text(&range)) {
            self.forget(range);
            return Ok(Flow::On);
        }
        if query {
            self.found(None);
        }
        self.interp.place.statement = range.clone();
        self.interp.execute(range.clone()).map_err(|f| if f.at.is_none() { f.at(range) } else { f })?;
        Ok(Flow::On)
    }

    /// After RETURN, EXIT or CONTINUE.
    fn leave(&mut self, c: &mut Cursor<'_>, word: &str, run: bool) -> Outcome<Flow> {
        if word == "return" {
            // RETURN NEXT and RETURN QUERY go on.
            let on = c.is_any_word(&["next", "query"]);
            to_semicolon(c);
            return Ok(if on { Flow::On } else { Flow::Return });
        }
        let target = if c.is_identifier() && !c.is_word("when") { Some(c.label()?) } else { None };
        let holds = if c.accept("when") {
            let range = to_semicolon(c);
            self.holds(&self.text(&range))
        } else {
            to_semicolon(c);
            Some(true)
        };
        match holds {
            Some(true) if word == "exit" => Ok(Flow::Exit(target)),
            Some(true) => Ok(Flow::Continue(target)),
            None if run => Err(Failure::dynamic("whether the loop goes on is only known when it runs")),
            Some(false) | None => Ok(Flow::On),
        }
    }

    /// After RAISE.
    fn raise(&mut self, range: &Range<usize>) -> Outcome<Flow> {
        let sql = self.text(range);
        if sql.trim().is_empty() {
            let again = self.handling.last().cloned();
            return Err(again.unwrap_or_else(|| {
                Failure::refused(
                    "0Z002",
                    "RAISE without parameters cannot be used outside an exception handler",
                )
            }));
        }
        match raised(&sql) {
            None => Ok(Flow::On),
            Some(state) => Err(Failure::refused(state, format!("the block raises {}", sql.trim()))),
        }
    }

    /// Gives variables the first row of a query, and FOUND.
    fn assign(&mut self, names: &[Vec<String>], rows: Option<Vec<Record>>) {
        self.found(rows.as_ref().map(|rows| !rows.is_empty()));
        let first = rows.map(|rows| rows.into_iter().next());
        let single = names.len() == 1;
        for (place, path) in names.iter().enumerate() {
            let [name] = path.as_slice() else {
                // A field of a record.
                if let Some(name) = path.first() {
                    self.variables.insert(name.clone(), None);
                }
                continue;
            };
            let value = match &first {
                None => None,
                Some(None) => Some(Datum::Null),
                // One variable and several columns: it is a record.
                Some(Some(record)) if single && record.len() > 1 => Some(Datum::Record(record.clone())),
                Some(Some(record)) => record.get(place).and_then(|(_, value)| value.clone()),
            };
            self.variables.insert(name.clone(), value);
        }
    }

    /// Refuses a query that names what is not there. Variables of the block are columns of no relation.
    fn readable(&self, query: &str) -> Outcome {
        if !self.interp.is_strict() {
            return Ok(());
        }
        let variables: Vec<&str> = self.variables.keys().map(String::as_str).collect();
        crate::strict::readable(self.interp, query, &variables)
    }

    /// `SELECT … INTO variable …`: whether it is one.
    fn into(&mut self, range: &Range<usize>) -> Outcome<bool> {
        let sql = self.text(range);
        let Some((query, names)) = into_clause(&sql)? else { return Ok(false) };
        check_calls(self.interp, &query)?;
        self.readable(&query)?;
        let rows = self.rows(&query);
        self.assign(&names, rows);
        Ok(true)
    }

    /// `EXECUTE text [INTO …] [USING …]`.
    fn execute(&mut self, range: &Range<usize>) -> Outcome {
        let sql = self.text(range);
        let mut c = Cursor::of(&sql)?;
        let expr = c.expr()?;
        let value = self.value(expr.text).as_ref().and_then(text);
        let mut names = Vec::new();
        let mut using = false;
        while !c.at_end() {
            if c.accept("into") {
                c.accept("strict");
                names = c.comma_separated(|c| {
                    Ok(c.dotted_name()?.iter().map(|n| n.as_str().to_owned()).collect())
                })?;
            } else {
                c.expect("using")?;
                using = true;
                for (place, argument) in c.comma_separated(|c| c.expr())?.iter().enumerate() {
                    let value = self.value(argument.text);
                    self.variables.insert(format!("${}", place + 1), value);
                }
            }
        }
        if !names.is_empty() {
            let rows = value.as_deref().and_then(|query| self.rows(query));
            if let Some(query) = &value {
                check_calls(self.interp, query)?;
            }
            let data = value.as_deref().map_or_else(|| is_data(literal_start(expr.text)), is_data);
            if data {
                self.assign(&names, rows);
                return Ok(());
            }
        }
        // Parameters can't stand for names: what uses them is data.
        if using && (value.as_deref().is_some_and(is_data) || is_data(literal_start(expr.text))) {
            return Ok(());
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
                if self.interp.is_strict() {
                    self.objects_of_grant(literal_start(expr.text), range.clone())?;
                }
                let message = "the role is only known when it runs";
                self.interp.gap("grant", "", message, range.clone());
                Ok(())
            }
            None => Err(Failure::dynamic("EXECUTE runs text that is only known when it runs")
                .help("write the statement out, or leave the object out in trueup.toml")
                .at(range.clone())),
        }
    }

    /// Whether what a GRANT to a role names that is only known later is there: the same to everybody, and taken back.
    fn objects_of_grant(&mut self, start: &str, range: Range<usize>) -> Outcome {
        let known = start.split('\'').next().unwrap_or_default();
        let savepoint = self.interp.store.savepoint();
        let tried =
            self.interp.detached(&format!("{known} PUBLIC"), range, |interp, range| interp.execute(range));
        self.interp.store.rollback(savepoint);
        match tried {
            // Another shape of the text is no failure of the statement.
            Err(failure) if failure.sqlstate.is_some_and(|state| state != "42601") => Err(failure),
            Err(_) | Ok(()) => Ok(()),
        }
    }

    fn conditional(&mut self, c: &mut Cursor<'_>, run: bool) -> Outcome<Flow> {
        let mut undecided = false;
        let mut taken = !run;
        let mut flow = Flow::On;
        loop {
            let condition = up_to(c, "then")?;
            let holds = if taken { Some(false) } else { self.holds(&self.text(&condition)) };
            // After a condition that is not known nothing is, as far as it defines anything.
            let holds = if undecided && holds == Some(true) { None } else { holds };
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
            if c.accept_any(&["elsif", "elseif"]).is_none() {
                break;
            }
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
    fn undecided(&mut self, branch: Range<usize>, condition: &Range<usize>) -> Outcome {
        if branch.start < branch.end && defines(&self.text(&branch)) {
            let at = if condition.is_empty() { branch } else { condition.clone() };
            return Err(Failure::dynamic("whether this holds is only known when it runs")
                .help("write the statement without the condition, with IF [NOT] EXISTS of its own")
                .at(at));
        }
        if self.defines && leaves(&self.text(&branch)) {
            let at = if condition.is_empty() { branch } else { condition.clone() };
            return Err(Failure::dynamic("whether the block goes on here is only known when it runs").at(at));
        }
        self.forget(branch);
        Ok(())
    }

    /// After CASE: `[operand] WHEN … THEN … [ELSE …] END CASE`.
    fn case(&mut self, c: &mut Cursor<'_>, run: bool) -> Outcome<Flow> {
        let operand = if c.is_word("when") { None } else { Some(up_to(c, "when")?) };
        if operand.is_none() {
            c.expect("when")?;
        }
        let mut undecided = false;
        let mut taken = !run;
        let mut flow = Flow::On;
        loop {
            let condition = up_to(c, "then")?;
            let holds = match (&operand, taken) {
                (_, true) => Some(false),
                (None, false) => self.holds(&self.text(&condition)),
                (Some(operand), false) => {
                    self.holds(&format!("({}) IN ({})", self.text(operand), self.text(&condition)))
                }
            };
            let holds = if undecided && holds == Some(true) { None } else { holds };
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
            if !c.accept("when") {
                break;
            }
        }
        if c.accept("else") {
            let from = c.offset();
            let found = self.statements(c, !taken && !undecided)?;
            if !taken && undecided {
                self.undecided(from..c.end_of_previous(), &(from..from))?;
            } else if !taken {
                flow = found;
            }
        } else if !taken && !undecided {
            return Err(Failure::refused("20000", "case not found"));
        }
        c.expect_words("end case")?;
        c.accept_kind(TokenKind::Semicolon);
        Ok(flow)
    }

    /// FOR, FOREACH, WHILE and LOOP.
    fn repeat(&mut self, c: &mut Cursor<'_>, label: Option<&Name>, run: bool) -> Outcome<Flow> {
        let head = c.offset();
        let rounds = self.rounds(c)?;
        let body = c.mark();
        let from = c.offset();
        self.statements(c, false)?;
        let range = from..c.end_of_previous();
        let mut flow = Flow::On;
        if run {
            flow = match rounds {
                Rounds::Unknown => {
                    self.not_told(&range, head..from)?;
                    Flow::On
                }
                Rounds::Values(targets, rows) => {
                    let scalar = !targets.iter().any(|t| uses_fields(&self.text(&range), Some(t)));
                    self.over(c, body, label, &targets, rows, scalar)?
                }
                // Without an end that is known it would go round for ever, for nothing.
                Rounds::While(_) if !defines(&self.text(&range)) => {
                    self.forget(range);
                    Flow::On
                }
                Rounds::While(condition) => {
                    self.while_holds(c, body, label, condition.as_ref(), &range, head..from)?
                }
            };
            c.reset(body);
            self.statements(c, false)?;
        }
        c.expect_words("end loop")?;
        if !c.is(TokenKind::Semicolon) {
            c.label()?;
        }
        c.accept_kind(TokenKind::Semicolon);
        Ok(flow)
    }

    /// A loop whose rounds can't be told: fine as long as it defines nothing.
    fn not_told(&mut self, body: &Range<usize>, at: Range<usize>) -> Outcome {
        if defines(&self.text(body)) {
            return Err(Failure::dynamic("how often this loop runs is only known when it runs").at(at));
        }
        self.forget(body.clone());
        Ok(())
    }

    /// The head of a loop up to and with LOOP.
    fn rounds(&mut self, c: &mut Cursor<'_>) -> Outcome<Rounds> {
        if c.accept("foreach") {
            let variable = c.label()?.as_str().to_owned();
            if c.accept("slice") {
                up_to(c, "loop")?;
                return Ok(Rounds::Unknown);
            }
            c.expect_words("in array")?;
            let range = up_to(c, "loop")?;
            return Ok(match self.value(&self.text(&range)) {
                Some(Datum::List(values)) => {
                    let rows = values.into_iter().map(|v| vec![("".into(), Some(v))]).collect();
                    Rounds::Values(vec![variable], rows)
                }
                Some(_) | None => Rounds::Unknown,
            });
        }
        if c.accept("while") {
            return Ok(Rounds::While(Some(up_to(c, "loop")?)));
        }
        if c.accept("loop") {
            return Ok(Rounds::While(None));
        }
        c.expect("for")?;
        let targets: Vec<String> = c.comma_separated(|c| Ok(c.label()?.as_str().to_owned()))?;
        c.expect("in")?;
        let reverse = c.accept("reverse");
        let execute = c.accept("execute");
        let range = up_to(c, "loop")?;
        let sql = self.text(&range);
        if let Some((from, to)) = sql.split_once("..").filter(|_| !execute) {
            let (to, by) = match to.to_ascii_lowercase().rfind(" by ") {
                Some(at) => {
                    (to.get(..at).unwrap_or_default(), self.value(to.get(at + 4..).unwrap_or_default()))
                }
                None => (to, Some(Datum::Int(1))),
            };
            return Ok(match (self.value(from), self.value(to), by) {
                (Some(Datum::Int(from)), Some(Datum::Int(to)), Some(Datum::Int(by @ 1..))) => {
                    let (low, high) = if reverse { (to, from) } else { (from, to) };
                    if high.saturating_sub(low) > i64::from(MAX_STEPS) {
                        return Ok(Rounds::Unknown);
                    }
                    let by = usize::try_from(by).unwrap_or(usize::MAX);
                    let numbers: Vec<i64> = if reverse {
                        (low..=high).rev().step_by(by).collect()
                    } else {
                        (low..=high).step_by(by).collect()
                    };
                    let rows = numbers.into_iter().map(|n| vec![("".into(), Some(Datum::Int(n)))]).collect();
                    Rounds::Values(targets, rows)
                }
                _ => Rounds::Unknown,
            });
        }
        let query = if execute {
            let mut inner = Cursor::of(&sql)?;
            let expr = inner.expr()?;
            if !inner.at_end() {
                return Ok(Rounds::Unknown);
            }
            match self.value(expr.text).as_ref().and_then(text) {
                Some(query) => query,
                None => return Ok(Rounds::Unknown),
            }
        } else {
            self.cursors.get(sql.trim()).cloned().unwrap_or(sql)
        };
        check_calls(self.interp, &query)?;
        Ok(self.rows(&query).map_or(Rounds::Unknown, |rows| Rounds::Values(targets, rows)))
    }

    /// Runs the body once for each row.
    fn over(
        &mut self,
        c: &mut Cursor<'_>,
        body: usize,
        label: Option<&Name>,
        targets: &[String],
        rows: Vec<Record>,
        scalar: bool,
    ) -> Outcome<Flow> {
        let any = !rows.is_empty();
        for row in rows {
            match targets {
                [one] if scalar => {
                    let value = row.into_iter().next().and_then(|(_, value)| value);
                    self.variables.insert(one.clone(), value);
                }
                [one] => {
                    self.variables.insert(one.clone(), Some(Datum::Record(row)));
                }
                several => {
                    for (name, (_, value)) in several.iter().zip(row) {
                        self.variables.insert(name.clone(), value);
                    }
                }
            }
            if let Some(flow) = self.round(c, body, label)? {
                return Ok(flow);
            }
        }
        self.found(Some(any));
        Ok(Flow::On)
    }

    fn while_holds(
        &mut self,
        c: &mut Cursor<'_>,
        body: usize,
        label: Option<&Name>,
        condition: Option<&Range<usize>>,
        range: &Range<usize>,
        at: Range<usize>,
    ) -> Outcome<Flow> {
        loop {
            let holds = condition.map_or(Some(true), |condition| self.holds(&self.text(condition)));
            match holds {
                Some(true) => {}
                Some(false) => return Ok(Flow::On),
                None => {
                    self.not_told(range, at)?;
                    return Ok(Flow::On);
                }
            }
            if let Some(flow) = self.round(c, body, label)? {
                return Ok(flow);
            }
        }
    }

    /// One round of a loop; how the loop ends, if it does.
    fn round(&mut self, c: &mut Cursor<'_>, body: usize, label: Option<&Name>) -> Outcome<Option<Flow>> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Failure::dynamic("the loop goes round too often to be followed"));
        }
        c.reset(body);
        Ok(match self.statements(c, true)? {
            Flow::On | Flow::Continue(None) => None,
            Flow::Exit(None) => Some(Flow::On),
            Flow::Exit(Some(name)) if Some(&name) == label => Some(Flow::On),
            Flow::Continue(Some(name)) if Some(&name) == label => None,
            flow @ (Flow::Return | Flow::Exit(Some(_)) | Flow::Continue(Some(_))) => Some(flow),
        })
    }
}

/// How often a loop goes round.
enum Rounds {
    Unknown,
    /// Once for each row, for these variables.
    Values(Vec<String>, Vec<Record>),
    /// As long as a condition holds; without one until something ends it.
    While(Option<Range<usize>>),
}
