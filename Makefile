# What people and CI run. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help build demo test lint fmt corpus replay foretell mutation properties test-tools versions pairs bench snapshot servers clean toolchain

CARGO ?= cargo
# make corpus ARGS='--offline gitlab'
ARGS ?=

help: ## Lists the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

build: toolchain ## Builds the release binary, target/release/trueup
	$(CARGO) build --locked --release -p trueup

demo: toolchain ## Checks and repairs a drifted shop on a throw-away PostgreSQL
	@$(CARGO) build --locked -q -p trueup -p trueup-testkit --bins
	@$(CARGO) run --locked -q -p trueup-testkit --bin demo

test: toolchain servers ## Runs all tests, on PostgreSQL 13 to 18 (TRUEUP_TEST_VERSIONS=15,18 narrows)
	$(CARGO) test --locked --workspace --no-fail-fast

lint: toolchain ## Checks formatting, clippy and the documentation, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --workspace --no-deps --document-private-items -q

fmt: toolchain ## Formats the code
	$(CARGO) fmt --all

corpus: toolchain ## Runs over the real schemas in ../shared, compares with fixtures/corpus-results.tsv (ARGS=--help)
	$(CARGO) build --locked --profile quick -p trueup -p trueup-testkit --bins
	@$(CARGO) run --locked -q --profile quick -p trueup-testkit --bin corpus -- $(ARGS)

replay: toolchain ## Replays the folders of migrations in ../shared as their tools would, against the same files run on a server (fixtures/replay-results.tsv)
	$(CARGO) build --locked --profile quick -p trueup -p trueup-testkit --bins
	@$(CARGO) run --locked -q --profile quick -p trueup-testkit --bin corpus -- --replay $(ARGS)

foretell: toolchain servers ## Foretells every statement of ../shared's cases and migrations on damaged databases, then runs them (TRUEUP_FORETELL_VERSION=18)
	$(CARGO) test --locked --profile quick -p trueup-preflight --test foretell -- --ignored --nocapture

mutation: toolchain servers ## Changes the real schemas in ../shared one thing at a time; each must be found (fixtures/mutation-results.tsv)
	$(CARGO) test --locked --profile quick -p trueup --test mutation -- --ignored --nocapture

properties: toolchain servers ## Repairs thousands of made-up pairs of schemas and all of ../shared's, and holds what comes out against the promises (ARGS=a test's name)
	$(CARGO) test --locked --profile quick -p trueup --test properties -- --include-ignored --nocapture $(ARGS)

test-tools: toolchain servers ## Installs nine migration tools into target/tools, and holds history and repair --as against what they say (TRUEUP_TOOLS=alembic,knex)
	$(CARGO) test --locked --workspace --test tools -- --ignored --nocapture

versions: toolchain ## Checks the schemas of ../shared on PostgreSQL 13 against the same on 18 and back (ARGS=--help)
	$(CARGO) build --locked --profile quick -p trueup -p trueup-testkit --bins
	@$(CARGO) run --locked -q --profile quick -p trueup-testkit --bin corpus -- --major 13 --with 18 $(ARGS)

pairs: toolchain ## Settles the expressions in ../shared with a server: what is written against what is stored (minutes)
	$(CARGO) test --locked --profile quick -p trueup-scratch --test shared_pairs -- --ignored --nocapture

bench: toolchain ## Measures parsing, introspection, comparing, and a whole check
	$(CARGO) bench --locked --workspace $(ARGS)

snapshot: toolchain servers ## Gathers PostgreSQL's own catalogs of 13 to 18 anew into crates/settle/data
	$(CARGO) run --locked -q -p trueup-settle --example snapshot

servers: toolchain ## Finds PostgreSQL 13 to 18 for the tests, fetching what isn't installed
	@$(CARGO) run --locked -q -p trueup-testkit --bin servers

clean: toolchain ## Removes everything that was built or fetched
	$(CARGO) clean
	rm -rf "$${TMPDIR:-/tmp}"/trueup-postgres-* /tmp/trueup-postgres-* /var/tmp/trueup-postgres-*

toolchain:
	@command -v $(CARGO) >/dev/null 2>&1 || { echo 'make: cargo is missing. Install Rust 1.89 or later: https://rustup.rs, or the packages `cargo` and `rustc` of your system' >&2; exit 1; }
	@command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 || { echo 'make: a C compiler is missing (Debian, Ubuntu: apt-get install build-essential)' >&2; exit 1; }
