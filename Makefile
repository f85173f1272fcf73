# The short list of habits. Everything that a target needs, it installs or states.
.DEFAULT_GOAL := help
.PHONY: help run test check fmt bench eval samples

export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/guichet-target
GUICHET := $(CARGO_TARGET_DIR)/debug/guichet

help: ## Show this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Build, fetch models, ingest samples/ and serve on 127.0.0.1:8080
	@scripts/run.sh "$(GUICHET)"

test: ## Set up, then run every test; what was skipped is listed at the end
	@scripts/test.sh "$(GUICHET)"

check: ## Formatting, lints, types: what review would say first
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cd web && npm run --silent check

fmt: ## Format Rust and TypeScript
	cargo fmt --all
	cd web && npm run --silent format

eval: ## The quick evaluation on samples/
	@scripts/eval.sh "$(GUICHET)"

bench: ## Speed and size (bench/peers.py measures the peers beside it)
	cargo build --quiet --package guichet
	"$(GUICHET)" bench all
