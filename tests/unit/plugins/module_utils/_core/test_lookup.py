# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import (
    Missing,
    existing,
    is_id,
    listing,
    resolve,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

ID = "0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c11"


@pytest.fixture
def volumes(cloud):
    return Volumes(cloud)


@given(st.uuids())
def test_uuids_are_ids_however_they_are_written(uuid):
    for text in (str(uuid), str(uuid).upper(), uuid.hex, f" {uuid}\n"):
        assert is_id(text)


@pytest.mark.parametrize("value", ["", "web01", ID[:-1], ID + "0", "x" + ID[1:], f"volume {ID}", None, 5])
def test_anything_else_is_a_name(value):
    assert not is_id(value)


def test_a_name_becomes_the_id_of_the_only_one_so_named(cloud, volumes):
    there = cloud.volume(name="data")
    cloud.volume(name="database")
    assert resolve(volumes, ["data"]) == {"data": there["id"]}


def test_an_id_is_taken_as_it_is_without_a_request(cloud, volumes):
    assert resolve(volumes, [ID, f" {ID} "]) == {ID: ID, f" {ID} ": ID}
    assert resolve(volumes, []) == {}
    assert not cloud.cinder.reads


def test_a_name_that_is_not_there_says_where_it_was_sought(volumes):
    found = resolve(volumes, ["data"])["data"]
    assert isinstance(found, Missing)
    assert (
        str(found)
        == "There is no volume named 'data' in cloud test; check the name and the project of the credentials."
    )
    assert found.fields["resource"] == "data"


def test_a_name_that_is_there_twice_lists_the_candidates(cloud, volumes):
    first, second = (
        cloud.volume(name="data"),
        cloud.volume(name="data", status="error", created_at="2026-11-24T10:00:00.000000"),
    )
    found = resolve(volumes, ["data"])["data"]
    assert not isinstance(found, Missing)
    assert (
        str(found) == f"2 volumes are named 'data': {first['id']} (available, 2026-11-24T09:00:00.000000), "
        f"{second['id']} (error, 2026-11-24T10:00:00.000000); give the ID of the one that is meant."
    )


@pytest.mark.parametrize("asked, kept", [(" data ", "data"), ("data", " data "), ("données 💾", "données 💾")])
def test_white_space_around_a_name_does_not_count(cloud, volumes, asked, kept):
    there = cloud.cinder.put("/volumes", name=kept, status="available")
    # A list of more than a few names is not filtered by the service, so what it does with blanks does not matter here.
    assert resolve(volumes, [asked, "1", "2", "3"])[asked] == there["id"]


def test_one_request_serves_many_names_and_many_repeats(cloud, volumes):
    ids = [cloud.volume(name=f"v{number}")["id"] for number in range(20)]
    names = [f"v{number}" for number in range(20)]
    assert resolve(volumes, names * 3) == dict(zip(names, ids, strict=True))
    assert len(cloud.cinder.reads) == 1


def test_few_names_are_filtered_by_the_service(cloud, volumes):
    cloud.volume(name="a")
    resolve(volumes, ["a", "a ", "b"])
    assert [params for _path, params in cloud.cinder.reads] == [{"name": "a"}, {"name": "a"}, {"name": "b"}]


def test_existing_gives_the_objects_and_asks_for_ids_too(cloud, volumes):
    named, known = cloud.volume(name="data"), cloud.volume(id=ID, name="other")
    found = existing(volumes, ["data", ID, f" {ID} "])
    assert {value: row["id"] for value, row in found.items()} == {"data": named["id"], ID: known["id"], f" {ID} ": ID}
    assert found[ID]["size"] == 1


def test_an_id_that_is_not_there_is_missing_when_it_is_asked_for(volumes):
    found = existing(volumes, [ID])[ID]
    assert isinstance(found, Missing)
    assert (
        str(found)
        == f"There is no volume with the ID {ID} in cloud test; check the ID and the project of the credentials."
    )


def test_errors_stand_beside_what_was_found(cloud, volumes):
    there = cloud.volume(name="data")
    found = existing(volumes, ["data", "gone", ID])
    assert found["data"]["id"] == there["id"]
    assert all(isinstance(found[value], OsnapError) for value in ("gone", ID))


def test_an_empty_name_does_not_mean_one_without_a_name(cloud, volumes):
    cloud.volume(name=None)
    for name in ("", " "):
        for found in (resolve(volumes, [name])[name], existing(volumes, [name])[name]):
            assert str(found) == "The name of a volume is empty; give its name or ID." and not isinstance(
                found, Missing
            )


def test_a_long_listing_is_cut():
    rows = [{"id": str(number), "status": "available", "created_at": "then"} for number in range(12)]
    assert listing(rows).endswith("9 (available, then) and 2 more")
    assert listing(rows[:1]) == "0 (available, then)"


def test_an_object_that_two_filters_find_is_still_one(cloud, volumes):
    there = cloud.cinder.put("/volumes", name="data", status="available")
    assert resolve(volumes, ["data", "data "]) == {"data": there["id"], "data ": there["id"]}


def test_servers_whose_names_differ_by_a_sign_are_told_apart(cloud):
    """Nova's filter is a regular expression in which such signs are left open."""
    ids = {name: cloud.server(name=name)["id"] for name in ("web-1", "web.1", "web_1")}
    assert resolve(Servers(cloud), list(ids)) == ids
