//! The command line of trueup.
//!
//! Owns: arguments, where sources are read from, exit codes, what goes to standard output and
//! standard error.
//!
//! Never: reads SQL, decides what is drift, or words a finding.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod apply;
mod args;
mod config;
mod gate;
mod gate_args;
mod git;
mod history;
mod init;
mod kept;
mod load;
mod native;
mod native_args;
mod output;
mod pending;
mod preflight;
mod preflight_args;
mod probing;
mod problem;
mod progress;
mod project;
mod rights;
mod rows;
mod run;
mod settling;
mod signals;
mod snapshot;
mod source;
mod telling;
mod webhook;

use args::{Cli, Command, Format};
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use problem::Problem;
use run::{Exit, Talk};

/// Expressions nest; each thread that reads them gets room for it. It is reserved, not used.
const STACK: usize = 64 << 20;

fn main() {
    let parsed = Cli::command().try_get_matches().and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches)?;
        Ok((cli, matches))
    });
    let exit = match parsed {
        Ok((mut cli, matches)) => {
            log(cli.common.verbose);
            verb(&mut cli, matches.subcommand().map_or(&matches, |(_, of_the_verb)| of_the_verb))
        }
        Err(error) => usage(&error),
    };
    // Not a return: threads that still read a terminal or a disk are not waited for.
    std::process::exit(i32::from(exit.code()));
}

/// clap's message without any word that may hold a password.
fn usage(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        return match output::stdout(&error.render().to_string()) {
            Ok(()) => Exit::Good,
            Err(_) => Exit::Failed,
        };
    }
    // clap repeats what stands in the environment as well.
    let environment = ["TRUEUP_SCRATCH", "TRUEUP_LIVE", "TRUEUP_DESIRED", "TRUEUP_WEBHOOK_URL"]
        .iter()
        .filter_map(std::env::var_os);
    let words: Vec<String> =
        std::env::args_os().skip(1).chain(environment).map(|w| w.to_string_lossy().into_owned()).collect();
    let color = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let text = if color { error.render().ansi().to_string() } else { error.render().to_string() };
    output::stderr(&source::without_connections(&text, &words));
    Exit::Failed
}

fn log(verbose: u8) {
    if verbose == 0 {
        return;
    }
    let level = if verbose == 1 { tracing::Level::DEBUG } else { tracing::Level::TRACE };
    tracing_subscriber::fmt()
        .with_env_filter(format!("off,trueup={level},trueup_parser={level},trueup_introspect={level},trueup_settle={level},trueup_diff={level},trueup_policy={level},trueup_repair={level},trueup_apply={level},trueup_history={level},trueup_native={level},trueup_scratch={level},trueup_cluster={level}"))
        .with_writer(std::io::stderr)
        .with_timer(tracing_subscriber::fmt::time::uptime())
        .with_ansi(anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never)
        .with_target(false)
        .init();
}

fn verb(cli: &mut Cli, matches: &ArgMatches) -> Exit {
    let talk = Talk::new(&cli.common);
    let (result, format) = match &mut cli.command {
        Command::Init(init) => (init.run(), Format::Text),
        Command::Check(check) => {
            let filled = project::fill(&mut check.sides, matches);
            let done = filled.and_then(|project| drive(run::check(check, project.as_ref(), &talk)));
            (done, check.format)
        }
        Command::Repair(repair) => {
            let filled = project::fill(&mut repair.sides, matches);
            let done = filled.and_then(|project| {
                project::allowed(&mut repair.allow, project.as_ref());
                drive(run::repair(repair, project.as_ref(), &talk))
            });
            (done, repair.format)
        }
        Command::Apply(apply) => {
            let filled = project::fill(&mut apply.sides, matches);
            let done = filled.and_then(|project| {
                project::allowed(&mut apply.allow, project.as_ref());
                drive_to_the_end(apply, &talk)
            });
            (done, apply.format)
        }
        Command::Preflight(verb) => {
            let filled = project::fill(&mut verb.sides, matches);
            (filled.and_then(|_| drive(preflight::preflight(verb, &talk))), verb.format)
        }
        Command::Gate(gate) => (drive(gate::gate(gate, matches, &talk)), Format::Text),
        Command::Config(config) => (config::config(config, matches, &talk), config.format),
        Command::Snapshot(snapshot) => {
            let filled = project::fill_live(&mut snapshot.live, &snapshot.project, matches);
            (filled.and_then(|()| drive(run::snapshot(snapshot, &talk))), Format::Text)
        }
        Command::History(history) => {
            let filled = project::fill_history(history, matches);
            (filled.and_then(|()| drive(history::history(history, &talk))), history.format)
        }
        Command::Explain { code } => (run::explain(code.as_deref(), &talk), Format::Text),
        Command::Completions { shell } => (run::completions(*shell), Format::Text),
        Command::Man => (run::man(), Format::Text),
    };
    result.unwrap_or_else(|problems| talk.problems(&problems, format))
}

/// Runs a verb until it is done or someone presses Ctrl-C; what it held open is closed either way.
fn drive(work: impl Future<Output = Result<Exit, Vec<Problem>>>) -> Result<Exit, Vec<Problem>> {
    on_a_runtime(async {
        tokio::select! {
            result = work => result,
            Ok(()) = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
        }
    })
}

/// Runs `apply`, which stops by itself: what the server runs is cancelled before the process ends.
fn drive_to_the_end(apply: &args::Apply, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    let (interrupter, interrupt) = trueup_apply::interrupt();
    on_a_runtime(async {
        tokio::spawn(signals::pass_on(interrupter));
        apply::apply(apply, talk, interrupt).await
    })
}

fn on_a_runtime(work: impl Future<Output = Result<Exit, Vec<Problem>>>) -> Result<Exit, Vec<Problem>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().thread_stack_size(STACK).build();
    let runtime = runtime.map_err(|error| {
        vec![Problem::configuration(
            format!("the system refuses what trueup needs to run: {error}"),
            "close other programs, or raise the limits",
        )]
    })?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}
