# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned for volumes, what stands in their way, and what is stale."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import Missing
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import COPY, CREATE, DELETE, FINISH, UPLOAD
from ansible_collections.osnap.openstack.plugins.module_utils._migration import links, volume_preflight
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Kin
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import CODES
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_result import migration, predicted
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import Source
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.volume_worlds import (
    ITEM,
    LATER,
    NAME,
    OF_SNAPSHOT,
    STEPS,
    chosen,
    handed_over,
    image,
    judged,
    new_volume,
    place,
    plan_of,
    seen,
    snapshot,
    volume,
    world,
)


def with_place(**given):
    at = seen()
    at.place = place(**given)
    return at


def two(*ids):
    at = seen()
    at.sources = [Source(volume(id)) for id in ids]
    return at


def short(**given):
    at = seen()
    for name, value in given.items():
        setattr(at, name, value)
    return at


def stale(step="copied", **given):
    return world(step, source=volume(updated_at=LATER), **given)


def hidden_copy(**given):
    at = world("copied")
    at.copies[NAME][0].update(given)
    return at


#: ``{code: (what is there, the items, the options)}``.
WORLDS = {
    "volume_unknown": (seen(Missing("There is no volume named 'data' in cloud 'source'.")), [ITEM], {}),
    "volume_twice": (two("v1", "v1"), [ITEM, ITEM], {}),
    "name_twice": (two("v1", "v2"), [ITEM, ITEM], {}),
    "name_taken": (seen(None, volume("other")), [ITEM], {}),
    "same_project": (seen(None, volume()), [ITEM], {}),
    "volume_foreign": (seen(volume(project_id="theirs"), project_id="ours"), [ITEM], {}),
    "volume_encrypted": (seen(volume(is_encrypted=True)), [ITEM], {}),
    "multiattach_by_type": (seen(volume(is_multiattach=True)), [ITEM], {}),
    "volume_in_use": (seen(volume(status="in-use", attachments=[{"server_id": "s1"}])), [ITEM], {}),
    "volume_status": (seen(volume(status="error_extending")), [ITEM], {}),
    "snapshot_status": (chosen(status="error"), [OF_SNAPSHOT], {}),
    "volume_metadata_stay": (seen(volume(metadata={"a/b": "1"})), [ITEM], {}),
    "volume_description_stays": (seen(volume(description="two\nlines")), [ITEM], {}),
    "volume_type_missing": (seen(), [{**ITEM, "volume_type": "none"}], {}),
    "volume_type_default": (with_place(volume_types=[]), [ITEM], {}),
    "misplaced": (seen(), [{**ITEM, "availability_zone": "nowhere"}], {}),
    "source_quota": (short(source_room={"snapshots": 0}), [ITEM], {}),
    "volume_quota": (with_place(volume_room={"volumes": 0}), [ITEM], {}),
    "image_quota": (with_place(image_room={"image_count_total": 0}), [ITEM], {}),
    "stale": (stale(), [ITEM], {}),
    "lost_writes": (stale("volume", there=[new_volume(attachments=[{"server_id": "n"}])]), [ITEM], {}),
    "stale_protected": (stale("image"), [ITEM], {}),
    "made_twice": (world("volume", there=[new_volume(), new_volume(id="n2")]), [ITEM], {}),
    "name_of_run_taken": (short(volume_snapshots={NAME: [snapshot(metadata={})]}), [ITEM], {}),
    "leftover_broken": (world("volume", there=[new_volume(status="error")]), [ITEM], {}),
    "copy_changed": (hidden_copy(is_hidden=True), [ITEM], {}),
    "copy_orphaned": (short(copies={NAME: [image("copy", "gone")]}), [ITEM], {}),
    "method_impossible": (seen(), [ITEM], {"method": "transfer"}),
    "disk_format_refused": (seen(disk_formats=("raw",)), [ITEM], {"disk_format": "qcow2"}),
    "volume_elsewhere": (world("volume", there=[new_volume(metadata={"osnap_source": "other"})]), [ITEM], {}),
}
WORLDS["stale_protected"][0].source_images[NAME][0]["is_protected"] = True


