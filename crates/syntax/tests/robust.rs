//! Whatever the bytes, nothing here panics, and every offset lies in the text and on a character boundary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use trueup_syntax::{Cursor, ItemKind, LineIndex, parse_expr, parse_query, split, tokenize, type_name};

const SEEDS: &[&str] = &[
    "CREATE TABLE \"ž\".t (a int DEFAULT 'x'::text COLLATE \"C\" NOT NULL, b numeric(10,2)[] CHECK (b[1:2] <> ALL ('{}')));",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; SELECT $a$;$a$",
    "COPY t FROM stdin;\n1\t'\n\\.\n\\connect x\nSELECT E'\\'', U&'\\0441' UESCAPE '!', 0x1F, 1.5e-3, $1;",
    "SELECT a.*, count(*) FILTER (WHERE x) OVER (PARTITION BY b ORDER BY c DESC) FROM t a LEFT JOIN LATERAL (VALUES (1)) v(x) ON true",
    "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT trim(both from x), interval '1' day, a @@@ b, -x ^ 2 FROM r;",
    "substring(a similar 'x' escape '#') = any (array(select b)) and extract(year from c) is not null or row(1, 2) in ((3, 4))",
    "a between symmetric 1 and 2 and timestamp(3) with time zone '2020-01-01' at time zone 'utc' > now() collate \"C\"",
    "double precision '1' :: character varying ( 10 ) [ 3 ] /* c /* d */ */ -- e\n || U&\"d\\0061ta\"",
];

fn check(text: &str) {
    let index = LineIndex::new(text);
    let mut last = 0;
    for item in split(text) {
        assert!(item.range.start >= last && item.range.end <= text.len());
        assert!(text.get(item.range.clone()).is_some());
        last = item.range.end;
        assert_eq!(index.line_column(text, item.range.start), (item.line, item.column));
        assert!(item.leading_words(4).len() <= 4);
        if let ItemKind::Error(error) = &item.kind {
            assert!(text.is_char_boundary(error.offset));
        }
        if let Ok(mut cursor) = Cursor::new(text, item.range.clone()) {
            while let Some(token) = cursor.peek() {
                assert!(text.get(token.start..token.end).is_some());
                let mark = cursor.mark();
                for read in [
                    |c: &mut Cursor| c.name().map(drop),
                    |c: &mut Cursor| c.string_literal().map(drop),
                    |c: &mut Cursor| c.number().map(drop),
                    |c: &mut Cursor| c.operator().map(drop),
                    |c: &mut Cursor| c.type_name().map(drop),
                    |c: &mut Cursor| c.qualified_name().map(drop),
                    |c: &mut Cursor| c.skip_balanced_parens().map(drop),
                ] {
                    if let Err(error) = read(&mut cursor) {
                        assert!(text.is_char_boundary(error.offset));
                    }
                    cursor.reset(mark);
                }
                cursor.next_token();
            }
            cursor.reset(0);
            if let Ok(slice) = cursor.b_expr() {
                assert_eq!(text.get(slice.range), Some(slice.text));
            }
        }
    }
    for result in [
        tokenize(text).map(drop),
        parse_expr(text).map(drop),
        parse_query(text).map(drop),
        type_name::parse_type(text).map(drop),
    ] {
        if let Err(error) = result {
            assert!(text.is_char_boundary(error.offset), "{error:?}");
            assert_eq!(index.line_column(text, error.offset), error.line_column(text));
        }
    }
}

#[test]
fn seeds_hold() {
    for seed in SEEDS {
        check(seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in "\\PC*") {
        check(&text);
    }

    #[test]
    fn text_of_sqls_characters_is_survived(text in "[a-cEUBXNe0-9'\"$&;()\\[\\].:,=<>@!~+*/\\-\\\\ \nž\u{feff}]{0,60}") {
        check(&text);
    }

    #[test]
    fn mutated_sql_is_survived(
        seed in 0..SEEDS.len(),
        other in 0..SEEDS.len(),
        cuts in prop::collection::vec((0usize..200, 0usize..12, 0usize..200), 1..5),
    ) {
        let mut text: Vec<char> = SEEDS[seed].chars().collect();
        let donor: Vec<char> = SEEDS[other].chars().collect();
        for (at, length, from) in cuts {
            let at = at % (text.len() + 1);
            let end = (at + length).min(text.len());
            let from = from % donor.len();
            let piece: Vec<char> = donor.iter().skip(from).take(length).copied().collect();
            text.splice(at..end, piece);
        }
        check(&text.into_iter().collect::<String>());
    }
}
