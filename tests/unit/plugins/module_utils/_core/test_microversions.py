# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import keystoneauth1.adapter
import keystoneauth1.exceptions
import keystoneauth1.noauth
import keystoneauth1.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.service import (
    SNAPSHOTS,
    Adapter,
    client,
    old_cloud,
)


def test_the_newest_that_is_understood_is_asked_for_without_a_discovery():
    adapter = old_cloud((3, 71))
    assert client(adapter).get("/snapshots", doing="list", microversion=SNAPSHOTS) == {"version": "3.65"}
    assert (len(adapter.requests), adapter.discoveries) == (1, 0)


def test_an_older_cloud_is_asked_again_for_what_it_has():
    adapter = old_cloud((3, 27))
    of = client(adapter)
    assert of.get("/snapshots", doing="list", microversion=SNAPSHOTS) == {"version": "3.27"}
    assert [request.microversion for request in adapter.requests] == ["3.65", "3.27"]
    assert of.get("/snapshots", doing="list", microversion=SNAPSHOTS) == {"version": "3.27"}
    assert (len(adapter.requests), adapter.discoveries) == (3, 1)


def test_a_cloud_that_is_too_old_is_told_what_it_lacks():
    with pytest.raises(OsnapError) as caught:
        client(old_cloud((3, 5))).get("/snapshots", doing="list the volume snapshots", microversion=SNAPSHOTS)
    assert (
        str(caught.value)
        == "Could not list the volume snapshots: a volume snapshot needs block-storage API 3.10, and cloud 'mine'"
        " offers 3.5 at the most."
    )
    assert caught.value.fields == {"status": 406, "request_id": None, "service": "block-storage", "resource": None}


def test_a_service_without_microversions_is_too_old_as_well():
    with pytest.raises(OsnapError, match="needs block-storage API 3.10, and cloud 'mine' offers 0.0"):
        adapter = old_cloud((0, 0))
        adapter.maximum = None
        client(adapter).get("/snapshots", doing="list", microversion=SNAPSHOTS)


def test_what_a_cloud_offers_is_told_as_text():
    assert client(Adapter()).microversions() == ("3.0", "3.71")
    adapter = Adapter()
    adapter.microversions = lambda: (None, None)
    assert client(adapter).microversions() == (None, None) and client(adapter).maximum_microversion() == "0.0"


def test_what_a_later_request_needs_can_be_asked_before_it():
    of = client(old_cloud((3, 9)))
    with pytest.raises(
        OsnapError,
        match=(
            "^Could not list: a volume snapshot needs block-storage API 3.10, and cloud 'mine' offers 3.9 at the most"
        ),
    ):
        of.require(SNAPSHOTS, doing="list")
    adapter = old_cloud((3, 10))
    client(adapter).require(SNAPSHOTS, doing="list")
    assert not adapter.requests


def test_a_cloud_that_does_not_say_what_it_offers_is_told():
    def unreachable():
        raise keystoneauth1.exceptions.ConnectFailure("Connection reset")

    adapter = Adapter(lambda *args, **kwargs: Answer("", 406))
    adapter.microversions = unreachable
    with pytest.raises(OsnapError, match="Could not list: cloud 'mine' can't be reached"):
        client(adapter).require(SNAPSHOTS, doing="list")
    with pytest.raises(OsnapError, match="Could not list: cloud 'mine' can't be reached"):
        client(adapter).get("/snapshots", doing="list", microversion=SNAPSHOTS)
    for ask in (client(adapter).maximum_microversion, client(adapter).microversions):
        with pytest.raises(OsnapError, match="Could not read the versions: cloud 'mine' can't be reached"):
            ask()


def test_a_406_without_a_microversion_is_an_ordinary_answer():
    adapter = Adapter(lambda *args, **kwargs: Answer("", 406))
    with pytest.raises(OsnapError, match="answered 406"):
        client(adapter).get("/snapshots", doing="list")
    assert len(adapter.requests) == 1


@given(st.tuples(st.integers(2, 3), st.integers(0, 99)), st.integers(0, 99), st.integers(0, 99))
def test_the_choice_lies_between_what_is_needed_and_what_both_know(maximum, least, more):
    adapter, wanted = old_cloud(maximum), Microversions(f"3.{least + more}", f"3.{least}")
    if maximum < (3, least):
        with pytest.raises(OsnapError, match="needs"):
            client(adapter).get("/x", doing="read", microversion=wanted)
    else:
        chosen = client(adapter).get("/x", doing="read", microversion=wanted)["version"]
        assert chosen == "%d.%d" % min(maximum, (3, least + more))
