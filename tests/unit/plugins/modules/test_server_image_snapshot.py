# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks, _waiter
from ansible_collections.osnap.openstack.plugins.modules.server_image_snapshot import SNAPSHOTTABLE, ServerImageSnapshot
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run


class Nova(FakeCloud):
    """Servers whose images are made at once."""

    def __init__(self):
        super().__init__()
        self.nova.on["POST", "/servers/(.*)/action"] = self.act

    def act(self, match, body):
        sent = body["createImage"]
        return Answer({"image_id": self.image(name=sent["name"], instance_uuid=match[1], image_type="snapshot", **sent["metadata"])["id"]}, 202)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(_waiter, "FIRST_PAUSE", 0)


@pytest.fixture
def cloud():
    return Nova()


def ensure(cloud, *, check=False, **arguments):
    operation = ServerImageSnapshot()
    operation.connect = lambda params: cloud
    return run(operation, arguments, check=check, diff=True)


@pytest.mark.parametrize("arguments, told", [
    ({}, "one of the following is required: id, name."),
    ({"name": " ", "server": "web"}, "name is empty; give the image a name, or the id of an existing one."),
    ({"name": "x"}, "server is missing; say which server the image 'x' is of."),
    ({"name": "x" * 256, "server": "web"}, "name has 256 characters, and 255 is the most"),
    ({"name": "x", "server": "web", "properties": {_marks.SOURCE: "y"}}, "properties has osnap_source, which this collection keeps for itself; leave it out."),
    ({"name": "x", "server": "web", "properties": {"long": "y" * 256}}, "properties has a value of 256 characters"),
])
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
    assert (image["tags"], image["is_protected"], image["server_id"], image["consistency"]) == (["a", "b"], True, server, "off")
    assert image["properties"]["ticket"] == "5"
    assert [(method, path.rsplit("/", 1)[-1]) for method, path, _body in cloud.written] == [("POST", "action"), ("PATCH", image["id"])]
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


@pytest.mark.parametrize("server, told", [
    ({"status": "ERROR"}, "is in status ERROR, and Nova takes an image only of one that is ACTIVE, SHUTOFF, PAUSED, SUSPENDED; bring it there"),
    ({"status": "SHELVED_OFFLOADED"}, "is in status SHELVED_OFFLOADED"),
    ({"OS-EXT-STS:task_state": "image_snapshot"}, "is busy (image_snapshot); run again when Nova is done with it."),
])
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
    assert ran.failed and "is in status killed: its volume snapshot not-there is not there any more; set on_error: replace" in ran["msg"]
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
