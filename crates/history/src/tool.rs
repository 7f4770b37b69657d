//! The closed list of tools. Every match over it names each of them.

use crate::reader::Reader;
use crate::tools;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

macro_rules! tools {
    ($($tool:ident, $name:literal, $module:ident, $apply:literal;)*) => {
        /// A migration tool.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Tool { $(
            #[doc = $name]
            $tool,
        )* }

        impl Tool {
            /// Every tool, the one with marks of its own before those that are known by the shape of their files.
            pub const ALL: &'static [Tool] = &[$(Tool::$tool),*];

            /// Its name as its makers write it, which is `trueup_project`'s name for it too.
            pub fn name(self) -> &'static str {
                match self { $(Tool::$tool => $name,)* }
            }

            /// The command that runs what is pending.
            pub fn apply(self) -> &'static str {
                match self { $(Tool::$tool => $apply,)* }
            }

            pub(crate) fn reader(self) -> &'static dyn Reader {
                match self { $(Tool::$tool => &tools::$module::$tool,)* }
            }
        }
    };
}

tools! {
    Supabase, "Supabase", supabase, "supabase db push";
    Prisma, "Prisma", prisma, "npx prisma migrate deploy";
    Drizzle, "Drizzle", drizzle, "npx drizzle-kit migrate";
    Atlas, "Atlas", atlas, "atlas migrate apply --url \"$DATABASE_URL\"";
    Diesel, "Diesel", diesel, "diesel migration run";
    Refinery, "refinery", refinery, "refinery migrate -e DATABASE_URL";
    Sqlx, "sqlx", sqlx, "sqlx migrate run";
    Flyway, "Flyway", flyway, "flyway migrate";
    Liquibase, "Liquibase", liquibase, "liquibase update";
    Dbmate, "dbmate", dbmate, "dbmate migrate";
    Goose, "goose", goose, "goose up";
    NodePgMigrate, "node-pg-migrate", node_pg_migrate, "npx node-pg-migrate up";
    GolangMigrate, "golang-migrate", golang_migrate, "migrate -path migrations -database \"$DATABASE_URL\" up";
    Rails, "Rails", rails, "bin/rails db:migrate";
    Ecto, "Ecto", ecto, "mix ecto.migrate";
    Django, "Django", django, "python manage.py migrate";
    Alembic, "Alembic", alembic, "alembic upgrade head";
    TypeOrm, "TypeORM", typeorm, "npx typeorm migration:run -d DATA_SOURCE";
    Knex, "Knex", knex, "npx knex migrate:latest";
    Sequelize, "Sequelize", sequelize, "npx sequelize-cli db:migrate";
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Tool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// No tool has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTool;

impl fmt::Display for UnknownTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Tool::ALL.iter().map(|tool| tool.name()).collect();
        write!(f, "expected one of {}", names.join(", "))
    }
}

impl std::error::Error for UnknownTool {}

impl FromStr for Tool {
    type Err = UnknownTool;

    /// Without regard to letter case, and with or without hyphens.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', ' '], "");
        Tool::ALL.iter().copied().find(|tool| plain(tool.name()) == plain(text)).ok_or(UnknownTool)
    }
}
