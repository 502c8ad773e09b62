# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which marks are believed when a migration is undone: what was inherited, or is another run's, is not removed."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.endpoint import Entry
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    end_marks,
    finalization,
    remains,
    rollback,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import STEP, TemporaryVolumes
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud

S1, S2, N1, V1 = ("0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c1%d" % number for number in range(4))
MARKS = {"osnap_run": "one", "osnap_server": S1}


@pytest.fixture
def cloud():
    cloud, cloud.peer = FakeCloud(), FakeCloud()
    cloud.server(id=S1, name="web", metadata={})
    cloud.server(id=S2, name="other", metadata={})
    return cloud


def made(cloud, kind, run="one", server=S1):
    """The IDs of what was found of a kind."""
    row = {"id": server, "is_locked": False, "metadata": {}}
    return sorted(one["id"] for one in remains.read(cloud, run, {server: row})[server].made[kind])


def test_a_server_is_of_the_run_and_of_the_source_that_it_names(cloud):
    cloud.peer.server(id=N1, metadata={**MARKS, "osnap_step": "boot"})
    cloud.peer.server(metadata={})
    assert made(cloud, "server") == [N1]
    assert made(cloud, "server", run="two") == []
    assert made(cloud, "server", server=S2) == []


def test_a_volume_is_believed_if_cinder_says_that_it_was_made_of_the_copy(cloud):
    marks = {**MARKS, "osnap_step": "volume", "osnap_source": "c1"}
    of_copy = {"volume_image_metadata": {"image_id": "c1"}}
    cloud.peer.volume(id="v1", metadata=marks, **of_copy)
    cloud.peer.volume(id="filling", metadata={**marks, "osnap_unsettled": "true"}, status="creating")
    cloud.peer.volume(id="clone", metadata=marks, snapshot_id="theirs", **of_copy)
    cloud.peer.volume(id="backup", metadata={**marks, "src_backup_id": "b1"}, **of_copy)
    cloud.peer.volume(id="other image", metadata=marks, volume_image_metadata={"image_id": "c2"})
    cloud.peer.volume(id="going", metadata=marks, status="deleting", **of_copy)
    assert made(cloud, "volume") == ["filling", "v1"]


@pytest.mark.parametrize(
    "attached", [[], [{"server_id": N1, "device": "/dev/vda"}], [{"server_id": "n9", "device": ""}]]
)
@pytest.mark.parametrize("left", range(1, len(end_marks.ON_VOLUME) + 1))
def test_a_volume_that_has_lost_part_of_its_marks_is_found_to_the_last_wherever_it_is(cloud, left, attached):
    marks = {key: {**MARKS, "osnap_source": "c1"}.get(key, "volume") for key in end_marks.ON_VOLUME[-left:]}
    cloud.peer.server(id=N1, metadata={**MARKS, "osnap_complete": "true", "osnap_step": "ending"})
    cloud.peer.volume(id="v1", metadata=marks, attachments=attached, volume_image_metadata={"image_id": "c1"})
    row = {"id": S1, "is_locked": False, "metadata": {}}
    found = remains.read(cloud, "one", {S1: row})[S1]
    todo = finalization.plan(found)
    assert [part.row["id"] for part in todo.unmarked] == ["v1"] and not todo.removed
    with pytest.raises(OsnapError, match="is the end of a finalized migration"):
        rollback.plan(found, False)


@pytest.mark.parametrize(
    ("metadata", "step"),
    [
        ({"osnap_server": S1}, "boot"),  # one that can still be rolled back takes no volume that may be another run's
        ({"osnap_server": S1, "osnap_source": "c1"}, "proven"),
        ({"osnap_server": S2}, "ending"),
        ({"osnap_run": "two", "osnap_server": S1}, "ending"),
        ({"osnap_run": "one"}, "ending"),
        ({}, "ending"),
    ],
)
def test_a_volume_with_few_marks_is_nobodys_else(cloud, metadata, step):
    cloud.peer.server(id=N1, metadata={**MARKS, "osnap_complete": "true", "osnap_step": step})
    attached = [{"server_id": N1, "device": "/dev/vda"}]
    cloud.peer.volume(id="v1", metadata=metadata, attachments=attached, volume_image_metadata={"image_id": "c1"})
    assert made(cloud, "volume") == []


