//! What lies in `contrib/`: linted, held against published schemas, and run as far as a machine without those services can.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use trueup_testkit::linters::linter;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn contrib(path: &str) -> PathBuf {
    root().join("contrib").join(path)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn yaml(path: &Path) -> serde_json::Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn all(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn good(output: &Output) {
    assert!(output.status.success(), "{}", all(output));
}

fn lint(program: &str, words: &[&str]) -> Output {
    linter(program).unwrap().args(words).current_dir(root()).output().unwrap()
}

const SCRIPTS: [&str; 3] = ["github/install.sh", "github/gate.sh", "github/comment.sh"];

#[test]
fn files_are_as_their_schemas_say() {
    let schema = |name: &str, file: &str| lint("check-jsonschema", &["--builtin-schema", name, file]);
    good(&schema("vendor.github-actions", "contrib/github/action.yml"));
    good(&schema("vendor.github-workflows", "contrib/github/workflow.yml"));
    let gitlab = [
        "--builtin-schema",
        "vendor.gitlab-ci",
        "--data-transform",
        "gitlab-ci",
        "contrib/gitlab/trueup.gitlab-ci.yml",
    ];
    good(&lint("check-jsonschema", &gitlab));
    good(&lint("kubernetes-validate", &["--strict", "contrib/kubernetes/cronjob.yaml"]));
    good(&lint("pre-commit", &["validate-manifest", ".pre-commit-hooks.yaml"]));
    good(&lint("hadolint", &["--failure-threshold", "style", "contrib/docker/Dockerfile"]));
}

/// A linter that says yes to all would pass the test above.
#[test]
fn the_linters_find_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let action = wrong(
        "action.yml",
        read(&contrib("github/action.yml")).replace("using: composite", "using: nothing"),
    );
    assert!(
        !lint("check-jsonschema", &["--builtin-schema", "vendor.github-actions", &action]).status.success()
    );
    let job = wrong(
        "cronjob.yaml",
        read(&contrib("kubernetes/cronjob.yaml")).replace("backoffLimit", "backofLimit"),
    );
    assert!(!lint("kubernetes-validate", &["--strict", &job]).status.success());
    let docker = wrong("Dockerfile", "FROM debian\nRUN cd /tmp\n".to_owned());
    assert!(!lint("hadolint", &[&docker]).status.success());
    let script = wrong("a.sh", "#!/bin/bash\nrm $1\n".to_owned());
    assert!(!lint("shellcheck", &[&script]).status.success());
}

#[test]
fn scripts_are_sound() {
    for script in SCRIPTS {
        let path = contrib(script);
        good(&lint("shellcheck", &["--severity=style", path.to_str().unwrap()]));
    }
    // What stands in YAML is a script as well.
    let folder = tempfile::tempdir().unwrap();
    let mut scripts = 0;
    let action = yaml(&contrib("github/action.yml"));
    let steps = action["runs"]["steps"].as_array().unwrap().iter().filter_map(|step| step["run"].as_str());
    let gitlab = yaml(&contrib("gitlab/trueup.gitlab-ci.yml"));
    let jobs = gitlab.as_object().unwrap().values();
    let lines = jobs
        .flat_map(|job| {
            ["before_script", "script"].map(|key| job[key].as_array().cloned().unwrap_or_default())
        })
        .flatten();
    let lines: Vec<String> = lines.map(|line| line.as_str().unwrap().to_owned()).collect();
    for script in steps.map(str::to_owned).chain(lines) {
        let path = folder.path().join(format!("{scripts}.sh"));
        std::fs::write(&path, format!("#!/usr/bin/env bash\n{script}\n")).unwrap();
        good(&Command::new("bash").arg("-n").arg(&path).output().unwrap());
        good(&lint("shellcheck", &["--severity=style", path.to_str().unwrap()]));
        scripts += 1;
    }
    assert!(scripts >= 7, "{scripts}");
}

