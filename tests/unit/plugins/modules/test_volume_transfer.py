# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import time

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import connection
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_transfers import VolumeTransfers
from ansible_collections.osnap.openstack.plugins.modules.volume_transfer import VolumeTransfer
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, Api, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run

NOWHERE = "00000000-0000-4000-8000-000000000000"
KEY = "a1b2c3d4e5f60718"
OWNER = "os-vol-tenant-attr:tenant_id"


class Killed(Exception):
    """The end of a run in the middle of it."""


class Project(FakeCloud):
    """The login of one project; a volume is shown to its owner only."""

    def __init__(self, name, store):
        super().__init__()
        self.name, self.project_id, self.store = name, f"project-{name}", store
        self.limits = {
            "maxTotalVolumes": 10,
            "totalVolumesUsed": 0,
            "maxTotalVolumeGigabytes": 100,
            "totalGigabytesUsed": 0,
            "maxTotalSnapshots": 10,
            "totalSnapshotsUsed": 0,
        }
        self.types = [{"id": "type-1", "name": "fast"}]
        api = self.cinder
        api.pages = self.pages
        api.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": self.limits}})
        api.on["GET", "/volumes/([^/]+)"] = lambda match, params: self.shown(match[1])
        api.on["POST", "/volumes/([^/]+)/metadata"] = lambda match, body: Answer(
            self.store[match[1]]["metadata"].update(body["metadata"]) or {}
        )
        api.on["DELETE", "/volumes/([^/]+)/metadata/(.+)"] = lambda match, body: Answer(
            self.store[match[1]]["metadata"].pop(match[2], None) and {}
        )
        api.on["GET", "/os-volume-transfer/detail"] = lambda match, params: Answer(
            {"transfers": list(self.store["offers"].values())}
        )
        for path in ("/volume-transfers", "/os-volume-transfer"):
            api.on["POST", path] = self.offer
            api.on["POST", f"{path}/([^/]+)/accept"] = self.accept
            api.on["DELETE", f"{path}/([^/]+)"] = self.take_back

    def shown(self, id):
        row = self.store.get(id)
        return Answer({"volume": row}) if row and row[OWNER] == self.project_id else None

    def pages(self, path, key, *, doing, params=None, **extra):
        if key == "volumes":
            return [
                copy.deepcopy(row)
                for row in self.store.values()
                if row[OWNER] == self.project_id and (params or {}).get("name") in (None, row["name"])
            ]
        if key == "volume_types":
            return self.types
        if key == "transfers":
            return [dict(row) for row in self.store["offers"].values()]
        return Api.pages(self.cinder, path, key, doing=doing, params=params, **extra)

    def offer(self, match, body):
        volume = self.store[body["transfer"]["volume_id"]]
        if volume["status"] != "available":
            raise OsnapError("status must be available", status=400)
        volume["status"] = "awaiting-transfer"
        made = {
            "id": f"offer-{len(self.store['made'])}",
            "volume_id": volume["id"],
            "no_snapshots": body["transfer"].get("no_snapshots"),
            "name": body["transfer"].get("name"),
        }
        self.store["made"].append(made)
        self.store["offers"][made["id"]] = made
        return Answer({"transfer": {**made, "auth_key": KEY}}, 202)

    def accept(self, match, body):
        offer = self.store["offers"].pop(match[1], None)
        if offer is None or body != {"accept": {"auth_key": KEY}}:
            raise OsnapError("Could not accept: 404.", status=404)
        self.store[offer["volume_id"]].update({OWNER: self.project_id, "status": "available"})
        return Answer({}, 202)

    def take_back(self, match, body):
        offer = self.store["offers"].pop(match[1], None)
        if offer is None:
            return Answer({}, 404)
        self.store[offer["volume_id"]]["status"] = "available"
        return Answer({}, 202)


class Store(dict):
    """Volumes by ID, and the offers there are."""

    def values(self):
        return [value for key, value in self.items() if key not in ("offers", "made")]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.fixture
def cloud():
    store = Store(offers={}, made=[])
    source = Project("mine", store)
    source.peer = Project("theirs", store)
    source.disk = volume(source)["id"]
    return source


