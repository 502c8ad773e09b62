# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import TemporaryVolumes
from ansible_collections.osnap.openstack.plugins.modules.image_from_snapshot import ImageFromSnapshot
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring

NOW = "2026-11-24T10:00:00.000000"
NOWHERE = "00000000-0000-4000-8000-000000000000"
GIB = 2**30


class Killed(Exception):
    """The end of a run in the middle of it."""


class Cinder(FakeCloud):
    """A snapshot of a volume; temporary volumes are there at once, and an upload is done at the second look at its
    volume.
    """

    def __init__(self):
        super().__init__()
        self.limits = {
            "maxTotalVolumes": 10,
            "totalVolumesUsed": 0,
            "maxTotalVolumeGigabytes": 100,
            "totalGigabytesUsed": 0,
        }
        self.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": self.limits}})
        self.cinder.on["GET", "/messages"] = lambda match, params: Answer(
            {"messages": [{"user_message": "no space left."}]}
        )
        self.cinder.on["POST", "/volumes"] = self.create
        self.cinder.on["POST", "/volumes/([^/]+)/action"] = self.act
        self.cinder.on["POST", "/volumes/([^/]+)/metadata"] = self.mark
        self.cinder.on["GET", "/volumes/([^/]+)"] = self.look
        self.disk = self.volume(name="db", size=2, encrypted=False)["id"]
        self.source = self.snapshot(name="nightly", size=2, volume_id=self.disk)["id"]
        self.inherits = {}
        self.uploads = {}

    def create(self, match, body):
        made = self.volume(
            **{"size": 2, "volume_image_metadata": dict(self.inherits), "created_at": NOW, **body["volume"]}
        )
        return Answer({"volume": made}, 202)

    def mark(self, match, body):
        self.cinder.tables["/volumes"][match[1]]["metadata"].update(body["metadata"])
        return Answer(body)

    def act(self, match, body):
        volume = self.cinder.tables["/volumes"][match[1]]
        ((action, asked),) = body.items()
        if action == "os-unset_image_metadata":
            volume["volume_image_metadata"].pop(asked["key"])
        elif action == "os-set_image_metadata":
            volume["volume_image_metadata"].update(asked["metadata"])
        elif volume["status"] != "available":
            raise OsnapError("Volume status must be available", status=400)
        else:
            made = self.image(
                name=asked["image_name"],
                status="queued",
                size=None,
                min_disk=0,
                visibility="shared",
                disk_format=asked["disk_format"],
                container_format=asked["container_format"],
                created_at=NOW,
                **volume["volume_image_metadata"],
            )
            volume["status"] = "uploading"
            self.uploads[volume["id"]] = made["id"]
            return Answer({"os-volume_upload_image": {"image_id": made["id"]}}, 202)
        return Answer({})

    def look(self, match, params):
        volume = self.cinder.tables["/volumes"].get(match[1])
        if volume and (image := self.uploads.pop(volume["id"], None)):
            self.uploaded(image)
            volume["status"] = "available"
            return Answer({"volume": {**volume, "status": "uploading"}})
        return Answer({"volume": volume}) if volume else None

    def uploaded(self, image):
        self.glance.tables["/images"][image].update(status="active", size=2 * GIB)

    @property
    def images(self):
        return list(self.glance.tables.get("/images", {}).values())

    @property
    def temporary(self):
        return [volume for volume in self.cinder.tables["/volumes"].values() if volume["id"] != self.disk]

    def finished(self, **values):
        return self.image(
            **{
                "name": "db-image",
                "osnap_source": self.source,
                "osnap_complete": "true",
                "size": 2 * GIB,
                "disk_format": "raw",
                "container_format": "bare",
                **values,
            }
        )

    def left(self, **values):
        """A temporary volume of a killed run."""
        return self.volume(
            **{
                "name": TemporaryVolumes.name_of(self.source, "db-image"),
                "size": 2,
                "snapshot_id": self.source,
                "created_at": NOW,
                "volume_image_metadata": {},
                "metadata": {"osnap_source": self.source, "osnap_step": "image_from_snapshot"},
                **values,
            }
        )


@pytest.fixture(autouse=True)
def impatient(monkeypatch, impatient):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.fixture
def cloud():
    return Cinder()


ensure = ensuring(ImageFromSnapshot)


