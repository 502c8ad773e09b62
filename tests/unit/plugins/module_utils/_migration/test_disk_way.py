# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The links of one disk, by each way."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._migration import deep
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_way import CONVERSIONS, COPIES, DiskWay
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud


def disk(method, kind="volume", target=None):
    return {
        "index": 0,
        "kind": kind,
        "method": method,
        "volume_type": "fast",
        "image_from_snapshot": {"name": "image"},
        "image_copy": {"name": "copy"},
        "volume_restore": {"name": "v", "size": 1, "volume_type": "fast", "metadata": {"a": "b"}, "bootable": None}
        if (target or kind) == "volume"
        else None,
    }


def links(disk, only_copy=False, other_project=False, verification="image"):
    """What was carried out: the operation, what it is of, and where; and what the disk has become."""
    did, here, there = [], FakeCloud(), FakeCloud()
    there.project_id = "theirs" if other_project else here.project_id

    def link(what, operation, item, cloud, *, disk, **params):
        of = item.get("snapshot") or item.get("image")
        did.append((what, type(operation).__name__, of, "here" if cloud is here else "there"))
        return {"id": f"{what} of {of}"}

    lanes = Lanes({CONVERSIONS: 1, COPIES: 1}, lambda: None)
    arrived = DiskWay(link, lanes, here, there, verification).go(disk, {"id": "snap"}, only_copy)
    return did, (arrived.copy, arrived.volume)


MAKE_IMAGE = ("image", "ImageFromSnapshot", "snap", "here")


@pytest.mark.parametrize(
    "method, by",
    [
        ("stream", ("copy", "ImageCopy", "image of snap", "here")),
        ("glance_download", ("copy", "ImageImport", "image of snap", "here")),
        ("share", ("share", "ImageShare", "image of snap", "here")),
    ],
)
def test_an_image_of_a_volume_gets_there_by_its_way_and_becomes_a_volume(method, by):
    copy = f"{by[0]} of image of snap"
    assert links(disk(method)) == (
        [MAKE_IMAGE, by, ("volume", "VolumeRestore", copy, "there")],
        (copy, f"volume of {copy}"),
    )
    assert links(disk(method), only_copy=True) == ([MAKE_IMAGE, by], (copy, None))


def test_a_volume_of_a_volume_is_read_back_where_it_is_asked_for(monkeypatch):
    proven = []
    monkeypatch.setattr(
        deep, "prove", lambda link, there, disk, volume, copy: proven.append((volume["id"], copy["id"]))
    )
    links(disk("stream"))
    links(disk("stream"), only_copy=True, verification="deep")
    links(disk("transfer"), verification="deep")
    links(disk("stream", "image", "volume"), verification="deep")
    assert proven == []
    links(disk("stream"), verification="deep")
    assert proven == [("volume of copy of image of snap", "copy of image of snap")]


def test_novas_own_disk_is_an_image_already():
    assert links(disk("share", "image")) == ([("share", "ImageShare", "snap", "here")], ("share of snap", None))
    assert links(disk("stream", "image", "volume"))[1] == ("copy of snap", "volume of copy of snap")


def test_a_volume_that_is_handed_over_has_no_image_and_nothing_before_it_is_asked_for():
    handed = [("volume", "VolumeMove", "snap", "here")]
    assert links(disk("transfer")) == (handed, (None, "volume of snap"))
    assert links(disk("transfer"), only_copy=True) == ([], (None, None))


def test_another_project_has_to_see_what_its_glance_shall_fetch():
    did, became = links(disk("glance_download", "image"), other_project=True)
    assert [one[1] for one in did] == ["ImageShare", "ImageImport"] and became == ("copy of snap", None)
