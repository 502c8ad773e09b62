# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the destination says of a server that is to be moved."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.server_rows import (
    MARKS,
    address,
    copy,
    flavor,
    image,
    item,
    look,
    moved,
    network,
    off,
    place,
    port,
    problem,
    seen,
    server,
    snapshot,
)


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