MADE = {"snapshot": "nightly", "name": "db-image"}


def whole(cloud):
    """Whether there is one finished image and nothing else."""
    return [(image["status"], image["osnap_source"], image.get("osnap_complete")) for image in cloud.images] == [
        ("active", cloud.source, "true")
    ] and not cloud.temporary


# -- arguments


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "snapshot is missing; say which snapshot the image is made of."),
        ({"snapshot": "nightly", "name": " "}, "name is missing; say which name the image gets."),
        (
            {"parallel": 0, "images": [MADE, {"snapshot": "nightly"}]},
            "parallel is 0; it takes a number of 1 or more; images[1]: name is missing",
        ),
        ({**MADE, "min_disk": -1}, "min_disk is -1; it takes GiB, 0 or more."),
        ({**MADE, "timeout": -1}, "timeout is -1; it takes seconds, 0 or more."),
        ({**MADE, "tags": ["t" * 256]}, "tags has 256 characters; Glance takes 255 at the most."),
        ({**MADE, "properties": {"owner": 1}}, "properties has owner, which is an attribute of images"),
        (
            {**MADE, "properties": {"osnap_complete": 1}},
            "properties has osnap_complete, which this collection keeps for itself; leave it out.",
        ),
        ({**MADE, "name": "x\ny"}, "name has the character '\\n'"),
        (
            {"images": [MADE, {**MADE, "name": "db-image "}]},
            "images[1] is the same object as images[0]; name each once.",
        ),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = ensure(cloud, **arguments)
    assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.cinder.reads and not cloud.written


# -- its life


@pytest.mark.parametrize(
    "options",
    [
        {},
        {
            "disk_format": "qcow2",
            "tags": ["b", "a"],
            "visibility": "shared",
            "protected": True,
            "min_disk": 2,
            "properties": {"ticket": 5},
        },
    ],
)
def test_check_real_check_real(cloud, options):
    check, real = ensure(cloud, check=True, **MADE, **options), ensure(cloud, **MADE, **options)
    assert (
        check["changed"]
        and real["changed"]
        and check["diff"] == real["diff"]
        and set(check["image"]) == set(real["image"])
    )
    assert all(value in (None, real["image"][key]) for key, value in check["image"].items())
    assert whole(cloud)
    written = len(cloud.written)
    for check in (True, False):
        again = ensure(cloud, check=check, **MADE, **options)
        assert again["changed"] is False and again["image"] == real["image"]
    assert len(cloud.written) == written
    assert real["image"]["visibility"] == options.get("visibility", "private") and real["image"][
        "is_protected"
    ] == options.get("protected", False)
    assert real["image"]["properties"].get("ticket") == ("5" if options else None)


def test_what_is_set_later_is_changed_and_the_data_are_not_touched(cloud):
    id = cloud.finished()["id"]
    ran = ensure(cloud, **MADE, tags=["x"], properties={"a": True})
    assert (
        ran["changed"]
        and ran["image"]["tags"] == ["x"]
        and ran["image"]["properties"]["a"] == "true"
        and ran["image"]["id"] == id
    )
    ran = ensure(cloud, **MADE, disk_format="qcow2")
    assert "disk_format can't be changed: it is 'raw' and 'qcow2' was asked for" in ran["msg"]


def test_marks_and_places_that_the_volume_inherits_do_not_get_into_the_image(cloud):
    """A volume that was made of a copied image has that image's marks: with them the new image would count as finished
    while it is empty.
    """
    cloud.inherits = {
        "osnap_complete": "true",
        "osnap_source": NOWHERE,
        "osnap_run": "r",
        "instance_uuid": "i",
        "hw_disk_bus": "scsi",
    }
    seen = []
    act = cloud.cinder.on["POST", "/volumes/([^/]+)/action"]
    cloud.cinder.on["POST", "/volumes/([^/]+)/action"] = lambda match, body: (
        act(match, body),
        seen.extend(dict(image) for image in cloud.images if image["status"] == "queued"),
    )[0]
    ran = ensure(cloud, **MADE)
    assert "osnap_complete" not in seen[0] and seen[0]["osnap_source"] == cloud.source
    assert ran["image"]["properties"] == {
        "osnap_source": cloud.source,
        "osnap_for": ran["image"]["id"],
        "osnap_complete": "true",
        "hw_disk_bus": "scsi",
    }


