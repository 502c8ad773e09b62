# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import misplaced
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import (
    BACKUPS,
    GIGABYTES,
    GIGABYTES_OF_BACKUPS,
    GROUPS,
    LARGEST,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud


def quota_set(cloud, quotas):
    cloud.cinder.on["GET", f"/os-quota-sets/{cloud.project_id}"] = lambda match, params: Answer({"quota_set": quotas})


def test_the_quota_set_tells_all_with_one_request():
    cloud = FakeCloud()
    three = {"limit": 10, "in_use": 4, "reserved": 3}
    none = {"limit": -1, "in_use": 4, "reserved": 0}
    quota_set(
        cloud,
        {
            "id": cloud.project_id,
            "volumes": three,
            "snapshots": none,
            "gigabytes": three,
            "groups": three,
            "backup_gigabytes": three,
            "per_volume_gigabytes": {"limit": 7, "in_use": 0, "reserved": 0},
            "volumes___DEFAULT__": none,
            "volumes_a_b": three,
            "gigabytes_a_b": none,
            "snapshots_fast": {"limit": 0, "in_use": 2, "reserved": 0},
        },
    )
    assert Volumes(cloud).room() == {
        "volumes": 3,
        "snapshots": None,
        GIGABYTES: 3,
        GROUPS: 3,
        BACKUPS: None,
        GIGABYTES_OF_BACKUPS: 3,
        LARGEST: 7,
        "volumes of the volume type 'a_b'": 3,
        "snapshots of the volume type 'fast'": -2,
    }
    assert cloud.cinder.reads == [(f"/os-quota-sets/{cloud.project_id}", {"usage": "true"})]


@pytest.mark.parametrize("quotas", [None, {"volumes": 5, "snapshots": {}, "gigabytes": {"limit": "x"}, "groups": []}])
def test_a_quota_that_is_none_limits_nothing(quotas):
    cloud = FakeCloud()
    cloud.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": {"maxTotalVolumes": 2}}})
    quota_set(cloud, quotas)
    try:
        assert set(Volumes(cloud).room().values()) == {None}
    except OsnapError as error:
        assert "totalVolumesUsed" in str(error)


@pytest.mark.parametrize(
    "most, used, left", [(None, 3, None), ("all", 3, None), (5, None, 5), (5, 3, 2), (-1, 3, None)]
)
def test_limits_that_are_no_numbers_limit_nothing(most, used, left):
    cloud = FakeCloud()
    absolute = {"maxTotalVolumes": most, "totalVolumesUsed": used}
    cloud.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": absolute}})
    backups = {BACKUPS: None, GIGABYTES_OF_BACKUPS: None}
    assert Volumes(cloud).room() == {"volumes": left, "snapshots": None, GIGABYTES: None, **backups}


@pytest.mark.parametrize("text", [None, 5])
def test_a_message_that_says_nothing_is_no_reason(text):
    cloud = FakeCloud()
    cloud.cinder.on["GET", "/messages"] = lambda match, params: Answer({"messages": [{"user_message": text}]})
    assert Volumes(cloud).reason({"id": "v1"}) is None


@pytest.mark.parametrize("zone, told", [(None, None), ("", None), ("nova", None), ("moon", "there is away, nova.")])
def test_a_zone_that_there_is_none_of(zone, told):
    error = misplaced(FakeCloud(), zone, {"nova", "away"})
    assert error is None if told is None else str(error).endswith(told)


def test_the_newest_message_is_the_reason():
    cloud = FakeCloud()
    cloud.cinder.on["GET", "/messages"] = lambda match, params: Answer(
        {"messages": [{"user_message": "Snapshot is busy."}, {"user_message": "older"}]}
    )
    assert Volumes(cloud).reason({"id": "v1"}) == "Snapshot is busy"
    assert cloud.cinder.reads == [("/messages", {"resource_uuid": "v1", "sort": "created_at:desc"})]


def test_no_message_is_no_reason():
    cloud = FakeCloud()
    assert Volumes(cloud).reason({"id": "v1"}) is None  # a cloud that keeps none answers 404
    cloud.cinder.on["GET", "/messages"] = lambda match, params: Answer({"messages": []})
    assert Volumes(cloud).reason({"id": "v1"}) is None
