# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.flavors import Flavors
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers, is_volume_backed
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud


@pytest.fixture
def servers(cloud):
    return Servers(cloud)


def test_a_row_is_plain_and_complete(cloud, servers):
    raw = cloud.server(
        volumes=["v1", "v2"],
        config_drive="True",
        security_groups=[{"name": "web"}, {"name": "default"}, {"name": "web"}],
    )
    row = servers.get(raw["id"])
    assert (row["image_id"], row["flavor_name"], row["has_config_drive"]) == ("an-image", "small", True)
    assert (row["attached_volumes"], row["security_groups"]) == (["v1", "v2"], ["default", "web"])
    assert set(row) == set(servers.keys())
    assert not is_volume_backed(row)


@pytest.mark.parametrize("value, verdict", [("", False), ("True", True), (True, True), (False, False), (None, False)])
def test_what_nova_says_of_a_config_drive(cloud, servers, value, verdict):
    assert servers.get(cloud.server(config_drive=value)["id"])["has_config_drive"] is verdict


def test_a_volume_backed_server_has_no_image(cloud, servers):
    row = servers.get(cloud.server(image=None)["id"])
    assert row["image_id"] is None and is_volume_backed(row)


def test_one_that_is_being_deleted_is_leaving_whatever_nova_shows(cloud, servers):
    row = servers.get(cloud.server(**{"OS-EXT-STS:task_state": "deleting"})["id"])
    assert row["status"] in servers.statuses.leaving


def test_an_older_nova_shows_a_flavors_id_only(cloud, servers):
    cloud.nova.put("/flavors", id="f1", name="small")
    ids = [cloud.server(flavor={"id": "f1"})["id"] for _number in range(2)]
    assert [servers.get(id)["flavor_name"] for id in ids] == ["small", "small"]
    assert len([path for path, _params in cloud.nova.reads if path.startswith("/flavors")]) == 1


@given(st.text("aZ_9 .-+*^$[](){}|\\/'\"é漢💾\n", min_size=1, max_size=6))
def test_the_filter_for_a_name_finds_that_name(name):
    """Whatever it finds beside it is sorted out by the name itself."""
    assert re.search(Servers(FakeCloud()).name_filter(name)["name"], name.strip(), re.S)


def test_a_server_is_known_by_its_name_and_its_image(cloud, servers):
    ids = [
        cloud.server(name="web", image="i1")["id"],
        cloud.server(name="web", image="i2")["id"],
        cloud.server(name="web2", image="i1")["id"],
    ]
    found = servers.find(
        [
            {"id": None, "name": "web", "source_id": "i1"},
            {"id": None, "name": "web", "source_id": None},
            {"id": ids[2], "name": None},
        ]
    )
    assert [[row["id"] for row in rows] for rows in found] == [[ids[0]], ids[:2], [ids[2]]]


def booted(cloud, servers, **values):
    cloud.nova.on["POST", "/servers"] = lambda match, body: Answer(
        {"server": {"id": cloud.server(name=body["server"]["name"])["id"]}}, 202
    )
    row = servers.create({"name": "web", "source_id": "i1", "flavor_id": "f1", **values})
    assert row["name"] == "web"
    return cloud.nova.sent[0][2]["server"]


def test_a_server_is_marked_in_the_creating_request(cloud, servers):
    assert booted(cloud, servers) == {
        "name": "web",
        "imageRef": "i1",
        "flavorRef": "f1",
        "networks": "auto",
        "metadata": {_marks.SOURCE: "i1"},
    }


def test_everything_that_was_asked_for_is_sent(cloud, servers):
    sent = booted(
        cloud,
        servers,
        networks=[{"uuid": "n1"}],
        security_groups=["web"],
        key_name="me",
        user_data="eA==",
        has_config_drive=True,
        availability_zone="nova",
        metadata={"a": "1"},
        purge_metadata=True,
    )
    assert sent == {
        "name": "web",
        "imageRef": "i1",
        "flavorRef": "f1",
        "networks": [{"uuid": "n1"}],
        "security_groups": [{"name": "web"}],
        "key_name": "me",
        "user_data": "eA==",
        "config_drive": True,
        "availability_zone": "nova",
        "metadata": {"a": "1", _marks.SOURCE: "i1"},
    }


def test_a_nova_that_knows_no_networks_to_be_chosen_chooses_them_unasked(cloud, servers):
    cloud.nova.maximum = "2.36"
    assert booted(cloud, servers) == {
        "name": "web",
        "imageRef": "i1",
        "flavorRef": "f1",
        "metadata": {_marks.SOURCE: "i1"},
    }


@pytest.mark.parametrize(
    "maximum, asked, told",
    [
        ("2.36", {"networks": []}, "booting a server without networks needs 2.37"),
        (
            "2.66",
            {
                "networks": [{"uuid": "n1"}],
                "disks": [{"kind": "snapshot", "id": "s1", "volume_type": "fast", "delete_on_termination": False}],
            },
            "the volume_type of a disk needs 2.67",
        ),
        (
            "2.36",
            {"disks": [{"kind": "snapshot", "id": "s1", "volume_type": "fast", "delete_on_termination": False}]},
            "the volume_type of a disk needs 2.67",
        ),
    ],
)
def test_what_an_old_nova_lacks_is_told(cloud, servers, maximum, asked, told):
    cloud.nova.maximum = maximum
    with pytest.raises(OsnapError, match=told):
        booted(cloud, servers, **asked)
    assert not cloud.nova.sent