# -- killed at each of its requests


def killed_at(cloud, number, after):
    """Let the request of this number be the last one of the run, before or after it is carried out."""
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

    originals = [(api, api.write) for api in (cloud.cinder, cloud.glance)]
    for api, write in originals:
        api.write = wrapped(write)
    try:
        ensure(cloud, **MADE)
        return False
    except Killed:
        return True
    finally:
        for api, write in originals:
            api.write = write


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 7))
def test_killed_at_any_request_and_run_again_it_is_there_once(cloud, number, after):
    assert killed_at(cloud, number, after)
    ran = ensure(cloud, **MADE)
    assert not ran.failed and whole(cloud)
    assert ensure(cloud, **MADE)["changed"] is False


def test_these_are_all_its_requests(cloud):
    assert not killed_at(cloud, 7, False)


def test_an_upload_that_goes_on_after_the_kill_is_waited_for(cloud):
    volume = cloud.left(status="uploading")
    image = cloud.image(name="db-image", status="saving", size=None, osnap_source=cloud.source)["id"]
    cloud.uploads[volume["id"]] = image
    assert ensure(cloud, **MADE)["image"]["id"] == image and whole(cloud)


def test_what_is_begun_already_needs_no_room_for_a_volume(cloud):
    cloud.limits.update(maxTotalVolumes=0)
    image = cloud.image(name="db-image", size=2 * GIB, osnap_source=cloud.source)["id"]
    assert ensure(cloud, **MADE)["image"]["id"] == image and whole(cloud)


def test_one_that_never_gets_its_data_is_made_anew(cloud):
    stale = cloud.image(name="db-image", status="queued", size=None, osnap_source=cloud.source)["id"]
    assert ensure(cloud, **MADE)["image"]["id"] != stale and whole(cloud)


def test_a_volume_left_beside_a_finished_image_is_removed(cloud):
    cloud.finished(), cloud.left()
    check, real = ensure(cloud, check=True, **MADE), ensure(cloud, **MADE)
    assert (
        check["changed"]
        and real["changed"]
        and check["diff"] == real["diff"]
        and check["image"] == real["image"]
        and whole(cloud)
    )
    assert ensure(cloud, **MADE)["changed"] is False


def test_a_left_volume_in_error_is_replaced(cloud):
    cloud.left(status="error")
    assert ensure(cloud, **MADE)["changed"] and whole(cloud)


HERE = "2026-11-24T10:00:05.000000"


@pytest.mark.parametrize(
    "values, stale",
    [
        ({"updated_at": HERE, "untouched": HERE}, False),
        ({"updated_at": "2026-11-24T12:00:00.000000", "untouched": HERE}, True),  # attached and detached since
        ({"updated_at": HERE}, True),  # nobody knows
        ({"updated_at": HERE, "created_at": "2999-01-01T00:00:00.000000"}, False),  # a twin's, just made
    ],
)
def test_a_left_volume_that_may_have_been_written_to_is_replaced_and_that_is_said(cloud, values, stale):
    volume = cloud.left(**{key: value for key, value in values.items() if key != "untouched"})
    if "untouched" in values:
        volume["metadata"]["osnap_untouched_since"] = values["untouched"]
    check, real = ensure(cloud, check=True, **MADE), ensure(cloud, **MADE)
    assert real["changed"] and check["diff"] == real["diff"] and whole(cloud)
    assert (check["diff"]["before"].get("stale_temporary_volumes") == [volume["id"]]) is stale
    uploads = [path for _method, path, body in cloud.cinder.sent if body and "os-volume_upload_image" in body]
    assert (uploads == [f"/volumes/{volume['id']}/action"]) is not stale and len(uploads) == 1


@pytest.mark.parametrize("values", [{"attachments": [{"server_id": "s"}], "status": "in-use"}, {"snapshot_id": None}])
def test_a_volume_that_is_attached_or_of_something_else_is_left_alone(cloud, values):
    """The marks are on a restored backup, too."""
    volume = cloud.left(**values)["id"]
    assert ensure(cloud, **MADE)["changed"] and [row["id"] for row in cloud.temporary] == [volume]


