# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.modules.server_restore import ServerRestore
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring

UUID = "0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c1%d"


class Nova(FakeCloud):
    """An image to boot from, two flavors, two networks and a port; servers are made and rebuilt at once."""

    is_admin = False

    def __init__(self):
        super().__init__()
        self.nova.put("/flavors", id="f1", name="small", disk=1, ram=64, vcpus=1)
        self.nova.put("/flavors", id="f2", name="large", disk=50, ram=4096, vcpus=4)
        self.limits = dict.fromkeys(("maxTotalInstances", "maxTotalCores", "maxTotalRAMSize"), -1)
        self.limits.update(totalInstancesUsed=0, totalCoresUsed=0, totalRAMUsed=0)
        self.disk_limits = {
            "maxTotalVolumes": -1,
            "maxTotalVolumeGigabytes": -1,
            "totalVolumesUsed": 0,
            "totalGigabytesUsed": 0,
        }
        self.nova.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": self.limits}})
        self.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": self.disk_limits}})
        self.nova.on["GET", "/os-keypairs"] = lambda match, params: Answer(
            {"keypairs": [{"keypair": {"name": "mine"}}]}
        )
        self.nova.on["GET", "/os-availability-zone"] = lambda match, params: Answer(
            {
                "availabilityZoneInfo": [
                    {"zoneName": "nova", "zoneState": {"available": True}},
                    {"zoneName": "down", "zoneState": {"available": False}},
                ]
            }
        )
        self.nova.on["POST", "/servers/(.*)/action"] = self.act
        self.nova.put("/os-server-groups", id=UUID % 6, name="apart")
        self.neutron.put("/subnets", network_id=UUID % 0, cidr="10.0.0.0/24")
        for number, name in enumerate(("net", "net2")):
            self.neutron.put("/networks", id=UUID % number, name=name, status="ACTIVE")
        self.neutron.tables["/networks"][UUID % 0]["project_id"] = self.project_id
        self.neutron.put("/ports", id=UUID % 5, name="port", status="DOWN")
        self.nova.on["POST", "/servers"] = self.boot
        self.nova.on["PUT", "/servers/([^/]+)(/tags)?"] = self.change
        self.boots = self.image(name="golden", min_disk=1, min_ram=64)["id"]

    def boot(self, match, body):
        sent = body["server"]
        flavor = self.nova.tables["/flavors"][sent["flavorRef"]]["name"]
        made = self.server(
            name=sent["name"],
            image=None if "block_device_mapping_v2" in sent else sent["imageRef"],
            flavor={"original_name": flavor},
            metadata=sent["metadata"],
            config_drive=sent.get("config_drive", False),
            **{key: sent[key] for key in ("description", "tags") if key in sent},
            created="2026-11-24T10:00:00Z",
        )
        return Answer({"server": {"id": made["id"]}}, 202)

    def change(self, match, body):
        self.nova.tables["/servers"][match[1]].update(body if match[2] else body["server"])
        return Answer(body)

    def act(self, match, body):
        server, sent = self.nova.tables["/servers"][match[1]], body["rebuild"]
        server.update(metadata=sent["metadata"], status="ACTIVE" if server["status"] == "ERROR" else server["status"])
        server.update({"image": {"id": sent["imageRef"]}} if server["image"] else {})
        return Answer({"server": server}, 202)


@pytest.fixture
def cloud():
    return Nova()


ensure = ensuring(ServerRestore)


