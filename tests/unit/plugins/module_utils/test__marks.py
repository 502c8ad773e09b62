# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._marks import same_id

parts = st.lists(st.text("ab/é", max_size=3), min_size=1, max_size=3)


def test_an_id_never_changes():
    """What an earlier version computed must be found by a later one."""
    assert same_id("image_copy", "p1", "i1", "web", 0) == "215160d5-0a3f-5f7c-a50c-603dfe904e44"


@given(parts, parts)
def test_the_same_parts_give_the_same_id_and_others_another(one, other):
    assert (same_id(*one) == same_id(*other)) is (one == other)
    assert str(uuid.UUID(same_id(*one))) == same_id(*one)


def test_numbers_count_as_their_text():
    assert same_id("a", 1) == same_id("a", "1") != same_id("a1")
