# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import Missing
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Destination,
    Discovered,
    Options,
    ids_of_gone,
    image_name,
    is_complete,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.plan import judge

ITEM = dict.fromkeys(
    (
        "server",
        "name",
        "flavor",
        "networks",
        "security_groups",
        "key_name",
        "config_drive",
        "availability_zone",
        "metadata",
    )
)
FLAVOR = {
    "original_name": "m1.small",
    "vcpus": 2,
    "ram": 2048,
    "disk": 20,
    "ephemeral": 0,
    "swap": 0,
    "extra_specs": {},
}
NAME = image_name("migration", "s1")
MARKS = {"osnap_run": "migration", "osnap_server": "s1"}


def item(server="web01", **given):
    return {**ITEM, "server": server, **given}


def server(id="s1", name="web01", **given):
    return {
        "id": id,
        "name": name,
        "status": "ACTIVE",
        "task_state": None,
        "image_id": "base",
        "flavor": FLAVOR,
        "flavor_name": "m1.small",
        "addresses": {"private": [address("m1")]},
        "attached_volumes": [],
        "metadata": {},
        "key_name": None,
        "security_groups": [],
        "server_groups": [],
        "description": None,
        "tags": [],
        "availability_zone": "nova",
        "has_config_drive": False,
        "is_locked": False,
        "fault": None,
        "created_at": "then",
        **given,
    }


def off(**given):
    """A server that was on, and that an earlier try has stopped."""
    return server(**{"status": "SHUTOFF", "metadata": {"osnap_power_before": "ACTIVE"}, **given})


def stale(**given):
    kinds = ("servers", "volumes", "moving", "copies", "images", "volume_snapshots", "snapshots")
    return {kind: [{"id": id} for id in given.get(kind, ())] for kind in kinds}


def address(mac, kind="fixed", addr="10.0.0.5"):
    return {"addr": addr, "OS-EXT-IPS-MAC:mac_addr": mac, "OS-EXT-IPS:type": kind}


def image(id, **given):
    row = {
        "id": id,
        "name": NAME,
        "status": "active",
        "size": 100,
        "disk_format": "raw",
        "hash_algo": "sha512",
        "hash_value": "abc",
        "created_at": "then",
        "server_id": "s1",
        "consistency": "off",
        "min_disk": 20,
        "min_ram": 0,
        "is_hidden": False,
        "is_protected": False,
        "properties": {},
    }
    return {**row, **given}


def snapshot(**given):
    return image(**{"id": "snap", "properties": dict(MARKS), **given})


def copy(**given):
    return image(**{"id": "copy", "properties": {**MARKS, "osnap_source": "snap", "osnap_complete": "true"}, **given})


def moved(**given):
    return server(**{"id": "n1", "image_id": "copy", "metadata": dict(MARKS), **given})


def flavor(name="m1.small", **given):
    return {"id": f"id-{name}", "name": name, "vcpus": 2, "ram": 2048, "disk": 20, **given}


def network(name="private", id=None, **given):
    return {
        "id": id or f"id-{name}",
        "name": name,
        "is_port_security_enabled": None,
        "subnet_ids": [f"subnet-{name}"],
        **given,
    }


def port(id, name="", **given):
    row = {
        "id": id,
        "name": name,
        "device_id": "",
        "network_id": "id-private",
        "ip_allocation": None,
        "description": "",
    }
    return {**row, "fixed_ips": [{"ip_address": "10.0.0.99"}], **given}


def place(**given):
    room = dict.fromkeys(("instances", "cores", "ram"))
    return Destination(
        **{
            "flavors": [flavor()],
            "networks": [network()],
            "choice": [network()],
            "security_groups": [],
            "key_pairs": set(),
            "room": room,
            "cloud": "'target'",
            **given,
        }
    )


def seen(*servers, snapshots=(), copies=(), **given):
    return Discovered(
        "'source'",
        "'target'",
        list(servers) or [server()],
        snapshots={NAME: list(snapshots)},
        copies={NAME: list(copies)},
        **{"images": {"base": image("base")}, "place": place(), **given},
    )


def look(*items, at=None, **options):
    return judge(list(items) or [item()], at or seen(), Options(**options))


def problem(*items, at=None, **options):
    """The only problem that there is."""
    (only,) = look(*items, at=at, **options)["problems"]
    assert only.endswith(".")
    return only


def notices(**given):
    result = look(at=seen(server(**given)))
    assert not result["problems"]
    return result["notices"]


# -- a server that nothing stands in the way of


def test_a_plan_has_the_arguments_of_every_step():
    result = look()
    (plan,) = result["plans"]
    assert (result["problems"], result["notices"]) == ([], [])
    assert plan["method"] == "image"
    assert plan["server_power"] == {"server": "s1"}
    assert plan["server_image_snapshot"] == {
        "server": "s1",
        "name": NAME,
        "properties": {**MARKS, "osnap_step": "snapshot"},
    }
    assert plan["image_copy"] == {"name": NAME, "properties": {**MARKS, "osnap_step": "copy"}}
    boot = plan["server_restore"]
    assert (boot["id"], boot["name"], boot["flavor"], boot["networks"]) == (
        None,
        "web01",
        "m1.small",
        [{"network": "private"}],
    )
    assert boot["metadata"] == {**MARKS, "osnap_step": "boot"}
    assert plan["steps"][0] == "stop it in cloud 'source'" and len(plan["steps"]) == 5


