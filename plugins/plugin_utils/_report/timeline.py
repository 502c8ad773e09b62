# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who was off when, and what was done meanwhile: times in, positions out. Pure.

All positions and widths are percentages of the width of the drawing, heights are pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.plugin_utils._report.texts import clock, duration, number

#: Steps that have a colour of their own; any other is drawn in one that says nothing.
KINDS = ("stop", "snapshot", "image", "copy", "volume", "ports", "boot", "verify")
#: Seconds between two marks of the axis.
_INTERVALS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800)
#: Marks at the most; of times with seconds, which are wider, fewer.
_MARKS, _MARKS_OF_SECONDS = 8, 5
#: Pixels.
_LANE, _BETWEEN, _SINGLE, _PADDING = 7, 2, 12, 9


class Window(NamedTuple):
    """What the drawing shows: from its left edge to its right one."""

    began: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        return max((self.ended - self.began).total_seconds(), 1.0)

    def x(self, time: datetime) -> float:
        """Where a time is, in percent; what lies outside is on the edge."""
        part = (time - self.began).total_seconds() / self.seconds
        return round(100 * min(max(part, 0.0), 1.0), 3)

    def span(self, began: datetime, ended: datetime) -> dict[str, float]:
        x = self.x(began)
        return {"x": x, "width": round(max(self.x(ended) - x, 0.0), 3)}


def window_of(report: Mapping[str, Any], servers: Iterable[Mapping[str, Any]]) -> Window | None:
    """The time from the first step to the last. A server that was off long before does not stretch it, unless there
    is nothing else.
    """
    steps = [step for server in servers for step in server["timeline"]]
    times = [time_of(one[key]) for one in (report, *steps) for key in ("began", "ended")]
    if not any(times):
        times = [time_of(server["off"][key]) for server in servers for key in ("from", "to")]
    known = [time for time in times if time]
    return Window(min(known), max(known)) if known else None


def axis(window: Window) -> list[dict[str, Any]]:
    """The marks, at round times: ``[{x, label}]``."""
    interval = next(
        (one for one in _INTERVALS if window.seconds / one <= (_MARKS if one >= 60 else _MARKS_OF_SECONDS)),
        _INTERVALS[-1],
    )
    start = datetime(2001, 1, 1, tzinfo=timezone.utc)  # a Monday, so that weeks begin on one
    steps = -(-(window.began - start).total_seconds() // interval)
    marks: list[dict[str, Any]] = []
    time = start + timedelta(seconds=steps * interval)
    while time <= window.ended and len(marks) <= 2 * _MARKS:
        midnight = interval >= 3600 and not time.hour
        label = f"{time:%d %b}" if midnight else f"{time:%H:%M}" if interval >= 60 else clock(time)
        marks.append({"x": window.x(time), "label": label})
        time += timedelta(seconds=interval)
    return marks


def row(server: Mapping[str, Any], window: Window) -> dict[str, Any]:
    """One server's row: ``{height, off, forecast_x, bars}``. Each disk has a lane; what concerns the whole server is
    as high as all lanes.
    """
    drawn = [(step, *_times(step, window)) for step in server["timeline"] if time_of(step["began"])]
    disks = sorted({str(step["disk"]) for step, *dummy in drawn if step["disk"] is not None}, key=_as_number)
    inner = _SINGLE if len(disks) < 2 else len(disks) * (_LANE + _BETWEEN) - _BETWEEN
    bars: list[dict[str, Any]] = []
    for step, began, ended in drawn:
        whole = step["disk"] is None or len(disks) < 2
        bars.append(
            {
                "kind": step["what"] if step["what"] in KINDS else "other",
                "changed": step["changed"] is not False,
                "open": not step["ended"],
                "y": _PADDING + (0 if whole else disks.index(str(step["disk"])) * (_LANE + _BETWEEN)),
                "height": inner if whole else _LANE,
                "says": _says(step, began, ended),
                **window.span(began, ended),
            }
        )
    # What concerns the whole server lies below what concerns a disk.
    bars.sort(key=lambda one: -one["height"])
    return {"height": inner + 2 * _PADDING, "bars": bars, **_off(server, window)}


def _times(step: Mapping[str, Any], window: Window) -> tuple[datetime, datetime]:
    """A step of which no end is known, because it has failed or goes on, is drawn to the edge."""
    began = time_of(step["began"]) or window.began
    return began, time_of(step["ended"]) or window.ended


def _says(step: Mapping[str, Any], began: datetime, ended: datetime) -> str:
    what = str(step["what"] or "step").replace("_", " ")
    whose = "" if step["disk"] is None else f" of disk {step['disk']}"
    if not step["ended"]:
        return f"{what}{whose}: begun at {clock(began)}, not ended"
    return f"{what}{whose}: {clock(began)} to {clock(ended)}, {duration((ended - began).total_seconds())}"


def _off(server: Mapping[str, Any], window: Window) -> dict[str, Any]:
    """Where the server was off, and where it should have been on again by forecast."""
    began, ended = off_times(server, window)
    if not began or not ended:
        return {"off": None, "forecast_x": None}
    forecast = number(server["forecast_seconds"])
    due = None if forecast is None else began + timedelta(seconds=min(forecast, 1e9))
    says = f"off from {clock(began)} " + (f"to {clock(ended)}" if server["off"]["to"] else "on")
    return {
        "off": {"says": says, **window.span(began, ended)},
        "forecast_x": window.x(due) if due and due <= window.ended else None,
    }


def off_times(server: Mapping[str, Any], window: Window | None) -> tuple[datetime | None, datetime | None]:
    """From when until when a server was off. One that still is: until the report."""
    began = time_of(server["off"]["from"])
    ended = time_of(server["off"]["to"]) or (window.ended if window else None)
    return began, ended if began and ended and ended >= began else began


def together(servers: Iterable[Mapping[str, Any]], window: Window) -> dict[str, Any]:
    """How many were off at the same time: ``{most, steps: [{x, width, count, height}]}``, heights in percent."""
    changes: dict[float, int] = {}
    for server in servers:
        began, ended = off_times(server, window)
        if began and ended:
            span = window.span(began, ended)
            for x, by in ((span["x"], 1), (round(span["x"] + span["width"], 3), -1)):
                changes[x] = changes.get(x, 0) + by
    edges = sorted(changes)
    count, steps = 0, []
    for x, following in zip(edges, edges[1:], strict=False):
        count += changes[x]
        if count > 0:
            steps.append({"x": x, "width": round(following - x, 3), "count": count})
    most = max((step["count"] for step in steps), default=0)
    for step in steps:
        step["height"] = round(100 * step["count"] / most, 1)
    return {"most": most, "steps": steps}


def _as_number(disk: str) -> tuple[float, str]:
    found = number(disk)
    return (float("inf") if found is None else found), disk
