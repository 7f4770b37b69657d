//! Configuration files of lines: `key = value`, with `[sections]` or without.

/// Every `key = value` or `key: value` with its section. Lines that begin with a blank go on with the value before, as in an INI file.
pub(crate) fn entries(text: &str) -> impl Iterator<Item = (String, String, String)> + '_ {
    let mut section = String::new();
    let mut out: Vec<(String, String, String)> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';', '!']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        if line.starts_with([' ', '\t'])
            && let Some((_, _, value)) = out.last_mut()
            && !trimmed.contains('=')
        {
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        let Some(end) = trimmed.find(['=', ':']) else { continue };
        let (key, value) = trimmed.split_at(end);
        out.push((
            section.clone(),
            key.trim().to_owned(),
            value.get(1..).unwrap_or_default().trim().to_owned(),
        ));
    }
    out.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_sections_and_go_on() {
        let text = "[alembic]\n# no = 1\nscript_location = %(here)s/a\nversion_locations =\n    x\n    y\n[other]\nA: b";
        let all: Vec<_> = entries(text).collect();
        assert_eq!(all.len(), 3);
        assert_eq!(all[1].2, "\nx\ny");
        assert_eq!(all[2], ("other".to_owned(), "A".to_owned(), "b".to_owned()));
    }
}
