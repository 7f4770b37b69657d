//! Every code has a page, and the index names every page.
//! `TRUEUP_BLESS=1 cargo test -p trueup-report --test pages` writes the index and the table of hazards anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use trueup_diff::Code;
use trueup_report::Look;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/codes")
}

#[test]
fn each_page_names_its_code_and_has_every_part() {
    for code in Code::ALL {
        let page = code.page();
        let heading = format!("# {code} {} ({})", code.slug(), code.default_level().word());
        assert_eq!(page.lines().next(), Some(heading.as_str()), "{code}.md");
        assert!(page.contains(&format!("\n{}.\n", code.title())), "{code}.md lacks its title");
        for part in ["What it says", "Effect", "Repair", "Silence"] {
            let (_, rest) = page
                .split_once(&format!("\n## {part}\n\n"))
                .unwrap_or_else(|| panic!("{code}.md lacks {part}"));
            let text = rest.split("\n## ").next().unwrap().trim();
            assert!(text.len() > 4, "{code}.md has nothing under {part}");
        }
        if code.number().starts_with(['S', 'D']) {
            assert!(page.contains("\n## Example\n"), "{code}.md lacks an example");
        }
    }
}

#[test]
fn there_is_no_page_without_a_code() {
    let pages: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(pages, codes);
}

#[test]
fn the_index_is_up_to_date() {
    let path = folder().join("README.md");
    let index = trueup_report::index_page();
    if std::env::var_os("TRUEUP_BLESS").is_some() {
        std::fs::write(&path, &index).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == index,
        "docs/codes/README.md is out of date"
    );
}

#[test]
fn the_page_on_safety_names_every_hazard() {
    let path = folder().join("../safety.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- hazards -->\n").expect("the mark before the hazards");
    let (_, after) = rest.split_once("<!-- end -->\n").expect("the mark after the hazards");
    let hazards = Code::ALL.iter().filter(|code| code.number().starts_with('H'));
    let table: String = hazards
        .map(|code| format!("| [{code}](codes/{code}.md) | {} | {} |\n", code.slug(), code.title()))
        .collect();
    let wanted = format!(
        "{before}<!-- hazards -->\n| code | name | what it says |\n|---|---|---|\n{table}<!-- end -->\n{after}"
    );
    if std::env::var_os("TRUEUP_BLESS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap() == wanted, "docs/safety.md is out of date");
}

#[test]
fn numbers_and_names_are_used_once() {
    let numbers: BTreeSet<&str> = Code::ALL.iter().map(|code| code.number()).collect();
    let slugs: BTreeSet<&str> = Code::ALL.iter().map(|code| code.slug()).collect();
    assert_eq!((numbers.len(), slugs.len()), (Code::ALL.len(), Code::ALL.len()));
    for code in Code::ALL {
        assert_eq!(code.slug().to_uppercase().parse::<Code>().unwrap(), *code);
        assert_eq!(code.number().to_lowercase().parse::<Code>().unwrap(), *code);
    }
}

#[test]
fn a_page_in_colour_has_no_marks_of_markdown() {
    let look = Look { color: true, ..Look::default() };
    for code in Code::ALL {
        let page = trueup_report::code_page(*code, look);
        assert!(!page.contains("```") && !page.contains("\n## "), "{code}");
        assert_eq!(trueup_report::code_page(*code, Look::default()), code.page());
    }
}

#[test]
fn an_unknown_code_has_neighbours() {
    assert!(trueup_report::similar_codes("D299").split_whitespace().count() > 3);
    assert!(trueup_report::similar_codes("type-differ").contains("D201"));
    assert!(trueup_report::similar_codes("é").contains("lists them all"));
}
