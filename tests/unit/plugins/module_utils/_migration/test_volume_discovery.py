# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of both clouds for volumes that are moved by themselves, and how often."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.endpoint import Entry
from ansible_collections.osnap.openstack.plugins.module_utils._migration import volume_discovery, volume_seen
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options, is_marked_complete
from ansible_collections.osnap.openstack.plugins.module_utils._migration.once import Once
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.volume_worlds import ITEM

UUID = "0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c1%d"
MARKS = {"osnap_run": "migration", "osnap_disk": UUID % 0, "osnap_step": "volume"}


@pytest.fixture
def clouds():
    here, there = FakeCloud(), FakeCloud()
    here.peer, there.project_id = there, "theirs"
    for cloud in (here, there):
        cloud.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": {}}})
        cloud.cinder.on["GET", "/types/default"] = lambda match, params: Answer({"volume_type": {"name": "fast"}})
        cloud.glance.on["GET", "/info/import"] = lambda match, params: Answer({"import-methods": {"value": []}})
        cloud.glance.on["GET", "/info/usage"] = lambda match, params: Answer({"usage": {}})
    for number in range(2):
        here.volume(id=UUID % number, name=f"data-{number}", metadata={})
    return here


def one_cloud(clouds):
    for service in ("image", "block-storage"):
        clouds.services[service].entry = clouds.peer.services[service].entry = Entry(service, service, "north", "u")


def item(number, **given):
    return {**ITEM, "volume": UUID % number, **given}


def test_what_all_volumes_share_is_read_once_and_what_is_of_one_each_time(clouds):
    items = [item(0), item(1)]
    once = Once(items)

    def asked(items):
        for api in (*clouds.services.values(), *clouds.peer.services.values()):
            api.reads.clear()
        seen = volume_discovery.read(clouds, items, Options(), once)
        assert seen.place.usual_type == "fast"
        return [
            sorted(path for api in one.services.values() for path, _params in api.reads)
            for one in (clouds, clouds.peer)
        ]

    here, there = asked(items)
    assert {"/limits", "/info/usage"} <= set(here) and {"/limits", "/types", "/types/default"} <= set(there)
    for number in range(2):
        here, there = asked(items[number:][:1])
        assert here == ["/images", "/snapshots/detail", f"/volumes/{UUID % number}"]
        assert there == ["/images", "/images", "/volumes/detail"]


def test_zones_are_read_where_any_volume_of_the_task_names_one(clouds):
    zones = {"availabilityZoneInfo": [{"zoneName": "z1", "zoneState": {"available": True}}]}
    clouds.peer.cinder.on["GET", "/os-availability-zone"] = lambda match, params: Answer(zones)
    once = Once([item(0), item(1, availability_zone="z1")])
    assert volume_discovery.read(clouds, [item(0)], Options(), once).place.zones == {"z1"}
    assert volume_discovery.read(clouds, [item(0)], Options()).place.zones == set()


def test_what_two_projects_of_one_cloud_share_is_told_with_what_its_ways_have_left(clouds):
    marks = {**MARKS, "osnap_source": "snap"}
    clouds.volume(id="moving", metadata=marks, snapshot_id="snap")
    clouds.peer.volume(id="arrived", metadata=marks, snapshot_id="snap")
    clouds.peer.volume(id="inherited", metadata=marks, snapshot_id="another")
    clouds.image(id="i1", name="osnap-migration-" + UUID % 0, visibility="shared", osnap_run="migration")
    clouds.glance.on["GET", "/images/i1/members"] = lambda match, params: Answer(
        {"members": [{"member_id": "theirs", "status": "accepted"}]}
    )
    seen = volume_discovery.read(clouds, [item(0)], Options())
    assert [row["id"] for row in seen.made_volumes] == ["arrived"]
    assert (seen.kin.glance, seen.kin.cinder, seen.moving, seen.members) == (False, False, [], {})
    one_cloud(clouds)
    seen = volume_discovery.read(clouds, [item(0)], Options())
    assert seen.kin.glance and seen.kin.cinder and [row["id"] for row in seen.moving] == ["moving"]
    assert seen.members == {"i1": {"theirs": "accepted"}}


def test_a_volume_that_is_marked_since_is_complete_and_no_other_one(clouds):
    for id in ("n1", "n2"):
        clouds.peer.volume(id=id, metadata={**MARKS, "osnap_source": "snap"}, snapshot_id="snap")
    before = volume_discovery.read(clouds, [item(0)], Options(as_unfinished=True))
    after = volume_seen.with_complete(before, "n1")
    for rows in (after.taken, after.made_volumes):
        assert {row["id"]: is_marked_complete(row) for row in rows} == {"n1": True, "n2": False}
    assert not any(map(is_marked_complete, before.taken))