def volume(cloud, **values):
    made = {
        "id": f"{len(cloud.store):08d}-0000-4000-8000-000000000000",
        "name": "data",
        "status": "available",
        "size": 2,
        "metadata": {},
        "attachments": [],
        "encrypted": False,
        "created_at": "2026-11-24T09:00:00.000000",
        OWNER: cloud.project_id,
        **values,
    }
    cloud.store[made["id"]] = made
    return made


def ensure(cloud, *, check=False, **arguments):
    operation = VolumeTransfer()
    operation.connect = lambda params: cloud
    return run(operation, {"destination": {"cloud": "theirs"}, **arguments}, check=check, diff=True)


def writes(cloud):
    return cloud.written + cloud.peer.written


def marks(cloud):
    return {_marks.FROM: cloud.project_id, _marks.FROM_FOR: cloud.disk}


def left_offer(cloud, **values):
    """What a killed run has left: an offer whose key nobody has."""
    cloud.store[cloud.disk]["metadata"] = marks(cloud)
    cloud.offer(None, {"transfer": {"volume_id": cloud.disk, "name": VolumeTransfers.name_of(cloud.disk), **values}})


def theirs(cloud):
    return (
        cloud.store[cloud.disk][OWNER] == "project-theirs"
        and cloud.store[cloud.disk]["status"] == "available"
        and not cloud.store["offers"]
    )


def still_ours(cloud):
    disk = cloud.store[cloud.disk]
    return (
        disk[OWNER] == "project-mine"
        and disk["status"] == "available"
        and not cloud.store["offers"]
        and not disk["metadata"]
    )


# -- its life


@pytest.mark.parametrize("by", ["data", "id"])
def test_check_real_check_real(cloud, by):
    named = {"volume": cloud.disk if by == "id" else "data"}
    cloud.snapshot(volume_id=cloud.disk)
    check, real = ensure(cloud, check=True, **named), ensure(cloud, **named)
    assert (
        check["changed"]
        and real["changed"]
        and check["diff"] == real["diff"]
        and set(check["volume"]) == set(real["volume"])
    )
    assert all(value in (None, real["volume"][key]) for key, value in check["volume"].items())
    assert theirs(cloud) and real["volume"]["project_id"] == "project-theirs" and real["volume"]["id"] == cloud.disk
    written = len(writes(cloud))
    for check in (True, False):
        again = ensure(cloud, check=check, **named)
        assert again["changed"] is False and again["volume"] == real["volume"]
    assert len(writes(cloud)) == written


@pytest.mark.parametrize("snapshots, sent", [(None, False), (True, False), (False, True)])
def test_snapshots_travel_unless_it_is_said_otherwise(cloud, snapshots, sent):
    ensure(cloud, volume="data", snapshots=snapshots)
    assert cloud.store["made"][0]["no_snapshots"] is sent


def test_the_key_is_logged_nowhere_and_masked(cloud):
    cloud.store[cloud.disk]["description"] = f"by chance the key, {KEY}"
    ran = ensure(cloud, volume="data")
    assert not ran.failed and KEY not in ran.output and KEY not in ran.logged
    for api in (cloud.cinder, cloud.peer.cinder):
        told = [
            extra
            for (method, path, body), extra in zip(api.sent, api.extras, strict=True)
            if path.startswith("/volume-transfers")
        ]
        assert told and all(extra == {"log": False} for extra in told)


# -- killed, and answers that never come


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 4))
def test_killed_at_any_request_and_run_again_it_is_handed_over(cloud, number, after):
    count = [0]

    def wrapped(write):
        def killing(*args, **kwargs):
            count[0] += 1
            if count[0] == number and not after:
                raise Killed
            answer = write(*args, **kwargs)
            if count[0] == number:
                raise Killed
            return answer

        return killing

    originals = [(api, api.write) for api in (cloud.cinder, cloud.peer.cinder)]
    for api, write in originals:
        api.write = wrapped(write)
    with pytest.raises(Killed):
        ensure(cloud, volume="data")
    for api, write in originals:
        api.write = write
    assert not ensure(cloud, volume="data").failed and theirs(cloud)
    assert ensure(cloud, volume="data")["changed"] is False


