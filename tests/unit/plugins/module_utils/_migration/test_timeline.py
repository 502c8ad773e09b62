# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import re

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration.timeline import Timeline

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_a_link_has_its_times_and_whether_it_had_anything_to_do():
    timeline = Timeline()
    with timeline.entry("copy", 1) as entry:
        entry["changed"] = True
    (one,) = timeline.entries
    assert (one["what"], one["disk"], one["changed"]) == ("copy", 1, True)
    assert TIME.fullmatch(one["began"]) and TIME.fullmatch(one["ended"])


def test_a_link_that_fails_has_no_end():
    timeline = Timeline()
    with pytest.raises(ValueError), timeline.entry("copy"):
        raise ValueError
    assert timeline.entries[0]["ended"] is None and timeline.entries[0]["changed"] is None


def of(*links):
    timeline = Timeline()
    timeline.entries = [
        {"what": what, "disk": None, "began": began, "ended": ended, "changed": changed}
        for what, began, ended, changed in links
    ]
    return timeline.off()


def test_a_server_is_off_from_its_stop_until_its_successor_is_booted():
    assert of(("stop", "a", "b", True), ("copy", "c", "d", True), ("boot", "e", "f", True)) == {"from": "a", "to": "f"}
    assert of(("stop", "a", "b", True), ("copy", "c", "d", True)) == {"from": "a", "to": None}


def test_one_that_was_off_already_says_nothing():
    assert of(("stop", "a", "b", False), ("boot", "e", "f", True)) is None
    assert of(("boot", "e", "f", True)) is None
