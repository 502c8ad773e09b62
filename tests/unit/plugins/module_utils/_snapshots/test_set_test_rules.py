# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test which set is tested, and what is seen of a damaged one before it is restored."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_hashes, set_test_rules

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=timezone.utc)


def ago(days):
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def item(**given):
    return {**dict.fromkeys(set_test_rules.OPTIONS), "server": "web", **given}


def member(kind="volume_snapshot", id="s", disk="data", **others):
    marks = {_marks.SET_SERVER: "1", _marks.SET_AT: ago(1), _marks.SET_AFTER: "r", _marks.SET_CONSISTENCY: "off"}
    row = {"volume_id": disk, "hash_value": None, "hash_algo": None}
    found = {"kind": kind, "id": id, "name": "night", "disk": disk, "created_at": ago(1), "marks": marks, "row": row}
    return {**found, **others}


def a_set(id="a", age=1.0, **others):
    found = {
        "id": id,
        "name": "night",
        "server_id": "1",
        "server_name": "web",
        "created_at": ago(age),
        "status": "whole",
        "torn_because": None,
        "consistency": "off",
        "after": "r",
        "tested": None,
        "surplus": [],
        "members": [member("image", "i", "root"), member()],
    }
    return {**found, **others}


def chosen(sets, **given):
    return set_test_rules.chosen(sets, {"1"}, item(**given), "here", NOW)["id"]


def test_the_newest_one_is_chosen():
    assert chosen([a_set("new", 1), a_set("old", 9)]) == "new"
    assert chosen([a_set("new", 1, status="taking"), a_set("old", 9)]) == "old"
    assert chosen([a_set("other", 1, server_id="2"), a_set("old", 9)]) == "old"


def test_a_torn_one_is_not_passed_over():
    torn = a_set("new", 1, status="torn", torn_because="it lacks the image of the root disk")
    with pytest.raises(OsnapError, match="is torn: it lacks the image of the root disk"):
        chosen([torn, a_set("old", 9)])


def test_a_random_choice_is_made_again_by_its_seed_and_meets_all():
    sets = [a_set(str(number), number) for number in range(1, 6)]
    drawn = [chosen(sets, pick="random", seed=str(seed)) for seed in range(60)]
    assert drawn == [chosen(sets[::-1], pick="random", seed=str(seed)) for seed in range(60)]
    assert set(drawn) == {"1", "2", "3", "4", "5"}
    assert set_test_rules.seed_of(item(pick="random"), NOW) == "2026-11-30"
    assert set_test_rules.seed_of(item(), NOW) is None


def test_only_those_of_the_window_are_drawn():
    sets = [a_set("new", 1), a_set("old", 9)]
    assert {chosen(sets, pick="random", seed=str(seed), within="2d") for seed in range(20)} == {"new"}
    with pytest.raises(OsnapError, match="no snapshot set of the last 12h; the newest is 'night'"):
        chosen(sets, within="12h")


@pytest.mark.parametrize(("age", "result", "good"), [(1, "passed", True), (8, "passed", False), (1, "failed", False)])
def test_a_young_good_test_is_enough(age, result, good):
    row = a_set(tested={"at": ago(age), "result": result, "seconds": 3.0})
    assert bool(set_test_rules.good_one([row], {"1"}, item(tested_within="7d"), NOW)) is good
    assert set_test_rules.good_one([row], {"1"}, item(), NOW) is None
    assert set_test_rules.good_one([row], {"1"}, item(tested_within="7d", set="other"), NOW) is None


def test_a_sound_set_leaves_no_doubt():
    assert set_test_rules.doubts(a_set()) == []
    named_by_nova = member(name="snapshot for night")
    assert set_test_rules.doubts(a_set(members=[member("image", "i", "root"), named_by_nova])) == []


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"surplus": [member(id="forged")]}, "forged\\) claims to be of it"),
        ({"members": [member("image", "i", "root"), member(id="forged", name="eve")]}, "forged\\) has another name"),
        (
            {"members": [member("image", "i", "root"), member(id="forged", marks={_marks.SET_AT: ago(2)})]},
            r"image 'night' \(i\) and the volume snapshot 'night' \(forged\) have the marks of different takings",
        ),
        ({"members": [member(id="forged", created_at=ago(2))]}, "forged\\) was made at .*, before the set was begun"),
        ({"members": [member(id="forged", row={"volume_id": "another"})]}, "forged\\) is of another volume"),
    ],
)
def test_a_member_of_another_set_is_named(others, words):
    row = a_set(**others)
    with pytest.raises(OsnapError, match=words):
        set_test_rules.refuse(row, set_test_rules.doubts(row))


def server(**others):
    return {"id": "1", "image_id": "base", "metadata": {}, **others}


def action(name, request="x", at="2026-11-30T08:00:00.000000"):
    return {"action": name, "request_id": request, "start_time": at}


def test_a_server_that_was_rebuilt_since_is_told():
    actions = [action("reboot"), action("rebuild"), action("create", "r")]
    rebuilt = set_test_rules.rebuilt_since
    assert "was rebuilt at 2026-11-30T08" in rebuilt(a_set(), server(), actions, set())
    assert rebuilt(a_set(), server(), [action("reboot"), action("rebuild", "r")], set()) is None
    assert rebuilt(a_set(), server(image_id="of a set"), actions, {"of a set"}) is None
    assert rebuilt(a_set(), server(metadata={_marks.RESTORED_SET: "a"}), actions, set()) is None
    assert rebuilt(a_set(), None, actions, set()) is None
    # Where Nova does not list any more what was done before the set, its times tell.
    assert "was rebuilt" in rebuilt(a_set(after="gone"), server(), actions, set())
    assert rebuilt(a_set(age=0, after="gone"), server(), actions, set()) is None


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        ({"server": " "}, "tested", "server is empty"),
        ({"set": " "}, "tested", "set is empty"),
        ({"set": "a", "pick": "latest"}, "tested", "set names one"),
        ({"seed": "1"}, "tested", "seed is for pick: random"),
        ({"within": "soon"}, "tested", "within is 'soon'"),
        ({"tested_within": "7"}, "tested", "tested_within is '7'"),
        ({"failed_because": "x"}, "booted", "failed_because is for state tested"),
        ({"checks": {"console": "(", "console_not": None, "timeout": None}}, "tested", "no regular expression"),
    ],
)
def test_what_is_wrong_is_said(given, state, words):
    assert words in set_test_rules.problem(item(**given), state)
    assert set_test_rules.problem(item(pick="random", seed="1", within="7d"), state) is None


def test_data_are_compared_with_what_was_known_first():
    fresh = member()
    first = set_hashes.compared(fresh, ("sha512", "a" * 128))
    assert (first["compared"], first["hash"]) == ("recorded", {"sha512": "a" * 128})
    known = member(marks={_marks.HASH: first["mark"]})
    assert set_hashes.compared(known, ("sha512", "a" * 128))["compared"] == "equal"
    with pytest.raises(OsnapError, match=r"volume snapshot 'night' \(s\) of the disk data does not hold what it did"):
        set_hashes.compared(known, ("sha512", "b" * 128))


def test_of_an_image_its_service_knows_a_hash():
    image = member("image", row={"hash_algo": "sha512", "hash_value": "c"})
    assert set_hashes.known(image) == ("sha512", "c")
    assert set_hashes.known({**image, "marks": {_marks.HASH: "sha256:d"}}) == ("sha256", "d")
    assert set_hashes.known({**image, "row": {"hash_algo": "nobodys", "hash_value": "c"}}) is None
    assert set_hashes.known(member()) is None