def test_a_servers_own_metadata_travel_and_its_marks_do_not():
    at = seen(server(metadata={"tier": "web", "owner": "me", "osnap_power_before": "ACTIVE", "osnap_run": "another"}))
    (plan,) = look(item(metadata={"tier": "front"}), at=at)["plans"]
    assert plan["server_restore"]["metadata"] == {"owner": "me", "tier": "front", **MARKS, "osnap_step": "boot"}


def test_the_image_of_a_run_is_named_after_the_run_and_the_server():
    assert image_name("a", "s1") == "osnap-a-s1"


# -- which server is meant


def test_problems_of_all_servers_are_told_at_once():
    at = seen(
        OsnapError("There is no server named 'web01'."), server(image_id=None), server("s3", "web03", status="ERROR")
    )
    result = look(item(), item("web02"), item("web03"), at=at)
    assert len(result["problems"]) == 3
    assert [len(plan["problems"]) for plan in result["plans"]] == [1, 1, 1]
    assert result["plans"][0]["server_id"] is None and result["plans"][0]["summary"] is None


def test_the_same_server_twice_is_told_once():
    assert (
        problem(item(), item("s1"), at=seen(server(), server()))
        == "servers[1] ('s1') is the same server as servers[0]; name each once."
    )


def test_two_new_servers_of_one_name():
    at = seen(server(), server("s2"))
    assert "servers[0] and servers[1] would both be named 'web01' in cloud 'target'" in problem(
        item(), item("s2"), at=at
    )


# -- what the source says


@pytest.mark.parametrize(
    "given, words",
    [
        ({"image_id": None}, "boots from a volume, and which one of its volumes nobody can tell"),
        ({"attached_volumes": ["v1", "v2"]}, "has the volumes v1, v2, which Cinder does not show this user"),
        ({"status": "PAUSED"}, "is in status PAUSED, and it must be ACTIVE or SHUTOFF"),
        ({"status": "ERROR"}, "is in status ERROR"),
        ({"task_state": "rebooting"}, "is busy (rebooting)"),
        ({"task_state": "image_uploading"}, "is busy (image_uploading)"),
        ({"is_locked": True}, "is locked"),
        ({"flavor": {**FLAVOR, "ephemeral": 10}}, "has an ephemeral disk of 10 GiB"),
        ({"flavor": {**FLAVOR, "extra_specs": {"hw:tpm_version": "2.0"}}}, "has a virtual TPM"),
        ({"flavor": {**FLAVOR, "extra_specs": {"hw:ephemeral_encryption": "true"}}}, "has an encrypted disk"),
    ],
)
def test_what_stops_a_server(given, words):
    found = problem(at=seen(server(**given)))
    assert words in found and "'web01' (s1)" in found


@pytest.mark.parametrize(
    "status, stop",
    [
        ("ACTIVE", True),
        ("SHUTOFF", True),
        ("ACTIVE", False),
        ("PAUSED", False),
        ("SUSPENDED", False),
        ("SHUTOFF", False),
    ],
)
def test_statuses_in_which_a_server_is_taken(status, stop):
    assert not look(at=seen(server(status=status)), stop=stop)["problems"]


def test_a_locked_server_that_is_off_needs_no_stop():
    assert not look(at=seen(server(status="SHUTOFF", is_locked=True)))["problems"]


def test_a_server_that_our_killed_run_is_stopping_or_imaging_is_no_problem():
    assert not look(at=seen(server(task_state="powering-off")))["problems"]
    assert not look(
        at=seen(
            server(status="SHUTOFF", task_state="image_uploading"),
            snapshots=[snapshot(status="saving", consistency="off")],
        )
    )["problems"]


@pytest.mark.parametrize(
    "given, words",
    [
        ({"flavor": {**FLAVOR, "swap": 512}}, "swap disk"),
        ({"addresses": {"private": [address("m1"), address("m1", "floating", "1.2.3.4")]}}, "floating IP"),
        ({"addresses": {}}, "on no network"),
        ({"key_name": "mine"}, "the key pair 'mine'"),
        ({"security_groups": ["web"]}, "the security group 'web'"),
        ({"flavor": {**FLAVOR, "ram": 4096}}, "has 4096 MiB of memory"),
    ],
)
def test_what_is_only_told(given, words):
    (only,) = notices(**given)
    assert words in only


def test_uefi_is_told():
    at = seen(images={"base": image("base", properties={"hw_firmware_type": "uefi"})})
    assert "boots by UEFI" in look(at=at)["notices"][0]


@pytest.mark.parametrize(
    "what, given", [("ephemeral", {"ephemeral": 10}), ("vtpm", {"extra_specs": {"hw:tpm_version": "2.0"}})]
)
def test_losses_can_be_accepted(what, given):
    result = look(at=seen(server(flavor={**FLAVOR, **given})), accept=[what])
    assert not result["problems"] and len(result["notices"]) == 1


