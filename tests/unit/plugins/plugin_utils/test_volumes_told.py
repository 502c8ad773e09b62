# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what is said of each volume that is moved."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.volumes_told import lines

SNAPSHOT = {"cloud": "source", "what": "volume_snapshot", "name": "s1", "id": "i1", "reason": "a volume was made of it"}


def outcome(phase, new=None, name="archive", retained=None):
    migration = {"source_name": name, "source_id": "v1", "phase": phase, "name": "archive-new", "new_volume_id": new}
    return {"migration": migration, "retained": retained}


def test_each_volume_has_a_line_and_what_stays_has_one_below():
    assert lines([outcome("complete", "v2"), outcome("finalized", "v2", retained=[SNAPSHOT])]) == [
        "archive: complete, as archive-new (v2)",
        "archive: finalized, as archive-new (v2)",
        "  In the source the volume snapshot 's1' (i1) stays: a volume was made of it.",
    ]


def test_a_check_says_what_would_be_and_knows_no_new_volume():
    assert lines([outcome("complete", name=None)], True) == ["v1: would be complete"]