#[test]
fn nothing_that_others_write_becomes_part_of_a_script() {
    let action = yaml(&contrib("github/action.yml"));
    let workflow = yaml(&contrib("github/workflow.yml"));
    let steps = action["runs"]["steps"].as_array().unwrap().iter();
    let mut pinned = 0;
    for step in steps.chain(workflow["jobs"]["gate"]["steps"].as_array().unwrap()) {
        if let Some(script) = step["run"].as_str() {
            assert!(!script.contains("${{"), "{script}");
        }
        if let Some(uses) = step["uses"].as_str().filter(|uses| !uses.starts_with("trueup-db/")) {
            let (_, at) = uses.split_once('@').unwrap();
            assert!(at.len() == 40 && at.chars().all(|c| c.is_ascii_hexdigit()), "{uses}");
            pinned += 1;
        }
    }
    assert_eq!(pinned, 4);
    for script in SCRIPTS {
        assert!(!read(&contrib(script)).contains("eval"), "{script}");
        assert!(!read(&contrib(script)).contains("${{"), "{script}");
    }
    // Every input is used, and every one that is used exists.
    let text = read(&contrib("github/action.yml"));
    let inputs = action["inputs"].as_object().unwrap();
    for name in inputs.keys() {
        assert!(text.contains(&format!("inputs.{name}")), "{name}");
    }
    for (at, _) in text.match_indices("inputs.") {
        let rest = &text[at + 7..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap();
        assert!(inputs.contains_key(&rest[..end]), "{}", &rest[..end]);
    }
    assert_eq!(workflow["permissions"], serde_json::json!({ "contents": "read" }));
}

/// A project with a snapshot that is in sync (or not), and what a runner gives to a step.
struct Runner {
    folder: tempfile::TempDir,
}

impl Runner {
    fn new(live: &str) -> Self {
        let runner = Runner { folder: tempfile::tempdir().unwrap() };
        for folder in ["work", "temp", "bin"] {
            std::fs::create_dir(runner.path(folder)).unwrap();
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_trueup"), runner.path("bin/trueup")).unwrap();
        runner.write("work/schema.sql", "CREATE TABLE a (id bigint PRIMARY KEY, note text);\n");
        runner.write("live.sql", live);
        runner.write(
            "work/trueup.toml",
            "desired = [\"schema.sql\"]\nscratch = \"off\"\ntarget = \"production\"\n[targets.production]\nurl-env = \"DATABASE_URL\"\n[targets.offline]\nsnapshot = \"live.json\"\n",
        );
        let live = runner.path("live.sql");
        good(
            &runner
                .command("trueup")
                .args(["snapshot", "--live"])
                .arg(live)
                .args(["-o", "live.json"])
                .output()
                .unwrap(),
        );
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        read(&self.path(name))
    }

    /// A program in the project, with nothing of this machine's environment but the way to its programs.
    fn command(&self, program: &str) -> Command {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command =
            Command::new(if program == "trueup" { env!("CARGO_BIN_EXE_trueup") } else { program });
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path("temp"))
            .env("RUNNER_TEMP", self.path("temp"))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_PATH", self.path("path"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GITHUB_REPOSITORY", "shop/shop")
            .current_dir(self.path("work"))
            .stdin(Stdio::null());
        command
    }

    fn script(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        self.command("bash").arg(contrib(script)).envs(environment.iter().copied()).output().unwrap()
    }

    /// What a step has given to those that follow.
    fn outputs(&self) -> BTreeMap<String, String> {
        let text = self.read("output");
        text.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }
}

const SAME: &str = "CREATE TABLE a (id bigint PRIMARY KEY, note text);";
const DRIFTED: &str = "CREATE TABLE a (id bigint PRIMARY KEY);";

