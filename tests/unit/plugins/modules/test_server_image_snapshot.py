# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from datetime import datetime, timezone

import pytest
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import SNAPSHOTTABLE, ServerImages
from ansible_collections.osnap.openstack.plugins.modules.server_image_snapshot import ServerImageSnapshot
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring


class Nova(FakeCloud):
    """Servers whose images are made at once, and that stop and start."""

    is_admin = False

    def __init__(self):
        super().__init__()
        self.nova.on["POST", "/servers/(.*)/action"] = self.act
        self.nova.on["POST", "/servers/(.*)/metadata"] = self.mark
        self.nova.on["DELETE", "/servers/(.*)/metadata/(.*)"] = self.unmark
        self.status_of_image = "active"
        #: Whether Nova tells when it is through with a backup, and what becomes of an image that it is to delete
        self.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = lambda match, params: Answer(
            {"instanceActions": [{"action": "createBackup", "request_id": "req-1"}]}
        )
        self.nova.on["GET", "/servers/([^/]+)/os-instance-actions/req-1"] = lambda match, params: Answer(
            {"instanceAction": {"events": [{"event": "compute_backup_instance", "finish_time": self.through()}]}}
        )
        self.through = lambda: "2026-11-24T10:00:05.000000"
        self.rotates = lambda row: True

    def act(self, match, body):
        ((action, sent),) = body.items()
        server = self.nova.tables["/servers"][match[1]]
        if action in ("os-stop", "os-start"):
            server["status"] = {"os-stop": "SHUTOFF", "os-start": "ACTIVE"}[action]
            return Answer(status_code=202)
        type = (
            {"instance_uuid": match[1], "image_type": "backup", "backup_type": sent["backup_type"]}
            if action == "createBackup"
            else {"instance_uuid": match[1], "image_type": "snapshot"}
            if server["image"]
            else {"block_device_mapping": "[]"}
        )
        made = self.image(
            name=sent["name"],
            status=self.status_of_image,
            created_at="2026-11-24T10:00:00Z",
            **type,
            **sent["metadata"],
        )
        if action == "createBackup":
            there = [
                row for row in self.glance.tables["/images"].values() if row.get("backup_type") == sent["backup_type"]
            ]
            for row in sorted(there, key=lambda row: row["created_at"], reverse=True)[sent["rotation"] :]:
                if self.rotates(row):
                    del self.glance.tables["/images"][row["id"]]
        return Answer({"image_id": made["id"]}, 202)

    def patch(self, match, body):
        image = self.glance.tables["/images"][match[1]]
        image.update({operation["path"][1:]: operation["value"] for operation in body})
        return Answer(image)

    def mark(self, match, body):
        self.nova.tables["/servers"][match[1]]["metadata"].update(body["metadata"])
        return Answer(body)

    def unmark(self, match, body):
        self.nova.tables["/servers"][match[1]]["metadata"].pop(match[2], None)
        return Answer(status_code=204)


@pytest.fixture
def cloud():
    return Nova()


ensure = ensuring(ServerImageSnapshot)


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "one of the following is required: id, name."),
        ({"name": " ", "server": "web"}, "name is empty; give the image a name, or the id of an existing one."),
        ({"name": "x"}, "server is missing; say which server the image 'x' is of."),
        ({"name": "x" * 256, "server": "web"}, "name has 256 characters, and 255 is the most"),
        (
            {"name": "x", "server": "web", "properties": {_marks.SOURCE: "y"}},
            "properties has osnap_source, which this collection keeps for itself; leave it out.",
        ),
        ({"name": "x", "server": "web", "properties": {"long": "y" * 256}}, "properties has a value of 256 characters"),
        (
            {"name": "x", "server": "web", "membership": "accepted"},
            "membership is about an image that another project shares; give its id.",
        ),
        (
            {"name": "x", "server": "web", "members": ["p"], "visibility": "public"},
            "members are for an image whose visibility is shared, and public was asked for",
        ),
        ({"name": "x", "server": "web", "members": [" "]}, "members has '', which is no project's ID."),
        (
            {"name": "x", "server": "web", "purge_members": True},
            "purge_members needs members; give an empty list to share the image with nobody.",
        ),
        (
            {"name": "x", "server": "web", "rotation": {"type": "daily", "keep": 0}},
            "rotation.keep is less than 1; keep at least the image that is made.",
        ),
        (
            {"name": "x", "server": "web", "rotation": {"type": " ", "keep": 1}},
            "rotation.type is empty or longer than 255 characters; give one such as daily.",
        ),
        (
            {"name": "x", "server": "web", "consistency": "stop", "wait": False},
            "consistency: stop needs wait, for the server is started again when the",
        ),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = ensure(cloud, **arguments)
    assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.nova.reads and not cloud.glance.reads


def test_check_real_check_real(cloud):
    server = cloud.server(name="web", status="SHUTOFF")["id"]
    asked = {"name": "before", "server": "web", "tags": ["b", "a", "b"], "properties": {"ticket": 5}, "protected": True}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    for key in ("changed", "diff"):
        assert check[key] == real[key]
    assert real["changed"] and set(check["image"]) == set(real["image"])
    image = real["image"]
    assert (image["tags"], image["is_protected"], image["server_id"], image["consistency"]) == (
        ["a", "b"],
        True,
        server,
        "off",
    )
    assert image["properties"]["ticket"] == "5"
    assert [(method, path.rsplit("/", 1)[-1]) for method, path, _body in cloud.written] == [
        ("POST", "action"),
        ("PATCH", image["id"]),
    ]
    for check in (True, False):
        again = ensure(cloud, check=check, **asked)
        assert again["changed"] is False and again["image"] == image
    assert len(cloud.written) == 2


def test_the_image_of_another_server_is_never_taken_for_it(cloud):
    cloud.server(name="web")
    other = cloud.image(name="before", instance_uuid="another", image_type="snapshot")["id"]
    assert ensure(cloud, name="before", server="web")["image"]["id"] != other
    assert ensure(cloud, name="before", server="web", state="absent")["changed"]
    assert list(cloud.glance.tables["/images"]) == [other]