def test_a_running_server_that_is_not_stopped_is_told():
    assert "what it writes after its snapshot stays behind" in look(stop=False)["notices"][0]


SINCE = {"s1": ["the server was started at 10:00, and the snapshot is of 9:00"]}


@pytest.mark.parametrize(
    "status, since, words",
    [
        ("SHUTOFF", SINCE, "the server was started at 10:00"),
        ("ACTIVE", {}, "the server is running, and was off for its snapshot of then"),
    ],
)
def test_a_snapshot_is_stale_when_its_server_has_changed_since(status, since, words):
    """Test a resume. Verify that snapshot and copies are to go, that all is made anew, and that this is said."""
    at = seen(server(status=status), snapshots=[snapshot()], copies=[copy(), copy(id="half")], since=since)
    result = look(at=at)
    (plan,) = result["plans"]
    assert not result["problems"] and words in result["notices"][0] and "anew" in result["notices"][0]
    assert plan["stale"] == stale(snapshots=["snap"], copies=["copy", "half"])
    assert plan["found"] == dict.fromkeys(("snapshot", "image", "server", "rehearsal"))
    assert plan["steps"][0].startswith("remove the stale image") and "snapshot it" in " ".join(plan["steps"])


def test_lost_writes_that_are_accepted_go_on_with_the_old_snapshot():
    at = seen(off(), snapshots=[snapshot()], copies=[copy()], made=[moved()], since=SINCE)
    result = look(at=at, accept=["lost_writes"])
    (plan,) = result["plans"]
    assert not result["problems"] and "what it has written since stays behind" in result["notices"][0]
    assert plan["verified"] and plan["stale"] == stale()


@pytest.mark.parametrize("made", [moved(), moved(metadata={})])
def test_a_stale_snapshot_that_a_server_lives_on_stays(made):
    """Test a stale copy with a server booted from it, ours or another. Verify that it is an error and nothing goes."""
    at = seen(off(), snapshots=[snapshot()], copies=[copy()], made=[made], since=SINCE)
    result = look(at=at)
    told = [one for one in result["problems"] if "has changed since its snapshot" in one]
    assert "remove it to move the server anew, or set accept to lost_writes" in told[0] and "(n1)" in told[0]
    assert result["plans"][0]["stale"] == stale() and not result["plans"][0]["verified"]


def test_what_has_arrived_is_not_stale_whatever_its_source_does():
    made = moved(metadata={**MARKS, "osnap_complete": "true"})
    at = seen(snapshots=[snapshot()], copies=[copy()], made=[made], since=SINCE, place=None)
    result = look(at=at)
    assert (result["problems"], result["notices"]) == ([], []) and result["plans"][0]["complete"]


def test_a_locked_server_is_no_obstacle_to_an_administrator():
    assert not look(at=seen(server(is_locked=True), administrator=True))["problems"]


def test_a_snapshot_of_the_running_server_is_none_of_the_stopped_one():
    """Test the snapshot of a rehearsal. Verify that a cutover takes a new one, and that a rehearsal goes on with it."""
    at = seen(snapshots=[snapshot(consistency="crash")], copies=[copy()])
    result = look(at=at, accept=["lost_writes"])
    assert (
        not result["problems"]
        and "it was on for its snapshot, and this time it shall be stopped" in result["notices"][0]
    )
    assert result["plans"][0]["stale"] == stale(snapshots=["snap"], copies=["copy"])
    result = look(at=at, stop=False)
    assert not result["problems"] and result["plans"][0]["stale"] == stale()


def test_an_old_clouds_server_shows_only_the_id_of_its_flavor():
    at = seen(server(flavor={"id": "7"}), flavors={"7": {"id": "7", "name": "m1.small", "disk": 20, "ephemeral": 5}})
    assert "an ephemeral disk of 5 GiB" in problem(at=at)


# -- what the destination says


def test_a_flavor_is_the_items_or_the_maps_or_of_the_same_name():
    at = seen(place=place(flavors=[flavor(), flavor("big"), flavor("bigger")]))
    chosen = [
        look(given, at=at, **options)["plans"][0]["server_restore"]["flavor"]
        for given, options in (
            (item(), {}),
            (item(), {"flavor_map": {"m1.small": "big"}}),
            (item(flavor="id-bigger"), {"flavor_map": {"m1.small": "big"}}),
        )
    ]
    assert chosen == ["m1.small", "big", "id-bigger"]


def test_flavors_that_do_not_fit():
    assert "say with flavor_map what 'm1.small' becomes" in problem(at=seen(place=place(flavors=[])))
    assert "name another in flavor" in problem(item(flavor="nope"))
    assert "2 flavors named 'm1.small'" in problem(at=seen(place=place(flavors=[flavor(id="a"), flavor(id="b")])))
    assert "has a root disk of 20 GiB, and the flavor 'm1.small' of cloud 'target' gives 10" in problem(
        at=seen(place=place(flavors=[flavor(disk=10)]))
    )
    assert "gives 0" in problem(at=seen(place=place(flavors=[flavor(disk=0)])))
    at = seen(images={"base": image("base", min_ram=3000)})
    assert "needs 3000 MiB of memory" in problem(at=at)


