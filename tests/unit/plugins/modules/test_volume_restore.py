# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.modules.volume_restore import VolumeRestore
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring

NOW = "2026-11-24T10:00:00.000000"
NOWHERE = "00000000-0000-4000-8000-000000000000"


class Cinder(FakeCloud):
    """A snapshot and an image to make volumes from, and a server to attach them to; all is done at once."""

    is_admin = False

    def __init__(self):
        super().__init__()
        self.limits = {
            "maxTotalVolumes": 10,
            "totalVolumesUsed": 0,
            "maxTotalVolumeGigabytes": 100,
            "totalGigabytesUsed": 0,
        }
        self.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": self.limits}})
        self.cinder.put("/types", id="t1", name="fast")
        self.zones = {"nova": True, "closed": False}
        self.cinder.on["GET", "/os-availability-zone"] = lambda match, params: Answer(
            {
                "availabilityZoneInfo": [
                    {"zoneName": name, "zoneState": {"available": open}} for name, open in self.zones.items()
                ]
            }
        )
        self.largest, self.of_types = -1, {}
        self.cinder.on["GET", "/os-quota-sets/(.+)"] = lambda match, params: Answer({"quota_set": self.quota_set()})
        self.cinder.on["POST", "/volumes"] = self.restore
        self.cinder.on["POST", "/volumes/([^/]+)/metadata"] = lambda match, body: self.change(
            match[1], metadata={**self.cinder.tables["/volumes"][match[1]]["metadata"], **body["metadata"]}
        )
        self.cinder.on["DELETE", "/volumes/([^/]+)/metadata/(.+)"] = lambda match, body: Answer(
            self.cinder.tables["/volumes"][match[1]]["metadata"].pop(match[2]) and {}
        )
        self.cinder.on["PUT", "/volumes/([^/]+)"] = lambda match, body: self.change(match[1], **body["volume"])
        self.cinder.on["POST", "/volumes/([^/]+)/action"] = lambda match, body: self.change(
            match[1], bootable=str(body["os-set_bootable"]["bootable"]).lower()
        )
        self.nova.on["POST", "/servers/([^/]+)/os-volume_attachments"] = self.attach
        self.nova.on["GET", "/servers/([^/]+)/os-volume_attachments"] = lambda match, params: Answer(
            {"volumeAttachments": self.attached[match[1]]}
        )
        self.source = self.snapshot(name="nightly", size=2)["id"]
        self.golden = self.image(name="golden", size=3 * 2**30, min_disk=1)["id"]
        self.web = self.server(name="web")["id"]
        self.attached = {self.web: []}

    def quota_set(self):
        absolute = self.limits
        usage = {
            "volumes": (absolute["maxTotalVolumes"], absolute["totalVolumesUsed"]),
            "gigabytes": (absolute["maxTotalVolumeGigabytes"], absolute["totalGigabytesUsed"]),
            "per_volume_gigabytes": (self.largest, 0),
            **{key: (limit, 0) for key, limit in self.of_types.items()},
        }
        return {key: {"limit": limit, "in_use": used, "reserved": 0} for key, (limit, used) in usage.items()}

    def restore(self, match, body):
        asked = body["volume"]
        image = asked.pop("imageRef", None)
        made = self.volume(
            **{
                "size": 2,
                "bootable": "true" if image else "false",
                "attachments": [],
                "volume_type": "fast",
                "created_at": NOW,
                "volume_image_metadata": {"image_id": image} if image else None,
                **asked,
            }
        )
        return Answer({"volume": made}, 202)

    def change(self, id, **values):
        self.cinder.tables["/volumes"][id].update(values)
        return Answer({"volume": self.cinder.tables["/volumes"][id], "metadata": values.get("metadata")})

    def attach(self, match, body):
        asked = {"device": "/dev/vdb", "delete_on_termination": False, **body["volumeAttachment"]}
        self.attached[match[1]].append(asked)
        self.change(
            asked["volumeId"], status="in-use", attachments=[{"server_id": match[1], "device": asked["device"]}]
        )
        return Answer({"volumeAttachment": asked})

    def there(self, **values):
        """A volume that was made from the snapshot."""
        return self.volume(
            **{
                "name": "restored",
                "size": 2,
                "snapshot_id": self.source,
                "metadata": {"osnap_source": self.source},
                "attachments": [],
                **values,
            }
        )

    @property
    def volumes(self):
        return list(self.cinder.tables["/volumes"].values())


