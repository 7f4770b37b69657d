//! `CREATE SEQUENCE`.

use super::Sql;
use trueup_catalog::{Persistence, QualifiedName, Sequence, SequenceOptions};

/// `CREATE SEQUENCE name …`; only options that are not the default are written. Ownership is a
/// statement of its own, since the table may need the sequence first: [`own`].
pub fn create(sequence: &Sequence) -> Sql {
    create_if(sequence, false)
}

/// The same, with `IF NOT EXISTS` when asked.
pub fn create_if(sequence: &Sequence, if_not_exists: bool) -> Sql {
    let Sequence { name, persistence, options: list, owned_by: _ } = sequence;
    let kind = match persistence {
        Persistence::Permanent => "",
        Persistence::Unlogged => "UNLOGGED ",
        Persistence::Temporary => "TEMPORARY ",
    };
    let guard = if if_not_exists { "IF NOT EXISTS " } else { "" };
    let mut sql = Sql::new(format!("CREATE {kind}SEQUENCE {guard}{name}"));
    if !list.data_type.is_builtin("int8") {
        sql.add(format_args!(" AS {}", list.data_type));
    }
    options(&mut sql, list);
    sql
}

/// Options that differ from those of a plain sequence of the same type, each after a space.
pub fn options(sql: &mut Sql, options: &SequenceOptions) {
    let (low, high) = match options.data_type.name.as_str() {
        "int2" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "int4" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    // Defaults turn around for a descending sequence (`init_params` in `sequence.c`).
    let (min, max) = if options.increment < 0 { (low, -1) } else { (1, high) };
    let start = if options.increment < 0 { options.max } else { options.min };
    let numbers = [
        ("INCREMENT BY", options.increment, 1),
        ("MINVALUE", options.min, min),
        ("MAXVALUE", options.max, max),
        ("START WITH", options.start, start),
        ("CACHE", options.cache, 1),
    ];
    for (word, value, default) in numbers {
        if value != default {
            sql.add(format_args!(" {word} {value}"));
        }
    }
    if options.cycle {
        sql.push(" CYCLE");
    }
}

/// The options that differ, as `SET` of an identity column takes them. Its type follows the column's.
pub fn changes(wanted: &SequenceOptions, there: &SequenceOptions) -> Vec<String> {
    let numbers = [
        ("INCREMENT BY", wanted.increment, there.increment),
        ("MINVALUE", wanted.min, there.min),
        ("MAXVALUE", wanted.max, there.max),
        ("START WITH", wanted.start, there.start),
        ("CACHE", wanted.cache, there.cache),
    ];
    let differ = numbers.into_iter().filter(|(_, wanted, there)| wanted != there);
    let mut list: Vec<String> = differ.map(|(word, wanted, _)| format!("{word} {wanted}")).collect();
    if wanted.cycle != there.cycle {
        list.push(if wanted.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    list
}

/// `ALTER SEQUENCE … OWNED BY …`.
pub fn own(sequence: &QualifiedName, table: &QualifiedName, column: &trueup_catalog::Name) -> Sql {
    Sql::new(format!("ALTER SEQUENCE {sequence} OWNED BY {table}.{column}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::DataType;

    #[test]
    fn only_what_is_not_the_default_is_written() {
        let mut sequence = Sequence {
            name: QualifiedName::new("public", "s"),
            persistence: Persistence::Permanent,
            options: SequenceOptions::defaults(DataType::builtin("int8")),
            owned_by: None,
        };
        assert_eq!(create(&sequence).text, "CREATE SEQUENCE public.s");
        sequence.options = SequenceOptions {
            increment: -1,
            min: i64::from(i32::MIN),
            max: -1,
            start: -1,
            cycle: true,
            ..SequenceOptions::defaults(DataType::builtin("int4"))
        };
        assert_eq!(
            create_if(&sequence, true).text,
            "CREATE SEQUENCE IF NOT EXISTS public.s AS integer INCREMENT BY -1 CYCLE"
        );
    }
}
