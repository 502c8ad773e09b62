# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a migration is not rolled back, and not finalized: each refusal with its code."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import Missing
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    finalization,
    plan,
    refused,
    rollback,
    undoing,
    volume_plan,
    volume_undo,
    volume_undoing,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import ACCEPTABLE, CODES
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import KINDS, Remains
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration import volume_worlds, worlds
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.remains_rows import (
    complete,
    moved,
    new,
    port,
    remains,
    source,
    volume,
)

BACK, END = "rolled_back", "finalized"


def without_source(there):
    there.source = None
    return there


def with_snapshot(there, of):
    there.snapshots_of = {of: [{"id": "x", "name": "nightly"}]}
    return there


def of_rehearsal(**given):
    """A rehearsal beside a source that runs; what it has made goes at its end, too."""
    row = source(metadata={}, status="ACTIVE", is_locked=False)
    parts = {
        "server": [new("r1", "rehearsal", attached_volumes=["v2"])],
        "volume": [volume("v2", "rehearsal_volume", "r1")],
    }
    return remains(row, locked=False, **{**parts, **given})


#: ``(code, state, what there is of a server, what the problem is about, words of the sentence)``.
OF_SERVERS = [
    (
        "already_finalized",
        BACK,
        moved(server=[complete(step="finalized")]),
        "server 'web' (n1)",
        "can't be rolled back",
    ),
    ("source_gone", BACK, without_source(moved()), "server (s1)", "nothing would be left of it"),
    ("source_locked", BACK, remains(locked=False), "server 'web' (s1)", "locked by somebody else"),
    ("server_status", BACK, remains(source(status="ERROR")), "server 'web' (s1)", "in status ERROR"),
    ("server_busy", BACK, remains(source(task_state="image_uploading")), "server 'web' (s1)", "busy .image_uploading."),
    ("not_arrived", END, moved(server=[new()]), "server 'web' (s1)", "its new server 'web' .n1. is not complete"),
    ("not_arrived", END, remains(), "server 'web' (s1)", "it has no new server"),
    ("not_arrived", END, without_source(remains(volume=[volume()])), "server s1", "it has no new server"),
    ("new_server_locked", BACK, moved(server=[complete(is_locked=True)]), "server 'web' (n1)", "locked by somebody"),
    (
        "new_server_locked",
        END,
        of_rehearsal(server=[new("r1", "rehearsal", is_locked=True, attached_volumes=[])]),
        "server 'web' (r1)",
        "locked by",
    ),
    (
        "new_server_has_volume",
        BACK,
        moved(server=[complete(attached_volumes=["v1", "x"])]),
        "server 'web' (n1)",
        "has the volume x, which this run has not made",
    ),
    (
        "new_part_in_use",
        BACK,
        moved(volume=[volume(server="other")]),
        "volume 'data' (v1)",
        "is attached to other, which is not",
    ),
    (
        "new_part_in_use",
        BACK,
        moved(volume=[volume(server=None, status="reserved")]),
        "volume 'data' (v1)",
        "is reserved, so in use by somebody",
    ),
    ("new_part_in_use", BACK, moved(port=[port(device="other")]), "port 'port' (p1)", "is in use by other"),
    (
        "new_part_in_use",
        BACK,
        moved(floating_ip=[port("f1", "floating_ip", "other")]),
        "floating ip 'port' (f1)",
        "is in use by other",
    ),
    (
        "new_part_in_use",
        END,
        of_rehearsal(volume=[volume("v2", "rehearsal_volume", "other")]),
        "volume 'data' (v2)",
        "is attached to other",
    ),
    (
        "new_volume_has_snapshot",
        BACK,
        with_snapshot(moved(), "v1"),
        "volume 'data' (v1)",
        "has the snapshot 'nightly' .x.",
    ),
]


def of_volume(gone=False, **made):
    found = Remains("migration", "v1", None if gone else volume_worlds.volume())
    found.made.update({kind: [] for kind in KINDS} | made)
    return found


DONE = {"osnap_complete": "true", "osnap_step": "finalized"}
#: The same for volumes.
OF_VOLUMES = [
    (
        "already_finalized",
        BACK,
        of_volume(volume=[volume_worlds.new_volume(metadata=DONE)]),
        "volume 'data' (n1)",
        "can't be rolled back",
    ),
    (
        "source_gone",
        BACK,
        of_volume(gone=True, volume=[volume_worlds.new_volume()]),
        "volume or snapshot (v1)",
        "nothing would be left of it",
    ),
    ("not_arrived", END, of_volume(volume=[volume_worlds.new_volume()]), "volume 'data' (n1)", "is not complete"),
    (
        "new_part_in_use",
        BACK,
        of_volume(volume=[volume_worlds.new_volume(status="reserved")]),
        "volume 'data' (n1)",
        "is reserved, so in use",
    ),
    (
        "new_volume_has_snapshot",
        BACK,
        with_snapshot(of_volume(volume=[volume_worlds.new_volume()]), "n1"),
        "volume 'data' (n1)",
        "has the snapshot",
    ),
]
#: The codes that a rollback and an end say of what this file makes.
SAID = {one[0] for one in (*OF_SERVERS, *OF_VOLUMES)}