@pytest.fixture(autouse=True)
def impatient(monkeypatch, impatient):
    monkeypatch.setattr(waiter, "pause", lambda context, seconds=1: None)


@pytest.fixture
def cloud():
    return Cinder()


ensure = ensuring(VolumeRestore)


RESTORED = {"name": "restored", "snapshot": "nightly"}


# -- arguments


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "one of the following is required: id, name."),
        ({"name": " ", "snapshot": "nightly"}, "name is empty; give the volume a name, or the id of an existing one."),
        ({"name": "x"}, "snapshot, image and backup are missing; say which of them the volume 'x' is made from."),
        ({"name": "x", "snapshot": " ", "image": ""}, "snapshot, image and backup are missing"),
        (
            {"name": "x", "snapshot": "nightly", "image": "golden"},
            "parameters are mutually exclusive: snapshot|image|backup.",
        ),
        ({**RESTORED, "size": 0}, "size is 0; it takes GiB, 1 to 2147483647."),
        ({**RESTORED, "server": "web", "device": "vdb"}, "device is 'vdb'; it takes a name such as /dev/vdb."),
        ({**RESTORED, "timeout": -1}, "timeout is -1; it takes seconds, 0 or more."),
        ({**RESTORED, "device": "/dev/vdc"}, "missing parameter(s) required by 'device': server."),
        (
            {**RESTORED, "delete_on_termination": True},
            "missing parameter(s) required by 'delete_on_termination': server.",
        ),
        (
            {**RESTORED, "metadata": {"osnap_source": "x"}},
            "metadata has osnap_source, which this collection keeps for itself; leave it out.",
        ),
        (
            {**RESTORED, "metadata": {"osnap_unsettled": "x", "osnap_reverted_to": "y"}},
            "metadata has osnap_reverted_to, osnap_unsettled, which this collection keeps for itself; leave it out.",
        ),
        ({**RESTORED, "size": 2**31}, "size is 2147483648; it takes GiB, 1 to 2147483647."),
        ({**RESTORED, "description": "x\ny"}, "description has the character '\\n', which Cinder refuses"),
        (
            {"volumes": [RESTORED, {**RESTORED, "name": " restored "}]},
            "volumes[1] is the same object as volumes[0]; name each once.",
        ),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = ensure(cloud, **arguments)
    assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.cinder.reads and not cloud.written


# -- its life


