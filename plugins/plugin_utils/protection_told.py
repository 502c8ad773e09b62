# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What protection tells people and monitoring: a table in the terminal, what was done, and the sentence that fails.
Pure, but for the clock of an age.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of

#: The alarms, in the order in which a sentence has them.
CODES = ("overdue", "unprotected", "failed", "torn", "lagging", "untested", "paused")
HEADER = ("name", "policy", "newest good", "age", "kept", "alarms")
#: So much of a sentence a monitoring's line holds.
MOST = 5


def table(rows: Sequence[Mapping[str, Any]], now: datetime | None = None) -> list[str]:
    """Lines of a table, a line for each volume or server. A column says how far copies are behind, if any is copied."""
    moment = now or datetime.now(timezone.utc)
    lines = [HEADER, *(_line(row, moment) for row in rows)]
    if any(row.get("copies") for row in rows):
        behind = ["copy behind", *(_behind(row.get("copies")) for row in rows)]
        lines = [(*line[:-1], cell, line[-1]) for line, cell in zip(lines, behind, strict=True)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _line(row: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    newest = row["newest"] or {}
    return (
        _name(row),
        row["policy"] or "-",
        str(newest.get("created_at") or "-")[:16].replace("T", " "),
        _age(time_of(newest.get("created_at")), now),
        str(row["good"]) + (f" ({len(row['holds'])} held)" if row["holds"] else ""),
        ", ".join(row["alarms"]) or "-",
    )


def _name(row: Mapping[str, Any]) -> str:
    """A name as one line of a terminal has it."""
    noun = "server" if "server_id" in row else "volume"
    name = str(row[f"{noun}_name"] or row[f"{noun}_id"])
    return "".join(character if character.isprintable() else "?" for character in name)


def _age(created: datetime | None, now: datetime) -> str:
    if created is None:
        return "-"
    return _span(int((now - created).total_seconds()))


def _behind(copies: Mapping[str, Any] | None) -> str:
    if copies is None:
        return "-"
    if copies["problem"]:
        return "unknown"
    return "no copy" if copies["lag_seconds"] is None else _span(int(copies["lag_seconds"]))


def _span(seconds: int) -> str:
    minutes = max(0, seconds // 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    return f"{days}d {hours}h" if days else f"{hours}h {minutes % 60}m" if hours else f"{minutes}m"


def lines(protections: Sequence[Mapping[str, Any]], is_check: bool = False) -> list[str]:
    """A line for each volume or server: what was taken of it and what has gone.

    :param is_check: whether this is what would be
    """
    would = "would be " if is_check else ""
    return [f"{_name(one)}: {_became(one, would)}" for one in protections]


def _became(one: Mapping[str, Any], would: str) -> str:
    if one["paused"]:
        return f"left alone, for {one['paused']}"
    if one["policy"] is None:
        return "left alone, for it has no policy"
    taken = f"{one['taken']['name']} {would + 'taken' if one['is_new'] else 'is there'}"
    removed = [entry["name"] for entry in one["removed"]]
    here = f"{taken}, {len(one['kept'])} kept" + (f", {would}removed: {', '.join(removed)}" if removed else "")
    copies = one.get("copies")
    return here + (f"; {_copies(copies, would)}" if copies else "")


def _copies(copy: Mapping[str, Any], would: str) -> str:
    copied = f"{would}copied to {copy['to']}" if copy["is_new"] else f"its copy is in {copy['to']}"
    removed = [entry["name"] for entry in copy["removed"]]
    return f"{copied}, {len(copy['kept'])} kept there" + (
        f", {would}removed there: {', '.join(removed)}" if removed else ""
    )


def failing(alarms: Sequence[Mapping[str, Any]], fail_when: Sequence[str]) -> str:
    """The sentence that a monitoring shows; empty where nothing of what matters is wrong.

    :raises ValueError: where ``fail_when`` has what is no alarm
    """
    if unknown := sorted(set(fail_when) - set(CODES)):
        raise ValueError(f"fail_when has {', '.join(unknown)}; it takes {', '.join(CODES)}")
    found = [alarm for alarm in alarms if alarm["code"] in fail_when]
    if not found:
        return ""
    counts = [
        f"{number} {code}" for code in CODES if code in fail_when and (number := sum(a["code"] == code for a in found))
    ]
    rest = f" {len(found) - MOST} more are in the table." if len(found) > MOST else ""
    return f"Protection: {', '.join(counts)}. {' '.join(alarm['sentence'] for alarm in found[:MOST])}{rest}"


def untested(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The newest good set of each server whose restore is to be tested."""
    due = [row for row in rows if "untested" in row["alarms"] and row["newest"]]
    return [{"server": row["server_id"], "set": row["newest"]["id"]} for row in due]
