# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import inspect
import re

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.endpoint import Entry
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import discovery, surroundings
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.once import Once
from ansible_collections.osnap.openstack.plugins.module_utils._servers import port_names
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud

UUID = "0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c1%d"
ZONES = {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}}]}


@pytest.fixture
def cloud():
    cloud = FakeCloud()
    cloud.nova.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": {}}})
    cloud.nova.on["GET", "/os-keypairs"] = lambda match, params: Answer({"keypairs": []})
    cloud.nova.on["GET", "/os-availability-zone"] = lambda match, params: Answer(ZONES)
    cloud.neutron.put("/networks", id=UUID % 0, name="private", status="ACTIVE", project_id=cloud.project_id)
    cloud.neutron.put("/networks", id=UUID % 1, name="theirs", status="ACTIVE", project_id="another")
    cloud.neutron.put("/subnets", network_id=UUID % 0, cidr="10.0.0.0/24")
    cloud.neutron.put("/subnets", network_id=UUID % 1, cidr="10.1.0.0/24")
    cloud.neutron.put("/ports", id=UUID % 5, name="door", status="DOWN", network_id=UUID % 0)
    return cloud


def place(cloud, *networks, zone=None):
    """What is read for one server, and which lists of Neutron and Nova were asked for."""
    found = discovery.place(cloud, [{"networks": list(networks) or None, "availability_zone": zone}])
    return found, [path for api in (cloud.neutron, cloud.nova) for path, _params in api.reads]


def test_zones_ports_and_addresses_are_read_only_for_who_names_one(cloud):
    found, asked = place(cloud)
    quota = f"/quotas/{cloud.project_id}/details"
    assert sorted(asked) == ["/flavors/detail", "/limits", "/networks", "/os-keypairs", quota, "/security-groups"]
    assert [row["name"] for row in found.choice] == ["private"] and len(found.networks) == 2


def test_the_ports_that_a_quota_counts_already_are_read_where_there_is_one(cloud):
    """Test quotas of Neutron. Verify that ours are known by their marks, and that no limit or no answer is none."""
    details = {"port": {"limit": 5, "used": 2, "reserved": 1}, "floatingip": {"limit": -1, "used": 0, "reserved": 0}}
    path = f"/quotas/{cloud.project_id}/details"
    cloud.neutron.on["GET", path] = lambda match, params: Answer({"quota": details})
    cloud.neutron.put(
        "/ports", id="ours", description=port_names.identity_of("r", "s", 0)["description"], project_id=cloud.project_id
    )
    found, asked = place(cloud)
    assert found.network_room == {"ports": 2} and asked.count("/ports") == 1
    details["port"]["limit"] = -1
    found, asked = place(cloud)
    assert found.network_room == {} and asked.count("/ports") == 1
    for status in (403, 404):
        cloud.neutron.on["GET", path] = lambda match, params, status=status: Answer(status_code=status)
        assert place(cloud)[0].network_room == {}


def test_a_network_that_neutron_would_make_is_asked_for_only_where_there_is_none(cloud):
    cloud.neutron.tables["/networks"].clear()
    found, asked = place(cloud)
    assert asked.count(f"/auto-allocated-topology/{cloud.project_id}") == 1 and not found.is_provided


def test_a_fixed_address_needs_the_subnets_and_ports_of_its_network(cloud):
    found, asked = place(cloud, {"network": "private", "fixed_ip": "10.0.0.5", "port": None})
    assert [row["cidr"] for row in found.subnets] == ["10.0.0.0/24"] and [row["id"] for row in found.used] == [UUID % 5]
    assert (asked.count("/subnets"), asked.count("/ports")) == (1, 1)


def test_a_port_is_known_by_its_name_and_its_id(cloud):
    found, _asked = place(cloud, {"network": None, "fixed_ip": None, "port": "door"}, zone="nova")
    assert found.ports["door"] is found.ports[UUID % 5] and found.zones == {"nova"}


# -- what was made before, wherever it is now

MARKS = {"osnap_run": "migration", "osnap_server": UUID % 7}
NAME = f"osnap-migration-{UUID % 7}"


