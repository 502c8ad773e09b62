# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.backup_chains import (
    base_for,
    bases,
    built_upon,
    keeps,
)


def backup(id, day, incremental=False, has=False, **more):
    at = f"2026-11-{day:02}T12:00:00.000000"
    return {
        "id": id,
        "name": id,
        "volume_id": "v",
        "status": "available",
        "data_timestamp": at,
        "created_at": at,
        "is_incremental": incremental,
        "has_dependent_backups": has,
        "metadata": {},
        **more,
    }


CHAIN = [
    backup("full", 1, has=True),
    backup("two", 2, True, has=True),
    backup("three", 3, True),
    backup("other", 4, has=True),
    backup("five", 5, True),
    backup("of another volume", 2, True, volume_id="w"),
]


def test_each_is_built_upon_the_newest_before_it_that_has_any():
    assert bases(CHAIN) == {"two": "full", "three": "two", "five": "other"}


@pytest.mark.parametrize("status", ["error", "creating"])
def test_one_that_cinder_does_not_count_yet_keeps_its_base_all_the_same(status):
    rows = [backup("full", 1), backup("late", 2, True, status=status)]
    assert bases(rows) == {"late": "full"}


def test_what_is_built_upon_one_directly_or_not_is_listed_as_it_can_be_deleted():
    assert [row["id"] for row in built_upon(CHAIN[0], CHAIN)] == ["three", "two"]
    assert built_upon(CHAIN[2], CHAIN) == []


def test_times_that_are_none_make_no_endless_chain():
    rows = [backup(id, 1, True, has=True, data_timestamp=None, created_at=None) for id in "ab"]
    assert bases(rows) == {}
    assert built_upon(rows[0], rows) == []


@pytest.mark.parametrize(
    "at, base",
    [
        (None, "five"),
        ("2026-11-04T12:00:00.000000", "three"),
        ("2026-11-04T12:00:00.000001", "other"),
        ("2026-11-01T12:00:00.000000", None),
        ("not a time", None),
    ],
)
def test_of_a_snapshot_the_one_before_it_is_the_base(at, base):
    snapshot = at and {"created_at": at}
    found = base_for(CHAIN, "v", snapshot)
    assert (found and found["id"]) == base


def test_what_is_no_base():
    assert base_for([backup("a", 1, status="creating"), backup("b", 1, status="error")], "v", None) is None
    assert base_for(CHAIN, "nobody's", None) is None
    assert base_for(CHAIN, "v", OsnapError("gone")) is None


def test_what_keeps_one():
    held = [CHAIN[0], CHAIN[1], {**CHAIN[2], "metadata": {"osnap_hold": "legal"}}]
    assert keeps(CHAIN[0], CHAIN, ["two", "three"], []) is None
    assert "'three' (three), 'two' (two) are built upon it; set with_dependents" in keeps(CHAIN[0], CHAIN, [], [])
    assert "'three' (three) is built upon it" in keeps(CHAIN[1], CHAIN, [], [])
    assert "'three' (three), built upon it, has osnap_hold" in keeps(held[0], held, ["two", "three"], ["two"])
    assert keeps(held[0], held, ["two", "three"], ["three"]) is None
    nameless = [CHAIN[0], {**CHAIN[1], "name": None, "has_dependent_backups": False}]
    assert keeps(nameless[0], nameless, [], []).startswith("two is built upon it")
