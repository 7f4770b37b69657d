//! The closed list of kinds of object that trueup models.
//!
//! A new line in `object_kinds!` makes the compiler name every place that must learn the kind.

use crate::*;
use serde::{Deserialize, Serialize};

macro_rules! object_kinds {
    ($($variant:ident($type:ty) => $word:literal, $sql:literal;)*) => {
        /// What sort of object something is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ObjectKind { $(
            #[doc = concat!("`", $sql, "`")]
            $variant,
        )* }

        impl ObjectKind {
            /// Every kind, in the order in which objects are listed.
            pub const ALL: &'static [ObjectKind] = &[$(ObjectKind::$variant),*];

            /// The kind in words, as reports and selectors write it: `materialized view`.
            pub fn word(self) -> &'static str {
                match self { $(ObjectKind::$variant => $word,)* }
            }

            /// The key words that name the kind in DDL: `MATERIALIZED VIEW`.
            pub fn sql(self) -> &'static str {
                match self { $(ObjectKind::$variant => $sql,)* }
            }
        }

        /// An object of any kind.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Object { $(
            #[doc = concat!("`", $sql, "`")]
            $variant($type),
        )* }

        impl Object {
            /// Its kind.
            pub fn kind(&self) -> ObjectKind {
                match self { $(Object::$variant(_) => ObjectKind::$variant,)* }
            }
        }

        impl SchemaObject for Object {
            fn key(&self) -> ObjectKey {
                match self { $(Object::$variant(object) => object.key(),)* }
            }
            fn parent(&self) -> Option<ObjectKey> {
                match self { $(Object::$variant(object) => object.parent(),)* }
            }
            fn attributes(&self) -> Vec<Attribute<'_>> {
                match self { $(Object::$variant(object) => object.attributes(),)* }
            }
            fn depends_on(&self) -> Vec<ObjectKey> {
                match self { $(Object::$variant(object) => object.depends_on(),)* }
            }
        }

        $(
            impl From<$type> for Object {
                fn from(object: $type) -> Self { Object::$variant(object) }
            }

            impl $type {
                /// The object, if it is of this kind.
                pub fn of(object: &Object) -> Option<&$type> {
                    if let Object::$variant(object) = object { Some(object) } else { None }
                }

                /// The object to be changed, if it is of this kind.
                pub fn of_mut(object: &mut Object) -> Option<&mut $type> {
                    if let Object::$variant(object) = object { Some(object) } else { None }
                }
            }
        )*
    };
}

object_kinds! {
    Schema(Schema) => "schema", "SCHEMA";
    Extension(Extension) => "extension", "EXTENSION";
    EnumType(EnumType) => "enum", "TYPE";
    Domain(Domain) => "domain", "DOMAIN";
    DomainConstraint(DomainConstraint) => "domain constraint", "CONSTRAINT";
    CompositeType(CompositeType) => "composite type", "TYPE";
    RangeType(RangeType) => "range type", "TYPE";
    BaseType(BaseType) => "base type", "TYPE";
    Collation(Collation) => "collation", "COLLATION";
    Conversion(Conversion) => "conversion", "CONVERSION";
    Language(Language) => "language", "LANGUAGE";
    AccessMethod(AccessMethod) => "access method", "ACCESS METHOD";
    Sequence(Sequence) => "sequence", "SEQUENCE";
    Table(Table) => "table", "TABLE";
    Column(Column) => "column", "COLUMN";
    Constraint(Constraint) => "constraint", "CONSTRAINT";
    Index(Index) => "index", "INDEX";
    View(View) => "view", "VIEW";
    MaterializedView(MaterializedView) => "materialized view", "MATERIALIZED VIEW";
    Function(Function) => "function", "FUNCTION";
    Procedure(Procedure) => "procedure", "PROCEDURE";
    Aggregate(Aggregate) => "aggregate", "AGGREGATE";
    Operator(Operator) => "operator", "OPERATOR";
    OperatorFamily(OperatorFamily) => "operator family", "OPERATOR FAMILY";
    OperatorClass(OperatorClassObject) => "operator class", "OPERATOR CLASS";
    Cast(Cast) => "cast", "CAST";
    Transform(Transform) => "transform", "TRANSFORM";
    TextSearchParser(TextSearchParser) => "text search parser", "TEXT SEARCH PARSER";
    TextSearchTemplate(TextSearchTemplate) => "text search template", "TEXT SEARCH TEMPLATE";
    TextSearchDictionary(TextSearchDictionary) => "text search dictionary", "TEXT SEARCH DICTIONARY";
    TextSearchConfiguration(TextSearchConfiguration) => "text search configuration", "TEXT SEARCH CONFIGURATION";
    ForeignDataWrapper(ForeignDataWrapper) => "foreign-data wrapper", "FOREIGN DATA WRAPPER";
    Server(Server) => "server", "SERVER";
    UserMapping(UserMapping) => "user mapping", "USER MAPPING";
    Statistics(Statistics) => "statistics", "STATISTICS";
    Trigger(Trigger) => "trigger", "TRIGGER";
    EventTrigger(EventTrigger) => "event trigger", "EVENT TRIGGER";
    Rule(Rule) => "rule", "RULE";
    Policy(Policy) => "policy", "POLICY";
    Publication(Publication) => "publication", "PUBLICATION";
    Subscription(Subscription) => "subscription", "SUBSCRIPTION";
    DefaultPrivileges(DefaultPrivileges) => "default privileges", "DEFAULT PRIVILEGES";
}

impl std::fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// What every kind of object tells about itself.
///
/// Implementations destructure `Self` without `..`, so that a new field stops the build until
/// someone decided whether it counts.
pub trait SchemaObject {
    /// Its identity. Two objects with the same key are the same object on both sides.
    fn key(&self) -> ObjectKey;
    /// The object without which it can't exist and in whose finding it folds: a column's table.
    fn parent(&self) -> Option<ObjectKey> {
        None
    }
    /// Everything that counts as its state, in the order in which it is reported.
    fn attributes(&self) -> Vec<Attribute<'_>>;
    /// Objects named in its own fields that must exist first (not those inside expressions,
    /// queries and bodies, which only settling can tell).
    fn depends_on(&self) -> Vec<ObjectKey> {
        Vec::new()
    }
}
