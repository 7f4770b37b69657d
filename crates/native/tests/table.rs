//! The table of the documentation is what the code says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use trueup_history::Tool;
use trueup_native::{Transactions, described, transactions};

fn table() -> String {
    let mut out = String::from(
        "| tool | a file | a statement outside of transactions | statements are sent | marked as applied by |\n|---|---|---|---|---|\n",
    );
    let mut tools = Tool::ALL.to_vec();
    tools.sort_by_key(|tool| tool.name().to_lowercase());
    for tool in tools {
        let row = described(tool);
        let sent = match transactions(tool) {
            Transactions::Statements => "one by one",
            Transactions::Message => "a file, or a change set, at a time",
            Transactions::File => "a file at a time, in a transaction",
            Transactions::Run => "all pending files in one transaction",
        };
        out += &format!("| {tool} | {} | {} | {sent} | {} |\n", row.file, row.outside, row.baseline);
    }
    out
}

#[test]
fn the_page_has_the_table_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/native.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- tools -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let wanted = format!("{before}<!-- tools -->\n{}<!-- end -->{after}", table());
    if std::env::var_os("TRUEUP_BLESS").is_some() {
        std::fs::write(&path, wanted).unwrap();
    } else {
        assert_eq!(text, wanted, "TRUEUP_BLESS=1 writes the table");
    }
}
