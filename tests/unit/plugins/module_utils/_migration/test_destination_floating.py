# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which floating IPs a new server has."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.port_rows import (
    MACS,
    look,
    network,
    place,
    seen,
    server,
)


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
