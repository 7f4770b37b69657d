//! The pages of the codes that the report uses, from Markdown.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html::push_html};
use std::collections::BTreeSet;
use trueup_diff::Code;

/// A code with its page.
pub(super) struct Entry {
    pub code: Code,
    /// HTML, made from a page that ships with trueup: nothing of a report is in it.
    pub page: String,
}

/// The pages of `codes`, in order.
pub(super) fn entries(codes: &BTreeSet<Code>) -> Vec<Entry> {
    codes.iter().map(|code| Entry { code: *code, page: page(*code, codes) }).collect()
}

/// The page without its title, its headings below those of this page, links to other codes leading to their entries.
fn page(code: Code, all: &BTreeSet<Code>) -> String {
    let mut title = false;
    let mut linked = Vec::new();
    let events = Parser::new(code.page()).filter_map(|event| {
        match &event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => title = true,
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
                title = false;
                return None;
            }
            _ => {}
        }
        if title {
            return None;
        }
        match event {
            Event::Start(Tag::Heading { id, classes, attrs, .. }) => {
                Some(Event::Start(Tag::Heading { level: HeadingLevel::H4, id, classes, attrs }))
            }
            Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Heading(HeadingLevel::H4))),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let target = target(&dest_url, all);
                linked.push(target.is_some());
                let dest_url = CowStr::from(target?);
                Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
            }
            Event::End(TagEnd::Link) => linked.pop().unwrap_or_default().then_some(Event::End(TagEnd::Link)),
            other => Some(other),
        }
    });
    let mut out = String::new();
    push_html(&mut out, events);
    out
}

/// Where a link leads on this page: to a code that is on it, else nowhere.
fn target(url: &str, all: &BTreeSet<Code>) -> Option<String> {
    let number = url.strip_suffix(".md")?;
    all.iter().find(|code| code.number() == number).map(|code| format!("#code-{code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_can_be_shown_and_links_stay_inside() {
        let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
        for entry in entries(&all) {
            assert!(entry.page.contains("<h4>"), "{}", entry.code);
            assert!(!entry.page.contains("<h1"), "{}", entry.code);
            assert!(!entry.page.contains(".md\""), "{}: {}", entry.code, entry.page);
            assert_eq!(entry.page.matches("<a ").count(), entry.page.matches("</a>").count());
        }
    }
}