@pytest.mark.parametrize("status", SNAPSHOTTABLE)
def test_a_server_that_nova_takes_an_image_of(cloud, status):
    cloud.server(name="web", status=status)
    assert ensure(cloud, name="x", server="web", check=True)["changed"]


@pytest.mark.parametrize(
    "server, told",
    [
        (
            {"status": "ERROR"},
            (
                "is in status ERROR, and Nova takes an image only of one that is ACTIVE, SHUTOFF, PAUSED, SUSPENDED;"
                " bring it there"
            ),
        ),
        ({"status": "SHELVED_OFFLOADED"}, "is in status SHELVED_OFFLOADED"),
        ({"OS-EXT-STS:task_state": "image_snapshot"}, "is busy (image_snapshot); run again when Nova is done with it."),
    ],
)
def test_a_server_that_it_does_not_is_told_in_check_mode_too(cloud, server, told):
    cloud.server(name="web", **server)
    for check in (True, False):
        ran = ensure(cloud, check=check, name="x", server="web")
        assert ran.failed and ran["msg"].startswith("The server 'web' (") and told in ran["msg"]
    assert not cloud.written


def test_an_image_that_is_there_needs_no_server_in_a_good_state(cloud):
    server = cloud.server(name="web", status="ERROR")["id"]
    cloud.image(name="before", instance_uuid=server, image_type="snapshot")
    assert ensure(cloud, name="before", server="web")["changed"] is False


def test_one_with_a_missing_snapshot_is_told_or_made_anew(cloud):
    server = cloud.server(name="web", image=None, volumes=["v1"])["id"]
    mapping = '[{"snapshot_id": "not-there"}]'
    old = cloud.image(name="before", block_device_mapping=mapping, **{_marks.SOURCE: server})["id"]
    ran = ensure(cloud, name="before", server="web")
    assert (
        ran.failed
        and "is in status killed: its volume snapshot not-there is not there any more; set on_error: replace"
        in ran["msg"]
    )
    ran = ensure(cloud, id=old, on_error="replace")
    assert ran["changed"] and ran["image"]["id"] != old and ran["image"]["name"] == "before"
    assert list(cloud.glance.tables["/images"]) == [ran["image"]["id"]]


def test_the_image_of_a_server_that_is_gone_is_not_taken_for_that_of_an_unknown_one(cloud):
    there = cloud.server(name="web")["id"]
    cloud.image(name="nightly", instance_uuid=there, image_type="snapshot")
    assert not ensure(cloud, name="nightly", server="gone", state="absent").failed
    left = cloud.image(name="nightly", instance_uuid="another", image_type="snapshot")["id"]
    ran = ensure(cloud, name="nightly", server="gone", state="absent")
    assert ran.failed and left in ran["msg"] and there not in ran["msg"] and not cloud.written


@pytest.mark.parametrize("meant", [{_marks.FOR: "v1"}, {}])
def test_the_image_of_another_server_that_has_inherited_our_mark_is_not_ours(cloud, meant):
    """b boots from a volume of an image of a, and Nova hands the marks of that on to an image that anybody makes of b;
    0.1.0 wrote no `osnap_for`.
    """
    a = cloud.server(name="a", image=None, volumes=["v1"])["id"]
    cloud.server(name="b", image=None, volumes=["v2"])
    snapshot = cloud.snapshot(volume_id="v2")["id"]
    mapping = json.dumps([{"snapshot_id": snapshot}])
    theirs = cloud.image(name="before", block_device_mapping=mapping, **{_marks.SOURCE: a}, **meant)["id"]
    ran = ensure(cloud, name="before", server="a", state="absent")
    assert not ran["changed"] and not cloud.written
    assert ensure(cloud, check=True, name="before", server="a")["changed"]
    ran = ensure(cloud, name="before", server="a")
    assert ran["changed"] and ran["image"]["id"] != theirs and ran["image"]["server_id"] == a
    assert ensure(cloud, name="before", server="a")["image"]["id"] == ran["image"]["id"]


def test_a_deletion_that_was_killed_between_two_cinder_snapshots_is_finished(cloud):
    """The one of the volume that `osnap_for` names is gone, the other and the image are not."""
    a = cloud.server(name="a", image=None, volumes=["v1", "v2"])["id"]
    left = cloud.snapshot(volume_id="v2")["id"]
    mapping = json.dumps([{"snapshot_id": "gone"}, {"snapshot_id": left}])
    cloud.image(name="before", block_device_mapping=mapping, **{_marks.SOURCE: a, _marks.FOR: "v1"})
    assert ensure(cloud, name="before", server="a", state="absent")["changed"]
    assert not cloud.glance.tables["/images"] and not cloud.cinder.tables["/snapshots"]


@pytest.mark.parametrize("backed", ["image", "volume"])
def test_a_series_that_is_given_with_an_image_is_its_own_whatever_was_handed_on(cloud, backed):
    """So that it is selected by it, though the base image has it, too, or is gone."""
    cloud.glance.on["PATCH", "/images/(.*)"] = cloud.patch
    cloud.server(name="web", **({"image": "gone"} if backed == "image" else {"image": None, "volumes": ["v1"]}))
    asked = {"name": "before", "server": "web", "properties": {"series": "nightly", "ticket": "1"}}
    made = ensure(cloud, **asked)["image"]
    assert _marks.users(made, None) == {"series": "nightly"}
    assert not ensure(cloud, **asked)["changed"]
    del cloud.glance.tables["/images"][made["id"]]["osnap_series_for"]  # as a killed run leaves it
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert check["changed"] and real["changed"] and check["diff"] == real["diff"]
    assert _marks.users(real["image"], None) == {"series": "nightly"}


# -- how consistent


