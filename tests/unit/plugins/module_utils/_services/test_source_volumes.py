# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name means a user's own volume, also while another one of that name is on its way to another project."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._services.source_volumes import SourceVolumes
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud

LEAVING = {"osnap_run": "r", "osnap_disk": "own", "osnap_step": "volume", "osnap_source": "snap"}


def named(**given):
    cloud = FakeCloud()
    cloud.project_id = "ours"
    cloud.volume(id="own", name="data")
    cloud.volume(id="other", name="data", **{"snapshot_id": "snap", "metadata": LEAVING, **given})
    return sorted(row["id"] for row in SourceVolumes(cloud).named(["data"])["data"])


def test_what_is_on_its_way_is_not_meant_by_its_name():
    assert named() == named(metadata={**LEAVING, "osnap_transferred_from": "ours"}) == ["own"]


@pytest.mark.parametrize(
    "given",
    [
        {"metadata": {}},
        {"snapshot_id": None},
        {"snapshot_id": "another"},
        {"metadata": {**LEAVING, "osnap_step": "finalized"}},
        {"metadata": {**LEAVING, "osnap_complete": "true"}},
        {"metadata": {**LEAVING, "osnap_transferred_from": "theirs"}},
    ],
)
def test_what_has_arrived_or_is_of_others_is(given):
    assert named(**given) == ["other", "own"]


def test_a_pattern_means_none_that_is_made_on_the_way():
    cloud = FakeCloud()
    cloud.volume(id="own", metadata={"tier": "db"})
    cloud.volume(id="temporary", metadata={"osnap_source": "snap", "osnap_step": "image_from_snapshot"})
    cloud.volume(id="leaving", metadata=LEAVING, snapshot_id="snap")
    assert [row["id"] for row in SourceVolumes(cloud).own()] == ["own"]
