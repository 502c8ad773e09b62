# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import surroundings
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Destination,
    Discovered,
    Options,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.once import Once
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud

MAC = "fa:16:3e:00:00:01"


@pytest.fixture
def cloud():
    """A source with a server on a port, and its destination with a network of the same name."""
    source, target = FakeCloud(), FakeCloud()
    source.peer = target
    target.is_admin = False
    target.nova.on["GET", "/os-availability-zone"] = lambda match, params: Answer(
        {"availabilityZoneInfo": [{"zoneName": "mars", "zoneState": {"available": True}}]}
    )
    source.server(
        id="s1",
        addresses={"private": [{"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": MAC, "OS-EXT-IPS:type": "fixed"}]},
        description=None,
        tags=[],
        server_groups=[],
    )
    source.neutron.put(
        "/ports",
        id="p1",
        network_id="net-a",
        mac_address=MAC,
        device_id="s1",
        fixed_ips=[{"subnet_id": "sub-a", "ip_address": "10.0.0.5"}],
        security_groups=["g1"],
        allowed_address_pairs=[],
        port_security_enabled=True,
    )
    source.neutron.put("/security-groups", id="g1", name="web")
    source.neutron.put("/subnets", id="sub-a", network_id="net-a", cidr="10.0.0.0/24")
    source.neutron.put("/networks", id="net-a", name="private")
    target.neutron.put("/networks", id="net-b", name="private")
    target.neutron.put("/subnets", id="sub-b", network_id="net-b", cidr="10.0.0.0/24")
    target.neutron.put("/ports", id="q", network_id="net-b", fixed_ips=[])
    return source


def read(cloud, item=None, **options):
    """What was read, and which lists were asked for in either cloud."""
    servers = Servers(cloud).list()
    networks = [{"id": "net-b", "name": "private"}]
    seen = Discovered("'source'", "'target'", servers, place=Destination(networks=networks))
    for api in (*cloud.services.values(), *cloud.peer.services.values()):
        api.reads.clear()
    surroundings.read(
        cloud, [({"networks": None, **(item or {})}, row) for row in servers], seen, Options(**options), Once([])
    )
    return seen, [
        sorted({path for api in one.services.values() for path, _params in api.reads}) for one in (cloud, cloud.peer)
    ]


TAGS = "/servers/s1/os-interface"


def test_a_server_that_has_nothing_special_costs_two_requests(cloud):
    seen, asked = read(cloud)
    assert asked == [["/ports", TAGS], []] and [row["id"] for row in seen.source_ports["s1"]] == ["p1"]
    assert read(cloud, {"networks": []})[1] == [[], []]
    assert read(cloud, state="rehearsed")[1] == [[], []]


def test_what_ports_are_made_of_is_read_only_where_they_are_made(cloud):
    seen, asked = read(cloud, keep_addresses=True)
    assert asked == [["/ports", "/security-groups", TAGS, "/subnets"], ["/ports", "/subnets"]]
    assert seen.source_groups == {"g1": "web"} and seen.source_subnets["sub-a"]["cidr"] == "10.0.0.0/24"
    assert [row["id"] for row in seen.place.subnets] == ["sub-b"] and [row["id"] for row in seen.place.used] == ["q"]
    cloud.neutron.tables["/ports"]["p1"]["port_security_enabled"] = False
    assert read(cloud)[1][1] == ["/subnets"]


def test_the_subnets_are_read_where_a_network_is_missing_as_they_tell_which_fits(cloud):
    seen, asked = read(cloud, network_map={"private": "gone"})
    assert asked == [["/ports", TAGS, "/subnets"], ["/subnets"]] and seen.place.used == []


def test_a_port_that_nova_does_not_show_needs_the_name_of_its_network(cloud):
    cloud.neutron.put(
        "/ports",
        id="p2",
        network_id="net-a",
        mac_address="another",
        device_id="s1",
        fixed_ips=[],
        security_groups=[],
        port_security_enabled=True,
    )
    seen, asked = read(cloud, keep_mac=True)
    assert "/networks" in asked[0] and seen.source_networks == {"net-a": "private"}


def test_of_many_servers_the_ports_are_one_list(cloud):
    cloud.neutron.tables["/ports"]["p1"]["project_id"] = cloud.project_id
    for number in range(5):
        cloud.server(id=f"t{number}", addresses={"private": []}, description=None, tags=[], server_groups=[])
    seen, _asked = read(cloud)
    assert [path for path, _params in cloud.neutron.reads] == ["/ports"]
    assert {id: len(rows) for id, rows in seen.source_ports.items()} == {"s1": 1, **{f"t{n}": 0 for n in range(5)}}