def test_networks_follow_the_interfaces_and_the_map():
    addresses = {"a": [address("m1"), address("m1", addr="fd00::1"), address("m2")], "b": [address("m3")]}
    at = seen(server(addresses=addresses), place=place(networks=[network("a"), network("c")]))
    (plan,) = look(at=at, network_map={"b": "c"})["plans"]
    assert plan["server_restore"]["networks"] == [{"network": "a"}, {"network": "a"}, {"network": "c"}]


def test_networks_that_are_not_there():
    assert "say with network_map what 'private' becomes" in problem(at=seen(place=place(networks=[])))
    assert "2 networks named 'private' (x, y)" in problem(
        at=seen(place=place(networks=[network(id="x"), network(id="y")]))
    )
    assert "name another in networks" in problem(item(networks=[{"network": "nope"}]))
    two = server(addresses={"private": [address("m1"), address("m2")]})
    assert "no network named 'private'" in problem(at=seen(two, place=place(networks=[]))), (
        "told once, however many interfaces"
    )


def test_a_port_that_is_not_there():
    at = seen(place=place(ports={"p": OsnapError("There is no port named 'p'.")}))
    assert "There is no port named 'p'" in problem(item(networks=[{"network": None, "port": "p"}]), at=at)


def test_a_port_that_is_in_use():
    at = seen(place=place(ports={"p": {"id": "p", "name": "", "device_id": "d", "network_id": "id-private"}}))
    assert "in use by d" in problem(item(networks=[{"network": None, "port": "p"}]), at=at)


@pytest.mark.parametrize(
    "given, words",
    [
        ({"name": "x" * 300}, "name has 300 characters, and 255 is the most that Nova takes."),
        ({"name": "a\nb"}, "name has the character '\\n', which Nova refuses"),
        (
            {"metadata": {"tier": {"a": 1}}},
            "metadata has {'a': 1} under 'tier'; a value is text, a number or a boolean.",
        ),
        ({"metadata": {"osnap_source": "x"}}, "metadata has osnap_source, which this collection keeps for itself"),
        (
            {"networks": [{"network": "private", "fixed_ip": "999.1.2.3", "port": None}]},
            "networks[0].fixed_ip is '999.1.2.3', which is no IP address.",
        ),
        (
            {"networks": [{"network": None, "fixed_ip": "10.0.0.1", "port": "p"}]},
            "networks[0] has a port and a fixed_ip; a port has its address already, leave fixed_ip out.",
        ),
    ],
)
def test_arguments_that_the_boot_would_refuse_are_told_of_their_server_alone(given, words):
    at = seen(
        server(),
        server("s2", "web02"),
        place=place(ports={"p": {"id": "p", "name": "", "device_id": "", "network_id": "id-private"}}),
    )
    result = look(item(**given), item("web02"), at=at)
    (only,) = result["problems"]
    assert only.startswith("The server 'web01' (s1): ") and words in only
    assert [plan["problems"] for plan in result["plans"]] == [[only], []]


def test_metadata_of_a_server_that_is_there_already_are_looked_at_as_well():
    at = seen(off(), snapshots=[snapshot()], copies=[copy()], made=[moved()])
    assert "a value is text, a number or a boolean" in problem(item(metadata={"tier": [1]}), at=at)


def fixed(address, network="private"):
    return {"network": network, "fixed_ip": address, "port": None}


ADDRESSES = place(
    networks=[network(), network("other")],
    subnets=[{"network_id": "id-private", "cidr": "10.0.0.0/24"}],
    used=[port("q", device_id="d", fixed_ips=[{"ip_address": "10.0.0.7"}])],
    ports={"door": port("p", "door")},
    zones={"nova"},
)
ADDRESSES.ports["p"] = ADDRESSES.ports["door"]


@pytest.mark.parametrize(
    "given, words",
    [
        ({"availability_zone": "mars"}, "There is no availability zone 'mars' in cloud 'target' that servers can be"),
        ({"networks": [fixed("10.9.0.1")]}, "The address 10.9.0.1 is not in a subnet of the network id-private, which"),
        (
            {"networks": [fixed("10.0.0.255")]},
            "The address 10.0.0.255 is the first or the last of the subnet 10.0.0.0/24",
        ),
        (
            {"networks": [{"network": None, "port": name} for name in ("door", "p")]},
            "The server 'web01' names the port p 2 times; name it once.",
        ),
        (
            {"networks": [fixed("10.0.0.7")]},
            "The address 10.0.0.7 is taken on the network id-private by the port q, of d",
        ),
    ],
)
def test_a_zone_or_an_address_that_cant_be_had_is_told_of_its_server_alone(given, words):
    at = seen(server(), server("s2", "web02"), place=ADDRESSES)
    result = look(item(**given), item("web02", networks=[fixed("10.0.0.8")], availability_zone="nova"), at=at)
    (only,) = result["problems"]
    assert only.startswith(f"The server 'web01' (s1): {words}")
    assert [plan["problems"] for plan in result["plans"]] == [[only], []]


