//! Private servers: cold, warm, two at a time, and gone after the end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::{Duration, Instant};
use trueup_cluster::{Binaries, Cluster};

fn alive(pid: u32) -> bool {
    let output =
        std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

#[test]
fn a_cluster_is_kept_and_two_runs_have_two() {
    // This machine's, or those that the tests fetched.
    let binaries: Binaries = trueup_testkit::binaries::find(15).unwrap();
    let begun = Instant::now();
    let first = Cluster::start(&binaries).unwrap();
    let second = Cluster::start(&binaries).unwrap();
    assert_ne!(first.socket_dir(), second.socket_dir());
    let pids = [first.pid().unwrap(), second.pid().unwrap()];
    assert!(pids.iter().all(|pid| alive(*pid)));
    println!("two servers in {:?}, warm: {} {}", begun.elapsed(), first.warm, second.warm);
    drop(first);
    second.stop();
    let limit = Instant::now() + Duration::from_secs(10);
    while pids.iter().any(|pid| alive(*pid)) {
        assert!(Instant::now() < limit, "a server survives");
        std::thread::sleep(Duration::from_millis(20));
    }
    let begun = Instant::now();
    let again = Cluster::start(&binaries).unwrap();
    println!("warm start: {:?}", begun.elapsed());
    assert!(again.warm);
    again.stop();
}
