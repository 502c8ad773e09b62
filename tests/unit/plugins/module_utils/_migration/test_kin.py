# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what two logins are told to have in common, by their catalogs and nothing else."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.endpoint import Entry
from ansible_collections.osnap.openstack.plugins.module_utils._migration import kin
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Kin, Options
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud


def entry(service, region="north", id="", url="http://a"):
    return Entry(id or f"{service}-{region}", service, region, url)


def pair(here, there, catalog=None, methods=()):
    """Two logins: their entries by catalog type, and what the second one's catalog has beside its own."""
    clouds = FakeCloud(), FakeCloud()
    clouds[0].peer, clouds[1].project_id = clouds[1], "theirs"
    for cloud, entries in zip(clouds, (here, there), strict=True):
        for service, one in entries.items():
            cloud.services[service].entry = one
    if catalog is not None:
        clouds[1].lists = lambda one: one in catalog
    clouds[1].glance.on["GET", "/info/import"] = lambda match, params: Answer(
        {"import-methods": {"value": list(methods)}}
    )
    return clouds[0]


NORTH = {"image": entry("glance"), "block-storage": entry("cinder")}
SOUTH = {"image": entry("glance", "south"), "block-storage": entry("cinder", "south")}
#: The same services at the same place, as the internal interface has them.
INTERNAL = {"image": entry("glance", id="i"), "block-storage": entry("cinder", id="j")}
BOTH = [*NORTH.values(), *SOUTH.values(), *INTERNAL.values()]


@pytest.mark.parametrize(
    "there, catalog, found",
    [
        (NORTH, BOTH, Kin(glance=True, cinder=True, region="north", there="theirs")),
        (INTERNAL, BOTH, Kin(glance=True, cinder=True, region="north", there="theirs")),
        (SOUTH, BOTH, Kin(region="north", imports=True, there="theirs")),
        (SOUTH, list(SOUTH.values()), Kin(there="theirs")),
        ({"image": NORTH["image"]}, BOTH, Kin(glance=True, region="north", there="theirs")),
        ({}, [], Kin(there="theirs")),
    ],
)
def test_catalogs_tell_what_is_the_same(there, catalog, found):
    assert kin.read(pair(NORTH, there, catalog, ["glance-download"]), ["auto"]) == found


def test_a_copy_of_the_database_of_keystone_has_other_urls():
    clone = {service: one._replace(url="http://b") for service, one in NORTH.items()}
    assert kin.read(pair(NORTH, clone, list(clone.values())), ["auto"]) == Kin(there="theirs")


def test_a_configured_url_tells_nothing():
    assert kin.read(pair({"image": None}, NORTH, BOTH), ["auto"]) == Kin(there="theirs")


def test_import_methods_are_asked_for_only_where_they_matter():
    for there, methods, asked in (
        (SOUTH, {"auto"}, 1),
        (NORTH, {"auto", "stream"}, 0),
        (NORTH, {"glance_download", "stream"}, 1),
        (SOUTH, {"stream", "share"}, 0),
        (SOUTH, {"stream", "auto"}, 1),
    ):
        cloud = pair(NORTH, there, BOTH)
        kin.read(cloud, methods)
        assert [path for path, _params in cloud.peer.glance.reads] == ["/info/import"] * asked


def test_storage_is_shared_only_where_the_keystone_is():
    assert kin.share_storage(pair(NORTH, INTERNAL, BOTH)) and not kin.share_storage(pair(NORTH, SOUTH, BOTH))
    assert not kin.share_storage(pair(NORTH, NORTH, []))


def test_ways_are_asked_for_by_all_by_one_and_by_a_disk():
    items = [{"method": None, "disk_methods": None}, {"method": "share", "disk_methods": {"root": "stream"}}, {}]
    assert kin.methods_of(items, Options()) == {"auto", "share", "stream"}
    assert kin.methods_of(items[1:2], Options(method="transfer")) == {"share", "stream"}
