# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import reader
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.modules.volume_snapshot_info import VolumeSnapshotInfo
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, Api, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run


class Cloud(FakeCloud):
    """A cloud that tells which microversions its lists were asked with."""

    def __init__(self):
        super().__init__()
        self.services["identity"] = Api()
        self.versions = []
        plain = self.cinder.pages

        def pages(path, key, *, microversion=None, **more):
            self.versions.append((microversion.least, microversion.gives) if microversion else None)
            return plain(path, key, microversion=microversion, **more)

        self.cinder.pages = pages

    @property
    def params(self):
        return self.cinder.reads[-1][1]


@pytest.fixture
def cloud(monkeypatch):
    cloud = Cloud()
    plain = reader.Reader.__init__
    monkeypatch.setattr(
        reader.Reader,
        "__init__",
        lambda self, options, rules, read: plain(self, options, rules, read, connect=lambda params: cloud),
    )
    return cloud


def listed(**arguments):
    ran = run(VolumeSnapshotInfo(), arguments)
    assert not ran.failed, ran["msg"]
    return [row["id"] for row in ran["volume_snapshots"]]


# -- filters


@pytest.mark.parametrize(
    "arguments, sent, version",
    [
        ({"availability_zone": "nova"}, {"availability_zone": "nova"}, ("3.31", "the filter availability_zone")),
        ({"consumes_quota": False}, {"consumes_quota": False}, ("3.65", "the filter consumes_quota")),
        (
            {"consumes_quota": True, "availability_zone": "a"},
            {"consumes_quota": True, "availability_zone": "a"},
            ("3.65", "the filter consumes_quota"),
        ),
        ({"filters": {"user_id": 5}}, {"user_id": "5"}, ("3.31", "the filter filters")),
        ({"filters": {"name~": "night"}}, {"name~": "night"}, ("3.34", "the filter name~")),
        (
            {"filters": {"name~": "night"}, "status": "error"},
            {"name~": "night", "status": "error"},
            ("3.34", "the filter name~"),
        ),
        ({"status": "error"}, {"status": "error"}, ("3.0", "a volume snapshot")),
    ],
)
def test_filters_are_the_services_and_no_older_cloud_leaves_one_out_silently(cloud, arguments, sent, version):
    listed(**arguments)
    assert cloud.params == sent and cloud.versions == [version]


@pytest.mark.parametrize(
    "filters, named",
    [
        ({"limit": 1}, "limit"),
        ({"sort_key": "a", "all_tenants": 1}, "all_tenants, sort_key"),
        ({"status": "x"}, "status"),
    ],
)
def test_what_has_an_option_of_its_own_is_no_filter(cloud, filters, named):
    ran = run(VolumeSnapshotInfo(), {"filters": filters, "status": "error"})
    assert ran.failed and ran["msg"] == f"filters has {named}, for which there is an option; use that one."


def test_metadata_is_the_services_filter_too(cloud):
    id = cloud.snapshot(metadata={"a": "1", "quote": 'it\'s "so"'})["id"]
    cloud.snapshot(metadata={"a": "1"})
    assert listed(metadata={"quote": 'it\'s "so"', "a": 1}) == [id]
    assert cloud.params == {"metadata": """{'quote': 'it\\'s "so"', 'a': '1'}"""} and len(cloud.cinder.reads) == 1


def test_where_the_operator_forbids_that_filter_it_is_applied_here(cloud):
    id = cloud.snapshot(metadata={"a": "1"})["id"]
    cloud.snapshot()
    plain = cloud.cinder.pages

    def choosy(path, key, *, params=None, **more):
        if "metadata" in params:
            raise OsnapError("Invalid filters metadata", status=400)
        return plain(path, key, params=params, **more)

    cloud.cinder.pages = choosy
    assert listed(metadata={"a": 1}) == [id]


def test_another_refusal_is_told(cloud):
    def broken(*args, **more):
        raise OsnapError("The service is not available.", status=503)

    cloud.cinder.pages = broken
    assert run(VolumeSnapshotInfo(), {"metadata": {"a": 1}})["status"] == 503


# -- order and number


