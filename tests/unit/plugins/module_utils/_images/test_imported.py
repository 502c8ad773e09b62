# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that what another Glance has fetched is waited for, compared, and taken back where it is not the same."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.endpoint import Entry
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._images import imported
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_plan import plan_copy
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_imports import ImageImports
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Clock, Listener

HASH = {"os_hash_algo": "sha512", "os_hash_value": "abc"}


class Regions:
    """A source with an image, and a destination whose Glance fetches; ``becomes`` is what its import leads to."""

    def __init__(self, monkeypatch, becomes, **source):
        self.here, self.there = FakeCloud(), FakeCloud()
        self.here.peer, self.becomes, self.asked, self.read = self.there, list(becomes), [], []
        self.here.glance.entry = Entry("e", "glance", "north", "http://north")
        self.source = self.here.image(id="src", name="golden", disk_format="raw", **{**HASH, **source})
        glance, clock = self.there.glance, Clock()
        glance.on["POST", "/images"] = lambda match, body: Answer(
            self.there.image(**{"status": "queued", "size": None, **body}), 201
        )
        glance.on["POST", "/images/(.+)/import"] = self.imported
        glance.on["GET", "/images/(.+)/tasks"] = lambda match, params: Answer(
            {"tasks": [{"status": "failure", "message": "Region not found"}]}
        )
        monkeypatch.setattr(time, "sleep", clock.sleep)
        monkeypatch.setattr(imported.time, "monotonic", clock)
        monkeypatch.setattr(imported.Fetched, "_hash", lambda own, images, row, algorithm: self.hashed(row))

    def hashed(self, row):
        self.read.append(row["id"])
        return "abc"

    def imported(self, match, body):
        self.asked.append(body["method"])
        row = self.there.glance.tables["/images"][match[1]]
        row.update({"os_glance_import_task": "t"})
        if self.becomes:
            row.pop("os_glance_import_task")
            row.update(self.becomes.pop(0))
        return Answer(status_code=202)

    def copy(self):
        item = {
            "source": Images(self.here).get("src"),
            "name": "golden",
            "properties": None,
            "tags": None,
            "visibility": None,
        }
        plan = plan_copy(item, [], self.here)
        context = SimpleNamespace(cloud=self.here, progress=Listener(), params={"verification": "image"}, timeout=60)
        return imported._Importing(context, plan).run()

    @property
    def left(self):
        return list(self.there.glance.tables["/images"].values())


def test_what_was_fetched_whole_is_declared_complete_and_nobody_has_read_it_here(monkeypatch):
    regions = Regions(monkeypatch, [{"status": "active", "size": 8, **HASH}])
    done = regions.copy()
    assert done.resource["properties"]["osnap_complete"] == "true" and regions.read == []
    assert regions.asked == [{"name": "glance-download", "glance_region": "north", "glance_image_id": "src"}]


def test_without_a_hash_at_the_source_that_is_read_once(monkeypatch):
    regions = Regions(monkeypatch, [{"status": "active", "size": 8, **HASH}], os_hash_value=None)
    assert regions.copy().resource["properties"]["osnap_complete"] == "true" and regions.read == ["src"]


@pytest.mark.parametrize(
    "became, told",
    [
        ({"status": "active", "size": 8, **HASH, "os_hash_value": "xyz"}, "does not have the sha512"),
        ({"status": "active", "size": 7, **HASH}, "is active with 7 bytes"),
        ({"status": "queued"}, "could not fetch the image 'golden' from the region north: Region not found"),
    ],
)
def test_what_is_not_the_same_is_an_error_and_goes(monkeypatch, became, told):
    regions = Regions(monkeypatch, [became] * 3)
    with pytest.raises(OsnapError) as caught:
        regions.copy()
    assert told in str(caught.value) and "Nothing unfinished is left" in str(caught.value)
    assert regions.left == [] and len(regions.asked) == 3


def test_a_second_try_may_succeed(monkeypatch):
    regions = Regions(monkeypatch, [{"status": "queued"}, {"status": "active", "size": 8, **HASH}])
    assert regions.copy().resource["status"] == "active" and len(regions.asked) == 2


def test_a_fetch_without_an_end_is_given_up(monkeypatch):
    regions = Regions(monkeypatch, [])
    with pytest.raises(OsnapError, match="has not fetched the image 'golden' within 60 seconds; it is queued"):
        regions.copy()
    assert regions.left == []


@pytest.mark.parametrize("document, found", [({"import-methods": {"value": ["glance-download"]}}, True), ({}, False)])
def test_what_a_glance_offers_is_what_it_says(document, found):
    cloud = FakeCloud()
    assert ImageImports(cloud).methods() == [] and ImageImports(cloud).disk_formats() == ()
    cloud.glance.on["GET", "/info/import"] = lambda match, params: Answer(document)
    assert ("glance-download" in ImageImports(cloud).methods()) == found
    formats = {"properties": {"disk_format": {"enum": [None, "raw", "qcow2"]}}}
    cloud.glance.on["GET", "/schemas/image"] = lambda match, params: Answer(formats)
    assert ImageImports(cloud).disk_formats() == ("raw", "qcow2")
