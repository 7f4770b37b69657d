//! Each format held against what defines it: a published schema where there is one, else the documented shape.

use crate::fixture::{self, Made};
use crate::rendering;
use jsonschema::Validator;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use trueup_report::{Format, Rendering, Suppressed};

fn runs() -> Vec<Made> {
    vec![fixture::red(), fixture::green(), fixture::clean(), fixture::undecided(), fixture::check()]
}

/// What a format makes of every run and of the one that could not be done.
fn all(format: Format) -> Vec<String> {
    let mut texts: Vec<String> =
        runs().iter().map(|made| format.render(&made.report(), &rendering()).unwrap()).collect();
    texts.push(format.render_error(&fixture::failure(), &rendering()).unwrap());
    texts
}

fn read(path: &str) -> String {
    std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn problems(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

pub fn sarif_validator() -> Validator {
    let mut schema: Value = serde_json::from_str(&read("tests/schemas/sarif-2.1.0-rtm.5.json")).unwrap();
    // The pattern for `language`, which nothing here writes, has a bracket too many, so that it is no regular expression.
    for part in ["run", "toolComponent"] {
        let language = schema["definitions"][part]["properties"]["language"].as_object_mut().unwrap();
        assert_eq!(language.remove("pattern").unwrap(), "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$");
    }
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn json_fits_its_schema() {
    let schema: Value = serde_json::from_str(&read("../../docs/check.schema.json")).unwrap();
    for text in all(Format::Json) {
        let document: Value = serde_json::from_str(&text).unwrap();
        let part = if document["outcome"] == "error" { "failure" } else { "report" };
        let mut exact = schema.clone();
        exact.as_object_mut().unwrap().remove("anyOf");
        exact["$ref"] = format!("#/$defs/{part}").into();
        assert_eq!(problems(&jsonschema::validator_for(&exact).unwrap(), &document), Vec::<String>::new());
    }
    let red: Value = serde_json::from_str(&all(Format::Json)[0]).unwrap();
    assert_eq!((&red["outcome"], &red["gate"]["drift"][5]["verdict"]), (&"drift".into(), &"ignored".into()));
    assert_eq!(red["gate"]["drift"][5]["ignore"]["expires"], "2027-01-31");
}

#[test]
fn sarif_fits_its_schema_and_what_github_wants() {
    let validator = sarif_validator();
    for text in all(Format::Sarif) {
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problems(&validator, &document), Vec::<String>::new());
        let run = &document["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let artifacts = run["artifacts"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(rule["help"]["markdown"].as_str().unwrap().contains("## What it says"));
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.is_empty() && !uri.starts_with("./") && !uri.contains('\\'), "{uri}");
            let index = usize::try_from(place["artifactLocation"]["index"].as_u64().unwrap()).unwrap();
            assert_eq!(artifacts[index]["location"]["uri"], uri);
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
            assert_eq!(result["partialFingerprints"]["trueup/v1"].as_str().unwrap().len(), 32);
        }
    }
}

#[test]
fn sarif_tells_regions_suppressions_and_what_was_there() {
    let text = Format::Sarif.render(&fixture::red().report(), &rendering()).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    let of = |code: &str| results.iter().find(|result| result["ruleId"] == code).unwrap();
    // `email       text NOT NULL` on line 3, and a view over three lines.
    let region = &of("D201")["locations"][0]["physicalLocation"]["region"];
    assert_eq!(*region, serde_json::json!({"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 28}));
    let region = &of("D231")["locations"][0]["physicalLocation"]["region"];
    assert_eq!(*region, serde_json::json!({"startLine": 6, "startColumn": 1, "endLine": 8, "endColumn": 20}));
    assert_eq!(
        (&of("D201")["baselineState"], &of("D281")["baselineState"]),
        (&"new".into(), &"unchanged".into())
    );
    let suppressed: Vec<&Value> =
        results.iter().filter(|result| result.get("suppressions").is_some()).collect();
    assert_eq!(suppressed.len(), 3);
    assert!(
        suppressed
            .iter()
            .all(|result| !result["suppressions"][0]["justification"].as_str().unwrap().is_empty())
    );
    let bare = Rendering { suppressed: Suppressed::LeftOut, ..Rendering::default() };
    let text = Format::Sarif.render(&fixture::red().report(), &bare).unwrap();
    assert!(!text.contains("suppressions"));
    let failed: Value =
        serde_json::from_str(&Format::Sarif.render_error(&fixture::failure(), &bare).unwrap()).unwrap();
    let invocation = &failed["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 2);
}

#[test]
fn the_schema_of_sarif_refuses_what_is_wrong() {
    let text = Format::Sarif.render(&fixture::red().report(), &rendering()).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!problems(&sarif_validator(), &document).is_empty());
}

#[test]
fn junit_fits_its_schema() {
    let schema = read("tests/schemas/junit-10.xsd");
    for text in all(Format::Junit) {
        assert_eq!(trueup_testkit::xml::problems(&text, &schema).unwrap(), Vec::<String>::new(), "{text}");
    }
    let broken = all(Format::Junit)[0].replace(" tests=", " test=");
    assert!(!trueup_testkit::xml::problems(&broken, &schema).unwrap().is_empty());
}

#[test]
fn junit_counts_what_it_holds() {
    let text = Format::Junit.render(&fixture::red().report(), &rendering()).unwrap();
    let count = |part: &str| text.matches(part).count();
    assert_eq!(
        (count("<failure "), count("<error "), count("<skipped "), count("<testcase ")),
        // Four drifts and a remark; one that could not be told; two exceptions and the baseline; a note, two that are allowed, a remark
        // that is a note, and what matches.
        (5, 1, 3, 14)
    );
    assert!(text.contains("tests=\"14\" failures=\"5\" errors=\"1\""), "{text}");
}

#[test]
fn gitlab_has_what_its_documentation_asks_for() {
    for text in all(Format::Gitlab) {
        let document: Value = serde_json::from_str(&text).unwrap();
        let mut fingerprints = BTreeSet::new();
        for issue in document.as_array().unwrap() {
            let members: BTreeSet<&str> = issue.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(
                members,
                BTreeSet::from(["check_name", "description", "fingerprint", "location", "severity"])
            );
            assert!(!issue["description"].as_str().unwrap().is_empty());
            assert!(!issue["check_name"].as_str().unwrap().is_empty());
            assert!(fingerprints.insert(issue["fingerprint"].as_str().unwrap().to_owned()), "{issue}");
            let severity = issue["severity"].as_str().unwrap();
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(!path.is_empty() && !path.starts_with("./") && !path.starts_with('/'), "{path}");
            assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
        }
    }
    let failed = all(Format::Gitlab).pop().unwrap();
    assert!(failed.contains("\"blocker\""));
}

/// A command as the runner reads it: name, properties, message. `None` for a line that it leaves alone.
fn command(line: &str) -> Option<(String, BTreeMap<String, String>, String)> {
    let unescape = |text: &str| {
        text.replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%")
    };
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, message) = rest.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let properties = properties
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), unescape(value)))
        .collect();
    Some((name.to_owned(), properties, unescape(message)))
}

