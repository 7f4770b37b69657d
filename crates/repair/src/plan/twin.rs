//! What looks renamed: it is missing, and something of the same shape and a similar name is there that nobody wants.
//!
//! Adding the missing one would make an empty twin beside the data, and everything would seem well. So it is left for people, with the
//! `RENAME` that would keep the data, until `--allow new:column:public.users.email` says that it is a new one. `*` does not: only who has
//! looked at this very thing can know.
//!
//! Owns: which pairs look alike. Never: a rename or a drop; the unexpected one stays what it is.
//!
//! A rename that goes unseen hides data, one that is seen wrongly costs a word on the command line, so that names need not be very much
//! alike. But what is commonly there side by side is no pair: `first_name` and `last_name`, `created_at` and `updated_at`,
//! `address1` and `address2`, the partitions of a month each.
//!
//! The kinds: tables and columns hold rows. A sequence made anew gives numbers out again. A value of an enum that is added again
//! under another spelling parts the rows in two, and can't be taken back. Views, materialized views, indexes and routines hold
//! nothing of their own (and a constraint or index of another name is told by D103); foreign tables hold what lies elsewhere, generated
//! columns what can be computed again.

use super::{Context, Judged};
use crate::allow::Consent;
use crate::ddl::Sql;
use rustc_hash::FxHashMap;
use trueup_catalog::{
    Column, DataType, EnumType, Name, ObjectKey, ObjectKind, PG_CATALOG, QualifiedName, Sequence, Table,
    quote_literal,
};
use trueup_diff::{Comparison, Drift, What};

/// The findings that only live has, by what they are looked for in: a table's columns, a schema's tables.
pub(super) struct Twins<'a> {
    spare: FxHashMap<Place<'a>, Vec<Spare<'a>>>,
}