def test_an_offer_whose_key_is_lost_is_made_anew_and_check_mode_says_so(cloud):
    left_offer(cloud, no_snapshots=False)
    check = ensure(cloud, check=True, volume="data")
    assert check["changed"] and not writes(cloud)
    real = ensure(cloud, volume="data")
    assert not real.failed and check["diff"] == real["diff"] and theirs(cloud) and len(cloud.store["made"]) == 2


@pytest.mark.parametrize(
    "error, done, failed",
    [
        (Ambiguous("reset"), True, False),
        (Ambiguous("reset"), False, False),
        (OsnapError("later", status=503), False, False),
        (OsnapError("no", status=403), False, True),
        (Unanswered("late"), True, True),
        (Unanswered("late"), False, True),
    ],
)
@pytest.mark.parametrize("step", ["offer", "accept"])
def test_what_fails_is_tried_once_more_or_taken_back(cloud, step, error, done, failed):
    project, path = (
        (cloud, "/volume-transfers") if step == "offer" else (cloud.peer, "/volume-transfers/([^/]+)/accept")
    )
    handler, tried = project.cinder.on["POST", path], []

    def once(match, body):
        if tried:
            return handler(match, body)
        tried.append(done and handler(match, body))
        raise error

    project.cinder.on["POST", path] = once
    ran = ensure(cloud, volume="data")
    arrived = done and step == "accept"
    assert ran.failed == (failed and not arrived) and (theirs(cloud) if not ran.failed else still_ours(cloud))


@pytest.mark.parametrize("been_here", [False, True])
def test_somebody_elses_offer_is_left_alone_and_check_mode_says_so(cloud, been_here):
    """Also of a volume that we handed over once and that came back: its marks say what was."""
    cloud.store[cloud.disk]["metadata"] = marks(cloud) if been_here else {}
    cloud.offer(None, {"transfer": {"volume_id": cloud.disk, "no_snapshots": False}})
    for check in (True, False):
        ran = ensure(cloud, check=check, volume="data")
        assert "is offered to somebody already, and not by this module" in ran["msg"] and not ran["changed"]
    assert not writes(cloud) and list(cloud.store["offers"]) == ["offer-0"]


def test_of_two_runs_at_once_the_other_may_hand_it_over(cloud):
    """The other takes our offer for an unfinished one, and makes its own."""
    accept = cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"]

    def overtaken(match, body):
        cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"] = accept
        assert not ensure(cloud, volume="data").failed
        return accept(match, body)

    cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"] = overtaken
    assert not ensure(cloud, volume="data").failed and theirs(cloud)
    assert cloud.store[cloud.disk]["metadata"] == marks(cloud)


def test_of_two_runs_at_once_the_later_leaves_the_others_offer_alone(cloud):
    """The other has offered the volume between our plan and our offer."""
    offer = cloud.cinder.on["POST", "/volume-transfers"]

    def overtaken(match, body):
        offer(match, body)
        return offer(match, body)

    cloud.cinder.on["POST", "/volume-transfers"] = overtaken
    assert ensure(cloud, volume="data").failed
    assert list(cloud.store["offers"]) == ["offer-0"] and cloud.store[cloud.disk]["metadata"]


def test_an_offer_that_somebody_makes_before_ours_arrives_is_not_taken_back(cloud):
    """Ours was cut off on its way."""
    offer, tried = cloud.cinder.on["POST", "/volume-transfers"], []

    def cut_off(match, body):
        if not tried:
            tried.append(offer(match, {"transfer": {**body["transfer"], "name": "an operator's"}}))
            raise Ambiguous("reset")
        return offer(match, body)

    cloud.cinder.on["POST", "/volume-transfers"] = cut_off
    assert ensure(cloud, volume="data").failed
    assert [one["name"] for one in cloud.store["offers"].values()] == ["an operator's"]