#[test]
fn the_gates_step_gives_its_answer_and_its_reports() {
    for (live, code) in [(SAME, "0"), (DRIFTED, "1")] {
        let runner = Runner::new(live);
        let output = runner.script("github/gate.sh", &[("INPUT_TARGET", "offline")]);
        good(&output);
        let outputs = runner.outputs();
        assert_eq!(outputs["exit-code"], code, "{}", all(&output));
        for report in ["sarif", "md", "html", "xml", "json"] {
            let text = read(&Path::new(&outputs["reports"]).join(format!("trueup.{report}")));
            assert!(!text.is_empty(), "{report}");
        }
        assert!(!runner.read("summary").is_empty());
        if code == "1" {
            assert!(all(&output).contains("::error"), "{}", all(&output));
        }
        // The last step.
        let action = yaml(&contrib("github/action.yml"));
        let last =
            action["runs"]["steps"].as_array().unwrap().last().unwrap()["run"].as_str().unwrap().to_owned();
        let ended =
            runner.command("bash").args(["-c", &last]).env("TRUEUP_EXIT_CODE", code).output().unwrap();
        assert_eq!(ended.status.code().unwrap().to_string(), code);
        let ended = runner.command("bash").args(["-c", &last]).output().unwrap();
        assert_eq!(ended.status.code(), Some(2), "no answer is no green");
    }
}

#[test]
fn a_gate_that_could_not_run_is_not_green() {
    // No secret, as in a pull request from a fork.
    let runner = Runner::new(SAME);
    good(&runner.script("github/gate.sh", &[("DATABASE_URL", "")]));
    assert_eq!(runner.outputs()["exit-code"], "2");
    // With a target for forks it is looked at all the same.
    good(&runner.script("github/gate.sh", &[("INPUT_FORK", "true"), ("INPUT_FORK_TARGET", "offline")]));
    assert_eq!(runner.outputs()["exit-code"], "0");
    good(&runner.script("github/gate.sh", &[("INPUT_DIRECTORY", "nowhere")]));
    assert_eq!(runner.outputs()["exit-code"], "2");
    // A URL would stand in the log of the workflow.
    let output = runner.script("github/gate.sh", &[("INPUT_LIVE", "postgres://u:hunter2@h/d")]);
    assert_eq!(runner.outputs()["exit-code"], "2");
    assert!(!all(&output).contains("hunter2"), "{}", all(&output));
}

#[test]
fn inputs_are_words_and_never_commands() {
    let runner = Runner::new(SAME);
    let made = runner.path("made").display().to_string();
    let hostile = format!("$(touch {made})`touch {made}`\"; touch {made}; \"");
    let inputs = [
        "INPUT_CONFIG",
        "INPUT_TARGET",
        "INPUT_DESIRED",
        "INPUT_LIVE",
        "INPUT_BASE",
        "INPUT_BASELINE",
        "INPUT_FAIL_ON",
        "INPUT_MAX_AGE",
        "INPUT_DIRECTORY",
    ];
    for input in inputs {
        runner.script("github/gate.sh", &[(input, &hostile)]);
        assert_eq!(runner.outputs()["exit-code"], "2", "{input}");
        assert!(!runner.path("made").exists(), "{input}");
    }
    for input in ["TRUEUP_INSTALL", "TRUEUP_REPOSITORY", "TRUEUP_RELEASE_URL"] {
        let install = if input == "TRUEUP_RELEASE_URL" { "release" } else { "cargo" };
        let output = runner.script("github/install.sh", &[("TRUEUP_INSTALL", install), (input, &hostile)]);
        assert_eq!(output.status.code(), Some(2), "{input}: {}", all(&output));
        assert!(!runner.path("made").exists(), "{input}");
    }
}

#[test]
fn several_lines_are_several_sources() {
    let runner = Runner::new("CREATE TABLE a (id bigint PRIMARY KEY, note text); CREATE TABLE b ();");
    runner.write("work/b.sql", "CREATE TABLE b ();");
    let output = runner.script(
        "github/gate.sh",
        &[("INPUT_TARGET", "offline"), ("INPUT_DESIRED", "schema.sql\n  b.sql\n\n")],
    );
    assert_eq!(runner.outputs()["exit-code"], "0", "{}", all(&output));
}