def made_of(cloud, server, **marks):
    marks = {_marks.SOURCE: server, **{f"osnap_{key}": value for key, value in marks.items()}}
    return cloud.image(name="before", instance_uuid=server, image_type="snapshot", **marks)


@pytest.mark.parametrize("meant", [{"for": "the server of the base image"}, {}])
def test_an_inherited_consistency_is_none(cloud, meant):
    """The server was booted from an image of another one that was off; this image was made by hand while it ran."""
    server = cloud.server(name="web")["id"]
    made_of(cloud, server, source="the server of the base image", consistency="off", **meant)
    ran = ensure(cloud, name="before", server="web", consistency="stop")
    assert ran.failed and "its consistency is not known" in ran["msg"] and not cloud.written


def verbs(cloud):
    return [
        next(iter(body)) if path.endswith("/action") else f"{method} {path.rsplit('/', 1)[-1]}"
        for method, path, body in cloud.nova.sent
    ]


def test_a_server_is_stopped_for_its_image_and_started_again(cloud):
    server = cloud.server(name="web")
    asked = {"name": "before", "server": "web", "consistency": "stop"}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"]) and real["changed"]
    assert real["image"]["consistency"] == "off"
    assert verbs(cloud) == ["POST metadata", "os-stop", "createImage", "os-start", f"DELETE {_marks.STOPPED_FOR}"]
    assert server["status"] == "ACTIVE" and server["metadata"] == {}
    assert ensure(cloud, **asked)["changed"] is False and len(cloud.nova.sent) == 5


@pytest.mark.parametrize("left", [{}, {"mine": "1"}, {_marks.STOPPED_FOR: "another image"}])
@pytest.mark.parametrize("image", ["active", "killed"])
def test_what_this_task_has_stopped_is_started_again_whoever_changes_its_metadata(cloud, left, image):
    server, act = cloud.server(name="web"), cloud.act
    cloud.status_of_image = image

    def meddled(match, body):
        if "createImage" in body:
            server["metadata"] = dict(left)
        return act(match, body)

    cloud.nova.on["POST", "/servers/(.*)/action"] = meddled
    ran = ensure(cloud, name="before", server="web", consistency="stop")
    assert ran.failed is (image == "killed") and server["status"] == "ACTIVE" and server["metadata"] == left


def test_nova_is_let_go_of_it_before_it_is_started_again(cloud):
    server, act, seen = cloud.server(name="web"), cloud.act, []

    def held(match, body):
        if "createImage" in body:
            server["OS-EXT-STS:task_state"] = "image_uploading"
        elif "os-start" in body and server["OS-EXT-STS:task_state"]:
            raise OsnapError("Could not start it: it is busy.", status=409)
        return act(match, body)

    def look(match, params):
        seen.append(server["OS-EXT-STS:task_state"])
        if seen.count("image_uploading") == 3:
            server["OS-EXT-STS:task_state"] = None
        return Answer({"server": dict(server)})

    cloud.nova.on["POST", "/servers/(.*)/action"] = held
    cloud.nova.on["GET", "/servers/([^/]+)"] = look
    ran = ensure(cloud, name="before", server="web", consistency="stop")
    assert not ran.failed and server["status"] == "ACTIVE" and seen.count("image_uploading") == 3


def test_one_that_was_off_stays_off(cloud):
    server = cloud.server(
        name="web", status="SHUTOFF", metadata={_marks.POWER: "ACTIVE", _marks.STOPPED_FOR: "another image"}
    )
    assert ensure(cloud, name="before", server="web", consistency="stop")["image"]["consistency"] == "off"
    assert verbs(cloud) == ["createImage"] and server["status"] == "SHUTOFF"


@pytest.mark.parametrize(
    "status, image, sent",
    [
        (
            "ACTIVE",
            False,
            ["os-stop", "createImage", "os-start", "DELETE"],
        ),  # killed between the mark and the stop
        ("SHUTOFF", False, ["createImage", "os-start", "DELETE"]),  # between the stop and the image
        ("SHUTOFF", True, ["os-start", "DELETE"]),  # before the start
        ("ACTIVE", True, ["DELETE"]),  # between the start and the end of the mark
    ],
)
def test_what_a_killed_run_has_stopped_is_started_by_the_next(cloud, status, image, sent):
    server = cloud.server(name="web", status=status, metadata={_marks.STOPPED_FOR: "before"})
    if image:
        made_of(cloud, server["id"], consistency="off")
    asked = {"name": "before", "server": "web", "consistency": "stop"}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"]) and real["changed"]
    assert [verb.split(" osnap")[0] for verb in verbs(cloud)] == sent
    assert server["status"] == "ACTIVE" and server["metadata"] == {}
    assert ensure(cloud, **asked)["changed"] is False


@pytest.mark.parametrize(
    "since, starts",
    [
        ([], True),
        (["start"], True),  # which has failed
        (["start", "stop"], False),
        (["stop"], False),
    ],
)
def test_what_was_stopped_by_hand_after_its_image_stays_off_whatever_its_mark_says(cloud, since, starts):
    """A run was killed before it took its mark away, and somebody has stopped the server since."""
    server = cloud.server(name="web", status="SHUTOFF", metadata={_marks.STOPPED_FOR: "before"})
    made_of(cloud, server["id"], consistency="off")
    rows = ["stop", "createImage", *since]
    cloud.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = lambda match, params: Answer(
        {
            "instanceActions": [
                {"action": name, "request_id": "r", "start_time": f"2026-11-24T08:59:5{second}.000000"}
                for second, name in reversed(list(enumerate(rows)))
            ]
        }
    )
    asked = {"name": "before", "server": "web", "consistency": "stop"}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"])
    assert real["changed"] is starts and server["status"] == ("ACTIVE" if starts else "SHUTOFF")


