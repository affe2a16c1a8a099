.DEFAULT_GOAL := run
.PHONY: help run build test test-coverage test-integration test-load test-long lint verify migrate-up migrate-create migrate-status migrate-down api

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s%s\n", $$1, $$2 }' Makefile

run: ## Run everything on this machine, until Ctrl-C (the default target).
	npm start

build: node_modules ## Compile the sources to dist/.
	npm run build

test: ## Run all tests on the real parts.
	npm test

test-coverage: ## Run the tests and report their coverage, by kind and together.
	npm run test:coverage

test-integration: ## Run the integration tests.
	npm test -- integration

test-load: ## Run the benchmark and compare its figures with the floors.
	npm run bench

test-long: ## Run the longer forms of the fuzz, model and chaos tests.
	npm run test:long

lint: node_modules ## Run the linter.
	npm run lint

verify: node_modules ## Check format, types, lint, generated code, schema and unused code.
	npm run verify

migrate-up: node_modules ## Apply all missing migrations to the database of ORDER_DATABASE_DSN.
	npm run migrate -- up

migrate-create: node_modules ## Create an empty migration: make migrate-create NAME=add_something
	npm run migrate -- create $(NAME)

migrate-status: node_modules ## Show which migrations are applied.
	npm run migrate -- status

migrate-down: node_modules ## Revert the newest migration with its data (development only).
	npm run migrate -- down

api: node_modules ## Generate the code of the gRPC API.
	npm run generate

# `npm start` and `npm test` install the packages themselves.
node_modules:
	npm ci
