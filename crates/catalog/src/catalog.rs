//! A whole schema: every object by its key, what is missing from it, and where it came from.

use crate::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is known of one side's schema.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "CatalogDocument", from = "CatalogDocument")]
pub struct Catalog {
    /// Boxed: an entry is large, and a map moves what it holds whenever something is put in or taken out beside it.
    objects: BTreeMap<ObjectKey, Box<Entry>>,
    /// What exists and is not among the objects.
    pub gaps: Vec<Gap>,
    /// Where it came from.
    pub origin: Origin,
    /// What settling must know beyond the objects.
    pub ambient: Ambient,
    /// How big tables and materialized views are by the database's statistics; in no snapshot, since it is no schema.
    pub sizes: BTreeMap<QualifiedName, Size>,
    /// The roles of the server; `None` where nothing tells. In no snapshot, since they are no schema of one database.
    pub roles: Option<BTreeSet<Name>>,
    /// The extensions that the server could install; `None` where nothing tells. In no snapshot either.
    pub available_extensions: Option<BTreeSet<Name>>,
}

/// How big a relation is, by the statistics that VACUUM and ANALYZE leave (`pg_class.reltuples`, `relpages`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Rows; `None` where it was never counted.
    pub rows: Option<u64>,
    /// Bytes, without indexes.
    pub bytes: u64,
}

impl std::ops::Add for Size {
    type Output = Size;

    fn add(self, other: Size) -> Size {
        Size {
            rows: self.rows.zip(other.rows).map(|(a, b)| a.saturating_add(b)),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// An object with what every kind may have besides its own state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The object.
    pub object: Object,
    /// `COMMENT ON`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The owner, where known or stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Name>,
    /// Privileges, sorted, where known or stated: all of them, the owner's own included, and those on single columns of a relation.
    /// `None` where they are as before the first GRANT or REVOKE ([`crate::builtin_privileges`]). A column's are those of its identity's
    /// sequence, which is no object of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privileges: Option<Vec<Privilege>>,
    /// What desired statements took away, whether or not it was there: a database's default privileges may have given it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<Privilege>,
    /// `SECURITY LABEL`, by provider.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub security_labels: BTreeMap<String, String>,
    /// `ALTER … DEPENDS ON EXTENSION`: the extensions that it goes with.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub extension_dependencies: BTreeSet<Name>,
    /// Where the object was made in a file. For an object that is part of a statement, the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

impl<T: Into<Object>> From<T> for Entry {
    fn from(object: T) -> Self {
        Entry {
            object: object.into(),
            comment: None,
            owner: None,
            privileges: None,
            revoked: Vec::new(),
            security_labels: BTreeMap::new(),
            extension_dependencies: BTreeSet::new(),
            span: None,
        }
    }
}

/// Where a catalog came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Which reader filled it.
    pub source: Source,
    /// `server_version_num` of the server that it was read from, or that it is meant for.
    pub server_version: Option<u32>,
    /// Files, or `database at host:port`; never credentials.
    pub name: String,
    /// What this reader can't tell, so that its absence means nothing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub not_covered: BTreeSet<NotCovered>,
    /// Objects that are there and could not be read; each has a gap that says why.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<ObjectKey>,
    /// Kinds of which the role can't see some: one that is not in the catalog may exist. A gap counts them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub partly_hidden: BTreeSet<ObjectKind>,
}

/// Which reader filled a catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// SQL statements.
    #[default]
    Sql,
    /// A server's `pg_catalog`.
    PgCatalog,
    /// A server's `information_schema`.
    InformationSchema,
}

/// A kind, or one attribute of a kind, that a reader can't tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NotCovered {
    /// The kind.
    pub kind: ObjectKind,
    /// The attribute (as in [`Attribute::name`]); `None` for the whole kind.
    pub attribute: Option<String>,
}

impl Origin {
    /// Whether the reader can tell objects of `kind`, or their `attribute`.
    pub fn covers(&self, kind: ObjectKind, attribute: Option<&str>) -> bool {
        self.not_covered.is_empty()
            || !self
                .not_covered
                .iter()
                .any(|n| n.kind == kind && (n.attribute.is_none() || n.attribute.as_deref() == attribute))
    }