@pytest.mark.parametrize(
    "asked, sent",
    [
        (
            {"snapshot": "nightly", "metadata": {"keep": True}, "size": 3, "volume_type": "t1"},
            {
                "snapshot_id": "source",
                "metadata": {"keep": "true", "osnap_source": "source"},
                "size": 3,
                "volume_type": "fast",
            },
        ),
        (
            {"image": "golden"},
            {"imageRef": "golden", "metadata": {"osnap_source": "golden", "osnap_unsettled": "true"}, "size": 3},
        ),
        (
            {"image": "golden", "bootable": True, "description": "d "},
            {
                "imageRef": "golden",
                "metadata": {"osnap_source": "golden", "osnap_unsettled": "true"},
                "size": 3,
                "description": "d",
            },
        ),
        (
            {
                "snapshot": "nightly",
                "server": "web",
                "device": "/dev/vdx",
                "delete_on_termination": True,
                "bootable": True,
            },
            {"snapshot_id": "source", "metadata": {"osnap_source": "source"}},
        ),
    ],
)
def test_check_real_check_real(cloud, asked, sent):
    ids = {"source": cloud.source, "golden": cloud.golden}
    check, real = ensure(cloud, check=True, name="restored", **asked), ensure(cloud, name="restored", **asked)
    assert (
        check["changed"]
        and real["changed"]
        and check["diff"] == real["diff"]
        and set(check["volume"]) == set(real["volume"])
    )
    assert all(value in (None, real["volume"][key]) for key, value in check["volume"].items())
    body = {key: ids.get(value, value) for key, value in sent.items() if key != "metadata"}
    body["metadata"] = {key: ids.get(value, value) for key, value in sent["metadata"].items()}
    assert cloud.cinder.sent[0] == ("POST", "/volumes", {"volume": {"name": "restored", **body}})
    written = len(cloud.written)
    for check in (True, False):
        again = ensure(cloud, check=check, name="restored", **asked)
        assert again["changed"] is False and again["volume"] == real["volume"]
    assert len(cloud.written) == written and len(cloud.volumes) == 1
    assert (
        real["volume"]["is_bootable"] == bool(asked.get("bootable"))
        and "osnap_unsettled" not in real["volume"]["metadata"]
    )
    if "server" in asked:
        assert real["volume"]["status"] == "in-use" and real["volume"]["server_id"] == cloud.web
        assert cloud.attached[cloud.web] == [
            {"volumeId": real["volume"]["id"], "device": "/dev/vdx", "delete_on_termination": True}
        ]


def test_a_present_one_is_looked_up_with_two_requests_by_name_and_one_by_id(cloud):
    cloud.there()
    ensure(cloud, **RESTORED)
    assert len(cloud.cinder.reads) == 2
    ensure(cloud, name="restored", snapshot=cloud.source)
    assert len(cloud.cinder.reads) == 3


def test_texts_and_metadata_change_and_the_mark_stays(cloud):
    id = cloud.there()["id"]
    ran = ensure(cloud, id=id, name="renamed", description="d", metadata={"a": 1})
    assert (
        ran["changed"]
        and ran["volume"]["name"] == "renamed"
        and ran["volume"]["metadata"] == {"osnap_source": cloud.source, "a": "1"}
    )


def test_what_others_write_meanwhile_stays(cloud):
    """Between the plan and the write, as two tasks on one volume do."""
    volume, planned = cloud.there(status="creating", metadata={"osnap_source": cloud.source, "theirs": "old"}), []

    def ready(match, params):
        planned.append(1)
        if len(planned) > 1:
            volume["status"] = "available"
            volume["metadata"] = {**volume["metadata"], "theirs": "new", "added": "x"}
        return Answer({"volume": volume})

    cloud.cinder.on["GET", f"/volumes/({volume['id']})"] = ready
    ran = ensure(cloud, id=volume["id"], metadata={"a": "1"})
    assert ran["changed"] and not ran.failed
    assert volume["metadata"] == {"osnap_source": cloud.source, "theirs": "new", "added": "x", "a": "1"}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    "asked, told",
    [
        ({"availability_zone": "moon"}, "There is no availability zone 'moon' for volumes in cloud "),
        ({"availability_zone": "closed"}, "There is no availability zone 'closed' for volumes in cloud "),
        ({"size": 5}, "The volume 'restored' would have 5 GiB, and 4 is the most "),
        (
            {"snapshot": None, "image": "big"},
            "The volume 'restored' would have 7 GiB, and 4 is the most that the project's quota gives a single volume",
        ),
    ],
)
def test_places_and_sizes_that_there_are_none_of_are_told_beforehand(cloud, asked, told, check):
    cloud.largest = 4
    cloud.image(name="big", size=7 * 2**30, min_disk=1)
    arguments = {key: value for key, value in {**RESTORED, **asked}.items() if value is not None}
    ran = ensure(cloud, check=check, **arguments)
    assert ran["msg"].startswith(told) and not ran["changed"] and not cloud.cinder.sent


