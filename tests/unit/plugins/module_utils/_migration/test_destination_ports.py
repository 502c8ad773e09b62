# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import destination_ports, suggestions
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Destination,
    Discovered,
    Options,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.plan import judge
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import CODES, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import identity_of

ITEM = dict.fromkeys(
    (
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
MACS = ["fa:16:3e:00:00:01", "fa:16:3e:00:00:02"]


def port(number=0, network="net-a", address="10.0.0.5", **given):
    return {
        "id": f"p{number}",
        "name": "",
        "network_id": network,
        "mac_address": MACS[number],
        "fixed_ips": [{"subnet_id": "sub-a", "ip_address": address}] if address else [],
        "device_id": "s1",
        "description": "",
        "security_group_ids": ["g-default"],
        "allowed_address_pairs": [],
        "is_port_security_enabled": True,
        "binding_vnic_type": "normal",
        "qos_policy_id": None,
        "trunk_details": None,
        **given,
    }


def server(**given):
    return {
        "id": "s1",
        "name": "web01",
        "status": "SHUTOFF",
        "task_state": None,
        "image_id": "base",
        "flavor": {"original_name": "m1.small", "vcpus": 2, "ram": 2048, "disk": 20, "ephemeral": 0, "swap": 0},
        "flavor_name": "m1.small",
        "addresses": {"private": [{"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": MACS[0], "version": 4}]},
        "attached_volumes": [],
        "metadata": {},
        "key_name": None,
        "security_groups": ["default"],
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


def network(name, id=None, **given):
    row = {"id": id or f"id-{name}", "name": name, "is_port_security_enabled": True, "subnet_ids": ["x"]}
    return {**row, "project_id": "ours", **given}


def subnet(id, network, cidr, name="", **given):
    return {"id": id, "name": name, "network_id": network, "cidr": cidr, "ipv6_address_mode": None, **given}


def flavor(name="m1.small", **given):
    return {"id": f"id-{name}", "name": name, "vcpus": 2, "ram": 2048, "disk": 20, **given}


def place(**given):
    return Destination(
        **{
            "flavors": [flavor()],
            "networks": [network("private"), network("other")],
            "subnets": [subnet("there", "id-private", "10.0.0.0/24"), subnet("there2", "id-other", "10.1.0.0/24")],
            "security_groups": [{"id": "id-default", "name": "default"}, {"id": "id-web", "name": "web"}],
            "room": dict.fromkeys(("instances", "cores", "ram")),
            "cloud": "'target'",
            "project_id": "ours",
            **given,
        }
    )


def seen(*ports, servers=(), at=None, **given):
    return Discovered(
        "'source'",
        "'target'",
        list(servers) or [server()],
        place=at or place(),
        source_ports={"s1": list(ports or [port()])},
        source_groups={"g-default": "default", "g-web": "web", "g-none": "none"},
        source_subnets={
            "sub-a": subnet("sub-a", "net-a", "10.0.0.0/24", "front"),
            "sub-b": subnet("sub-b", "net-x", "10.9.0.0/24", "back"),
            "sub-6": subnet("sub-6", "net-x", "fd00::/64", "six"),
        },
        **given,
    )


def planned(at, item=None, **options):
    """The ports, and the notes."""
    row = at.servers[0]
    return destination_ports.of({**ITEM, **(item or {})}, row, at, Options(**options))


def codes(notes):
    return [(note.code, isinstance(note, Problem)) for note in notes]


def look(at, *items, **options):
    return judge([{**ITEM, "server": "web01", **item} for item in items or [{}]], at, Options(**options))


# -- whether


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


# -- what they have


def test_a_port_keeps_its_address_and_its_mac():
    ports, notes = planned(seen(), keep_addresses=True, keep_mac=True)
    assert ports == [
        {
            **identity_of("migration", "s1", 0),
            "network_id": "id-private",
            "mac_address": MACS[0],
            "fixed_ips": [{"subnet_id": "there", "ip_address": "10.0.0.5"}],
        }
    ]
    assert not notes


def test_several_addresses_a_port_are_as_many_there():
    fixed = [{"subnet_id": "sub-a", "ip_address": "10.0.0.5"}, {"subnet_id": "sub-a", "ip_address": "10.0.0.6"}]
    (made,), notes = planned(seen(port(fixed_ips=fixed)))
    assert made["subnet_ids"] == ["there", "there"] and "fixed_ips" not in made and not notes
    (made,), notes = planned(seen(port(fixed_ips=fixed)), keep_addresses=True)
    assert [one["ip_address"] for one in made["fixed_ips"]] == ["10.0.0.5", "10.0.0.6"] and not notes


@pytest.mark.parametrize(
    "subnets, options, chosen",
    [
        ([("a", "10.9.0.0/24", ""), ("b", "10.8.0.0/24", "back")], {}, "b"),
        ([("a", "10.9.0.0/24", ""), ("b", "10.8.0.0/24", "")], {}, "a"),
        ([("a", "10.7.0.0/24", "")], {}, "a"),
        ([("a", "10.9.0.0/24", ""), ("b", "10.8.0.0/24", "mine")], {"subnet_map": {"back": "mine"}}, "b"),
        ([("a", "10.9.0.0/24", ""), ("b", "10.8.0.0/24", "mine")], {"subnet_map": {"sub-b": "b"}}, "b"),
        ([("a", "10.7.0.0/24", ""), ("b", "10.8.0.0/24", "")], {}, None),
        ([("a", "10.9.0.0/24", "")], {"subnet_map": {"back": "gone"}}, None),
        ([("a", "fd00::/64", "")], {}, None),
    ],
)
def test_an_address_is_in_the_subnet_that_stands_for_its_own(subnets, options, chosen):
    at = seen(at=place(subnets=[subnet(id, "id-private", cidr, name) for id, cidr, name in subnets]))
    fixed = [{"subnet_id": "sub-b", "ip_address": f"10.9.0.{number}"} for number in (5, 6)]
    at.source_ports["s1"] = [port(fixed_ips=fixed)]
    (made,), notes = planned(at, **options)
    assert made.get("subnet_ids") == ([chosen, chosen] if chosen else None)
    assert codes(notes) == ([] if chosen else [("address_unfit", True)] * 2)


def test_an_address_to_be_kept_needs_a_subnet_around_it():
    at = seen(at=place(subnets=[subnet("a", "id-private", "10.5.0.0/24"), subnet("b", "id-other", "10.0.0.0/24")]))
    _ports, notes = planned(at, keep_addresses=True)
    assert codes(notes) == [("address_unfit", True)] and notes == [
        "The server 'web01' (s1): for the address 10.0.0.5 there is no subnet in the network 'private' of cloud"
        " 'target', which has 10.5.0.0/24; set keep_addresses to false, or say with network_map which network it gets."
    ]
    (made,), notes = planned(at, keep_addresses=True, network_map={"private": "other"})
    assert made["fixed_ips"] == [{"subnet_id": "b", "ip_address": "10.0.0.5"}] and not notes


def test_an_address_that_is_made_of_the_mac_cant_be_kept():
    at = seen(at=place(subnets=[subnet("a", "id-private", "fd00::/64", ipv6_address_mode="slaac")]))
    at.source_ports["s1"] = [port(fixed_ips=[{"subnet_id": "sub-6", "ip_address": "fd00::5"}])]
    assert codes(planned(at, keep_addresses=True)[1]) == [("address_unfit", True)]


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


# -- groups, pairs, port security


def test_groups_are_those_of_the_same_name_or_of_the_map():
    at = seen(port(security_group_ids=["g-web", "g-none"], allowed_address_pairs=[{"ip_address": "10.0.0.9"}]))
    (made,), notes = planned(at)
    assert made["security_groups"] == ["id-web"] and codes(notes) == [("security_group_stays", False)]
    (made,), notes = planned(at, security_group_map={"none": "default"})
    assert made["security_groups"] == ["id-default", "id-web"] and not notes
    (made,), notes = planned(at, {"security_groups": ["web"]})
    assert made["security_groups"] == ["id-web"] and not notes
    assert codes(planned(at, {"security_groups": ["no"]})[1]) == [("security_group_missing", True)]


def test_the_default_group_is_left_to_neutron_unless_the_map_says_otherwise():
    assert "security_groups" not in planned(seen(), keep_mac=True)[0][0]
    (made,), _notes = planned(seen(), keep_mac=True, security_group_map={"default": "web"})
    assert made["security_groups"] == ["id-web"]


def test_groups_on_a_network_without_port_security_are_refused():
    at = seen(
        port(security_group_ids=["g-web"]), at=place(networks=[network("private", is_port_security_enabled=False)])
    )
    assert codes(planned(at, keep_mac=True)[1]) == [("misplaced", True)]
    assert not planned(at, {"security_groups": []}, keep_mac=True)[1]


def test_pairs_travel_and_one_of_the_own_mac_stays_one():
    pairs = [{"ip_address": "10.0.0.9", "mac_address": MACS[0]}, {"ip_address": "10.0.0.8", "mac_address": MACS[1]}]
    (made,), notes = planned(seen(port(allowed_address_pairs=pairs)))
    assert made["allowed_address_pairs"] == [{"ip_address": "10.0.0.9"}, pairs[1]] and not notes
    assert planned(seen(port(allowed_address_pairs=pairs)), keep_mac=True)[0][0]["allowed_address_pairs"] == pairs


def test_port_security_that_is_off_is_off_there():
    at = seen(port(is_port_security_enabled=False, security_group_ids=[]))
    (made,), notes = planned(at)
    assert (made["port_security"], made["security_groups"]) == (False, []) and not notes
    at.place.networks = [network("private", is_port_security_enabled=False)]
    assert "port_security" not in planned(at)[0][0]


@pytest.mark.parametrize(
    "row, options, code",
    [
        ({}, {"keep_mac": True}, "port_policy"),
        ({}, {"keep_addresses": True}, "port_policy"),
        ({"allowed_address_pairs": [{"ip_address": "10.0.0.9"}]}, {}, "address_pairs_stay"),
        ({"is_port_security_enabled": False}, {}, "port_security_on"),
    ],
)
def test_what_only_the_owner_of_a_network_may_is_told_and_a_loss_can_be_accepted(row, options, code):
    networks = [network("private", project_id="theirs")]
    at = seen(port(**row), at=place(networks=networks))
    assert codes(planned(at, **options)[1]) == [(code, True)]
    (made,), notes = planned(at, **options, accept=(code,))
    assert codes(notes) == [(code, CODES[code].severity != "loses")]
    assert not {"allowed_address_pairs", "port_security"} & made.keys() and made.get("security_groups") is None
    at.place = dataclasses.replace(at.place, is_admin=True)
    assert not planned(at, **options)[1]


def test_a_policy_and_a_trunk_that_stay_behind_are_told():
    at = seen(port(qos_policy_id="q", trunk_details={"trunk_id": "t"}, binding_vnic_type="direct"))
    (made,), notes = planned(at)
    assert made["vnic_type"] == "direct" and codes(notes) == [("qos_stays", False), ("trunk_stays", True)]
    assert codes(planned(at, accept=("trunk_stays",))[1]) == [("qos_stays", False), ("trunk_stays", False)]


# -- in the plan


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


# -- what else a server has


def test_a_server_arrives_with_its_description_its_tags_and_its_group():
    row = server(description="the front", tags=["a", "b"], server_groups=["g1"])
    at = seen(servers=[row], server_groups={"g1": "apart"}, at=place(server_groups=[{"id": "there", "name": "apart"}]))
    judged = look(at)
    arguments = judged["plans"][0]["server_restore"]
    assert (arguments["description"], arguments["tags"], arguments["server_group"]) == (
        "the front",
        ["a", "b"],
        "there",
    )
    assert not judged["problems"] and not judged["notices"]


def test_an_interface_keeps_its_tag_with_a_port_of_its_own_or_one_that_nova_makes():
    at = seen()
    (mac,) = {row["mac_address"] for row in at.source_ports["s1"]}
    at.interface_tags = {"s1": {mac: "front"}}
    made = look(at, keep_mac=True)["plans"][0]
    assert [port["tag"] for port in made["ports"]] == ["front"] and made["server_restore"]["networks"] is None
    plain = look(at)["plans"][0]
    assert (plain["ports"], plain["server_restore"]["networks"]) == ([], [{"network": "private", "tag": "front"}])
    at.place.lacks = {"device_tags"}
    assert look(at)["plans"][0]["server_restore"]["networks"] == [{"network": "private"}]


def test_what_the_destination_has_not_or_is_too_old_for_is_told():
    row = server(description="the front", tags=["a"], server_groups=["g1"])
    at = seen(servers=[row], server_groups={"g1": "apart"}, at=place(lacks={"tags", "description", "device_tags"}))
    at.attachments = {"s1": {"v1": {"tag": "data"}}}
    at.interface_tags = {"s1": {"mac": "front"}}
    judged = look(at)
    arguments = judged["plans"][0]["server_restore"]
    assert (arguments["description"], arguments["tags"], arguments["server_group"]) == (None, None, None)
    assert judged["notices"] == [
        "The server 'web01' (s1) is in the server group 'apart', and cloud 'target' has none of that name; the new"
        " server is in none.",
        "The server 'web01' (s1) has a description, which the Nova of cloud 'target' is too old to take.",
        "The server 'web01' (s1) has tags, which the Nova of cloud 'target' is too old to take.",
        "The server 'web01' (s1) has tags of its disks, which the Nova of cloud 'target' is too old to take.",
        "The server 'web01' (s1) has tags of its interfaces, which the Nova of cloud 'target' is too old to take.",
    ]


def test_maps_say_what_keys_zones_and_groups_become():
    row = server(key_name="mine", security_groups=["none"])
    at = seen(servers=[row], at=place(key_pairs={"yours"}, zones={"mars"}))
    judged = look(at, key_map={"mine": "yours"}, zone_map={"nova": "mars"}, security_group_map={"none": "web"})
    arguments = judged["plans"][0]["server_restore"]
    assert (arguments["key_name"], arguments["availability_zone"], arguments["security_groups"]) == (
        "yours",
        "mars",
        ["web"],
    )
    assert not judged["problems"] and not judged["notices"]
    assert len(look(at, zone_map={"nova": "venus"}, key_map={"mine": "yours"})["problems"]) == 1


# -- suggestions


def test_the_smallest_flavor_that_fits_is_suggested():
    flavors = [
        flavor("tiny", ram=1024),
        flavor("fat", vcpus=4, ram=4096),
        flavor("fit", vcpus=2, ram=4096),
        flavor("thin", vcpus=1, ram=4096),
        flavor("flat", disk=10),
    ]
    judged = look(seen(at=place(flavors=flavors)))
    assert judged["plans"][0]["suggestions"] == {"flavor_map": {"m1.small": "fit"}}
    assert judged["problems"][0].endswith("; say with flavor_map what 'm1.small' becomes, such as 'fit'.")
    assert not look(seen(at=place(flavors=flavors)), flavor_map={"m1.small": "fit"})["plans"][0]["suggestions"]


def test_where_nothing_fits_the_map_has_a_hole():
    at = seen(
        servers=[server(addresses={"dmz": server()["addresses"]["private"]})],
        at=place(flavors=[flavor("tiny", ram=1)], subnets=[]),
    )
    judged = look(at)
    assert judged["plans"][0]["suggestions"] == {"flavor_map": {"m1.small": None}, "network_map": {"dmz": None}}
    assert judged["problems"][0].endswith("; say with flavor_map what 'm1.small' becomes.")


def test_of_two_flavors_that_fit_that_without_further_disks_is_suggested():
    flavors = [flavor("a", id="a", ephemeral=1, swap=32), flavor("b", id="b", ephemeral=0, swap="")]
    judged = look(seen(at=place(flavors=flavors)))
    assert judged["plans"][0]["suggestions"] == {"flavor_map": {"m1.small": "b"}}


def test_the_suggestions_for_all_servers_are_one_map():
    found = [{"flavor_map": {"a": None}}, {"flavor_map": {"a": "b", "c": None}, "network_map": {"n": "m"}}]
    assert suggestions.together(found) == {"flavor_map": {"a": "b", "c": None}, "network_map": {"n": "m"}}


# -- floating IPs


def with_floating(**given):
    entries = [
        {"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": MACS[0], "OS-EXT-IPS:type": "fixed"},
        {"addr": "203.0.113.7", "OS-EXT-IPS-MAC:mac_addr": MACS[0], "OS-EXT-IPS:type": "floating"},
    ]
    return server(addresses={"private": entries}, **given)


REACHED = {"outsides": {"id-private": {"outside"}}}
FREE = {"floating_ip_address": "203.0.113.7", "port_id": None, "floating_network_id": "outside"}


@pytest.mark.parametrize(
    "how, existing, new", [("new", None, True), ("existing", "203.0.113.7", False), ("auto", "203.0.113.7", True)]
)
def test_a_floating_ip_is_planned_for_the_interface_that_has_one(how, existing, new):
    judged = look(seen(servers=[with_floating()], at=place(floating_ips=[FREE], **REACHED)), floating_ip=how)
    (plan,) = judged["plans"]
    assert plan["floating_ips"] == [
        {
            "interface": 0,
            "address": 0,
            "existing": existing,
            "new": new,
            "description": "osnap run=migration server=s1 step=floating_ip",
        }
    ]
    assert not judged["problems"] and not judged["notices"]


def test_none_is_planned_where_none_is_to_be_and_that_is_told():
    judged = look(seen(servers=[with_floating()]))
    assert judged["plans"][0]["floating_ips"] == []
    assert judged["notices"] == ["The server 'web01' (s1) in cloud 'source' has a floating IP, which stays with it."]
    assert look(seen(), floating_ip="auto")["plans"][0]["floating_ips"] == []
    for options in ({"state": "rehearsed"},):
        assert look(seen(servers=[with_floating()]), floating_ip="new", **options)["plans"][0]["floating_ips"] == []


def test_a_new_one_is_made_for_a_server_that_had_none():
    (plan,) = look(seen(at=place(**REACHED)), floating_ip="new")["plans"]
    assert [(one["interface"], one["existing"], one["new"]) for one in plan["floating_ips"]] == [(0, None, True)]


def test_interfaces_of_networks_that_become_one_are_counted_as_they_will_be_shown():
    def on(number, *addresses):
        kinds = ("fixed", "floating")
        return [
            {"addr": address, "OS-EXT-IPS-MAC:mac_addr": f"m{number}", "OS-EXT-IPS:type": kind}
            for kind, address in zip(kinds, addresses, strict=False)
        ]

    addresses = {"a": on(0, "10.0.0.5"), "other": on(1, "10.1.0.5"), "b": on(2, "10.0.0.6", "203.0.113.7")}
    at = seen(servers=[server(addresses=addresses)], at=place(**REACHED))
    (plan,) = look(at, floating_ip="auto", network_map={"a": "private", "b": "private"})["plans"]
    assert [one["interface"] for one in plan["floating_ips"]] == [1]


@pytest.mark.parametrize(
    "how, given, code",
    [
        ("existing", {"floating_ips": []}, "floating_ip_missing"),
        ("existing", {"floating_ips": [{**FREE, "port_id": "p"}]}, "floating_ip_missing"),
        ("existing", {"floating_ips": [{**FREE, "floating_network_id": "elsewhere"}]}, "floating_ip_unreachable"),
        ("new", {"outsides": {}}, "floating_ip_unreachable"),
        ("auto", {"outsides": {"id-other": {"outside"}}, "floating_ips": []}, "floating_ip_unreachable"),
        ("new", {"outsides": {}, "networks": [network("private", project_id="theirs")]}, None),
    ],
)
def test_a_floating_ip_that_cant_be_had_is_told(how, given, code):
    at = seen(servers=[with_floating()], at=place(**{**REACHED, "floating_ips": [FREE], **given}))
    assert [one["code"] for one in look(at, floating_ip=how)["findings"]] == ([code] if code else [])
