# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that what has failed and is on hold is not replaced."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._protection import policies
from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried
from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Need, Taken
from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject
from ansible_collections.osnap.openstack.plugins.module_utils._protection.taking import on_hold
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import FAILED, Item

NOW = datetime.now(timezone.utc)
GOLD = policies.read({"gold": {"keep_daily": 7}})["gold"]


def carried(*holds, has_failed=True):
    row = {"id": "f1", "name": "gold-today", "status": "error", "created_at": NOW.isoformat()}
    failed = Taken(row, {}, Item("f1", "v1", NOW, FAILED, "error", holds)) if has_failed else None
    subject = Subject("volume", {"id": "v1", "name": "data"}, policy=GOLD)
    return Carried(subject, Need("today", failed=failed), "gold-today")


@pytest.mark.parametrize("hold", ["true", "keep", "2999-01-01"])
def test_what_has_failed_and_is_on_hold_is_not_replaced(hold):
    told = str(on_hold(carried(hold)))
    assert told.startswith(
        "The volume 'data' (v1) has 'gold-today' (f1) of this window, which has failed and is on hold"
    )
    assert told.endswith("; take osnap_hold away, then run again, which replaces it.")


@pytest.mark.parametrize("holds", [(), (None,), ("",), ("false",), ("2001-01-01",)])
def test_what_nobody_holds_is_replaced(holds):
    assert on_hold(carried(*holds)) is None


def test_where_nothing_has_failed_nothing_is_held():
    assert on_hold(carried(has_failed=False)) is None
