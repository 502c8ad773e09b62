# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._capabilities import look
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run


@pytest.fixture
def cloud():
    """A cloud that answers all that is asked."""
    cloud = FakeCloud()
    cloud.cinder.versions, cloud.nova.versions = ("3.0", "3.71"), ("2.1", "2.96")
    quota = {
        "volumes": 10,
        "snapshots": -1,
        "gigabytes": 100,
        "backups": 5,
        "backup_gigabytes": 50,
        "groups": 3,
        "per_volume_gigabytes": -1,
        "volumes_my_fast": 4,
        "snapshots_my_fast": -1,
        "gigabytes_my_fast": -1,
    }
    answers(
        cloud.cinder,
        f"/os-quota-sets/{cloud.project_id}",
        {
            "quota_set": {
                "id": "x",
                **{name: {"limit": limit, "in_use": 3, "reserved": 2} for name, limit in quota.items()},
            }
        },
    )
    answers(
        cloud.cinder,
        "/os-availability-zone",
        {
            "availabilityZoneInfo": [
                {"zoneName": "z2", "zoneState": {"available": False}},
                {"zoneName": "z1", "zoneState": {"available": True}},
            ]
        },
    )
    answers(cloud.cinder, "/consistencygroups", {"consistencygroups": []})
    cloud.cinder.put("/types", name="slow", is_public=True, extra_specs={})
    cloud.cinder.put("/group_types", name="default_cgsnapshot_type", is_public=True)
    cloud.cinder.put("/group_types", name="plain", is_public=True)
    answers(
        cloud.nova,
        "/limits",
        {
            "limits": {
                "absolute": {
                    "maxTotalInstances": 10,
                    "totalInstancesUsed": 12,
                    "maxTotalCores": -1,
                    "totalCoresUsed": 1,
                }
            }
        },
    )
    answers(cloud.nova, "/os-availability-zone", {"availabilityZoneInfo": []})
    answers(cloud.glance, "/info/usage", {"usage": {"image_count_total": {"limit": 5, "usage": 1}}})
    answers(cloud.glance, "/info/import", {"import-methods": {"value": ["web-download", "glance-direct"]}})
    answers(
        cloud.glance,
        "/info/stores",
        {"stores": [{"id": "fast", "default": "true"}, {"id": "cold", "description": "tape"}]},
    )
    return cloud


def answers(api, path, document):
    api.on["GET", path] = lambda match, params: Answer(document)


def refuses(api, path, status):
    def refuse(match, params):
        raise OsnapError(f"Could not read it: {status}.", status=status)

    api.on["GET", path] = refuse


def ask(cloud):
    ran = run(Reader({}, {}, look, connect=lambda params: cloud), {})
    assert not ran.failed and ran["changed"] is False and not cloud.written
    return ran["capabilities"]


def test_what_a_cloud_tells(cloud):
    found = ask(cloud)
    assert found["unread"] == {} and found["roles"] == ["member"] and found["project_id"] == cloud.project_id
    assert found["services"]["block-storage"] == {
        "endpoint": "http://cloud/",
        "min_version": "3.0",
        "max_version": "3.71",
    }
    assert found["services"]["image"] == {"endpoint": "http://cloud/", "min_version": None, "max_version": None}
    volumes = found["quotas"]["block_storage"]
    assert volumes["volumes"] == {"limit": 10, "used": 5, "left": 5} and volumes["snapshots"] == {
        "limit": None,
        "used": 5,
        "left": None,
    }
    assert volumes["volume_types"] == {
        "my_fast": {
            "volumes": {"limit": 4, "used": 5, "left": 0},
            "snapshots": {"limit": None, "used": 5, "left": None},
            "gigabytes": {"limit": None, "used": 5, "left": None},
        }
    }
    assert volumes["per_volume_gigabytes"] is None
    assert found["quotas"]["compute"] == {
        "instances": {"limit": 10, "used": 12, "left": 0},
        "cores": {"limit": None, "used": 1, "left": None},
        "ram": None,
    }
    assert found["quotas"]["image"] == {"image_count_total": {"limit": 5, "used": 1, "left": 4}}
    assert found["import_methods"] == ["glance-direct", "web-download"]
    assert found["stores"] == [
        {"id": "fast", "description": None, "is_default": True},
        {"id": "cold", "description": "tape", "is_default": False},
    ]
    assert [row["name"] for row in found["volume_types"]] == ["slow"] and [
        row["name"] for row in found["group_types"]
    ] == ["plain"]
    assert found["availability_zones"]["block_storage"] == [
        {"name": "z1", "is_available": True},
        {"name": "z2", "is_available": False},
    ]
    assert found["features"]["cg_snapshot"] == {"available": True, "reason": None}


def test_where_the_quota_set_is_hidden_the_limits_tell(cloud):
    refuses(cloud.cinder, f"/os-quota-sets/{cloud.project_id}", 403)
    answers(cloud.cinder, "/limits", {"limits": {"absolute": {"maxTotalSnapshots": 10, "totalSnapshotsUsed": 4}}})
    found = ask(cloud)
    assert found["unread"] == {} and found["quotas"]["block_storage"] == {
        "volumes": None,
        "snapshots": {"limit": 10, "used": 4, "left": 6},
        "gigabytes": None,
        "backups": None,
        "backup_gigabytes": None,
        "groups": None,
        "per_volume_gigabytes": None,
        "volume_types": None,
    }


def test_what_can_not_be_read_is_null_and_says_why(cloud):
    refuses(cloud.glance, "/info/stores", 404)
    refuses(cloud.cinder, "/consistencygroups", 403)
    refuses(cloud.cinder, f"/os-quota-sets/{cloud.project_id}", 503)
    found = ask(cloud)
    assert found["stores"] is None and found["quotas"]["block_storage"] is None
    assert found["unread"] == {
        "stores": "Could not read it: 404.",
        "consistency_groups": "Could not read it: 403.",
        "block_storage_quota": "Could not read it: 503.",
    }
    assert found["features"]["cg_snapshot_legacy"]["available"] is False


def test_a_service_that_is_not_there_is_not_asked(cloud):
    cloud.nova.endpoint = None
    found = ask(cloud)
    assert not cloud.nova.reads and found["services"]["compute"] == {
        "endpoint": None,
        "min_version": None,
        "max_version": None,
    }
    assert found["unread"] == dict.fromkeys(
        ("compute_quota", "compute_zones"), "The cloud has no compute service in its catalog."
    )
    assert (
        found["features"]["server_power"]["available"] is False
        and found["features"]["volume_snapshot"]["available"] is True
    )


def test_versions_that_can_not_be_read_are_unknown_and_what_needs_them_says_so(cloud):
    def fail():
        raise OsnapError("Could not read the versions.")

    cloud.cinder.microversions = fail
    found = ask(cloud)
    assert found["services"]["block-storage"] == {"endpoint": "http://cloud/", "min_version": None, "max_version": None}
    assert (
        found["features"]["volume_snapshot_revert"]["available"] is None
        and found["features"]["volume_snapshot"]["available"] is True
    )
