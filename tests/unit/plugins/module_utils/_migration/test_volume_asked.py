# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which volumes a task is about: what an item may say, and that an empty name never becomes a pattern."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import volume_asked, volume_preflight
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_migration import VolumeMigration
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.volume_worlds import ITEM

NONE = {**ITEM, "volume": None}


@pytest.mark.parametrize(
    ("item", "top", "expected"),
    [
        ({}, {"volumes": None}, "volume or snapshot is required, or volumes"),
        ({"regex": "a.*"}, {"volumes": None}, "volume or snapshot is required, or volumes"),
        ({"volume": "a", "snapshot": "b"}, {}, "volume and snapshot exclude each other"),
        ({}, {}, "one of volume, snapshot, regex and metadata is required"),
        ({"metadata": {"a": "b"}}, {"metadata": {"a": "b"}}, "one of volume, snapshot and regex is required"),
        ({"metadata": {"a": "b"}}, {}, None),
        ({"regex": "a.*", "metadata": {"a": "b"}}, {"metadata": {"a": "b"}}, None),
        ({"regex": "a.*", "name": "b"}, {}, "name is for one volume; leave it out, for more than one may be found"),
        ({"volume": " ", "metadata": {"a": "b"}}, {}, "volume is empty; give the name or ID of one"),
        ({"snapshot": "", "regex": "a"}, {}, "snapshot and regex exclude each other"),
        ({"volume": "", "snapshot": "eve"}, {}, None),
        ({"volume": "data", "snapshot": ""}, {"volumes": None}, None),
    ],
)
def test_what_an_item_may_say(item, top, expected):
    params = {"run": "r", "volumes": [], "metadata": None, **top}
    operation = VolumeMigration()
    assert operation.problem(operation.tidy({**NONE, **item}), params) == expected


def test_patterns_become_items_and_what_is_named_is_not_looked_up():
    cloud = FakeCloud()
    for name in ("logs-1", "logs-2", "data"):
        cloud.volume(id=f"id-{name}", name=name, metadata={"tier": name[:4]})
    items = [{**NONE, "snapshot": "eve"}, {**NONE, "regex": "logs-.*", "metadata": {"moved": "yes"}}]
    found = volume_preflight.selected(cloud, [*items, {**NONE, "metadata": {"tier": "data"}}], ["logs-2"])
    assert [(one["volume"], one["snapshot"], one["metadata"]) for one in found] == [
        (None, "eve", None),
        ("id-logs-1", None, {"moved": "yes"}),
        ("id-data", None, None),
    ]
    cloud.cinder.reads.clear()
    assert volume_preflight.selected(cloud, [ITEM], []) == [ITEM] and cloud.cinder.reads == []
    assert set(volume_preflight.OPTIONS) == {*volume_asked.MIGRATION, "state", "volumes"}
