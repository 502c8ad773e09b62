# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a server with volumes is stale: all of its disks together, or none."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import happened
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import (
    MARKS,
    copy_of,
    look,
    plan_of,
    server,
    volume,
    world,
)

SINCE = {"s1": ["the server was started at 10:00, and the snapshot is of 9:00"]}
COPIED = {
    "servers": [],
    "moving": [],
    "volumes": [],
    "copies": ["copy-v1", "copy-v2"],
    "images": ["image-v1", "image-v2"],
    "volume_snapshots": ["snap-v1", "snap-v2"],
    "snapshots": [],
}


def ids(plan):
    return {kind: [item["id"] for item in items] for kind, items in plan["stale"].items()}


def test_what_changed_makes_all_disks_stale_on_both_sides():
    at = world("copied")
    at.since = SINCE
    result = look(at)
    (plan,) = result["plans"]
    assert not result["problems"] and ids(plan) == COPIED
    assert "The snapshots of its volumes and their copies are removed" in result["notices"][0]
    assert [disk["found"]["copied"] for disk in plan["disks"]] == [None, None]
    assert plan["disks"][0]["volume_snapshot"]["metadata"]["osnap_after"] == "req-1"
    assert plan["steps"][0] == "remove what is stale of its volumes, in cloud 'source' and in cloud 'target'"


def test_the_server_of_a_stale_rehearsal_goes_and_the_plan_says_so():
    at = world("moved", rehearsal=True)
    volumes = "remove what is stale of its volumes, in cloud 'source' and in cloud 'target'"
    assert plan_of(at)["steps"][:2] == ["remove the server of its rehearsal in cloud 'target'", volumes]
    at.volume_snapshots, at.made_volumes = {}, []
    assert volumes not in plan_of(at)["steps"]


def test_nothing_is_stale_that_nothing_has_happened_to():
    for step in ("snapshot", "image", "copied", "volumes", "moved"):
        assert not any(ids(plan_of(world(step))).values())


def test_a_snapshot_that_is_gone_on_with_keeps_what_it_says_of_its_moment():
    at = world("snapshot")
    at.last = {"s1": "req-9"}
    metadata = plan_of(at)["disks"][0]["volume_snapshot"]["metadata"]
    assert metadata["osnap_after"] == "req-1" and metadata["osnap_consistency"] == "off"


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda at: at.volumes["v2"].update(size=3), "the volume v2 has 3 GiB, and its snapshot 2"),
        (lambda at: at.servers[0].update(status="ACTIVE"), "the server is running, and was off for its snapshot"),
        (lambda at: at.servers[0].update(attached_volumes=["v1"]), "it had the volumes v2 then"),
    ],
)
def test_changes_that_novas_list_does_not_show(change, words):
    at = world("copied")
    change(at)
    result = look(at)
    assert words in result["notices"][0] and ids(result["plans"][0]) == COPIED


def test_volumes_that_were_made_go_and_are_a_problem_only_if_somebody_has_them():
    at = world("volumes")
    at.since = SINCE
    for row in at.made_volumes:
        row["name"] = f"name of {row['metadata']['osnap_disk']}"
    plan = plan_of(at)
    assert ids(plan) == {**COPIED, "volumes": ["new-v1", "new-v2"]}
    assert [disk["volume_restore"]["name"] for disk in plan["disks"]] == ["name of v1", "name of v2"], (
        "they are free then"
    )
    at.made = [server("other", name="other")]
    at.made_volumes[1]["attachments"] = [{"server_id": "other"}]
    result = look(at)
    assert "there is the server 'other' (other)" in result["problems"][0] and not any(ids(result["plans"][0]).values())
    assert result["findings"][0]["code"] == "lost_writes" and result["findings"][0]["severity"] == "loses"


def test_a_server_that_was_moved_is_a_problem_unless_the_loss_is_accepted():
    at = world("moved")
    at.since = SINCE
    assert "remove it to move the server anew, or set accept to lost_writes" in look(at)["problems"][0]
    result = look(at, accept=["lost_writes"])
    assert not result["problems"] and result["plans"][0]["verified"]


def test_a_rehearsal_is_stale_for_the_cutover_and_goes_with_its_server():
    at = world("moved", rehearsal=True)
    result = look(at)
    (plan,) = result["plans"]
    assert not result["problems"] and ids(plan) == {**COPIED, "servers": ["n1"], "volumes": ["new-v1", "new-v2"]}
    assert "it was on for its snapshot, and this time it shall be stopped first" in result["notices"][0]
    assert not look(at, accept=["lost_writes"])["plans"][0]["verified"], "that is no loss that can be accepted"


def test_a_second_rehearsal_copies_nothing_again():
    at = world("moved", rehearsal=True)
    result = look(at, state="rehearsed")
    (plan,) = result["plans"]
    assert not result["problems"] and not any(ids(plan).values()) and plan["verified"]
    assert plan["found"]["rehearsal"]["id"] == "n1" and plan["found"]["server"] is None
    assert plan["server_restore"]["id"] == "n1"
    at = world("copied", rehearsal=True)
    (plan,) = look(at, state="rehearsed")["plans"]
    assert plan["disks"][0]["found"]["copied"]["id"] == "copy-v1" and not any(ids(plan).values())


