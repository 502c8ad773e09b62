# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparisons must see every lie and no lie that isn't one."""

import pytest
from osnap_harness import compare

TOKEN = "gAAAAABn" + "x" * 60


@pytest.mark.parametrize(
    "check, real",
    [
        ({"id": None, "name": "a"}, {"id": "1", "name": "a"}),
        ({"snapshot": None}, {"snapshot": {"id": "1"}}),
        ({"metadata": {"a": "1"}}, {"metadata": {"a": "1"}}),
        ({"snapshots": [{"id": None}, {"id": "2"}]}, {"snapshots": [{"id": "1"}, {"id": "2"}]}),
        ({}, {}),
    ],
)
def test_null_promises_nothing_and_the_rest_holds(check, real):
    assert compare.foretold(check, real) == []


@pytest.mark.parametrize(
    "check, real, where",
    [
        ({"name": "a"}, {"name": "b"}, "name is"),
        ({"name": "a"}, {"name": None}, "name is"),
        ({"a": 1}, {}, "in the check run only"),
        ({}, {"a": 1}, "in the real run only"),
        ({"size": 1}, {"size": True}, "size is"),
        ({"size": 1}, {"size": "1"}, "size is"),
        (
            {"snapshot": {"id": None, "extra": None}},
            {"snapshot": {"id": "1"}},
            "snapshot has the key 'extra' in the check run only",
        ),
        ({"snapshots": [{"name": "a"}]}, {"snapshots": [{"name": "b"}]}, "snapshots[0].name is"),
        ({"snapshots": []}, {"snapshots": [{}]}, "snapshots has 0 elements"),
        ({"snapshot": {}}, {"snapshot": []}, "snapshot is"),
    ],
)
def test_a_broken_promise_is_named_with_its_place(check, real, where):
    (problem,) = compare.foretold(check, real)
    assert where in problem


def test_what_ansible_adds_is_not_compared():
    result = {"changed": True, "invocation": {}, "_ansible_no_log": False, "warnings": [], "snapshot": {}}
    assert compare.returned(result) == {"snapshot": {}}


@pytest.mark.parametrize(
    "diff, change",
    [
        (None, False),
        ([], False),
        ({"before": {"a": 1}, "after": {"a": 1}}, False),
        ({"before": {}, "after": {"a": 1}}, True),
        ([{"before": 1, "after": 1}, {"before": 1, "after": 2}], True),
        ({"prepared": "+ a"}, True),
    ],
)
def test_a_diff_shows_a_change_only_where_before_and_after_differ(diff, change):
    assert compare.shows_change({"diff": diff}) is change


def test_secrets_are_found_in_values_keys_and_nested_text():
    result = {
        "a": [{"b": "say osnap-secret twice"}],
        "osnap-secret": 1,
        "c": f"X-Auth-Token: {TOKEN}",
        "d": "fine",
        "e": None,
        "f": 3,
    }
    assert compare.leaks(result, ["osnap-secret"]) == ["osnap-secret (the key itself)", "a[0].b", "c"]


@pytest.mark.parametrize(
    "message",
    ["", "  ", "two\nlines", "Traceback (most recent call last)", "<openstack.X object at 0x7f>", "<html>no</html>"],
)
def test_what_is_no_sentence(message):
    assert compare.unclear(message)


def test_a_sentence_is_one():
    assert compare.unclear("There is no volume called db01: give the ID or the name of an existing one.") == []


def test_tracebacks_are_found_anywhere():
    assert compare.tracebacks({"a": ["x", "Traceback (most recent call last):\n"], "b": "fine"}) == ["result.a[1]"]
