# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of snapshots, as the lines of a table for the terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

HEAD = ("", "taken (UTC)", "name", "why")
#: Longer names are cut, so that a line stays one.
WIDEST = 40


def lines(snapshots: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each snapshot under a line for what it is of.

    :param snapshots: of ``snapshot_prune`` or of ``retention_simulation_info``
    """
    rows = [(str(row.get("source") or "unknown"), _cells(row)) for row in snapshots]
    if not rows:
        return ["There is no snapshot."]
    table = [HEAD, *(cells for _source, cells in rows)]
    widths = [max(len(cells[number]) for cells in table) for number in range(3)]
    found, last = [_line(HEAD, widths)], None
    for source, cells in sorted(rows, key=lambda row: row[0]):
        if source != last:
            found.append(f"of {_plain(source)}:")
            last = source
        found.append(_line(cells, widths))
    return found


def _cells(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    verdict, why = _verdict(row)
    name = _plain(str(row.get("name") or row.get("id") or ""))
    short = name if len(name) <= WIDEST else f"{name[: WIDEST - 1]}…"
    return verdict, str(row.get("created_at") or "unknown")[:16].replace("T", " "), short, _plain(why)


def _verdict(row: Mapping[str, Any]) -> tuple[str, str]:
    if "deleted_on" in row:
        last = row["reasons"][-1]["reasons"] if row["reasons"] else ["nothing is pruned yet"]
        return f"until {row['deleted_on']}" if row["deleted_on"] else "stays", ", ".join(last)
    why = ", ".join(map(str, row.get("reasons") or []))
    return str(row.get("verdict") or ""), f"{why}: {row['msg']}" if row.get("msg") else why


def _plain(text: str) -> str:
    """A user's text without what would move the cursor or break the line."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _line(cells: tuple[str, str, str, str], widths: list[int]) -> str:
    return "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)), cells[3]]).rstrip()
