# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.waves import boots_after, waves


def server(name, **others):
    return {"name": name, "id": f"id-of-{name}", **others}


def names(items):
    return [[items[at]["name"] for at in wave] for wave in waves(items)]


def refusal(items):
    with pytest.raises(OsnapError) as caught:
        waves(items)
    return str(caught.value)


def test_no_server_is_no_wave():
    assert waves([]) == []


def test_without_waves_all_go_together_in_their_order():
    assert names([server("b"), server("a"), server("c", wave=None)]) == [["b", "a", "c"]]


def test_waves_go_by_number_and_unset_is_the_first():
    assert names([server("c", wave=3), server("a"), server("z", wave=-1), server("b", wave=3)]) == [
        ["z"],
        ["a"],
        ["c", "b"],
    ]


def test_a_server_comes_after_those_that_it_boots_after():
    items = [server("web", boot_after=["app"]), server("app", boot_after=["id-of-db"]), server("db"), server("x")]
    assert names(items) == [["db", "app", "web", "x"]]
    assert boots_after(items, 0) == [1]
    assert boots_after(items, 2) == []


def test_those_of_earlier_waves_are_among_those_it_boots_after_for_they_may_have_failed():
    items = [server("web", wave=2, boot_after=["db"]), server("db")]
    assert names(items) == [["db"], ["web"]]
    assert boots_after(items, 0) == [1]


def test_a_circle_is_told_with_its_names():
    items = [server("a", boot_after=["b"]), server("b", boot_after=["c"]), server("c", boot_after=["a"])]
    said = refusal(items)
    assert said.startswith("These servers wait for each other by their boot_after: '")
    assert all(f"'{name}'" in said for name in "abc")


def test_a_server_can_not_wait_for_itself():
    assert "wait for each other" in refusal([server("a", boot_after=["a"])])


def test_a_server_can_not_wait_for_a_later_wave():
    said = refusal([server("db", wave=2), server("web", boot_after=["db"])])
    assert said == "The server 'web' can't boot after 'db': that is in wave 2, and it is itself in wave 1."


def test_a_server_can_not_wait_for_one_that_does_not_go():
    said = refusal([server("web", boot_after=["bd"])])
    assert said == "The server 'web' can't boot after 'bd', which is not among the servers of this run."


def test_a_name_that_two_have_is_none():
    said = refusal([server("db"), {"name": "db", "id": "other"}, server("web", boot_after=["db"])])
    assert said == "The server 'web' can't boot after 'db': 2 servers of this run have that name. Give its ID."