@pytest.mark.parametrize("code", WORLDS)
def test_a_code_is_said_of_its_world(code):
    at, items, options = WORLDS[code]
    found = [note for note in judged(at, *items, **options)["findings"] if note["code"] == code]
    assert found, "nothing says so"
    note = found[0]
    assert note["severity"] == CODES[code].severity and note["object"] and note["remedy"].endswith(".")
    assert note["sentence"].endswith(".") and "server 'data'" not in note["sentence"]
    assert note["stops"] == (note["severity"] != "changes")


def test_what_nothing_stands_in_the_way_of_has_no_findings():
    assert judged(seen())["findings"] == [] and judged(chosen(), OF_SNAPSHOT)["findings"] == []


@pytest.mark.parametrize(
    "step, state, verbs",
    [
        ("planned", "copied", [CREATE, UPLOAD, COPY]),
        ("planned", "complete", [CREATE, UPLOAD, COPY, CREATE, FINISH]),
        ("snapshot", "copied", [UPLOAD, COPY]),
        ("image", "complete", [COPY, CREATE, FINISH]),
        ("copied", "copied", []),
        ("copied", "complete", [CREATE, FINISH]),
        ("volume", "complete", [FINISH]),
        ("complete", "complete", []),
        ("finalized", "complete", []),
        ("finalized", "copied", []),
    ],
)
def test_what_is_left_to_be_done(step, state, verbs):
    plan = plan_of(world(step))
    assert plan["problems"] == [] and [one.verb for one in links.steps_of_volume(plan, state)] == verbs


def test_its_phases():
    phases = ["planned", "copying", "copying", "copied", "restoring", "complete", "finalized"]
    assert [plan_of(world(step))["phase"] for step in STEPS] == phases


def test_a_broken_volume_has_failed():
    assert plan_of(world("volume", there=[new_volume(status="error")]))["phase"] == "failed"


def test_a_volume_is_verified_by_both_clouds():
    assert plan_of(world("volume"))["verified"]
    assert "no finished copy" in plan_of(world("finalized"))["unverified"]
    other = world("volume")
    other.copies[NAME][0]["hash_value"] = "another"
    assert "differ in their sha512" in plan_of(other)["unverified"]
    smaller = plan_of(world("volume", there=[new_volume(size=1)]))
    assert "has 1 GiB and not 2" in smaller["unverified"]
    assert "is in status creating" in plan_of(world("volume", there=[new_volume(status="creating")]))["unverified"]


def test_a_chosen_snapshot_is_never_made_nor_stale():
    plan = plan_of(chosen(), OF_SNAPSHOT)
    (disk,) = plan["disks"]
    assert plan["is_chosen"] and plan["name"] == "eve" and disk["id"] == "chosen" and plan["phase"] == "planned"
    assert disk["volume_snapshot"] is None and disk["found"]["snapshot"]["id"] == "chosen"
    assert [one.verb for one in links.steps_of_volume(plan, "complete")] == [UPLOAD, COPY, CREATE, FINISH]
    assert disk["image_from_snapshot"]["properties"]["osnap_consistency"] == "unknown"


def test_a_stale_one_is_made_anew():
    plan = plan_of(stale())
    assert [one.verb for one in links.steps_of_volume(plan, "copied")] == [DELETE, CREATE, UPLOAD, COPY]
    assert {kind: [one["id"] for one in items] for kind, items in plan["stale"].items() if items} == {
        "volume_snapshots": ["snap"],
        "images": ["image"],
        "copies": ["copy"],
    }
    assert plan["disks"][0]["volume_snapshot"]["metadata"]["osnap_after"] == LATER
    assert LATER in plan["unverified"]


def test_an_older_look_than_that_of_the_snapshot_says_nothing():
    earlier = world("copied", source=volume(updated_at="2026-11-24T07:30:00.000000"))
    assert not any(plan_of(earlier)["stale"].values())


def test_what_was_written_since_may_be_accepted():
    at = stale("volume", there=[new_volume(attachments=[{"server_id": "n"}], status="in-use")])
    plan = plan_of(at, accept=("lost_writes",))
    assert plan["problems"] == [] and plan["verified"] and [one["code"] for one in plan["findings"]] == ["lost_writes"]


def test_one_that_is_in_use_again_goes_on_where_that_is_accepted():
    at = world("copied", source=volume(updated_at=LATER, status="in-use"))
    assert plan_of(at, accept=("lost_writes",))["problems"] == []
    assert "is in use by" in " ".join(plan_of(at)["problems"])


