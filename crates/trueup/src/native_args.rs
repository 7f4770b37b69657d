//! The options of `repair` that write it as a migration of the project's tool.

use clap::Args;
use trueup_history::Tool;

/// The repair as a migration of the project's own tool.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "As a migration")]
pub struct Native {
    /// Write the repair as a migration of this tool, into the project: alembic, django, prisma, drizzle, flyway, rails, goose,
    /// golang-migrate, dbmate, sqlx, diesel, supabase, atlas, ecto, knex, liquibase, node-pg-migrate, refinery, sequelize or typeorm
    #[arg(id = "as_tool", long = "as", value_name = "TOOL", conflicts_with = "check")]
    pub tool: Option<Tool>,
    /// The folder of the project, or of its migrations. Without it, `[history]` of trueup.toml, else this folder. An empty folder gets the
    /// first migration
    #[arg(long, value_name = "DIR", requires = "as_tool")]
    pub into: Option<String>,
    /// What the migration is called
    #[arg(long, value_name = "NAME", requires = "as_tool")]
    pub name: Option<String>,
    /// The application that it belongs to, for Django
    #[arg(long, value_name = "LABEL", requires = "as_tool")]
    pub app: Option<String>,
    /// Write it though migrations are pending: it comes after them
    #[arg(long, requires = "as_tool")]
    pub after_pending: bool,
    /// Print the files and write none, as `-o -` does
    #[arg(long, requires = "as_tool")]
    pub dry_run: bool,
    /// Instead of a repair, tell what marks the pending migrations as applied where the schema has what they make: commands of the
    /// tool, or SQL where it has none
    #[arg(long, requires = "as_tool", conflicts_with_all = ["after_pending", "app"])]
    pub baseline: bool,
    /// With --baseline, mark those up to this one, whatever the schema is
    #[arg(long, value_name = "VERSION", requires = "baseline")]
    pub through: Option<String>,
}
