//! Whatever a database or a repository calls its things: no control reaches a reader, a comment fits, and documents stay documents.

use crate::fixture::{self, Made, change, drift, standing, table};
use crate::markdown::inspect;
use crate::rendering;
use proptest::prelude::*;
use trueup_catalog::Span;
use trueup_diff::{Code, Disposition, Level, What};
use trueup_policy::{Remark, Since, Verdict};
use trueup_report::{Failure, Format};

/// Names of any characters, with those that mean something to some format more often than chance would have it.
fn name() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z_]{1,8}",
        2 => any::<char>().prop_map(String::from),
        1 => (1usize..4000).prop_map(|length| "é".repeat(length)),
        4 => prop::sample::select(vec![
            "|", "\\", "\\|", "`", "``", "\n", "\r", "\u{1b}[31m", "<b>", "</details>", "-->", "@a", "#1", "::error::",
            "##[x]", "%0A", "](x)", "&lt;", "]]>", "\u{0}", "\u{fffe}", "\u{2028}", "*", "_", "~~", "\"", "'", " ", "  ",
            "www.a.b", "https://a.b", "\u{202e}", "é🚀", "$", "{", "}", ":a:", "GH-1",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

fn made(names: &[String], copies: usize) -> Made {
    let mut made = fixture::red();
    let gate = made.gate.as_mut().unwrap();
    let at = |i: usize| names[i % names.len()].as_str();
    for copy in 0..copies {
        for i in 0..names.len() {
            let mut found = drift(Code::D244, What::Changed, table(at(i)), Disposition::Consent, at(i + 1));
            found.changes = vec![change(at(i + 2), Some(at(i + 3)), Some(at(i + 4)))];
            let mut text = change("query", Some(at(i + 5)), Some(at(i)));
            text.text = true;
            found.changes.push(text);
            found.span = Some(Span { file: at(i + 1).into(), start: 0, end: 1, line: 1, column: 1 });
            made.comparison.drift.push(found);
            let verdict = match i % 3 {
                0 => Verdict::Fails,
                1 => Verdict::Ignored { reason: at(i + 2).to_owned(), expires: None, line: 1 },
                _ => Verdict::Allowed,
            };
            let number = 1000 + copy * names.len() + i;
            gate.drift.push(standing(number, Level::Error, verdict, Some(Since::WasThere)));
        }
    }
    gate.remarks.push(Remark {
        code: Code::G102,
        level: Level::Warning,
        text: at(0).to_owned(),
        way_out: at(1).to_owned(),
        place: Some((at(2).to_owned(), 3)),
    });
    gate.base = Some(at(3).to_owned());
    gate.baseline = Some(at(4).to_owned());
    made.live_place.name = at(5).to_owned();
    if let Some(server) = &mut made.live_place.server {
        server.database = at(0).to_owned();
        server.host = at(1).to_owned();
        server.version = at(2).to_owned();
    }
    made
}

/// What holds for a text in a format.
fn holds(format: Format, text: &str) {
    let control = text.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(control, None, "in {}", format.word());
    let turned = text.find(['\u{202e}', '\u{2028}']);
    assert!(turned.is_none(), "a direction mark in {}", format.word());
    match format {
        Format::Json | Format::Gitlab | Format::Webhook => {
            serde_json::from_str::<serde_json::Value>(text).unwrap();
        }
        Format::Sarif => {
            let document: serde_json::Value = serde_json::from_str(text).unwrap();
            SARIF.with(|validator| {
                let problem = validator.iter_errors(&document).next();
                assert!(problem.is_none(), "{}", problem.unwrap());
            });
        }
        Format::Junit => {
            assert!(!text.contains(['\u{fffe}', '\u{ffff}']));
            let mut reader = quick_xml::Reader::from_str(text);
            while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
        }
        Format::Markdown => {
            assert!(text.len() <= 65_536, "{}", text.len());
            inspect(text);
        }
        Format::GithubSummary => inspect(text),
        Format::Html => {
            // Its own scripts are told by their hashes; a name never opens an element.
            let own = text.matches("<script").count();
            assert!(own <= 2, "{own} scripts");
        }
        Format::Github => {
            for line in text.lines().filter(|line| !line.starts_with("::")) {
                assert!(!line.contains("##[") && !line.trim_start().starts_with("::"), "{line}");
            }
        }
        Format::Concise => {
            for line in text.lines() {
                assert!(!line.contains("##[") && !line.trim_start().starts_with("::"), "{line}");
            }
        }
        Format::Prometheus => {
            assert!(text.lines().all(|line| line.starts_with('#') || line.starts_with("trueup_")));
        }
        Format::Text => {}
    }
}

thread_local! {
    static SARIF: jsonschema::Validator = crate::shapes::sarif_validator();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_names_in_any_format(names in prop::collection::vec(name(), 6..9), copies in prop_oneof![Just(1usize), Just(25)]) {
        let made = made(&names, copies);
        for format in Format::ALL {
            holds(*format, &format.render(&made.report(), &rendering()).unwrap());
        }
        let problems = [(Code::X101, names[0].as_str(), Some(names[1].as_str()))];
        let failure = Failure { place: Some(&names[2]), problems: &problems, ..fixture::failure() };
        for format in Format::ALL {
            holds(*format, &format.render_error(&failure, &rendering()).unwrap());
        }
    }
}
