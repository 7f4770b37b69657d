//! The migration tools, as data: by which files each is known, where its migrations lie, and how a schema comes out of it.
//!
//! Owns: the table. Never: looks at a folder.
//!
//! Tools that share a shape of files stand in the order in which they are asked: the one with a mark of its own first, the one
//! that is known by the shape alone last. A folder that one tool has taken is not offered to the next.

/// One migration tool.
#[derive(Debug)]
pub struct Tool {
    /// Its name, as its makers write it.
    pub name: &'static str,
    /// What it is known by; one of them is enough.
    pub marks: &'static [Mark],
    /// Where its migrations lie, if anywhere.
    pub migrations: &'static [Place],
    /// What its migrations are.
    pub kind: Kind,
    /// What brings an empty database to the newest migration.
    pub apply: &'static str,
    /// A command of its own that prints the schema, `{mark}` being the file that it was known by.
    pub prints: Option<&'static str>,
    /// What its files leave out that they rely on, and the way out.
    pub presumes: Option<Presumed>,
}

/// What files rely on without making it.
#[derive(Debug)]
pub struct Presumed {
    /// What it is, in words for people.
    pub what: &'static str,
    /// The file that it goes into.
    pub file: &'static str,
    /// The command that writes that file.
    pub command: &'static str,
}

/// A file that gives a tool away.
#[derive(Debug)]
pub struct Mark {
    /// The pattern of its path.
    pub path: &'static str,
    /// What its text holds; empty where the path says enough.
    pub says: &'static str,
}

/// Where migrations lie: files, and how many parts up their folder is.
#[derive(Debug)]
pub struct Place {
    /// The pattern of the files.
    pub path: &'static str,
    /// How many parts to take from a path to have the folder.
    pub up: usize,
}

