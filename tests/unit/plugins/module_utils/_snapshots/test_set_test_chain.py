# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what a failed test of a set says of the reason."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_test_chain

DAMAGED = OsnapError("The image 'night' (i) of the disk root does not hold what it did. Take a new set.", resource="i")
NOT_UP = OsnapError("The server 'web~test' (s) went into status ERROR.", resource="s")


class Chain(set_test_chain.TestChain):
    """Only what goes wrong: nothing is asked of a cloud."""

    def __init__(self, restored, read, compare="data"):
        self.context = SimpleNamespace(params={"compare": compare, "state": "tested"})
        self.item, self.restored, self.read, self.reads = {"failed_because": None}, restored, read, 0

    def _restored(self):
        raise self.restored

    def _hashes(self):
        self.reads += 1
        if self.read:
            raise self.read
        return {}

    def _failed(self, error):
        return error


def test_a_server_that_does_not_come_up_is_told_with_its_damaged_disk():
    with pytest.raises(OsnapError) as caught:
        Chain(NOT_UP, DAMAGED).go()
    assert str(caught.value).startswith("The image 'night' (i) of the disk root does not hold what it did.")
    assert str(caught.value).endswith(
        "The restore has failed for it: The server 'web~test' (s) went into status ERROR."
    )
    assert caught.value.fields["resource"] == "i"


def test_where_the_data_are_what_they_were_the_server_is_told():
    with pytest.raises(OsnapError, match="^The server 'web~test' .s. went into status ERROR"):
        Chain(NOT_UP, None).go()


def test_nothing_is_read_after_what_stops_all_work_or_where_nothing_is_to_be_read():
    over = OsnapError("The login has failed.", stops_work=True)
    for chain in (Chain(over, DAMAGED), Chain(NOT_UP, DAMAGED, compare="nothing")):
        with pytest.raises(OsnapError) as caught:
            chain.go()
        assert (caught.value is chain.restored, chain.reads) == (True, 0)