def test_what_arrives_is_what_was_asked_for():
    item = {**ITEM, "name": "new", "metadata": {"a": 1}, "bootable": True, "availability_zone": "z1"}
    row = volume(
        description="words", volume_image_metadata={"hw_disk_bus": "scsi", "image_id": "i", "osnap_run": "old"}
    )
    (disk,) = plan_of(seen(row), item)["disks"]
    assert disk["volume_restore"] == {
        "name": "new",
        "size": 2,
        "volume_type": "fast",
        "availability_zone": "z1",
        "bootable": True,
        "description": "words",
        "metadata": {"tier": "db", "a": "1", "osnap_run": "migration", "osnap_disk": "v1", "osnap_step": "volume"},
    }
    properties = disk["image_from_snapshot"]["properties"]
    assert (
        properties["hw_disk_bus"] == "scsi" and "image_id" not in properties and properties["osnap_run"] == "migration"
    )


def test_maps_say_what_type_and_what_zone_it_gets():
    (disk,) = plan_of(with_place(volume_types=["slow"]), volume_type_map={"fast": "slow"}, zone_map={"nova": "z1"})[
        "disks"
    ]
    assert (disk["volume_restore"]["volume_type"], disk["volume_restore"]["availability_zone"]) == ("slow", "z1")


def test_a_volume_without_a_name_is_called_by_its_id():
    assert plan_of(seen(volume(name=None)))["name"] == "v1"


@pytest.mark.parametrize("step", ["complete", "finalized"])
def test_what_has_arrived_needs_no_source(step):
    at = world(step, source=Missing("There is no volume named 'data'."))
    at.gone = ["v1"]
    plan = plan_of(at)
    assert plan["complete"] and plan["problems"] == [] and plan["name"] == "data"
    assert plan["next"].endswith("; its source is gone")


def test_what_has_not_arrived_needs_its_source():
    at = world("copied", source=Missing("There is no volume named 'data'."))
    at.gone = ["v1"]
    assert plan_of(at)["problems"] == ["There is no volume named 'data'."]


def test_what_is_returned_and_foretold_has_the_same_keys():
    plan = plan_of(world("copied"))
    now, then = migration(plan), predicted(plan, "complete")
    assert set(now) == set(then) and now["phase"] == "copied" and then["phase"] == "complete"
    assert now["copy_id"] == "copy" and then["copy_id"] is None
    assert predicted(plan, "copied")["new_volume_id"] is None


def test_input_is_judged_before_any_cloud_is_asked():
    params = {"run": "a b", "volumes": [{**ITEM, "volume": None}], "exclude": [], "destination": {}}
    with pytest.raises(
        OsnapError, match="run is 'a b'.+volumes.0.: one of volume, snapshot, regex and metadata is required"
    ):
        volume_preflight.connect(params)


def test_a_volume_of_a_qcow2_image_can_not_be_proven_by_reading_it_back():
    for options, codes in (({"disk_format": "qcow2"}, ["deep_impossible"]), ({}, [])):
        found = judged(seen(), verification="deep", **options)["findings"]
        assert [note["code"] for note in found if note["stops"]] == codes


NEIGHBOUR = Kin(glance=True, cinder=True, region="north", there="theirs")
REGION = Kin(region="north", imports=True, project=True, there="ours")


def way(at, item=None, **options):
    (disk,) = plan_of(at, item or ITEM, **options)["disks"]
    return disk["method"]


@pytest.mark.parametrize(
    "kin, item, options, method",
    [
        (Kin(), {}, {}, "stream"),
        (NEIGHBOUR, {}, {}, "transfer"),
        (REGION, {}, {}, "glance_download"),
        (NEIGHBOUR, {}, {"method": "stream"}, "stream"),
        (NEIGHBOUR, {"volume_type": "fast"}, {}, "transfer"),
        (NEIGHBOUR, {"volume_type": "slow"}, {}, "share"),
        (NEIGHBOUR, {}, {"volume_type_map": {"fast": "slow"}}, "share"),
        (NEIGHBOUR, {"availability_zone": "nova"}, {}, "transfer"),
        (NEIGHBOUR, {"availability_zone": "z1"}, {}, "share"),
        (NEIGHBOUR, {}, {"zone_map": {"nova": "z1"}}, "share"),
        (NEIGHBOUR, {}, {"verification": "deep"}, "share"),
    ],
)
def test_a_volume_goes_the_way_of_a_servers_disk_unless_it_is_to_change(kin, item, options, method):
    at = with_place(volume_types=["fast", "slow"], zones={"nova", "z1"})
    at.kin = kin
    plan = plan_of(at, {**ITEM, **item}, **options)
    (disk,) = plan["disks"]
    assert disk["method"] == method and disk["method_reason"] and plan["problems"] == []


