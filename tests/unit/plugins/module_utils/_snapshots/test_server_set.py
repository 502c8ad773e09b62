# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit tests of whether a server is still off for a set that is whole: it was read before its actions were."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import server_set

MARK = {"osnap_stopped_for": "night"}
OFF = {"id": "s1", "status": "SHUTOFF", "task_state": None, "metadata": MARK}
TAKEN = {"action": "createImage", "request_id": "r2"}
STOP, START = {"action": "stop", "request_id": "r1"}, {"action": "start", "request_id": "r3"}


@pytest.mark.parametrize(
    "first, later, now, is_left",
    [
        (OFF, [TAKEN], None, True),
        (OFF, [START, TAKEN], {**OFF, "status": "ACTIVE"}, True),  # the killed run starts it, and never takes its mark
        (OFF, [START, TAKEN], {**OFF, "task_state": "powering-on"}, True),
        (OFF, [START, TAKEN], {**OFF, "status": "ACTIVE", "metadata": {}}, False),  # it has come to the end
        (OFF, [{**STOP, "request_id": "r4"}, START, TAKEN], OFF, False),  # off again by hand
        (OFF, [START, TAKEN], None, False),
        ({**OFF, "status": "ACTIVE"}, [START, TAKEN], None, True),
        ({**OFF, "metadata": {}}, [TAKEN], None, False),
    ],
)
def test_a_server_that_is_started_while_it_is_looked_at_does_not_keep_its_mark(monkeypatch, first, later, now, is_left):
    monkeypatch.setattr(server_set, "ServerActions", lambda cloud: SimpleNamespace(told=lambda id: [*later, STOP]))
    monkeypatch.setattr(server_set, "Servers", lambda cloud: SimpleNamespace(get=lambda id: now))
    carried = server_set.Carried({"consistency": "stop", "name": "night"}, first, {})
    found = server_set._is_left_off(SimpleNamespace(cloud=None), carried, {"after": "r1"})
    assert found is is_left