def test_a_failed_image_of_a_killed_run_is_told_with_its_server_that_is_off(cloud):
    server = cloud.server(name="web", status="SHUTOFF", metadata={_marks.STOPPED_FOR: "before"})
    made_of(cloud, server["id"], consistency="off")
    next(iter(cloud.glance.tables["/images"].values()))["status"] = "killed"
    asked = {"name": "before", "server": "web", "consistency": "stop"}
    for check in (True, False):
        ran = ensure(cloud, check=check, **asked)
        assert ran.failed and ran["msg"].endswith("; and its server is still off, which was stopped for it.")
    assert not cloud.written
    assert ensure(cloud, **asked, on_error="replace")["changed"] and server["status"] == "ACTIVE"


def test_it_is_started_again_when_its_image_fails(cloud):
    server = cloud.server(name="web")
    cloud.status_of_image = "killed"
    ran = ensure(cloud, name="before", server="web", consistency="stop")
    assert (
        ran.failed
        and "went into status killed" in ran["msg"]
        and server["status"] == "ACTIVE"
        and server["metadata"] == {}
    )


def test_one_that_does_not_start_again_is_told_with_its_image(cloud):
    server, act = cloud.server(name="web"), cloud.act

    def no_start(match, body):
        if "os-start" in body:
            raise OsnapError("Could not start it: 409.", status=409)
        return act(match, body)

    cloud.nova.on["POST", "/servers/(.*)/action"] = no_start
    ran = ensure(cloud, name="before", server="web", consistency="stop")
    assert (
        ran.failed
        and ran["msg"].endswith("is there, but its server is still off: Could not start it: 409.")
        and ran["status"] == 409
    )
    assert server["metadata"] == {_marks.STOPPED_FOR: "before"}


def test_one_that_nova_fails_to_start_is_started_by_the_next_run(cloud):
    """Nova takes the request, and its host fails: the server is off as before. Verify that it is not left so."""
    server, act = cloud.server(name="web"), cloud.act
    cloud.nova.on["POST", "/servers/(.*)/action"] = lambda match, body: (
        Answer(status_code=202) if "os-start" in body else act(match, body)
    )
    asked = {"name": "before", "server": "web", "consistency": "stop"}
    ran = ensure(cloud, **asked, timeout=1)
    assert ran.failed and "its server is still off" in ran["msg"] and server["status"] == "SHUTOFF"
    cloud.nova.on["POST", "/servers/(.*)/action"] = act
    assert ensure(cloud, **asked)["changed"] and server["status"] == "ACTIVE" and server["metadata"] == {}


@pytest.mark.parametrize("fails", ["look", "list"])
def test_a_look_at_its_servers_that_fails_in_the_end_hides_no_image(cloud, fails):
    """The others' outcomes stay, and of each server that was stopped it is said that it is off still."""
    servers = [cloud.server(name=f"web{number}") for number in range(2 if fails == "look" else 5)]
    servers[-1]["status"] = "SHUTOFF"
    act, made = cloud.act, []

    def noted(match, body):
        answer = act(match, body)
        made.extend(body.keys() & {"createImage"})
        if len(made) == len(servers):
            cloud.nova.on["GET", "/servers/(?!.*os-instance).*"] = broken
            cloud.nova.pages = lambda *given, **more: broken(None, None)
        return answer

    def broken(match, params):
        raise OsnapError("Could not read the servers: 503.", status=503)

    cloud.nova.on["POST", "/servers/(.*)/action"] = noted
    ran = ensure(cloud, name="night", consistency="stop", snapshots=[{"server": server["name"]} for server in servers])
    last = len(servers) - 1
    assert ran.failed and [outcome["failed"] for outcome in ran["outcomes"]] == [True] * last + [False]
    assert all(
        outcome["msg"].endswith("is there, but its server is still off: Could not read the servers: 503.")
        for outcome in ran["outcomes"][:-1]
    )
    assert ran["images"][last]["consistency"] == "off" and len(cloud.glance.tables["/images"]) == len(servers)


@pytest.mark.parametrize(
    "server, told",
    [
        ({"status": "PAUSED"}, "is in status PAUSED and can't be stopped"),
        ({"locked": True}, "is locked and can't be stopped, but by an administrator"),
    ],
)
def test_one_that_cant_be_stopped_is_told_before(cloud, server, told):
    cloud.server(name="web", **server)
    for check in (True, False):
        ran = ensure(cloud, check=check, name="before", server="web", consistency="stop")
        assert ran.failed and told in ran["msg"]
    assert not cloud.written


def test_an_image_that_is_there_and_less_consistent_is_an_error(cloud):
    server = cloud.server(name="web")["id"]
    made_of(cloud, server, consistency="crash")
    ran = ensure(cloud, name="before", server="web", consistency="stop")
    assert (
        ran.failed
        and "is there, and its consistency is crash; consistency: stop wants off. Remove it, or take another name."
        in ran["msg"]
    )
    assert not cloud.written and not ensure(cloud, name="before", server="web", consistency="crash").failed


def vault(cloud, **promised):
    volume = cloud.volume(bootable="true", status="in-use", volume_image_metadata=promised)
    return cloud.server(name="vault", image=None, volumes=[volume["id"]])


def test_a_freeze_is_had_where_nova_must_fail_without_one(cloud):
    vault(cloud, os_require_quiesce="yes", hw_qemu_guest_agent="yes")
    act = cloud.act

    def inheriting(match, body):
        body["createImage"]["metadata"]["os_require_quiesce"] = "yes"
        return act(match, body)

    cloud.nova.on["POST", "/servers/(.*)/action"] = inheriting
    assert ensure(cloud, name="frozen", server="vault", consistency="quiesce")["image"]["consistency"] == "frozen"


def test_a_freeze_that_nobody_promised_is_none(cloud):
    vault(cloud, os_require_quiesce="yes", hw_qemu_guest_agent="yes")
    ran = ensure(
        cloud, name="frozen", server="vault", consistency="quiesce"
    )  # and Nova's image does not say that it was required
    assert ran.failed and "its consistency is unknown; consistency: quiesce wants frozen or off" in ran["msg"]