WEB = {"name": "web", "image": "golden", "flavor": "small"}


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "one of the following is required: id, name."),
        ({**WEB, "name": " "}, "name is empty; give the server a name, or the id of an existing one."),
        (
            {"name": "web", "flavor": "small"},
            "image is missing; say which image, or which disks, the server 'web' is booted with.",
        ),
        (
            {"name": "web", "flavor": "small", "disks": [{"snapshot": "a"}, {}]},
            "disks[1] needs either snapshot or volume.",
        ),
        (
            {"name": "web", "flavor": "small", "disks": [{"snapshot": "a", "volume": "b"}]},
            "disks[0] needs either snapshot or volume.",
        ),
        (
            {"name": "web", "flavor": "small", "disks": [{"volume": "b", "size": 5}]},
            "disks[0] has a volume, which has its size and its type already; leave them out.",
        ),
        (
            {"name": "web", "flavor": "small", "disks": [{"snapshot": "b", "size": 0}]},
            "disks[0].size is less than 1 GiB.",
        ),
        (
            {**WEB, "networks": [{"network": "net", "fixed_ip": "10.0.0"}]},
            "networks[0].fixed_ip is '10.0.0', which is no IP address.",
        ),
        ({"name": "web", "mode": "rebuild"}, "image is missing; say with which image the server 'web' is rebuilt."),
        (
            {**WEB, "mode": "rebuild", "key_name": "mine"},
            "a server that is rebuilt keeps its flavor, key_name; leave them out.",
        ),
        ({"name": "web", "image": "golden"}, "flavor is missing; say which flavor the server 'web' is booted with."),
        ({**WEB, "networks": [{"network": "net"}, {}]}, "networks[1] needs either network or port."),
        ({**WEB, "networks": [{"network": "net", "port": "port"}]}, "networks[0] needs either network or port."),
        (
            {**WEB, "networks": [{"port": "port", "fixed_ip": "10.0.0.1"}]},
            "networks[0] has a port and a fixed_ip; a port has its address already, leave fixed_ip out.",
        ),
        (
            {**WEB, "disks": [{"volume": "b", "boot_index": 0}]},
            "a disk has the boot_index 0, and the server boots from its image; leave image or that boot_index out.",
        ),
        (
            {**WEB, "disks": [{"volume": "b", "boot_index": 1}, {"volume": "c", "boot_index": 3}]},
            "the boot_index of the disks is 1, 3, and Nova counts from 1 without a gap, each number once; number them"
            " so, or leave boot_index out.",
        ),
        (
            {"name": "web", "flavor": "small", "disks": [{"volume": "b", "boot_index": 1}]},
            "no disk has the boot_index 0, and without an image the server boots from that; give it to its root disk.",
        ),
        (
            {"name": "web", "flavor": "small", "disks": [{"volume": "b", "boot_index": -1}]},
            "no disk has the boot_index 0, and without an image the server boots from that; give it to its root disk.",
        ),
        (
            {**WEB, "disks": [{"volume": "b", "device": "/dev/vdb"}, {"volume": "c", "device": "vdb"}]},
            "two disks have the device vdb; name each once.",
        ),
        (
            {**WEB, "disks": [{"volume": "b", "device": "the second"}]},
            "disks[0].device is 'the second', which is no device; name it like /dev/vdb.",
        ),
        (
            {**WEB, "disks": [{"volume": "b", "tag": "a,b"}]},
            "disks[0].tag is 'a,b'; a tag has 1 to 60 characters, and no comma or slash.",
        ),
        (
            {**WEB, "networks": [{"network": "net", "tag": "a/b"}]},
            "networks[0].tag is 'a/b'; a tag has 1 to 60 characters, and no comma or slash.",
        ),
        (
            {**WEB, "tags": ["x" * 61]},
            f"a tag is '{'x' * 61}'; a tag has 1 to 60 characters, and no comma or slash.",
        ),
        ({**WEB, "tags": [str(n) for n in range(51)]}, "tags has 51 tags, and Nova keeps 50 at the most."),
        (
            {**WEB, "hostname": "web_01"},
            "hostname is 'web_01'; Nova takes letters, digits, dashes, and dots between them.",
        ),
        (
            {**WEB, "description": "two\nlines"},
            "description has the character '\\n', which Nova refuses: no line breaks, control characters or emoji.",
        ),
        (
            {**WEB, "mode": "rebuild", "flavor": None, "tags": ["a"], "hostname": "web"},
            "a server that is rebuilt keeps its hostname, tags; leave them out.",
        ),
        (
            {**WEB, "metadata": {_marks.SOURCE: "x"}},
            "metadata has osnap_source, which this collection keeps for itself; leave it out.",
        ),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = ensure(cloud, **arguments)
    assert ran.failed and ran["msg"] == told
    assert not cloud.nova.reads and not cloud.glance.reads


def test_check_real_check_real(cloud):
    asked = {
        **WEB,
        "metadata": {"tier": 1},
        "config_drive": True,
        "user_data": "#!/bin/sh\n",
        "networks": [{"network": "net", "fixed_ip": "10.0.0.9"}, {"port": "port"}, {"network": UUID % 1}],
    }
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    for key in ("changed", "diff"):
        assert check[key] == real[key]
    assert real["changed"] and set(check["server"]) == set(real["server"])
    ((_method, _path, body),) = cloud.written
    assert body["server"] == {
        "name": "web",
        "imageRef": cloud.boots,
        "flavorRef": "f1",
        "config_drive": True,
        "user_data": base64.b64encode(b"#!/bin/sh\n").decode(),
        "metadata": {"tier": "1", _marks.SOURCE: cloud.boots},
        "networks": [{"uuid": UUID % 0, "fixed_ip": "10.0.0.9"}, {"port": UUID % 5}, {"uuid": UUID % 1}],
    }
    for check in (True, False):
        assert ensure(cloud, check=check, **asked)["changed"] is False
    assert len(cloud.written) == 1


def test_another_flavor_later_is_an_error_and_not_another_server(cloud):
    ensure(cloud, **WEB)
    ran = ensure(cloud, **{**WEB, "flavor": "f2"})
    assert ran.failed and "flavor can't be changed: it is 'small' and 'large' was asked for" in ran["msg"]


@pytest.mark.parametrize(
    "option, told",
    [
        ({"flavor": "huge"}, "There is no flavor 'huge' in cloud test"),
        ({"image": "none"}, "There is no image named 'none'"),
        ({"networks": [{"network": "none"}]}, "There is no network named 'none'"),
        ({"networks": [{"port": "none"}]}, "There is no port named 'none'"),
        ({"image": UUID % 9}, f"There is no image with the ID {UUID % 9}"),
    ],
)
def test_what_is_not_there_is_told(cloud, option, told):
    ran = ensure(cloud, check=True, **{**WEB, **option})
    assert ran.failed and ran["msg"].startswith(told)


@pytest.mark.parametrize(
    "image, told",
    [
        ({"status": "saving"}, "is in status saving, and only an active one boots; wait for it or make it anew."),
        ({"size": 0}, "holds no data, nor does it name Cinder snapshots that do; take another, or boot from disks."),
        ({"min_disk": 2}, "needs 2 GiB of disk, and the flavor small has 1; choose a larger flavor."),
        ({"min_ram": 65}, "needs 65 MiB of memory, and the flavor small has 64; choose a larger flavor."),
    ],
)
def test_an_image_that_does_not_boot_is_told_in_check_mode_too(cloud, image, told):
    cloud.glance.tables["/images"][cloud.boots].update(image)
    for check in (True, False):
        ran = ensure(cloud, check=check, **WEB)
        assert ran.failed and ran["msg"] == f"The image 'golden' ({cloud.boots}) {told}"
    assert not cloud.written


