//! Real migration tools, installed by their package managers, against trueup: in every state that a tool knows, its own word on each
//! migration has to be trueup's.
//!
//! It installs some 300 MB at the first run and takes minutes, so `make test-tools` runs it; `TRUEUP_TOOLS=alembic,knex` narrows, as does
//! `TRUEUP_TOOLS_PART=states` or `repairs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod alembic;
mod dbmate;
mod django;
mod drizzle;
mod knex;
mod linear;
mod node_pg_migrate;
mod prisma;
mod project;
mod repairs;
mod sequelize;
mod typeorm;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use trueup_testkit::versions::DEFAULT_MAJOR;
use trueup_testkit::{Server, migration_tools};

/// What was held of a tool.
#[derive(Default)]
pub struct Held {
    /// The states in which it and trueup said the same.
    states: Vec<String>,
    /// What trueup repaired and the tool ran.
    repairs: Vec<String>,
    /// Where they did not agree, or something failed.
    wrong: Vec<String>,
}

impl Held {
    fn add(&mut self, other: Held) {
        self.states.extend(other.states);
        self.repairs.extend(other.repairs);
        self.wrong.extend(other.wrong);
    }
}

/// A tool.
pub struct Tool {
    /// As `TRUEUP_TOOLS` names it.
    name: &'static str,
    /// The package whose version counts.
    package: &'static str,
    /// Walks through its states.
    states: fn(&Server) -> Held,
    /// Has it run repairs.
    repairs: fn(&Server) -> Held,
}

const TOOLS: &[Tool] = &[
    alembic::TOOL,
    django::TOOL,
    prisma::TOOL,
    drizzle::TOOL,
    knex::TOOL,
    sequelize::TOOL,
    typeorm::TOOL,
    node_pg_migrate::TOOL,
    dbmate::TOOL,
];

struct Line {
    tool: &'static Tool,
    held: Held,
    took: Duration,
}

#[test]
#[ignore = "installs the tools: make test-tools"]
fn the_real_tools_agree() {
    let only = std::env::var("TRUEUP_TOOLS").ok();
    let only: Option<Vec<&str>> = only.as_deref().map(|list| list.split(',').map(str::trim).collect());
    for name in only.iter().flatten() {
        assert!(TOOLS.iter().any(|tool| tool.name == *name), "TRUEUP_TOOLS: {name} is none of the tools");
    }
    if let Ok(part) = std::env::var("TRUEUP_TOOLS_PART") {
        assert!(
            ["states", "repairs"].contains(&part.as_str()),
            "TRUEUP_TOOLS_PART: {part} is neither states nor repairs"
        );
    }
    let wanted = |tool: &&Tool| only.as_ref().is_none_or(|only| only.contains(&tool.name));
    // Before anything runs: without the tools there is nothing to hold.
    migration_tools::python().unwrap_or_else(|error| panic!("{error}"));
    migration_tools::node().unwrap_or_else(|error| panic!("{error}"));
    let server = Server::shared(DEFAULT_MAJOR).unwrap();
    let open: Mutex<VecDeque<&'static Tool>> = Mutex::new(TOOLS.iter().filter(wanted).collect());
    let lines: Mutex<Vec<Line>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(tool) = open.lock().unwrap().pop_front() else { break };
                    let line = hold(tool, server);
                    lines.lock().unwrap().push(line);
                }
            });
        }
    });
    let lines = lines.into_inner().unwrap();
    print(&lines);
    let wrong: Vec<&str> = lines.iter().flat_map(|line| &line.held.wrong).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} don't agree:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is held of a tool, on a server.
type Part = fn(&Server) -> Held;

fn hold(tool: &'static Tool, server: &Server) -> Line {
    let start = Instant::now();
    let mut held = Held::default();
    let only = std::env::var("TRUEUP_TOOLS_PART").ok();
    let parts: [(&str, Part); 2] = [("states", tool.states), ("repairs", tool.repairs)];
    for (_, part) in parts.into_iter().filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name)) {
        held.add(catch_unwind(AssertUnwindSafe(|| part(server))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text =
                text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("its message is above");
            Held { wrong: vec![format!("{} stopped: {text}", tool.name)], ..Held::default() }
        }));
    }
    Line { tool, held, took: start.elapsed() }
}

fn print(lines: &[Line]) {
    println!("{:16} {:8} {:>6} {:>7} {:>5} {:>6}", "tool", "version", "states", "repairs", "wrong", "took");
    for line in lines {
        let version = migration_tools::version(line.tool.package).unwrap();
        let held = &line.held;
        println!(
            "{:16} {version:8} {:>6} {:>7} {:>5} {:>4.0} s",
            line.tool.name,
            held.states.len(),
            held.repairs.len(),
            held.wrong.len(),
            line.took.as_secs_f64()
        );
        println!("  states: {}", held.states.join("; "));
        println!("  repairs: {}", held.repairs.join("; "));
    }
}
