//! The question as a part of a file's first statement, which stops before anything is changed: a file is often run by another role
//! than the one that planned it.

use super::RightsQuestion;
use trueup_catalog::quote_literal;

impl RightsQuestion {
    /// A block of PL/pgSQL that raises `insufficient_privilege` with all that the current role lacks; `None` where nothing is needed.
    pub(crate) fn block(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let words: Vec<String> = self
            .rights
            .iter()
            .map(|(right, steps)| {
                let first = steps.first().map_or(0, |step| step + 1);
                let more = match steps.len() {
                    0 | 1 => String::new(),
                    n => format!(" and {} more", n - 1),
                };
                quote_literal(&format!("step {first}{more}: must {}", right.words()))
            })
            .collect();
        // Of a managed server nobody knows what its provider lets its administrators do.
        let doubtful: Vec<String> = self
            .rights
            .iter()
            .enumerate()
            .filter(|(_, (right, _))| right.is_for_providers())
            .map(|(number, _)| number.to_string())
            .collect();
        let doubtful = if doubtful.is_empty() {
            String::new()
        } else {
            format!("\n      AND NOT (q.managed <> '{{}}' AND q.number IN ({}))", doubtful.join(", "))
        };
        let query = self.query();
        Some(format!(
            "DECLARE
    trueup_lacks text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', '', true);
    SELECT pg_catalog.string_agg((ARRAY[
        {}
    ])[q.number + 1] || coalesce(' (it belongs to ' || pg_catalog.quote_ident(q.owner) || ')', ''), E'\\n' ORDER BY q.number)
    INTO trueup_lacks
    FROM (
        {query}
    ) AS q (role, super, managed, number, owner)
    WHERE q.number IS NOT NULL{doubtful};
    IF trueup_lacks IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'role ' || pg_catalog.quote_ident(current_user) || ' lacks rights that this repair needs; nothing was changed',
            DETAIL = trueup_lacks, ERRCODE = '42501',
            HINT = 'Run it as the owner of what it changes, or have that role granted to yours; trueup explain H108';
    END IF;
END;
",
            words.join(",\n        ")
        ))
    }
}