#[test]
fn what_is_on_the_path_is_taken_and_a_release_is_held_against_its_sum() {
    let runner = Runner::new(SAME);
    let output = runner.script("github/install.sh", &[("TRUEUP_INSTALL", "none")]);
    good(&output);
    assert!(all(&output).starts_with("trueup "), "{}", all(&output));
    // An archive as a release would be one, and a stand-in for curl that copies it.
    good(
        &runner
            .command("tar")
            .args(["-C"])
            .arg(runner.path("bin"))
            .args(["-chzf"])
            .arg(runner.path("release.tar.gz"))
            .arg("trueup")
            .output()
            .unwrap(),
    );
    runner.write("bin/curl", "#!/bin/bash\nwhile [ \"$1\" != --output ]; do shift; done\ncp \"$RUNNER_TEMP/../release.tar.gz\" \"$2\"\n");
    good(&runner.command("chmod").arg("+x").arg(runner.path("bin/curl")).output().unwrap());
    let sum = runner.command("sha256sum").arg(runner.path("release.tar.gz")).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap()[..64].to_owned();
    let release = |sum: &str| {
        let environment = [
            ("TRUEUP_INSTALL", "release"),
            ("TRUEUP_RELEASE_URL", "https://example.org/a.tar.gz"),
            ("TRUEUP_RELEASE_SHA256", sum),
        ];
        runner.script("github/install.sh", &environment)
    };
    let wrong = release(&"0".repeat(64));
    assert_eq!(wrong.status.code(), Some(2), "{}", all(&wrong));
    assert!(!runner.path("temp/trueup-install/bin/trueup").exists());
    assert_eq!(release("").status.code(), Some(2));
    good(&release(&sum));
    assert!(runner.read("path").contains("trueup-install/bin"));
    good(&Command::new(runner.path("temp/trueup-install/bin/trueup")).arg("--version").output().unwrap());
}

/// A stand-in for `gh`: it keeps comments in a file and notes what was asked of it.
const GH: &str = r#"#!/bin/bash
echo "$*" >>"$RUNNER_TEMP/asked"
case "$*" in
*--paginate*) [ -e "$RUNNER_TEMP/refuses" ] && exit 1; cat "$RUNNER_TEMP/ids" 2>/dev/null ;;
*) for word; do case "$word" in body=@*) cp "${word#body=@}" "$RUNNER_TEMP/comment" ;; esac; done ;;
esac
exit 0
"#;

#[test]
fn there_is_one_comment_and_it_is_edited_in_place() {
    let runner = Runner::new(DRIFTED);
    runner.write("bin/gh", GH);
    good(&runner.command("chmod").arg("+x").arg(runner.path("bin/gh")).output().unwrap());
    runner.script("github/gate.sh", &[("INPUT_TARGET", "offline")]);
    let reports = runner.outputs()["reports"].clone();
    let comment = || {
        let environment =
            [("TRUEUP_REPORTS", reports.as_str()), ("TRUEUP_PULL_REQUEST", "7"), ("GH_TOKEN", "hunter2")];
        let output = runner.script("github/comment.sh", &environment);
        good(&output);
        assert!(!all(&output).contains("hunter2"));
        all(&output)
    };
    comment();
    let asked = runner.read("temp/asked");
    assert!(asked.contains("--method POST repos/shop/shop/issues/7/comments"), "{asked}");
    assert!(runner.read("temp/comment").starts_with("<!-- trueup-gate"));
    runner.write("temp/ids", "41\n42\n");
    comment();
    let asked = runner.read("temp/asked");
    assert!(asked.contains("--method PATCH repos/shop/shop/issues/comments/41 "), "{asked}");
    runner.write("temp/refuses", "");
    assert!(
        comment().contains("::warning title=trueup::the comments of this pull request could not be read")
    );
    std::fs::remove_file(Path::new(&reports).join("trueup.md")).unwrap();
    assert!(comment().contains("::warning title=trueup::there is no report"));
}