def test_an_offer_that_somebody_takes_back_before_it_is_accepted_is_told(cloud):
    accept = cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"]

    def too_late(match, body):
        cloud.take_back(match, None)
        return accept(match, body)

    cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"] = too_late
    assert ensure(cloud, volume="data")["msg"] == (
        f"The offer of the volume 'data' ({cloud.disk}) was taken back by somebody else before it could be accepted;"
        " run again, which offers it anew."
    )
    cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"] = accept
    assert not ensure(cloud, volume="data").failed and theirs(cloud)


@pytest.mark.parametrize("path", ["/volumes/([^/]+)/metadata", "/volume-transfers"])
def test_what_a_twin_has_handed_over_before_us_is_no_change_of_ours(cloud, path):
    handler = cloud.cinder.on["POST", path]

    def overtaken(match, body):
        cloud.cinder.on["POST", path] = handler
        assert ensure(cloud, volume="data")["changed"]
        raise OsnapError("not found", status=404)

    cloud.cinder.on["POST", path] = overtaken
    ran = ensure(cloud, volume="data")
    assert not ran.failed and not ran["changed"] and ran["volume"]["project_id"] == "project-theirs"
    assert ran["diff"]["before"] == ran["diff"]["after"] and theirs(cloud)


def test_a_volume_that_goes_to_a_third_project_meanwhile_is_left_alone(cloud):
    def gone(match, body):
        cloud.store[cloud.disk][OWNER] = "project-other"
        raise OsnapError("not found", status=404)

    cloud.cinder.on["POST", "/volume-transfers"] = gone
    assert ensure(cloud, volume="data")["msg"] == "not found"
    assert not any(method == "DELETE" for method, path, body in writes(cloud))


def test_a_volume_has_arrived_only_once_its_snapshots_have(cloud):
    """Cinder hands the volume over first, and takes it back if a snapshot can't go. The answer is lost meanwhile."""
    snapshot = cloud.snapshot(volume_id=cloud.disk)
    looks, pages = [], cloud.cinder.pages

    def listed(path, key, **given):
        if key != "snapshots" or cloud.store[cloud.disk][OWNER] == cloud.project_id:
            return pages(path, key, **given)
        looks.append(path)  # left behind at the first look
        if len(looks) == 1:
            cloud.store[cloud.disk][OWNER] = cloud.project_id
            cloud.store["offers"]["offer-0"] = cloud.store["made"][0]
            return [dict(snapshot)]
        return []

    cloud.cinder.pages = listed
    accept, tried = cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"], []

    def lost(match, body):
        answer = accept(match, body)
        if not tried:
            tried.append(answer)
            raise Ambiguous("reset")
        return answer

    cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"] = lost
    assert not ensure(cloud, volume="data").failed and theirs(cloud) and looks


def test_marks_of_before_are_put_back_when_nothing_comes_of_it(cloud):
    """The volume came from somewhere, and its owner may ask from where."""
    before = {_marks.FROM: "project-of-old", _marks.FROM_FOR: cloud.disk, "tier": "gold"}
    cloud.store[cloud.disk]["metadata"] = dict(before)

    def refuse(match, body):
        raise OsnapError("no", status=403)

    cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"] = refuse
    assert ensure(cloud, volume="data").failed and cloud.store[cloud.disk]["metadata"] == before


def test_what_cant_be_taken_back_is_told(cloud):
    def refuse(match, body):
        raise OsnapError("no", status=500)

    cloud.peer.cinder.on["POST", "/volume-transfers/([^/]+)/accept"] = refuse
    cloud.cinder.on["DELETE", "/volume-transfers/([^/]+)"] = refuse
    assert (
        ensure(cloud, volume="data")["msg"]
        == "no. The offer could not be taken back either (no): run again, which does so."
    )


# -- which one, and what would be refused