@pytest.mark.parametrize(
    "asked, kind",
    [
        ({"snapshot": "nightly"}, "slow"),  # that of the snapshot's volume
        ({"snapshot": "nightly", "volume_type": "fast"}, "fast"),
        ({"image": "typed"}, "of the image"),
        ({"image": "plain"}, "usual"),
    ],
)
@pytest.mark.parametrize("what, more", [("volumes", "1 more volumes"), ("gigabytes", "GiB of volumes and snapshots")])
def test_a_volume_type_has_a_quota_of_its_own(cloud, asked, kind, what, more):
    disk = cloud.volume(name="disk of nightly", volume_type="slow", attachments=[])["id"]
    next(row for row in cloud.cinder.tables["/snapshots"].values() if row["name"] == "nightly")["volume_id"] = disk
    cloud.image(name="typed", size=8, cinder_img_volume_type="of the image")
    cloud.image(name="plain", size=8)
    cloud.cinder.on["GET", "/types/default"] = lambda match, params: Answer({"volume_type": {"name": "usual"}})
    cloud.of_types = {f"{what}_another": 0, f"{what}_{kind}": 0}
    for check in (True, False):
        ran = ensure(cloud, check=check, name="restored", **asked)
        assert ran.failed and ran["status"] == 413 and not cloud.written
        assert f"{more} of the volume type '{kind}' are needed, and the project's quota leaves 0; " in ran["msg"]
    cloud.of_types[f"{what}_{kind}"] = 50
    assert ensure(cloud, check=True, name="restored", **asked)["changed"]


def test_a_quota_of_a_single_volume_that_nobody_shows_is_left_to_cinder(cloud):
    def hidden(match, params):
        raise OsnapError("Could not read it: 403.", status=403)

    cloud.cinder.on["GET", "/os-quota-sets/(.+)"] = hidden
    assert ensure(cloud, check=True, **RESTORED, size=50, availability_zone="nova")["changed"]


# -- which one is it?


def test_a_mark_that_came_with_other_metadata_says_nothing(cloud):
    """Volumes that were made of another one, with its metadata: neither ours, nor waiting to be made bootable."""
    marks = {"osnap_source": cloud.golden, "osnap_unsettled": "true"}
    id = cloud.volume(name="restored", snapshot_id=NOWHERE, metadata=marks, bootable="true", attachments=[])["id"]
    assert ensure(cloud, state="absent", name="restored")["changed"] is False
    ran = ensure(cloud, id=id, check=True, state="present", bootable=True)
    assert ran["changed"] is False and ran["volume"]["metadata"] == marks


def test_one_of_that_name_from_elsewhere_is_an_error_and_is_left_alone(cloud):
    for other in ({"snapshot_id": NOWHERE}, {"snapshot_id": None, "volume_image_metadata": {"image_id": cloud.golden}}):
        id = cloud.there(**other, metadata={})["id"]
        for check in (True, False):
            ran = ensure(cloud, check=check, **RESTORED)
            assert (
                ran["msg"].startswith(f"The name 'restored' is taken by {id} (available, ")
                and f"not made from the snapshot {cloud.source}; " in ran["msg"]
            )
        assert ensure(cloud, state="absent", **RESTORED)["changed"] is False
        assert not cloud.written
        del cloud.cinder.tables["/volumes"][id]


def test_one_that_another_tool_has_made_of_the_snapshot_is_taken(cloud):
    cloud.there(metadata={})
    assert ensure(cloud, **RESTORED)["changed"] is False


def test_by_its_name_alone_only_one_with_our_mark_is_removed(cloud):
    cloud.there(metadata={}), cloud.there(snapshot_id=None, metadata={})
    ours = cloud.there()["id"]
    assert ensure(cloud, name="restored", state="absent")["changed"]
    assert len(cloud.volumes) == 2 and ours not in cloud.cinder.tables["/volumes"]


