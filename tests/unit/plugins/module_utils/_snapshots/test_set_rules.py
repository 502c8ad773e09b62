# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what is refused of a set before anything is sent."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_rules

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=timezone.utc)
ITEM = {
    **dict.fromkeys(("regex", "server_metadata", "consistency", "policy", "window", "hold", "metadata")),
    "server": "web",
    "name": "night",
}
PARAMS = {"servers": None, "state": "present", "wait": True}


def problem(params=None, **item):
    return set_rules.problem({**ITEM, **item}, {**PARAMS, **(params or {})})


def test_what_is_right_has_no_problem():
    assert problem(consistency="stop", policy="gold", hold="true", metadata={"ticket": 5}) is None
    assert problem({"servers": [{}]}, server=None, regex="w.*") is None
    assert problem({"state": "absent", "wait": False}) is None


@pytest.mark.parametrize(
    ("item", "params", "says"),
    [
        ({"name": " "}, {}, "name is empty; give the set a name"),
        ({"name": "n" * 256}, {}, "name has 256 characters"),
        ({"name": "a\nb"}, {}, "name has the character"),
        ({"server": None}, {}, "one of server, regex and server_metadata is required"),
        ({"server": None, "regex": "w.*"}, {}, "a pattern may find several servers; give it as an item of servers"),
        ({"server": None, "regex": "("}, {"servers": [{}]}, "which is no regular expression"),
        ({}, {"wait": False}, "wait is false, and a set is whole only when all of it is there; leave wait out"),
        ({"metadata": {"osnap_set": "a"}}, {}, "metadata has osnap_set, which this collection keeps for itself"),
        ({"metadata": {"a,b": "a"}}, {}, "metadata has the key 'a,b'; a key has no comma"),
        ({"metadata": {"a": "\U0001f600"}}, {}, "metadata has the character"),
        ({"metadata": {"a": []}}, {}, "a value is text, a number or a boolean"),
        ({"policy": "p" * 256}, {}, "policy has 256 characters"),
        ({"hold": "a\nb"}, {}, "hold has the character"),
    ],
)
def test_what_is_wrong_is_told_in_a_clause(item, params, says):
    assert says in problem(params, **item)


def row(**values):
    member = {"id": "i", "is_protected": False, "row": {"metadata": {_marks.HOLD: "true", "series": "a"}}}
    return {"id": "set", "holds": [], "members": [member], "surplus": [], "consistency": "crash", **values}


def test_a_held_set_and_one_with_a_protected_image_stay():
    assert set_rules.staying(row(), "It", NOW) is None
    assert set_rules.staying(row(holds=["2026-11-29"]), "It", NOW) is None
    assert "take osnap_hold away first" in str(set_rules.staying(row(holds=["false", "true"]), "It", NOW))
    protected = {**row()["members"][0], "is_protected": True}
    assert "protected from deletion" in str(set_rules.staying(row(surplus=[protected]), "It", NOW))


def test_only_what_differs_is_changed():
    assert set_rules.changes(row(), {**ITEM, "hold": "true", "metadata": {"series": "a"}}) == {}
    wanted = {**ITEM, "hold": "", "policy": "gold", "metadata": {"series": "b"}}
    assert set_rules.changes(row(), wanted) == {_marks.HOLD: "", _marks.POLICY: "gold", "series": "b"}


@pytest.mark.parametrize(
    ("asked", "reached", "is_enough"),
    [
        (None, "unknown", True),
        ("crash", "unknown", True),
        ("stop", "off", True),
        ("stop", "frozen", False),
        ("quiesce", "frozen", True),
        ("quiesce", "off", True),
        ("quiesce", "crash", False),
    ],
)
def test_a_set_that_is_there_must_be_as_consistent_as_asked_for(asked, reached, is_enough):
    assert (set_rules.shortfall(row(consistency=reached), "It", asked) is None) == is_enough


def test_a_server_that_is_still_off_is_told_beside_what_went_wrong():
    start = OsnapError("no host.")
    assert str(set_rules.still_off("It", None, start)) == "It is there, but its server is still off: no host."
    both = set_rules.still_off("It", OsnapError("It failed.", stops_work=True), start)
    assert str(both) == "It failed; and its server is still off: no host." and both.stops_work