    /// Whether an object that is not in the catalog may exist all the same, and a gap says so.
    pub fn may_hide(&self, key: &ObjectKey) -> bool {
        self.partly_hidden.contains(&key.kind) || self.unread.contains(key)
    }
}

/// How a catalog is written to a file: keys follow from the objects.
#[derive(Serialize, Deserialize)]
struct CatalogDocument {
    origin: Origin,
    objects: Vec<Entry>,
    gaps: Vec<Gap>,
    #[serde(default)]
    ambient: Ambient,
}

impl From<Catalog> for CatalogDocument {
    fn from(catalog: Catalog) -> Self {
        CatalogDocument {
            origin: catalog.origin,
            objects: catalog.objects.into_values().map(|entry| *entry).collect(),
            gaps: catalog.gaps,
            ambient: catalog.ambient,
        }
    }
}

impl From<CatalogDocument> for Catalog {
    fn from(document: CatalogDocument) -> Self {
        Catalog {
            objects: document.objects.into_iter().map(keyed).collect(),
            gaps: document.gaps,
            origin: document.origin,
            ambient: document.ambient,
            sizes: BTreeMap::new(),
            roles: None,
            available_extensions: None,
        }
    }
}

fn keyed(entry: Entry) -> (ObjectKey, Box<Entry>) {
    (entry.object.key(), Box::new(entry))
}

impl Extend<Entry> for Catalog {
    /// Puts objects in; of two with one key the later one stays.
    fn extend<I: IntoIterator<Item = Entry>>(&mut self, entries: I) {
        let mut added: BTreeMap<ObjectKey, Box<Entry>> = entries.into_iter().map(keyed).collect();
        if self.objects.is_empty() {
            self.objects = added;
        } else {
            self.objects.append(&mut added);
        }
    }
}

impl Catalog {
    /// Puts an object in, and gives back the one that had its key.
    pub fn insert(&mut self, entry: impl Into<Entry>) -> Option<Entry> {
        self.insert_boxed(Box::new(entry.into())).map(|entry| *entry)
    }

    /// The same where the entry is in its box already.
    pub fn insert_boxed(&mut self, entry: Box<Entry>) -> Option<Box<Entry>> {
        self.objects.insert(entry.object.key(), entry)
    }

    /// Takes an object out.
    pub fn remove(&mut self, key: &ObjectKey) -> Option<Entry> {
        self.remove_boxed(key).map(|entry| *entry)
    }

    /// The same, left in its box.
    pub fn remove_boxed(&mut self, key: &ObjectKey) -> Option<Box<Entry>> {
        self.objects.remove(key)
    }

    /// The object with this key.
    pub fn get(&self, key: &ObjectKey) -> Option<&Entry> {
        self.objects.get(key).map(AsRef::as_ref)
    }

    /// The object with this key, to be changed. Its key must stay the same: to rename, remove it
    /// and insert it again.
    pub fn get_mut(&mut self, key: &ObjectKey) -> Option<&mut Entry> {
        self.objects.get_mut(key).map(AsMut::as_mut)
    }

    /// Whether there is an object with this key.
    pub fn contains(&self, key: &ObjectKey) -> bool {
        self.objects.contains_key(key)
    }