def test_a_volume_without_a_type_goes_by_an_image_where_it_is_to_have_one():
    assert way(seen(volume(volume_type=None), kin=NEIGHBOUR), {**ITEM, "volume_type": "fast"}) == "share"


def test_why_it_can_not_change_its_zone_is_told():
    at = with_place()
    at.kin = NEIGHBOUR
    (told,) = plan_of(at, {**ITEM, "availability_zone": "z1"}, method="transfer")["problems"]
    assert told.startswith(
        "The volume 'data' (v1) can't go by method transfer: it goes to the availability zone 'z1', and"
    )


def test_a_volume_that_is_handed_over_is_copied_as_soon_as_there_is_its_snapshot():
    before, at = world("planned", kin=NEIGHBOUR), world("snapshot", kin=NEIGHBOUR)
    assert [one.verb for one in links.steps_of_volume(plan_of(before), "complete")] == [CREATE, CREATE, FINISH]
    assert plan_of(at)["phase"] == "copied" and links.steps_of_volume(plan_of(at), "copied") == ()
    assert plan_of(chosen(kin=NEIGHBOUR), OF_SNAPSHOT)["phase"] == "planned"


def test_one_that_was_handed_over_is_proven_by_its_snapshot():
    at = world("snapshot", there=[handed_over()], kin=NEIGHBOUR)
    assert plan_of(at)["verified"] and plan_of(at)["phase"] == "restoring" and plan_of(at)["problems"] == []
    other = world("snapshot", there=[handed_over(snapshot_id="other")], kin=NEIGHBOUR)
    assert "is not of the snapshot snap" in plan_of(other)["unverified"]
    smaller = world("snapshot", there=[handed_over(size=1)], kin=NEIGHBOUR)
    assert "has 1 GiB and not 2" in plan_of(smaller)["unverified"]
    assert "gone, there is nothing" in plan_of(world("planned", there=[handed_over()], kin=NEIGHBOUR))["unverified"]


@pytest.mark.parametrize(
    "at, method",
    [
        (world("copied", kin=NEIGHBOUR), "stream"),
        (world("snapshot", there=[handed_over()], kin=NEIGHBOUR), "transfer"),
        (world("image", there=[new_volume(metadata={"osnap_source": "image"})], kin=NEIGHBOUR), "share"),
    ],
)
def test_what_is_there_says_by_which_way_it_came(at, method):
    for asked_for in ("auto", "stream", "share"):
        plan = plan_of(at, method=asked_for)
        assert plan["disks"][0]["method"] == method and plan["problems"] == []


def test_one_that_was_shared_is_proven_by_the_image_itself():
    at = world("image", there=[new_volume(metadata={"osnap_source": "image"}, image_id="image")], kin=NEIGHBOUR)
    plan = plan_of(at)
    assert plan["verified"] and migration(plan)["copy_id"] == migration(plan)["image_id"] == "image"


def test_what_was_made_to_be_handed_over_goes_with_a_stale_snapshot():
    at = world("snapshot", source=volume(updated_at=LATER), kin=NEIGHBOUR, moving=[handed_over(id="moving")])
    stale = plan_of(at)["stale"]
    assert [row["id"] for row in stale["moving"] + stale["volume_snapshots"]] == ["moving", "snap"]


@pytest.mark.parametrize(
    ("own", "of_all", "taken"), [("transfer", "auto", "transfer"), ("stream", "transfer", "stream")]
)
def test_a_volume_has_a_way_of_its_own(own, of_all, taken):
    judgement = judged(seen(), {**ITEM, "method": own}, method=of_all)
    assert judgement["plans"][0]["disks"][0]["method"] == taken
    assert [one["code"] for one in judgement["findings"]] == ["method_impossible"] * (own == "transfer")