def test_a_volume_whose_snapshot_has_gone_is_not_removed_on_a_guess(cloud):
    id = cloud.there(snapshot_id=NOWHERE, metadata={"osnap_source": NOWHERE})["id"]
    ran = ensure(cloud, name="restored", snapshot="no-such", state="absent")
    assert ran.failed and id in ran["msg"] and "give the id" in ran["msg"]
    assert ensure(cloud, name="other", snapshot="no-such", state="absent")["changed"] is False


def test_a_killed_runs_volume_of_an_image_is_found_by_its_mark_while_it_is_filled(cloud):
    marks = {"osnap_source": cloud.golden, "osnap_unsettled": "true"}
    id = cloud.volume(name="restored", status="downloading", size=3, metadata=marks, attachments=[], bootable="false")[
        "id"
    ]
    cloud.cinder.on["GET", "/volumes/" + id] = lambda match, params: Answer(
        {"volume": {**cloud.volumes[0], "status": "available", "bootable": "true"}}
    )
    ensure(cloud, name="restored", image="golden")
    assert [request[2] for request in cloud.cinder.sent] == [{"os-set_bootable": {"bootable": False}}, None]


def made_of(cloud, metadata):
    """A volume of the image, as Cinder has it once it is filled."""
    cloud.volume(
        name="restored",
        status="available",
        size=3,
        metadata=metadata,
        volume_image_metadata={"image_id": cloud.golden},
        attachments=[],
        bootable="true",
    )


@pytest.mark.parametrize("bootable, sent", [(False, 2), (True, 1)])
def test_a_killed_run_that_had_not_said_whether_it_is_bootable_is_finished(cloud, bootable, sent):
    marks = {"osnap_source": cloud.golden, "osnap_unsettled": "true"}
    made_of(cloud, marks)
    asked = {"name": "restored", "image": "golden", "bootable": bootable or None}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert (
        check["changed"]
        and real["changed"]
        and check["diff"] == real["diff"]
        and real["volume"]["is_bootable"] is bootable
    )
    assert len(cloud.cinder.sent) == sent and cloud.volumes[0]["metadata"] == {"osnap_source": cloud.golden}
    assert ensure(cloud, **asked)["changed"] is False


def test_a_boot_flag_that_somebody_sets_later_stays_unless_it_is_said_otherwise(cloud):
    made_of(cloud, {"osnap_source": cloud.golden})
    assert ensure(cloud, name="restored", image="golden", description="Of mine")["volume"]["is_bootable"] is True
    assert ensure(cloud, name="restored", image="golden", bootable=False)["volume"]["is_bootable"] is False


@pytest.mark.parametrize(
    "field, want", [("size", 5), ("volume_type", "fast"), ("availability_zone", "here"), ("image", "golden")]
)
def test_what_cant_be_changed_is_told(cloud, field, want):
    id = cloud.there(volume_type="slow", availability_zone="there")["id"]
    ran = ensure(cloud, id=id, **{field: want})
    assert ran.failed and f"{field} can't be changed" in ran["msg"] and not cloud.written


def test_of_two_that_twins_make_the_older_is_kept(cloud):
    older = cloud.there(created_at="2026-11-24T08:00:00.000000")
    del cloud.cinder.tables["/volumes"][older["id"]]
    made = cloud.restore

    def race(match, body):
        cloud.cinder.tables["/volumes"][older["id"]] = older
        return made(match, body)

    cloud.cinder.on["POST", "/volumes"] = race
    assert ensure(cloud, **RESTORED)["volume"]["id"] == older["id"]
    assert [volume["id"] for volume in cloud.volumes] == [older["id"]]


