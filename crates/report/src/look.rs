//! Colours and width. Colour adds to what words already tell, and never tells alone.

use anstyle::{AnsiColor, Style};
use std::fmt::Display;

/// How text output is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether to write ANSI colours.
    pub color: bool,
    /// Columns of the terminal; longer source lines are trimmed around what they show.
    pub width: usize,
}

impl Default for Look {
    fn default() -> Self {
        Look { color: false, width: 120 }
    }
}

pub(crate) const RED: Style = AnsiColor::BrightRed.on_default();
pub(crate) const GREEN: Style = AnsiColor::BrightGreen.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const CYAN: Style = AnsiColor::BrightCyan.on_default();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();

impl Look {
    /// `text` in `style`, if colours are on.
    pub(crate) fn paint(self, style: Style, text: impl Display) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}