def test_to_remove_one_neither_flavor_nor_network_need_be_there(cloud):
    ensure(cloud, **WEB)
    ran = ensure(cloud, name="web", image="golden", flavor="no more", networks=[{"network": "no more"}], state="absent")
    assert ran["changed"] and not cloud.nova.tables["/servers"]


def test_one_in_error_is_made_anew_only_with_a_flavor(cloud):
    old = cloud.server(name="web", image=cloud.boots, status="ERROR", fault={"message": "No valid host was found."})[
        "id"
    ]
    ran = ensure(cloud, **WEB)
    assert ran.failed and "is in status ERROR: No valid host was found; set on_error: replace" in ran["msg"]
    ran = ensure(cloud, id=old, on_error="replace")
    assert (
        ran.failed
        and ran["msg"] == "flavor is missing; say which flavor the server 'web' is booted with."
        and old in cloud.nova.tables["/servers"]
    )
    ran = ensure(cloud, id=old, flavor="small", on_error="replace")
    assert ran["changed"] and list(cloud.nova.tables["/servers"]) == [ran["server"]["id"]] != [old]


def test_many_share_the_look_ups(cloud):
    ran = ensure(
        cloud,
        image="golden",
        flavor="small",
        networks=[{"network": "net"}],
        servers=[{"name": f"web{number}"} for number in range(8)],
    )
    assert ran["changed"] and [row["name"] for row in ran["servers"]] == [f"web{number}" for number in range(8)]
    assert len([path for path, _params in cloud.neutron.reads]) == 1
    assert len([path for path, _params in cloud.nova.reads if path.startswith("/flavors")]) == 1


# -- what Nova would refuse, or find out too late


@pytest.mark.parametrize(
    "option, told",
    [
        (
            {"key_name": "no-such"},
            "There is no key pair 'no-such' of this user in cloud test; import it, or leave key_name out.",
        ),
        (
            {"availability_zone": "down"},
            "There is no availability zone 'down' in cloud test that servers can be booted in; there is nova.",
        ),
        ({"security_groups": ["none"]}, "There is no security group 'none' in cloud test; check the name"),
        ({"security_groups": ["double"]}, "2 security groups are named 'double' in cloud test; give the ID"),
        ({"server_group": "none"}, "There is no server group named 'none'"),
        (
            {"networks": [{"network": "net", "fixed_ip": "10.9.0.1"}]},
            f"The address 10.9.0.1 is not in a subnet of the network {UUID % 0}, which has 10.0.0.0/24",
        ),
        (
            {"networks": [{"network": "net", "fixed_ip": "10.0.0.7"}]},
            f"The address 10.0.0.7 is taken on the network {UUID % 0} by the port {UUID % 7}, of s9",
        ),
        (
            {"networks": [{"network": "net", "fixed_ip": "10.0.0.0"}]},
            "The address 10.0.0.0 is the first or the last of the subnet 10.0.0.0/24, which no server can have",
        ),
        (
            {"networks": [{"port": "port"}, {"port": UUID % 5}]},
            f"The server 'web' names the port {UUID % 5} 2 times; name it once.",
        ),
        (
            {"networks": [{"port": "used"}]},
            f"The port 'used' ({UUID % 7}) is in use by s9; take it from there, or name another.",
        ),
    ],
)
def test_a_refusal_that_can_be_known_is_told_before(cloud, option, told):
    for _number in range(2):
        cloud.neutron.put("/security-groups", name="double", project_id=cloud.project_id)
    cloud.neutron.put(
        "/ports",
        id=UUID % 7,
        name="used",
        status="ACTIVE",
        device_id="s9",
        network_id=UUID % 0,
        fixed_ips=[{"ip_address": "10.0.0.7"}],
    )
    for check in (True, False):
        ran = ensure(cloud, check=check, **{**WEB, **option})
        assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.written


@pytest.mark.parametrize("named", [{"network": "net"}, {"network": UUID % 0}, {"port": "port"}, None])
def test_a_network_without_port_security_takes_no_server_with_security_groups(cloud, named):
    for name in ("web", "default"):
        cloud.neutron.put("/security-groups", name=name, project_id=cloud.project_id)
    cloud.neutron.tables["/networks"][UUID % 0].update(
        port_security_enabled=False, shared=named is None, subnets=["s1"]
    )
    cloud.neutron.tables["/ports"][UUID % 5].update(network_id=UUID % 0)
    where = {} if named is None else {"networks": [named]}
    for check in (True, False):
        ran = ensure(cloud, check=check, **WEB, **where, security_groups=["web"])
        assert ran.failed and ran["msg"] == (
            f"The network 'net' ({UUID % 0}) has port security off, and Nova boots no server with security groups on"
            " it; set security_groups to an empty list, or name another network."
        )
    assert not cloud.written
    assert ensure(cloud, **WEB, **where, security_groups=["default"] if named else [])["changed"]