/// What migrations are.
#[derive(Debug)]
pub enum Kind {
    /// SQL, run in this order.
    Sql {
        /// The tool's order.
        order: Order,
        /// How it marks what undoes a migration.
        undo: &'static [Undo],
    },
    /// Only the tool can run them; the word says what they are.
    Code(&'static str),
}

/// The order in which a tool runs its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By name.
    Name,
    /// By the number that the name begins with.
    Number,
    /// By `V1.2__`, compared number by number; `R__` after all of them.
    Version,
    /// As this file lists them.
    Listed(&'static str),
}

/// How a tool marks what undoes a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// A file whose name ends so, or is this.
    Ends(&'static str),
    /// A file whose name begins so.
    Begins(&'static str),
    /// A line inside a file that begins so, without regard to letter case.
    Line(&'static str),
}

const fn file(path: &'static str) -> Mark {
    Mark { path, says: "" }
}

const fn says(path: &'static str, says: &'static str) -> Mark {
    Mark { path, says }
}

const fn place(path: &'static str, up: usize) -> Place {
    Place { path, up }
}

const NAMED: Kind = Kind::Sql { order: Order::Name, undo: &[] };

/// Every tool that is known.
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "Supabase",
        marks: &[file("**/supabase/config.toml"), file("**/supabase/migrations/*.sql")],
        migrations: &[place("**/supabase/migrations/*.sql", 1)],
        kind: NAMED,
        apply: "supabase db reset",
        prints: Some("supabase db dump --local"),
        presumes: Some(Presumed {
            what: "what Supabase brings (schemas auth, storage and extensions)",
            file: "supabase/platform.sql",
            command: "pg_dump --schema-only --no-owner --no-privileges --schema=auth --schema=storage --schema=extensions \"$EMPTY_DATABASE_URL\" > supabase/platform.sql",
        }),
    },
    Tool {
        name: "Prisma",
        marks: &[file("**/schema.prisma"), file("**/migration_lock.toml"), file("**/prisma/schema/*.prisma")],
        migrations: &[place("**/migrations/*/migration.sql", 2)],
        kind: NAMED,
        apply: "npx prisma migrate deploy",
        // `--to-schema-datamodel` before Prisma 7.
        prints: Some("npx prisma migrate diff --from-empty --to-schema {mark} --script"),
        presumes: None,
    },
    Tool {
        name: "Drizzle",
        marks: &[file("**/drizzle.config.*"), file("**/meta/_journal.json")],
        migrations: &[
            place("**/drizzle/[0-9]*_*.sql", 1),
            place("**/migrations/[0-9][0-9][0-9][0-9]_*.sql", 1),
            place("**/drizzle/[0-9]*_*/migration.sql", 2),
        ],
        kind: NAMED,
        apply: "npx drizzle-kit migrate",
        prints: Some("npx drizzle-kit export"),
        presumes: None,
    },
    Tool {
        name: "Atlas",
        marks: &[file("**/atlas.sum"), file("**/atlas.hcl")],
        migrations: &[place("**/migrations/[0-9]*.sql", 1)],
        kind: Kind::Sql { order: Order::Name, undo: &[Undo::Ends(".down.sql")] },
        apply: "atlas migrate apply --env local",
        prints: Some("atlas schema inspect --env local --url env://src --format '{{ sql . }}'"),
        presumes: None,
    },
    Tool {
        name: "graphile-migrate",
        marks: &[file("**/.gmrc"), file("**/.gmrc.js"), file("**/migrations/committed/*.sql")],
        migrations: &[place("**/migrations/committed/*.sql", 1)],
        kind: NAMED,
        apply: "npx graphile-migrate migrate",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Hasura",
        marks: &[file("**/metadata/databases/databases.yaml"), file("**/metadata/version.yaml")],
        migrations: &[place("**/migrations/*/[0-9]*_*/up.sql", 2), place("**/migrations/[0-9]*_*/up.sql", 2)],
        kind: Kind::Sql { order: Order::Name, undo: &[Undo::Ends("down.sql")] },
        apply: "hasura migrate apply --all-databases",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Diesel",
        marks: &[file("**/diesel.toml"), says("**/Cargo.toml", "\ndiesel")],
        migrations: &[place("**/migrations/*/up.sql", 2)],
        kind: Kind::Sql { order: Order::Name, undo: &[Undo::Ends("down.sql")] },
        apply: "diesel migration run",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "refinery",
        marks: &[file("**/refinery.toml"), says("**/Cargo.toml", "\nrefinery")],
        migrations: &[place("**/V[0-9]*__*.sql", 1)],
        kind: Kind::Sql { order: Order::Version, undo: &[] },
        apply: "refinery migrate -e EMPTY_DATABASE_URL -p migrations",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "sqlx",
        marks: &[file("**/sqlx.toml"), file("**/.sqlx/query-*.json"), says("**/Cargo.toml", "\nsqlx")],
        migrations: &[place("**/migrations/[0-9]*_*.sql", 1)],
        kind: Kind::Sql { order: Order::Number, undo: &[Undo::Ends(".down.sql")] },
        apply: "sqlx migrate run",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Flyway",
        marks: &[
            file("**/flyway.conf"),
            file("**/flyway.toml"),
            file("**/V[0-9]*__*.sql"),
            says("**/pom.xml", "flyway"),
            says("**/build.gradle*", "flyway"),
        ],
        migrations: &[
            place("**/V[0-9]*__*.sql", 1),
            place("**/R__*.sql", 1),
            place("**/U[0-9]*__*.sql", 1),
            place("**/B[0-9]*__*.sql", 1),
        ],
        kind: Kind::Sql { order: Order::Version, undo: &[Undo::Begins("U")] },
        apply: "flyway migrate",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Liquibase",
        marks: &[
            file("**/liquibase.properties"),
            file("**/*changelog*.{xml,yaml,yml,json}"),
            says("**/*.sql", "--liquibase formatted sql"),
        ],
        migrations: &[],
        kind: Kind::Code("changesets"),
        apply: "liquibase update",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "sqitch",
        marks: &[file("**/sqitch.plan"), file("**/sqitch.conf")],
        migrations: &[place("**/deploy/**/*.sql", 1)],
        kind: Kind::Sql { order: Order::Listed("sqitch.plan"), undo: &[] },
        apply: "sqitch deploy",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "dbmate",
        marks: &[says("**/migrations/*.sql", "-- migrate:up")],
        migrations: &[place("**/migrations/[0-9]*_*.sql", 1)],
        kind: Kind::Sql { order: Order::Name, undo: &[Undo::Line("-- migrate:down")] },
        apply: "dbmate up",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "goose",
        marks: &[says("**/*.sql", "-- +goose Up")],
        migrations: &[place("**/[0-9]*_*.sql", 1)],
        kind: Kind::Sql { order: Order::Number, undo: &[Undo::Line("-- +goose Down")] },
        apply: "goose up",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "tern",
        marks: &[file("**/tern.conf"), says("**/*.sql", "---- create above / drop below ----")],
        migrations: &[place("**/[0-9]*_*.sql", 1)],
        kind: Kind::Sql { order: Order::Number, undo: &[Undo::Line("---- create above / drop below ----")] },
        apply: "tern migrate",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "node-pg-migrate",
        marks: &[
            says("**/package.json", "\"node-pg-migrate\""),
            says("**/migrations/*.{js,ts,mjs,cjs}", "pgm."),
            says("**/migrations/*.sql", "-- Up Migration"),
        ],
        migrations: &[place("**/migrations/[0-9]*.sql", 1)],
        kind: Kind::Sql { order: Order::Number, undo: &[Undo::Line("-- Down Migration")] },
        apply: "npx node-pg-migrate up",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "golang-migrate",
        marks: &[file("**/[0-9]*_*.up.sql")],
        migrations: &[place("**/[0-9]*_*.up.sql", 1)],
        kind: Kind::Sql { order: Order::Number, undo: &[Undo::Ends(".down.sql")] },
        apply: "migrate -path migrations -database \"$EMPTY_DATABASE_URL\" up",
        prints: None,
        presumes: None,
    },
    Tool {
        // Numbered files, and nothing that says whose.
        name: "an unknown tool",
        marks: &[file("**/{migrations,migration,migrate,sql,db}/[0-9]*.sql")],
        migrations: &[place("**/{migrations,migration,migrate,sql,db}/[0-9]*.sql", 1)],
        kind: Kind::Sql {
            order: Order::Number,
            undo: &[Undo::Ends(".down.sql"), Undo::Ends(".rollback.sql"), Undo::Ends(".undo.sql")],
        },
        apply: "# run its migrations",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Rails",
        marks: &[file("**/db/migrate/*.rb"), file("**/db/schema.rb"), file("**/bin/rails")],
        migrations: &[],
        kind: Kind::Code("Ruby"),
        apply: "bin/rails db:migrate",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Ecto",
        marks: &[file("**/priv/*/migrations/*.exs")],
        migrations: &[],
        kind: Kind::Code("Elixir"),
        apply: "mix ecto.migrate",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Django",
        marks: &[
            says("**/manage.py", "DJANGO_SETTINGS_MODULE"),
            says("**/migrations/[0-9]*.py", "django.db"),
        ],
        migrations: &[],
        kind: Kind::Code("Python"),
        apply: "python manage.py migrate",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Alembic",
        marks: &[
            file("**/alembic.ini"),
            says("**/versions/*.py", "down_revision"),
            says("**/pyproject.toml", "[tool.alembic]"),
        ],
        migrations: &[],
        kind: Kind::Code("Python"),
        apply: "alembic upgrade head",
        prints: Some("alembic upgrade head --sql"),
        presumes: None,
    },
    Tool {
        name: "TypeORM",
        marks: &[
            says("**/package.json", "\"typeorm\""),
            says("**/migrations/*.{js,ts}", "queryRunner"),
            says("**/migrations/*.{js,ts}", "MigrationInterface"),
        ],
        migrations: &[],
        kind: Kind::Code("TypeScript or JavaScript"),
        apply: "npx typeorm migration:run -d data-source.js",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Knex",
        marks: &[file("**/knexfile.*")],
        migrations: &[],
        kind: Kind::Code("JavaScript or TypeScript"),
        apply: "npx knex migrate:latest",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Sequelize",
        marks: &[
            file("**/.sequelizerc"),
            says("**/package.json", "\"sequelize\""),
            says("**/migrations/*.{js,ts,cjs}", "queryInterface"),
        ],
        migrations: &[],
        kind: Kind::Code("JavaScript"),
        apply: "npx sequelize-cli db:migrate",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "MikroORM",
        marks: &[file("**/mikro-orm.config.*")],
        migrations: &[],
        kind: Kind::Code("TypeScript"),
        apply: "npx mikro-orm migration:up",
        prints: Some("npx mikro-orm schema:create --dump"),
        presumes: None,
    },
    Tool {
        name: "Entity Framework",
        marks: &[file("**/*ModelSnapshot.cs"), says("**/*.csproj", "Npgsql.EntityFrameworkCore.PostgreSQL")],
        migrations: &[],
        kind: Kind::Code("C#"),
        apply: "dotnet ef database update",
        prints: Some("dotnet ef dbcontext script"),
        presumes: None,
    },
    Tool {
        name: "Laravel",
        marks: &[says("**/artisan", "artisan"), file("**/database/migrations/*.php")],
        migrations: &[],
        kind: Kind::Code("PHP"),
        apply: "php artisan migrate",
        prints: None,
        presumes: None,
    },
    Tool {
        name: "Doctrine",
        marks: &[file("**/migrations/Version[0-9]*.php"), file("**/doctrine_migrations.yaml")],
        migrations: &[],
        kind: Kind::Code("PHP"),
        apply: "php bin/console doctrine:migrations:migrate",
        prints: Some("php bin/console doctrine:schema:create --dump-sql"),
        presumes: None,
    },
];

/// A file or folder that states a whole schema.
#[derive(Debug)]
pub struct Statement {
    /// The pattern of the files.
    pub path: &'static str,
    /// How many parts to take from a path to have what is named: 0 is the file itself.
    pub up: usize,
    /// What it is; a tool's own word is only said where that tool was found.
    pub why: &'static str,
    /// The tool that keeps it, where it is one.
    pub tool: Option<&'static str>,
}

const fn kept(path: &'static str, up: usize, tool: &'static str, why: &'static str) -> Statement {
    Statement { path, up, why, tool: Some(tool) }
}

const fn plain(path: &'static str, up: usize, why: &'static str) -> Statement {
    Statement { path, up, why, tool: None }
}

/// What states a whole schema, the surest first.
pub const STATEMENTS: &[Statement] = &[
    kept("**/db/structure.sql", 0, "Rails", "the dump that `bin/rails db:migrate` keeps"),
    kept("**/priv/*/structure.sql", 0, "Ecto", "the dump that `mix ecto.dump` keeps"),
    kept("**/db/schema.sql", 0, "dbmate", "the dump that `dbmate up` keeps"),
    kept(
        "**/database/schema/pgsql-schema.sql",
        0,
        "Laravel",
        "the dump that `php artisan schema:dump` keeps",
    ),
    kept("**/supabase/schemas/**/*.sql", 1, "Supabase", "Supabase's declarative schema"),
    kept("**/data/schema.sql", 0, "graphile-migrate", "the dump that graphile-migrate keeps"),
    plain("**/structure.sql", 0, "a dump of the whole schema"),
    plain("**/schema.sql", 0, "it states the whole schema"),
    plain("**/{schema,schemas}/*.sql", 1, "its files state the schema"),
    plain(
        "**/{db,database,sql,postgres,postgresql}/{init,create,tables,ddl,model}.sql",
        0,
        "it creates the tables",
    ),
    plain("**/docker-entrypoint-initdb.d/*.sql", 1, "the database's container starts with it"),
];