def test_a_rehearsal_of_a_server_that_was_rebuilt_since_is_made_anew():
    at = world("moved", rehearsal=True)
    at.since = {"s1": ["the server was rebuilt"]}
    (plan,) = look(at, state="rehearsed")["plans"]
    assert ids(plan)["servers"] == ["n1"] and plan["server_restore"]["id"] is None and not plan["verified"]


def test_what_is_booted_for_a_rehearsal():
    at = world("copied", rehearsal=True)
    (plan,) = look(at, state="rehearsed")["plans"]
    boot = plan["server_restore"]
    assert (boot["name"], boot["networks"], boot["metadata"]["osnap_step"]) == ("web01-rehearsal", [], "rehearsal")
    restore = plan["disks"][1]["volume_restore"]
    assert (restore["name"], restore["metadata"]["osnap_step"]) == ("name of v2-rehearsal", "rehearsal_volume")
    (plan,) = look(at, state="rehearsed", rehearsal_network="private")["plans"]
    assert [network["network"] for network in plan["server_restore"]["networks"]] == ["private"]
    assert plan["steps"][-1].startswith("boot the server 'web01-rehearsal'")


def test_what_was_cut_over_is_not_rehearsed():
    assert [note["code"] for note in look(world("moved"), state="rehearsed")["findings"] if note["stops"]] == [
        "rehearsed_too_late"
    ]


def test_disks_of_a_running_server_that_were_not_snapshotted_together_are():
    """Test a rehearsal that was killed between two snapshots. Verify that both disks are of one moment again."""
    at = world("copied", rehearsal=True)
    del at.volume_snapshots["osnap-migration-v2"]
    del at.source_images["osnap-migration-v2"]
    del at.copies["osnap-migration-v2"]
    result = look(at, state="rehearsed")
    assert "and v2 has none yet" in result["notices"][0]
    assert ids(result["plans"][0])["volume_snapshots"] == ["snap-v1"]
    off = world("copied")
    del off.volume_snapshots["osnap-migration-v2"]
    assert not any(ids(plan_of(off)).values()), "one that is off writes nothing in between"


@pytest.mark.parametrize("kind", ["images", "copies"])
def test_what_is_stale_and_protected(kind):
    at = world("copied")
    at.since = SINCE
    rows = at.source_images if kind == "images" else at.copies
    rows["osnap-migration-v1"][0]["is_protected"] = True
    assert [note["code"] for note in look(at)["findings"] if note["stops"]] == ["stale_protected"]


# -- what can't be gone on from


@pytest.mark.parametrize(
    "step, change, code",
    [
        ("snapshot", lambda at: at.volume_snapshots["osnap-migration-v1"][0].update(status="error"), "leftover_broken"),
        ("image", lambda at: at.source_images["osnap-migration-v1"][0].update(status="killed"), "leftover_broken"),
        ("image", lambda at: at.volume_snapshots.clear(), "copy_orphaned"),
        ("copied", lambda at: at.source_images.clear(), "copy_orphaned"),
        ("volumes", lambda at: at.made_volumes[1].update(status="error"), "leftover_broken"),
        ("volumes", lambda at: copy_of(at, "v2").update(id="other"), "volume_elsewhere"),
        ("copied", lambda at: copy_of(at, "v2").update(is_hidden=True), "copy_changed"),
        ("moved", lambda at: at.made[0].update(status="ERROR"), "new_server_failed"),
        ("moved", lambda at: at.made[0].update(attached_volumes=[]), "new_server_elsewhere"),
        ("snapshot", lambda at: at.volume_snapshots["osnap-migration-v1"][0].update(metadata={}), "name_of_run_taken"),
    ],
)
def test_leftovers_of_volumes_that_cannot_be_gone_on_from(step, change, code):
    at = world(step)
    change(at)
    assert code in {note["code"] for note in look(at)["findings"] if note["stops"]}


def test_two_of_a_kind():
    at = world("volumes")
    at.made_volumes.append(volume("new-v1-b", None, metadata=dict(at.made_volumes[0]["metadata"])))
    assert [note["code"] for note in look(at)["findings"] if note["stops"]] == ["made_twice"]


# -- what Nova's list says


def action(name, request, at="2026-11-24T09:00:00"):
    return {"action": name, "request_id": request, "start_time": at, "finish_time": at}


def told(actions, after):
    metadata = {**MARKS, **({"osnap_after": after} if after else {})}
    return happened.since([], [{"created_at": "2026-11-24T09:00:00", "metadata": metadata}], actions)


def test_what_nova_lists_above_the_mark_is_later_whatever_the_clocks_say():
    """Nova is hours behind Cinder. Verify that one start is seen, and that the one of before is none."""
    early = "2026-11-24T04:00:00"
    actions = [
        action("stop", "r4", early),
        action("start", "r3", early),
        action("stop", "r2", early),
        action("start", "r1", early),
    ]
    assert happened.last_of(actions) == "r3" and happened.last_of(actions[2:]) == "r1"
    assert len(told(actions, "r1")) == 1 and "was started" in told(actions, "r1")[0]
    assert told(actions, "r3") == []
    assert told(actions, None) == [], "without a mark only the clocks tell"


def test_a_server_that_nothing_was_done_to_and_one_of_a_cloud_that_tells_no_requests():
    assert happened.last_of([action("create", "r0")]) == "none"
    assert told([action("create", "r0")], "none") == []
    assert len(told([action("rebuild", "r5"), action("create", "r0")], "none")) == 1
    assert happened.last_of([action("start", None)]) is None
