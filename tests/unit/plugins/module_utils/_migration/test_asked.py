# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import asked
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options

PARAMS = {"run": "saturday", "servers": [{}], "metadata": None}


def problem(item, **params):
    params = {**PARAMS, **params}
    clause = asked.problem({**dict.fromkeys(asked.MOVED), **item}, params)
    return "; ".join([*asked.of_task(params), *([clause] if clause else [])]) or None


@pytest.mark.parametrize("item", [{"server": "web01"}, {"regex": "web.*"}, {"metadata": {"tier": "web"}}])
def test_a_list_takes_servers_and_patterns(item):
    assert problem(item) is None


@pytest.mark.parametrize("item", [{}, {"regex": "web.*"}, {"metadata": {"tier": "web"}}])
def test_patterns_are_for_lists(item):
    assert problem(item, servers=None) == "server is required, or servers"


def test_metadata_for_all_new_servers_select_none():
    """Or an item that has lost its server would mean every server that has them."""
    item = {"metadata": {"owner": "me"}, "flavor": "m1.small"}
    assert problem(item, metadata={"owner": "me"}) == "one of server and regex is required"
    assert problem({**item, "server": "web01"}, metadata={"owner": "me"}) is None


def test_what_is_wrong_with_the_task_and_with_an_item_is_told_at_once():
    assert problem({"server": "a", "regex": "a", "name": " "}, run="a b") == (
        "run is 'a b'; it takes 1 to 64 letters, digits, . _ and -; server and regex exclude each other;"
        " name is empty; leave it out, or give the new server one"
    )


def test_what_is_excluded_is_looked_at_before_any_cloud_is():
    assert problem({"server": "a"}, exclude=["b", {"regex": "["}, 7], parallel=0) == (
        "parallel is 0; it takes a number of 1 or more; exclude[1]: regex is '[', which is no regular expression:"
        " unterminated character set at position 0; exclude[2] is 7; give the name or ID of a server, or a dictionary"
    )


def test_the_way_of_a_disk_is_one_of_those_that_there_are():
    assert problem({"server": "a", "disk_methods": {"root": "stream", "data": "auto"}}) is None
    assert problem({"server": "a", "disk_methods": {"root": "post"}}) == (
        "disk_methods.root is 'post'; it takes auto, stream, glance_download, share, transfer"
    )


def test_what_is_not_set_is_as_it_is_without():
    params = dict.fromkeys((*asked.TASK, *asked.MOVED))
    assert asked.options(params) == Options()
    assert asked.options({**params, "method": "share", "keep_mac": False}) == Options(method="share")
