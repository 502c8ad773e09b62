# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new server is booted with beside its ports."""

from __future__ import annotations

from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.port_rows import (
    look,
    place,
    seen,
    server,
)


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