@pytest.mark.parametrize("networks", [[], [network()], [network("a"), network("b")]])
def test_a_server_on_no_network_is_on_none_there(networks):
    at = seen(server(addresses={}), place=place(networks=networks, choice=networks))
    judged = look(at=at)
    assert not judged["problems"] and judged["plans"][0]["server_restore"]["networks"] == []
    assert judged["notices"] == [
        "The server 'web01' (s1) in cloud 'source' is on no network, and neither will the new server be; set networks"
        " if it shall."
    ]
    assert not look(item(networks=[]), at=at)["notices"]


@pytest.mark.parametrize("how, refused", [(None, True), ("immediate", True), ("deferred", False), ("none", False)])
def test_a_port_without_an_address_is_refused_unless_it_needs_none(how, refused):
    """Test ports that are given none, by their own will or until Nova names a host. Verify with Nova's own check."""
    at = seen(place=place(ports={"p": port("p", "hole", fixed_ips=[], ip_allocation=how)}))
    found = look(item(networks=[{"network": None, "port": "p"}]), at=at)["problems"]
    assert [": The port 'hole' (p) has no address, and Nova boots no server on it" in one for one in found] == (
        [True] if refused else []
    )


def test_a_port_that_needs_no_address_is_fine_on_a_network_without_subnets_and_port_security():
    there = place(ports={"p": port("p", fixed_ips=[], ip_allocation="none")})
    for secure, count in ((False, 0), (True, 1), (None, 1)):
        there.networks = [network(subnet_ids=[], is_port_security_enabled=secure)]
        at = seen(server(addresses={}), place=there)
        assert len(look(item(networks=[{"network": None, "port": "p"}]), at=at)["problems"]) == count


INSECURE = network(is_port_security_enabled=False)
GROUPS = [{"id": "1", "name": "web"}, {"id": "2", "name": "default"}]


@pytest.mark.parametrize(
    "row, groups, words",
    [
        (INSECURE, ["web"], "has port security off, and Nova boots no server with security groups on it; set"),
        (INSECURE, ["default", "web"], "has port security off"),
        (network(subnet_ids=[]), ["default"], "has no subnet, and Nova boots no server on it"),
        (INSECURE, ["default"], None),
        (network(is_port_security_enabled=True), ["web"], None),
    ],
)
def test_a_network_that_nova_refuses_on_every_host(row, groups, words):
    """Test its own groups, and the network by name and behind a port."""
    ports = {"p": port("p")}
    there = place(networks=[row], choice=[row], security_groups=GROUPS, ports=ports)
    for addresses, given in (
        ({"private": [address("m1")]}, {}),
        ({}, {"networks": [{"network": None, "port": "p"}]}),
    ):
        at = seen(server(security_groups=groups, addresses=addresses), place=there)
        found = look(item(**given), at=at)["problems"]
        assert [f"The server 'web01' (s1): The network 'private' (id-private) {words}" in one for one in found] == (
            [True] if words else []
        )
        emptied = look(item(**given, security_groups=[]), at=at)["problems"]
        assert not emptied or row["subnet_ids"] == []


@pytest.mark.parametrize(
    "first, second, words",
    [
        (
            {"network": None, "port": "door"},
            {"network": None, "port": "p"},
            "can't have the port p, which another server",
        ),
        (
            fixed("10.0.0.8"),
            fixed("10.0.0.8"),
            "can't have the address 10.0.0.8, which another server of this task gets",
        ),
    ],
)
def test_what_two_servers_are_given_is_told_of_the_second(first, second, words):
    at = seen(server(), server("s2", "web02"), place=ADDRESSES)
    result = look(item(networks=[first]), item("web02", networks=[second]), at=at)
    (only,) = result["problems"]
    assert only.startswith("The server 'web02' (s2): The server 'web02' ") and words in only
    assert [plan["problems"] for plan in result["plans"]] == [[], [only]]


def test_a_server_that_is_named_twice_is_not_said_to_take_its_own_port():
    at = seen(server(), server(), place=ADDRESSES)
    given = {"networks": [{"network": None, "port": "p"}]}
    assert "is the same server" in problem(item(**given), item("s1", **given), at=at)


def test_the_same_address_on_two_networks_is_no_problem():
    at = seen(server(), server("s2", "web02"), place=ADDRESSES)
    given = [item(networks=[fixed("10.0.0.8")]), item("web02", networks=[fixed("10.0.0.8", "other")])]
    assert not look(*given, at=at)["problems"]


def test_what_is_asked_for_by_name_must_be_there():
    assert "import it there" in problem(item(key_name="mine"))
    assert "make it there" in problem(item(security_groups=["web"]))
    twice = place(security_groups=[{"id": "1", "name": "web"}, {"id": "2", "name": "web"}])
    assert "2 security groups are named 'web'" in problem(item(security_groups=["web"]), at=seen(place=twice))