@pytest.fixture
def clouds(cloud):
    """A source that has one server, and ``cloud`` as its destination, with a finished copy and what lives on it."""
    source = FakeCloud()
    source.peer = cloud
    source.nova.put("/servers", id=UUID % 7, name="web01", status="SHUTOFF", metadata={}, flavor={"original_name": "x"})
    cloud.nova.put(
        "/servers", id=UUID % 8, name="web01", status="ACTIVE", metadata=dict(MARKS), image={"id": "copy"}, flavor={}
    )
    cloud.glance.put(
        "/images", id="copy", name=NAME, status="active", owner=cloud.project_id, size=1, osnap_source="snap", **MARKS
    )
    return source


def read(source, *items, **options):
    items = items or ("web01",)
    given = [{**dict.fromkeys(("name", "networks", "availability_zone")), "server": name} for name in items]
    return discovery.read(source, given, Options(**options))


@pytest.mark.parametrize("change", [{}, {"os_hidden": True}, {"name": "mine"}, {"name": "mine", "os_hidden": True}])
def test_a_copy_is_found_by_what_lives_on_it_whatever_somebody_has_done_to_it(clouds, change):
    clouds.peer.glance.tables["/images"]["copy"].update(change)
    assert [row["id"] for row in read(clouds).copies[NAME]] == ["copy"]


def test_hidden_copies_are_asked_for_only_where_there_must_be_one(clouds):
    """Test a migration that has made nothing yet. Verify that the destination's images are listed once."""
    clouds.peer.nova.tables["/servers"].clear()
    clouds.peer.glance.tables["/images"].clear()
    read(clouds)
    assert [path for path, _params in clouds.peer.glance.reads] == ["/images", "/info/usage"]


def test_what_was_made_of_a_server_that_is_gone_is_read_all_the_same(clouds):
    clouds.nova.tables["/servers"].clear()
    clouds.peer.nova.tables["/servers"][UUID % 8]["metadata"]["osnap_complete"] = "true"
    for given in ("web01", UUID % 7):
        found = read(clouds, given)
        assert found.gone == [UUID % 7] and [row["id"] for row in found.copies[NAME]] == ["copy"]
        assert found.place is None


def test_as_unfinished_one_that_has_arrived_is_read_like_one_that_has_not(clouds):
    clouds.peer.nova.tables["/servers"][UUID % 8]["metadata"]["osnap_complete"] = "true"
    clouds.glance.put(
        "/images",
        id="snap",
        name=NAME,
        status="active",
        owner=clouds.project_id,
        instance_uuid=UUID % 7,
        created_at="2026-11-24T09:00:10Z",
    )
    actions = [{"action": "start", "request_id": "r", "start_time": "2026-11-24T10:00:00.000000"}]
    clouds.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = lambda match, params: Answer(
        {"instanceActions": actions}
    )
    assert read(clouds).since == {}
    found = read(clouds, as_unfinished=True)
    assert len(found.since[UUID % 7]) == 1 and "osnap_complete" not in found.made[0]["metadata"]


def test_what_has_happened_after_a_snapshot_is_told_by_novas_clock_alone(clouds):
    """Nova is 5 s behind Glance: it dates a start after the snapshot to before it."""
    clouds.glance.put(
        "/images",
        id="snap",
        name=NAME,
        status="active",
        owner=clouds.project_id,
        instance_uuid=UUID % 7,
        created_at="2026-11-24T09:00:10Z",
    )
    actions = [
        {"action": name, "request_id": "r", "start_time": f"2026-11-24T09:00:{second}.000000"}
        for name, second in (("start", "07"), ("createImage", "05"), ("stop", "01"))
    ]
    clouds.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = lambda match, params: Answer(
        {"instanceActions": actions}
    )
    (sentence,) = read(clouds).since[UUID % 7]
    assert sentence.startswith("the server was started at ")


# -- volumes


