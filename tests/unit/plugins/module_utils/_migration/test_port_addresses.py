# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses a new server's ports have."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import identity_of
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.port_rows import (
    MACS,
    codes,
    place,
    planned,
    port,
    seen,
    subnet,
)


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
