# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3
ANSIBLE ?= 2.21
target ?=
base ?= origin/main
jobs ?=
seed ?=
budget ?=
HOW = $(if $(jobs),--jobs $(jobs)) $(if $(seed),--seed $(seed)) $(if $(budget),--budget $(budget))
ENV = .tools/ansible-2.21/bin
export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := help
.PHONY: help setup build demo test test-changed units sanity lint molecule sweep sweep-module sweep-rollback sweep-finalize sweep-sets sweep-restore sweep-proofs sweep-rehearsal sweep-source sweep-volumes rehearsal sweep-stale restored-kinds damages month approved parity logins command-lines benchmark benchmark-fleet cloud-setup cloud-up cloud-down cloud-status cloud-reset clean

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | awk -F '\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'

setup: ## install what is needed into .tools (once: a minute; after that: nothing to do)
	@$(PYTHON) tests/tools/setup.py

build: ## build the collection and install it into .tools/collections
	@$(PYTHON) tests/tools/setup.py ansible-2.21
	@$(ENV)/python tests/tools/build.py

demo: cloud-setup build ## rehearse and move a small fleet from one real OpenStack to another, and take a server back
	@$(ENV)/python tests/demo/run.py

test: setup ## run everything; target=NAME runs one integration target against a cloud that stays up; seed=N repeats the sweeps
	@$(ENV)/python tests/tools/test.py $(if $(target),--target $(target) --ansible $(ANSIBLE)) $(HOW)

test-changed: setup ## what a change since base=origin/main can reach, the nearest first, in budget=290 seconds
	@$(ENV)/python tests/tools/test.py --changed $(base) $(HOW)

units: setup ## unit tests (ANSIBLE=2.16 for the other ansible-core)
	@$(ENV)/python tests/tools/test.py units-$(ANSIBLE)

sanity: setup ## ansible-test sanity (ANSIBLE=2.16 for the other ansible-core)
	@$(ENV)/python tests/tools/test.py sanity-$(ANSIBLE)

lint: setup ## ruff, mypy, ansible-lint, yamllint, documentation, changelog, licences
	@$(ENV)/python tests/tools/lint.py

molecule: setup build ## run the molecule scenarios of the roles
	@$(ENV)/python tests/tools/molecule.py

sweep: cloud-setup build ## kill a migration at every request of it, run it again, look what is there
	@$(ENV)/python tests/workflows/run.py $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed))

sweep-module: cloud-setup build ## the same of the module server_migration, state by state, and with jobs that contend; way=stream
	@$(ENV)/python tests/workflows/run.py --of module $(if $(way),--way $(way)) $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed))
	@$(ENV)/python tests/workflows/contested.py

sweep-rollback: cloud-setup build ## the same of a rollback, beside a server of the same run that must see no write; phase=complete range=A:B
	@$(ENV)/python tests/workflows/run.py --of rollback $(if $(phase),--phase $(phase)) $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed)) $(if $(range),--range $(range))

sweep-finalize: cloud-setup build ## the same of the end of a migration; phase=complete range=A:B
	@$(ENV)/python tests/workflows/run.py --of finalize $(if $(phase),--phase $(phase)) $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed)) $(if $(range),--range $(range))

sweep-sets: cloud-setup build ## the same of the module server_snapshot_set; way=each or group, state=taken or removed, range=A:B
	@$(ENV)/python tests/workflows/run.py --of sets $(if $(way),--way $(way)) $(if $(state),--state $(state)) $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed)) $(if $(range),--range $(range))

sweep-restore: cloud-setup build ## the same of the module server_set_restore; way=beside, in_place or anew, range=A:B
	@$(ENV)/python tests/workflows/run.py --of restore $(if $(way),--way $(way)) $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed)) $(if $(range),--range $(range))

sweep-proofs: cloud-setup build ## the same of the modules server_set_copy and server_set_test; way=copied or tested, range=A:B
	@$(ENV)/python tests/workflows/run.py --of proofs $(if $(way),--way $(way)) $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed)) $(if $(range),--range $(range))