def test_where_a_freeze_is_not_certain_it_is_refused_before(cloud):
    vault(cloud, hw_qemu_guest_agent="yes")
    cloud.server(name="web")
    for name, told in (
        ("vault", "the image of its root volume lacks os_require_quiesce=yes"),
        ("web", "its root disk is no volume"),
    ):
        ran = ensure(cloud, check=True, name="frozen", server=name, consistency="quiesce")
        assert ran.failed and "can't be frozen for certain: " + told in ran["msg"]
    assert not cloud.written


# -- rotation


def backup(cloud, server, day, **values):
    return cloud.image(
        name=f"day{day}",
        created_at=f"2026-11-{day:02}T00:00:00Z",
        instance_uuid=server["id"],
        image_type="backup",
        backup_type="daily",
        **values,
    )["id"]


def test_what_rotation_deletes_is_told_before(cloud):
    server = cloud.server(name="web")
    ids = [backup(cloud, server, day) for day in (2, 1, 3)]
    asked = {"name": "new", "server": "web", "rotation": {"type": "daily", "keep": 2}}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert check["rotated"] == real["rotated"] == [ids[1], ids[0]]
    assert set(cloud.glance.tables["/images"]) == {ids[2], real["image"]["id"]}
    again = ensure(cloud, **asked)
    assert again["changed"] is False and again["rotated"] == []


def test_what_rotation_could_not_delete_is_refused(cloud):
    server = cloud.server(name="web")
    kept = backup(cloud, server, 1, protected=True)
    ran = ensure(cloud, check=True, name="new", server="web", rotation={"type": "daily", "keep": 1})
    assert ran.failed and f"rotation would delete 'day1' ({kept}), which is protected" in ran["msg"]


@pytest.mark.parametrize(
    "hold, held", [("until audit", True), ("2999-01-01", True), ("2020-01-01", False), ("no", False)]
)
def test_what_is_on_hold_is_not_rotated_away(cloud, hold, held):
    server = cloud.server(name="web", image=cloud.image(name="base")["id"])
    kept = backup(cloud, server, 1)
    cloud.glance.tables["/images"][kept].update({_marks.HOLD: hold, _marks.COMPANIONS[_marks.HOLD]: kept})
    asked = {"name": "new", "server": "web", "rotation": {"type": "daily", "keep": 1}}
    for check in (True, False):
        ran = ensure(cloud, check=check, **asked)
        assert ran.failed is held
        if held:
            assert f"rotation would delete 'day1' ({kept}), which is on hold" in ran["msg"]
            assert ran["msg"].endswith("which Nova does not know; take osnap_hold away, or keep more.")
    assert (kept in cloud.glance.tables["/images"]) is held and bool(cloud.written) is not held


def test_a_hold_that_the_servers_base_image_has_is_none_of_its_backup(cloud):
    base = cloud.image(name="base", **{_marks.HOLD: "the base"})["id"]
    server = cloud.server(name="web", image=base)
    old = backup(cloud, server, 1, base_image_ref=base, **{_marks.HOLD: "the base"})
    asked = {"name": "new", "server": "web", "rotation": {"type": "daily", "keep": 1}}
    assert ensure(cloud, **asked)["rotated"] == [old]


@pytest.fixture
def warned(monkeypatch):
    """What modules warn of; ansible-core gathers that of a whole process."""
    told = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, warning: told.append(warning))
    return told


def refuse(cloud, *ids):
    """Make Glance refuse to delete images, to Nova as to anybody."""

    def delete(match, body):
        if match[1] in ids:
            raise OsnapError("Could not delete the image: 409: it is in use.", status=409, service="image")
        del cloud.glance.tables["/images"][match[1]]
        return Answer(status_code=204)

    cloud.rotates = lambda row: row["id"] not in ids
    cloud.glance.on["DELETE", "/images/([^/]+)"] = delete


def test_what_rotation_could_not_delete_is_told_once_nova_is_through(cloud, warned):
    server = cloud.server(name="web")
    oldest, old = backup(cloud, server, 1), backup(cloud, server, 2)
    child, grandchild = (
        cloud.server(name="child", image=oldest)["id"],
        cloud.volume(name="grandchild", volume_image_metadata={"image_id": oldest})["id"],
    )
    refuse(cloud, oldest)
    asked = {"name": "new", "server": "web", "rotation": {"type": "daily", "keep": 1}}
    check = ensure(cloud, check=True, **asked)
    assert check["changed"] and check["rotated"] == [oldest, old]
    (told,) = warned
    assert told.startswith(f"Deleting the server image 'day1' ({oldest}) may be refused")
    assert f"the server {child} was made from it, the volume {grandchild} was made from it" in told
    ran = ensure(cloud, **asked)
    assert ran.failed and ran["changed"] and (ran["status"], ran["resource"]) == (409, oldest)
    assert re.match(
        rf"The image 'new' \(.+\) is there, but rotation has left 'day1' \({oldest}\), so that there are more than 1 of"
        r" the type daily: Could not delete the image: 409: it is in use; remove what was made of it \(server 'child'"
        rf" \({child}\), volume 'grandchild' \({grandchild}\)\)\. The next image of this type tries again\.",
        ran["msg"],
    )
    assert old not in cloud.glance.tables["/images"] and len(warned) == 1


def test_what_nova_has_failed_to_delete_once_is_tried_again(cloud):
    """Test a failure of one moment. Verify that a deletion follows; Nova tries once."""
    server = cloud.server(name="web")
    ids = [backup(cloud, server, day, status=status) for day, status in ((1, "active"), (2, "killed"))]
    cloud.rotates = lambda row: False
    ran = ensure(cloud, name="new", server="web", rotation={"type": " daily", "keep": 1})
    assert not ran.failed and ran["rotated"] == ids and list(cloud.glance.tables["/images"]) == [ran["image"]["id"]]
    assert [path for method, path, _body in cloud.glance.sent if method == "DELETE"] == [f"/images/{id}" for id in ids]