def test_by_its_name_only_one_that_came_from_here_is_found_there(cloud):
    del cloud.store[cloud.disk]
    volume(cloud.peer)
    assert ensure(cloud, volume="data")["msg"].startswith("There is no volume named 'data' in cloud mine;")
    twins = [volume(cloud.peer, metadata={"osnap_transferred_from": "project-mine"})["id"] for number in range(2)]
    # Restored from a backup of one that was handed over, with all its metadata.
    volume(cloud.peer, metadata={"osnap_transferred_from": "project-mine", "osnap_transferred_for": NOWHERE})
    volume(cloud.peer, metadata={"osnap_transferred_from": "project-mine", "src_backup_id": NOWHERE})
    assert ensure(cloud, volume="data")["msg"].startswith(
        "2 volumes named 'data' came from cloud mine to cloud theirs: " + twins[0]
    )


@pytest.mark.parametrize(
    "values, asked, told",
    [
        ({}, {"volume": "none"}, "There is no volume named 'none' in cloud mine;"),
        ({}, {"volume": NOWHERE}, f"There is no volume with the ID {NOWHERE} in cloud mine;"),
        (
            {"status": "in-use", "attachments": [{"server_id": "web"}]},
            {},
            " is attached to the server web; detach it first, then run again.",
        ),
        ({"status": "error"}, {}, " is in status error, and only an available one can be handed over;"),
        (
            {"os-vol-mig-status-attr:migstat": "migrating"},
            {},
            " is being migrated (migrating); wait until that has ended, then run again.",
        ),
        ({"group_id": "g"}, {}, " is a member of the group g, which stays; take it out of the group first"),
        ({"consistencygroup_id": "c"}, {}, " is a member of the group c, which stays;"),
        (
            {"encrypted": True},
            {"snapshots": False},
            " is encrypted, and such a one travels only together with its snapshots; leave snapshots out.",
        ),
    ],
)
def test_what_would_be_refused_is_told_in_check_mode_too(cloud, values, asked, told):
    cloud.store[cloud.disk].update(values)
    for check in (True, False):
        ran = ensure(cloud, check=check, **{"volume": "data", **asked})
        assert ran.failed and told in ran["msg"]
    assert not writes(cloud)


def test_a_volume_of_a_third_project_that_an_administrator_sees_is_refused(cloud):
    cloud.cinder.on["GET", "/volumes/([^/]+)"] = lambda match, params: Answer(
        {"volume": {**cloud.store[match[1]], OWNER: "project-other"}}
    )
    assert "belongs to the project project-other; log in to that project" in ensure(cloud, volume=cloud.disk)["msg"]


def test_snapshots_that_are_not_ready_are_told_unless_they_stay(cloud):
    cloud.snapshot(volume_id=cloud.disk, status="creating")
    assert "has snapshots that are not available" in ensure(cloud, volume="data")["msg"] and not writes(cloud)
    assert not ensure(cloud, volume="data", snapshots=False).failed


def test_an_encrypted_one_needs_a_new_cloud(cloud):
    cloud.store[cloud.disk]["encrypted"] = True
    assert not ensure(cloud, volume="data").failed and [wanted.least for wanted in cloud.cinder.required] == [
        "3.70",
        "3.55",
    ]


@pytest.mark.parametrize("snapshots", [True, False])
def test_a_volume_with_snapshots_needs_a_cloud_that_asks_about_them(cloud, snapshots):
    cloud.cinder.maximum = cloud.peer.cinder.maximum = "3.54"
    cloud.snapshot(volume_id=cloud.disk)
    for check in (True, False):
        assert (
            ensure(cloud, check=check, volume="data", snapshots=snapshots)["msg"]
            == f"Could not hand over the volume 'data' ({cloud.disk}), which has snapshots: saying what becomes of"
            " these needs 3.55, and the cloud offers 3.54 at the most."
        )
    assert not writes(cloud)


@pytest.mark.parametrize("killed", [False, True])
def test_one_without_goes_the_old_way_at_an_old_cloud(cloud, killed):
    cloud.cinder.maximum = cloud.peer.cinder.maximum = "3.54"
    if killed:  # an offer whose key is lost
        left_offer(cloud)
    assert ensure(cloud, check=True, volume="data")["changed"]
    assert not ensure(cloud, volume="data").failed and theirs(cloud) and len(cloud.store["made"]) == 1 + killed
    assert all(made["no_snapshots"] is None for made in cloud.store["made"])
    assert not any(path.startswith("/volume-transfers") for method, path, body in writes(cloud))
    assert ensure(cloud, volume="data")["changed"] is False