sweep-rehearsal: cloud-setup build ## the same of a rehearsal; range=A:B
	@$(ENV)/python tests/workflows/run.py --of rehearsal $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed)) $(if $(range),--range $(range))

sweep-source: cloud-setup build ## the same of the removal of sources, beside a server of the same run that must see no write; range=A:B
	@$(ENV)/python tests/workflows/run.py --of source $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed)) $(if $(range),--range $(range))

sweep-volumes: cloud-setup build ## the same of the module volume_migration; way=stream state=complete range=A:B
	@$(ENV)/python tests/workflows/run.py --of volumes $(if $(way),--way $(way)) $(if $(state),--state $(state)) $(if $(budget),--budget $(budget)) $(if $(seed),--seed $(seed)) $(if $(range),--range $(range))

rehearsal: cloud-setup build ## servers rehearsed and finalized: both projects are as before; servers=N
	@$(ENV)/python tests/workflows/rehearsal.py $(if $(servers),--servers $(servers))

sweep-stale: cloud-setup build ## an operator acts between any two requests of a migration: nothing stale arrives; of=sets while a set is taken; draws=N, seed=N
	@$(ENV)/python tests/workflows/stale.py $(if $(of),--of $(of)) $(if $(draws),--draws $(draws)) $(if $(seed),--seed $(seed))

restored-kinds: cloud-setup build ## each kind of server is restored from its set, beside and in place, byte for byte; kind=NAME for one of them
	@$(ENV)/python tests/workflows/restored_kinds.py $(if $(kind),--kind $(kind))

damages: cloud-setup build ## snapshot sets are damaged: the status or a test finds each, and says which member; draws=100, seed=N
	@$(ENV)/python tests/workflows/damages.py $(if $(draws),--draws $(draws)) $(if $(seed),--seed $(seed))

month: cloud-setup build ## nightly runs of server_protection with faults, kills and changes: what is kept is what the calendar wants; nights=30, seed=N
	@$(ENV)/python tests/workflows/month.py $(if $(nights),--nights $(nights)) $(if $(seed),--seed $(seed))

approved: setup ## whatever somebody changes in either cloud after a plan was approved is noticed; acts=N of them with seed=N
	@APPROVED_ACTS=$(or $(acts),all) APPROVED_SEED=$(seed) $(ENV)/python tests/tools/test.py --target server_migration_approved --ansible $(ANSIBLE)

parity: setup ## run the command line clients and our tasks side by side, and compare what comes of both
	@$(ENV)/python tests/tools/test.py parity

logins: setup ## log in as openstackclient does, in many ways and to catalogs of many shapes, and compare
	@$(ENV)/python tests/tools/test.py logins

command-lines: setup ## write the page of the command lines from its table
	@$(ENV)/python tests/parity/page.py

benchmark: cloud-setup build ## requests and seconds beside openstack.cloud's and the command line client's
	@$(PYTHON) tests/tools/setup.py peers
	@$(ENV)/python tests/benchmark/run.py

benchmark-fleet: cloud-setup build ## fifty servers in waves by one command, beside the manual path; servers="10 50"
	@$(PYTHON) tests/tools/setup.py peers
	@$(ENV)/python tests/benchmark/fifty.py $(if $(servers),--servers $(servers))

cloud-setup:
	@$(PYTHON) tests/tools/setup.py testcloud

cloud-up: cloud-setup ## start the two test clouds, one of them with two regions
	@$(PYTHON) tests/testcloud up --region

cloud-down: ## stop them
	@$(PYTHON) tests/testcloud down

cloud-status: ## say what runs
	@$(PYTHON) tests/testcloud status

cloud-reset: ## empty them
	@$(PYTHON) tests/testcloud reset

clean: ## stop the clouds and remove .tools, .testcloud and tests/output
	@if [ -d .testcloud ]; then $(PYTHON) tests/testcloud down; fi
	@rm -rf .tools .testcloud tests/output
