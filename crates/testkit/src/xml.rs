//! Validity of XML by a schema: libxml2, which the npm package `xmllint-wasm` has compiled to WebAssembly, so that it runs wherever
//! Node.js does.

use crate::{Error, Result, npm};
use std::io::Write;
use std::process::{Command, Stdio};

const PACKAGE: &str = "xmllint-wasm";
const VERSION: &str = "5.3.0";

/// What runs in Node.js.
const PROGRAM: &str = include_str!("xml.mjs");

/// What is wrong with a document by an XML schema (XSD), a line each; nothing when it is valid.
///
/// # Errors
/// When the validator can't be had or run: never pass a test over for that.
pub fn problems(xml: &str, schema: &str) -> Result<Vec<String>> {
    let package = npm::package("libxml2's validator", PACKAGE, VERSION)?;
    let mut child = Command::new("node")
        .args(["--input-type=module", "--eval", PROGRAM, "--"])
        .arg(&package)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| npm::no_node(&error))?;
    let request = serde_json::json!({ "xml": xml, "schema": schema }).to_string();
    let explain = |error| Error::io("talking to libxml2's validator", error);
    // It is dropped after this, so that the program sees the end of its input.
    let mut to = child.stdin.take().ok_or_else(|| Error::message("`node` was started without pipes"))?;
    to.write_all(request.as_bytes()).map_err(explain)?;
    drop(to);
    let output = child.wait_with_output().map_err(explain)?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        Error::message(format!("libxml2's validator answered no JSON ({error}): {}", said.trim()))
    })?;
    let lines = answer["errors"].as_array().cloned().unwrap_or_default();
    let mut lines: Vec<String> =
        lines.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect();
    if answer["valid"] != true && lines.is_empty() {
        lines.push("it is not valid, and the validator does not say why".to_owned());
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_fits_or_not() {
        let schema = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"a\" type=\"xs:integer\"/></xs:schema>";
        assert_eq!(problems("<a>1</a>", schema).unwrap(), Vec::<String>::new());
        assert!(!problems("<a>x</a>", schema).unwrap().is_empty());
        assert!(!problems("<a>1", schema).unwrap().is_empty());
    }
}
