# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.service import (
    NO_LISTS,
    Adapter,
    Gone,
    cinders,
    client,
    dying,
    glances,
    paged,
)


@pytest.mark.parametrize("link", [cinders, glances])
@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_all_pages_are_read(link, count):
    rows = [{"id": f"s{number}"} for number in range(count)]
    adapter = paged(rows, 3, link)
    assert client(adapter).pages("/snapshots", "snapshots", doing="list", params={"name": "x"}) == rows
    assert all(request.params["name"] == "x" and request.params["limit"] == 1000 for request in adapter.requests)
    assert {request.url for request in adapter.requests} == {
        "/snapshots"
    }  # never the host of a link, which may be an inner one


def test_more_than_one_page_can_be_left_unread():
    rows = [{"id": f"s{number}"} for number in range(4)]
    adapter = paged(rows, 3, cinders)
    assert client(adapter).pages("/snapshots", "snapshots", doing="list", first_page_only=True) is None
    assert len(adapter.requests) == 1
    assert client(paged(rows, 4, cinders)).pages("/snapshots", "snapshots", doing="list", first_page_only=True) == rows


@pytest.mark.parametrize("most, requests", [(1, 1), (3, 1), (4, 2), (7, 3), (9, 3)])
def test_no_more_is_read_than_is_wanted(most, requests):
    rows = [{"id": f"s{number}"} for number in range(7)]
    adapter = paged(rows, 3, cinders)
    assert client(adapter).pages("/snapshots", "snapshots", doing="list", most=most) == rows[:most]
    assert len(adapter.requests) == requests and all(request.params["limit"] == most for request in adapter.requests)


def test_the_links_of_a_list_may_be_named_by_one_of_its_things():
    answers = iter(
        [
            Answer({"groups": [{"id": "a"}], "group_links": [{"rel": "next", "href": "http://x"}]}),
            Answer({"groups": [{"id": "b"}]}),
        ]
    )
    adapter = Adapter(lambda *args, **kwargs: next(answers))
    assert [row["id"] for row in client(adapter).pages("/groups", "groups", doing="list groups")] == ["a", "b"]


def test_an_empty_page_that_links_on_does_not_go_round_for_ever():
    adapter = Adapter(
        lambda *args, **kwargs: Answer({"snapshots": [], "snapshots_links": [{"rel": "next", "href": "http://x"}]})
    )
    assert client(adapter).pages("/snapshots", "snapshots", doing="list") == []


@pytest.mark.parametrize("answer", NO_LISTS)
def test_an_answer_without_rows_is_no_empty_list(answer):
    with pytest.raises(OsnapError, match="^Could not list snapshots: block-storage in cloud 'mine' answered"):
        client(Adapter(lambda *args, **kwargs: answer)).pages("/snapshots", "snapshots", doing="list snapshots")


@pytest.mark.parametrize("links", [cinders, glances])
def test_a_list_that_goes_round_ends_with_an_error(links):
    rows = [{"id": "a"}, {"id": "b"}]
    adapter = Adapter(lambda *args, **kwargs: Answer({"snapshots": rows, **links("b")}))
    with pytest.raises(OsnapError, match="^Could not list: .* comes back to the page after b again and again"):
        client(adapter).pages("/snapshots", "snapshots", doing="list")
    assert len(adapter.requests) == 2


def test_a_job_is_asked_for_between_pages():
    adapter = paged([{"id": f"s{number}"} for number in range(9)], 1, cinders)
    of = client(adapter)
    dying(of.cloud, after=3)
    with pytest.raises(Gone):
        of.pages("/snapshots", "snapshots", doing="list")
    assert len(adapter.requests) == 4
