# Every tool is pinned and installed into this checkout by the target that first needs it.
# Needed beforehand: the Rust toolchain, Python 3.11 or newer, make; for `make check` also Node.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export SAM_CLI_TELEMETRY := 0
# What SAM notes down for itself stays in this checkout as well.
export __SAM_CLI_APP_DIR := $(CURDIR)/.local/sam

PYTHON ?= python3
# One restore, `all`, or a flow's name: see the README.
FLOW ?= ec2-cross-account-cross-region
# Where `cargo install` puts tools; CI keeps them from one run to the next.
TOOLS ?= $(CURDIR)/.tools
# The targets of the plan that `make recover` runs, in minutes, where not its own.
RTO ?=
RPO ?=
# How long `make mutate` runs, and by which seed, where not by one of its own.
DURATION ?= 600
SEED ?=
# Other parameters of infra/template.yaml for `make deploy`, as Name=Value.
PARAMETERS ?=
# Files of the requests that events start.
ALARM_RESTORE ?=
HEALTH_RESTORE ?=
SCHEDULED_RESTORE ?=
# File of the places whose instances' settings are recorded.
RECORDED_PLACES ?=
# What the functions run on: arm64 or x86-64.
ARCHITECTURE ?= arm64

CLOUD := .venv/cloud/.installed
CONTROL := .venv/control/.installed
SAM := .venv/tools/.installed
LAMBDA := .venv/build/.installed
DENY := $(TOOLS)/bin/cargo-deny
ASL := tests/lint/node_modules/.installed

# One profile and one set of features: the AWS SDK is compiled once, for linters and tests alike.
LINTING := RUSTC_WORKSPACE_WRAPPER="$(CURDIR)/tests/lint/rustc"
WORKSPACE := --workspace --all-targets
CLOUD_PYTHON := PYTHONPATH=tests/cloud:tests .venv/cloud/bin/python
PYTHON_CODE := tests
PYTEST := .venv/cloud/bin/python -m pytest
KEY_MATRIX := tests/flows/test_key_matrix.py
EXACTLY := tests/flows/test_exact_permissions.py
TEMPLATES := infra/template.yaml infra/member-account.yaml infra/drill-network.yaml

.PHONY: help
help: ## tells what there is to make
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: restore
restore: binaries $(CLOUD) $(CONTROL) $(SAM) ## runs one restore on a local AWS and checks it; FLOW=name or all
	@$(CLOUD_PYTHON) -m restore --flow $(FLOW)

.PHONY: recover
recover: binaries $(CLOUD) $(CONTROL) $(SAM) ## recovers a plan of twelve restores on a local AWS and checks each; RTO=minutes RPO=minutes
	@$(CLOUD_PYTHON) -m recovery $(if $(RTO),--rto-minutes $(RTO)) $(if $(RPO),--rpo-minutes $(RPO))

.PHONY: recover-1000
recover-1000: binaries $(CLOUD) $(CONTROL) $(SAM) ## recovers a plan of 1,000 restores under the quotas, on compressed time
	@$(CLOUD_PYTHON) -m recovery --restores 1000

.PHONY: local
local: binaries $(CLOUD) $(CONTROL) $(SAM) ## holds a local AWS with the stack deployed, until interrupted
	@$(CLOUD_PYTHON) -m local_aws

.PHONY: source
source: $(CLOUD) $(CONTROL) ## makes a source on the AWS that `make local` holds, and its request; FLOW=name or all
	@$(CLOUD_PYTHON) -m restore --arrange-only --flow $(FLOW)

.PHONY: local-aws
local-aws: $(CLOUD) ## holds the resource plane alone: EC2, RDS, KMS, STS, and what IAM, CloudFormation and SSM a restore needs
	@$(CLOUD_PYTHON) -m local_aws --resource-plane-only

.PHONY: check
check: check-rust check-dependencies check-mutations check-python check-infra ## runs every linter, as CI does

.PHONY: test
test: test-rust test-python ## runs every test, as CI does

.PHONY: matrix
matrix: binaries $(CLOUD) $(CONTROL) $(SAM) ## disturbs every flow at every AWS call, of which `make test` tries a part
	MATRIX=all $(PYTEST) tests/matrix $(KEY_MATRIX) $(EXACTLY)

.PHONY: mutate
mutate: binaries ## reads requests damaged at random; DURATION=600 SEED=number
	$${CARGO_TARGET_DIR:-target}/debug/mutate $(DURATION) $(SEED)

.PHONY: fmt
fmt: $(SAM) ## formats the code
	cargo fmt --all
	.venv/tools/bin/ruff check --fix --quiet $(PYTHON_CODE)
	.venv/tools/bin/ruff format --quiet $(PYTHON_CODE)

.PHONY: build
build: $(LAMBDA) ## builds the functions for Lambda; ARCHITECTURE=arm64 or x86-64
	PATH="$(CURDIR)/.venv/build/bin:$$PATH" cargo lambda build --release --$(ARCHITECTURE) --workspace

# `Name=file` as `sam` takes JSON: on one line, in quotes, with the quotes in it escaped.
define AS_PARAMETER
import json, sys; name, _, path = sys.argv[1].partition("="); print(name + "=" + json.dumps(json.dumps(json.load(open(path)))))
endef

# The record roles that the places in a file name, each once.
define AS_RECORD_ROLES
import json, sys; print("RecordRoleArns=" + ",".join(dict.fromkeys(it["roleArn"] for it in json.load(open(sys.argv[1])))))
endef