#[test]
fn gitlabs_job_runs_and_fails_as_the_gate_does() {
    let gitlab = yaml(&contrib("gitlab/trueup.gitlab-ci.yml"));
    for (live, code) in [(SAME, 0), (DRIFTED, 1)] {
        let runner = Runner::new(live);
        for line in gitlab[".trueup"]["script"].as_array().unwrap() {
            let mut command = runner.command("sh");
            command.env_remove("GITHUB_ACTIONS").env("GITLAB_CI", "true").env("TRUEUP_TARGET", "offline");
            let output = command.args(["-c", line.as_str().unwrap()]).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{}", all(&output));
        }
        let reports = &gitlab[".trueup"]["artifacts"];
        let quality = runner.read(&format!("work/{}", reports["reports"]["codequality"].as_str().unwrap()));
        let quality: Vec<serde_json::Value> = serde_json::from_str(&quality).unwrap();
        assert_eq!(quality.is_empty(), code == 0);
        assert!(
            runner
                .read(&format!("work/{}", reports["reports"]["junit"].as_str().unwrap()))
                .contains("<testsuite")
        );
        for path in reports["paths"].as_array().unwrap() {
            assert!(!runner.read(&format!("work/{}", path.as_str().unwrap())).is_empty(), "{path}");
        }
    }
}

#[test]
fn the_hook_runs_in_pre_commit_itself() {
    let hooks = tempfile::tempdir().unwrap();
    std::fs::copy(root().join(".pre-commit-hooks.yaml"), hooks.path().join(".pre-commit-hooks.yaml"))
        .unwrap();
    let git = |folder: &Path, words: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(words).current_dir(folder).output().unwrap();
        good(&output);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(hooks.path(), &["init", "-q"]);
    git(hooks.path(), &["add", "-A"]);
    git(hooks.path(), &["commit", "-q", "-m", "hooks"]);
    let rev = git(hooks.path(), &["rev-parse", "HEAD"]);
    for (live, green) in [(SAME, true), (DRIFTED, false)] {
        let runner = Runner::new(live);
        let config = format!(
            "repos:\n  - repo: {}\n    rev: {rev}\n    hooks:\n      - id: trueup\n",
            hooks.path().display()
        );
        runner.write("work/.pre-commit-config.yaml", &config);
        git(&runner.path("work"), &["init", "-q"]);
        git(&runner.path("work"), &["add", "-A"]);
        let mut command = linter("pre-commit").unwrap();
        let path = format!("{}:{}", runner.path("bin").display(), std::env::var("PATH").unwrap());
        command.args(["run", "--all-files", "--verbose"]).current_dir(runner.path("work"));
        command
            .env("PATH", path)
            .env("PRE_COMMIT_HOME", runner.path("temp/pre-commit"))
            .env_remove("GITHUB_ACTIONS");
        let output = command.output().unwrap();
        assert_eq!(output.status.success(), green, "{}", all(&output));
        assert!(all(&output).contains("trueup gate"), "{}", all(&output));
    }
}

fn unit(name: &str) -> BTreeMap<String, Vec<String>> {
    let mut section = String::new();
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in read(&contrib("systemd").join(name)).lines() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
        } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            keys.entry(format!("{section}.{key}")).or_default().push(value.to_owned());
        }
    }
    keys
}

