# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a full run has not tested. Pure: from the ledger's quartets and examples, and the names and documentation of the
modules.
"""

from . import documented, rules

COLLECTION = "osnap.openstack"


def missing(modules, targets, ledger, documentation):
    """Return a sentence for each thing that a module should have and that no target has tried.

    *modules* and *targets* are names, *ledger* the entries that a full run wrote, *documentation* that of ``ansible-doc
    --json``.
    """
    gaps = []
    for module in sorted(modules):
        full_name = f"{COLLECTION}.{module}"
        entries = [entry for entry in ledger if entry.get("module") == full_name]
        quartets = [entry for entry in entries if entry["kind"] == "quartet"]
        wanted = (
            _of_info(quartets) if module.endswith("_info") else _of_state(quartets, documentation.get(full_name, {}))
        )
        wanted["a target of its name"] = module in targets
        wanted["its EXAMPLES run"] = any(entry["kind"] == "example" for entry in entries)
        gaps += [f"{module} lacks {what}" for what, there in wanted.items() if not there]
    return gaps


def _of_info(quartets):
    return {
        "a run that wrote nothing": any(
            entry["ok"] and entry["fails"] is None and not sum(entry["writes"].values()) for entry in quartets
        )
    }


def _of_state(quartets, documentation):
    good = [entry for entry in quartets if entry["ok"]]
    changed = [entry for entry in good if entry["changed"]]
    wanted = {
        "a quartet on one item that changed": any(entry["many"] == 0 for entry in changed),
        "a quartet with bad input (fails)": any(entry["fails"] is not None for entry in good),
        "a quartet whose diff shows a change": any(entry["diff"] for entry in changed),
    }
    options = documentation.get("doc", {}).get("options", {})
    if documented.list_option(options):
        wanted["a quartet with several items"] = any(entry["many"] > 1 for entry in changed)
    state = options.get("state", {})
    for choice in state.get("choices", [None]):
        of_state = f" of state {choice}" if choice else ""
        wanted[f"a whole quartet{of_state} that changed: check, real, check, real"] = any(
            is_whole(entry) and (entry["state"] or state.get("default")) == choice for entry in changed
        )
        wanted[f"a run{of_state} that changed and was packed by Ansible"] = any(
            "real" in entry.get("cold", ()) and (entry["state"] or state.get("default")) == choice for entry in changed
        )
    return wanted


def is_whole(quartet):
    """Tell whether a module ran all four times."""
    return list(quartet["writes"]) == list(rules.RUNS)