def test_an_image_to_which_the_marks_were_handed_on_is_none_of_ours(cloud):
    """Nova's of a server that was booted from ours, and Cinder's of a volume that was made of it."""
    cloud.finished(instance_uuid="b", base_image_ref="ours"), cloud.finished(osnap_for="ours")
    assert ensure(cloud, **MADE)["changed"] and len(cloud.images) == 3


def test_an_image_that_a_twin_finishes_meanwhile_is_not_deleted(cloud):
    """Seen without data, and then with them."""
    stale = cloud.image(name="db-image", status="queued", size=None, osnap_source=cloud.source)

    def finish(match, params):
        del cloud.glance.on["GET", f"/images/{stale['id']}"]
        stale.update(status="active", size=2 * GIB)
        return Answer(stale)

    cloud.glance.on["GET", f"/images/{stale['id']}"] = finish
    ran = ensure(cloud, **MADE)
    assert ran["image"]["id"] == stale["id"] and len(cloud.images) == 1


@pytest.mark.parametrize("options, changed", [({}, False), ({"tags": ["mine"]}, True)])
def test_an_image_that_a_twin_finishes_first_is_no_change_of_ours_and_gets_our_options(cloud, options, changed):
    listed = cloud.glance.pages

    def overtaken(path, key, **given):
        if cloud.cinder.reads[-1][0] == "/limits" and not cloud.images:  # all is planned
            cloud.finished()
        return listed(path, key, **given)

    cloud.glance.pages = overtaken
    ran = ensure(cloud, **MADE, **options)
    assert not ran.failed and ran["changed"] is changed and whole(cloud)
    assert (
        ran["image"]["tags"] == options.get("tags", []) and (ran["diff"]["before"] != ran["diff"]["after"]) is changed
    )
    assert ensure(cloud, **MADE, **options)["changed"] is False


def test_an_image_that_was_finished_and_deactivated_meanwhile_is_not_deleted(cloud):
    unfinished = cloud.image(name="db-image", status="saving", size=None, osnap_source=cloud.source)

    def deactivate(match, params):
        unfinished.update(status="deactivated", size=2 * GIB, osnap_complete="true", osnap_for=unfinished["id"])
        return Answer(unfinished)

    cloud.glance.on["GET", f"/images/{unfinished['id']}"] = deactivate
    assert "is in status deactivated; make it active again" in ensure(cloud, **MADE)["msg"]
    assert [image["id"] for image in cloud.images] == [unfinished["id"]] and not cloud.temporary


def test_an_image_that_has_its_data_in_another_format_is_told(cloud):
    """A killed run has left it."""
    cloud.image(name="db-image", size=2 * GIB, osnap_source=cloud.source, disk_format="raw", container_format="bare")
    for check in (True, False):
        ran = ensure(cloud, check=check, **MADE, disk_format="qcow2")
        assert "disk_format can't be changed: it is 'raw' and 'qcow2' was asked for" in ran["msg"]
    assert not cloud.written


@pytest.mark.parametrize("status", ["reserved", "attaching", "in-use", "detaching"])
def test_a_volume_that_is_about_to_be_attached_is_left_alone(cloud, status):
    volume = cloud.left(status=status)["id"]
    assert ensure(cloud, **MADE)["changed"] and [row["id"] for row in cloud.temporary] == [volume]


@pytest.mark.parametrize("status", ["uploading", "backing-up", "extending", "retyping"])
def test_a_volume_that_cinder_is_at_work_on_is_waited_for_before_it_is_removed(cloud, status):
    cloud.finished()
    volume = cloud.left(status=status)
    looks = []

    def busy(match, params):
        looks.append(volume["status"])
        if len(looks) == 2:
            volume["status"] = "available"
        return Answer({"volume": volume}) if match[1] in cloud.cinder.tables["/volumes"] else None

    cloud.cinder.on["GET", "/volumes/([^/]+)"] = busy
    assert ensure(cloud, **MADE)["changed"] and whole(cloud) and looks[0] == status


def test_images_and_volumes_of_others_are_left_alone(cloud):
    foreign = [
        cloud.image(name="db-image", osnap_source=NOWHERE)["id"],
        cloud.image(name="db-image")["id"],
        cloud.image(name="db-image", owner="another", osnap_source=cloud.source, osnap_complete="true")["id"],
    ]
    volume = cloud.left(metadata={})["id"]
    ran = ensure(cloud, **MADE)
    assert ran["image"]["id"] not in foreign and set(foreign) < {image["id"] for image in cloud.images}
    assert [row["id"] for row in cloud.temporary] == [volume]