def with_volumes(source, count):
    """So many servers that boot from a volume and have another one."""
    source.nova.tables["/servers"].clear()
    source.peer.nova.tables["/servers"].clear()
    source.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = lambda match, params: Answer(
        {"instanceActions": [{"action": "start", "request_id": "req-1", "start_time": "2026-11-24T09:00:00"}]}
    )
    source.nova.on["GET", "/servers/([^/]+)/os-volume_attachments"] = lambda match, params: Answer(
        {"volumeAttachments": [{"volumeId": f"root-{match[1]}", "device": "/dev/vda", "delete_on_termination": True}]}
    )
    for api in (source.cinder, source.peer.cinder):
        api.on["GET", "/os-quota-sets/(.*)"] = lambda match, params: Answer({"quota_set": {"volumes": {"limit": -1}}})
        api.on["GET", "/types/default"] = lambda match, params: Answer({"volume_type": {"name": "usual"}})
    source.peer.cinder.put("/types", name="fast")
    servers = []
    for number in range(count):
        id = f"0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c{number:02}"
        volumes = [f"{kind}-{id}" for kind in ("root", "data")]
        for volume in volumes:
            source.volume(id=volume, status="in-use", metadata={}, attachments=[{"server_id": id}])
        source.server(volumes, image=None, id=id, name=f"web{number}")
        servers.append(id)
    return servers


def asked(source):
    """How many requests each API was sent, of both clouds."""
    return {
        name: len([one for cloud in (source, source.peer) for one in cloud.services[name].reads])
        for name in source.services
    }


def test_volumes_are_read_with_their_attachments_and_with_what_was_last_done_to_their_server(clouds):
    (id,) = with_volumes(clouds, 1)
    found = read(clouds, id)
    assert set(found.volumes) == {f"root-{id}", f"data-{id}"} and found.last == {id: "req-1"}
    assert found.attachments[id][f"root-{id}"]["delete_on_termination"] is True
    assert (found.place.volume_types, found.place.usual_type) == (["fast"], "usual")
    assert found.place.volume_room["volumes"] is None and found.source_room["volumes"] is None


def test_a_fleet_is_read_by_lists_and_two_requests_a_server(clouds):
    few = with_volumes(clouds, 5)
    read(clouds, *few)
    five = asked(clouds)
    for cloud in (clouds, clouds.peer):
        for api in cloud.services.values():
            api.reads.clear()
    read(clouds, *with_volumes(clouds, 15))
    fifteen = asked(clouds)
    assert {name: fifteen[name] - five[name] for name in five} == {
        "compute": 20,
        "block-storage": 0,
        "image": 0,
        "network": 0,
        "load-balancer": 0,
    }


def test_what_this_run_has_made_of_volumes_is_found_by_its_marks(clouds):
    (id,) = with_volumes(clouds, 1)
    marks, name = {"osnap_run": "migration", "osnap_server": id}, f"osnap-migration-root-{id}"
    clouds.snapshot(id="snap", name=name, volume_id=f"root-{id}", metadata={**marks, "osnap_after": "none"})
    clouds.snapshot(id="theirs", name="nightly", volume_id=f"root-{id}", metadata={})
    clouds.image(id="image", name=name, osnap_source="snap", **marks)
    clouds.image(id="else", name=name, osnap_run="another")
    clouds.peer.image(id="copy-1", name=name, osnap_source="image", **marks)
    clouds.peer.volume(id="new", metadata={**marks, "osnap_step": "volume"})
    found = read(clouds, id)
    assert {name: [row["id"] for row in rows] for name, rows in found.volume_snapshots.items()} == {name: ["snap"]}
    assert {name: [row["id"] for row in rows] for name, rows in found.source_images.items()} == {name: ["image"]}
    assert [row["id"] for row in found.copies[name]] == ["copy-1"]
    assert [row["id"] for row in found.made_volumes] == ["new"]
    (sentence,) = found.since[id]
    assert sentence.startswith("the server was started at ")


def test_servers_without_volumes_ask_nothing_of_cinder(clouds):
    clouds.peer.nova.tables["/servers"].clear()
    read(clouds)
    assert asked(clouds)["block-storage"] == 0


def test_what_was_made_of_a_volume_that_was_detached_since_is_found(clouds):
    """A server with its own disk has lost its only volume after the snapshots."""
    actions = [{"action": "detach_volume", "request_id": "r", "start_time": "2026-11-24T09:30:00"}]
    clouds.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = lambda match, params: Answer(
        {"instanceActions": actions}
    )
    marks = {"osnap_run": "migration", "osnap_server": UUID % 7}
    clouds.image(id="snap", name=NAME, instance_uuid=UUID % 7, **marks)
    clouds.snapshot(id="gone", name="osnap-migration-v1", volume_id="v1", metadata=marks)
    found = read(clouds)
    assert [row["id"] for row in found.volume_snapshots["osnap-migration-v1"]] == ["gone"]


