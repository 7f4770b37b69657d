//! Markdown read by a reader of Markdown: what is a link, HTML or text in it, and whether a table stays one.

use crate::fixture;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use trueup_report::{Failure, Report, comment_marker, github_summary, markdown, markdown_error};

/// Panics where a reader sees anything else than what the format means to show.
pub fn inspect(text: &str) {
    let mut code = 0;
    let mut cells = 0;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code += 1,
            Event::End(TagEnd::CodeBlock) => code -= 1,
            Event::Start(Tag::TableRow | Tag::TableHead) => cells = 0,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => {
                assert_eq!(cells, 4, "a row with too many or too few cells")
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(
                    dest_url.starts_with("https://github.com/trueup-db/trueup/blob/main/docs/codes/"),
                    "{dest_url}"
                );
            }
            Event::Start(Tag::Image { .. }) => panic!("a picture"),
            Event::Html(html) | Event::InlineHtml(html) => inspect_html(&html),
            Event::Text(shown) if code == 0 => {
                let shown = shown.to_ascii_lowercase();
                assert!(!shown.contains(['@', '#', '<', '|', '`', '\\', '/']), "{shown}");
                assert!(!shown.contains("www."), "{shown}");
            }
            _ => {}
        }
    }
}

/// What HTML the format writes: nothing with an attribute, and names only as escaped code.
fn inspect_html(html: &str) {
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>'), "{html}");
        let (tag, after) = after.split_once('>').unwrap_or_else(|| panic!("an open tag in {html}"));
        let known = ["details", "/details", "summary", "/summary", "code", "/code", "br", "sub", "/sub"];
        let marker = tag.starts_with("!-- trueup-gate") && tag.ends_with("--");
        assert!(known.contains(&tag) || marker, "<{tag}> in {html}");
        if tag != "code" {
            let shown = after.split('<').next().unwrap_or_default();
            assert!(!shown.contains(['@', '#']), "{html}");
        }
        rest = after;
    }
}

#[test]
fn names_are_never_more_than_names() {
    for made in [fixture::red(), fixture::green(), fixture::clean(), fixture::undecided(), fixture::check()] {
        inspect(&markdown(&made.report()));
        inspect(&github_summary(&made.report()));
    }
    inspect(&markdown_error(&fixture::failure()));
}

#[test]
fn a_comment_begins_with_its_marker() {
    let made = fixture::red();
    let named = Report { target: Some("production"), ..made.report() };
    assert_eq!(markdown(&named).lines().next(), Some("<!-- trueup-gate production -->"));
    assert_eq!(markdown(&made.report()).lines().next(), Some("<!-- trueup-gate -->"));
    // A run that reaches nothing has the name too, and so edits the same comment.
    let failure = Failure { place: Some("production"), ..fixture::failure() };
    assert_eq!(markdown_error(&failure).lines().next(), Some(comment_marker("production").as_str()));
    assert!(!github_summary(&fixture::red().report()).contains("<!--"));
}

#[test]
fn a_comment_tells_what_does_not_fit() {
    let mut made = fixture::red();
    let gate = made.gate.as_mut().unwrap();
    for _ in 0..5000 {
        made.comparison.drift.push(made.comparison.drift[0].clone());
        gate.drift.push(gate.drift[0].clone());
    }
    let text = markdown(&made.report());
    assert!(text.len() <= 65_536, "{}", text.len());
    assert!(text.len() > 50_000, "there was room for more than {}", text.len());
    assert!(text.contains("findings are") && text.contains("not shown here"), "{text}");
    inspect(&text);
    let summary = github_summary(&made.report());
    assert!(summary.len() > 900_000 && summary.len() <= 1_000_000, "{}", summary.len());
}
