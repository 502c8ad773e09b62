# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ports are made for a new server before it is booted."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import destination_ports
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Options,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import identity_of
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.port_rows import (
    ITEM,
    MACS,
    codes,
    look,
    place,
    planned,
    port,
    seen,
    server,
)


@pytest.mark.parametrize(
    "row, options, item, made",
    [
        ({}, {}, {}, False),
        ({}, {"keep_addresses": True}, {}, True),
        ({}, {"keep_mac": True}, {}, True),
        ({}, {"keep_mac": True}, {"networks": []}, False),
        ({}, {"keep_addresses": True, "state": "rehearsed"}, {}, False),
        ({"allowed_address_pairs": [{"ip_address": "10.0.0.9"}]}, {}, {}, True),
        ({"is_port_security_enabled": False}, {}, {}, True),
        ({"is_port_security_enabled": None}, {}, {}, False),
        ({"binding_vnic_type": "direct"}, {}, {}, True),
        ({"fixed_ips": [{"ip_address": "10.0.0.5"}, {"ip_address": "10.0.0.6"}]}, {}, {}, True),
        ({"fixed_ips": [{"ip_address": "10.0.0.5"}, {"ip_address": "fd00::5"}]}, {}, {}, False),
    ],
)
def test_ports_are_made_only_for_what_nova_does_not_give(row, options, item, made):
    assert destination_ports.are_made(server(), {**ITEM, **item}, seen(port(**row)), Options(**options)) is made


def test_ports_of_different_groups_are_made_beforehand():
    rows = port(), port(1, security_group_ids=["g-web"])
    assert destination_ports.are_made(server(), ITEM, seen(*rows), Options())


def test_ports_are_in_the_order_of_the_interfaces_and_on_the_networks_that_stand_for_theirs():
    addresses = {
        "second": [{"addr": "10.1.0.7", "OS-EXT-IPS-MAC:mac_addr": MACS[1]}],
        "private": [{"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": MACS[0]}],
    }
    at = seen(port(), port(1, "net-b", "10.1.0.7"), servers=[server(addresses=addresses)])
    ports, notes = planned(at, keep_mac=True, network_map={"second": "other"})
    assert [(one["network_id"], one["mac_address"]) for one in ports] == [
        ("id-other", MACS[1]),
        ("id-private", MACS[0]),
    ]
    assert [one["name"] for one in ports] == ["osnap-migration-s1-0", "osnap-migration-s1-1"] and not notes


def test_a_port_without_an_address_is_on_a_network_too():
    at = seen(port(), port(1, "net-b", None), source_networks={"net-b": "other"})
    ports, notes = planned(at, keep_mac=True)
    assert [one["network_id"] for one in ports] == ["id-private", "id-other"] and not notes


def test_a_network_that_is_missing_is_told_with_the_one_that_fits():
    at = seen(
        port(security_group_ids=["g-none"]), servers=[server(addresses={"dmz": server()["addresses"]["private"]})]
    )
    ports, notes = planned(at, keep_mac=True)
    assert not ports and codes(notes) == [("network_missing", True), ("security_group_stays", False)]
    assert notes[0] == (
        "The server 'web01' (s1) needs a network, and cloud 'target' has no network named 'dmz'; say with network_map"
        " what 'dmz' becomes, such as 'private'."
    )


def test_a_policy_and_a_trunk_that_stay_behind_are_told():
    at = seen(port(qos_policy_id="q", trunk_details={"trunk_id": "t"}, binding_vnic_type="direct"))
    (made,), notes = planned(at)
    assert made["vnic_type"] == "direct" and codes(notes) == [("qos_stays", False), ("trunk_stays", True)]
    assert codes(planned(at, accept=("trunk_stays",))[1]) == [("qos_stays", False), ("trunk_stays", False)]


def used(**given):
    return {**port(1, "id-private", "10.0.0.5", device_id="d", mac_address=MACS[0]), **given}


def test_a_plan_has_the_ports_and_nova_is_asked_for_no_network():
    judged = look(seen(), keep_addresses=True)
    (plan,) = judged["plans"]
    assert not judged["problems"] and [one["network_id"] for one in plan["ports"]] == ["id-private"]
    assert (plan["server_restore"]["networks"], plan["server_restore"]["security_groups"]) == (None, None)
    (plan,) = look(seen())["plans"]
    assert plan["ports"] == [] and plan["server_restore"]["networks"] == [{"network": "private"}]


def test_an_address_and_a_mac_that_are_taken_are_told():
    problems = look(seen(at=place(used=[used()])), keep_addresses=True, keep_mac=True)["problems"]
    assert len(problems) == 2
    assert f"the MAC {MACS[0]} is taken on the network 'private' of cloud 'target' by the port p1;" in problems[0]
    assert "The address 10.0.0.5 is taken on the network id-private by the port p1, of d" in problems[1]


def test_what_an_earlier_try_has_made_takes_nothing_from_itself():
    ours = used(**identity_of("migration", "s1", 0), device_id="")
    assert not look(seen(at=place(used=[ours])), keep_addresses=True, keep_mac=True)["problems"]
    other = used(**identity_of("migration", "s2", 0), device_id="")
    assert len(look(seen(at=place(used=[other])), keep_addresses=True)["problems"]) == 1


def test_two_servers_cant_keep_one_address():
    second = server(id="s2", name="web02")
    at = seen(servers=[server(), second])
    at.source_ports["s2"] = [port()]
    problems = look(at, {}, {"server": "web02"}, keep_addresses=True)["problems"]
    assert (
        len(problems) == 1 and "can't have the address 10.0.0.5, which another server of this task gets" in problems[0]
    )


@pytest.mark.parametrize("given, networks, told", [(None, [], 0), ("other", ["other"], 0), ("no", ["no"], 1)])
def test_a_rehearsal_is_on_its_own_network_or_on_none(given, networks, told):
    judged = look(seen(), state="rehearsed", rehearsal_network=given, keep_addresses=True)
    (plan,) = judged["plans"]
    assert [one["network"] for one in plan["server_restore"]["networks"]] == networks and plan["ports"] == []
    assert len(judged["problems"]) == told
