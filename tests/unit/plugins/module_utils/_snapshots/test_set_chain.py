# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that nobody can act unseen on a server while its set is taken; `make sweep-stale of=sets` does so in earnest."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_chain import Carried, SetChain
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud

STOP, START = ({"action": name, "request_id": f"req-{name}", "start_time": "at ten"} for name in ("stop", "start"))
ROW = {"id": "s1", "name": "night", "after": "req-stop", "consistency": "off"}


@pytest.fixture
def cloud():
    return FakeCloud()


def chain(cloud, consistency="stop", **server):
    id = cloud.server(**server)["id"]
    carried = Carried({"name": "night", "consistency": consistency}, {"id": id, "name": "web"}, {})
    return SetChain(SimpleNamespace(cloud=cloud, timeout=60, progress=None, params={"max_spread": 60}), carried)


def acted(cloud, *actions):
    """What Nova lists, the newest first."""
    path = r"/servers/[^/]+/os-instance-actions"
    cloud.nova.on["GET", path] = lambda match, params: Answer({"instanceActions": list(actions)})


@pytest.mark.parametrize("actions", [(STOP,), (), ({**STOP, "request_id": "req-again"}, STOP)])
def test_a_set_stays_where_nothing_was_done_or_nobody_tells(cloud, actions):
    acted(cloud, *actions)
    assert chain(cloud)._undisturbed(ROW) is ROW


def test_a_set_goes_where_somebody_has_acted(cloud, monkeypatch):
    acted(cloud, START, STOP)
    taken, gone = chain(cloud), []
    monkeypatch.setattr(taken.sets, "delete", gone.append)
    with pytest.raises(
        OsnapError, match="while it was taken the server had 'start' at at ten, so that its disks may be"
    ):
        taken._undisturbed(ROW)
    assert gone == [ROW]


def test_what_was_done_is_read_before_the_server_is(cloud):
    """Else a start between the two would be taken for one before the set, of a server that was off."""
    acted(cloud, STOP)
    taken = chain(cloud, status="ACTIVE")
    with pytest.raises(OsnapError, match="is ACTIVE: somebody has started it. Run again."):
        taken._taken()
    paths = [path for path, _params in cloud.nova.reads]
    assert [path.rsplit("/", 1)[-1] for path in paths][:2] == ["os-instance-actions", taken.id]


def test_a_server_that_a_twin_has_started_has_a_whole_set_by_then(cloud, monkeypatch):
    acted(cloud, START, STOP)
    taken = chain(cloud, status="ACTIVE")
    whole = {"id": "taking", "name": "night", "status": "whole", "members": []}
    monkeypatch.setattr(taken.sets, "of_server", lambda *of, **how: [{**whole, "name": "other"}, whole])
    assert taken._taken() is whole


@pytest.mark.parametrize("consistency", ["crash", "quiesce", None])
def test_only_where_it_was_to_be_stopped_a_running_server_is_refused(cloud, monkeypatch, consistency):
    acted(cloud, STOP)
    taken = chain(cloud, consistency, status="ACTIVE")

    class Begun(Exception):
        pass

    def make(*about):
        raise Begun

    monkeypatch.setattr(taken, "_make", make)
    with pytest.raises(Begun):
        taken._taken()
