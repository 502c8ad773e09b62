# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.plugin_utils.diffs import lines


@pytest.mark.parametrize("diff", [None, {}, {"before": None, "after": None}, {"before": {"a": 1}, "after": {"a": 1}}])
def test_where_nothing_differs_there_is_no_line(diff):
    assert lines(diff) == []


def test_what_comes_and_goes_has_one_side_only():
    assert lines({"before": {"a": "x", "b": False}, "after": {"b": True, "c": None, "d": ["y"]}}) == [
        "- a: x",
        "- b: false",
        "+ b: true",
        '+ d: ["y"]',
    ]
