//! Codes and their pages, as `trueup explain` shows them.

use crate::look::{BOLD, CYAN, GREEN, Look, RED, YELLOW};
use anstyle::Style;
use trueup_diff::{Code, Level};

fn style(level: Level) -> Style {
    match level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Note => GREEN,
    }
}

/// Every code on a line of its own.
pub fn code_list(look: Look) -> String {
    let mut out = String::new();
    let longest = Code::ALL.iter().map(|code| code.slug().len()).max().unwrap_or_default();
    for code in Code::ALL {
        let level =
            look.paint(style(code.default_level()), format_args!("{:7}", code.default_level().word()));
        out += &format!(
            "{}  {level}  {:longest$}  {}\n",
            look.paint(BOLD, code.number()),
            code.slug(),
            code.title()
        );
    }
    out
}

/// The page of a code. Without colours it is the page as it is; with them, headings stand out and
/// the marks of Markdown are gone.
pub fn code_page(code: Code, look: Look) -> String {
    let page = code.page();
    if !look.color {
        return page.to_owned();
    }
    let mut out = String::with_capacity(page.len() + 256);
    let mut fenced = false;
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            out += &format!("    {}", look.paint(CYAN, line));
        } else if let Some(heading) = line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")) {
            out += &look.paint(BOLD, heading);
        } else {
            // `code` in a colour of its own.
            for (at, part) in line.split('`').enumerate() {
                out += &if at % 2 == 1 { look.paint(CYAN, part) } else { part.to_owned() };
            }
        }
        out.push('\n');
    }
    out
}

/// The way out for a code that does not exist: the nearest ones.
pub fn similar_codes(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let near: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| {
            let words: Vec<&str> = text.split(['-', ' ', '_']).filter(|w| w.len() > 3).collect();
            words.iter().any(|w| code.slug().contains(w))
                || (text.len() >= 3
                    && code.number().to_ascii_lowercase().starts_with(text.get(..2).unwrap_or("?")))
        })
        .map(|code| code.number())
        .take(6)
        .collect();
    if near.is_empty() {
        "`trueup explain` lists them all".to_owned()
    } else {
        format!("near to it are {}", near.join(", "))
    }
}

/// `docs/codes/README.md`: every code with its level and title.
pub fn index_page() -> String {
    let mut out = String::from(
        "# Codes\n\nEvery finding has a code. `trueup explain CODE` prints its page; the number and the name are both accepted\neverywhere. Numbers are never used twice.\n",
    );
    let mut group = "";
    for code in Code::ALL {
        let letter = code.number().get(..1).unwrap_or_default();
        if letter != group {
            group = letter;
            let heading = match letter {
                "S" => "Source: the SQL could not be read or applied",
                "D" => "Drift: the two sides differ",
                "G" => "Gate: what is to be said of the policy itself",
                "P" => "Preflight: what a statement of a migration would do",
                "M" => "Migrations: what is wrong with a migration tool's history",
                "H" => "Hazards: what to know about a step of a repair",
                "U" => "Undecided: something could not be compared",
                _ => "Running: the comparison could not be made",
            };
            out += &format!("\n## {heading}\n\n| code | name | level | what it says |\n|---|---|---|---|\n");
        }
        out += &format!(
            "| [{number}]({number}.md) | {} | {} | {} |\n",
            code.slug(),
            code.default_level().word(),
            code.title(),
            number = code.number(),
        );
    }
    out
}