def test_what_is_not_too_many_any_more_stays(cloud):
    """Test a backup that somebody else deletes meanwhile. Verify that no other goes for it."""
    server, act = cloud.server(name="web"), cloud.act
    oldest, old = backup(cloud, server, 1), backup(cloud, server, 2)

    def meanwhile(match, body):
        del cloud.glance.tables["/images"][old]
        return act(match, body)

    cloud.nova.on["POST", "/servers/(.*)/action"] = meanwhile
    ran = ensure(cloud, name="new", server="web", rotation={"type": "daily", "keep": 2})
    assert not ran.failed and ran["rotated"] == [] and oldest in cloud.glance.tables["/images"]
    assert not [request for request in cloud.glance.sent if request[0] == "DELETE"]


@pytest.mark.parametrize("tells", [True, False])
def test_while_nova_is_at_it_nothing_is_deleted_beside_it(cloud, tells):
    server, looks = cloud.server(name="web"), []
    oldest = backup(cloud, server, 1)
    cloud.rotates = lambda row: False

    def slow(path, **more):
        if path.endswith(oldest):
            looks.append(path)
            if len(looks) == 5:
                del cloud.glance.tables["/images"][oldest]
        return get(path, **more)

    cloud.through = lambda: None
    if not tells:
        cloud.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = lambda match, params: Answer(
            {"instanceActions": []}
        )
    get, cloud.glance.get = cloud.glance.get, slow
    ran = ensure(cloud, name="new", server="web", rotation={"type": "daily", "keep": 1})
    assert not ran.failed and ran["rotated"] == [oldest] and len(looks) >= 5
    assert not [request for request in cloud.glance.sent if request[0] == "DELETE"]


@pytest.mark.parametrize("held", [True, False])
def test_a_cloud_that_does_not_tell_when_it_is_through_is_waited_for_and_what_may_hold_an_image_named(cloud, held):
    server = cloud.server(name="web")
    oldest = backup(cloud, server, 1)
    child = cloud.server(name="child", image=oldest if held else "another")["id"]
    refuse(cloud, oldest)

    def forbidden(match, params):
        raise OsnapError("Could not read what has happened to the server: 403.", status=403)

    cloud.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = forbidden
    ran = ensure(cloud, name="new", server="web", timeout=1, rotation={"type": "daily", "keep": 1})
    assert ran.failed and f"The server image {oldest} is not gone after 1 s" in ran["msg"]
    named = f"Or it can't go, for there is what was made of it: server 'child' ({child})."
    assert ran["msg"].endswith(named) is held
    assert not [request for request in cloud.glance.sent if request[0] == "DELETE"]


def test_check_mode_warns_of_what_may_keep_an_image_and_a_real_run_of_nothing(cloud, warned):
    of = cloud.server(name="web")["id"]
    kept, free = (cloud.image(name=name, instance_uuid=of, image_type="snapshot")["id"] for name in ("kept", "free"))
    child = cloud.server(name="child", image=kept)["id"]
    asked = {"state": "absent", "snapshots": [{"id": kept}, {"id": free}]}
    checked = ensure(cloud, check=True, **asked)
    assert checked["changed"] and not checked.failed
    (told,) = warned
    assert told.startswith(f"Deleting the server image 'kept' ({kept}) may be refused")
    assert f"the server {child} was made from it" in told
    assert ensure(cloud, **asked)["changed"] and len(warned) == 1


def test_a_snapshot_of_the_name_is_no_backup(cloud):
    server = cloud.server(name="web")
    cloud.image(name="new", instance_uuid=server["id"], image_type="snapshot")
    ran = ensure(cloud, name="new", server="web", rotation={"type": "daily", "keep": 1})
    assert ran.failed and "is no backup of the type daily; leave rotation out, or take another name." in ran["msg"]


# -- volume-backed servers


def test_neither_members_nor_rotation_go_with_a_volume_backed_server(cloud):
    vault(cloud)
    for option, told in (
        ({"members": ["p"]}, "can't be shared by members: its data are in Cinder snapshots"),
        ({"rotation": {"type": "daily", "keep": 1}}, "Nova rotates no images of a server that boots from a volume"),
    ):
        ran = ensure(cloud, check=True, name="x", server="vault", **option)
        assert ran.failed and told in ran["msg"]


def in_snapshots(cloud, server, *snapshots, name="x"):
    mapping = json.dumps([{"snapshot_id": snapshot["id"]} for snapshot in snapshots])
    return cloud.image(name=name, block_device_mapping=mapping, **_marks.for_server_image(server["id"], ["v1"]))


def test_where_a_back_end_keeps_a_snapshot_for_its_volumes_nothing_is_lost(cloud, warned):
    server = vault(cloud)
    snapshots = [cloud.snapshot(name="snapshot for x", volume_id=id) for id in ("v1", "v2", "v3")]
    image = in_snapshots(cloud, server, *snapshots)
    volume = cloud.volume(name="restored", snapshot_id=snapshots[2]["id"])
    refuses = [True]

    def delete(match, body):
        if match[1] == snapshots[2]["id"] and refuses:
            raise OsnapError("Could not delete the volume snapshot: 400: it has clones.", status=400)
        del cloud.cinder.tables["/snapshots"][match[1]]
        return Answer(status_code=202)

    cloud.cinder.on["DELETE", "/snapshots/([^/]+)"] = delete
    asked = {"name": "x", "server": "vault", "state": "absent"}
    check = ensure(cloud, check=True, **asked)
    assert check["changed"] and len(warned) == 1 and f"the volume {volume['id']} was made from it" in warned[0]
    assert ensure(cloud, **asked).failed
    assert len(cloud.cinder.tables["/snapshots"]) == 3 and image["id"] in cloud.glance.tables["/images"]
    refuses.clear()
    assert ensure(cloud, **asked)["changed"] and not cloud.cinder.tables["/snapshots"]


