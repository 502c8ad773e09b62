# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that nobody tested must not pass a full run."""

from osnap_harness import coverage, rules

NAME = {"type": "str"}
STATE = {"type": "str", "choices": ["present", "absent"], "default": "present"}
DOCUMENTATION = {
    "osnap.openstack.volume_snapshot": {
        "doc": {
            "options": {
                "name": NAME,
                "state": STATE,
                "snapshots": {"type": "list", "elements": "dict", "suboptions": {"name": NAME}},
            }
        },
    },
}


def quartet(module="volume_snapshot", ok=True, many=0, changed=True, fails=None, diff=True, writes=0, state=None):
    entry = {
        "kind": "quartet",
        "module": f"osnap.openstack.{module}",
        "ok": ok,
        "many": many,
        "changed": changed,
        "fails": fails,
        "diff": diff,
    }
    runs = ("check", "real") if fails else tuple(rules.RUNS)
    writes = {name: writes if name == "real" else 0 for name in runs}
    return {**entry, "state": state, "cold": [] if fails else ["real"], "writes": writes}


def half(entry):
    """A quartet that was not run a second time."""
    return {**entry, "writes": {"check": 0, "real": 1}}


def example(module):
    return {"kind": "example", "module": f"osnap.openstack.{module}", "ok": True}


FULL = [
    quartet(),
    quartet(many=2),
    quartet(changed=None, fails="x", diff=False),
    example("volume_snapshot"),
    quartet(many=1, state="absent"),
]


def missing(ledger, modules=("volume_snapshot",), targets=("volume_snapshot",)):
    return coverage.missing(modules, targets, ledger, DOCUMENTATION)


def test_a_module_with_everything():
    assert missing(FULL) == []


def test_a_module_with_nothing():
    assert len(missing([], targets=())) == 10


def test_each_thing_is_missed_by_its_name():
    assert missing(FULL[1:]) == ["volume_snapshot lacks a quartet on one item that changed"]
    assert missing([FULL[0], *FULL[2:]]) == ["volume_snapshot lacks a quartet with several items"]
    assert missing([*FULL[:2], *FULL[3:]]) == ["volume_snapshot lacks a quartet with bad input (fails)"]
    assert missing([*FULL[:3], FULL[4]]) == ["volume_snapshot lacks its EXAMPLES run"]
    assert missing(FULL, targets=("other",)) == ["volume_snapshot lacks a target of its name"]


def test_each_state_has_to_be_run_twice_in_check_mode_and_twice_in_earnest():
    lacks = "volume_snapshot lacks a whole quartet of state %s that changed: check, real, check, real"
    assert lacks % "absent" in missing(FULL[:4])
    assert missing([half(FULL[0]), half(FULL[1]), *FULL[2:]]) == [lacks % "present"]
    assert missing([*FULL[:4], half(FULL[4])]) == [lacks % "absent"]


def test_each_state_has_to_be_packed_by_ansible_once():
    lacks = "volume_snapshot lacks a run of state %s that changed and was packed by Ansible"
    assert missing([*FULL[:4], {**FULL[4], "cold": []}]) == [lacks % "absent"]
    assert missing([{**FULL[0], "cold": ["check"]}, {**FULL[1], "cold": []}, *FULL[2:]]) == [lacks % "present"]


def test_a_failed_quartet_proves_nothing():
    assert "volume_snapshot lacks a quartet with several items" in missing(
        [FULL[0], quartet(many=2, ok=False), *FULL[2:]]
    )


def test_an_info_module_has_to_run_without_a_write():
    info = {"modules": ("volume_snapshot_info",), "targets": ("volume_snapshot_info",)}
    run = quartet("volume_snapshot_info", changed=False, diff=False)
    assert missing([run, example("volume_snapshot_info")], **info) == []
    wrote = quartet("volume_snapshot_info", changed=False, diff=False, writes=1)
    assert missing([wrote, example("volume_snapshot_info")], **info) == [
        "volume_snapshot_info lacks a run that wrote nothing"
    ]
