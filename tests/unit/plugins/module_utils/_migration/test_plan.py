# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is judged of several servers together."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.server_rows import (
    item,
    look,
    problem,
    seen,
    server,
)


def test_problems_of_all_servers_are_told_at_once():
    at = seen(
        OsnapError("There is no server named 'web01'."), server(image_id=None), server("s3", "web03", status="ERROR")
    )
    result = look(item(), item("web02"), item("web03"), at=at)
    assert len(result["problems"]) == 3
    assert [len(plan["problems"]) for plan in result["plans"]] == [1, 1, 1]
    assert result["plans"][0]["server_id"] is None and result["plans"][0]["summary"] is None


def test_the_same_server_twice_is_told_once():
    assert (
        problem(item(), item("s1"), at=seen(server(), server()))
        == "servers[1] ('s1') is the same server as servers[0]; name each once."
    )


def test_two_new_servers_of_one_name():
    at = seen(server(), server("s2"))
    assert "servers[0] and servers[1] would both be named 'web01' in cloud 'target'" in problem(
        item(), item("s2"), at=at
    )