def test_two_clouds_are_told_from_two_projects_before_anything_is_offered(cloud):
    cloud.peer.types = [{"id": "type-2", "name": "fast"}]
    assert ensure(cloud, volume="data")["msg"].startswith(
        "cloud mine and destination theirs are not the same cloud:"
    ) and not writes(cloud)


def test_a_volume_that_is_attached_to_a_host_is_told(cloud):
    attached = [{"server_id": "web"}, {"server_id": None, "host_name": "node-1"}, {"server_id": None}]
    cloud.store[cloud.disk].update(status="in-use", attachments=attached)
    told = " is attached to the server web, the host node-1, somebody; detach it first, then run again."
    for check in (True, False):
        assert ensure(cloud, check=check, volume="data")["msg"].endswith(told)
    assert not writes(cloud)


def test_what_is_not_needed_may_be_over_its_quota(cloud):
    """An administrator has lowered the quota of snapshots, and the volume has none."""
    cloud.peer.limits.update(maxTotalSnapshots=1, totalSnapshotsUsed=3)
    assert not ensure(cloud, volume="data").failed and theirs(cloud)


@pytest.mark.parametrize(
    "key, told",
    [
        ("volumes_fast", "1 more volumes of the volume type 'fast' are needed, and the quota of destination theirs "),
        ("snapshots_fast", "1 more snapshots of the volume type 'fast' are needed, "),
        ("gigabytes_fast", "3 more GiB of volumes and snapshots of the volume type 'fast' are needed, "),
    ],
)
def test_the_destinations_quota_may_be_one_of_a_volume_type(cloud, key, told):
    cloud.store[cloud.disk]["volume_type"] = "fast"
    cloud.snapshot(volume_id=cloud.disk)
    quotas = {key: {"limit": 0, "in_use": 0, "reserved": 0}}
    cloud.peer.cinder.on["GET", "/os-quota-sets/.*"] = lambda match, params: Answer({"quota_set": quotas})
    for check in (True, False):
        ran = ensure(cloud, check=check, volume="data")
        assert ran.failed and ran["msg"].startswith(told)
    assert not writes(cloud)


@pytest.mark.parametrize(
    "limits, told",
    [
        ({"maxTotalVolumes": 1}, "2 more volumes are needed, and the quota of destination theirs leaves 1;"),
        ({"maxTotalSnapshots": 0}, "1 more snapshots are needed, and the quota of destination theirs leaves 0;"),
        (
            {"maxTotalVolumeGigabytes": 6},
            "7 more GiB of volumes and snapshots are needed, and the quota of destination theirs leaves 6;",
        ),
    ],
)
def test_the_destinations_quota_is_asked_first(cloud, limits, told):
    cloud.snapshot(volume_id=cloud.disk, size=3)
    other = volume(cloud, name="other")["id"]
    cloud.peer.limits.update(limits)
    ran = ensure(cloud, volumes=[{"volume": "data"}, {"volume": other}])
    assert ran.failed and not writes(cloud)
    assert all(outcome["msg"].startswith(told) and outcome["status"] == 413 for outcome in ran["outcomes"])


def test_bad_input_is_told_before_anything_is_asked(cloud):
    assert (
        ensure(cloud, volumes=[{}, {"volume": "data"}, {"volume": "data "}])["msg"]
        == "volumes[0]: volume is missing; say which volume is handed over; volumes[2] is the same object as"
        " volumes[1]; name each once."
    )
    assert ensure(cloud, volumes=[{"volume": "data"}, {"volume": cloud.disk}])["msg"].startswith(
        "volumes[1] is the same object as volumes[0]"
    )


def test_one_project_is_not_two(cloud, monkeypatch):
    monkeypatch.setattr(connection, "connect", lambda params: Project("same", Store()))
    ran = run(VolumeTransfer(), {"volume": "data", "destination": {"cloud": "same"}})
    assert ran["msg"].startswith("cloud same and destination same log in to one project (project-same);")
