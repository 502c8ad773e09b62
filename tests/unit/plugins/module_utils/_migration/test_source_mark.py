# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run notes on the source's server."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import source_mark


def server(status="ACTIVE", locked=False, **metadata):
    return {"status": status, "is_locked": locked, "metadata": metadata}


NOTED = {"osnap_run": "one", "osnap_step": "stop"}


@pytest.mark.parametrize(
    ("row", "state", "stop", "wanted"),
    [
        (server(), "complete", True, {"osnap_run": "one", "osnap_step": "stop"}),
        (server(), "copied", True, {"osnap_run": "one", "osnap_step": "stop"}),
        (server("SHUTOFF"), "complete", True, {"osnap_run": "one", "osnap_step": "leave"}),
        (server(), "moved", False, {"osnap_run": "one", "osnap_step": "leave"}),
        (server(), "copied", False, {}),
        (server(), "rehearsed", False, {}),
    ],
)
def test_what_is_noted_at_first(row, state, stop, wanted):
    assert source_mark.at_the_start(row, "one", state, stop) == wanted


def test_that_a_run_has_stopped_a_server_is_not_forgotten_by_its_next_try():
    assert source_mark.at_the_start(server("SHUTOFF", **NOTED), "one", "complete", True) == {}


def test_a_server_that_was_off_and_that_somebody_has_started_is_stopped_by_the_run():
    row = server(osnap_run="one", osnap_step="leave")
    assert source_mark.at_the_start(row, "one", "complete", True)["osnap_step"] == "stop"


def test_a_locked_server_takes_no_note():
    assert source_mark.at_the_start(server("SHUTOFF", locked=True), "one", "complete", True) == {}


def test_a_rollback_is_forgotten_by_what_does_not_touch_the_source():
    row = server(osnap_run="one", osnap_step="rolled_back")
    assert source_mark.at_the_start(row, "one", "rehearsed", False) is None
    assert source_mark.at_the_start(row, "two", "rehearsed", False) == {}


@pytest.mark.parametrize(
    ("noted", "keys"),
    [
        ({**NOTED, "osnap_power_before": "ACTIVE"}, ["osnap_power_before", "osnap_step", "osnap_run"]),
        ({"osnap_run": "one", "osnap_step": "leave", "osnap_power_before": "ACTIVE"}, ["osnap_step", "osnap_run"]),
        ({"osnap_run": "one"}, ["osnap_run"]),
        ({"osnap_run": "two", "osnap_step": "stop"}, []),
        ({}, []),
    ],
)
def test_what_of_a_note_is_left_goes_in_an_order_in_which_it_is_known_to_the_last(noted, keys):
    assert source_mark.left(server(tier="front", **noted), "one") == keys


def test_the_note_of_another_run_is_none():
    assert source_mark.of(server(**NOTED), "two") is None
    assert not source_mark.has_begun(server(**NOTED), "two")
    assert source_mark.has_begun(server(**NOTED), "one")
    assert not source_mark.has_begun(server(osnap_run="one", osnap_step="rolled_back"), "one")
