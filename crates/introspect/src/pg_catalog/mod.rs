//! The `pg_catalog` reader: one query file and one decoder for each kind of object.
//!
//! The queries run in one snapshot (see [`crate::session`]); nothing here talks to the server. What exists and has no place
//! in the model becomes a gap; a value that only a newer server has becomes a gap as well, never a panic.

mod aggregate;
mod ambient;
mod base_type;
mod cast;
mod collation;
mod column;
mod composite_type;
mod constraint;
mod default_privileges;
mod domain;
mod enum_type;
mod event_trigger;
mod extension;
mod extension_dependency;
mod foreign_data;
mod identity;
mod index;
mod language;
mod materialized_view;
mod member;
mod member_privilege;
mod names;
mod operator;
mod operator_family;
mod partition;
mod policy;
mod publication;
mod range_type;
mod routine;
mod rule;
mod schema;
mod security_label;
mod sequence;
mod size;
mod statistics;
mod subscription;
mod table;
mod text;
mod text_search;
mod trigger;
mod type_modifier;
mod version;
mod view;

use crate::Error;
use crate::connect::Connected;
use crate::session::{Answer, CatalogQuery, ReadOptions, milliseconds, read};
pub use member::MembersOf;
use names::{NameAnswers, Names};
pub(crate) use names::{is_system_schema, unmodeled};
pub(crate) use text::{bracketed, split_list};
use trueup_catalog::{
    Catalog, Entry, Gap, Name, Object, Origin, Privilege, SchemaObject, Source, settled_privileges,
};
pub(crate) use type_modifier::printed as printed_modifiers;
pub(crate) use version::for_version;

/// What decoders fill.
pub(crate) struct Output {
    pub entries: Vec<Entry>,
    pub gaps: Vec<Gap>,
    /// The server's major version.
    pub major: u32,
}

impl Output {
    /// Adds an object with what every kind may have.
    pub fn add(
        &mut self,
        object: impl Into<Object>,
        comment: Option<String>,
        owner: Option<Name>,
        privileges: Option<Vec<Privilege>>,
    ) {
        let object: Object = object.into();
        let privileges = settled_privileges(&object.key(), owner.as_ref(), privileges, self.major);
        self.entries.push(Entry { comment, owner, privileges, ..Entry::from(object) });
    }
}