def test_an_address_is_taken_also_by_a_port_that_nobody_uses(cloud):
    cloud.neutron.put(
        "/ports",
        id=UUID % 7,
        name="kept",
        status="DOWN",
        device_id="",
        network_id=UUID % 0,
        fixed_ips=[{"ip_address": "10.0.0.7"}],
    )
    ran = ensure(cloud, check=True, **WEB, networks=[{"network": "net", "fixed_ip": "10.0.0.7"}])
    assert ran.failed and ran["msg"].endswith(f"by the port {UUID % 7}; give another, or name that port.")


def test_nova_chooses_no_network_where_there_are_several(cloud):
    for row in cloud.neutron.tables["/networks"].values():
        row["shared"] = True
    ran = ensure(cloud, check=True, **WEB)
    assert ran.failed and ran["msg"].startswith(
        "The server 'web' names no network, and cloud test has 2 for it, net, net2; say in networks which, or"
    )
    assert ensure(cloud, **WEB, networks=[])["changed"] and cloud.written[0][2]["server"]["networks"] == "none"


@pytest.mark.parametrize("nova, shared, refused", [("2.96", False, False), ("2.36", False, True), ("2.96", True, True)])
def test_nova_chooses_no_network_of_the_projects_own_that_is_down_where_it_allocates(cloud, nova, shared, refused):
    cloud.nova.maximum = nova
    cloud.neutron.tables["/networks"][UUID % 1].update(admin_state_up=False, shared=shared, project_id=cloud.project_id)
    assert ensure(cloud, check=True, **WEB).failed is refused


def test_the_port_of_another_project_is_refused_before(cloud):
    """An administrator sees it, and Nova would leave a server in status ERROR."""
    cloud.neutron.tables["/ports"][UUID % 5]["project_id"] = "theirs"
    ran = ensure(cloud, check=True, **WEB, networks=[{"port": "port"}])
    assert ran.failed and f"The port 'port' ({UUID % 5}) belongs to the project theirs" in ran["msg"]


@pytest.mark.parametrize("zone, refused", [("nova:host1", False), (":host1", False), ("nowhere:host1", True)])
def test_a_host_may_be_named_with_its_zone(cloud, zone, refused):
    assert ensure(cloud, check=True, **WEB, availability_zone=zone).failed is refused


@pytest.mark.parametrize(
    "status, nova, boots",
    [(404, "2.96", False), (409, "2.96", False), (403, "2.96", False), (200, "2.96", True), (404, "2.36", True)],
)
def test_a_cloud_without_a_network_for_a_server_that_names_none(cloud, status, nova, boots):
    cloud.neutron.tables["/networks"][UUID % 0]["project_id"] = "another"
    cloud.nova.maximum = nova

    def allocate(match, params):
        assert params == {"fields": "dry-run"}, "anything else makes the network"
        if status != 200:
            raise OsnapError("Could not.", status=status)
        return Answer({"auto_allocated_topology": {"id": "dry-run=pass"}})

    cloud.neutron.on["GET", "/auto-allocated-topology/.*"] = allocate
    ran = ensure(cloud, check=True, **WEB)
    assert ran.failed is not boots
    assert boots or ran["msg"] == (
        "The server 'web' names no network, and cloud test has none for it; make one, or set networks to an empty list"
        " for a server without a network."
    )


def test_what_is_there_is_fine(cloud):
    cloud.neutron.put("/security-groups", name="web", project_id=cloud.project_id)
    ran = ensure(
        cloud,
        **WEB,
        key_name="mine",
        availability_zone="nova",
        security_groups=["web"],
        server_group="apart",
        networks=[{"network": "net", "fixed_ip": "10.0.0.8"}, {"port": "port"}],
    )
    assert cloud.written[0][2]["os:scheduler_hints"] == {"group": UUID % 6} and ran["changed"]


@pytest.mark.parametrize(
    "limits, told",
    [
        (
            {"maxTotalInstances": 10, "totalInstancesUsed": 9},
            "needs 1 server, and the project's quota leaves 0; raise the quota",
        ),
        ({"maxTotalCores": 3, "totalCoresUsed": 2}, "needs 1 core, and the project's quota leaves 0"),
        ({"maxTotalRAMSize": 100, "totalRAMUsed": 0}, "needs 64 MiB of memory, and the project's quota leaves 36"),
    ],
)
def test_a_quota_is_shared_by_all_servers_of_a_task(cloud, limits, told):
    cloud.limits.update(limits)
    ran = ensure(cloud, check=True, image="golden", flavor="small", servers=[{"name": "a"}, {"name": "b"}])
    assert [outcome["failed"] for outcome in ran["outcomes"]] == [False, True]
    assert ran["outcomes"][1]["msg"].startswith("The server 'b' " + told)


def test_one_that_is_replaced_needs_no_more_than_it_had(cloud):
    old = cloud.server(
        name="web", image=cloud.boots, status="ERROR", flavor={"original_name": "small", "vcpus": 1, "ram": 64}
    )["id"]
    cloud.limits.update({"maxTotalInstances": 1, "totalInstancesUsed": 1, "maxTotalCores": 1, "totalCoresUsed": 1})
    assert ensure(cloud, **WEB, on_error="replace")["server"]["id"] != old