    /// Every object in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectKey, &Entry)> {
        self.objects.iter().map(|(key, entry)| (key, entry.as_ref()))
    }

    /// Every object in the order of keys, to be changed; keys must stay the same.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&ObjectKey, &mut Entry)> {
        self.objects.iter_mut().map(|(key, entry)| (key, entry.as_mut()))
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is no object.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The objects of one kind.
    pub fn of_kind(&self, kind: ObjectKind) -> impl Iterator<Item = (&ObjectKey, &Entry)> {
        let first = ObjectKey { kind, address: Address::Global(Name::new("")) };
        self.objects
            .range(first..)
            .take_while(move |(key, _)| key.kind == kind)
            .map(|(key, entry)| (key, entry.as_ref()))
    }

    /// The objects of one kind that belong to a relation or domain, by name. Columns come in the
    /// order of their names: see [`Catalog::columns`].
    pub fn on_relation<'a>(
        &'a self,
        kind: ObjectKind,
        relation: &QualifiedName,
    ) -> impl Iterator<Item = (&'a ObjectKey, &'a Entry)> + use<'a> {
        let relation = relation.clone();
        let first = ObjectKey::on_relation(kind, relation.clone(), Name::new(""));
        self.objects
            .range(first..)
            .take_while(move |(key, _)| key.kind == kind && key.relation() == Some(&relation))
            .map(|(key, entry)| (key, entry.as_ref()))
    }

    /// A table's columns in their order.
    pub fn columns(&self, table: &QualifiedName) -> Vec<&Column> {
        let mut columns: Vec<_> = self
            .on_relation(ObjectKind::Column, table)
            .filter_map(|(_, entry)| Column::of(&entry.object))
            .collect();
        columns.sort_by_key(|column| column.position);
        columns
    }

    /// A table by name.
    pub fn table(&self, name: &QualifiedName) -> Option<&Table> {
        Table::of(&self.get(&ObjectKey::in_schema(ObjectKind::Table, name.clone()))?.object)
    }

    /// A column by table and name.
    pub fn column(&self, table: &QualifiedName, name: &Name) -> Option<&Column> {
        Column::of(
            &self.get(&ObjectKey::on_relation(ObjectKind::Column, table.clone(), name.clone()))?.object,
        )
    }

    /// A view by name.
    pub fn view(&self, name: &QualifiedName) -> Option<&View> {
        View::of(&self.get(&ObjectKey::in_schema(ObjectKind::View, name.clone()))?.object)
    }

    /// A materialized view by name.
    pub fn materialized_view(&self, name: &QualifiedName) -> Option<&MaterializedView> {
        MaterializedView::of(
            &self.get(&ObjectKey::in_schema(ObjectKind::MaterializedView, name.clone()))?.object,
        )
    }

    /// The functions and procedures with this name, whatever their arguments.
    pub fn routines<'a>(
        &'a self,
        kind: ObjectKind,
        name: &QualifiedName,
    ) -> impl Iterator<Item = (&'a ObjectKey, &'a Entry)> + use<'a> {
        let name = name.clone();
        let first =
            ObjectKey { kind, address: Address::Routine { name: name.clone(), arguments: Vec::new() } };
        let of_name = move |key: &ObjectKey| {
            key.kind == kind && matches!(&key.address, Address::Routine { name: n, .. } if *n == name)
        };
        self.objects
            .range(first..)
            .take_while(move |(key, _)| of_name(key))
            .map(|(key, entry)| (key, entry.as_ref()))
    }

    /// The major version that it was read from or is meant for: 15.
    pub fn major_version(&self) -> Option<u32> {
        self.origin.server_version.map(|v| v / 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> QualifiedName {
        QualifiedName::new("public", "users")
    }

    #[test]
    fn columns_come_in_their_order_and_only_of_their_table() {
        let mut catalog = Catalog::default();
        let int = DataType::builtin("int4");
        catalog.insert(Column::new(users(), Name::new("b"), 1, int.clone()));
        catalog.insert(Column::new(users(), Name::new("a"), 2, int.clone()));
        catalog.insert(Column::new(QualifiedName::new("public", "users2"), Name::new("c"), 1, int));
        let names: Vec<_> = catalog.columns(&users()).iter().map(|c| c.name.to_string()).collect();
        assert_eq!(names, ["b", "a"]);
    }

    #[test]
    fn a_catalog_survives_json() {
        let mut catalog = Catalog::default();
        catalog.insert(Table::new(users()));
        catalog.insert(Schema { name: Name::new("public") });
        let text = serde_json::to_string(&catalog).unwrap();
        let back: Catalog = serde_json::from_str(&text).unwrap();
        assert!(back.iter().eq(catalog.iter()));
    }

    #[test]
    fn what_is_not_covered_is_by_kind_or_by_attribute() {
        let mut origin = Origin::default();
        origin.not_covered.insert(NotCovered { kind: ObjectKind::Index, attribute: None });
        origin.not_covered.insert(NotCovered { kind: ObjectKind::Column, attribute: Some("storage".into()) });
        assert!(!origin.covers(ObjectKind::Index, None));
        assert!(!origin.covers(ObjectKind::Index, Some("method")));
        assert!(origin.covers(ObjectKind::Column, None));
        assert!(!origin.covers(ObjectKind::Column, Some("storage")));
    }
}