# -- what would be refused


@pytest.mark.parametrize(
    "prepare, asked, told",
    [
        (lambda cloud: None, {"snapshot": "none"}, "There is no volume snapshot named 'none' in cloud test;"),
        (
            lambda cloud: cloud.snapshot(name="busy", status="creating", volume_id=cloud.disk),
            {"snapshot": "busy"},
            "The snapshot 'busy' (",
        ),
        (
            lambda cloud: cloud.cinder.tables["/volumes"][cloud.disk].update(encrypted=True),
            {"disk_format": "qcow2"},
            "The snapshot 'nightly' (",
        ),
        (lambda cloud: (cloud.finished(), cloud.finished()), {}, "2 finished images of the snapshot "),
        (lambda cloud: cloud.finished(status="deactivated"), {}, "The image 'db-image' ("),
        (
            lambda cloud: cloud.limits.update(maxTotalVolumes=0),
            {},
            "1 more volumes are needed, and the project's quota leaves 0;",
        ),
        (
            lambda cloud: cloud.glance.on.update(
                {
                    ("GET", "/info/usage"): lambda match, params: Answer(
                        {"usage": {"image_count_total": {"limit": 4, "usage": 4}}}
                    )
                }
            ),
            {},
            "1 more images are needed, and the project's quota leaves 0;",
        ),
        (
            lambda cloud: cloud.limits.update(maxTotalVolumeGigabytes=1),
            {},
            "2 more GiB of volumes and snapshots are needed, and the project's quota leaves 1;",
        ),
    ],
)
def test_what_would_be_refused_is_told_in_check_mode_too(cloud, prepare, asked, told):
    prepare(cloud)
    for check in (True, False):
        ran = ensure(cloud, check=check, **{**MADE, **asked})
        assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.written


@pytest.mark.parametrize(
    "quotas, told",
    [
        (
            {"volumes_fast": 0},
            "1 more volumes of the volume type 'fast' are needed, and the project's quota leaves 0; ",
        ),
        ({"per_volume_gigabytes": 1}, "The temporary volume of the snapshot "),
    ],
)
def test_a_temporary_volume_is_one_of_its_type_and_size(cloud, quotas, told):
    cloud.cinder.tables["/volumes"][cloud.disk]["volume_type"] = "fast"
    found = {key: {"limit": limit, "in_use": 0, "reserved": 0} for key, limit in quotas.items()}
    cloud.cinder.on["GET", "/os-quota-sets/.*"] = lambda match, params: Answer({"quota_set": found})
    for check in (True, False):
        ran = ensure(cloud, check=check, **MADE)
        assert ran.failed and ran["msg"].startswith(told) and not cloud.written


def test_one_that_is_too_large_for_a_volume_does_not_keep_the_others_from_being_made(cloud):
    cloud.snapshot(name="huge", size=9, volume_id=cloud.disk)
    found = {"per_volume_gigabytes": {"limit": 5, "in_use": 0, "reserved": 0}}
    cloud.cinder.on["GET", "/os-quota-sets/.*"] = lambda match, params: Answer({"quota_set": found})
    for check in (True, False):
        ran = ensure(cloud, check=check, images=[{"snapshot": "huge", "name": "a"}, {**MADE, "name": "b"}])
        assert [one["failed"] for one in ran["outcomes"]] == [True, False], ran["msg"]
        assert "would have 9 GiB, and 5 is the most" in ran["outcomes"][0]["msg"]
    assert [image["name"] for image in cloud.images] == ["b"] and not cloud.temporary


def test_the_quota_is_that_of_the_volumes_there_are_at_a_time(cloud):
    cloud.limits.update(maxTotalVolumes=1)
    several = [{**MADE, "name": name} for name in "abc"]
    assert not ensure(cloud, images=several, parallel=1).failed and not cloud.temporary
    assert ensure(cloud, images=[{**MADE, "name": name} for name in "de"], parallel=2).failed


# -- what fails on the way


def test_an_upload_that_the_service_gives_up_is_told_and_leaves_nothing(cloud):
    def fails(image):
        del cloud.glance.tables["/images"][image]

    cloud.uploaded = fails
    ran = ensure(cloud, **MADE)
    assert (
        ran["msg"]
        == f"Could not make the image 'db-image' of the snapshot 'nightly' ({cloud.source}): the service took the"
        " request and gave up: no space left; look at its log, then run again."
    )
    assert not cloud.images and not cloud.temporary


