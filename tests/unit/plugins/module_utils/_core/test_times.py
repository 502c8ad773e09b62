# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.times import age_of, time_of


@pytest.mark.parametrize("end", ["", "Z", "+00:00", ".000000"])
def test_a_time_is_utc_whether_it_says_so_or_not(end):
    assert time_of(f"2026-11-24T09:00:00{end}") == datetime(2026, 11, 24, 9, tzinfo=timezone.utc)
    assert time_of("2026-11-24T09:00:00+02:00") == datetime(2026, 11, 24, 7, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026", "2026-13-01T00:00:00"])
def test_what_is_no_time_is_none_and_old(text):
    assert time_of(text) is None and age_of(text) == math.inf


def test_an_age_is_in_seconds():
    assert 60 <= age_of((datetime.now(timezone.utc) - timedelta(minutes=1)).isoformat()) < 61