def test_the_services_order_is_kept_where_it_was_asked_for(cloud):
    ids = [cloud.snapshot(created_at=f"2026-11-24T09:00:0{second}.000000")["id"] for second in (1, 3, 2)]
    assert listed(sort="created_at:asc") == ids  # as the service gave them
    assert cloud.params == {"sort": "created_at:asc"}
    assert listed(limit=2) == ids[:2][::-1]  # the service stops after two


@pytest.mark.parametrize(
    "sort, sent", [("size", "volume_size"), ("name:desc, size:asc", "name:desc,volume_size:asc"), ("id", "id")]
)
def test_it_is_sorted_by_attributes(cloud, sort, sent):
    listed(sort=sort)
    assert cloud.params == {"sort": sent}


def test_a_limit_counts_what_is_left_by_the_filters_of_this_side(cloud):
    for number in range(5):
        cloud.snapshot(name="nightly" if number % 2 else "weekly", metadata={"a": str(number % 2)})
    assert len(listed(name="nightly", limit=2)) == len(listed(metadata={"a": 1}, limit=2)) == 2


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_none_is_an_error(cloud, limit):
    assert run(VolumeSnapshotInfo(), {"limit": limit})["msg"] == f"limit is {limit}; it takes 1 or more."


# -- other projects


def test_a_project_is_named_or_given_by_its_id(cloud):
    project = cloud.services["identity"].put("/projects", id="0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11", name="other")
    id = cloud.snapshot(project_id=project["id"])["id"]
    cloud.snapshot(project_id="ours")
    for name in ("other", project["id"]):
        assert listed(project=name) == [id]
        assert cloud.params == {"project_id": project["id"], "all_tenants": True}


def test_a_project_that_is_not_there_is_an_error(cloud):
    assert run(VolumeSnapshotInfo(), {"project": "never"})["msg"].startswith(
        "There is no project named 'never' in cloud test"
    )


@pytest.mark.parametrize("arguments", [{"all_projects": True}, {"project": "0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11"}])
def test_who_is_no_administrator_is_told_instead_of_getting_less(cloud, arguments):
    cloud.is_admin = False
    cloud.snapshot()

    def refused(match, params):
        assert params == {"all_tenants": True, "project_id": "project-of-mine", "limit": 1}
        raise OsnapError("Invalid filters project_id", status=400, request_id="req-1", service="block-storage")

    cloud.cinder.on["GET", "/snapshots"] = refused
    ran = run(VolumeSnapshotInfo(), arguments)
    assert ran.failed and ran["msg"].startswith(
        f"{list(arguments)[0]} is only for administrators, and the user of cloud test is none;"
    )
    assert ran["status"] == 403 and ran["request_id"] == "req-1"


def test_a_role_of_another_name_may_be_an_administrator(cloud):
    cloud.is_admin = False
    cloud.cinder.on["GET", "/snapshots"] = lambda match, params: Answer({"snapshots": []})
    assert listed(all_projects=True) == []


# -- what the back end has


def test_the_back_ends_snapshots(cloud):
    rows = [{"reference": {"source-name": str(number)}, "cinder_id": None} for number in range(3)]
    cloud.cinder.on["GET", "/manageable_snapshots/detail"] = lambda match, params: Answer(
        {"manageable-snapshots": rows}
    )
    ran = run(VolumeSnapshotInfo(), {"manageable": {"host": "h@b#p"}, "limit": 2, "sort": "size"})
    assert ran["manageable_snapshots"] == rows[:2] and "volume_snapshots" not in ran
    assert cloud.params == {"host": "h@b#p", "sort": "size", "limit": 1000, "offset": 0}


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({"manageable": {}}, "one of the following is required: host, cluster"),
        ({"manageable": {"host": "a", "cluster": "b"}}, "mutually exclusive: host|cluster"),
        ({"manageable": {"host": "a"}, "name": "x"}, "mutually exclusive: manageable|name"),
        ({"id": "1", "status": "error"}, "mutually exclusive: id|status"),
    ],
)
def test_what_excludes_each_other(cloud, arguments, told):
    assert told in run(VolumeSnapshotInfo(), arguments)["msg"]
