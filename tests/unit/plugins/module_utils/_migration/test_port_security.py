# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new server's ports let through."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import CODES
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.port_rows import (
    MACS,
    codes,
    network,
    place,
    planned,
    port,
    seen,
)


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