#[test]
fn github_gets_commands_and_nothing_else_looks_like_one() {
    for format in [Format::Github, Format::Concise] {
        for text in all(format) {
            for line in text.lines() {
                let Some((name, properties, message)) = command(line) else {
                    assert!(!line.contains("##["), "{line}");
                    continue;
                };
                assert_eq!(format, Format::Github, "{line}");
                assert!(["error", "warning", "notice"].contains(&name.as_str()), "{line}");
                assert!(!message.is_empty() && properties.contains_key("title"), "{line}");
                assert!(
                    properties.keys().all(|name| ["file", "line", "col", "title"].contains(&name.as_str()))
                );
            }
        }
    }
    let text = Format::Github.render(&fixture::red().report(), &rendering()).unwrap();
    let first = command(text.lines().next().unwrap()).unwrap();
    assert_eq!(first.0, "error");
    assert_eq!(first.1["file"], "schema/users.sql");
    assert_eq!((first.1["line"].as_str(), first.1["col"].as_str()), ("3", "3"));
    assert!(
        first.2.contains("type: text desired, character varying(100) live\nrepair: consent"),
        "{}",
        first.2
    );
    // Two errors and what could not be told; two warnings and a remark.
    assert_eq!(text.matches("::error ").count(), 3, "{text}");
    assert_eq!(text.matches("::warning ").count(), 3, "{text}");
}

