use std::collections::BTreeMap;
use std::path::PathBuf;
fn main() {
    let mut args = std::env::args().skip(1);
    let major: u32 = args.next().unwrap().parse().unwrap();
    let verbose = std::env::var("V").is_ok();
    let paths: Vec<PathBuf> = args.map(PathBuf::from).collect();
    let (files, errors) = trueup_parser::read(&paths);
    for e in errors {
        eprintln!("{e}");
    }
    let statements: usize = files
        .iter()
        .map(|f| {
            trueup_syntax::split(&f.text)
                .iter()
                .filter(|i| matches!(i.kind, trueup_syntax::ItemKind::Statement))
                .count()
        })
        .sum();
    let t = std::time::Instant::now();
    let parsed = trueup_parser::parse(
        &files,
        &trueup_parser::Options { server_version: major * 10000, ambient: None },
    );
    let took = t.elapsed();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for d in &parsed.diagnostics {
        *counts.entry(d.code).or_default() += 1;
        if verbose {
            println!(
                "{}:{}:{}: {} {:?} {}",
                d.span.file, d.span.line, d.span.column, d.code, d.sqlstate, d.message
            );
        }
    }
    println!(
        "statements {statements} objects {} gaps {} {:?} {took:?}",
        parsed.catalog.len(),
        parsed.catalog.gaps.len(),
        counts
    );
    if std::env::var("D").is_ok() {
        for (k, e) in parsed.catalog.iter() {
            println!("{:?} {} {:#?}", k.kind, k, e.object);
        }
    }
}
