# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has stayed is told, on the screen and in the report."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.hosts import outcome
from ansible_collections.osnap.openstack.plugins.plugin_utils.migration_report import report
from ansible_collections.osnap.openstack.plugins.plugin_utils.retained import sentences

VOLUME = {
    "what": "volume",
    "cloud": "source",
    "id": "v2",
    "name": "db01-data",
    "reason": "it does not go with its server",
}
COPY = {"what": "volume_snapshot", "cloud": "destination", "id": "s1", "name": "", "reason": "a volume was made of it"}
REMOVED = {
    "changed": True,
    "failed": False,
    "msg": None,
    "off": None,
    "timeline": [],
    "retained": [VOLUME, COPY],
    "migration": {"server": "db01", "server_id": "id1", "server_name": "db01", "phase": "finalized", "name": "db01"},
}
SAID = [
    "In the source the volume 'db01-data' (v2) stays: it does not go with its server.",
    "In the destination the volume snapshot 's1' (s1) stays: a volume was made of it.",
]


def test_each_thing_is_a_sentence():
    assert sentences(REMOVED) == SAID
    assert sentences({**REMOVED, "retained": None}) == sentences({}) == []


def test_it_is_told_to_the_host_of_the_server():
    led = {"leader": "a", "hosts": ["a"], "is_list": False}
    assert outcome({"outcomes": [REMOVED]}, led, "a")["told"] == ["db01: finalized", *(f"  {one}" for one in SAID)]


def test_it_is_what_is_left_in_the_report():
    (one,) = report({"outcomes": [REMOVED]}, {}, "saturday", "source_removed")["servers"]
    assert one["left"] == SAID