def test_a_snapshot_in_which_another_image_has_its_data_stays_for_that_one(cloud, warned):
    server = vault(cloud)
    shared, own = [cloud.snapshot(name="snapshot for x", volume_id=id) for id in ("v1", "v2")]
    image, other = in_snapshots(cloud, server, shared, own), in_snapshots(cloud, server, shared, name="other")
    asked = {"server": "vault", "state": "absent"}
    assert ensure(cloud, check=True, name="x", **asked)["changed"] and not warned
    assert ensure(cloud, name="x", **asked)["changed"]
    assert (
        list(cloud.cinder.tables["/snapshots"]) == [shared["id"]] and image["id"] not in cloud.glance.tables["/images"]
    )
    assert ensure(cloud, id=other["id"], state="absent")["changed"] and not cloud.cinder.tables["/snapshots"]


def test_an_administrator_leaves_the_data_of_another_projects_images_to_these(cloud):
    snapshot = cloud.snapshot(volume_id="v1")
    image, _other = (
        cloud.image(name=name, owner="theirs", block_device_mapping=json.dumps([{"snapshot_id": snapshot["id"]}]))
        for name in ("one", "two")
    )
    assert ensure(cloud, id=image["id"], state="absent")["changed"]
    assert list(cloud.cinder.tables["/snapshots"]) == [snapshot["id"]]


def test_another_projects_server_gets_no_image_that_its_owner_could_not_see(cloud):
    cloud.server(name="web", tenant_id="theirs")
    for check in (True, False):
        ran = ensure(cloud, check=check, name="x", server="web")
        assert (
            ran.failed
            and "belongs to the project theirs, and what is made of it here would belong to the project project-of-mine"
            in ran["msg"]
        )
    assert not cloud.written


def test_a_hidden_image_is_there_for_present_and_for_absent(cloud):
    server = cloud.server(name="web", status="SHUTOFF")["id"]
    cloud.image(name="before", instance_uuid=server, image_type="snapshot", status="active", os_hidden=True)
    ran = ensure(cloud, name="before", server="web")
    assert not ran.failed and not ran["changed"]
    assert ensure(cloud, name="before", server="web", state="absent")["changed"]
    assert not cloud.glance.tables["/images"]


def test_none_is_left_that_is_hidden_beside_another(cloud):
    """Test the removal of one of two, one of them hidden. Verify that both are listed, for only one can be meant."""
    server = cloud.server(name="web", status="SHUTOFF")["id"]
    for hidden in (False, True):
        cloud.image(name="before", instance_uuid=server, image_type="snapshot", status="active", os_hidden=hidden)
    ran = ensure(cloud, name="before", server="web", state="absent")
    assert ran.failed and ran["msg"].startswith("2 server images match 'before'")
    assert len(cloud.glance.tables["/images"]) == 2


def test_of_two_at_once_the_second_has_changed_nothing(cloud):
    server = cloud.server(name="web")["id"]
    act = cloud.nova.on["POST", "/servers/(.*)/action"]

    def overtaken(match, body):
        cloud.image(
            name="before", image_type="snapshot", instance_uuid=server, created_at="2026-11-24T08:00:00Z", id="t"
        )
        return act(match, body)

    cloud.nova.on["POST", "/servers/(.*)/action"] = overtaken
    ran = ensure(cloud, name="before", server="web")
    assert not ran.failed and ran["image"]["id"] == "t" and not ran["changed"]
    assert list(cloud.glance.tables["/images"]) == ["t"]


# -- what a killed run has begun, and what has happened since


def acted(*names, request="createImage"):
    """Nova's actions, newest first: those after the request of the image, all in its second, and one before it."""
    at = "2026-11-24T10:00:00.000000"
    rows = [*names, request, "start"]
    return [{"action": name, "request_id": "req-1", "start_time": at, "updated_at": at} for name in rows]


def begun(cloud, actions, *, created="2026-11-24T10:00:00", name="night", consistency=None, **server):
    """The image of a volume-backed server whose Cinder snapshots are half made; Cinder is through a moment later."""
    server = cloud.server(name="vault", volumes=["v1"], image=None, **server)
    cloud.nova.on["GET", "/servers/([^/]+)/os-instance-actions"] = lambda match, params: Answer(
        {"instanceActions": [{**row, "start_time": f"{created}.000000"} for row in acted(*actions)]}
    )
    snapshot = cloud.snapshot(
        name=f"snapshot for {name}", volume_id="v1", status="creating", created_at=f"{created}.000000"
    )
    image = cloud.image(
        name=name,
        created_at=f"{created}Z",
        block_device_mapping=json.dumps([{"snapshot_id": snapshot["id"]}]),
        **_marks.for_server_image(server["id"], ["v1"]),
        **({_marks.CONSISTENCY: consistency} if consistency else {}),
    )
    looks, row = [], snapshot

    def made(match, params):
        found = cloud.cinder.tables["/snapshots"].get(match[1])
        looks.append(match[1])
        if found and len(looks) > 12:
            found["status"] = "available"
        return Answer({"snapshot": dict(found)}) if found else None

    def deleted(match, body):
        assert row["status"] == "available", "Cinder refuses to delete a snapshot that it is making"
        del cloud.cinder.tables["/snapshots"][match[1]]
        return Answer(status_code=202)

    cloud.cinder.on["GET", "/snapshots/([^/]+)"] = made
    cloud.cinder.on["DELETE", "/snapshots/([^/]+)"] = deleted
    return server, image


@pytest.mark.parametrize("action", ["reboot", "start", "attach_volume"])
def test_an_unfinished_image_of_a_server_that_has_changed_since_is_made_anew(cloud, action):
    _server, image = begun(cloud, [action])
    asked = {"name": "night", "server": "vault"}
    check = ensure(cloud, check=True, **asked)
    assert not cloud.written and check["changed"]
    real = ensure(cloud, **asked)
    assert (real["changed"], real["diff"], real["outdated"]) == (True, check["diff"], check["outdated"])
    assert len(real["outdated"]) == 1 and "the server " in real["outdated"][0]
    assert real["image"]["id"] != image["id"] and image["id"] not in cloud.glance.tables["/images"]
    assert not cloud.cinder.tables["/snapshots"]
    for check in (True, False):
        assert ensure(cloud, check=check, **asked)["changed"] is False