def test_the_place_is_read_for_a_rehearsal_that_is_there_for_it_may_be_stale(clouds):
    marks = {**MARKS, "osnap_step": "rehearsal"}
    clouds.peer.nova.tables["/servers"][UUID % 8]["metadata"] = marks
    item = {**dict.fromkeys(("name", "networks", "availability_zone")), "server": "web01"}
    assert discovery.read(clouds, [item], Options(state="rehearsed")).place is not None
    clouds.peer.nova.tables["/servers"][UUID % 8]["metadata"] = dict(MARKS)
    assert discovery.read(clouds, [item], Options()).place is None


def test_a_cloud_that_hides_what_was_done_stops_nobody_who_has_no_snapshot_yet(clouds):
    (id,) = with_volumes(clouds, 1)
    refused = OsnapError("Could not read what has happened: 403.", status=403)

    def hidden(match, params):
        raise refused

    clouds.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = hidden
    assert read(clouds, id).last == {}
    marks = {"osnap_run": "migration", "osnap_server": id}
    clouds.snapshot(id="snap", name=f"osnap-migration-root-{id}", volume_id=f"root-{id}", metadata=marks)
    with pytest.raises(OsnapError):
        read(clouds, id)


def test_an_image_that_is_shared_is_no_copy_of_the_destinations_own(clouds, cloud):
    cloud.glance.tables["/images"]["copy"].update(owner="theirs", name="renamed")
    found = discovery.read(clouds, [{"server": "web01", "name": None}], Options())
    assert not any(found.copies.values())


def test_members_and_what_is_to_be_handed_over_are_read_only_where_both_have_one_glance(clouds, cloud):
    name = f"osnap-migration-{UUID % 7}"
    clouds.image(id="snap", name=name, visibility="shared", instance_uuid=UUID % 7, **MARKS)
    clouds.glance.on["GET", "/images/snap/members"] = lambda match, params: Answer(
        {"members": [{"member_id": "theirs", "status": "accepted"}]}
    )
    item = [{"server": "web01", "name": None}]
    assert discovery.read(clouds, item, Options()).members == {}
    for service in ("image", "block-storage"):
        clouds.services[service].entry = cloud.services[service].entry = Entry(service, service, "north", "u")
    found = discovery.read(clouds, item, Options())
    assert found.kin.glance and found.members == {"snap": {"theirs": "accepted"}} and found.moving == []


def test_what_all_servers_share_is_read_once_and_what_is_of_one_each_time(clouds):
    """Test looks at servers of one task. Verify that the place is read for the first alone, and the second look at one
    asks for nothing that was judged before it was stopped.
    """
    clouds.peer.nova.tables["/servers"].clear()
    items = [{**dict.fromkeys(("name", "networks", "availability_zone")), "server": UUID % 7}]
    once = Once(items)

    def asked(earlier=None):
        for api in (*clouds.services.values(), *clouds.peer.services.values()):
            api.reads.clear()
        seen = discovery.read(clouds, items, Options(), once, earlier)
        assert seen.place.networks
        return seen, [
            sorted(path for api in one.services.values() for path, _params in api.reads)
            for one in (clouds, clouds.peer)
        ]

    first, (_here, there) = asked()
    assert "/networks" in there and "/flavors/detail" in there
    second, (here, there) = asked()
    assert there == ["/images", "/servers/detail"] and "/info/usage" not in here
    second.place.used.append("another's")
    assert first.place.used == []
    third, (here, there) = asked(earlier=second)
    assert third.place is second.place
    assert (here, there) == (["/images", "/images", f"/servers/{UUID % 7}"], ["/images", "/servers/detail"])


def test_who_is_taken_back_needs_no_place(clouds):
    clouds.peer.nova.tables["/servers"].clear()
    found = read(clouds, backward=True)
    assert found.place is None and found.source_image_room == {}
    assert [path for path, _params in clouds.peer.nova.reads] == ["/servers/detail"]


def test_whatever_is_read_beforehand_is_known_on_the_way():
    """Test what is noted beside disks. Verify that a later look has it, by what the two functions assign."""
    after = inspect.getsource(discovery.read).split("makes_volumes =")[1]
    noted = re.findall(r"\bseen\.(\w+) \|?= ", after + inspect.getsource(surroundings))
    assert set(noted) == set(discovery.BEFOREHAND)