def test_snapshots_of_new_volumes_are_seen(cloud):
    marks = {**MARKS, "osnap_step": "volume", "osnap_source": "c1"}
    cloud.peer.volume(id="v1", metadata=marks, volume_image_metadata={"image_id": "c1"})
    cloud.peer.snapshot(id="x", volume_id="v1")
    cloud.peer.snapshot(id="y", volume_id="v2")
    found = remains.read(cloud, "one", {S1: None})[S1]
    assert [row["id"] for row in found.snapshots_of["v1"]] == ["x"]


def test_a_port_is_known_by_a_description_that_is_nothing_but_its_marks(cloud):
    text = f"osnap run=one server={S1} step=port"
    for id, description in (("p1", text), ("p2", f"{text} kept"), ("p3", text.replace("one", "two"))):
        cloud.peer.neutron.put(
            "/ports",
            id=id,
            name="port",
            status="DOWN",
            project_id=cloud.peer.project_id,
            network_id="n",
            device_id="",
            fixed_ips=[],
            allowed_address_pairs=[],
            security_groups=[],
            mac_address="fa",
            description=description,
        )
    assert made(cloud, "port") == ["p1"]


def test_an_image_made_of_a_migrated_server_is_no_copy(cloud):
    copy = {**MARKS, "osnap_step": "copy", "osnap_source": "i1", "osnap_for": "c1"}
    cloud.peer.image(id="c1", **copy)
    cloud.peer.image(id="hidden", os_hidden=True, **{**copy, "osnap_for": "hidden"})
    cloud.peer.image(id="inherited", instance_uuid=N1, base_image_ref="c1", **copy)
    cloud.peer.image(id="uploaded", **copy)
    cloud.peer.image(id="of others", **{**copy, "osnap_for": "of others", "owner": "another"})
    assert made(cloud, "copy") == ["c1", "hidden"]


def test_a_snapshot_image_is_of_the_server_that_nova_names(cloud):
    marks = {**MARKS, "osnap_step": "snapshot", "osnap_source": S1, "osnap_for": S1}
    cloud.image(id="i1", instance_uuid=S1, **marks)
    cloud.image(id="of its child", instance_uuid=S2, **marks)
    assert made(cloud, "snapshot") == ["i1"]
    assert made(cloud, "image") == []


def test_what_is_unfinished_is_found_by_what_it_is_made_of(cloud):
    name = f"osnap-one-{V1}"
    cloud.snapshot(id="vs1", name=name, volume_id=V1, metadata={**MARKS, "osnap_step": "snapshot"})
    cloud.snapshot(id="theirs", name=name, volume_id=V1)
    cloud.volume(
        id="t1",
        name=TemporaryVolumes.name_of("vs1", name),
        snapshot_id="vs1",
        attachments=[],
        metadata={"osnap_source": "vs1", "osnap_step": STEP},
    )
    cloud.image(id="begun", name=name, status="queued", osnap_source="vs1")
    cloud.image(id="of others", name=name, osnap_source="theirs")
    assert made(cloud, "volume_snapshot") == ["vs1"]
    assert made(cloud, "temporary_volume") == ["t1"]
    assert made(cloud, "image") == ["begun"]


def test_a_floating_ip_is_known_with_the_server_that_it_leads_to(cloud):
    there = cloud.peer.neutron
    given = {"name": "p", "status": "DOWN", "network_id": "n", "description": "", "project_id": cloud.peer.project_id}
    lists = {"fixed_ips": [], "allowed_address_pairs": [], "security_groups": []}
    there.put("/ports", id="p1", device_id="theirs", mac_address="fa", **given, **lists)
    text = f"osnap run=one server={S1} step=floating_ip"
    there.put("/floatingips", id="f1", floating_ip_address="1.2.3.4", port_id="p1", **{**given, "description": text})
    there.put("/floatingips", id="f2", floating_ip_address="1.2.3.5", port_id=None, **given)
    found = remains.read(cloud, "one", {S1: None})[S1].made
    assert [(row["id"], row["device_id"]) for row in found["floating_ip"]] == [("f1", "theirs")]
    assert found["port"] == []


