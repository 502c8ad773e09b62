# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.metadata import plan_metadata


def item(**values):
    return {"metadata": None, "unset": None, "purge": None, **values}


@pytest.mark.parametrize(
    "have, asked, then",
    [
        ({"a": "1"}, {"metadata": {"b": 2}}, {"a": "1", "b": "2"}),
        ({"a": "1"}, {"metadata": {"a": True}}, {"a": "true"}),
        ({"a": "1", "b": "2"}, {"unset": ["b", "c"]}, {"a": "1"}),
        ({"a": "1", "b": "2"}, {"metadata": {"c": 3}, "unset": ["a"]}, {"b": "2", "c": "3"}),
        ({"a": "1", "b": "2"}, {"metadata": {"b": 2}, "purge": True}, {"b": "2"}),
        ({"a": "1", "osnap_run": "r"}, {"metadata": {}, "purge": True}, {"osnap_run": "r"}),
        (None, {"metadata": {"a": 1}}, {"a": "1"}),
        # nothing to do
        ({"a": "1"}, {"metadata": {"a": 1}, "unset": ["b"]}, {"a": "1"}),
        ({"a": "1"}, {"metadata": {"a": 1}, "purge": True}, {"a": "1"}),
        ({}, {"metadata": {}}, {}),
        ({"a": "1"}, {"unset": []}, {"a": "1"}),
    ],
)
def test_the_plan(have, asked, then):
    plan = plan_metadata({"id": "1", "metadata": have, "updated_at": "then"}, "metadata", item(**asked))
    assert plan.before == {"metadata": have or {}} and plan.after == {"metadata": then} == plan.facts
    assert plan.changed is (then != (have or {}))
    assert plan.resource == {
        "id": "1",
        "metadata": then if plan.changed or have is not None else have,
        "updated_at": None if plan.changed else "then",
    }


def test_replacing_an_images_leaves_what_the_services_have_written():
    properties = {
        "hw_disk_bus": "virtio",
        "os_type": "linux",
        "block_device_mapping": "[]",
        "instance_uuid": "1",
        "osnap_source": "1",
        "ticket": "2",
        "image_type": "snapshot",
        "image_types": "3",
    }
    plan = plan_metadata(
        {"id": "1", "properties": properties}, "properties", item(metadata={"os_type": "other"}, purge=True)
    )
    assert (
        set(properties) - set(plan.after["metadata"]) == {"ticket", "image_types"}
        and plan.after["metadata"]["os_type"] == "other"
    )


@pytest.mark.parametrize(
    "properties, companion",
    [({"instance_uuid": "s"}, "1"), ({"instance_uuid": "s", "osnap_for": "1"}, None), ({"series": "x"}, None)],
)
def test_a_series_names_the_image_that_it_was_set_on_where_nova_may_hand_it_on(properties, companion):
    """Set once more, it is bound, too: it may have been inherited."""
    row = {"id": "1", "properties": {"series": "nightly", **properties}}
    plan = plan_metadata(row, "properties", item(metadata={"series": "nightly"}))
    assert plan.after["metadata"].get("osnap_series_for") == companion
    assert "osnap_series_for" not in plan_metadata(row, "properties", item(metadata={"a": 1})).after["metadata"]


SNAPSHOT = {"instance_uuid": "server", "image_type": "snapshot"}


@pytest.mark.parametrize(
    "have, asked, then",
    [
        (SNAPSHOT, {"metadata": {"osnap_hold": True}}, {**SNAPSHOT, "osnap_hold": "true", "osnap_hold_for": "1"}),
        ({}, {"metadata": {"osnap_hold": "2026-12-31"}}, {"osnap_hold": "2026-12-31"}),
        (
            {**SNAPSHOT, "osnap_hold": "x", "osnap_hold_for": "1", "series": "s", "osnap_series_for": "1"},
            {"unset": ["osnap_hold"]},
            {**SNAPSHOT, "series": "s", "osnap_series_for": "1"},
        ),
        ({**SNAPSHOT, "osnap_hold": "x"}, {"metadata": {}, "purge": True}, {**SNAPSHOT, "osnap_hold": "x"}),
    ],
)
def test_a_hold_of_an_image_is_the_users_and_comes_and_goes_with_its_companion(have, asked, then):
    assert plan_metadata({"id": "1", "properties": have}, "properties", item(**asked)).after == {"metadata": then}


def test_a_hold_of_a_volume_snapshot_has_no_companion():
    for asked, then in (({"metadata": {"osnap_hold": "x"}}, {"osnap_hold": "x"}), ({"unset": ["osnap_hold"]}, {})):
        plan = plan_metadata({"id": "1", "metadata": {"osnap_hold": "y"}}, "metadata", item(**asked))
        assert plan.after == {"metadata": then}
