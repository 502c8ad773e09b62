# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.modules.snapshot_prune import SnapshotPrune
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.groups import GroupsCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run


@pytest.fixture(autouse=True)
def impatient(monkeypatch, impatient):
    monkeypatch.setattr(waiter.time, "sleep", lambda seconds: None)


def ago(days):
    return (datetime.now(timezone.utc) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%f")


def prune(cloud, *, check=False, kind="volume_snapshot", **arguments):
    operation = SnapshotPrune()
    operation.connect = lambda params: cloud
    return run(operation, {"kind": kind, **arguments}, check=check, diff=True)


def both(cloud, **arguments):
    """A check run and the real one, which must say the same."""
    check, real = prune(cloud, check=True, **arguments), prune(cloud, **arguments)
    assert (
        check["changed"] == real["changed"]
        and check["diff"] == real["diff"]
        and check["snapshots"] == real["snapshots"]
    ), (check.result, real.result)
    return real


def told(ran):
    return {row["name"]: row["reasons"] for row in ran["snapshots"]}


def gone(ran):
    return {row["name"] for row in ran["snapshots"] if row["deleted"]}


def series(cloud, number, volume="v1", **values):
    """One a day, day-0 of today."""
    return [
        cloud.snapshot(
            **{
                "name": f"day-{day}",
                "volume_id": volume,
                "created_at": ago(day),
                "metadata": {"series": "nightly"},
                **values,
            }
        )
        for day in range(number)
    ]


# -- arguments


@pytest.mark.parametrize(
    "arguments, start",
    [
        ({"keep_last": 1}, "one of sources, series, name_prefix is required; say what is to be pruned."),
        ({"keep_last": 1, "sources": []}, "sources is empty; say what is to be pruned, or leave it out."),
        ({"keep_last": 1, "sources": ["a", " "]}, "sources is empty;"),
        ({"keep_last": 1, "series": ""}, "series is empty;"),
        ({"keep_last": 1, "series": "x", "name_prefix": " "}, "name_prefix is empty;"),
        ({"series": "x"}, "The policy keeps nothing;"),
        ({"series": "x", "keep_daily": -5}, "keep_daily is -5;"),
        ({"series": "x", "keep_within": "long"}, "keep_within is 'long';"),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, start):
    ran = prune(cloud, **arguments)
    assert ran.failed and ran["msg"].startswith(start)
    assert not cloud.cinder.reads and not cloud.written


# -- selection


def test_what_meets_all_selectors_is_selected(cloud):
    data = cloud.volume(name="data")["id"]
    cloud.snapshot(name="nightly-1", volume_id=data, metadata={"series": "night shift"})
    cloud.snapshot(name="nightly-2", volume_id="other", metadata={"series": "night shift"})
    cloud.snapshot(name="weekly-1", volume_id=data, metadata=None)
    selected = {
        "nightly-1": [{"sources": ["data"], "series": "night shift"}, {"sources": [data], "name_prefix": "nightly-"}],
        "nightly-1 nightly-2": [{"series": " night shift "}, {"name_prefix": "nightly"}],
        "nightly-1 weekly-1": [{"sources": ["data", data]}],
        "": [{"series": "night"}, {"name_prefix": "weekly-1 "}],
    }
    for names, cases in selected.items():
        for case in cases:
            assert sorted(told(prune(cloud, check=True, keep_last=-1, **case))) == names.split(" ") * bool(names), case


def test_a_source_that_is_not_there_is_an_error(cloud):
    ran = prune(cloud, sources=["gone", "lost"], keep_last=1)
    assert (
        ran.failed
        and ran["msg"].startswith("There is no volume named 'gone' in cloud test")
        and "named 'lost'" in ran["msg"]
    )
    assert prune(cloud, sources=["3fa1c9f2-9b7c-4d0c-8a40-57cc1b1a2f11"], keep_last=1)["snapshots"] == []


# -- pruning


def test_check_real_check_real(cloud):
    series(cloud, 5)
    series(cloud, 2, volume="v2")
    ran = both(cloud, series="nightly", keep_daily=2)
    assert ran["changed"] and [
        (row["source"], row["name"], row["verdict"], row["deleted"]) for row in ran["snapshots"]
    ] == [
        ("v1", "day-0", "keep", False),
        ("v1", "day-1", "keep", False),
        ("v1", "day-2", "delete", True),
        ("v1", "day-3", "delete", True),
        ("v1", "day-4", "delete", True),
        ("v2", "day-0", "keep", False),
        ("v2", "day-1", "keep", False),
    ]
    assert len(ran["diff"]["before"]["snapshots"]) == 7 and len(ran["diff"]["after"]["snapshots"]) == 4
    assert len(cloud.written) == 3 and len(cloud.cinder.tables["/snapshots"]) == 4
    again = both(cloud, series="nightly", keep_daily=2)
    assert not again["changed"] and again["diff"]["before"] == again["diff"]["after"] and len(cloud.written) == 3


def test_where_nothing_goes_one_list_is_enough(cloud):
    series(cloud, 2)
    prune(cloud, sources=[cloud.volume(name="data", id="0b1f6f8e-3a58-4c6e-a7cb-1d5b6f0f3c01")["id"]], keep_last=2)
    assert (
        cloud.cinder.reads == [("/snapshots/detail", {"volume_id": "0b1f6f8e-3a58-4c6e-a7cb-1d5b6f0f3c01"})]
        and not cloud.glance.reads
    )


def test_what_is_used_stays_and_says_by_what(cloud):
    rows = series(cloud, 5)
    volume = cloud.volume(name="restored", snapshot_id=rows[1]["id"])["id"]
    image = cloud.image(name="of a server", block_device_mapping=json.dumps([{"snapshot_id": rows[2]["id"]}]))["id"]
    hidden = cloud.image(
        name="hidden", os_hidden=True, block_device_mapping=json.dumps([{"snapshot_id": rows[2]["id"]}])
    )["id"]
    rows[3]["group_snapshot_id"] = "g1"
    ran = both(cloud, series="nightly", keep_last=1)
    assert gone(ran) == {"day-4"} and told(ran) == {
        "day-0": ["keep_last"],
        "day-1": [f"the volume {volume} was made from it"],
        "day-2": [f"the image {image} has its data in it", f"the image {hidden} has its data in it"],
        "day-3": ["a member of the group snapshot g1"],
        "day-4": ["no rule keeps it"],
    }


def test_a_cloud_without_images_has_none_that_use_a_snapshot(cloud):
    series(cloud, 2)
    cloud.glance.endpoint = None
    assert gone(both(cloud, series="nightly", keep_last=1)) == {"day-1"} and not cloud.glance.reads


def test_holds_and_statuses(cloud):
    rows = series(cloud, 7)
    rows[1]["status"], rows[2]["status"], rows[3]["status"] = "error", "error_deleting", "creating"
    rows[4]["metadata"]["osnap_hold"], rows[5]["metadata"]["osnap_hold"] = "2999-01-01", "2020-01-01"
    ran = both(cloud, series="nightly", keep_last=1, delete_failed="12h")
    assert gone(ran) == {"day-1", "day-5", "day-6"}
    assert told(ran) == {
        "day-0": ["keep_last"],
        "day-1": ["status error, older than 12h"],
        "day-2": ["status error_deleting"],
        "day-3": ["status creating"],
        "day-4": ["on hold until 2999-01-01"],
        "day-5": ["no rule keeps it"],
        "day-6": ["no rule keeps it"],
    }


def test_the_fuse(cloud):
    series(cloud, 5)
    ran = prune(cloud, series="nightly", keep_last=1, max_delete=3)
    assert (
        ran.failed
        and ran["msg"].startswith("4 of 5 snapshots would be deleted, and max_delete is 3;")
        and not cloud.written
    )


def test_what_is_being_deleted_is_waited_for_and_no_change(cloud):
    rows = series(cloud, 2)
    rows[1]["status"] = "deleting"
    cloud.cinder.on["GET", f"/snapshots/{rows[1]['id']}"] = lambda match, params: Answer(
        {"snapshot": {**rows[1], "status": "deleting"}}
    )
    ran = prune(cloud, series="nightly", keep_last=1, timeout=0)
    assert ran.failed and "is not gone after 0 s, its last status is deleting" in ran["msg"]
    cloud.cinder.on.clear()
    del cloud.cinder.tables["/snapshots"][rows[1]["id"]]
    assert not prune(cloud, series="nightly", keep_last=1)["changed"]


def test_without_waiting_nobody_knows_whether_it_is_gone(cloud):
    series(cloud, 2)
    cloud.cinder.on["DELETE", "/snapshots/.*"] = lambda match, body: Answer(status_code=202)
    assert [row["deleted"] for row in both(cloud, series="nightly", keep_last=1, wait=False)["snapshots"]] == [
        False,
        None,
    ]


# -- when it goes wrong


def test_one_that_fails_does_not_stop_the_others(cloud):
    rows = series(cloud, 4)

    def refuse(match, body):
        raise OsnapError("Could not delete it: 403.", status=403, resource=rows[2]["id"])

    cloud.cinder.on["DELETE", f"/snapshots/{rows[2]['id']}"] = refuse
    ran = prune(cloud, series="nightly", keep_last=1)
    assert (
        ran.failed
        and ran["msg"] == "1 of 3 volume snapshots could not be deleted. Could not delete it: 403."
        and ran["status"] == 403
    )
    assert [(row["deleted"], row["msg"]) for row in ran["snapshots"]] == [
        (False, None),
        (True, None),
        (False, "Could not delete it: 403."),
        (True, None),
    ]


def test_nothing_is_changed_where_all_is_refused(cloud):
    def refuse(match, body):
        raise OsnapError("Could not delete it: 403.", status=403)

    series(cloud, 3)
    cloud.cinder.on["DELETE", "/snapshots/.*"] = refuse
    ran = prune(cloud, series="nightly", keep_last=1)
    assert ran.failed and not ran["changed"]


def test_one_that_the_service_takes_back_is_told(cloud):
    rows = series(cloud, 2)
    cloud.cinder.on["DELETE", "/snapshots/.*"] = lambda match, body: Answer(status_code=202)
    ran = prune(cloud, series="nightly", keep_last=1)
    assert (
        ran.failed and f"The volume snapshot 'day-1' ({rows[1]['id']}) can't be deleted" in ran["msg"] and not gone(ran)
    )


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("error", [Ambiguous("no answer"), OsnapError("later", status=503)])
def test_a_deletion_without_an_answer_is_looked_up_before_a_second_one(cloud, carried_out, error):
    row, tries = series(cloud, 2)[1], []

    def break_off(match, body):
        tries.append(1)
        if len(tries) > 1 or carried_out:
            del cloud.cinder.tables["/snapshots"][row["id"]]
        if len(tries) == 1:
            raise error
        return Answer(status_code=202)

    cloud.cinder.on["DELETE", f"/snapshots/{row['id']}"] = break_off
    assert gone(prune(cloud, series="nightly", keep_last=1)) == {"day-1"}
    assert len(tries) == (1 if carried_out else 2)


def test_one_that_is_on_its_way_is_not_asked_for_again(cloud):
    row, tries = series(cloud, 2)[1], []

    def break_off(match, body):
        tries.append(1)
        cloud.cinder.on["GET", f"/snapshots/{row['id']}"] = leave
        raise Ambiguous("no answer")

    def leave(match, params):
        del cloud.cinder.on["GET", f"/snapshots/{row['id']}"]
        del cloud.cinder.tables["/snapshots"][row["id"]]
        return Answer({"snapshot": {**row, "status": "deleting"}})

    cloud.cinder.on["DELETE", f"/snapshots/{row['id']}"] = break_off
    assert gone(prune(cloud, series="nightly", keep_last=1)) == {"day-1"} and len(tries) == 1


# -- images of servers


def images(cloud, number, **values):
    """Images of a server that is there and was booted from an image without marks."""
    cloud.server(id="s1", image=cloud.image(name="base")["id"])
    return [
        cloud.image(
            **{
                "name": f"day-{day}",
                "image_type": "snapshot",
                "instance_uuid": "s1",
                "series": "nightly",
                "created_at": ago(day)[:19] + "Z",
                **values,
            }
        )
        for day in range(number)
    ]


def test_images_of_servers(cloud):
    rows = images(cloud, 6)
    cloud.image(name="plain", created_at=ago(50)[:19] + "Z", series="nightly")
    rows[1]["protected"], rows[2]["osnap_hold"], rows[5]["status"] = True, "true", "deactivated"
    server = cloud.server(name="other", image=rows[3]["id"])["id"]
    volume = cloud.volume(name="made of it", volume_image_metadata={"image_id": rows[1]["id"]})["id"]
    ran = both(cloud, kind="server_image", series="nightly", keep_last=1, delete_failed="1h")
    assert gone(ran) == {"day-4"} and told(ran) == {
        "day-0": ["keep_last"],
        "day-1": ["protected", f"the volume {volume} was made from it"],
        "day-2": ["on hold (true)"],
        "day-3": [f"the server {server} was made from it"],
        "day-4": ["no rule keeps it"],
        "day-5": ["status deactivated"],
    }


def test_an_image_that_does_not_say_of_which_server_it_is_stays(cloud):
    images(cloud, 3, instance_uuid=None)
    assert told(both(cloud, kind="server_image", name_prefix="day", keep_last=1)) == {
        "day-0": ["keep_last", "its source is unknown"],
        "day-1": ["its source is unknown"],
        "day-2": ["its source is unknown"],
    }


def test_the_volume_snapshots_of_an_image_go_with_it_unless_they_are_used(cloud):
    cloud.server(id="s1", volumes=["v"], image=None)
    behind = [cloud.snapshot(name=f"disk-{number}", volume_id="v")["id"] for number in range(4)]
    mapped = [json.dumps([{"snapshot_id": id}]) for id in behind]
    rows = [
        cloud.image(
            name=f"day-{day}", osnap_source="s1", created_at=ago(day)[:19] + "Z", block_device_mapping=mapped[day]
        )
        for day in range(4)
    ]
    volume = cloud.volume(name="restored", snapshot_id=behind[1])["id"]
    copy = cloud.image(name="copy", os_hidden=True, block_device_mapping=mapped[2])["id"]
    ran = both(cloud, kind="server_image", name_prefix="day", keep_last=1)
    assert told(ran) == {
        "day-0": ["keep_last"],
        "day-1": [f"the volume {volume} was made from it"],
        "day-2": [f"the image {copy} has its data in the same volume snapshot {behind[2]}"],
        "day-3": ["no rule keeps it"],
    }
    assert gone(ran) == {"day-3"} and [path for _method, path, _body in cloud.written] == [
        f"/snapshots/{behind[3]}",
        f"/images/{rows[3]['id']}",
    ]


# -- marks that were written for another image


def test_series_and_hold_that_nova_has_handed_on_are_not_believed(cloud):
    """An image of a server that was booted from one of the series has that one's properties."""
    golden = cloud.image(name="golden", series="nightly", osnap_hold="true", osnap_source="a", osnap_for="a")["id"]
    images(cloud, 2, series=None)
    cloud.server(id="b", name="b", image=golden)
    # Nova hands the name of the base on, too: it is that of the server that golden is of.
    first = cloud.image(name="first of all")["id"]
    images(cloud, 3, instance_uuid="b", base_image_ref=first, osnap_hold="true", osnap_source="a", osnap_for="a")
    ran = both(cloud, kind="server_image", series="nightly", keep_last=1)
    assert ran["snapshots"] == [] and not cloud.written
    ran = both(cloud, kind="server_image", sources=["b"], keep_last=1)
    assert gone(ran) == {"day-1", "day-2"}


def test_where_nobody_can_tell_a_hold_holds_and_a_series_does_not_select(cloud):
    images(cloud, 2, base_image_ref="gone", osnap_hold="true")
    assert both(cloud, kind="server_image", series="nightly", keep_last=1)["snapshots"] == []
    ran = both(cloud, kind="server_image", name_prefix="day", keep_last=1)
    assert told(ran)["day-1"] == ["on hold (true)"] and not cloud.written


@pytest.mark.parametrize("known", ["gone", "rebuilt", "forbidden"])
def test_the_server_tells_no_more_what_it_was_made_of(cloud, known):
    """It is gone, or it was rebuilt: its image is not the one that handed its properties on. Or nobody may know."""
    cloud.server(id="b", image=cloud.image(name="plain")["id"])
    if known == "rebuilt":
        rebuilt = {"action": "rebuild", "request_id": "r", "start_time": ago(0)[:19] + "Z", "updated_at": None}
        cloud.nova.on["GET", "/servers/b/os-instance-actions"] = lambda match, params: Answer(
            {"instanceActions": [rebuilt]}
        )
    if known == "forbidden":

        def forbid(match, params):
            raise OsnapError("Could not read what has happened to the server b: 403.", status=403)

        cloud.nova.on["GET", "/servers/b/os-instance-actions"] = forbid
    images(cloud, 2, instance_uuid="nobody" if known == "gone" else "b", osnap_hold="true")
    assert both(cloud, kind="server_image", series="nightly", keep_last=1)["snapshots"] == []
    assert told(both(cloud, kind="server_image", name_prefix="day", keep_last=1))["day-1"] == ["on hold (true)"]


def test_where_the_actions_of_a_server_are_not_shown_nobody_can_tell(cloud):
    def forbidden(match, params):
        raise OsnapError("Could not read it: 403.", status=403)

    cloud.server(id="b", image=cloud.image(name="plain")["id"])
    cloud.nova.on["GET", "/servers/b/os-instance-actions"] = forbidden
    images(cloud, 2, osnap_hold="true")
    cloud.image(
        name="other", image_type="snapshot", instance_uuid="b", series="nightly", created_at="2020-01-01T00:00:00Z"
    )
    ran = both(cloud, kind="server_image", series="nightly", keep_last=1)
    assert set(told(ran)) == {"day-0", "day-1"}


def test_only_the_servers_that_are_meant_are_asked_what_they_have_handed_on(cloud):
    images(cloud, 2)
    for _number in range(5):
        server = cloud.server(image=cloud.image(name="plain")["id"])["id"]
        cloud.image(name="other", image_type="snapshot", instance_uuid=server, series="nightly")
    web = cloud.nova.tables["/servers"]["s1"]["name"] = "the one"
    asked = {"kind": "server_image", "series": "nightly", "keep_last": 1, "sources": [web]}
    assert gone(prune(cloud, check=True, **asked)) == {"day-1"}
    assert [path for path, _params in cloud.nova.reads if path.endswith("/os-instance-actions")] == [
        "/servers/s1/os-instance-actions"
    ]


@pytest.mark.parametrize("mapping", ["[]", "no JSON"])
def test_a_mapping_without_disks_tells_nothing_of_what_was_handed_on(cloud, mapping):
    for row in images(cloud, 2, osnap_source="s1", block_device_mapping=mapping):
        del row["instance_uuid"]
    assert both(cloud, kind="server_image", series="nightly", keep_last=1)["snapshots"] == []


@pytest.mark.parametrize("backed", [False, True])
def test_what_an_image_has_handed_on_before_it_was_changed_is_not_believed(cloud, backed):
    """A backup is taken out of its series; a server that was restored from it still hands the series on."""
    behind = cloud.snapshot(name="base", volume_id="va")["id"]
    golden = cloud.image(
        name="golden",
        series="kept for ever",
        image_type="backup",
        updated_at="2026-11-24T10:00:00Z",
        **({"block_device_mapping": json.dumps([{"snapshot_id": behind}])} if backed else {}),
    )["id"]
    if backed:
        disk = cloud.volume(snapshot_id=behind, created_at="2026-11-24T09:00:00.000000")["id"]
        for day in range(3):
            mine = cloud.snapshot(volume_id=disk)["id"]
            mapping = json.dumps([{"snapshot_id": mine}])
            cloud.image(name=f"day-{day}", series="nightly", block_device_mapping=mapping)
    else:
        cloud.server(id="b", image=golden, created="2026-11-24T09:00:00Z")
        images(cloud, 3, instance_uuid="b")
    assert both(cloud, kind="server_image", series="nightly", keep_last=1)["snapshots"] == []


def test_what_was_set_on_the_image_itself_is_believed(cloud):
    golden = cloud.image(name="golden", series="nightly", osnap_hold="true")["id"]
    for row in images(cloud, 3, base_image_ref=golden, osnap_hold="2020-01-01"):
        row["osnap_for"] = row["id"]
    assert gone(both(cloud, kind="server_image", series="nightly", keep_last=1)) == {"day-1", "day-2"}


def test_what_is_handed_on_to_a_volume_backed_server(cloud):
    """Booted from an image of another volume-backed server: the volume is of that one's Cinder snapshot."""
    base = cloud.snapshot(name="base", volume_id=cloud.volume(id="va")["id"])["id"]
    cloud.image(
        name="of a",
        series="nightly",
        osnap_source="a",
        osnap_for="va",
        block_device_mapping=json.dumps([{"snapshot_id": base}]),
    )
    disk = cloud.volume(name="disk of b", snapshot_id=base)["id"]
    for number in range(2):
        behind = cloud.snapshot(name=f"b-{number}", volume_id=disk)["id"]
        cloud.image(
            name=f"b-{number}",
            series="nightly",
            osnap_source="a",
            osnap_for="va",
            block_device_mapping=json.dumps([{"snapshot_id": behind}]),
        )
    ran = prune(cloud, check=True, kind="server_image", series="nightly", keep_last=1)
    assert told(ran) == {"of a": ["keep_last"]}
    ran = prune(cloud, check=True, kind="server_image", name_prefix="b-", keep_last=1)
    assert {reason for reasons in told(ran).values() for reason in reasons} == {"keep_last", "its source is unknown"}


# -- what happens between the plan and a deletion


def meanwhile(cloud, monkeypatch, happen):
    """Let something happen when everything is planned and nothing is deleted yet."""
    real = SnapshotPrune.apply
    monkeypatch.setattr(SnapshotPrune, "apply", lambda self, *args: (happen(), real(self, *args))[1])


@pytest.mark.parametrize(
    "values, why",
    [
        ({"metadata": {"series": "nightly", "osnap_hold": "true"}}, "on hold (true)"),
        ({"metadata": {"series": "legal"}}, "no longer of the series nightly"),
        ({"status": "backing-up"}, "status backing-up"),
    ],
)
def test_what_changes_meanwhile_stays(cloud, monkeypatch, values, why):
    rows = series(cloud, 3)
    meanwhile(cloud, monkeypatch, lambda: rows[1].update(values))
    ran = prune(cloud, series="nightly", keep_last=1)
    assert not ran.failed and gone(ran) == {"day-2"}
    assert told(ran)["day-1"] == [f"{why}, seen right before its deletion"]
    assert [row["verdict"] for row in ran["snapshots"]] == ["keep", "keep", "delete"]


def test_what_gets_a_dependent_meanwhile_stays(cloud, monkeypatch):
    rows = series(cloud, 2)
    meanwhile(cloud, monkeypatch, lambda: cloud.volume(name="restored", id="v9", snapshot_id=rows[1]["id"]))
    ran = prune(cloud, series="nightly", keep_last=1)
    assert (
        told(ran)["day-1"] == ["the volume v9 was made from it, seen right before its deletion"] and not cloud.written
    )
    assert not ran["changed"]


def test_an_image_that_is_protected_meanwhile_stays(cloud, monkeypatch):
    rows = images(cloud, 2)
    meanwhile(cloud, monkeypatch, lambda: rows[1].update(protected=True))
    ran = prune(cloud, kind="server_image", series="nightly", keep_last=1)
    assert told(ran)["day-1"] == ["protected, seen right before its deletion"] and not cloud.written


def test_what_a_backup_that_stays_is_built_upon_stays_with_it(cloud, monkeypatch):
    rows = chain(cloud, "F", "I", "F")
    meanwhile(cloud, monkeypatch, lambda: rows[1]["metadata"].update(osnap_hold="true"))
    ran = prune(cloud, kind="volume_backup", sources=[cloud.volume(id="v1", name="v1")["name"]], keep_last=1)
    assert told(ran)["1"] == ["on hold (true), seen right before its deletion"]
    assert told(ran)["0"] == [f"{rows[1]['id']} needs it"] and not cloud.written


def lines(ran, side):
    return {line.split(" ")[0] for line in ran["diff"][side]["snapshots"]}


def test_the_diff_says_what_really_went(cloud, monkeypatch):
    rows = series(cloud, 5)

    def refuse(match, body):
        raise OsnapError("Could not delete it.", status=400)

    cloud.cinder.on["DELETE", f"/snapshots/{rows[2]['id']}"] = refuse
    meanwhile(cloud, monkeypatch, lambda: rows[1]["metadata"].update(osnap_hold="true"))
    ran = prune(cloud, series="nightly", keep_last=1)
    assert ran.failed and ran["changed"] and gone(ran) == {"day-3", "day-4"}
    assert lines(ran, "before") - lines(ran, "after") == gone(ran)
    assert {row["name"] for row in cloud.cinder.tables["/snapshots"].values()} == lines(ran, "after")


@pytest.mark.parametrize("when", ["before the look", "under way at the look", "after the look"])
def test_of_two_prunes_at_once_one_has_deleted_it(cloud, monkeypatch, when):
    rows = series(cloud, 2)
    table, id = cloud.cinder.tables["/snapshots"], rows[1]["id"]

    def end(match, params):  # the look that waits for its end finds it gone
        if rows[1]["status"] == "deleting" and len(looks) > 1:
            del table[id]
        looks.append(1)

    def faster(match, body):
        rows[1]["status"] = "deleting"
        raise OsnapError("Snapshot status must be available or error.", status=400)

    looks = []
    cloud.cinder.on["GET", f"/snapshots/{id}"] = end
    if when == "after the look":
        cloud.cinder.on["DELETE", f"/snapshots/{id}"] = faster
    elif when == "under way at the look":
        meanwhile(cloud, monkeypatch, lambda: rows[1].update(status="deleting"))
    else:
        meanwhile(cloud, monkeypatch, lambda: table.pop(id))
    ran = prune(cloud, series="nightly", keep_last=1)
    assert not ran.failed and not ran["changed"] and gone(ran) == {"day-1"} and id not in table
    assert told(ran)["day-1"] == ["it is being deleted already"]
    assert lines(ran, "before") == lines(ran, "after") == {"day-0"}
    assert len(cloud.written) == (1 if when == "after the look" else 0)


# -- backups


def chain(cloud, *kinds, volume="v1"):
    """Backups a day apart, the last of today: F is full and I is incremental."""
    rows = []
    for number, kind in enumerate(kinds):
        rows.append(
            cloud.backup(
                name=f"{number}", volume_id=volume, created_at=ago(len(kinds) - number), is_incremental=kind == "I"
            )
        )
        if kind == "I" and number:
            rows[-2]["has_dependent_backups"] = True
    return rows


def test_what_a_kept_backup_is_built_upon_stays(cloud):
    rows = chain(cloud, "F", "I", "F", "I", "I")
    chain(cloud, "I", volume="v2")  # its base is not ours to see
    for row in rows:
        row["metadata"]["series"] = "nightly"
    ran = both(cloud, kind="volume_backup", series="nightly", keep_last=1)
    assert told(ran) == {
        "4": ["keep_last"],
        "3": [f"{rows[4]['id']} needs it"],
        "2": [f"{rows[3]['id']} needs it"],
        "1": ["no rule keeps it"],
        "0": ["no rule keeps it"],
    }
    assert [path for _method, path, _body in cloud.written] == [
        f"/backups/{rows[1]['id']}",
        f"/backups/{rows[0]['id']}",
    ]


def test_a_backup_on_hold_stays_with_what_it_is_built_upon(cloud):
    rows = chain(cloud, "F", "I", "I", "F", "F")
    rows[1]["metadata"]["osnap_hold"] = "true"
    cloud.volume(id="v1", name="v1")
    ran = both(cloud, kind="volume_backup", sources=["v1"], keep_last=1)
    assert gone(ran) == {"2", "3"} and told(ran)["1"] == ["on hold (true)"]
    assert told(ran)["0"] == [f"{rows[1]['id']} needs it"]


def test_a_base_of_what_is_not_selected_stays(cloud):
    rows = chain(cloud, "F", "I", "F")
    for row in (rows[0], rows[2]):
        row["metadata"]["series"] = "nightly"
    ran = both(cloud, kind="volume_backup", series="nightly", keep_last=1)
    assert (
        told(ran)["0"] == [f"the backup {rows[1]['id']}, which is not selected, is built upon it"]
        and not ran["changed"]
    )


def test_when_an_increment_can_not_go_its_base_is_not_tried(cloud):
    rows = chain(cloud, "F", "I", "F")
    for row in rows:
        row["metadata"]["series"] = "nightly"

    def refuse(match, body):
        raise OsnapError("Could not delete it.", status=400)

    cloud.cinder.on["DELETE", f"/backups/{rows[1]['id']}"] = refuse
    ran = prune(cloud, kind="volume_backup", series="nightly", keep_last=1)
    assert (
        ran.failed
        and ran["msg"] == "1 of 2 volume backups could not be deleted. Could not delete it. 1 were not attempted."
    )
    assert not gone(ran) and len(cloud.written) == 1


# -- group snapshots


def test_group_snapshots_are_marked_by_their_members_and_held_by_what_was_made_of_these():
    cloud = GroupsCloud()
    cloud.cinder.on["DELETE", "/group_snapshots/(.+)"] = lambda match, body: Answer(
        cloud.cinder.tables["/group_snapshots"].pop(match[1]) and {}, 202
    )
    group = cloud.group(["v1", "v2"])
    rows = [cloud.group_snapshot(name=f"day-{day}", group_id=group["id"], created_at=ago(day)) for day in range(5)]
    members = {
        row["id"]: [one for one in cloud.cinder.tables["/snapshots"].values() if one["group_snapshot_id"] == row["id"]]
        for row in rows
    }
    for snapshots in members.values():
        snapshots[1]["metadata"] = {"series": "nightly"}
    members[rows[3]["id"]][0]["metadata"] = {"osnap_hold": "true"}
    members[rows[3]["id"]][1]["metadata"]["osnap_hold"] = "2020-01-01"  # over, and no end of the other's
    child = cloud.volume(snapshot_id=members[rows[2]["id"]][1]["id"])
    cloud.group_snapshot(name="other", group_id=group["id"], created_at=ago(9))
    ran = both(cloud, kind="group_snapshot", sources=["db"], series="nightly", keep_last=1)
    assert told(ran) == {
        "day-0": ["keep_last"],
        "day-1": ["no rule keeps it"],
        "day-2": [f"the volume {child['id']} was made from it"],
        "day-3": ["on hold (true)"],
        "day-4": ["no rule keeps it"],
    }
    assert gone(ran) == {"day-1", "day-4"} and {
        row["name"] for row in cloud.cinder.tables["/group_snapshots"].values()
    } == {"day-0", "day-2", "day-3", "other"}


def test_what_tells_of_one_moment_is_not_read_before_each_deletion(monkeypatch):
    """Test with an administrator, who reads all projects' volumes, the types and the pools for it."""
    monkeypatch.setattr(GroupsCloud, "is_admin", True)
    reads = []
    for number in (2, 3):
        cloud = GroupsCloud()
        cloud.cinder.on["DELETE", "/group_snapshots/(.+)"] = lambda match, body, cloud=cloud: Answer(
            cloud.cinder.tables["/group_snapshots"].pop(match[1]) and {}, 202
        )
        group = cloud.group(["v1", "v2"])
        for day in range(number + 1):
            cloud.group_snapshot(name=f"day-{day}", group_id=group["id"], created_at=ago(day))
        prune(cloud, kind="group_snapshot", sources=["db"], keep_last=1, wait=False)
        assert len(cloud.written) == number
        reads.append([path for path, _params in cloud.cinder.reads])
    more = reads[1]
    for path in reads[0]:
        if path in more:
            more.remove(path)
    assert len(more) == 2 and "/snapshots/detail" in more


def test_a_group_snapshot_with_torn_marks_is_of_no_series_and_is_told():
    cloud = GroupsCloud()
    group = cloud.group(["v1", "v2"])
    rows = [cloud.group_snapshot(name=f"day-{day}", group_id=group["id"], created_at=ago(day)) for day in range(4)]
    series_of = (["nightly", "weekly"], ["nightly", None], ["weekly", "nightly"], ["weekly"] * 2)
    for row, series in zip(rows, series_of, strict=True):
        members = [one for one in cloud.cinder.tables["/snapshots"].values() if one["group_snapshot_id"] == row["id"]]
        for member, name in zip(members, series, strict=True):
            member["metadata"] = {"series": name} if name else {}
    ran = both(cloud, kind="group_snapshot", series="nightly", keep_last=1)
    torn = ["its members are of differing series, nightly, weekly; mark them again"]
    assert told(ran) == {"day-0": torn, "day-1": ["keep_last"], "day-2": torn} and not ran["changed"]
    assert told(both(cloud, kind="group_snapshot", series="weekly", keep_last=1))["day-3"] == ["keep_last"]
