# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._servers.staleness import (
    STALING,
    sentences,
    since,
    since_image,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud

TAKEN = "2026-11-24T09:00:10Z"


def done(action, at, until=None):
    time = "2026-11-24T09:00:{:02d}.000000".format
    return {
        "action": action,
        "request_id": "r",
        "start_time": time(at),
        "finish_time": None if until is None else time(until),
    }


def names(actions, **more):
    return [row["action"] for row in since(actions, TAKEN, **more)]


@pytest.mark.parametrize("action", sorted(STALING))
@pytest.mark.parametrize("at, until, later", [(9, None, []), (9, 10, []), (9, 11, 1), (10, None, 1), (11, 12, 1)])
def test_what_happened_later_or_in_the_very_second_counts(action, at, until, later):
    assert names([done(action, at, until)]) == [action] * bool(later)


@pytest.mark.parametrize(
    "action", ["create", "createImage", "createBackup", "stop", "lock", "unlock", "suspend", "pause"]
)
def test_what_writes_nothing_does_not_count(action):
    assert names([done(action, 30)]) == []


@pytest.mark.parametrize("taken", [TAKEN, "2026-11-24T09:00:10.912345", "2026-11-24T10:00:10+01:00"])
def test_a_time_is_told_in_many_ways(taken):
    assert [len(since([done("start", at)], taken)) for at in (9, 10, 11)] == [0, 1, 1]


def test_our_own_start_is_let_off_once_and_only_who_says_so():
    actions = [done("start", 40), done("stop", 30), done("start", 12), done("stop", 5), done("start", 1)]
    assert names(actions) == ["start", "start"]
    assert names(actions[1:], ours=("start",)) == []
    assert [row["start_time"][-9:-7] for row in since(actions, TAKEN, ours=("start",))] == ["40"]


def test_a_time_that_nobody_knows_is_no_proof_that_nothing_happened():
    assert len(since([done("start", 1)], None)) == 1
    assert len(since([{**done("start", 1), "start_time": None}], TAKEN)) == 1


def of(cloud, **answers):
    cloud.nova.on["GET", "/servers/(.*)/os-instance-actions"] = lambda match, params: Answer(answers[match[1]])


def shown(*rows):
    return {
        "instanceActions": [
            {"action": row["action"], "request_id": "r", "start_time": row["start_time"], "message": None}
            for row in rows
        ]
    }


def test_an_old_cloud_tells_no_end():
    cloud = FakeCloud()
    of(cloud, b=shown(done("stop", 20)))
    assert ServerActions(cloud).of("b")[0]["finish_time"] is None


def test_an_answer_without_the_list_is_an_error_and_not_no_actions():
    cloud = FakeCloud()
    of(cloud, a={"message": "down for maintenance"})
    with pytest.raises(OsnapError, match="has no list of actions"):
        ServerActions(cloud).of("a")


def test_what_has_happened_is_told_in_words():
    actions = since([done("start", 20), done("create", 1)], TAKEN)
    assert sentences(actions, TAKEN) == [
        f"the server was started at 2026-11-24T09:00:20.000000, and the snapshot is of {TAKEN}"
    ]


def test_a_server_that_is_gone_has_no_actions():
    assert ServerActions(FakeCloud()).of("gone") == []


def test_what_stands_above_the_request_of_an_image_is_later_in_its_very_second_too():
    actions = [done("reboot", 10), done("createImage", 10), done("start", 10), done("createImage", 5)]
    found = since_image(actions, "2026-11-24T09:00:10Z", "2026-11-24T09:00:11Z")
    assert [row["action"] for row in found] == ["reboot"]
    assert since_image(actions[1:], "2026-11-24T09:00:09Z", "2026-11-24T09:00:11Z") == []
    assert since_image([done("start", 40), *actions[1:]], TAKEN, TAKEN, ours=("start",)) == []


def test_without_the_request_in_the_list_times_are_compared():
    assert len(since_image([done("start", 10), done("start", 5)], TAKEN, "2026-11-24T09:00:12Z")) == 1
    assert len(since_image([done("start", 1)], TAKEN, None)) == 0
    assert len(since_image([done("start", 1), done("createImage", 40)], TAKEN, TAKEN)) == 0


def test_a_request_that_the_clock_of_nova_dates_later_than_its_image_is_the_request():
    """Nova is 2 s ahead, and the server had an image and a reboot before. Verify that these are not this image's."""
    earlier = [done("reboot", 4), done("createImage", 1)]
    assert since_image([done("createImage", 12), *earlier], TAKEN, TAKEN) == []
    assert len(since_image([done("start", 13), done("createImage", 12), *earlier], TAKEN, TAKEN)) == 1
    assert len(since_image([done("createImage", 40), done("start", 13), done("createImage", 9)], TAKEN, TAKEN)) == 1


def test_what_was_under_way_when_an_image_was_asked_for_has_gone_on_after_it():
    actions = [done("createImage", 8, 20), done("attach_volume", 7, 9), done("reboot", 5, 8)]
    assert [row["action"] for row in since_image(actions, TAKEN, TAKEN)] == ["attach_volume"]