def test_key_pair_and_security_groups_that_are_there_are_taken():
    there = place(key_pairs={"mine"}, security_groups=[{"id": "1", "name": "web"}])
    result = look(at=seen(server(key_name="mine", security_groups=["db", "web"]), place=there))
    boot = result["plans"][0]["server_restore"]
    assert (boot["key_name"], boot["security_groups"]) == ("mine", ["web"])
    assert len(result["notices"]) == 1


def test_another_server_of_that_name():
    assert "there is a server named 'web01' already (x)" in problem(at=seen(made=[server("x")]))
    assert "made by the run 'other'" in problem(at=seen(made=[server("x", metadata={**MARKS, "osnap_run": "other"})]))
    assert not look(item(name="web01-new"), at=seen(made=[server("x")]))["problems"]
    assert not look(at=seen(made=[server("x", status="DELETED")]))["problems"]


@pytest.mark.parametrize(
    "room, words",
    [
        ({"instances": 1, "cores": None, "ram": None}, "2 servers, and 1 are left"),
        ({"instances": None, "cores": 3, "ram": None}, "4 cores, and 3 are left"),
        ({"instances": 9, "cores": 9, "ram": 4095}, "4096 MiB of memory, and 4095 are left"),
    ],
)
def test_the_quota_counts_all_servers_that_are_to_be_made(room, words):
    at = seen(server(), server("s2", "web02"), place=place(room=room))
    assert words in problem(item(), item("web02"), at=at)


def test_a_server_is_not_called_complete_by_its_owner():
    """Test the mark of a server that has arrived in the metadata of one that is to be made."""
    found = problem(item(metadata={"osnap_complete": "true"}))
    assert "metadata has osnap_complete, which this collection keeps for itself; leave it out" in found


@pytest.mark.parametrize("most, refused", [(None, False), (6, False), (5, True)])
def test_metadata_that_the_quota_has_no_place_for_count_with_the_marks_that_come_later(most, refused):
    room = {**dict.fromkeys(("instances", "cores", "ram")), "metadata_items": most}
    at = seen(server(metadata={"tier": "front", "osnap_power_before": "ACTIVE"}), place=place(room=room))
    found = look(at=at)["problems"]
    words = "The server 'web01' would have 6 items of metadata, and the quota in cloud 'target' is 5; leave some out."
    assert found == ([f"The server 'web01' (s1): {words}"] if refused else [])


def test_the_quota_does_not_count_servers_that_are_there():
    at = seen(
        off(),
        server("s2", "web02"),
        snapshots=[snapshot()],
        copies=[copy()],
        made=[moved()],
        place=place(room={"instances": 1, "cores": 2, "ram": 2048}),
    )
    assert not look(item(), item("web02"), at=at)["problems"]


# -- what earlier tries have made


def test_a_complete_server_needs_nothing_and_nothing_stands_in_its_way():
    at = seen(
        server(status="ERROR", attached_volumes=["v1"]),
        snapshots=[snapshot()],
        copies=[copy()],
        place=None,
        made=[moved(metadata={**MARKS, "osnap_complete": "true"})],
    )
    result = look(at=at)
    (plan,) = result["plans"]
    assert not result["problems"] and plan["complete"] and plan["steps"] == [] and plan["server_restore"] is None
    assert plan["summary"]["state"] == "migrated"


def test_a_complete_server_stays_so_when_its_images_are_gone():
    (plan,) = look(at=seen(made=[moved(metadata={**MARKS, "osnap_complete": "true"})], place=None))["plans"]
    assert plan["complete"] and plan["summary"]["state"] == "migrated" and plan["summary"]["image_id"] is None


def test_a_summary_is_the_same_before_and_after_the_last_mark_and_when_the_snapshot_is_gone():
    source, marks = off(), {**copy()["properties"], "osnap_consistency": "off"}
    copied = copy(properties=marks)
    before, after = (
        look(at=seen(source, snapshots=[snapshot()], copies=[copied], made=[moved(metadata=metadata)]))["plans"][0][
            "summary"
        ]
        for metadata in (MARKS, {**MARKS, "osnap_complete": "true"})
    )
    assert before == after and before["state"] == "migrated"
    made = moved(metadata={**MARKS, "osnap_complete": "true"})
    assert look(at=seen(source, copies=[copied], made=[made]))["plans"][0]["summary"] == before


def test_an_incomplete_server_is_gone_on_with_under_the_name_it_has():
    (plan,) = look(at=seen(off(), snapshots=[snapshot()], copies=[copy()], made=[moved(name="renamed")], place=None))[
        "plans"
    ]
    assert plan["server_restore"]["id"] == "n1" and plan["server_restore"]["name"] == "renamed"
    assert plan["server_restore"]["flavor"] is None
    assert plan["steps"] == ["compare both images and mark the new server as complete"]