def test_a_lock_is_ours_if_its_reason_names_the_run(cloud):
    def is_ours(reason, **metadata):
        cloud.nova.tables["/servers"][S1].update(locked=True, locked_reason=reason, metadata=metadata)
        row = {"id": S1, "is_locked": True, "metadata": metadata}
        return remains.read(cloud, "one", {S1: row})[S1].is_locked_by_us

    assert is_ours("osnap: moved by the run 'one'")
    assert not is_ours("osnap: moved by the run 'two'")
    assert not is_ours("inventory")
    assert not is_ours(None)
    assert is_ours(None, osnap_locked="true")  # a cloud that keeps no reasons


def test_a_source_that_another_run_unlocks_meanwhile_is_locked_by_nobody(cloud):
    """Test a row that was read before a killed job's module has unlocked the source. Verify that none is left."""
    cloud.nova.tables["/servers"][S1].update(locked=False, locked_reason=None)
    found = remains.read(cloud, "one", {S1: {"id": S1, "is_locked": True, "metadata": {}}})[S1]
    assert (found.source["is_locked"], found.is_locked_by_us) == (False, False)


def test_a_volume_that_is_still_to_be_handed_over_is_found_where_both_have_one_cinder(cloud):
    marks = {**MARKS, "osnap_step": "volume", "osnap_source": "vs1"}
    cloud.snapshot(id="vs1", volume_id=V1, metadata={**MARKS, "osnap_step": "snapshot"})
    cloud.volume(id="m1", metadata=marks, snapshot_id="vs1")
    cloud.volume(id="another's", metadata=marks, snapshot_id="vs2")
    cloud.peer.volume(id="arrived", metadata=marks, snapshot_id="vs1")
    assert made(cloud, "moving_volume") == [] and made(cloud, "volume") == ["arrived"]
    for service in ("image", "block-storage"):
        cloud.services[service].entry = cloud.peer.services[service].entry = Entry(service, service, "north", "u")
    assert made(cloud, "moving_volume") == ["m1"]


def test_a_volume_of_a_chosen_snapshot_is_found_where_it_is_still_to_be_handed_over(cloud):
    for service in ("image", "block-storage"):
        cloud.services[service].entry = cloud.peer.services[service].entry = Entry(service, service, "north", "u")
    marks = {"osnap_run": "one", "osnap_disk": "vs1", "osnap_step": "volume", "osnap_source": "vs1"}
    cloud.volume(id="m1", metadata=marks, snapshot_id="vs1")
    found = remains.read_of_volumes(cloud, "one", {"vs1": {"id": "vs1"}}, {"vs1"})["vs1"].made
    assert [row["id"] for row in found["moving_volume"]] == ["m1"]


def test_an_image_tells_whether_the_destination_is_its_member(cloud):
    cloud.peer.project_id = "theirs"
    for id, visibility in (("i1", "shared"), ("i2", "shared"), ("i3", "private")):
        cloud.image(id=id, visibility=visibility, **MARKS, osnap_step="image", osnap_for=id)
    members = {"i1": "theirs", "i2": "others"}
    cloud.glance.on["GET", "/images/(.+)/members"] = lambda match, params: Answer(
        {"members": [{"member_id": members[match[1]], "status": "accepted"}]}
    )
    row = {"id": S1, "is_locked": False, "metadata": {}}
    found = remains.read(cloud, "one", {S1: row})[S1].made["image"]
    assert {one["id"]: one["is_shared"] for one in found} == {"i1": True, "i2": False, "i3": False}


def test_a_snapshot_that_was_made_for_a_proof_is_ours_and_goes_before_its_volume(cloud):
    marks = {**MARKS, "osnap_step": "volume", "osnap_source": "c1"}
    cloud.peer.volume(id="v1", metadata=marks, volume_image_metadata={"image_id": "c1"})
    cloud.peer.snapshot(id="ours", volume_id="v1", metadata={**MARKS, "osnap_step": "proof"})
    cloud.peer.snapshot(id="theirs", volume_id="v1")
    found = remains.read(cloud, "one", {S1: None})[S1]
    assert [row["id"] for row in found.made["proof"]] == ["ours"]
    assert [row["id"] for row in found.snapshots_of["v1"]] == ["theirs"]
