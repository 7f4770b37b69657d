//! A repository of its own, and the program run in it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

pub struct Repository(tempfile::TempDir);

#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Repository {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let repository = Repository(tempfile::tempdir().unwrap());
        repository.git(&["init", "-q", "-b", "main"]);
        repository.write(files);
        repository
    }

    pub fn write(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = self.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn git(&self, words: &[&str]) {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
            .args(words)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    pub fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "change"]);
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        self.run_with(words, &[])
    }

    pub fn run_with(&self, words: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command.args(words).current_dir(self.0.path()).stdin(Stdio::null());
        // What a pipeline that runs these tests sets must not show through.
        for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITLAB_CI", "CI", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("TRUEUP_") || name.starts_with("PG"))
        {
            command.env_remove(name);
        }
        command.env("TRUEUP_SCRATCH", "off").env("PGCONNECT_TIMEOUT", "2").envs(environment.iter().copied());
        let output = command.output().unwrap();
        Ran {
            code: output.status.code().expect("not killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
