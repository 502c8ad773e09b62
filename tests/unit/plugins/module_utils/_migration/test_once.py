# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read once for all servers of a task."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration.once import MAX_AGE, Once


def test_what_was_read_is_read_again_only_when_it_is_old():
    now, reads = [0.0], []
    once = Once([], lambda: now[0])

    def read():
        reads.append(now[0])
        return len(reads)

    assert [once("a", read), once("a", read), once("b", read)] == [1, 1, 2]
    now[0] = MAX_AGE
    assert once("a", read) == 1
    now[0] = MAX_AGE + 1
    assert once("a", read) == 3


def test_whoever_comes_while_it_is_read_waits_for_it():
    once, begun, reads = Once([]), threading.Event(), []

    def read():
        reads.append(1)
        begun.set()
        return "read"

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _number: once("a", read), range(8))) == ["read"] * 8
    assert reads == [1]


def test_a_failure_is_not_kept():
    once = Once([])
    with pytest.raises(ZeroDivisionError):
        once("a", lambda: 1 // 0)
    assert once("a", lambda: "read") == "read"