def test_named_networks_are_fine_with_the_oldest_nova(cloud, servers):
    cloud.nova.maximum = "2.1"
    assert booted(cloud, servers, networks=[{"uuid": "n1"}])["networks"] == [{"uuid": "n1"}]


def test_metadata_and_name_are_changed_apart(cloud, servers):
    there = cloud.server()
    row = servers.get(there["id"])
    cloud.nova.on["POST", ".*/metadata"] = lambda match, body: there.update(body) or Answer(body)
    cloud.nova.on["PUT", "/servers/[^/]*"] = lambda match, body: Answer(body)
    servers.update(row, {"metadata": {"a": "1"}, "name": "new"})
    assert cloud.nova.sent == [
        ("POST", f"/servers/{row['id']}/metadata", {"metadata": {"a": "1"}}),
        ("PUT", f"/servers/{row['id']}", {"server": {"name": "new"}}),
    ]


@pytest.mark.parametrize(
    "fault, reason", [(None, None), ({}, None), ({"message": "No valid host was found."}, "No valid host was found")]
)
def test_a_fault_is_the_reason(servers, fault, reason):
    assert servers.reason({"fault": fault}) == reason


def test_a_flavor_is_meant_by_its_id_before_its_name(cloud):
    cloud.nova.put("/flavors", id="1", name="tiny")
    cloud.nova.put("/flavors", id="tiny", name="1")
    cloud.nova.put("/flavors", id="3", name="big")
    cloud.nova.put("/flavors", id="4", name="big")
    flavors = Flavors(cloud)
    assert {
        value: [row["id"] for row in rows] for value, rows in flavors.meant({"1", "tiny", "big", "none"}).items()
    } == {"1": ["1"], "tiny": ["tiny"], "big": ["3", "4"], "none": []}
    assert flavors.meant(set()) == {} and len(cloud.nova.reads) == 1


def test_disks_are_the_servers_block_devices_the_first_of_them_the_root(cloud, servers):
    snapshot = {"kind": "snapshot", "id": "s1", "size": 5, "volume_type": "fast", "delete_on_termination": True}
    volume = {"kind": "volume", "id": "v1", "size": None, "volume_type": None, "delete_on_termination": False}
    sent = booted(cloud, servers, disks=[snapshot, volume], source_id="s1", server_group_id="g1")
    assert "imageRef" not in sent and sent["metadata"] == {_marks.SOURCE: "s1"}
    assert sent["block_device_mapping_v2"] == [
        {
            "boot_index": 0,
            "uuid": "s1",
            "source_type": "snapshot",
            "destination_type": "volume",
            "delete_on_termination": True,
            "volume_size": 5,
            "volume_type": "fast",
        },
        {
            "boot_index": -1,
            "uuid": "v1",
            "source_type": "volume",
            "destination_type": "volume",
            "delete_on_termination": False,
        },
    ]
    assert cloud.nova.sent[0][2]["os:scheduler_hints"] == {"group": "g1"}


def test_beside_an_image_disks_are_data(cloud, servers):
    sent = booted(cloud, servers, image_id="i1", disks=[{"kind": "volume", "id": "v1", "delete_on_termination": False}])
    assert sent["imageRef"] == "i1" and [
        (disk["source_type"], disk["destination_type"], disk["boot_index"]) for disk in sent["block_device_mapping_v2"]
    ] == [("image", "local", 0), ("volume", "volume", -1)]


@pytest.mark.parametrize(
    "image, marked, source", [("i1", None, "i1"), ("i1", "i2", "i1"), (None, "s1", "s1"), (None, None, None)]
)
def test_what_a_server_was_booted_from(cloud, servers, image, marked, source):
    row = servers.get(cloud.server(image=image, metadata={_marks.SOURCE: marked} if marked else {})["id"])
    assert row["source_id"] == source


@pytest.mark.parametrize("image, version", [("i1", "2.73"), (None, "2.93")])
def test_a_rebuild_merges_the_metadata_into_those_of_right_before_its_request(cloud, servers, image, version):
    cloud.nova.on["POST", "/servers/(.*)/action"] = lambda match, body: Answer(status_code=202)
    server = cloud.server(image=image, metadata={"a": "0", "b": "1"})
    row = servers.get(server["id"])
    server["metadata"]["c"] = "written since by somebody else"
    servers.rebuild(row, {"image_id": "i2", "name": None, "metadata": {"a": "1"}})
    sent = {**server["metadata"], "a": "1"}
    assert cloud.nova.sent == [
        ("POST", f"/servers/{row['id']}/action", {"rebuild": {"imageRef": "i2", "metadata": sent}})
    ]


def test_a_server_that_vanishes_while_it_is_changed_is_one_sentence(cloud, servers):
    row = servers.get(cloud.server(name="web")["id"])

    def vanish(match, body):
        cloud.nova.tables["/servers"].pop(row["id"], None)
        return Answer({"server": {"id": row["id"]}}, 202)

    cloud.nova.on["PUT", "/servers/[^/]+"] = vanish
    with pytest.raises(OsnapError, match="vanished while it was changed"):
        servers.update(row, {"name": "db"})
    cloud.nova.on["POST", "/servers"] = vanish
    with pytest.raises(OsnapError, match="vanished while it was changed"):
        servers.create({"name": "web", "source_id": "an-image", "flavor_id": "small"})