@pytest.mark.parametrize("bootable, stays", [(None, "true"), (False, "false")])
def test_what_a_twin_has_said_of_booting_stays_unless_this_task_says_otherwise(cloud, bootable, stays):
    made = cloud.restore

    def race(match, body):
        cloud.volume(
            name="restored",
            size=3,
            bootable="true",
            attachments=[],
            metadata={"osnap_source": cloud.golden},
            volume_image_metadata={"image_id": cloud.golden},
            created_at="2026-11-24T08:00:00.000000",
        )
        return made(match, body)

    cloud.cinder.on["POST", "/volumes"] = race
    ran = ensure(cloud, name="restored", image="golden", **({} if bootable is None else {"bootable": bootable}))
    assert not ran.failed and [volume["bootable"] for volume in cloud.volumes] == [stays]
    assert ran["changed"] is (bootable is not None)


# -- what would be refused


@pytest.mark.parametrize(
    "asked, told",
    [
        (
            {"size": 1},
            "The snapshot 'nightly' ({source}) needs 2 GiB, and size is 1; make it 2 or more, or leave size out.",
        ),
        ({"snapshot": None, "image": "golden", "size": 2}, "The image 'golden' ({golden}) needs 3 GiB, and size is 2;"),
        ({"snapshot": "busy"}, "The snapshot 'busy' ("),
        ({"snapshot": None, "image": "empty"}, "The image 'empty' ("),
        ({"snapshot": None, "image": "queued"}, "The image 'queued' ("),
        ({"volume_type": "slow"}, "There is no volume type 'slow' in cloud test; this project may use fast."),
        ({"snapshot": NOWHERE}, f"There is no volume snapshot with the ID {NOWHERE} in cloud test;"),
        ({"snapshot": "none"}, "There is no volume snapshot named 'none' in cloud test;"),
        ({"server": "none"}, "There is no server named 'none' in cloud test;"),
        ({"server": "broken"}, "The server 'broken' ("),
        ({"server": "locked"}, "The server 'locked' ("),
    ],
)
def test_what_would_be_refused_is_told_in_check_mode_too(cloud, asked, told):
    cloud.snapshot(name="busy", status="creating")
    cloud.image(name="empty", size=0)
    cloud.image(name="queued", status="queued")
    cloud.server(name="broken", status="ERROR")
    cloud.server(name="locked", locked=True)
    for check in (True, False):
        ran = ensure(cloud, check=check, **{**RESTORED, **asked})
        assert ran.failed and ran["msg"].startswith(told.format(source=cloud.source, golden=cloud.golden))
    assert not cloud.written


@pytest.mark.parametrize(
    "limits, told",
    [
        ({"maxTotalVolumes": 1}, "2 more volumes are needed, and the project's quota leaves 1; raise the quota"),
        (
            {"maxTotalVolumeGigabytes": 5, "totalGigabytesUsed": 1},
            "5 more GiB of volumes and snapshots are needed, and the project's quota leaves 4;",
        ),
    ],
)
def test_what_would_go_over_the_quota_is_not_begun(cloud, limits, told):
    cloud.limits.update(limits)
    ran = ensure(cloud, volumes=[{"name": "a", "snapshot": "nightly"}, {"name": "b", "image": "golden"}])
    assert ran.failed and not cloud.written
    assert all(outcome["msg"].startswith(told) and outcome["status"] == 413 for outcome in ran["outcomes"])


def test_one_that_is_to_be_made_anew_by_its_id_needs_its_source(cloud):
    id = cloud.there(status="error")["id"]
    cloud.cinder.on["GET", "/messages"] = lambda match, params: Answer({"messages": []})
    ran = ensure(cloud, id=id, on_error="replace")
    assert (
        ran["msg"] == "snapshot, image and backup are missing; say which of them the volume 'restored' is made from."
        and not cloud.written
    )
    assert ensure(cloud, id=id, snapshot="nightly", on_error="replace")["volume"]["id"] != id


# -- attached