struct Spare<'a> {
    key: &'a ObjectKey,
    /// Of a table.
    columns: Vec<&'a Column>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place<'a> {
    Columns(&'a QualifiedName),
    Tables(&'a Name),
    Sequences(&'a Name),
}

fn place(key: &ObjectKey) -> Option<Place<'_>> {
    match key.kind {
        ObjectKind::Column => key.relation().map(Place::Columns),
        ObjectKind::Table => key.schema().map(Place::Tables),
        ObjectKind::Sequence => key.schema().map(Place::Sequences),
        ObjectKind::Schema
        | ObjectKind::Extension
        | ObjectKind::EnumType
        | ObjectKind::Domain
        | ObjectKind::DomainConstraint
        | ObjectKind::CompositeType
        | ObjectKind::RangeType
        | ObjectKind::Constraint
        | ObjectKind::Index
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::BaseType
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::Language
        | ObjectKind::AccessMethod
        | ObjectKind::Aggregate
        | ObjectKind::Operator
        | ObjectKind::OperatorFamily
        | ObjectKind::OperatorClass
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Server
        | ObjectKind::UserMapping
        | ObjectKind::Statistics
        | ObjectKind::EventTrigger
        | ObjectKind::Rule
        | ObjectKind::Publication
        | ObjectKind::Subscription
        | ObjectKind::DefaultPrivileges
        | ObjectKind::Trigger
        | ObjectKind::Policy => None,
    }
}

impl<'a> Twins<'a> {
    pub fn new(context: &Context<'a>, comparison: &'a Comparison) -> Self {
        let mut spare: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for drift in comparison.drift.iter().filter(|d| d.what == What::Unexpected) {
            let key = &drift.key;
            let Some(place) = place(key) else { continue };
            let table = context.live.get(key).and_then(|e| Table::of(&e.object));
            let columns = table.map(|t| context.live.columns(&t.name)).unwrap_or_default();
            spare.entry(place).or_default().push(Spare { key, columns });
        }
        Twins { spare }
    }

    /// What becomes of a finding that looks like a rename, and what it may have been called.
    pub fn judge(&self, context: &Context<'_>, drift: &Drift) -> Option<(Judged, Vec<&'a ObjectKey>)> {
        match drift.what {
            What::Missing => self.missing(context, &drift.key),
            What::Changed if drift.key.kind == ObjectKind::EnumType => {
                values(context, &drift.key).map(|judged| (judged, Vec::new()))
            }
            What::Changed | What::Unexpected => None,
        }
    }

    fn missing(&self, context: &Context<'_>, key: &ObjectKey) -> Option<(Judged, Vec<&'a ObjectKey>)> {
        let place = place(key)?;
        let spare = self.spare.get(&place)?;
        let object = &context.desired.get(key)?.object;
        let fitting = |fits: &dyn Fn(&Spare<'_>) -> bool| -> Vec<&'a ObjectKey> {
            spare.iter().filter(|spare| fits(spare)).map(|spare| spare.key).collect()
        };
        let (found, hides) = match place {
            Place::Columns(_) => {
                let desired = Column::of(object)?;
                let fits = |spare: &Spare<'_>| column(context, desired, spare.key).unwrap_or(false);
                (fitting(&fits), "adding an empty column would hide its values")
            }
            Place::Tables(_) => {
                let desired = Table::of(object)?;
                let columns = context.desired.columns(&desired.name);
                let fits = |spare: &Spare<'_>| table(context, desired, &columns, spare).unwrap_or(false);
                (fitting(&fits), "adding an empty table would hide its rows")
            }
            Place::Sequences(_) => {
                let desired = Sequence::of(object)?;
                let fits = |spare: &Spare<'_>| sequence(context, desired, spare.key).unwrap_or(false);
                (fitting(&fits), "a sequence that is made anew gives the same numbers out again")
            }
        };
        // Where a name tells, the place need not be asked.
        let named: Vec<&ObjectKey> =
            found.iter().copied().filter(|k| similar(key.name(), k.name())).collect();
        let found = if named.is_empty() { found } else { named };
        let names: Vec<String> = found.iter().map(ToString::to_string).collect();
        let reason = format!("it looks renamed from {}: {hides}", names.join(" or "));
        let renames = found.iter().filter_map(|other| rename(key, other)).collect();
        let judged = Judged { consent: Some(Consent::New), ..Judged::manual(reason, renames) };
        (!found.is_empty()).then_some((judged, found))
    }
}

fn rename(key: &ObjectKey, other: &ObjectKey) -> Option<Sql> {
    Some(Sql::new(match key.relation() {
        Some(table) => format!("ALTER TABLE {table} RENAME COLUMN {} TO {}", other.name(), key.name()),
        None => format!("ALTER {} {other} RENAME TO {}", key.kind.sql(), key.name()),
    }))
}

fn column(context: &Context<'_>, desired: &Column, other: &ObjectKey) -> Option<bool> {
    let live = Column::of(&context.live.get(other)?.object)?;
    if desired.generated.is_some() || live.generated.is_some() || desired.inherited || live.inherited {
        return None;
    }
    let foreign = context.live.table(&live.table).is_some_and(|t| t.foreign.is_some());
    let same_shape = family(&desired.data_type) == family(&live.data_type);
    Some(!foreign && same_shape && (similar(&desired.name, &live.name) || same_place(context, desired, live)))
}

/// Whether both stand in the same place between the same two columns that both sides have. One that was added later stands at the end.
fn same_place(context: &Context<'_>, desired: &Column, live: &Column) -> bool {
    let (wanted, there) = (context.desired.columns(&desired.table), context.live.columns(&live.table));
    // The shared column before it, how far that is, and the one after it.
    let around =
        |list: &[&'_ Column], others: &[&'_ Column], name: &Name| -> Option<(Option<Name>, usize, Name)> {
            let shared = |c: &&&Column| others.iter().any(|o| o.name == c.name);
            let at = list.iter().position(|c| c.name == *name)?;
            let (before, after) = list.split_at_checked(at)?;
            let next = after.iter().find(shared)?.name.clone();
            let far = before.iter().rev().take_while(|c| !shared(c)).count();
            Some((before.iter().rev().find(shared).map(|c| c.name.clone()), far, next))
        };
    let place = around(&wanted, &there, &desired.name);
    place.is_some() && place == around(&there, &wanted, &live.name)
}

/// Types between which a column is retyped along with its name: the words of one sort.
fn family(data_type: &DataType) -> (Option<&Name>, &str, bool) {
    let builtin = data_type.schema.as_ref().is_some_and(|schema| *schema == PG_CATALOG);
    let name = match data_type.name.as_str() {
        "varchar" | "bpchar" if builtin => "text",
        "int2" | "int4" if builtin => "int8",
        "timestamp" if builtin => "timestamptz",
        "json" if builtin => "jsonb",
        other => other,
    };
    (data_type.schema.as_ref(), name, data_type.array)
}

fn table(context: &Context<'_>, desired: &Table, wanted: &[&Column], other: &Spare<'_>) -> Option<bool> {
    let live = Table::of(&context.live.get(other.key)?.object)?;
    let comparable = desired.foreign.is_none()
        && live.foreign.is_none()
        && desired.partition_key.is_some() == live.partition_key.is_some()
        // A partition's rows are those within its bounds.
        && desired.partition_of == live.partition_of;
    let there = &other.columns;
    let most = wanted.len().max(there.len());
    // Told before anything is looked up: of most pairs not even the numbers fit.
    if !comparable || 5 * wanted.len().min(there.len()) < 4 * most {
        return Some(false);
    }
    let same = |a: &Column, b: &Column| a.name == b.name && family(&a.data_type) == family(&b.data_type);
    let identical = wanted.len() == there.len() && wanted.iter().zip(there).all(|(a, b)| same(a, b));
    if identical && wanted.len() >= 4 {
        return Some(true);
    }
    let types: FxHashMap<&Name, _> = there.iter().map(|c| (&c.name, family(&c.data_type))).collect();
    let shared = wanted.iter().filter(|c| types.get(&c.name) == Some(&family(&c.data_type))).count();
    Some(shared > 0 && 5 * shared >= 4 * most && similar(&desired.name.name, &live.name.name))
}

fn sequence(context: &Context<'_>, desired: &Sequence, other: &ObjectKey) -> Option<bool> {
    let live = Sequence::of(&context.live.get(other)?.object)?;
    let alike = desired.options.increment == live.options.increment
        && family(&desired.options.data_type) == family(&live.options.data_type);
    Some(alike && similar(&desired.name.name, &live.name.name))
}

/// A value that is wanted, and one that nobody wants: spelled alike, or in the same place.
fn values(context: &Context<'_>, key: &ObjectKey) -> Option<Judged> {
    let wanted = &EnumType::of(&context.desired.get(key)?.object)?.labels;
    let there = &EnumType::of(&context.live.get(key)?.object)?.labels;
    let around =
        |list: &[String], others: &[String], label: &str| -> Option<(Option<String>, Option<String>)> {
            let shared = |l: &&String| others.contains(l);
            let (before, after) = list.split_at_checked(list.iter().position(|l| l == label)?)?;
            Some((before.iter().rev().find(shared).cloned(), after.iter().find(shared).cloned()))
        };
    let lone = |list: &[String], others: &[String]| list.iter().filter(|l| !others.contains(l)).count();
    // Where one value took the place of one other, spelling does not matter.
    let one_for_one = lone(wanted, there) == 1 && lone(there, wanted) == 1;
    let mut pairs = Vec::new();
    for new in wanted.iter().filter(|label| !there.contains(label)) {
        for old in there.iter().filter(|label| !wanted.contains(label)) {
            let same_place = || around(wanted, there, new) == around(there, wanted, old);
            if similar(&Name::new(new), &Name::new(old)) || (one_for_one && same_place()) {
                pairs.push((old, new));
            }
        }
    }
    let (old, new) = pairs.first()?;
    let reason = format!(
        "its value {new} looks renamed from {old}: adding it would part the rows in two, and a value can't be removed"
    );
    let rename = |(old, new): &(&String, &String)| {
        Sql::new(format!("ALTER TYPE {key} RENAME VALUE {} TO {}", quote_literal(old), quote_literal(new)))
    };
    Some(Judged { consent: Some(Consent::New), ..Judged::manual(reason, pairs.iter().map(rename).collect()) })
}

/// Words that say little of what a name means.
const FILLERS: &[&str] = &[
    "a", "at", "by", "code", "date", "flag", "has", "id", "in", "is", "key", "nbr", "no", "nr", "num",
    "number", "of", "on", "the", "time", "ts", "type", "value",
];

/// How much of what differs must be alike: `state` and `status` are, `created` and `updated` not.
const ALIKE: f64 = 0.65;

/// Whether one name may be what became of the other.
fn similar(a: &Name, b: &Name) -> bool {
    let (a, b) = (words(a.as_str()), words(b.as_str()));
    let (joined, other) = (a.concat(), b.concat());
    let letters = |text: &str| text.chars().filter(|c| !c.is_numeric()).collect::<String>();
    if joined == other {
        return true;
    }
    if letters(&joined) == letters(&other) {
        // Of a series: `address1`, `address2`.
        return false;
    }
    let (short, long) = if joined.len() < other.len() { (&joined, &other) } else { (&other, &joined) };
    if short.chars().count() >= 4 && (long.starts_with(short.as_str()) || long.ends_with(short.as_str())) {
        return true;
    }
    let telling = |list: &[String], others: &[String]| -> String {
        list.iter().filter(|w| !others.contains(w) && !FILLERS.contains(&w.as_str())).cloned().collect()
    };
    let (mine, theirs) = (telling(&a, &b), telling(&b, &a));
    if mine.is_empty() || theirs.is_empty() {
        return a.iter().any(|w| b.contains(w) && !FILLERS.contains(&w.as_str()));
    }
    if letters(&mine) == letters(&theirs) {
        return false;
    }
    abbreviates(&mine, &theirs)
        || abbreviates(&theirs, &mine)
        || strsim::normalized_damerau_levenshtein(&mine, &theirs) >= ALIKE
}

/// `qty` for `quantity`, `desc` for `description`.
fn abbreviates(short: &str, long: &str) -> bool {
    if short.len() < 3 || short.len() >= long.len() || short.chars().next() != long.chars().next() {
        return false;
    }
    let mut rest = long.chars();
    let in_order = short.chars().all(|c| rest.any(|l| l == c));
    let consonants = short.chars().skip(1).all(|c| !"aeiou".contains(c));
    long.starts_with(short) || (in_order && consonants)
}

/// The words of a name in lower case, parted at `_`, other signs and capitals; without the `s` of a plural.
fn words(name: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let mut after_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            list.push(String::new());
            after_small = false;
            continue;
        }
        if list.is_empty() || (c.is_uppercase() && after_small) {
            list.push(String::new());
        }
        after_small = c.is_lowercase();
        if let Some(word) = list.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    list.retain(|word| !word.is_empty());
    for word in &mut list {
        if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") {
            word.pop();
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        let there = similar(&Name::new(a), &Name::new(b));
        assert_eq!(there, similar(&Name::new(b), &Name::new(a)), "{a} {b}");
        there
    }

    #[test]
    fn names_that_may_be_one_renamed() {
        for (a, b) in [
            ("mail", "email"),
            ("user_name", "username"),
            ("userName", "user_name"),
            ("name", "full_name"),
            ("name", "username"),
            ("users", "user"),
            ("users", "users_old"),
            ("user", "user_id"),
            ("created_at", "created_on"),
            ("color", "colour"),
            ("qty", "quantity"),
            ("order_qty", "order_quantity"),
            ("desc", "description"),
            ("state", "status"),
            ("is_active", "active"),
            ("cancelled", "canceled"),
            ("unit_price", "price"),
        ] {
            assert!(alike(a, b), "{a} {b}");
        }
    }

    #[test]
    fn names_that_stand_side_by_side() {
        for (a, b) in [
            ("first_name", "last_name"),
            ("created_at", "updated_at"),
            ("address1", "address2"),
            ("address", "address2"),
            ("shipping_address", "billing_address"),
            ("start_date", "end_date"),
            ("min_price", "max_price"),
            ("lat", "lon"),
            ("user_id", "account_id"),
            ("id", "user_id"),
            ("source", "target"),
            ("width", "height"),
            ("events_2024_01", "events_2024_02"),
            ("is_active", "is_deleted"),
            ("title", "name"),
        ] {
            assert!(!alike(a, b), "{a} {b}");
        }
    }

    #[test]
    fn words_of_a_name() {
        assert_eq!(words("createdAt_UTC2"), ["created", "at", "utc2"]);
        assert_eq!(words("addresses"), ["addresse"]);
        assert_eq!(words("class"), ["class"]);
    }
}