@pytest.mark.parametrize(
    "path, error, done, failed",
    [
        ("/volumes", Ambiguous("reset"), True, False),
        ("/volumes", Ambiguous("reset"), False, False),
        ("/volumes", OsnapError("later", status=503), False, False),
        ("/volumes", OsnapError("no", status=403), False, True),
        ("/volumes", Unanswered("late"), False, True),
        ("/volumes/([^/]+)/action", Ambiguous("reset"), True, False),
        ("/volumes/([^/]+)/action", Ambiguous("reset"), False, False),
        ("/volumes/([^/]+)/action", OsnapError("no", status=403), False, True),
        ("/volumes/([^/]+)/action", OsnapError("not available", status=400), False, False),
    ],
)
def test_a_write_that_fails_is_looked_up_before_a_second_try_and_never_leaves_a_volume(
    cloud, path, error, done, failed
):
    handler, tried = cloud.cinder.on["POST", path], []

    def once(match, body):
        if tried or "os-set_image_metadata" in body:
            return handler(match, body)
        tried.append(done and handler(match, body))
        raise error

    cloud.cinder.on["POST", path] = once
    ran = ensure(cloud, **MADE)
    assert ran.failed == failed and not cloud.temporary
    assert whole(cloud) != failed


def test_an_upload_that_is_refused_after_a_look_as_well_is_told(cloud):
    handler, refused = cloud.cinder.on["POST", "/volumes/([^/]+)/action"], []

    def refuse(match, body):
        if "os-volume_upload_image" not in body:
            return handler(match, body)
        refused.append(body)
        raise OsnapError("bad", status=400)

    cloud.cinder.on["POST", "/volumes/([^/]+)/action"] = refuse
    ran = ensure(cloud, **MADE)
    assert ran["msg"] == "bad" and len(refused) == 2 and not cloud.temporary


def test_the_answer_to_the_last_change_may_be_lost(cloud):
    write, lost = cloud.glance.write, []

    def once(*args, **kwargs):
        answer = write(*args, **kwargs)
        if not lost:
            lost.append(answer)
            raise Ambiguous("reset")
        return answer

    cloud.glance.write = once
    assert not ensure(cloud, **MADE).failed and whole(cloud)


def test_a_volume_that_is_busy_at_the_end_of_the_time_is_named(cloud):
    cloud.left(status="uploading")
    ran = ensure(cloud, **MADE, timeout=0)
    left = cloud.temporary[0]["id"]
    assert (
        f"; the temporary volume {left} (uploading) is still there, and the next run goes on with it or removes it."
        in ran["msg"]
    )


def test_of_two_that_twins_make_the_older_is_kept(cloud):
    older = []
    uploaded = cloud.uploaded

    def race(image):
        uploaded(image)
        older.append(
            cloud.image(name="db-image", osnap_source=cloud.source, size=2 * GIB, created_at="2026-11-24T08:00:00Z")[
                "id"
            ]
        )

    cloud.uploaded = race
    assert ensure(cloud, **MADE)["image"]["id"] == older[0] and whole(cloud)


@pytest.mark.parametrize("path", ["/volumes/([^/]+)/metadata", "/volumes/([^/]+)/action"])
def test_a_volume_that_a_twin_has_just_given_work_is_waited_for(cloud, path):
    """Cinder lets nobody write on a volume that is uploaded."""
    handler, begun = cloud.cinder.on["POST", path], []

    def overtaken(match, body):
        volume = cloud.cinder.tables["/volumes"][match[1]]
        if not begun:
            begun.append(volume["id"])
            volume["volume_image_metadata"]["osnap_source"] = cloud.source
            asked = {"image_name": "db-image", "disk_format": "raw", "container_format": "bare"}
            cloud.act(match, {"os-volume_upload_image": asked})
        if volume["status"] == "uploading":
            raise OsnapError("Updating volume metadata is not allowed for volumes in uploading status", status=400)
        return handler(match, body)

    cloud.cinder.on["POST", path] = overtaken
    ran = ensure(cloud, **MADE)
    assert not ran.failed and begun and whole(cloud)
