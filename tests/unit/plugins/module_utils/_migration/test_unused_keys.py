# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of maps that nothing goes by: which are misspelt, and which are only of no use to these servers."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import key_names, unused_keys
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.unused_keys import NOUNS, Had
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import SeenVolumes, Source
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import (
    place,
    seen,
    server,
    volume,
    with_port,
)


def full():
    """A server that has something of every kind."""
    at = with_port(security_group_ids=["g1"])
    at.servers = [
        server(
            volumes=["v1"],
            key_name="mine",
            security_groups=["web"],
            availability_zone="nova",
        ),
        OsnapError("There is no such server."),
    ]
    at.volumes = {"v1": volume("v1", "vda", volume_type="ssd"), "v2": volume("v2", "vda", volume_type="another's")}
    at.source_subnets["sub-a"]["name"] = "inner"
    at.source_groups = {"g1": "hidden", "g2": "another's"}
    at.source_networks = {"net-a": "dark", "net-b": "another's"}
    return at


def test_what_a_server_has_is_what_keys_may_name():
    assert unused_keys.of_servers(full()) == {
        "flavor_map": Had(frozenset({"m1.small"})),
        "network_map": Had(frozenset({"private", "dark"}), frozenset({"net-a"})),
        "subnet_map": Had(frozenset({"inner"}), frozenset({"sub-a"})),
        "security_group_map": Had(frozenset({"web", "hidden"}), frozenset({"g1"})),
        "key_map": Had(frozenset({"mine"})),
        "zone_map": Had(frozenset({"nova"})),
        "volume_type_map": Had(frozenset({"ssd"})),
    }


def test_of_what_nobody_has_read_nothing_is_judged():
    assert "subnet_map" not in unused_keys.of_servers(seen(server()))


def test_volumes_have_types_and_zones():
    at = SeenVolumes("source", "target", [])
    rows = {"volume_type": "ssd", "availability_zone": "nova"}
    at.sources = [Source(rows), Source({"volume_type": None, "availability_zone": "east"}), OsnapError("none")]
    assert unused_keys.of_volumes(at) == {
        "zone_map": Had(frozenset({"nova", "east"})),
        "volume_type_map": Had(frozenset({"ssd"})),
    }


def found(had, **maps):
    return unused_keys.unused({"network_map": Had(frozenset(had), frozenset({"id-1"}))}, Options(**maps))


def test_a_key_that_something_goes_by_is_used_by_name_or_by_id():
    assert found({"private"}, network_map={"private": "x", "id-1": "y"}, flavor_map={"any": "z"}) == {}


@pytest.mark.parametrize(
    ("key", "meant"), [("privat", "private"), ("PRIVATE", "private"), ("pirvate", "private"), ("dmz", None)]
)
def test_a_key_that_nothing_goes_by_is_told_with_the_name_that_may_be_meant(key, meant):
    assert found({"private", "storage"}, network_map={key: "x"}) == {"network_map": {key: meant}}


def test_a_name_that_has_a_key_of_its_own_is_not_meant_by_another_one():
    """As in a map for a whole fleet, whose names are alike."""
    assert found({"net-1"}, network_map={"net-1": "a", "net-2": "b"}) == {"network_map": {"net-2": None}}


def options(map, key):
    return Options(**{map: {key: "x"}})


MISSPELT = {
    "flavor_map": ("m1.smal", "m1.small"),
    "network_map": ("privat", "private"),
    "subnet_map": ("iner", "inner"),
    "security_group_map": ("webb", "web"),
    "key_map": ("mine2", "mine"),
    "zone_map": ("nowa", "nova"),
    "volume_type_map": ("ssdd", "ssd"),
}


@pytest.fixture
def cloud():
    """A source that has what the server has, and a bit more."""
    cloud = FakeCloud()
    cloud.name = "'source'"
    zone = {"zoneName": "nova", "zoneState": {"available": True}}
    answers = {
        "/os-keypairs": {"keypairs": [{"keypair": {"name": "mine"}}]},
        "/os-availability-zone": {"availabilityZoneInfo": [zone]},
    }
    for path, answer in answers.items():
        cloud.nova.on["GET", path] = lambda match, body, answer=answer: Answer(answer)
    return cloud


@pytest.mark.parametrize("map", sorted(NOUNS))
def test_a_misspelt_key_of_any_map_is_one_warning(cloud, map):
    key, meant = MISSPELT[map]
    told = key_names.of_servers(cloud, full(), options(map, key))
    assert told["unused_keys"] == {map: {key: meant}}
    (warning,) = told["warnings"]
    assert warning.startswith(f"No selected server uses the {NOUNS[map]} '{key}' of {map}, and cloud 'source' has none")
    assert f"; '{meant}' may be meant (those that they use are '" in warning


def test_a_key_that_is_like_another_name_and_is_there_is_no_warning(cloud):
    cloud.nova.put("/flavors", id="f", name="m1.smaller", vcpus=1, ram=1, disk=1)
    told = key_names.of_servers(cloud, full(), options("flavor_map", "m1.smaller"))
    assert told == {"unused_keys": {"flavor_map": {"m1.smaller": "m1.small"}}, "warnings": []}


def test_a_key_that_is_like_no_name_is_not_looked_for(cloud):
    told = key_names.of_servers(cloud, full(), options("network_map", "dmz"))
    assert told == {"unused_keys": {"network_map": {"dmz": None}}, "warnings": []}
    assert not any(api.reads for api in cloud.services.values())


def test_where_nothing_new_is_made_nothing_goes_by_a_map(cloud):
    at, misspelt = full(), options("network_map", "privat")
    assert key_names.of_servers(cloud, at, misspelt._replace(backward=True))["unused_keys"] == {}
    at.place = None
    assert key_names.of_servers(cloud, at, misspelt)["warnings"] == []
    assert key_names.of_volumes(cloud, SeenVolumes("source", "target", []), misspelt)["warnings"] == []


def test_of_volumes_the_warning_speaks_of_volumes(cloud):
    at = SeenVolumes("source", "target", [], place=place())
    at.sources = [Source({"volume_type": "ssd", "availability_zone": "nova"})]
    told = key_names.of_volumes(cloud, at, Options(volume_type_map={"ssdd": "x"}, zone_map={"nova": "y", "z": "y"}))
    assert told["unused_keys"] == {"zone_map": {"z": None}, "volume_type_map": {"ssdd": "ssd"}}
    assert told["warnings"] == [
        "No selected volume uses the volume type 'ssdd' of volume_type_map, and cloud 'source' has none of that name;"
        " 'ssd' may be meant (those that they use are 'ssd'). Correct the key, or leave it out."
    ]
