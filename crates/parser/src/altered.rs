//! What an `ALTER TABLE` does, action by action, for those who ask what it locks.
//!
//! Owns: the list of actions, without what they carry, and the table that they are about.
//! Never: the meaning of an action (see `apply`), or its lock.

use trueup_catalog::{Name, Options, QualifiedName};
use trueup_syntax::{Cursor, WrittenName};

use crate::grammar::alter_table::{Action, ColumnChange, alter};
use crate::grammar::constraint::Body;
use crate::interpreter::Interpreter;

/// An `ALTER TABLE` of a relation that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Altered {
    /// The relation: a table of any sort, or a view, index or sequence, which the statement takes too.
    pub relation: QualifiedName,
    /// `ONLY`: what is below stays as it is.
    pub only: bool,
    /// In the order in which they are written.
    pub actions: Vec<AlterAction>,
}

/// One action of `ALTER TABLE` (manual, ALTER TABLE; `AlterTableType` in `parsenodes.h`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterAction {
    /// `ADD COLUMN`.
    AddColumn {
        /// The column.
        column: Name,
        /// Whether a `DEFAULT` stands at it, so that rows that are there get it.
        default: bool,
    },
    /// `DROP COLUMN`.
    DropColumn,
    /// `ALTER COLUMN … TYPE`.
    AlterType {
        /// The column.
        column: Name,
        /// `USING`, as it is written.
        using: Option<String>,
    },
    /// `ALTER COLUMN … SET DEFAULT` and `DROP DEFAULT`.
    Default,
    /// `ALTER COLUMN … SET NOT NULL`.
    SetNotNull,
    /// `ALTER COLUMN … DROP NOT NULL`.
    DropNotNull,
    /// `ALTER COLUMN … SET EXPRESSION` and `DROP EXPRESSION`.
    Expression,
    /// `ALTER COLUMN … ADD GENERATED`, `SET GENERATED` and `DROP IDENTITY`.
    Identity,
    /// `ALTER COLUMN … SET STATISTICS`.
    Statistics,
    /// `ALTER COLUMN … SET (…)` and `RESET (…)`.
    ColumnOptions,
    /// `ALTER COLUMN … SET STORAGE`.
    Storage,
    /// `ALTER COLUMN … SET COMPRESSION`.
    Compression,
    /// `ADD CONSTRAINT … FOREIGN KEY`.
    AddForeignKey,
    /// `ADD CONSTRAINT` of a unique or primary key, or an exclusion; with a new index or one that is there.
    AddKey,
    /// `ADD CONSTRAINT … CHECK` and `NOT NULL`.
    AddCheck,
    /// `ALTER CONSTRAINT`.
    AlterConstraint,
    /// `VALIDATE CONSTRAINT`.
    Validate,
    /// `DROP CONSTRAINT`.
    DropConstraint,
    /// `RENAME`, of the table, a column or a constraint.
    Rename,
    /// `SET SCHEMA`.
    SetSchema,
    /// `OWNER TO`.
    Owner,
    /// `ENABLE` and `DISABLE TRIGGER`.
    Trigger,
    /// `ENABLE` and `DISABLE RULE`.
    Rule,
    /// `OPTIONS (…)` of a foreign table or of its column.
    ForeignOptions,
    /// Row level security, enabled, disabled or forced.
    RowSecurity,
    /// `CLUSTER ON` and `SET WITHOUT CLUSTER`.
    Cluster,
    /// `SET (…)` and `RESET (…)`, with the names of the options.
    Options(Vec<String>),
    /// `SET TABLESPACE`.
    Tablespace,
    /// `SET ACCESS METHOD`.
    AccessMethod,
    /// `SET LOGGED` and `SET UNLOGGED`.
    Logged,
    /// `INHERIT` and `NO INHERIT`.
    Inherit {
        /// The parent, where it is there.
        parent: Option<QualifiedName>,
    },
    /// `OF` and `NOT OF`.
    OfType,
    /// `REPLICA IDENTITY`.
    ReplicaIdentity,
    /// `ATTACH PARTITION`.
    Attach {
        /// The table that becomes a partition, where it is there.
        partition: Option<QualifiedName>,
    },
    /// `DETACH PARTITION`.
    Detach {
        /// The partition, where it is there.
        partition: Option<QualifiedName>,
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// What does nothing any more.
    Nothing,
}

