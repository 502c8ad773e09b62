# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import keystoneauth1.adapter
import keystoneauth1.exceptions
import keystoneauth1.noauth
import keystoneauth1.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.service import (
    NO_LISTS,
    Adapter,
    client,
)


def test_a_missing_object_is_none_only_where_that_is_allowed():
    adapter = Adapter(lambda *args, **kwargs: Answer({"itemNotFound": {"message": "Gone."}}, 404))
    assert client(adapter).get("/snapshots/1", doing="read", missing_ok=True) is None
    with pytest.raises(OsnapError, match="Could not read: block-storage in cloud 'mine' answered 404: Gone.") as caught:
        client(adapter).get("/snapshots/1", doing="read", resource="1")
    assert caught.value.fields["resource"] == "1"


def test_an_allowed_answer_of_a_write_is_returned():
    adapter = Adapter(lambda *args, **kwargs: Answer("", 409))
    assert client(adapter).write("DELETE", "/x", doing="delete", ok=(409,)).status_code == 409
    with pytest.raises(OsnapError, match="409"):
        client(adapter).write("DELETE", "/x", doing="delete")


def test_what_is_no_json_is_told_instead_of_a_traceback():
    """A login page of a proxy, say."""
    adapter = Adapter(lambda *args, **kwargs: Answer("<html><body>Please log in</body></html>"))
    with pytest.raises(OsnapError) as caught:
        client(adapter).get("/snapshots", doing="list the volume snapshots")
    told = (
        "Could not list the volume snapshots: block-storage in cloud 'mine' answered 200 with something else than JSON:"
        " Please log in;"
    )
    assert str(caught.value).startswith(told)


def test_an_exception_of_keystoneauth_becomes_a_sentence():
    def broken(*args, **kwargs):
        raise keystoneauth1.exceptions.ConnectFailure("[Errno 104] Connection reset by peer")

    with pytest.raises(
        Ambiguous, match="Could not delete: cloud 'mine' can't be reached \\(Connection reset by peer\\)"
    ) as caught:
        client(Adapter(broken)).write("DELETE", "/x", doing="delete", resource="1")
    assert caught.value.fields == {"status": None, "request_id": None, "service": "block-storage", "resource": "1"}


@pytest.mark.parametrize("answer", NO_LISTS)
def test_an_answer_without_what_was_made_leaves_open_whether_it_was(answer):
    of = client(Adapter(lambda *args, **kwargs: answer))
    with pytest.raises(OsnapError, match="^Could not make x: block-storage in cloud 'mine' answered") as caught:
        of.created(of.write("POST", "/snapshots", body={}, doing="make x"), "snapshot", doing="make x")
    assert answer.status_code >= 300 or isinstance(caught.value, Unanswered)


def test_a_key_that_is_missing_is_told():
    answer = client(Adapter(lambda *args, **kwargs: Answer({"limits": {}}))).get("/limits", doing="read the quota")
    with pytest.raises(OsnapError, match="^Could not read the quota: .* answered 200 without 'absolute'; check"):
        answer["limits"]["absolute"]


@pytest.mark.parametrize("inside", [None, {}, "x", 5, [1], ["x"], [None]])
def test_what_should_be_a_list_or_an_object_is_one(inside):
    answer = client(Adapter(lambda *args, **kwargs: Answer({"things": inside}))).get("/x", doing="read")
    with pytest.raises(OsnapError, match="^Could not read: .* without a list of things; check"):
        answer.rows("things")
    if inside != {}:
        with pytest.raises(OsnapError, match="^Could not read: .* without an object 'things'; check"):
            answer.object("things")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["snapshots", "snapshot", "id", "name", "status", "metadata", "size", "created_at", "x", "next"]
            )
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=40, deadline=None)
@given(JUNK | st.text(), st.sampled_from([200, 201, 202, 204, 300, 302, 400, 404, 409, 413]))
def test_no_answer_whatsoever_ends_in_a_traceback(document, status):
    of = client(Adapter(lambda *args, **kwargs: Answer(document, status)))
    service = VolumeSnapshots(SimpleNamespace(name="'mine'", project_id="p", client=lambda api: of))
    for ask in (
        lambda: service.get("an-id"),
        service.list,
        lambda: service.named(["x"]),
        lambda: service.poll(["a", "b", "c", "d"]),
        lambda: service.create({"name": "x", "volume_id": "v"}),
        lambda: service.host_of("v"),
        lambda: service.manageable(host="h"),
        service.room,
    ):
        try:
            ask()
        except OsnapError as error:
            assert str(error) and "\n" not in str(error)
