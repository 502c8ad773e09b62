# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of policies: what they mean, and one sentence with all that is wrong."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._protection import policies
from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import subject

NOW = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)


def one(**options):
    return policies.read({"gold": {"keep_daily": 7, **options}})["gold"]


def test_a_policy_has_its_defaults():
    policy = one()
    assert (policy.name, policy.kind, policy.consistency, policy.every.text) == ("gold", "snapshot", "crash", "1d")
    assert (policy.keep.keep_daily, policy.keep.min_keep, policy.keep.delete_failed.text) == (7, 1, "1d")
    assert policy.is_paused(NOW) is None
    assert policy.holds(NOW) is None
    assert policy.oldest(NOW) == NOW - timedelta(hours=36)


def test_copies_are_kept_as_the_sets_are_unless_it_says_otherwise():
    assert one().copy_to is None
    assert one(copy_to="far").of_copies.keep.keep_daily == 7
    found = one(copy_to="far", copy_keep={"keep_monthly": 12}, time_zone="Europe/Vienna").of_copies
    assert (found.keep.keep_daily, found.keep.keep_monthly, found.zone.key) == (0, 12, "Europe/Vienna")


def test_numbers_may_be_texts_as_templates_give_them():
    assert one(keep_daily="14").keep.keep_daily == 14


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"keep_daily": 0}, "policies.gold: The policy keeps nothing; set at least one of"),
        ({"keep_dayly": 7}, "policies.gold: there is no option keep_dayly, keep_daily may be meant"),
        ({"every": "5h"}, "policies.gold: every is '5h'"),
        ({"every": "1x"}, "policies.gold: every is '1x'"),
        ({"time_zone": "Mars"}, "policies.gold: time_zone 'Mars' is not known"),
        ({"as": "tape"}, "policies.gold: value of as must be one of"),
        ({"max_age": "0h"}, "policies.gold: max_age is '0h'"),
        ({"restore_test": {}}, "policies.gold: missing required arguments: every found in restore_test"),
        ({"restore_test": {"every": "0d"}}, "policies.gold: restore_test.every is '0d'"),
        ({"copy_keep": {"keep_last": 1}}, "policies.gold: copy_keep is set and copy_to is not"),
        ({"copy_to": "far", "copy_keep": {}}, "policies.gold: copy_keep: The policy keeps nothing"),
        ({"copy_to": "far", "copy_keep": {"keep_lst": 1}}, "gold: copy_keep: there is no option keep_lst, keep_last"),
        ({"keep_daily": "many"}, "policies.gold: .*keep_daily"),
        ({"keep_last": -2}, "policies.gold: keep_last is -2"),
    ],
)
def test_what_is_wrong_with_a_policy_is_a_sentence(options, says):
    with pytest.raises(OsnapError, match=says):
        one(**options)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"none": {"keep_last": 1}}, "policies.none: none is what metadata say"),
        ({"": {"keep_last": 1}}, "policies.: a policy's name has"),
        ({"a\nb": {"keep_last": 1}}, "a policy's name has 1 to 64"),
        ({"gold": "7 days"}, "policies.gold: it is '7 days'; give a dictionary"),
        ({"gold": None}, "policies.gold: it is None"),
    ],
)
def test_what_is_no_policy_is_refused(given, says):
    with pytest.raises(OsnapError, match=says):
        policies.read(given)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(OsnapError, match=r"policies.a: .+; policies.b: .+\.$"):
        policies.read({"a": {"keep_daily": 0}, "b": {"keep_daily": 0}, "c": {"keep_daily": 1}})


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (True, "the policy gold is paused .True."),
        ("2026-11-30", "the policy gold is paused until 2026-11-30"),
        ("2026-11-29", None),
        (False, None),
        ("someday", "the policy gold is paused .someday."),
    ],
)
def test_a_pause_ends_with_its_day(value, says):
    paused = one(paused=value).is_paused(NOW)
    assert (paused is None) if says is None else re.search(says, paused)


@pytest.mark.parametrize(
    ("asked", "metadata", "default", "named", "origin"),
    [
        ("gold", {"osnap_policy": "silver"}, "silver", "gold", "item"),
        (None, {"osnap_policy": "silver"}, "gold", "silver", "metadata"),
        (" ", {"osnap_policy": " "}, "gold", "gold", "default"),
        (None, {}, None, None, None),
        (None, {"osnap_policy": "none"}, "gold", None, "metadata"),
        ("gold", {"osnap_policy": "none"}, None, "gold", "item"),
    ],
)
def test_the_item_goes_before_the_metadata_and_these_before_the_default(asked, metadata, default, named, origin):
    known = policies.read({"gold": {"keep_last": 1}, "silver": {"keep_last": 2}})
    found = subject("volume", {"id": "1", "name": "data", "metadata": metadata}, asked, default, known)
    assert (found.named, found.origin, found.problem) == (named, origin, None)
    assert (found.policy.name if found.policy else None) == named
    assert found.is_left_out == (metadata.get("osnap_policy") == "none" and asked is None)


def test_a_name_that_no_dictionary_has_is_a_problem_of_its_object():
    known = policies.read({"gold": {"keep_last": 1}})
    found = subject("volume", {"id": "1", "name": "data", "metadata": {"osnap_policy": "glod"}}, None, "gold", known)
    assert found.policy is None
    assert found.problem == (
        "The volume 'data' (1) has the policy 'glod' by its osnap_policy, and there are gold; define it in policies, or"
        " name one of these."
    )
