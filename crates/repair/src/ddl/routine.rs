//! `CREATE FUNCTION` and `CREATE PROCEDURE`.

use super::{Sql, Written, dollar_quote};
use trueup_catalog::{Argument, ArgumentMode, Parallel, Routine, RoutineBody, Volatility, quote_literal};

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `FUNCTION`.
    Function,
    /// `PROCEDURE`.
    Procedure,
}

/// How it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `CREATE`.
    Create,
    /// `CREATE OR REPLACE`, which resets every property that is not restated; all are.
    Replace,
}

/// `CREATE [OR REPLACE] FUNCTION|PROCEDURE …`. Properties that have their default are left out.
pub fn create(routine: &Routine, kind: Kind, mode: Mode) -> Sql {
    let Routine {
        name,
        arguments,
        returns,
        returns_set,
        language,
        body,
        volatility,
        strict,
        security_definer,
        leakproof,
        window,
        parallel,
        cost,
        rows,
        support,
        config,
        transforms,
    } = routine;
    let mut sql = Sql::new(match mode {
        Mode::Create => "CREATE ",
        Mode::Replace => "CREATE OR REPLACE ",
    });
    sql.push(match kind {
        Kind::Function => "FUNCTION ",
        Kind::Procedure => "PROCEDURE ",
    });
    sql.add(format_args!("{name}("));
    let (table, passed): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| a.mode == ArgumentMode::Table);
    sql.list(", ", passed, argument);
    sql.push(")");
    if !table.is_empty() {
        sql.push("\n    RETURNS TABLE (");
        sql.list(", ", table, argument);
        sql.push(")");
    } else if let Some(returns) = returns {
        sql.push("\n    RETURNS ").push(if *returns_set { "SETOF " } else { "" });
        sql.add(format_args!("{returns}"));
    }
    sql.add(format_args!("\n    LANGUAGE {language}"));
    if !transforms.is_empty() {
        sql.push("\n    TRANSFORM ");
        sql.list(", ", transforms, |sql, data_type| {
            sql.add(format_args!("FOR TYPE {data_type}"));
        });
    }
    let mut words = Vec::new();
    if *window {
        words.push("WINDOW".to_owned());
    }
    if *volatility != Volatility::Volatile {
        words.push(volatility.sql().to_owned());
    }
    if *leakproof {
        words.push("LEAKPROOF".to_owned());
    }
    if *strict {
        words.push("STRICT".to_owned());
    }
    if *security_definer {
        words.push("SECURITY DEFINER".to_owned());
    }
    if *parallel != Parallel::Unsafe {
        words.push(format!("PARALLEL {}", parallel.sql()));
    }
    if let Some(cost) = cost {
        words.push(format!("COST {cost}"));
    }
    if let Some(rows) = rows {
        words.push(format!("ROWS {rows}"));
    }
    if let Some(support) = support {
        words.push(format!("SUPPORT {support}"));
    }
    if !words.is_empty() {
        sql.add(format_args!("\n    {}", words.join(" ")));
    }
    for (name, value) in config {
        let name: Vec<_> = name.split('.').map(trueup_catalog::quote_ident).collect();
        sql.add(format_args!("\n    SET {} TO {}", name.join("."), config_value(&name.join("."), value)));
    }
    match body {
        RoutineBody::Source(source) => {
            sql.add(format_args!("\nAS {}", dollar_quote(source, "")));
            // The body's names are looked up when it runs; what it mentions still orders steps.
            sql.written.push(Written { text: source.as_str().into(), path: None });
        }
        RoutineBody::Library { file, symbol } => {
            sql.push("\nAS ");
            if !file.is_empty() {
                sql.push(&quote_literal(file)).push(", ");
            }
            sql.push(&quote_literal(symbol));
        }
        RoutineBody::Sql(query) => {
            sql.push("\n").query(query);
        }
    }
    sql
}