@pytest.mark.parametrize("network", [{"network": "net", "fixed_ip": "10.0.0.8"}, {"port": "port"}])
def test_two_servers_of_a_task_cant_have_the_same(cloud, network):
    ran = ensure(
        cloud, check=True, image="golden", flavor="small", networks=[network], servers=[{"name": "a"}, {"name": "b"}]
    )
    assert [outcome["failed"] for outcome in ran["outcomes"]] == [
        False,
        True,
    ] and "which another server of this task gets" in ran["outcomes"][1]["msg"]


def test_an_address_is_taken_on_its_network_only_and_however_it_is_written(cloud):
    cloud.neutron.put("/subnets", network_id=UUID % 0, cidr="fd00::/64")
    cloud.neutron.put("/ports", id=UUID % 7, network_id=UUID % 0, fixed_ips=[{"ip_address": "fd00::7"}])
    ran = ensure(cloud, check=True, **WEB, networks=[{"network": "net", "fixed_ip": "FD00:0::7"}])
    assert ran.failed and ran["msg"].startswith("The address fd00::7 is taken on the network")
    servers = [
        {"name": name, "networks": [{"network": network, "fixed_ip": "10.0.0.8"}]}
        for name, network in (("a", "net"), ("b", "net2"))
    ]
    assert not ensure(cloud, check=True, image="golden", flavor="small", servers=servers).failed


# -- from disks


def disks(cloud):
    cloud.snapshot(id=UUID % 2, name="root", size=2)
    cloud.volume(id=UUID % 3, name="data", bootable="false")
    return {
        "name": "db",
        "flavor": "small",
        "disks": [{"snapshot": "root", "delete_on_termination": False}, {"volume": "data"}],
    }


def test_a_server_from_a_snapshot_and_a_volume(cloud):
    asked = disks(cloud)
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert (
        (check["changed"], check["diff"]) == (real["changed"], real["diff"])
        and real["changed"]
        and set(check["server"]) == set(real["server"])
    )
    ((_method, _path, body),) = cloud.written
    assert "imageRef" not in body["server"] and [
        (disk["source_type"], disk["uuid"], disk["delete_on_termination"])
        for disk in body["server"]["block_device_mapping_v2"]
    ] == [("snapshot", UUID % 2, False), ("volume", UUID % 3, False)]
    assert real["server"]["source_id"] == UUID % 2 and real["server"]["image_id"] is None
    cloud.cinder.tables["/volumes"][UUID % 3]["status"] = "in-use"
    for check in (True, False):
        assert ensure(cloud, check=check, **asked)["changed"] is False
    assert (
        ensure(cloud, name="db", disks=[{"snapshot": "root"}], state="absent")["changed"]
        and not cloud.nova.tables["/servers"]
    )


def test_a_server_of_that_name_from_another_snapshot_is_left_alone(cloud):
    asked = disks(cloud)
    other = cloud.server(name="db", image=None, metadata={_marks.SOURCE: UUID % 8})["id"]
    assert ensure(cloud, **asked)["server"]["id"] != other
    assert ensure(cloud, name="db", disks=[{"snapshot": "root"}], state="absent")["changed"]
    assert list(cloud.nova.tables["/servers"]) == [other]


def test_a_server_whose_snapshot_is_gone_is_not_taken_for_gone(cloud):
    left = cloud.server(name="db", image=None, metadata={_marks.SOURCE: UUID % 8})["id"]
    ran = ensure(cloud, name="db", disks=[{"snapshot": "no-more"}], state="absent")
    assert ran.failed and left in ran["msg"] and "give the id of the one that is meant" in ran["msg"]


@pytest.mark.parametrize(
    "change, told",
    [
        (
            lambda cloud: cloud.cinder.tables["/snapshots"][UUID % 2].update(status="creating"),
            "The volume snapshot 'root' (%s) is in status creating; it must be",
        ),
        (
            lambda cloud: cloud.cinder.tables["/volumes"][UUID % 3].update(status="in-use"),
            "The volume 'data' (%s) is in status in-use, and only an available one",
        ),
        (
            lambda cloud: cloud.disk_limits.update(maxTotalVolumeGigabytes=1),
            "The server 'db' needs 2 GiB of volumes, and the project's quota leaves 1;",
        ),
        (
            lambda cloud: cloud.disk_limits.update(maxTotalVolumes=0),
            "The server 'db' needs 1 volume, and the project's quota leaves 0;",
        ),
    ],
)
def test_disks_that_cant_be_had_are_told_before(cloud, change, told):
    asked = disks(cloud)
    change(cloud)
    ran = ensure(cloud, check=True, **asked)
    assert ran.failed and ran["msg"].startswith(told.replace("%s", UUID % (2 if "snapshot" in told else 3)))


def test_a_disk_has_its_device_its_place_and_its_tag(cloud):
    asked = disks(cloud)
    asked["disks"] = [
        {"volume": "data", "device": "/dev/vdb", "tag": "data"},
        {"snapshot": "root", "boot_index": 0, "device": "vda"},
    ]
    asked["networks"] = [{"network": "net", "tag": "front"}, {"port": "port", "tag": "back"}]
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"]) and real["changed"]
    ((_method, _path, body),) = cloud.written
    assert [
        [disk.get(key) for key in ("uuid", "boot_index", "device_name", "tag")]
        for disk in body["server"]["block_device_mapping_v2"]
    ] == [[UUID % 3, -1, "/dev/vdb", "data"], [UUID % 2, 0, "vda", None]]
    assert body["server"]["networks"] == [{"uuid": UUID % 0, "tag": "front"}, {"port": UUID % 5, "tag": "back"}]
    assert real["server"]["source_id"] == UUID % 2
    cloud.cinder.tables["/volumes"][UUID % 3]["status"] = "in-use"
    assert ensure(cloud, **asked)["changed"] is False
    assert ensure(cloud, name="db", disks=asked["disks"], state="absent")["changed"]


