//! `make servers`: finds PostgreSQL of each version for the tests, fetching what isn't installed.

use std::process::ExitCode;
use trueup_testkit::binaries;

fn main() -> ExitCode {
    let versions = match trueup_testkit::test_versions() {
        Ok(versions) => versions,
        Err(error) => {
            eprintln!("servers: {error}");
            return ExitCode::from(2);
        }
    };
    let mut code = ExitCode::SUCCESS;
    for major in versions {
        match binaries::find(major) {
            Ok(found) => println!("{major}  {}  ({})", found.bin.display(), found.version),
            Err(error) => {
                eprintln!("{error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
