# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._servers.floating_ips import ServerFloatingIp
from ansible_collections.osnap.openstack.plugins.module_utils._servers.floating_marks import description_of
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import floating
from ansible_collections.osnap.openstack.plugins.module_utils._services.floating_ips import reached
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring

OURS = description_of("wave1", "s1")
WANTED = {"server": "n1", "interface": 0, "address": 0, "new": True, "description": OURS}


class Neutron(FakeCloud):
    """A server on two networks, of which the first has a router to the outside."""

    def __init__(self):
        super().__init__()
        macs = {"net-a": "m1", "net-b": "m2"}
        self.server(
            id="n1",
            addresses={
                name: [{"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": mac, "OS-EXT-IPS:type": "fixed"}]
                for name, mac in macs.items()
            },
        )
        for id, mac, network, address in (("p2", "m2", "net-b", "10.1.0.5"), ("p1", "m1", "net-a", "10.0.0.5")):
            fixed = [{"subnet_id": "six", "ip_address": "fd00::5"}, {"subnet_id": "four", "ip_address": address}]
            self.neutron.put("/ports", id=id, mac_address=mac, network_id=network, device_id="n1", fixed_ips=fixed)
        self.neutron.put("/routers", id="r1", external_gateway_info={"network_id": "outside"})
        self.neutron.put(
            "/ports", id="r", device_id="r1", device_owner="network:router_interface", network_id="net-a", fixed_ips=[]
        )
        self.neutron.tables["/floatingips"] = {}
        self.neutron.on["POST", "/floatingips"] = self.make
        self.neutron.on["PUT", "/floatingips/([^/]+)"] = self.change

    @property
    def ips(self):
        return list(self.neutron.tables["/floatingips"].values())

    def ip(self, address="203.0.113.7", port=None, **values):
        values = {"floating_network_id": "outside", "description": "", "project_id": self.project_id, **values}
        return self.neutron.put(
            "/floatingips",
            floating_ip_address=address,
            port_id=port,
            fixed_ip_address=values.pop("fixed", None),
            **values,
        )

    def make(self, match, body):
        sent = dict(body["floatingip"])
        return Answer(
            {"floatingip": self.ip("203.0.113.9", sent.pop("port_id"), fixed=sent.pop("fixed_ip_address"), **sent)}, 201
        )

    def change(self, match, body):
        self.neutron.tables["/floatingips"][match[1]].update(body["floatingip"])
        return Answer(body)


@pytest.fixture
def cloud():
    return Neutron()


ensure = ensuring(ServerFloatingIp)


def test_a_new_one_is_made_on_its_port_and_marked(cloud):
    check, real = ensure(cloud, check=True, **WANTED), ensure(cloud, **WANTED)
    assert check["changed"] and real["changed"] and set(check["floating_ip"]) == set(real["floating_ip"])
    assert cloud.written == [
        (
            "POST",
            "/floatingips",
            {
                "floatingip": {
                    "floating_network_id": "outside",
                    "port_id": "p1",
                    "fixed_ip_address": "10.0.0.5",
                    "description": "osnap run=wave1 server=s1 step=floating_ip",
                }
            },
        )
    ]
    for check in (True, False):
        again = ensure(cloud, check=check, **WANTED)
        assert again["changed"] is False and again["floating_ip"] == real["floating_ip"]


def test_one_of_the_same_address_is_taken_if_it_is_free(cloud):
    ours = cloud.ip("203.0.113.7")
    ran = ensure(cloud, **{**WANTED, "existing": "203.0.113.7"})
    assert ran["changed"] and ran["floating_ip"]["id"] == ours["id"] and ran["floating_ip"]["port_id"] == "p1"
    assert cloud.written == [
        ("PUT", f"/floatingips/{ours['id']}", {"floatingip": {"port_id": "p1", "fixed_ip_address": "10.0.0.5"}})
    ]
    assert ensure(cloud, **{**WANTED, "existing": "203.0.113.7"})["changed"] is False


def test_one_that_is_in_use_is_left_where_it_is(cloud):
    cloud.ip("203.0.113.7", "another")
    asked = {**WANTED, "existing": "203.0.113.7", "new": False}
    for check in (True, False):
        ran = ensure(cloud, check=check, **asked)
        assert ran.failed and "has no free floating IP 203.0.113.7" in ran["msg"] and not cloud.written
    assert ensure(cloud, **{**asked, "new": True})["floating_ip"]["floating_ip_address"] == "203.0.113.9"


def test_one_of_ours_that_lost_its_port_is_taken_again(cloud):
    kept = cloud.ip("203.0.113.5", description=OURS)
    cloud.ip("203.0.113.4", description="mine")
    assert ensure(cloud, **WANTED)["floating_ip"]["id"] == kept["id"] and len(cloud.ips) == 2


@pytest.mark.parametrize("failure", [Ambiguous("No answer came."), OsnapError("Port has one already.", status=409)])
def test_no_answer_and_a_twin_are_looked_after(cloud, failure):
    def failing(match, body):
        cloud.make(match, body)
        raise failure

    cloud.neutron.on["POST", "/floatingips"] = failing
    ran = ensure(cloud, **WANTED)
    assert not ran.failed and ran["floating_ip"]["port_id"] == "p1" and len(cloud.ips) == 1


def test_the_outside_is_the_routers_or_the_only_one(cloud):
    assert "There are 0 external networks" in ensure(cloud, check=True, **{**WANTED, "interface": 1})["msg"]
    cloud.neutron.put("/networks", id="only", name="public", **{"router:external": True})
    ran = ensure(cloud, **{**WANTED, "interface": 1})
    assert ran["floating_ip"]["floating_network_id"] == "only" and ran["floating_ip"]["port_id"] == "p2"


@pytest.mark.parametrize("option", [{"interface": 2}, {"address": 1}, {"server": "gone"}])
def test_an_interface_without_such_an_address_is_told(cloud, option):
    ran = ensure(cloud, check=True, **{**WANTED, **option})
    assert ran.failed and "has no address for a floating IP on its interface" in ran["msg"]


def test_routers_lead_outside():
    ports = [{"network_id": "a", "device_id": "r1"}, {"network_id": "b", "device_id": "r2"}]
    assert reached({"r1": "outside", "r2": None}, ports) == {"a": {"outside"}}


def test_the_floating_ips_of_a_server():
    def entry(mac, kind, address):
        return {"addr": address, "OS-EXT-IPS-MAC:mac_addr": mac, "OS-EXT-IPS:type": kind}

    addresses = {
        "a": [entry("m1", "fixed", "10.0.0.5"), entry("m2", "fixed", "10.0.0.6"), entry("m2", "floating", "1.1.1.1")],
        "b": [entry("m3", "fixed", "10.1.0.6"), entry("m3", "floating", "1.1.1.2"), entry("m3", "floating", "1.1.1.3")],
    }
    assert floating(addresses) == [(1, 0, "1.1.1.1"), (2, 0, "1.1.1.2"), (2, 1, "1.1.1.3")]
    assert floating({}) == []
