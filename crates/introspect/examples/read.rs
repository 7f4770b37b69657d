//! temporary
#![allow(clippy::unwrap_used)]
use trueup_introspect::*;
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let t0 = std::time::Instant::now();
    let config = ConnectConfig::parse(&std::env::args().nth(1).unwrap(), &Environment::process()).unwrap();
    let connected = match connect(&config).await {
        Ok(c) => c,
        Err(e) => {
            println!("{}: {e}\n  {}", e.code(), e.way_out());
            return;
        }
    };
    let t1 = std::time::Instant::now();
    let catalog = read_pg_catalog(&connected, &ReadOptions::default()).await.unwrap();
    let t2 = std::time::Instant::now();
    for g in &catalog.gaps {
        if !g.message.is_empty() {
            println!("GAP {g:?}");
        }
    }
    if std::env::args().nth(2).is_some() {
        println!("{}", serde_json::to_string_pretty(&catalog).unwrap());
    }
    drop(connected);
    eprintln!(
        "connect {:?} read {:?} objects {} gaps {} ambient {}/{}/{}",
        t1 - t0,
        t2 - t1,
        catalog.len(),
        catalog.gaps.len(),
        catalog.ambient.types.len(),
        catalog.ambient.functions.len(),
        catalog.ambient.operators.len()
    );
}