def test_a_root_disk_is_the_one_that_is_booted_from(cloud):
    disks(cloud)
    chosen = [{"snapshot": "root"}, {"volume": "data", "boot_index": 0}]
    ran = ensure(cloud, check=True, name="db", flavor="small", disks=chosen)
    assert ran.failed and "is not bootable, and it is to be the root disk" in ran["msg"]


# -- what a server is called


NAMED = {**WEB, "description": " the front ", "tags": ["b", "a", "b"], "hostname": "front.example.org"}


def test_a_server_has_its_description_its_tags_and_its_hostname(cloud):
    check, real = ensure(cloud, check=True, **NAMED), ensure(cloud, **NAMED)
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"]) and real["changed"]
    ((_method, _path, body),) = cloud.written
    assert [body["server"][key] for key in ("description", "tags", "hostname")] == [
        "the front",
        ["a", "b"],
        "front.example.org",
    ]
    for check in (True, False):
        assert ensure(cloud, check=check, **NAMED)["changed"] is False
    changed = {**NAMED, "description": "the back", "tags": ["c"]}
    check, real = ensure(cloud, check=True, **changed), ensure(cloud, **changed)
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"]) and real["changed"]
    id = real["server"]["id"]
    assert cloud.written[1:] == [
        ("PUT", f"/servers/{id}/tags", {"tags": ["c"]}),
        ("PUT", f"/servers/{id}", {"server": {"description": "the back"}}),
    ]
    assert (real["server"]["description"], real["server"]["tags"]) == ("the back", ["c"])
    assert ensure(cloud, **{**NAMED, "description": "", "tags": []})["server"]["tags"] == []


@pytest.mark.parametrize(
    "option, maximum, told",
    [
        ({"description": "d"}, "2.18", "the description of a server needs 2.19"),
        ({"tags": ["a"]}, "2.51", "booting a server with tags needs 2.52"),
        ({"hostname": "web"}, "2.89", "the hostname of a server needs 2.90"),
        ({"hostname": "web.example.org", "tags": ["a"]}, "2.93", "a hostname with a domain needs 2.94"),
        ({"networks": [{"network": "net", "tag": "a"}]}, "2.41", "the tag of a disk or a network needs 2.42"),
    ],
)
def test_what_an_older_nova_lacks_is_told_and_asked_for_only_then(cloud, option, maximum, told):
    cloud.nova.maximum = maximum
    for check in (True, False):
        ran = ensure(cloud, check=check, **{**WEB, **option})
        assert ran.failed and told in ran["msg"]
    assert not cloud.written
    cloud.nova.required.clear()
    assert ensure(cloud, **{**WEB, "networks": [{"network": "net"}]})["changed"]
    assert [one.least for one in cloud.nova.required] == ["2.1"]


@pytest.mark.parametrize(
    "option, maximum, told",
    [
        ({"description": "d"}, "2.18", "Could not change the server 'web': the description of a server needs 2.19"),
        ({"tags": ["a"]}, "2.25", "Could not change the server 'web': the tags of a server needs 2.26"),
    ],
)
def test_a_change_that_an_older_nova_lacks_is_told_in_check_mode_too(cloud, option, maximum, told):
    cloud.server(name="web", image=cloud.boots)
    cloud.nova.maximum = maximum
    for check in (True, False):
        ran = ensure(cloud, check=check, **{**WEB, **option})
        assert ran.failed and told in ran["msg"]
    assert not cloud.written


def test_a_root_volume_must_be_bootable_and_a_disk_as_large_as_its_snapshot(cloud):
    disks(cloud)
    for disk, told in (
        ({"volume": "data"}, "is not bootable, and it is to be the root disk"),
        ({"snapshot": "root", "size": 1}, "has 2 GiB, and a disk of 1 was asked for"),
    ):
        ran = ensure(cloud, check=True, name="db", flavor="small", disks=[disk])
        assert ran.failed and told in ran["msg"]


def test_an_image_of_a_volume_backed_server_boots_from_its_snapshots(cloud):
    cloud.snapshot(id=UUID % 2, name="root", size=2)
    image = cloud.image(name="vault", size=0, block_device_mapping='[{"snapshot_id": "%s"}]' % (UUID % 2))["id"]
    assert ensure(cloud, name="vault", image="vault", flavor="small")["changed"]
    assert cloud.written[0][2]["server"]["imageRef"] == image
    del cloud.cinder.tables["/snapshots"][UUID % 2]
    ran = ensure(cloud, check=True, name="vault2", image="vault", flavor="small")
    assert ran.failed and f"needs the volume snapshot {UUID % 2}, and it is not there" in ran["msg"]


# -- in place


REBUILD = {"name": "web", "image": "golden", "mode": "rebuild"}