fn argument(sql: &mut Sql, argument: &Argument) {
    let Argument { name, mode, data_type, default } = argument;
    match mode {
        ArgumentMode::In | ArgumentMode::Table => {}
        ArgumentMode::Out | ArgumentMode::InOut | ArgumentMode::Variadic => {
            sql.push(mode.sql()).push(" ");
        }
    }
    if let Some(name) = name {
        sql.add(format_args!("{name} "));
    }
    sql.add(format_args!("{data_type}"));
    if let Some(default) = default {
        sql.push(" DEFAULT ").expr(default);
    }
}

/// Settings whose value is a list of names: each element is quoted by itself
/// (`variable_is_guc_list_quote` in `dumputils.c`).
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

fn config_value(name: &str, value: &str) -> String {
    if !LISTS.iter().any(|list| list.eq_ignore_ascii_case(name)) {
        return quote_literal(value);
    }
    let elements = split_names(value);
    if elements.is_empty() {
        return "''".to_owned();
    }
    elements.iter().map(|e| quote_literal(e)).collect::<Vec<_>>().join(", ")
}

/// The names of a comma-separated list in which a name may be quoted (`SplitGUCList`).
fn split_names(value: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = value.trim();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut name = String::new();
            let mut chars = quoted.char_indices().peekable();
            let mut end = quoted.len();
            while let Some((i, c)) = chars.next() {
                if c != '"' {
                    name.push(c);
                } else if chars.next_if(|(_, next)| *next == '"').is_some() {
                    name.push('"');
                } else {
                    end = i + 1;
                    break;
                }
            }
            names.push(name);
            rest = quoted.get(end..).unwrap_or_default();
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            names.push(rest.get(..end).unwrap_or_default().trim().to_owned());
            rest = rest.get(end..).unwrap_or_default();
        }
        rest = rest.trim_start().trim_start_matches(',').trim_start();
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{DataType, Expr, Name, QualifiedName};

    #[test]
    fn a_function_with_everything() {
        let routine = Routine {
            name: QualifiedName::new("public", "f"),
            arguments: vec![
                Argument {
                    name: Some("a".into()),
                    mode: ArgumentMode::In,
                    data_type: DataType::builtin("int4"),
                    default: Some(Expr::qualified("1")),
                },
                Argument {
                    name: Some("x".into()),
                    mode: ArgumentMode::Table,
                    data_type: DataType::builtin("text"),
                    default: None,
                },
            ],
            returns: Some(DataType::builtin("text")),
            returns_set: true,
            language: Name::new("plpgsql"),
            body: RoutineBody::Source("BEGIN $$x$$ END".into()),
            volatility: Volatility::Stable,
            strict: true,
            security_definer: true,
            leakproof: false,
            window: false,
            parallel: Parallel::Safe,
            cost: Some("5".into()),
            rows: None,
            support: None,
            config: [
                ("search_path".to_owned(), "public, \"$user\", \"a\"\"b\"".to_owned()),
                ("work_mem".to_owned(), "1MB".to_owned()),
            ]
            .into(),
            transforms: vec![],
        };
        assert_eq!(
            create(&routine, Kind::Function, Mode::Replace).text,
            "CREATE OR REPLACE FUNCTION public.f(a integer DEFAULT 1)\n    RETURNS TABLE (x text)\n    LANGUAGE plpgsql\n    STABLE STRICT SECURITY DEFINER PARALLEL SAFE COST 5\n    SET search_path TO 'public', '$user', 'a\"b'\n    SET work_mem TO '1MB'\nAS $body$BEGIN $$x$$ END$body$"
        );
    }

    #[test]
    fn an_empty_search_path_stays_empty() {
        assert_eq!(config_value("search_path", "\"\""), "''");
        assert_eq!(config_value("search_path", ""), "''");
        assert_eq!(config_value("search_path", "a,b"), "'a', 'b'");
    }
}
