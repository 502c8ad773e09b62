# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests of the test cloud share a slow link."""

import pytest
from osnap_testcloud.injector import Links


@pytest.mark.parametrize("action, shared", [("throttle", True), ("throttle_each", False)])
def test_requests_share_a_link_unless_each_has_its_own(action, shared):
    links, rule = Links(), {"id": "a1", action: 1000}
    first, second = (links.of(rule, "in", None) for dummy in range(2))
    assert (first is second) == shared and first.rate == second.rate == 1000


def test_a_rule_without_a_rate_makes_no_link():
    assert Links().of({"id": "a1", "status": 503}, "in", None) is None
