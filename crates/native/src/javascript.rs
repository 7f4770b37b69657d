//! How a project writes modules of JavaScript or TypeScript.

use crate::given::{Given, join};

/// The look of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// What its name ends in, without the dot.
    pub ending: &'static str,
    /// Whether it is written with `export`.
    pub exports: bool,
    /// Whether it has types.
    pub types: bool,
}

const ENDINGS: &[&str] = &["js", "ts", "cjs", "mjs", "cts", "mts"];

impl Look {
    /// As the newest migration looks; without one, as `package.json` says.
    pub fn of(given: &Given<'_>) -> Self {
        let newest = given.newest().and_then(|file| file.rsplit_once('.')).map(|(_, ending)| ending);
        let ending = ENDINGS.iter().copied().find(|ending| Some(*ending) == newest).unwrap_or("js");
        let types = ending.ends_with("ts");
        let text = given.newest_text();
        let exports = match ending {
            "mjs" | "mts" | "ts" => true,
            "cjs" | "cts" => false,
            _ if newest.is_some() => text.lines().any(|line| line.trim_start().starts_with("export ")),
            _ => is_module(given),
        };
        Look { ending, exports, types }
    }
}

/// Whether the nearest `package.json` says that files are modules.
fn is_module(given: &Given<'_>) -> bool {
    let mut folder = given.folder();
    loop {
        let path = join(folder, "package.json");
        if given.tree.has(&path) {
            let parsed: Option<serde_json::Value> = serde_json::from_str(&given.tree.text(&path)).ok();
            return parsed
                .is_some_and(|value| value.get("type").and_then(|kind| kind.as_str()) == Some("module"));
        }
        if folder.is_empty() {
            return false;
        }
        folder = crate::given::folder(folder);
    }
}
