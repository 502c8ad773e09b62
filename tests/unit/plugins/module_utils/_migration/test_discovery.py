# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import discovery
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud

UUID = "0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c1%d"
ZONES = {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}}]}


@pytest.fixture
def cloud():
    cloud = FakeCloud()
    cloud.nova.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": {}}})
    cloud.nova.on["GET", "/os-keypairs"] = lambda match, params: Answer({"keypairs": []})
    cloud.nova.on["GET", "/os-availability-zone"] = lambda match, params: Answer(ZONES)
    cloud.neutron.put("/networks", id=UUID % 0, name="private", status="ACTIVE", project_id=cloud.project_id)
    cloud.neutron.put("/networks", id=UUID % 1, name="theirs", status="ACTIVE", project_id="another")
    cloud.neutron.put("/subnets", network_id=UUID % 0, cidr="10.0.0.0/24")
    cloud.neutron.put("/subnets", network_id=UUID % 1, cidr="10.1.0.0/24")
    cloud.neutron.put("/ports", id=UUID % 5, name="door", status="DOWN", network_id=UUID % 0)
    return cloud


def place(cloud, *networks, zone=None):
    """What is read for one server, and which lists of Neutron and Nova were asked for."""
    found = discovery.place(cloud, [{"networks": list(networks) or None, "availability_zone": zone}])
    return found, [path for api in (cloud.neutron, cloud.nova) for path, _params in api.reads]


def test_zones_ports_and_addresses_are_read_only_for_who_names_one(cloud):
    found, asked = place(cloud)
    assert sorted(asked) == ["/flavors/detail", "/limits", "/networks", "/os-keypairs", "/security-groups"]
    assert [row["name"] for row in found.choice] == ["private"] and len(found.networks) == 2


def test_a_network_that_neutron_would_make_is_asked_for_only_where_there_is_none(cloud):
    cloud.neutron.tables["/networks"].clear()
    found, asked = place(cloud)
    assert asked.count(f"/auto-allocated-topology/{cloud.project_id}") == 1 and not found.is_provided


def test_a_fixed_address_needs_the_subnets_and_ports_of_its_network(cloud):
    found, asked = place(cloud, {"network": "private", "fixed_ip": "10.0.0.5", "port": None})
    assert [row["cidr"] for row in found.subnets] == ["10.0.0.0/24"] and [row["id"] for row in found.used] == [UUID % 5]
    assert (asked.count("/subnets"), asked.count("/ports")) == (1, 1)


def test_a_port_is_known_by_its_name_and_its_id(cloud):
    found, _asked = place(cloud, {"network": None, "fixed_ip": None, "port": "door"}, zone="nova")
    assert found.ports["door"] is found.ports[UUID % 5] and found.zones == {"nova"}