def test_check_mode_knows_the_metadata_of_a_new_volume(cloud):
    """Those that are asked for, and our mark; administrators are shown more of one that is attached."""
    known = {"a": "1", "osnap_source": cloud.source}
    asked = {**RESTORED, "metadata": {"a": 1}}
    assert ensure(cloud, check=True, **asked)["volume"]["metadata"] == known
    assert ensure(cloud, check=True, **asked, server="web")["volume"]["metadata"] == known
    image = ensure(cloud, check=True, name="of golden", image="golden")
    assert image["volume"]["metadata"] == {"osnap_source": cloud.golden}
    cloud.is_admin = True
    assert ensure(cloud, check=True, **asked, server="web")["volume"]["metadata"] is None
    assert ensure(cloud, **asked)["volume"]["metadata"] == known


def test_one_that_is_there_is_attached(cloud):
    cloud.there()
    check, real = ensure(cloud, check=True, **RESTORED, server="web"), ensure(cloud, **RESTORED, server="web")
    assert check["changed"] and check["diff"] == real["diff"]
    assert all(value in (None, real["volume"][key]) for key, value in check["volume"].items())
    assert cloud.nova.sent == [
        (
            "POST",
            f"/servers/{cloud.web}/os-volume_attachments",
            {"volumeAttachment": {"volumeId": real["volume"]["id"]}},
        )
    ]


@pytest.mark.parametrize(
    "asked, told",
    [
        (
            {"server": "other"},
            " is attached to the server {web}, and {other} was asked for; detach it first, then run again.",
        ),
        (
            {"server": "web", "device": "/dev/vdz"},
            (
                " already, and that can't be changed: device is '/dev/vdb' and '/dev/vdz' was asked for; detach it"
                " first, or leave device out."
            ),
        ),
        (
            {"server": "web", "delete_on_termination": True},
            " already, and that can't be changed: delete_on_termination is False and True was asked for;",
        ),
    ],
)
def test_an_attached_one_is_not_attached_otherwise(cloud, asked, told):
    other = cloud.server(name="other")["id"]
    cloud.attached[other] = []
    ensure(cloud, **RESTORED, server="web")
    written = len(cloud.written)
    for check in (True, False):
        ran = ensure(cloud, check=check, **RESTORED, **asked)
        assert ran.failed and told.format(web=cloud.web, other=other) in ran["msg"]
    assert len(cloud.written) == written


def test_an_attached_one_is_not_deleted(cloud):
    ensure(cloud, **RESTORED, server="web")
    for check in (True, False):
        ran = ensure(cloud, check=check, **RESTORED, state="absent")
        assert f"is attached to the server {cloud.web}, and can't be deleted; detach it first" in ran["msg"]


def test_one_that_is_attached_to_a_host_is_not_deleted(cloud):
    """Ironic and Glance attach volumes to hosts."""
    cloud.there(status="in-use", attachments=[{"server_id": None, "host_name": "node-1", "device": "/dev/vdb"}])
    for check in (True, False):
        ran = ensure(cloud, check=check, **RESTORED, state="absent")
        assert ran.failed and " is attached to the host node-1, and can't be deleted; detach it first" in ran["msg"]
    assert not cloud.written


def test_one_that_is_attached_to_a_host_is_not_attached_to_a_server(cloud):
    cloud.there(status="in-use", attachments=[{"server_id": None, "host_name": "node-1"}])
    for check in (True, False):
        ran = ensure(cloud, check=check, **RESTORED, server="web")
        assert f" is attached to the host node-1, and {cloud.web} was asked for; detach it first" in ran["msg"]
    assert not cloud.written


def test_it_is_attached_only_when_nova_says_so_too(cloud):
    id = cloud.there(status="in-use", attachments=[{"server_id": cloud.web, "device": "/dev/vdb"}])["id"]
    looks = []

    def listed(match, params):
        looks.append(match)
        return Answer(
            {
                "volumeAttachments": (
                    [{"volumeId": id, "device": "/dev/vdb", "delete_on_termination": False}] if len(looks) > 2 else []
                )
            }
        )

    cloud.nova.on["GET", "/servers/([^/]+)/os-volume_attachments"] = listed
    ran = ensure(cloud, **RESTORED, server="web")
    assert not ran.failed and ran["volume"]["status"] == "in-use" and len(looks) > 2


