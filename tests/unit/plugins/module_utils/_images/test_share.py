# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that an image is shared as far as it is not, and that nothing is done twice."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import carry_out
from ansible_collections.osnap.openstack.plugins.module_utils._images.share import ImageShare
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener

ID = "0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c11"


class Glance:
    """Two projects of one Glance, of which the second is the member; answers of writes can be lost."""

    def __init__(self, visibility="private", status=None):
        self.here, self.there = FakeCloud(), FakeCloud()
        self.here.peer, self.there.project_id = self.there, "theirs"
        self.members = {"theirs": status} if status else {}
        row = self.here.image(id=ID, name="golden", visibility=visibility)
        self.there.glance.tables["/images"] = {ID: row}
        self.lost = set()
        members = f"/images/{ID}/members"
        self.here.glance.on["GET", members] = self.there.glance.on["GET", members] = self.listed
        self.here.glance.on["POST", members] = self.added
        self.there.glance.on["PUT", members + "/theirs"] = self.answered

    def listed(self, match, params):
        return Answer({"members": [{"member_id": id, "status": status} for id, status in self.members.items()]})

    def added(self, match, body):
        self.members[body["member"]] = "pending"
        return self.heard("POST")

    def answered(self, match, body):
        self.members["theirs"] = body["status"]
        return self.heard("PUT")

    def heard(self, method):
        if method in self.lost:
            self.lost.remove(method)
            raise Ambiguous("Could not share: no answer.")
        return Answer({})

    def share(self):
        context = Context(self.here, {"timeout": 60, "wait": True}, Listener())
        return carry_out(ImageShare(), {"image": ID}, within=context, cloud=self.here)

    @property
    def sent(self):
        return [method for cloud in (self.here, self.there) for method, _path, _body in cloud.glance.sent]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.parametrize(
    "visibility, status, sent",
    [
        ("private", None, ["PATCH", "POST", "PUT"]),
        ("shared", None, ["POST", "PUT"]),
        ("shared", "pending", ["PUT"]),
        ("shared", "rejected", ["PUT"]),
        ("shared", "accepted", []),
        ("public", None, []),
        ("community", None, []),
    ],
)
def test_what_is_lacking_is_done(visibility, status, sent):
    glance = Glance(visibility, status)
    done = glance.share()
    assert glance.sent == sent and done.changed == bool(sent) and done.outcome.resource["id"] == ID
    assert visibility in ("public", "community") or glance.members == {"theirs": "accepted"}


def test_what_was_done_unheard_is_not_done_again():
    glance = Glance()
    glance.lost = {"POST", "PUT"}
    glance.share()
    assert glance.sent == ["PATCH", "POST", "PUT"] and glance.members == {"theirs": "accepted"}


def test_a_login_to_another_glance_is_told():
    glance = Glance("shared", "pending")
    glance.there.glance.tables.clear()
    with pytest.raises(OsnapError, match="look whether both logins are to the same Glance"):
        glance.share()
