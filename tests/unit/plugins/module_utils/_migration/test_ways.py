# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way a disk takes, why, and what tells that it has taken one."""

from __future__ import annotations

import re

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import ways
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Kin, Options, image_name
from ansible_collections.osnap.openstack.plugins.module_utils._migration.plan import judge
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import (
    ITEM,
    MARKS,
    image,
    plan_of,
    seen,
    server,
    volume,
    world,
)

NEIGHBOUR = Kin(glance=True, cinder=True, region="north", there="theirs")
REGION = Kin(region="north", imports=True, project=True, there="ours")


def with_disk(kin, **given):
    at = seen(server(volumes=["v2"], image_id="base"), volume("v2", "/dev/vdb", **given))
    at.kin = kin
    return at


def methods(at, **options):
    return [(disk["method"], disk["method_reason"]) for disk in plan_of(at, **options)["disks"]]


@pytest.mark.parametrize(
    "kin, root, data",
    [
        (Kin(), "stream", "stream"),
        (NEIGHBOUR, "share", "transfer"),
        (Kin(glance=True, region="north"), "share", "share"),
        (REGION, "glance_download", "glance_download"),
        (Kin(region="north"), "stream", "stream"),
        (Kin(glance=True, cinder=True, region="north", project=True), "share", "share"),
    ],
)
def test_the_fewer_bytes_are_moved_the_better(kin, root, data):
    found = methods(with_disk(kin))
    assert [method for method, _why in found] == [root, data] and all(why for _method, why in found)


def test_what_glance_does_not_offer_is_told_with_the_stream():
    assert "does not offer glance-download" in methods(with_disk(Kin(region="north")))[0][1]
    assert "glance-download" not in methods(with_disk(Kin()))[0][1]


@pytest.mark.parametrize(
    "given, options",
    [
        ({"volume_type": "fast"}, {"volume_type_map": {"fast": "slow"}}),
        ({"volume_type": "private"}, {}),
    ],
)
def test_a_volume_that_is_handed_over_keeps_its_type(given, options):
    at = with_disk(NEIGHBOUR, **given)
    at.place.volume_types = ["fast", "slow"]
    assert methods(at, **options)[1][0] == "share"
    assert "keeps its own" in ways.impossible("transfer", plan_of(at)["disks"][1], at, Options(**options))
    at.place.volume_types.append("private")
    assert methods(at)[1][0] == "transfer"


@pytest.mark.parametrize(
    "method, kin, told",
    [
        ("share", Kin(), "the two logins have not the same Glance"),
        ("transfer", NEIGHBOUR, "it is Nova's own and no volume"),
        ("glance_download", Kin(), "the destination's catalog does not name the source's Glance"),
        ("glance_download", NEIGHBOUR, "does not offer the import method glance-download"),
    ],
)
def test_a_way_that_cannot_be_is_refused_beforehand(method, kin, told):
    judged = judge([ITEM], with_disk(kin), Options(method=method))
    notes = [note for note in judged["findings"] if note["code"] == "method_impossible"]
    assert told in notes[0]["sentence"] and notes[0]["stops"]
    assert notes[0]["sentence"].startswith(f"The root disk of server 'web01' (s1) can't go by method {method}: ")


def test_a_way_that_can_be_is_taken_as_asked():
    at = with_disk(NEIGHBOUR)
    assert methods(at, method="stream") == [("stream", ways.ASKED_FOR)] * 2
    assert not judge([ITEM], at, Options(method="stream"))["problems"]
    assert methods(at, target_boot="volume")[0][0] == "share"  # there is no volume of it that could be handed over


def test_a_server_and_a_disk_have_ways_of_their_own():
    at = with_disk(NEIGHBOUR)

    def told(**item):
        (plan,) = judge([{**ITEM, **item}], at, Options(method="share"))["plans"]
        return [disk["method"] for disk in plan["disks"]], plan["disks"][1]["method_reason"], plan["findings"]

    assert told()[:2] == (["share", "share"], ways.ASKED_FOR)
    assert told(method="stream") == (["stream", "stream"], ways.ASKED_FOR, [])
    assert told(method="auto")[0] == ["share", "transfer"]
    for name in ("v2", "name of v2"):
        found = told(method="stream", disk_methods={name: "transfer"})
        assert found == (["stream", "transfer"], ways.ASKED_FOR_DISK, [])
    assert told(disk_methods={"root": "stream"})[:2] == (["stream", "share"], ways.ASKED_FOR)
    assert told(method="stream", disk_methods={"v2": "auto"})[0] == ["stream", "transfer"]
    assert told(disk_methods={"v2": "auto"})[1] == ways.WHY["transfer"]


def test_each_of_several_goes_its_own_way():
    at = with_disk(NEIGHBOUR)
    at.servers.append(server("s2", name="web02", image_id="base"))
    plans = judge([{**ITEM, "method": "stream"}, {**ITEM, "server": "web02"}], at, Options())["plans"]
    assert [[disk["method"] for disk in plan["disks"]] for plan in plans] == [["stream", "stream"], ["share"]]


@pytest.mark.parametrize(
    ("methods", "code", "words"),
    [
        (
            {"root": "transfer"},
            "method_impossible",
            "The root disk of .+ can't go by method transfer: it is Nova's own",
        ),
        ({"s1": "stream"}, "disk_unknown", "The server 'web01' .s1. has no disk 's1', of which disk_methods says"),
        ({"gone": "auto"}, "disk_unknown", "has no disk 'gone', .+ its volumes, or root; or leave it out"),
    ],
)
def test_a_way_of_a_disk_that_cannot_be_is_refused_beforehand(methods, code, words):
    found = judge([{**ITEM, "disk_methods": methods}], with_disk(NEIGHBOUR), Options())["findings"]
    assert [one["code"] for one in found if one["stops"]] == [code]
    assert re.search(words, next(one["sentence"] for one in found if one["stops"]))