def test_nova_giving_up_is_told(cloud):
    cloud.nova.on["POST", "/servers/([^/]+)/os-volume_attachments"] = lambda match, body: Answer({})
    ran = ensure(cloud, **RESTORED, server="web")
    assert ran.failed and "but Nova took the request to attach it and gave up" in ran["msg"]


def test_another_device_than_asked_for_is_told(cloud):
    attach = cloud.attach

    def chosen(match, body):
        body["volumeAttachment"]["device"] = "/dev/vdb"
        return attach(match, body)

    cloud.nova.on["POST", "/servers/([^/]+)/os-volume_attachments"] = chosen
    ran = ensure(cloud, **RESTORED, server="web", device="/dev/vdz")
    assert "but not as asked for: device became '/dev/vdb'; leave it out" in ran["msg"]


@pytest.mark.parametrize(
    "error, done, posts",
    [
        (Ambiguous("reset"), True, 1),
        (Ambiguous("reset"), False, 2),
        (OsnapError("later", status=503), False, 2),
    ],
)
def test_attaching_is_looked_up_before_a_second_try(cloud, error, done, posts):
    attach, failed = cloud.attach, []

    def once(match, body):
        if not failed:
            failed.append(done and attach(match, body))
            raise error
        return attach(match, body)

    cloud.nova.on["POST", "/servers/([^/]+)/os-volume_attachments"] = once
    assert not ensure(cloud, **RESTORED, server="web").failed
    assert len(cloud.nova.sent) == posts and len(cloud.attached[cloud.web]) == 1


@pytest.mark.parametrize("error", [OsnapError("no", status=409), Unanswered("timed out")])
def test_attaching_is_not_tried_again_where_that_is_no_use_or_unsafe(cloud, error):
    def refuse(match, body):
        raise error

    cloud.nova.on["POST", "/servers/([^/]+)/os-volume_attachments"] = refuse
    ran = ensure(cloud, **RESTORED, server="web")
    assert ran.failed and ran["msg"] == str(error) and len(cloud.nova.sent) == 1 and ran["changed"]


def test_a_volume_with_snapshots_stays_and_they_are_named(cloud):
    volume = cloud.there()["id"]
    snapshot = cloud.snapshot(volume_id=volume, status="error_deleting")["id"]
    for check in (True, False):
        ran = ensure(cloud, check=check, state="absent", **RESTORED)
        assert ran.failed and f"has snapshots, and can't be deleted: {snapshot} (error_deleting, 2026" in ran["msg"]
    assert not cloud.written


def test_a_restored_backup_of_our_volume_is_not_ours_to_delete(cloud):
    """Cinder gives it the name and the metadata of the volume, our mark too, and says of no source."""
    cloud.there(snapshot_id=None)
    ran = ensure(cloud, name="restored", state="absent")
    assert not ran["changed"] and not cloud.written
    ran = ensure(cloud, **RESTORED)
    assert ran.failed and "is taken by" in ran["msg"] and not cloud.written


def test_a_restored_backup_of_a_volume_of_an_image_is_not_of_that_image(cloud):
    """Cinder gives it the image's metadata, too, and says only in one key that it comes from a backup."""
    image = cloud.image(name="disk", min_disk=1)["id"]
    row = cloud.there(snapshot_id=None, volume_image_metadata={"image_id": image})
    row["metadata"] = {"osnap_source": image}
    assert ensure(cloud, name="restored", image="disk", check=True, state="absent")["changed"]
    row["metadata"]["src_backup_id"] = "a-backup"
    for asked in ({}, {"image": "disk"}):
        assert not ensure(cloud, name="restored", state="absent", **asked)["changed"] and not cloud.written
    ran = ensure(cloud, name="restored", image="disk")
    assert ran.failed and "is taken by" in ran["msg"] and not cloud.written