def test_a_server_is_rebuilt_once(cloud):
    server = cloud.server(
        name="web", image="another", status="SHUTOFF", metadata={"mine": "1"}, addresses={"net": [{"addr": "10.0.0.5"}]}
    )
    asked = {**REBUILD, "metadata": {"ticket": 5}}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"]) and real["changed"]
    ((_method, path, body),) = cloud.written
    assert path == f"/servers/{server['id']}/action" and body == {
        "rebuild": {"imageRef": cloud.boots, "metadata": {"mine": "1", "ticket": "5", _marks.SOURCE: cloud.boots}}
    }
    assert (real["server"]["id"], real["server"]["status"], real["server"]["source_id"]) == (
        server["id"],
        "SHUTOFF",
        cloud.boots,
    )
    for check in (True, False):
        assert ensure(cloud, check=check, **asked)["changed"] is False
    assert len(cloud.written) == 1


@pytest.mark.parametrize("task_states", [["powering-off"], [None, "powering-off"], ["rebuild_spawning", None]])
def test_a_server_that_was_off_is_waited_for_until_it_is_off_again(cloud, task_states):
    """Nova: ACTIVE after the rebuild, with or without a task state, and off only then."""
    server, act, shown = cloud.server(name="web", image="another", status="SHUTOFF"), cloud.act, []

    def rebuilt(match, body):
        act(match, body)
        server["status"] = "ACTIVE"
        shown.extend([task_states[0], *task_states])  # one look is the update's own
        return Answer({"server": server}, 202)

    def look(match, params):
        if server["status"] == "ACTIVE" and not shown:
            server.update({"status": "SHUTOFF", "OS-EXT-STS:task_state": None})
        if shown:
            server["OS-EXT-STS:task_state"] = shown.pop(0)
        return Answer({"server": dict(server)})

    cloud.nova.on["POST", "/servers/(.*)/action"] = rebuilt
    cloud.nova.on["GET", "/servers/([^/]+)"] = look
    ran = ensure(cloud, **REBUILD)
    assert not ran.failed
    assert (ran["server"]["status"], ran["server"]["task_state"]) == ("SHUTOFF", None)


@pytest.mark.parametrize("status, task_state", [("ACTIVE", "powering-off"), ("ACTIVE", None)])
def test_the_run_after_a_killed_one_waits_until_a_rebuild_has_ended(cloud, status, task_state):
    """Nova shows ACTIVE before it has put the server off again; only the list of its actions tells."""
    shown = {"status": status, "OS-EXT-STS:task_state": task_state, "OS-EXT-STS:vm_state": "active"}
    server = cloud.server(name="web", image=cloud.boots, metadata={_marks.SOURCE: cloud.boots}, **shown)
    looks = []

    def action(match, params):
        looks.append(match[1])
        if len(looks) == 4:  # the check's, the plan's, and two of the wait's
            server.update({"status": "SHUTOFF", "OS-EXT-STS:task_state": None, "OS-EXT-STS:vm_state": "stopped"})
        events = [{"event": "compute_rebuild_instance", "finish_time": "now" if len(looks) >= 4 else None}]
        return Answer({"instanceAction": {"events": events}})

    cloud.nova.on["GET", "/servers/[^/]+/os-instance-actions"] = lambda match, params: Answer(
        {"instanceActions": [{"action": "rebuild", "request_id": "req-1"}, {"action": "create", "request_id": "req-0"}]}
    )
    cloud.nova.on["GET", "/servers/[^/]+/os-instance-actions/(.+)"] = action
    if task_state:
        cloud.nova.on["GET", "/servers/([^/]+)"] = lambda match, params: (
            action(match, params) and Answer({"server": dict(server)})
        )
    check = ensure(cloud, check=True, **REBUILD)
    assert not check.failed and check["changed"] is False
    assert [check["server"][key] for key in ("status", "task_state", "vm_state")] == [None, None, None]
    real = ensure(cloud, **REBUILD)
    assert (real["changed"], real["server"]["status"], real["server"]["vm_state"]) == (False, "SHUTOFF", "stopped")
    assert not cloud.written


@pytest.mark.parametrize("actions", [[{"action": "start", "request_id": "req-2"}], [], "denied"])
def test_a_server_that_was_rebuilt_is_there_where_no_rebuild_is_known_to_go_on(cloud, actions):
    cloud.server(name="web", image=cloud.boots, metadata={_marks.SOURCE: cloud.boots})

    def listed(match, params):
        if actions == "denied":
            raise OsnapError("No.", status=403)
        return Answer({"instanceActions": actions})

    cloud.nova.on["GET", "/servers/[^/]+/os-instance-actions"] = listed
    for check in (True, False):
        ran = ensure(cloud, check=check, **REBUILD)
        assert (ran["changed"], ran["server"]["status"]) == (False, "ACTIVE")


def test_a_booted_server_that_nova_is_at_work_on_is_not_predicted_as_it_is(cloud):
    cloud.server(name="web", image=cloud.boots, **{"OS-EXT-STS:task_state": "powering-off"})
    check = ensure(cloud, check=True, **WEB)
    assert (check["changed"], check["server"]["status"], check["server"]["name"]) == (False, None, "web")


def test_without_a_wait_nobody_knows_how_far_a_rebuild_is(cloud):
    cloud.server(name="web", image="another")
    assert ensure(cloud, check=True, **REBUILD, wait=False)["server"]["status"] is None


def test_one_that_merely_runs_from_the_image_is_rebuilt_as_well(cloud):
    cloud.server(name="web", image=cloud.boots)
    assert ensure(cloud, **REBUILD)["changed"]


