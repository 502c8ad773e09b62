# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module that migrates has returned, as the report of a migration that the role ``report`` takes. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.plugin_utils import retained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What is worth its place in an artifact: a workflow has 700 kB for all of them.
_KEPT = ("server", "server_id", "new_server", "new_server_id", "phase", "changed", "failed", "msg", "off", "addresses")


def artifacts(report: Mapping[str, Any], prefix: str) -> dict[str, dict[str, Any]]:
    """``{name: result}`` of each server that has an ID: keyed at the top, for parallel parts of a workflow are merged
    by key.
    """
    servers = [one for one in report.get("servers") or [] if one.get("server_id")]
    return {
        f"{prefix}_{one['server_id'].replace('-', '_')}": {key: one[key] for key in _KEPT if key in one}
        for one in servers
    }


def report(
    result: Mapping[str, Any],
    led: Mapping[str, Any],
    run: str,
    state: str,
    earlier: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The report of one call of the module, or of several that have brought the same servers further and further.

    :param result: what ``server_migration`` has returned, with whatever end
    :param led: the group of hosts that it was called for
    :param earlier: what it has returned before, oldest first
    """
    outcomes = [_joined(one, earlier) for one in result.get("outcomes") or []]
    servers = [_server(one, _given(led, index)) for index, one in enumerate(outcomes)]
    times = [step[when] for one in servers for step in one["timeline"] for when in ("began", "ended") if step.get(when)]
    return {
        "run": run,
        "state": state,
        "began": min(times, default=None),
        "ended": max(times, default=None),
        "servers": servers,
    }


def _given(led, index):
    """How the server of an outcome was named; None of one that a pattern has found."""
    names = [item.get("server") for item in led.get("servers") or []]
    return names[index] if all(names) and not led.get("exclude") and index < len(names) else None


def _server(one, given):
    found = one.get("migration") or {}
    name = found.get("server_name") or given or one.get("resource")
    return {
        **{key: found.get(key) for key in ("server_id", "new_server_id", "phase")},
        "server": name,
        "new_server": found.get("name"),
        "changed": bool(one.get("changed")),
        "failed": bool(one.get("failed")),
        "msg": one.get("msg") or "",
        "off": _off(one.get("off")),
        "timeline": one.get("timeline") or [],
        "disks": [
            _disk(disk, bool(found.get("verified")), one.get("timeline") or []) for disk in found.get("disks") or []
        ],
        "addresses": {"old": [], "new": found.get("addresses") or []},
        "problems": one.get("findings") or [],
        "notices": [
            {"severity": "changes", "object": name, "sentence": str(notice)} for notice in found.get("notices") or []
        ],
        "left": retained.sentences(one),
    }


def _disk(disk, proven, timeline):
    """``proven``: whether what its server is made of has the bytes of the snapshots. A disk that was handed over has no
    hash: it is the same one.
    """
    return {
        **disk,
        "source_id": disk.get("id"),
        "seconds": _seconds_of_copy(disk.get("index"), timeline),
        "verified": proven and bool(disk.get("hash_value")),
    }


def _seconds_of_copy(index, timeline):
    """How long the copy took that was made of a disk, in whole seconds; None where none was, or where it took less than
    one: no rate can be told of that.
    """
    took = [
        (_time(step["ended"]) - _time(step["began"])).total_seconds()
        for step in timeline
        if (step["what"], step["disk"]) == ("copy", index) and step["changed"] and step["ended"]
    ]
    return (took[-1] or None) if took else None


def _joined(one, earlier):
    """An outcome with what earlier calls have done for the same server: what has stopped it was one of these."""
    id = (one.get("migration") or {}).get("server_id")
    before = [
        other
        for result in earlier
        for other in (result or {}).get("outcomes") or []
        if id and (other.get("migration") or {}).get("server_id") == id
    ]
    if not before:
        return one
    done = [step for other in before for step in other.get("timeline") or [] if step.get("changed")]
    timeline = done + list(one.get("timeline") or [])
    off = next((other["off"] for other in [*before, one] if other.get("off")), None)
    if off and not off.get("to"):
        ups = [step["ended"] for step in timeline if step["what"] == "boot" and step.get("changed") and step["ended"]]
        off = {**off, "to": max(ups, default=None)}
    notices = [notice for other in [*before, one] for notice in other["migration"].get("notices") or []]
    return {
        **one,
        "changed": one.get("changed") or any(other.get("changed") for other in before),
        "timeline": timeline,
        "off": off,
        "migration": {**one["migration"], "notices": list(dict.fromkeys(notices))},
    }


def _off(given):
    """With its seconds, where both ends are known."""
    if not given or not given.get("from"):
        return None
    seconds = (_time(given["to"]) - _time(given["from"])).total_seconds() if given.get("to") else None
    return {"from": given["from"], "to": given.get("to"), "seconds": seconds}


def _time(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