def test_the_format_is_raw_unless_glance_refuses_it():
    at = with_disk(REGION)

    def told(**options):
        disk = plan_of(at, **options)["disks"][1]
        return disk["disk_format"], disk["disk_format_reason"]

    assert told()[0] == "raw" and "no API tells" in told()[1]
    at.disk_formats = ("qcow2", "vmdk")
    assert told() == ("qcow2", "the destination's Glance takes no raw images")
    assert told(disk_format="raw") == ("raw", "it is asked for with disk_format")
    assert [note["code"] for note in judge([ITEM], at, Options(disk_format="raw"))["findings"]] == [
        "disk_format_refused"
    ]
    assert plan_of(with_disk(NEIGHBOUR))["disks"][1]["disk_format"] is None


# -- what has been made of it


def shared(step="snapshot", **members):
    """A server with Nova's own disk, whose image is shared up to a step."""
    at = seen(server(image_id="base", status="SHUTOFF", metadata={"osnap_power_before": "ACTIVE"}))
    at.kin = NEIGHBOUR
    name = image_name("migration", "s1")
    at.snapshots[name] = [{**image("snap", name), "server_id": "s1", "consistency": "off", "visibility": "shared"}]
    at.members = {"snap": members}
    if step == "moved":
        at.made = [server("n1", image_id="snap", metadata={**MARKS, "osnap_step": "boot"})]
    return at


def test_an_image_is_a_copy_once_the_destination_has_accepted_it():
    for members, there in (({}, None), ({"theirs": "pending"}, None), ({"theirs": "accepted"}, "snap")):
        plan = plan_of(shared(**members))
        assert (plan["disks"][0]["found"]["copied"] or {}).get("id") == there
        assert plan["phase"] == ("copied" if there else "copying")
    assert not plan_of(shared(theirs="accepted"), method="stream")["disks"][0]["found"]["copied"]


def test_what_lives_on_a_shared_image_proves_itself_and_keeps_its_way():
    plan = plan_of(shared("moved"))  # whose membership somebody has taken back since
    assert plan["verified"] and plan["phase"] == "cut_over"
    plan = plan_of(shared("moved"), method="stream")
    assert (plan["disks"][0]["method"], plan["disks"][0]["method_reason"]) == ("share", ways.THERE_ALREADY)


def handed_over(step="moved"):
    """A server whose volumes were handed over, up to a step."""
    at = world(step)
    at.kin = NEIGHBOUR
    at.source_images.clear()
    at.copies.clear()
    for row in at.made_volumes:
        row["snapshot_id"] = f"snap-{row['metadata']['osnap_disk']}"
        row["metadata"]["osnap_source"] = row["snapshot_id"]
    return at


def test_a_volume_that_was_handed_over_proves_itself_by_its_snapshot():
    at = handed_over()
    plan = plan_of(at)
    assert plan["verified"] and [disk["method"] for disk in plan["disks"]] == ["transfer", "transfer"]
    assert plan_of(at, method="stream")["verified"]  # it has arrived, however it would go now
    at.made_volumes[1]["snapshot_id"] = "another"
    assert "is not of the snapshot snap-v2" in plan_of(at)["unverified"]


def test_a_snapshot_is_all_the_copy_that_a_volume_needs_that_is_handed_over():
    assert plan_of(handed_over("snapshot"))["phase"] == "copied"
    at = handed_over("snapshot")
    at.volume_snapshots[image_name("migration", "v2")][0]["status"] = "creating"
    assert plan_of(at)["phase"] == "copying"


def test_a_volume_that_was_handed_over_and_not_made_of_this_snapshot_is_a_problem():
    at = handed_over("volumes")
    at.made_volumes[0]["metadata"]["osnap_source"] = "another"
    assert [note["code"] for note in judge([ITEM], at, Options())["findings"]] == ["volume_elsewhere"]


def test_what_was_to_be_handed_over_goes_with_a_stale_snapshot():
    at = handed_over("snapshot")
    at.since = {"s1": ["the server was started"]}
    at.moving = [
        volume("m1", None, status="available", metadata={**MARKS, "osnap_source": "snap-v1", "osnap_step": "volume"}),
        volume("m2", None, metadata={**MARKS, "osnap_server": "s2"}),
    ]
    plan = plan_of(at)
    assert plan["stale"]["moving"] == [{"id": "m1"}] and [row["id"] for row in plan["stale"]["volume_snapshots"]]


def test_a_copy_of_ones_own_is_gone_on_with_though_it_would_be_shared_now():
    at = world("copied")
    at.kin = Kin(glance=True, region="north", there="theirs")
    assert methods(at) == [("stream", ways.THERE_ALREADY)] * 2


def test_steps_say_what_is_not_copied():
    steps = " ".join(plan_of(with_disk(NEIGHBOUR))["steps"])
    assert "share that image with the project of cloud 'target'" in steps and "copy " not in steps
    assert "make the volume 'name of v2' of that snapshot, and hand it over to cloud 'target'" in steps


def test_quotas_are_asked_for_what_each_way_makes():
    at = with_disk(NEIGHBOUR)
    at.source_image_room, at.place.image_room = {"image_count_total": 1}, {"image_count_total": 0}
    assert not judge([ITEM], at, Options())["problems"]  # one image, at the source
    at.place.volume_room = {"volumes": 0}
    assert [note["code"] for note in judge([ITEM], at, Options())["findings"] if note["stops"]] == ["volume_quota"]