@pytest.mark.parametrize(
    "given, words",
    [
        ({"snapshots": [snapshot(status="killed")]}, "is killed; remove it"),
        ({"snapshots": [snapshot(), snapshot(id="other")]}, "2 snapshot images in cloud 'source'"),
        ({"copies": [copy()]}, "is a copy of a snapshot that is gone"),
        (
            {
                "snapshots": [snapshot()],
                "copies": [copy()],
                "made": [moved(status="ERROR", fault={"message": "No valid host."})],
            },
            "ERROR: No valid host; remove it",
        ),
        (
            {"snapshots": [snapshot()], "made": [moved()]},
            "was booted from the image copy, which is no finished copy any more",
        ),
        (
            {"snapshots": [snapshot()], "copies": [copy()], "made": [moved(), moved(id="n2")]},
            "2 servers in cloud 'target'",
        ),
    ],
)
def test_leftovers_that_cannot_be_gone_on_from(given, words):
    found = [text for text in look(at=seen(off(), **given))["problems"] if words in text]
    assert len(found) == 1


@pytest.mark.parametrize(
    "given, words",
    [
        ({"is_hidden": True}, "is a finished copy, and it is hidden from lists; show it, or remove it."),
        ({"name": "mine"}, f"The image 'mine' (copy) in cloud 'target' is a finished copy, and its name was '{NAME}'"),
        ({"status": "deactivated"}, "is a finished copy in status deactivated; make it active again, or remove it."),
    ],
)
@pytest.mark.parametrize("made", [[], [moved()]])
def test_what_an_operator_has_done_to_a_finished_copy_is_told_with_how_to_undo_it(given, words, made):
    """Test copies as an operator leaves them. Verify that nobody is told to remove the server that lives on one."""
    at = seen(off(), snapshots=[snapshot()], copies=[copy(**given)], made=made)
    assert words in problem(at=at)
    complete = [moved(metadata={**MARKS, "osnap_complete": "true"})]
    at = seen(off(), snapshots=[snapshot()], copies=[copy(**given)], made=complete, place=None)
    assert not look(at=at)["problems"], "what has arrived is left alone"


def test_an_unfinished_copy_that_is_hidden_is_made_anew_and_no_problem():
    half = copy(is_hidden=True, properties={**MARKS, "osnap_source": "snap"})
    assert not look(at=seen(off(), snapshots=[snapshot()], copies=[half]))["problems"]


@pytest.mark.parametrize("status", ["SHUTOFF", "PAUSED", "VERIFY_RESIZE"])
def test_a_new_server_that_is_not_on_is_told_before_anything_is_changed(status):
    at = seen(off(), snapshots=[snapshot()], copies=[copy()], made=[moved(status=status)])
    assert f"is in status {status}, and it has arrived only when it is ACTIVE; bring it there" in problem(at=at)


def test_a_server_on_a_copy_whose_snapshot_is_gone_is_not_advised_to_lose_the_copy_alone():
    at = seen(off(), copies=[copy()], made=[moved()])
    found = problem(at=at)
    assert "what its source has written since can't be told. Remove both to move the server anew" in found


def test_an_image_that_only_has_our_name_is_neither_taken_nor_removed():
    """Test an image that somebody made of the server under the run's name, fresh and when it would be stale."""
    for since in ({}, SINCE):
        at = seen(off(), snapshots=[snapshot(properties={})], since=since)
        assert "is of this server, and not of the run 'migration', which needs its name" in problem(at=at)
        (plan,) = look(at=at)["plans"]
        assert plan["stale"] == stale() and plan["found"]["snapshot"] is None


@pytest.mark.parametrize("kind, cloud", [("snapshots", "'source'"), ("copies", "'target'")])
def test_a_stale_image_that_is_protected_is_told_before_anything_is_changed(kind, cloud):
    rows = {"snapshots": [snapshot()], "copies": [copy()]}
    rows[kind] = [{**rows[kind][0], "is_protected": True}]
    found = problem(at=seen(off(), since=SINCE, **rows))
    assert f"in cloud {cloud} is to be removed" in found and "it is protected; unprotect it" in found


def test_a_server_that_is_to_move_to_where_it_is():
    found = look(item(name="other"), at=seen(made=[server()]))["problems"]
    assert any("'source' and 'target' are one project of one cloud" in one for one in found)


def test_a_snapshot_of_a_server_that_somebody_has_started_between_stop_and_snapshot_is_no_proof():
    parts = {"snapshots": [snapshot(consistency="crash")], "copies": [copy()], "made": [moved()]}
    for stop, verified in ((True, False), (False, True)):
        (plan,) = look(at=seen(server(), **parts), stop=stop)["plans"]
        assert plan["verified"] == verified
    made = moved(metadata={**MARKS, "osnap_complete": "true"})
    (plan,) = look(at=seen(server(), **{**parts, "made": [made]}, place=None))["plans"]
    assert plan["verified"], "what has arrived is left alone"


# -- a source that is gone

ID = "4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11"
GONE = Missing("There is no such server.")


def of_gone(given, made, copies=(), gone=ID):
    at = seen(GONE, made=made, place=None)
    at.gone = [gone]
    at.copies = {image_name("migration", ID): list(copies)}
    at.snapshots = {}
    return look(item(given), at=at)