@pytest.mark.parametrize(
    "actions, more",
    [
        ([], {}),
        (["stop", "lock"], {}),
        (["start"], {"consistency": "off"}),  # the other run's own, which it does when its image is finished
    ],
)
def test_an_unfinished_image_of_a_server_that_is_as_it_was_is_waited_for(cloud, actions, more):
    _server, image = begun(cloud, actions, **more)
    for check in (True, False):
        ran = ensure(cloud, check=check, name="night", server="vault")
        assert (ran["changed"], ran["outdated"]) == (False, [])
    assert ran["image"]["id"] == image["id"] and ran["image"]["status"] == "active" and not cloud.written


def test_a_server_that_was_started_by_hand_has_the_mark_of_its_image_still(cloud):
    _server, image = begun(cloud, ["start"], consistency="off", metadata={_marks.STOPPED_FOR: "night"})
    ran = ensure(cloud, name="night", server="vault", consistency="stop")
    assert ran["outdated"] and ran["image"]["id"] != image["id"] and ran["image"]["consistency"] == "off"


def test_a_finished_image_is_simply_there_whatever_has_happened_since(cloud):
    _server, image = begun(cloud, ["reboot", "start"])
    next(iter(cloud.cinder.tables["/snapshots"].values()))["status"] = "available"
    ran = ensure(cloud, name="night", server="vault")
    assert (ran["changed"], ran["image"]["id"]) == (False, image["id"])


def test_an_image_that_is_given_by_its_id_is_the_one_that_is_meant(cloud):
    _server, image = begun(cloud, ["reboot"])
    ran = ensure(cloud, id=image["id"])
    assert (ran["changed"], ran["image"]["id"]) == (False, image["id"])


def test_an_image_that_another_run_finishes_before_it_is_removed_stays(cloud):
    _server, image = begun(cloud, ["reboot"])
    snapshot = next(iter(cloud.cinder.tables["/snapshots"].values()))
    looks = []

    def look(match, params):
        looks.append(match[1])
        snapshot["status"] = "creating" if len(looks) < 3 else "available"
        return Answer({"snapshot": dict(snapshot)})

    cloud.cinder.on["GET", "/snapshots/([^/]+)"] = look
    ran = ensure(cloud, name="night", server="vault")
    assert ran.failed and "somebody else has been at it since this task looked: now its status is active" in ran["msg"]
    assert image["id"] in cloud.glance.tables["/images"] and not cloud.written


def test_one_that_is_removed_while_its_data_are_half_made_is_waited_for_first(cloud):
    _server, image = begun(cloud, [])
    assert ensure(cloud, name="night", server="vault", state="absent")["changed"]
    assert image["id"] not in cloud.glance.tables["/images"] and not cloud.cinder.tables["/snapshots"]


@pytest.mark.parametrize("actions, adopted", [([], True), (["reboot"], False)])
def test_an_image_that_nova_still_has_to_register_is_taken_only_of_a_server_as_it_was(
    cloud, monkeypatch, actions, adopted
):
    now = datetime.now(timezone.utc).isoformat()[:19]
    _server, image = begun(cloud, actions, created=now)
    del cloud.glance.tables["/images"][image["id"]]

    def registered(_images):
        cloud.glance.tables["/images"][image["id"]] = image
        return {}

    monkeypatch.setattr(ServerImages, "in_use", registered)
    ran = ensure(cloud, name="night", server="vault")
    assert not ran.failed and ran["changed"]
    assert (ran["image"]["id"] == image["id"]) is adopted and bool(ran["outdated"]) is not adopted


def test_an_image_of_a_run_at_the_same_time_that_has_started_its_server_again_is_taken(cloud, monkeypatch):
    """This task has stopped the server once more by then, and has set the mark itself."""
    now = datetime.now(timezone.utc).isoformat()[:19]
    server, image = begun(cloud, ["start"], consistency="off", created=now)
    next(iter(cloud.cinder.tables["/snapshots"].values()))["status"] = "available"
    del cloud.glance.tables["/images"][image["id"]]

    def registered(_images):
        cloud.glance.tables["/images"][image["id"]] = image
        return {}

    monkeypatch.setattr(ServerImages, "in_use", registered)
    ran = ensure(cloud, name="night", server="vault", consistency="stop")
    assert (ran["image"]["id"], ran["outdated"], server["status"]) == (image["id"], [], "ACTIVE")


def test_an_image_that_another_run_has_finished_meanwhile_is_there_whatever_has_happened_since(cloud, monkeypatch):
    """The other run has told its user of it. Verify that it is neither removed nor made twice."""
    now = datetime.now(timezone.utc).isoformat()[:19]
    _server, image = begun(cloud, ["reboot"], created=now)
    next(iter(cloud.cinder.tables["/snapshots"].values()))["status"] = "available"
    del cloud.glance.tables["/images"][image["id"]]

    def registered(_images):
        cloud.glance.tables["/images"][image["id"]] = image
        return {}

    monkeypatch.setattr(ServerImages, "in_use", registered)
    ran = ensure(cloud, name="night", server="vault")
    assert (ran["image"]["id"], ran["outdated"]) == (image["id"], []) and not cloud.written


def test_a_server_that_was_stopped_is_not_kept_off_for_rotation(cloud):
    server = cloud.server(name="web")
    backup(cloud, server, 1)
    cloud.rotates, seen = lambda row: False, []

    def through():
        seen.append(server["status"])
        return "2026-11-24T10:00:05.000000"

    cloud.through = through
    ensure(cloud, name="x", server="web", consistency="stop", rotation={"type": "daily", "keep": 1})
    assert seen and set(seen) == {"ACTIVE"}
