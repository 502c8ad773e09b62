# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that of two restores that begin at once on one server only one goes on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_claim
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud

OURS, THEIRS = "restore set-1 night", "restore set-2 night"


@pytest.fixture
def stage(monkeypatch):
    """A cloud, its server as Nova has it, and what others do in the pause."""
    cloud, meanwhile = FakeCloud(), []
    raw = cloud.server()

    def merge(match, body):
        raw["metadata"].update(body["metadata"])
        return Answer({"metadata": raw["metadata"]})

    cloud.nova.on["POST", "/servers/[^/]+/metadata"] = merge
    monkeypatch.setattr(waiter, "pause", lambda context: [act() for act in meanwhile])
    return cloud, raw, meanwhile


def claim(cloud, raw):
    set_claim.claim(SimpleNamespace(cloud=cloud), Servers(cloud).get(raw["id"]), OURS)


@pytest.mark.parametrize("there", [{}, {"osnap_restoring": OURS}, {"osnap_restoring": ""}])
def test_a_server_that_nobody_restores_is_claimed(stage, there):
    cloud, raw, _meanwhile = stage
    raw["metadata"].update(there)
    claim(cloud, raw)
    assert raw["metadata"]["osnap_restoring"] == OURS


def test_one_that_another_restore_has_is_not_written_to(stage):
    cloud, raw, _meanwhile = stage
    raw["metadata"]["osnap_restoring"] = THEIRS
    with pytest.raises(OsnapError, match="another restore has begun and has not come to its end"):
        claim(cloud, raw)
    assert not cloud.written


def test_of_two_at_once_the_last_goes_on(stage):
    cloud, raw, meanwhile = stage
    meanwhile.append(lambda: raw["metadata"].update(osnap_restoring=THEIRS))
    with pytest.raises(OsnapError, match="remove osnap_restoring from the server's metadata"):
        claim(cloud, raw)
    assert raw["metadata"]["osnap_restoring"] == THEIRS