def only_finding(error):
    """The one problem of an error; the error says just that."""
    (found,) = error.as_result()["findings"]
    assert found["sentence"] == str(error) and found["remedy"].endswith(".")
    assert found["stops"] and found["severity"] == "blocks" and found["code"] in CODES
    return found


@pytest.mark.parametrize(("code", "state", "there", "about", "words"), OF_SERVERS)
def test_a_server_that_is_not_brought_there_has_a_code(code, state, there, about, words):
    with pytest.raises(OsnapError, match=words) as raised:
        rollback.plan(there, True) if state == BACK else finalization.plan(there)
    found = only_finding(raised.value)
    assert (found["code"], found["object"]) == (code, about)


@pytest.mark.parametrize(("code", "state", "there", "about", "words"), OF_VOLUMES)
def test_nor_a_volume(code, state, there, about, words):
    with pytest.raises(refused.Refused, match=words) as raised:
        volume_undo.plan(there, state, True)
    found = only_finding(raised.value)
    assert (found["code"], found["object"]) == (code, about)


def test_all_that_others_have_made_of_it_is_told_at_once_each_with_its_code():
    there = with_snapshot(moved(server=[complete(attached_volumes=["v1", "x"], is_locked=True)]), "v1")
    with pytest.raises(refused.Refused) as raised:
        rollback.plan(there, True)
    found = raised.value.as_result()["findings"]
    assert [one["code"] for one in found] == ["new_server_locked", "new_server_has_volume", "new_volume_has_snapshot"]
    assert " ".join(one["sentence"] for one in found) == str(raised.value)


def test_none_of_it_may_be_accepted():
    assert not SAID & set(ACCEPTABLE)


# -- what is not there, and what is named twice


def undone(module, judge, at, items, rows, there, monkeypatch):
    """What is planned for the items of a world, of which a run has left ``there``."""
    options = Options(state=BACK)
    monkeypatch.setattr(undoing.remains, rows, lambda cloud, run, given, *_chosen: dict.fromkeys(given, there))
    context = Context(FakeCloud(), {"state": BACK, "keep_copies": True}, Listener())
    judged = judge(items, at, options)["plans"]
    return module.plans(context, items, at, judged, options, lambda index, id: judged[index])


def servers_undone(at, count, there, monkeypatch):
    items = [worlds.ITEM, {**worlds.ITEM, "server": "s1"}][:count]
    return undone(undoing, plan.judge, at, items, "read", there, monkeypatch)


def volumes_undone(at, count, there, monkeypatch):
    items = [volume_worlds.ITEM, {**volume_worlds.ITEM, "volume": "v1"}][:count]
    return undone(volume_undoing, volume_plan.judge, at, items, "read_of_volumes", there, monkeypatch)


def test_what_is_neither_in_the_source_nor_moved_by_this_run_has_the_code_of_a_preflight(monkeypatch):
    error = Missing("There is no server named 'web01'.", resource="web01")
    (found,) = servers_undone(worlds.seen(error), 1, remains(), monkeypatch)
    assert found is error and found.fields["resource"] == "web01"
    assert (only_finding(found)["code"], only_finding(found)["object"]) == ("server_missing", "server 'web01'")
    at = volume_worlds.seen()
    at.sources = [Missing("There is no volume named 'data'.")]
    (found,) = volumes_undone(at, 1, of_volume(), monkeypatch)
    assert (only_finding(found)["code"], only_finding(found)["object"]) == ("volume_unknown", "volume 'data'")


def test_a_server_that_is_named_twice_is_rolled_back_by_neither_name_twice(monkeypatch):
    at = worlds.seen(worlds.server(image_id="base"))
    at.servers.append(at.servers[0])
    there = remains({**at.servers[0], "is_locked": False}, locked=False)
    first, second = servers_undone(at, 2, there, monkeypatch)
    assert not isinstance(first, OsnapError) and only_finding(second)["code"] == "server_twice"
    assert second.fields["resource"] == "s1"


def test_a_volume_that_is_named_twice_is_not_rolled_back(monkeypatch):
    at = volume_worlds.seen()
    at.sources.append(at.sources[0])
    for found in volumes_undone(at, 2, of_volume(), monkeypatch):
        assert only_finding(found)["code"] == "volume_twice"
