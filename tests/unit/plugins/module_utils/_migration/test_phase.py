# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a migration is, from what is in both clouds alone."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import phase
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import identity_of
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import MARKS, plan_of, world


def failed(at):
    at.made_volumes[0]["status"] = "error"


def lost(at):
    at.volume_snapshots["osnap-migration-v1"][0]["status"] = "error"


def rolled_back(at):
    at.servers[0]["metadata"] |= {"osnap_run": "migration", "osnap_step": "rolled_back"}
    at.servers[0]["updated_at"] = "2026-11-24T09:40:00"


def rolled_back_and_on(at):
    rolled_back(at)
    at.since = {"s1": ["the server was started"]}


def finalized(at):
    at.made[0]["metadata"] = {**MARKS, "osnap_step": "finalized"}


CASES = [
    ("planned", world("planned"), None, None),
    ("copying", world("snapshot"), None, "2026-11-24T09:00:00"),
    ("copying", world("image"), None, "2026-11-24T09:10:00"),
    ("copied", world("copied"), None, "2026-11-24T09:10:00"),
    ("rehearsing", world("volumes", rehearsal=True), None, "2026-11-24T09:20:00"),
    ("rehearsing", world("booting", rehearsal=True), None, "2026-11-24T09:30:00"),
    ("rehearsed", world("moved", rehearsal=True), None, "2026-11-24T09:30:00"),
    ("cutting_over", world("volumes"), None, "2026-11-24T09:20:00"),
    ("cutting_over", world("booting"), None, "2026-11-24T09:30:00"),
    ("cut_over", world("moved"), None, "2026-11-24T09:30:00"),
    ("complete", world("complete"), None, "2026-11-24T09:30:00"),
    ("failed", world("volumes"), failed, "2026-11-24T09:20:00"),
    ("failed", world("snapshot"), lost, "2026-11-24T09:00:00"),
    ("rolled_back", world("copied"), rolled_back, "2026-11-24T09:40:00"),
    ("rolled_back", world("copied"), rolled_back_and_on, "2026-11-24T09:40:00"),
    ("finalized", world("complete"), finalized, "2026-11-24T09:30:00"),
]


@pytest.mark.parametrize("expected, at, change, since", CASES)
def test_the_phase_is_what_the_clouds_say(expected, at, change, since):
    if change:
        change(at)
    plan = plan_of(at, stop=not at.volume_snapshots or "crash" not in str(at.volume_snapshots))
    assert (plan["phase"], plan["since"], plan["next"]) == (expected, since, phase.NEXT[expected])


def test_there_is_a_case_of_each_phase():
    assert {case[0] for case in CASES} == set(phase.NEXT)


def test_ports_that_were_made_beforehand_are_the_beginning_of_a_cutover():
    at = world("copied")
    at.place.used.append(
        {**identity_of("migration", "s1", 0), "id": "p", "network_id": "n", "fixed_ips": [], "created_at": "x"}
    )
    assert plan_of(at)["phase"] == "cutting_over"


def test_what_is_stale_is_no_progress():
    at = world("copied")
    at.since = {"s1": ["the server was started"]}
    assert plan_of(at)["phase"] == "planned"


def test_a_server_that_runs_on_was_rehearsed_also_where_its_move_is_asked_for():
    plan = plan_of(world("moved", rehearsal=True))
    assert plan["stale"]["servers"], "it goes before the move"
    assert (plan["phase"], plan["since"]) == ("rehearsed", "2026-11-24T09:30:00")


def test_a_rehearsal_that_is_stale_for_another_one_is_no_progress():
    at = world("moved", rehearsal=True)
    at.since = {"s1": ["the server was rebooted"]}
    assert plan_of(at, state="rehearsed")["phase"] == "planned"
