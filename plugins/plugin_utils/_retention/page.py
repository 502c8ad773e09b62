# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated retention as one page: how many snapshots there are each day, and how long each of them lives. Pure;
nothing is loaded from elsewhere, and every text of a user is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from html import escape
from typing import Any

from ansible_collections.osnap.openstack.plugins.plugin_utils._retention.style import STYLE

#: The kinds of reasons, by how they begin. The first that a snapshot has gives its bar the colour: it ends first.
KINDS = ("keep_last", "keep_hourly", "keep_within", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly")
TALL = 120
#: Labels of the time axis at the most.
MARKS = 7


def page(simulation: Mapping[str, Any], title: str = "Retention") -> str:
    first, last = (date.fromisoformat(simulation[key]) for key in ("first_day", "last_day"))
    days, snapshots = simulation["days"], simulation["snapshots"]
    axis = _Axis(first, (last - first).days + 1)
    counts = [len(day["remaining"]) for day in days]
    figures = [
        ("Days", str(len(days)), f"{first} to {last}"),
        ("Taken", str(len(snapshots)), _number(len({row["source"] for row in snapshots}), "source")),
        ("Remaining", str(counts[-1]), f"on {last}"),
        ("At the most", str(max(counts)), f"on {days[counts.index(max(counts))]['day']}"),
    ]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">Pruned at the end of each day from {escape(simulation["pruned_from"])} on.</p>',
        '<dl class="figures">',
        *(f"<div><dt>{name}</dt><dd>{value}</dd><small>{note}</small></div>" for name, value, note in figures),
        "</dl>",
        f"<section><h2>How many there are</h2>{_stairs(counts, axis)}</section>",
        "<section><h2>How long each lives</h2>",
        _legend(snapshots),
        *(_source(name, rows, axis) for name, rows in _by_source(snapshots)),
        "</section>",
        "<section><h2>What remains, and why</h2>",
        _table([row for row in snapshots if not row["deleted_on"]]),
        "</section>",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{STYLE}</style>\n</head>\n<body>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


class _Axis:
    """Where a day is, in thousandths of the width."""

    def __init__(self, first: date, count: int):
        self.first, self.count = first, count

    def at(self, day: date, part: float = 0) -> float:
        return round(1000 * ((day - self.first).days + part) / self.count, 1)

    def marks(self) -> str:
        step = max(1, -(-self.count // MARKS))
        labels = [
            f'<span style="left:{number / self.count:.2%}">{self.first + timedelta(days=number)}</span>'
            for number in range(0, self.count, step)
        ]
        return f'<div class="axis">{"".join(labels)}</div>'


def _stairs(counts: Sequence[int], axis: _Axis) -> str:
    most, wide = max(*counts, 1), 1000 / len(counts)
    steps = "".join(
        f"H{number * wide:.1f}V{TALL - TALL * count / most:.1f}H{(number + 1) * wide:.1f}"
        for number, count in enumerate(counts)
    )
    return (
        f'<div class="most">{most}</div><svg class="stairs" viewBox="0 0 1000 {TALL}" preserveAspectRatio="none"'
        f' role="img" aria-label="Snapshots on each day"><path d="M0 {TALL}{steps}V{TALL}Z"/></svg>{axis.marks()}'
    )


def _by_source(snapshots: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in snapshots:
        found.setdefault(row["source"], []).append(row)
    return sorted(found.items())


def _source(name: str, rows: Sequence[Mapping[str, Any]], axis: _Axis) -> str:
    tall = 9 if len(rows) <= 60 else 5 if len(rows) <= 200 else 2
    bars = "".join(_bar(row, tall * number, tall, axis) for number, row in enumerate(rows))
    head = f"<h3>{escape(name)}</h3>" if name else ""
    return (
        f'{head}<svg class="lives" style="height:{tall * len(rows)}px" viewBox="0 0 1000 {tall * len(rows)}"'
        f' preserveAspectRatio="none" role="img" aria-label="The life of each snapshot">{bars}</svg>{axis.marks()}'
    )


def _bar(row: Mapping[str, Any], top: float, tall: int, axis: _Axis) -> str:
    """One snapshot: a piece for each time in which the same kind of reason keeps it."""
    at = datetime.fromisoformat(row["created_at"])
    start = max(0.0, axis.at(at.date(), (at.hour + at.minute / 60) / 24))
    end = date.fromisoformat(row["deleted_on"]) if row["deleted_on"] else None
    stop = axis.at(end, 1) if end else 1000.0
    told = f"{row['name']}, taken {row['created_at'][:16]}, {f'deleted on {end}' if end else 'remains'}"
    kept = [part for part in row["reasons"] if not end or part["from"] != end.isoformat()]
    pieces = [(start, "none")] if not kept else []
    for part in kept:
        pieces.append((start if not pieces else axis.at(date.fromisoformat(part["from"])), _kind(part["reasons"])))
    edges = [place for place, _kind in pieces[1:]] + [stop]
    drawn = "".join(
        f'<rect class="{kind}" x="{left}" y="{top}" width="{max(right - left, 1.5):.1f}" height="{max(tall - 1, 1)}"/>'
        for (left, kind), right in zip(pieces, edges, strict=True)
    )
    return f"<g><title>{escape(told)}</title>{drawn}</g>"


def _kind(reasons: Sequence[str]) -> str:
    found = [kind for kind in KINDS if any(why.startswith(kind) for why in reasons)]
    return found[0] if found else "other"


def _legend(snapshots: Sequence[Mapping[str, Any]]) -> str:
    used = {_kind(part["reasons"]) for row in snapshots for part in row["reasons"] if not _is_end(row, part)}
    names = [kind for kind in (*KINDS, "other") if kind in used]
    called = {**dict(zip(KINDS, KINDS, strict=True)), "other": "another reason"}
    keys = "".join(f'<span><i class="{kind}"></i>{called[kind]}</span>' for kind in names)
    return f'<p class="legend">{keys}</p>'


def _is_end(row: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    return bool(row["deleted_on"]) and part["from"] == row["deleted_on"]


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "<p>Nothing.</p>"
    lines = "".join(
        f"<tr><td>{escape(row['created_at'][:16].replace('T', ' '))}</td><td>{escape(row['name'])}</td>"
        f"<td>{escape(', '.join(row['reasons'][-1]['reasons'])) if row['reasons'] else ''}</td></tr>"
        for row in reversed(rows)
    )
    return f"<table><thead><tr><th>Taken (UTC)</th><th>Name</th><th>Why</th></tr></thead><tbody>{lines}</tbody></table>"


def _number(count: int, noun: str) -> str:
    return f"of {count} {noun}{'' if count == 1 else 's'}"