def test_a_rebuild_that_failed_is_told_and_tried_again_when_asked(cloud):
    cloud.server(
        name="web",
        image=cloud.boots,
        status="ERROR",
        metadata={_marks.SOURCE: cloud.boots},
        fault={"message": "No host."},
    )
    ran = ensure(cloud, **REBUILD)
    assert ran.failed and "is in status ERROR: No host; set on_error: replace" in ran["msg"] and not cloud.written
    assert ensure(cloud, **REBUILD, on_error="replace")["server"]["status"] == "ACTIVE"


@pytest.mark.parametrize(
    "server, told",
    [
        (
            {"status": "PAUSED"},
            "it is in status PAUSED, and Nova rebuilds one that is ACTIVE, SHUTOFF, ERROR; bring it there",
        ),
        ({"OS-EXT-STS:task_state": "rebooting"}, "it is busy (rebooting)"),
        ({"locked": True}, "it is locked, but for an administrator; unlock it first"),
        (
            {"flavor": {"original_name": "small", "disk": 0, "ram": 32}},
            "needs 64 MiB of memory, and the flavor small has 32",
        ),
        (
            {"flavor": {"original_name": "small", "disk": 1, "ram": 64}, "larger": True},
            "has 2000000000 bytes, and the disk of the flavor small has 1 GiB",
        ),
        ({"empty": True}, "holds no data of its own, they are in Cinder snapshots"),
    ],
)
def test_a_rebuild_that_nova_would_refuse_is_told_before(cloud, server, told):
    cloud.glance.tables["/images"][cloud.boots].update(
        size=2 * 10**9 if server.pop("larger", False) else 0 if server.pop("empty", False) else 8
    )
    cloud.server(name="web", image="another", **server)
    for check in (True, False):
        ran = ensure(cloud, check=check, **REBUILD)
        assert (
            ran.failed
            and "The server 'web' (" in ran["msg"]
            and "can't be rebuilt: " in ran["msg"]
            and told in ran["msg"]
        )
    assert not cloud.written


def test_none_or_two_of_a_name_are_not_rebuilt(cloud):
    assert "There is no server 'web' to rebuild in cloud test; check the name" in ensure(cloud, **REBUILD)["msg"]
    ids = [cloud.server(name="web", image=image)["id"] for image in ("another", "third")]
    ran = ensure(cloud, **REBUILD)
    assert ran.failed and "There are 2 servers 'web' to rebuild" in ran["msg"] and all(id in ran["msg"] for id in ids)


@pytest.mark.parametrize(
    "nova, cinder, size, told",
    [
        (
            "2.92",
            "3.71",
            5,
            "it boots from a volume, which needs compute API 2.93, and this cloud offers 2.92 at the most",
        ),
        ("2.93", "3.67", 5, "it boots from a volume, which needs block-storage API 3.68, and this cloud offers 3.67"),
        (
            "2.96",
            "3.71",
            1,
            "its root volume v1 has 1 GiB, and the image 'golden' (%s) needs 2; extend the volume first.",
        ),
        ("2.96", "3.71", 2, None),
    ],
)
def test_a_root_volume_is_written_anew_where_the_cloud_can(cloud, nova, cinder, size, told):
    cloud.nova.maximum_microversion, cloud.cinder.maximum_microversion = lambda: nova, lambda: cinder
    cloud.glance.tables["/images"][cloud.boots].update(min_disk=2)
    cloud.volume(id="v1", bootable="true", size=size, attachments=[{"device": "/dev/vda"}])
    cloud.volume(id="v2", bootable="false", size=100)
    cloud.server(name="web", image=None, volumes=["v2", "v1"])
    ran = ensure(cloud, check=True, **REBUILD)
    assert ran["changed"] if told is None else told.replace("%s", cloud.boots) in ran["msg"]
    if told is None:
        ran = ensure(cloud, **REBUILD)
        assert (ran["server"]["source_id"], ran["server"]["image_id"]) == (cloud.boots, None) and ensure(
            cloud, **REBUILD
        )["changed"] is False


def test_a_server_that_only_seems_to_run_from_an_image_is_not_rebuilt(cloud):
    origin = cloud.image(name="vault", size=0, block_device_mapping='[{"snapshot_id": "s1"}]')["id"]
    cloud.server(name="web", image=origin, volumes=["v1"])
    ran = ensure(cloud, check=True, **REBUILD)
    assert (
        ran.failed
        and f"its root disk is a volume, made of the Cinder snapshots of the image 'vault' ({origin}); boot a new"
        " server"
        in ran["msg"]
    )


def test_a_server_that_lost_its_address_is_not_called_restored(cloud):
    server, act = cloud.server(name="web", image="another", addresses={"net": [{"addr": "10.0.0.5"}]}), cloud.act

    def losing(match, body):
        server["addresses"] = {}
        return act(match, body)

    cloud.nova.on["POST", "/servers/(.*)/action"] = losing
    ran = ensure(cloud, **REBUILD)
    assert ran.failed and "was rebuilt, and its addresses are not what they were" in ran["msg"]


def test_the_role_marks_a_server_that_has_arrived(cloud):
    """Test the last step of a migration: the mark that no other option may set."""
    server = ensure(cloud, name="web", image="golden", flavor="small", networks=[{"network": "net"}])["server"]
    ran = ensure(cloud, id=server["id"], image=server["image_id"], metadata={"osnap_complete": "true"}, check=True)
    assert ran["changed"] and ran["server"]["metadata"]["osnap_complete"] == "true"