def test_a_finished_server_whose_source_is_gone_lacks_nothing_and_is_reported_as_before():
    marks = {"osnap_run": "migration", "osnap_server": ID}
    made = moved(metadata={**marks, "osnap_complete": "true"})
    copied = copy(properties={**marks, "osnap_source": "snap", "osnap_complete": "true", "osnap_consistency": "off"})
    result = of_gone("web01", [made], [copied])
    (plan,) = result["plans"]
    assert (result["problems"], plan["complete"], plan["steps"]) == ([], True, [])
    assert (plan["phase"], plan["next"]) == ("complete", "finalize it; its source is gone")
    told = plan["summary"]
    assert (told["state"], told["server_id"], told["image_id"], told["consistency"]) == ("migrated", ID, "copy", "off")


def test_an_unfinished_server_whose_source_is_gone_is_a_problem_and_known_by_its_id():
    for made in ([], [moved(metadata={"osnap_run": "migration", "osnap_server": ID})]):
        result = of_gone(ID, made)
        (plan,) = result["plans"]
        assert result["problems"] == ["There is no such server."] and not plan["verified"] and not plan["complete"]
        assert (plan["server_id"], plan["summary"]["server_id"], plan["summary"]["state"]) == (ID, ID, "pending")


def test_which_server_is_gone_is_known_by_the_id_or_by_its_finished_successor_alone():
    marks = {"osnap_run": "migration", "osnap_server": ID}
    finished = moved(name="web01", metadata={**marks, "osnap_complete": "true"})
    cases = [
        (item(ID), [], ID),
        (item("web01"), [finished], ID),
        (item("other", name="web01"), [finished], ID),
        (item("web01"), [moved(metadata=marks)], None),
        (item("web01"), [{**finished, "status": "DELETED"}], None),
        (item("web01"), [finished, {**finished, "metadata": {**finished["metadata"], "osnap_server": "x"}}], None),
        (item("web01"), [{**finished, "metadata": {**finished["metadata"], "osnap_run": "other"}}], None),
    ]
    for given, made, expected in cases:
        assert ids_of_gone([given], seen(GONE, made=made), "migration") == [expected]
    there = seen(GONE, server(ID, "web02"), made=[finished])
    assert ids_of_gone([item("web01"), item("web02")], there, "migration") == [None, None]


def test_a_successor_that_is_being_deleted_has_not_arrived():
    """Test it beside a source that was used since. Verify that its snapshot's age is still asked for."""
    made = moved(status="DELETED", metadata={**MARKS, "osnap_complete": "true"})
    assert not is_complete(server(), seen(made=[made]), "migration")


# -- whether it has arrived


def arrival(**given):
    parts = {"snapshots": [snapshot()], "copies": [copy()], "made": [moved()], **given}
    (plan,) = look(at=seen(off(), **parts))["plans"]
    assert plan["verified"] == (plan["unverified"] is None)
    return plan["unverified"]


def test_a_server_that_has_arrived():
    assert arrival() is None
    assert arrival(snapshots=[snapshot(hash_value=None)]) is None, (
        "Ceph keeps no hash; the finished mark vouches for the bytes"
    )


@pytest.mark.parametrize(
    "given, words",
    [
        ({"made": []}, "there is no server of it"),
        ({"made": [moved(status="SHUTOFF")]}, "SHUTOFF and not ACTIVE"),
        ({"copies": []}, "no finished copy"),
        ({"copies": [copy(properties={**MARKS, "osnap_source": "snap"})]}, "no finished copy"),
        ({"made": [moved(image_id="other")]}, "from the image other and not from the copy copy"),
        ({"snapshots": []}, "nothing to compare with"),
        ({"copies": [copy(size=99)]}, "100 bytes and its copy copy has 99"),
        ({"copies": [copy(hash_value="xyz")]}, "differ in their sha512"),
    ],
)
def test_what_is_missing_to_the_proof(given, words):
    assert words in arrival(**given)


def test_a_server_of_another_project_is_told_before_it_is_stopped():
    """An administrator names it by its ID. Verify that the preflight says what the snapshot would be refused for."""
    at = seen(server(project_id="theirs"), project_id="mine")
    assert "belongs to the project theirs, and what is made of it here" in problem(at=at)
    assert not look(at=seen(server(project_id="mine"), project_id="mine"))["problems"]


# -- disks


def test_the_disk_of_an_image_backed_server_has_the_items_of_its_way():
    (plan,) = look()["plans"]
    (disk,) = plan["disks"]
    assert (disk["kind"], disk["id"], disk["name"], disk["target"]) == ("image", "s1", NAME, "image")
    assert (disk["method"], disk["size"], disk["boot_index"]) == ("stream", 20, 0)
    assert disk["server_image_snapshot"] == plan["server_image_snapshot"] and disk["image_copy"] == plan["image_copy"]
    assert [disk[key] for key in ("volume_snapshot", "image_from_snapshot", "volume_restore")] == [None] * 3


def test_what_was_found_of_a_disk_is_shown_with_it():
    at = seen(off(), snapshots=[snapshot()], copies=[copy()])
    (disk,) = look(at=at)["plans"][0]["disks"]
    assert (disk["found"]["snapshot"]["id"], disk["found"]["copied"]["id"]) == ("snap", "copy")
    assert disk["found"]["image"] is disk["found"]["volume"] is None