/// A decoder's failure: the query and what did not fit.
pub(crate) type Shape = (&'static str, String);

macro_rules! query_files {
    ($($name:ident),* $(,)?) => {
        /// Every query file by name.
        const FILES: &[(&str, &str)] = &[$((stringify!($name), include_str!(concat!(stringify!($name), ".sql")))),*];

        /// The answers by the names of their files.
        struct Answers { $($name: Answer,)* }

        impl Answers {
            /// From the answers in the order of `FILES`.
            fn new(answers: Vec<Answer>) -> Result<Self, Shape> {
                let mut answers = answers.into_iter();
                $(let $name = answers.next().ok_or((stringify!($name), "there is no answer".to_owned()))?;)*
                Ok(Answers { $($name,)* })
            }
        }
    };
}

query_files! {
    schema, role, member, extension, data_type, collation, operator, operator_class, relation, inheritance,
    partition_key, column, not_null, constraint, index, view, domain, enum_type, range_type, composite_type, sequence,
    routine, trigger, policy, comment, ambient_type, ambient_function, ambient_operator, ambient_cast, default_privileges,
    security_label, extension_dependency, member_privilege,
    base_type, aggregate, own_operator, operator_family, family_operator, family_function, own_operator_class, own_cast,
    transform, own_collation, conversion, language, access_method, event_trigger, rule, statistics, text_search_parser,
    text_search_template, text_search_dictionary, text_search_configuration, text_search_mapping, foreign_data_wrapper,
    server, user_mapping, foreign_table, publication, publication_table, publication_schema, subscription,
}

/// The queries for a server of this version.
pub(crate) fn queries(version: u32) -> Result<Vec<CatalogQuery>, String> {
    FILES
        .iter()
        .map(|(what, sql)| Ok(CatalogQuery { what, sql: version::for_version(sql, version / 10_000)? }))
        .collect()
}

/// Reads everything, and on demand what the extensions' members are.
pub(crate) async fn read_catalog(
    connected: &Connected,
    options: &ReadOptions,
    with_members: bool,
) -> Result<(Catalog, MembersOf), Error> {
    let shape = |(what, message): (&str, String)| Error::Shape {
        target: connected.target.to_string(),
        what: what.to_owned(),
        message,
    };
    let queries = queries(connected.version).map_err(|message| shape(("queries", message)))?;
    let answers = read(connected, options, &queries).await?;
    let start = std::time::Instant::now();
    let answers = Answers::new(answers).map_err(shape)?;
    let (catalog, members) = decode(&answers, connected, with_members).map_err(shape)?;
    tracing::debug!(
        objects = catalog.len(),
        gaps = catalog.gaps.len(),
        ms = %milliseconds(start.elapsed()),
        "decoded the catalogs"
    );
    Ok((catalog, members))
}

fn decode(
    answers: &Answers,
    connected: &Connected,
    with_members: bool,
) -> Result<(Catalog, MembersOf), Shape> {
    let mut names = Names::new(
        &NameAnswers {
            schema: &answers.schema,
            role: &answers.role,
            member: &answers.member,
            data_type: &answers.data_type,
            collation: &answers.collation,
            operator: &answers.operator,
            operator_class: &answers.operator_class,
            relation: &answers.relation,
            column: &answers.column,
            comment: &answers.comment,
        },
        connected.version / 10_000,
    )?;
    let mut output = objects(answers, &names)?;
    member_privilege::read(&answers.member_privilege, &mut output)?;

    let mut catalog = Catalog::default();
    catalog.origin = Origin {
        source: Source::PgCatalog,
        server_version: Some(connected.version),
        name: format!("{} at {}:{}", connected.target.database, connected.target.host, connected.target.port),
        ..Origin::default()
    };
    catalog.ambient = ambient::read(answers, &names)?;
    catalog.extend(output.entries);
    catalog.sizes = size::read(&names);
    catalog.roles = Some(names.roles());
    output.gaps.sort();
    output.gaps.dedup();
    catalog.gaps = output.gaps;
    let members = match with_members {
        true => member::read(answers, &mut names)?,
        false => MembersOf::new(),
    };
    Ok((catalog, members))
}

/// The objects that `names` is turned to.
fn objects(answers: &Answers, names: &Names<'_>) -> Result<Output, Shape> {
    let mut output = Output { entries: Vec::new(), gaps: Vec::new(), major: names.major };
    let out = &mut output;
    schema::read(&answers.schema, names, out)?;
    extension::read(&answers.extension, names, out)?;
    enum_type::read(&answers.enum_type, names, out)?;
    domain::read(&answers.domain, names, out)?;
    range_type::read(&answers.range_type, names, out)?;
    composite_type::read(&answers.composite_type, names, out)?;
    let sequences = sequence::read(&answers.sequence, names, out)?;
    let parents = table::parents(&answers.inheritance)?;
    let indexes = index::Indexes::new(&answers.index, names, &parents)?;
    let foreign = foreign_data::tables(&answers.foreign_table)?;
    table::read(&answers.partition_key, names, &parents, &indexes, foreign, out)?;
    column::read(&answers.not_null, names, &sequences, &parents, out)?;
    let behind = constraint::read(&answers.constraint, names, &indexes, out)?;
    let queries = view::queries(&answers.view)?;
    materialized_view::read(&queries, &indexes, names, out);
    index::read(indexes, &behind, names, out);
    view::read(&queries, names, out);
    routine::read(&answers.routine, names, out)?;
    trigger::read(&answers.trigger, names, out)?;
    policy::read(&answers.policy, names, out)?;
    base_type::read(&answers.base_type, names, out)?;
    aggregate::read(&answers.aggregate, names, out)?;
    operator::read(&answers.own_operator, names, out)?;
    let families = operator_family::FamilyAnswers {
        family: &answers.operator_family,
        operator: &answers.family_operator,
        function: &answers.family_function,
        class: &answers.own_operator_class,
    };
    operator_family::read(&families, names, out)?;
    cast::read(&answers.own_cast, &answers.transform, names, out)?;
    collation::read(&answers.own_collation, &answers.conversion, names, out)?;
    language::read(&answers.language, &answers.access_method, names, out)?;
    event_trigger::read(&answers.event_trigger, names, out)?;
    rule::read(&answers.rule, names, out)?;
    statistics::read(&answers.statistics, names, out)?;
    let searches = text_search::TextSearchAnswers {
        parser: &answers.text_search_parser,
        template: &answers.text_search_template,
        dictionary: &answers.text_search_dictionary,
        configuration: &answers.text_search_configuration,
        mapping: &answers.text_search_mapping,
    };
    text_search::read(&searches, names, out)?;
    let foreign = foreign_data::ForeignAnswers {
        wrapper: &answers.foreign_data_wrapper,
        server: &answers.server,
        mapping: &answers.user_mapping,
    };
    foreign_data::read(&foreign, names, out)?;
    let (published, whole) = (&answers.publication_table, &answers.publication_schema);
    publication::read(&answers.publication, published, whole, names, out)?;
    subscription::read(&answers.subscription, names, out)?;
    default_privileges::read(&answers.default_privileges, names, out)?;
    security_label::read(&answers.security_label, out)?;
    extension_dependency::read(&answers.extension_dependency, out)?;
    Ok(output)
}
