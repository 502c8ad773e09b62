# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._marks import same_id

parts = st.lists(st.text("ab/é", max_size=3), min_size=1, max_size=3)


def test_an_id_never_changes():
    """What an earlier version computed must be found by a later one."""
    assert same_id("image_copy", "p1", "i1", "web", 0) == "215160d5-0a3f-5f7c-a50c-603dfe904e44"


@given(parts, parts)
def test_the_same_parts_give_the_same_id_and_others_another(one, other):
    assert (same_id(*one) == same_id(*other)) is (one == other)
    assert str(uuid.UUID(same_id(*one))) == same_id(*one)


def test_numbers_count_as_their_text():
    assert same_id("a", 1) == same_id("a", "1") != same_id("a1")


def image(id="i1", snapshots=None, **properties):
    row = {"id": id, "name": "nightly", "owner_id": "p1", "properties": properties}
    return row if snapshots is None else {**row, "volume_snapshots": [{"volume_id": volume} for volume in snapshots]}


def of_volumes(*volumes, **properties):
    return image(snapshots=volumes, block_device_mapping="[]", **properties)


@pytest.mark.parametrize(
    ("row", "server"),
    [
        (image(), None),
        (image(osnap_source="i0"), None),  # a copy is of no server
        (image(instance_uuid="b"), "b"),
        (image(instance_uuid="b", osnap_source="a"), "b"),  # b was booted from an image of a
        (image(instance_uuid="b", osnap_source="a", osnap_for="a"), "b"),
        (of_volumes("v1", osnap_source="a", osnap_for="v1"), "a"),
        (of_volumes("v1", osnap_source="a", osnap_for="i1"), "a"),
        (of_volumes("v2", osnap_source="a", osnap_for="v1"), None),  # of another server's volumes
        (of_volumes(None, osnap_source="a", osnap_for="v1"), "a"),  # its Cinder snapshots are gone, and its data
        (of_volumes("v2", instance_uuid="a"), None),  # Nova writes none here: it is the base image's
        (of_volumes("v1", osnap_source="a"), "a"),  # 0.1.0's; see below
    ],
)
def test_which_server_an_image_is_of(row, server):
    assert _marks.server_of(row) == server


def test_a_volume_backed_image_of_0_1_0_is_of_the_server_that_has_its_volume():
    row = of_volumes("v1", osnap_source="a")
    assert _marks.server_of(row, {"a": ["v0", "v1"]}) == "a"
    assert _marks.server_of(row, {"a": ["v0"]}) is None
    assert _marks.server_of(row, {}) is None


def test_where_the_snapshot_of_the_volume_that_is_meant_has_gone_the_servers_volumes_tell():
    """A deletion that was killed half-way is found again; an image of another server is still none of this one."""
    row = of_volumes(None, "v1", osnap_source="a", osnap_for="v0", osnap_run="r")
    assert _marks.server_of(row, {"a": ["v0", "v1"]}) == "a" and _marks.of_image(row, {"a": ["v0", "v1"]})
    for attached in ({"a": ["v0"]}, {}, None):
        assert _marks.server_of(row, attached) is None and not _marks.of_image(row, attached)


@pytest.mark.parametrize(
    ("row", "believed"),
    [
        (image(osnap_for="i1", osnap_complete="true"), True),
        (image(osnap_for="i0", osnap_complete="true"), False),  # Cinder has handed it on
        (image(osnap_complete="true"), True),  # 0.1.0's
        (image(osnap_source="s", osnap_complete="true", instance_uuid="a"), False),  # Nova has handed it on
        (image(osnap_source="s", osnap_complete="true", base_image_ref="i0"), False),
        (image(osnap_source="a", osnap_run="r", instance_uuid="a"), True),
        (image(osnap_source="a", osnap_for="a", osnap_run="r", instance_uuid="a"), True),
        (image(osnap_source="a", osnap_for="a", osnap_run="r", instance_uuid="b"), False),
        (of_volumes("v1", osnap_source="a", osnap_for="v1", osnap_run="r"), True),
        (of_volumes("v2", osnap_source="a", osnap_for="v1", osnap_run="r"), False),
    ],
)
def test_marks_that_were_written_for_another_image(row, believed):
    assert bool(_marks.of_image(row)) is believed


def test_a_copy_names_itself_or_has_a_computed_id():
    computed = _marks.copy_id("p1", "i0", "nightly", 3)
    assert _marks.is_copy(image(computed, osnap_source="i0"), "i0")
    assert _marks.is_copy(image("i1", osnap_source="i0", osnap_for="i1"), "i0")
    assert not _marks.is_copy(image("i1", osnap_source="i0", osnap_for=computed), "i0")
    assert not _marks.is_copy(image("i1", osnap_source="i0"), "i0")
    assert not _marks.is_copy(image(computed, osnap_source="i9"), "i0")


HELD = {"series": "nightly", "osnap_hold": "true"}


@pytest.mark.parametrize(
    ("properties", "handed_on", "believed"),
    [
        ({}, None, {"osnap_hold": "true"}),  # nobody can tell: nothing is deleted on a guess
        ({}, [], HELD),
        ({}, [{}, HELD], {}),
        ({}, [{"series": "nightly", "osnap_hold": "false"}], {"osnap_hold": "true"}),
        ({"osnap_for": "i1"}, [HELD], HELD),
        ({"osnap_for": "a"}, [HELD], {}),  # the server may have been rebuilt from its own image
        ({"osnap_series_for": "i1"}, [HELD], {"series": "nightly"}),
        ({"osnap_hold_for": "i1"}, [HELD], {"osnap_hold": "true"}),
        ({"osnap_hold_for": "i0"}, [HELD], {}),
    ],
)
def test_series_and_hold_are_believed_on_the_image_that_they_were_set_on(properties, handed_on, believed):
    assert _marks.users(image(instance_uuid="a", **HELD, **properties), handed_on) == believed


def test_what_is_overridden():
    assert _marks.overrides({"osnap_hold": "true", "series": "x", "hw_disk_bus": "scsi"}) == {
        "osnap_hold": "",
        "series": "",
    }
    assert set(_marks.overrides()) == set(_marks.OF_IMAGES)
    assert _marks.for_server_image("a") == {"osnap_source": "a", "osnap_for": "a"}
    assert _marks.for_server_image("a", ["v2", "v1"])["osnap_for"] == "v1"
