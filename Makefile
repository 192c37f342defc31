# What people and CI run. `make help` lists it.

# A build folder outside of the clone is used where one exists, so that dependencies compile once for all clones.
SHARED_TARGET := $(HOME)/.cache/primedata/target
export CARGO_TARGET_DIR ?= $(if $(wildcard $(SHARED_TARGET)/.),$(SHARED_TARGET),$(CURDIR)/target)
export PRIMEDATA_BIN ?= $(CARGO_TARGET_DIR)/debug/primedata

RATE ?= 20
DUPLICATES ?= 2
ONLY ?=

.PHONY: help run test check bench demo web tools clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: web ## Build everything and start it; needs Rust and Node, no other service
	@scripts/need cargo
	@scripts/claim-target
	@scripts/say "Building the server (the first time takes some minutes)"
	@cargo build --release --quiet --package primedata
	@scripts/say "Starting; Ctrl-C stops it, the data stays in ./data"
	@$(CARGO_TARGET_DIR)/release/primedata serve

test: tools web ## Install what the tests need and run all of them
	@scripts/claim-target
	@scripts/say "Rust: unit, contract, crash and idle tests"
	@scripts/with-s3 cargo test --workspace --quiet
	@scripts/say "TypeScript: console, API client and analytics.js"
	@npm test --silent
	@scripts/say "SDKs: five unmodified public SDKs against a started server"
	@cargo build --quiet --package primedata
	@npm test --silent -w e2e/sdk
	@scripts/say "Browser: people's tasks in Chromium"
	@npm test --silent -w e2e/browser
	@scripts/say "All tests passed"

check: web ## Formatting, lints, types, the tree's own rules, licences
	@scripts/claim-target
	@scripts/say "Formatting, lints and the tree's own rules"
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --quiet -- --deny warnings
	@cargo xtask tidy
	@npm run --silent check
	@scripts/check-licences

bench: ## Run the benchmarks; ONLY=log runs those whose name begins so
	@scripts/claim-target
	@cargo build --release --quiet --package prime-bench --package primedata
	@$(CARGO_TARGET_DIR)/release/prime-bench $(ONLY)

demo: ## Send a made-up shop to the server that `make run` started; RATE=200 sends faster, DUPLICATES=20 sends 20 % twice
	@cargo build --release --quiet --package primedata
	@$(CARGO_TARGET_DIR)/release/primedata demo --rate $(RATE) --duplicates $(DUPLICATES)%

web: node_modules/.package-lock.json ## Build the console and lay out analytics.js
	@scripts/web-build

node_modules/.package-lock.json: package-lock.json
	@scripts/need node npm
	@scripts/say "Installing what the console is built with"
	@npm ci --silent

tools:
	@scripts/install-test-tools

clean: ## Remove what was built
	@rm -rf target node_modules console/dist packages/analytics-js/dist
