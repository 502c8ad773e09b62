# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may stand for what the destination lacks."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration import suggestions
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.port_rows import (
    flavor,
    look,
    place,
    seen,
    server,
)


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