#[test]
fn github_shows_ten_of_a_level_and_the_log_the_rest() {
    let mut made = fixture::red();
    let (drift, standing) = (made.comparison.drift[0].clone(), made.gate.as_ref().unwrap().drift[0].clone());
    for _ in 0..20 {
        made.comparison.drift.push(drift.clone());
        made.gate.as_mut().unwrap().drift.push(standing.clone());
    }
    let text = trueup_report::github(&made.report());
    assert_eq!(text.lines().filter(|line| line.starts_with("::error ")).count(), 10);
    assert!(text.contains("::error title=trueup::14 findings more of this level"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), 14);
}

#[test]
fn prometheus_reads_its_metrics() {
    for text in all(Format::Prometheus) {
        let mut typed = BTreeSet::new();
        let mut series = BTreeSet::new();
        let mut current = "";
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert_eq!(kind, "gauge");
                assert!(typed.insert(name), "{name} is there twice");
                current = name;
                continue;
            }
            if line.starts_with("# HELP ") {
                continue;
            }
            let (name, rest) = line.split_once('{').unwrap();
            assert_eq!(name, current, "a sample stands apart from its metric");
            assert!(name.starts_with("trueup_") && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
            let (labels, value) = rest.rsplit_once("} ").unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(series.insert((name, labels)), "{line} is there twice");
            assert!(well_formed(labels), "{labels}");
        }
    }
    let texts = all(Format::Prometheus);
    let target = "target=\"shop at db.internal\"";
    assert!(
        texts[0].contains(&format!(
            "trueup_check_success{{{target},database=\"shop\",host=\"db.internal\"}} 1\n"
        ))
    );
    assert!(texts.last().unwrap().contains(&format!("trueup_check_success{{{target}}} 0\n")));
}

/// `name="value"` with commas between, where a backslash takes the next character.
fn well_formed(labels: &str) -> bool {
    let mut rest = labels;
    loop {
        let Some((name, after)) = rest.split_once("=\"") else { return false };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            return false;
        }
        let mut chars = after.char_indices();
        let mut end = None;
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if !chars.next().is_some_and(|(_, c)| matches!(c, '\\' | '"' | 'n')) => return false,
                '"' => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let Some(end) = end else { return false };
        match after[end + 1..].strip_prefix(',') {
            Some(more) => rest = more,
            None => return after[end + 1..].is_empty(),
        }
    }
}

#[test]
fn slack_takes_the_payload() {
    for text in all(Format::Webhook) {
        let document: Value = serde_json::from_str(&text).unwrap();
        let shown = document["text"].as_str().unwrap();
        assert!(!shown.is_empty() && shown.chars().count() <= 3000);
        let rest = shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
        assert!(!rest.contains(['<', '>', '&']), "{shown}");
        let blocks = document["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50);
        assert_eq!(blocks[0]["text"]["type"], "mrkdwn");
        assert!(blocks[0]["text"]["text"].as_str().unwrap().chars().count() <= 3000);
        assert!(
            ["in_sync", "drift", "undecided", "error"]
                .contains(&document["trueup"]["outcome"].as_str().unwrap())
        );
        assert!(!text.contains("password"));
    }
}
