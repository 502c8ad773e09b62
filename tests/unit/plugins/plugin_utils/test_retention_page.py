# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from ansible_collections.osnap.openstack.plugins.filter.prune_table import prune_table
from ansible_collections.osnap.openstack.plugins.filter.retention_page import retention_page
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.simulation import simulated

HOSTILE = "</title><script>alert(1)</script>\"'&\x1b[2J\n<img src=x>"
NIGHTS = {"every": "1d", "start": "2026-01-01T02:00", "end": "2026-03-01T02:00"}


class Page(HTMLParser):
    """The elements of a page, their attributes, and whether each is closed in its order."""

    VOID = frozenset({"meta", "rect", "path"})

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words = [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def drawn(title="Nights", **options):
    return Page(retention_page(simulated(options), title))


def test_a_page_says_how_many_there_are_and_why_each_remains():
    page = drawn(**NIGHTS, keep_daily=7, keep_weekly=4)
    assert "60" in page.words and "keep_weekly 2026-W07" in page.words
    assert {stripe["class"] for stripe in page.of("rect")} == {"keep_daily", "keep_weekly"}
    assert len(page.of("tr")) == 1 + 10


def test_bars_are_within_the_picture_and_in_their_order():
    page = drawn(**NIGHTS, until="2026-06-30", keep_daily=3, keep_monthly=2, keep_within="2d")
    for stripe in page.of("rect"):
        left, width = float(stripe["x"]), float(stripe["width"])
        assert left >= 0 and width > 0 and left + width <= 1002


def test_names_can_not_break_out():
    rows = [{"id": HOSTILE, "name": HOSTILE, "volume_id": HOSTILE, "created_at": "2026-01-01T00:00:00"}]
    text = retention_page(simulated({"history": rows, "keep_last": 1}), HOSTILE)
    page = Page(text)
    assert not page.of("script") and not page.of("img") and HOSTILE in page.words


def test_nothing_is_loaded_and_nothing_runs():
    text = retention_page(simulated({**NIGHTS, "keep_last": 3}))
    assert not re.search(r"https?:|src=|href=|url\(|@import|<script|<link|<iframe|\bon\w+=", text)


@pytest.mark.parametrize(
    "options", [{"history": ["2026-01-01"], "keep_last": 1}, {**NIGHTS, "keep_last": 1, "pruned_from": "2027-01-01"}]
)
def test_a_single_day_and_one_without_a_pruning_are_drawn_too(options):
    assert drawn(**options).of("rect")


def test_the_table_of_a_pruning():
    night, old = {"created_at": "2026-01-02T02:00:00.000", "verdict": "keep"}, {"created_at": None, "verdict": "delete"}
    rows = [
        {**night, "source": "b", "name": "new", "reasons": ["keep_last"]},
        {**old, "source": "a", "name": "x" * 60, "reasons": ["no rule"], "msg": "It failed."},
        {**night, "source": None, "id": "an-id", "reasons": ["a", "b"]},
    ]
    assert prune_table(rows) == [
        f"        taken (UTC)       name{' ' * 36}  why",
        "of a:",
        f"delete  unknown           {'x' * 39}…  no rule: It failed.",
        "of b:",
        f"keep    2026-01-02 02:00  new{' ' * 37}  keep_last",
        "of unknown:",
        f"keep    2026-01-02 02:00  an-id{' ' * 35}  a, b",
    ]


def test_the_table_of_a_simulation():
    found = simulated({**NIGHTS, "end": "2026-01-03T02:00", "keep_last": 2})
    assert prune_table(found["snapshots"])[1:] == [
        "of unknown:",
        "until 2026-01-03  2026-01-01 02:00  2026-01-01T02:00  no rule keeps it",
        "stays             2026-01-02 02:00  2026-01-02T02:00  keep_last",
        "stays             2026-01-03 02:00  2026-01-03T02:00  keep_last",
    ]


def test_a_table_of_nothing_and_of_hostile_names():
    assert prune_table([]) == ["There is no snapshot."]
    rows = [{"source": HOSTILE, "name": HOSTILE, "created_at": "x", "verdict": "keep", "reasons": [HOSTILE]}]
    assert all(line.isprintable() for line in prune_table(rows))