.PHONY: deploy
deploy: roles build $(SAM) ## builds and deploys the stack; TARGET_ROLE_ARNS=… SOURCE_ROLE_ARNS=… PARAMETERS=…
	overrides=(Architecture=$(subst -,_,$(ARCHITECTURE)) TargetRoleArns=$(TARGET_ROLE_ARNS)); \
	overrides+=($(if $(SOURCE_ROLE_ARNS),SourceRoleArns=$(SOURCE_ROLE_ARNS)) $(PARAMETERS)); \
	$(if $(RECORDED_PLACES),overrides+=("$$($(PYTHON) -c '$(AS_RECORD_ROLES)' "$(RECORDED_PLACES)")");) \
	for it in AlarmRestore=$(ALARM_RESTORE) HealthRestore=$(HEALTH_RESTORE) ScheduledRestore=$(SCHEDULED_RESTORE) RecordSettingsOf=$(RECORDED_PLACES); do \
		[[ -z "$${it#*=}" ]] || overrides+=("$$($(PYTHON) -c '$(AS_PARAMETER)' "$$it")"); done; \
	cd infra && ../.venv/tools/bin/sam deploy --parameter-overrides "$${overrides[@]}"

.PHONY: clean
clean: ## removes everything that was built or installed here
	rm -rf target .venv .tools .local .pytest_cache .ruff_cache tests/lint/node_modules

# ---- What the above is made of

.PHONY: binaries
binaries:
	$(LINTING) cargo build --quiet $(WORKSPACE)

.PHONY: environments
environments: $(CLOUD) $(CONTROL) $(SAM) $(ASL)

.PHONY: roles
roles:
	@test -n "$(TARGET_ROLE_ARNS)" || { echo "make deploy needs TARGET_ROLE_ARNS, and SOURCE_ROLE_ARNS for restores across accounts" >&2; exit 2; }

.PHONY: check-rust
check-rust: binaries
	cargo fmt --all --check
# Clippy read each crate when it was built, and cargo tells again what it said of any.
	@told=$$($(LINTING) cargo build --quiet $(WORKSPACE) 2>&1) && [[ -z "$$told" ]] || { echo "$$told" >&2; exit 1; }
	RUSTDOC="$(CURDIR)/tests/lint/rustdoc" RUSTDOCFLAGS="--deny warnings" $(LINTING) cargo test --quiet --workspace --doc
	RUSTDOCFLAGS="--deny warnings" cargo doc --quiet --package consistency --no-deps --bin mutate

.PHONY: check-dependencies
check-dependencies: $(DENY)
	$(DENY) --log-level error check bans licenses sources

.PHONY: check-mutations
check-mutations: binaries
	$${CARGO_TARGET_DIR:-target}/debug/mutate 10

.PHONY: check-python
check-python: $(SAM)
	.venv/tools/bin/ruff check --quiet $(PYTHON_CODE)
	.venv/tools/bin/ruff format --quiet --check $(PYTHON_CODE)

.PHONY: check-infra
check-infra: $(SAM) $(ASL)
	for template in $(TEMPLATES); do \
		.venv/tools/bin/sam validate --lint --region us-east-1 --template $$template; done
	.venv/tools/bin/cfn-lint $(TEMPLATES)
	for definition in restore clean-up announce recovery; do \
		node tests/lint/node_modules/.bin/asl-validator --no-arn-check --json-path statemachine/$$definition.asl.json; done

.PHONY: test-rust
test-rust: binaries
	if cargo nextest --version > /dev/null 2>&1; then $(LINTING) cargo nextest run $(WORKSPACE); else $(LINTING) cargo test $(WORKSPACE); fi
	$(LINTING) cargo test --workspace --doc

.PHONY: test-python
test-python: binaries $(CLOUD) $(CONTROL) $(SAM)
# The flows mostly wait, so each quarter of them has a local AWS of its own and the rules are tested
# meanwhile, and then the key matrix, whose report a quarter would not print; the other matrices take all
# that the machine has.
	@mkdir -p .local; failed=0; \
	$(PYTEST) -n 4 --dist worksteal --ignore=$(KEY_MATRIX) tests/flows > .local/flows.log 2>&1 & flows=$$!; \
	trap 'kill $$flows 2> /dev/null || true' EXIT; \
	$(PYTEST) --ignore=tests/flows --ignore=tests/matrix || failed=1; \
	$(PYTEST) $(KEY_MATRIX) || failed=1; \
	echo "== meanwhile: pytest tests/flows"; wait $$flows || failed=1; trap - EXIT; cat .local/flows.log; \
	$(PYTEST) tests/matrix || failed=1; \
	exit $$failed

# ---- Tools

.venv/%/.installed: tests/cloud/requirements/%.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON" >&2; exit 2; }
	@echo "installing $<"
	@$(PYTHON) -m venv .venv/$*
	@.venv/$*/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# Built for the check of one file: neither optimized nor with what a debugger reads, it is there in
# half the time.
$(DENY):
	CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 cargo install --debug --locked --quiet --root $(TOOLS) cargo-deny@0.20.2

$(ASL): tests/lint/package-lock.json
	@command -v npm > /dev/null || { echo "make check needs Node (with npm), for asl-validator" >&2; exit 2; }
	npm ci --prefix tests/lint --silent --ignore-scripts
	@touch $@