/// The statement, if it is an `ALTER TABLE` of a relation that is there.
pub(crate) fn of(interp: &Interpreter<'_>, text: &str) -> Option<Altered> {
    let mut cursor = Cursor::of(text).ok()?;
    if !(cursor.accept_words("alter table") || cursor.accept_words("alter foreign table")) {
        return None;
    }
    let statement = alter(&mut cursor).ok()?;
    let resolve = |written: &WrittenName| interp.find_relation(written).map(|(name, _)| name);
    Some(Altered {
        relation: resolve(&statement.table)?,
        only: statement.only,
        actions: statement.actions.iter().map(|action| self::action(action, &resolve)).collect(),
    })
}

fn action(action: &Action<'_>, resolve: &dyn Fn(&WrittenName) -> Option<QualifiedName>) -> AlterAction {
    let names = |options: &Options| options.keys().cloned().collect();
    match action {
        Action::AddColumn { column, .. } => AlterAction::AddColumn {
            column: column.name.clone(),
            default: column.constraints.iter().any(|c| matches!(c.body, Body::Default(_))),
        },
        Action::DropColumn { .. } => AlterAction::DropColumn,
        Action::AlterColumn { column, change } => match change {
            ColumnChange::Type { using, .. } => AlterAction::AlterType {
                column: column.clone(),
                using: using.as_ref().map(|slice| slice.text.trim().to_owned()),
            },
            ColumnChange::SetDefault(_) | ColumnChange::DropDefault => AlterAction::Default,
            ColumnChange::SetNotNull => AlterAction::SetNotNull,
            ColumnChange::DropNotNull => AlterAction::DropNotNull,
            ColumnChange::SetExpression(_) | ColumnChange::DropExpression { .. } => AlterAction::Expression,
            ColumnChange::AddIdentity { .. }
            | ColumnChange::SetIdentity { .. }
            | ColumnChange::DropIdentity { .. } => AlterAction::Identity,
            ColumnChange::Statistics(_) => AlterAction::Statistics,
            ColumnChange::SetOptions(_) | ColumnChange::ResetOptions(_) => AlterAction::ColumnOptions,
            ColumnChange::Storage(_) => AlterAction::Storage,
            ColumnChange::Compression(_) => AlterAction::Compression,
            ColumnChange::ForeignOptions(_) => AlterAction::ForeignOptions,
        },
        Action::AddConstraint(constraint) => match &constraint.body {
            Body::ForeignKey(_) => AlterAction::AddForeignKey,
            Body::PrimaryKey(_) | Body::Unique(_) | Body::Exclusion(_) => AlterAction::AddKey,
            Body::Check(_)
            | Body::NotNull(_)
            | Body::Null
            | Body::Default(_)
            | Body::Generated { .. }
            | Body::Identity { .. } => AlterAction::AddCheck,
        },
        Action::AlterConstraint { .. } => AlterAction::AlterConstraint,
        Action::ValidateConstraint(_) => AlterAction::Validate,
        Action::DropConstraint { .. } => AlterAction::DropConstraint,
        Action::RenameColumn(..) | Action::RenameConstraint(..) | Action::Rename(_) => AlterAction::Rename,
        Action::SetSchema(_) => AlterAction::SetSchema,
        Action::Owner(_) => AlterAction::Owner,
        Action::Trigger { .. } => AlterAction::Trigger,
        Action::Rule { .. } => AlterAction::Rule,
        Action::ForeignOptions(_) => AlterAction::ForeignOptions,
        Action::RowSecurity(_) | Action::ForceRowSecurity(_) => AlterAction::RowSecurity,
        Action::ClusterOn(_) => AlterAction::Cluster,
        Action::SetOptions(options) => AlterAction::Options(names(options)),
        Action::ResetOptions(options) => AlterAction::Options(options.clone()),
        Action::SetTablespace(_) => AlterAction::Tablespace,
        Action::SetAccessMethod(_) => AlterAction::AccessMethod,
        Action::Logged(_) => AlterAction::Logged,
        Action::Inherit(parent) | Action::NoInherit(parent) => {
            AlterAction::Inherit { parent: resolve(parent) }
        }
        Action::Of(_) | Action::NotOf => AlterAction::OfType,
        Action::ReplicaIdentity(_) => AlterAction::ReplicaIdentity,
        Action::AttachPartition(partition, _) => AlterAction::Attach { partition: resolve(partition) },
        Action::DetachPartition { partition, concurrently } => {
            AlterAction::Detach { partition: resolve(partition), concurrently: *concurrently }
        }
        Action::Nothing => AlterAction::Nothing,
    }
}