def test_groups_of_servers_texts_and_zones_are_asked_for_only_where_there_are_any(cloud):
    cloud.nova.put("/os-server-groups", id="g", name="apart")
    cloud.peer.nova.put("/os-server-groups", id="h", name="apart")
    cloud.peer.nova.maximum = "2.51"
    cloud.nova.tables["/servers"]["s1"].update(server_groups=["g"], tags=["a"], description="d")
    seen, asked = read(cloud, {"networks": []}, zone_map={"nova": "mars"})
    assert asked == [["/os-server-groups"], ["/os-availability-zone", "/os-server-groups"]]
    assert seen.server_groups == {"g": "apart"} and [row["id"] for row in seen.place.server_groups] == ["h"]
    assert seen.place.lacks == {"tags"} and seen.place.zones == {"mars"} and seen.place.is_admin is False


def test_floating_ips_and_routers_are_read_only_for_who_gets_one(cloud):
    cloud.peer.neutron.put("/routers", id="r", external_gateway_info={"network_id": "outside"})
    cloud.peer.neutron.put(
        "/ports", id="rp", network_id="net-b", device_id="r", device_owner="network:router_interface"
    )
    cloud.peer.neutron.put("/floatingips", id="f", floating_ip_address="1.2.3.4", project_id=cloud.project_id)
    assert read(cloud, floating_ip="auto")[1][1] == []
    seen, asked = read(cloud, floating_ip="new")
    assert asked[1] == ["/floatingips", "/ports", "/routers"]
    assert seen.place.outsides == {"net-b": {"outside"}} and [row["id"] for row in seen.place.floating_ips] == ["f"]


def test_tags_of_disks_need_a_nova_that_takes_them(cloud):
    cloud.peer.nova.maximum = "2.41"
    server = Servers(cloud).list()[0]
    for tag, lacks in ((None, set()), ("data", {"device_tags"})):
        seen = Discovered("'source'", "'target'", [server], place=Destination())
        seen.attachments = {"s1": {"v1": {"device": "/dev/vdb", "tag": tag}}}
        surroundings.read(cloud, [({"networks": []}, server)], seen, Options(), Once([]))
        assert seen.place.lacks == lacks


def test_tags_of_interfaces_are_read_where_nova_shows_them_and_need_one_that_takes_them(cloud):
    shown = {"interfaceAttachments": [{"mac_addr": MAC, "tag": "front"}, {"mac_addr": "another", "tag": None}]}
    cloud.nova.on["GET", TAGS] = lambda match, params: Answer(shown)
    assert read(cloud)[0].interface_tags == {"s1": {MAC: "front"}} and read(cloud)[0].place.lacks == set()
    cloud.peer.nova.maximum = "2.41"
    assert read(cloud)[0].place.lacks == {"device_tags"}
    cloud.nova.maximum = "2.69"
    assert read(cloud)[0].interface_tags == {"s1": {}} and read(cloud)[0].place.lacks == set()


def with_pools(cloud):
    octavia = cloud.client("load-balancer")
    octavia.endpoint = "http://cloud/load-balancer/"
    octavia.put("/lbaas/pools", id="a", name="web")
    octavia.put("/lbaas/pools/a/members", address="10.0.0.5")
    octavia.put("/lbaas/pools/a/members", address="10.0.0.6")
    return octavia


def test_pools_of_load_balancers_are_known_by_their_addresses(cloud):
    with_pools(cloud)
    seen, asked = read(cloud)
    assert seen.pools == {"10.0.0.5": ["web"], "10.0.0.6": ["web"]}
    assert asked[0] == ["/lbaas/pools", "/lbaas/pools/a/members", "/ports", TAGS]


@pytest.mark.parametrize(("status", "is_hidden"), [(403, True), (404, True), (500, False)])
def test_who_may_not_see_load_balancers_migrates_all_the_same(cloud, monkeypatch, status, is_hidden):
    def refused(*args, **given):
        raise OsnapError("No.", status=status)

    monkeypatch.setattr(with_pools(cloud), "pages", refused)
    if is_hidden:
        assert read(cloud)[0].pools == {}
        return
    with pytest.raises(OsnapError, match="No."):
        read(cloud)