#[test]
fn the_units_confine_what_they_start() {
    let service = unit("trueup.service");
    for (key, value) in [
        ("Service.Type", "oneshot"),
        ("Service.User", "trueup"),
        ("Service.NoNewPrivileges", "yes"),
        ("Service.ProtectSystem", "strict"),
        ("Service.CapabilityBoundingSet", ""),
        ("Service.EnvironmentFile", "/etc/trueup/environment"),
        ("Unit.OnFailure", "trueup-failed@%n.service"),
    ] {
        assert_eq!(service[key], [value], "{key}");
    }
    let start = &service["Service.ExecStart"][0];
    // What may be written is what the unit owns.
    for word in start.split(' ').filter_map(|word| word.split_once('=')) {
        assert!(word.1.starts_with("/var/lib/trueup/"), "{start}");
    }
    assert_eq!(unit("trueup.timer")["Install.WantedBy"], ["timers.target"]);
    assert!(contrib("systemd/trueup-failed@.service").is_file());
    // The whole program knows these options.
    let gate = Command::new(env!("CARGO_BIN_EXE_trueup")).args(["gate", "--help"]).output().unwrap();
    let help = all(&gate);
    for option in start.split(' ').filter(|word| word.starts_with("--")) {
        assert!(help.contains(option), "{option}");
    }
    verify_units();
}

/// `systemd-analyze` reads units as systemd does. It wants the programs that they start, so a copy names one that is there.
fn verify_units() {
    let there = Command::new("systemd-analyze").arg("--version").output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("no systemd-analyze on this machine: the units were not held against it");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["trueup.service", "trueup.timer", "trueup-failed@.service"] {
        let text = read(&contrib("systemd").join(name))
            .replace("/usr/local/bin/trueup", "/bin/true")
            .replace("/usr/bin/logger", "/bin/true");
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    for name in ["trueup.service", "trueup.timer"] {
        let output =
            Command::new("systemd-analyze").arg("verify").arg(folder.path().join(name)).output().unwrap();
        let told = all(&output);
        assert!(output.status.success() && !told.contains("trueup"), "{told}");
    }
}

#[test]
fn the_cron_job_and_the_image_are_not_root() {
    let text = read(&contrib("kubernetes/cronjob.yaml"));
    let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(&text).unwrap();
    let [config, job] = documents.as_slice() else { panic!("two documents") };
    trueup_policy::read(config["data"]["trueup.toml"].as_str().unwrap()).unwrap();
    let spec = &job["spec"];
    assert_eq!(spec["concurrencyPolicy"], "Forbid");
    assert_eq!(spec["jobTemplate"]["spec"]["backoffLimit"], 0);
    let pod = &spec["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["automountServiceAccountToken"], false);
    let container = &pod["containers"][0];
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["capabilities"]["drop"], serde_json::json!(["ALL"]));
    assert!(container["resources"]["limits"]["memory"].is_string());
    for variable in container["env"].as_array().unwrap() {
        assert!(variable["valueFrom"]["secretKeyRef"].is_object(), "{variable}");
    }
    let user = pod["securityContext"]["runAsUser"].as_u64().unwrap();
    let docker = read(&contrib("docker/Dockerfile"));
    assert!(docker.contains(&format!("USER {user}:{user}\n")), "{docker}");
    // The build's Rust is one that the project builds with.
    let manifest = read(&root().join("Cargo.toml"));
    let rust = manifest.lines().find_map(|l| l.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    assert!(docker.contains(&format!("FROM rust:{rust}-slim")), "{docker}");
    // What the build needs is sent to it: members, and what they take in from beside them.
    let sent = read(&contrib("docker/Dockerfile.dockerignore"));
    for line in ["!Cargo.toml", "!Cargo.lock", "!crates", "!docs", "!LICENSE-*"] {
        assert!(sent.lines().any(|l| l == line), "{line}");
    }
}

#[test]
fn every_file_is_told_of() {
    let readme = read(&contrib("README.md"));
    for entry in std::fs::read_dir(root().join("contrib")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "README.md" || readme.contains(&format!("`{name}/")), "{name}");
    }
    for config in readme.split("```toml\n").skip(1) {
        let text = config.split("```").next().unwrap();
        let text: String = text.lines().map(|line| format!("{}\n", line.trim_start())).collect();
        trueup_policy::read(&text).unwrap();
    }
}
