# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the page of a migration shows, of the report that a migration has returned. Pure: the template only prints.

Any value of the report may be missing or null; the page then says less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.plugin_utils._report import timeline, ways
from ansible_collections.osnap.openstack.plugins.plugin_utils._report.texts import (
    clock,
    duration,
    moment,
    number,
    size,
    text,
)

_REPORT = ("run", "source", "destination", "state", "began", "ended")
_SERVER = (
    *("server", "server_id", "new_server", "new_server_id", "phase", "changed", "failed", "msg"),
    "forecast_seconds",
)
_DISK = (
    *("index", "kind", "name", "source_id", "size", "gib", "method", "method_reason", "disk_format", "hash_algo"),
    *("hash_value", "snapshot_id", "image_id", "copy_id", "volume_id", "seconds", "verified"),
)
_STEP = ("what", "disk", "began", "ended", "changed")
_PROBLEM = ("code", "severity", "object", "sentence", "remedy")

#: Of each state that a run can have for its aim: the phases in which it is reached, and what is said of such servers.
_REACHED = {
    "copied": (("copied", "rehearsing", "rehearsed", "cutting_over", "cut_over", "complete", "finalized"), "copied"),
    "rehearsed": (("rehearsed", "finalized"), "rehearsed"),
    "moved": (("cut_over", "complete", "finalized"), "moved"),
    "checked": (("complete", "finalized"), "moved and verified"),
    "complete": (("complete", "finalized"), "moved and verified"),
    "rolled_back": (("rolled_back",), "rolled back"),
    "finalized": (("finalized",), "finalized"),
    "source_removed": (("finalized",), "moved, and removed at the source"),
}
_GOOD = ("cut_over", "complete", "rehearsed", "finalized")
#: So many servers are shown with all their disks; of more only those that failed, the others at a click.
_UNFOLDED = 12


def page(report: Mapping[str, Any]) -> dict[str, Any]:
    """What the template prints; see the documentation of the filter."""
    head = _with(report, _REPORT)
    servers = [_server(one, number) for number, one in enumerate(_rows(report.get("servers")), 1)]
    window = timeline.window_of(head, servers)
    biggest = ways.largest([disk for server in servers for disk in server["disks"]])
    gauge = _longest(servers)
    for server in servers:
        server["row"] = timeline.row(server, window) if window else None
        server["ways"] = [ways.way(disk, server, biggest) for disk in server["disks"]]
        server["gauge"] = _gauge(server, gauge)
        server["unfolded"] = len(servers) <= _UNFOLDED or server["failed"]
    return {
        **{key: text(head[key]) for key in ("run", "source", "destination", "state")},
        "period": _period(head),
        "headline": _headline(head, servers),
        "is_news": any(server["changed"] or server["failed"] for server in servers),
        "figures": _figures(servers, window),
        "servers": servers,
        "failures": _failures(servers),
        "axis": timeline.axis(window) if window else [],
        "kinds": _kinds(servers),
        "rows": _in_order(servers) if window else [],
        "together": timeline.together(servers, window) if window and len(servers) > 1 else None,
        "problems": _by_code(servers, "problems"),
        "notices": _by_code(servers, "notices"),
        "left": _grouped((sentence, server) for server in servers for sentence in server["left"]),
    }


# -- Whatever was given, with all keys -------------------------------------------------------------------------------


def _with(given: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: given.get(key) for key in keys}


def _rows(given: Any) -> list[Mapping[str, Any]]:
    return [one for one in given or () if isinstance(one, Mapping)]


def _server(given: Mapping[str, Any], position: int) -> dict[str, Any]:
    server = _with(given, _SERVER)
    name = text(server["server"]) or text(server["server_id"]) or f"server {position}"
    addresses = given.get("addresses") or {}
    failed = bool(server["failed"])
    phase = text(server["phase"])
    problems = [_problem(one) for one in _rows(given.get("problems"))]
    msg = text(server["msg"])
    return {
        **server,
        "anchor": f"server-{position}",
        "name": name,
        "new_name": text(server["new_server"]),
        "failed": failed,
        "phase": phase,
        "says": "failed" if failed else phase.replace("_", " ") or "unknown",
        "tone": "bad" if failed or phase == "failed" else "good" if phase in _GOOD else "plain",
        "msg": msg,
        # What has a code is told beside that.
        "reason": "" if any(one["sentence"] and one["sentence"] in msg for one in problems) else msg,
        "off": _off(given.get("off") or {}),
        "old_addresses": [text(one) for one in addresses.get("old") or ()],
        "new_addresses": [text(one) for one in addresses.get("new") or ()],
        "disks": [_with(one, _DISK) for one in _rows(given.get("disks"))],
        "timeline": [_with(one, _STEP) for one in _rows(given.get("timeline"))],
        "problems": problems,
        "notices": [_problem(one) for one in _rows(given.get("notices"))],
        "left": [text(one) for one in given.get("left") or () if one],
    }


def _off(given: Mapping[str, Any]) -> dict[str, Any]:
    """From when until when a server was off, and how long: counted if it is not given."""
    off = _with(given, ("from", "to", "seconds"))
    began, ended = time_of(off["from"]), time_of(off["to"])
    if number(off["seconds"]) is None and began and ended:
        off["seconds"] = (ended - began).total_seconds()
    return off


def _problem(given: Mapping[str, Any]) -> dict[str, str]:
    return {key: text(value) for key, value in _with(given, _PROBLEM).items()}


# -- What is said of all of them -------------------------------------------------------------------------------------


def _headline(head: Mapping[str, Any], servers: list[dict]) -> str:
    """``9 of 10 servers were moved and verified, 1 has failed``."""
    if not servers:
        return "There was no server to move"
    phases, words = _REACHED.get(text(head["state"]), _REACHED["complete"])
    reached = [server for server in servers if server["phase"] in phases and not server["failed"]]
    failed = [server for server in servers if server["failed"]]
    if len(servers) == 1:
        name = servers[0]["name"]
        return f"{name} was {words}" if reached else f"{name} has failed" if failed else f"{name} was not {words} yet"
    sentence = f"{len(reached)} of {len(servers)} servers {'was' if len(reached) == 1 else 'were'} {words}"
    return sentence + (f", {len(failed)} {'has' if len(failed) == 1 else 'have'} failed" if failed else "")


def _period(head: Mapping[str, Any]) -> str:
    began, ended = time_of(head["began"]), time_of(head["ended"])
    if began and ended and began.date() == ended.date():
        return f"{moment(began)} – {clock(ended)} UTC"
    return " – ".join(moment(time) for time in (began, ended) if time) + (" UTC" if began or ended else "")


def _figures(servers: list[dict], window: timeline.Window | None) -> list[dict[str, str]]:
    """A few numbers that stand at the top: ``[{name, value, note}]``."""
    disks = [disk for server in servers for disk in server["disks"]]
    amounts = [found for disk in disks if (found := number(disk["size"])) is not None]
    verified = sum(bool(disk["verified"]) for disk in disks)
    figures = []
    if window:
        figures.append({"name": "From first to last step", "value": duration(window.seconds), "note": ""})
    if disks:
        figures.append({"name": "Disks", "value": str(len(disks)), "note": f"{verified} verified by hash"})
    if amounts:
        figures.append({"name": "Bytes of all disks", "value": size(sum(amounts)), "note": ""})
    offs = [(seconds, server["name"]) for server in servers if (seconds := number(server["off"]["seconds"]))]
    if offs:
        seconds, name = max(offs)
        figures.append({"name": "Longest off", "value": duration(seconds), "note": name})
    return figures


def _longest(servers: list[dict]) -> float:
    known = [number(value) for server in servers for value in (server["off"]["seconds"], server["forecast_seconds"])]
    return max((value for value in known if value), default=0.0)


def _gauge(server: Mapping[str, Any], longest: float) -> dict[str, Any] | None:
    """Downtime and forecast, and both in percent of the longest of all servers."""
    off, forecast = number(server["off"]["seconds"]), number(server["forecast_seconds"])
    still = bool(server["off"]["from"] and not server["off"]["to"])
    if off is None and forecast is None and not still:
        return None
    return {
        "off": duration(off),
        "still": still,
        "forecast": duration(forecast),
        "late": off is not None and forecast is not None and off > forecast,
        "off_width": round(100 * (off or 0) / longest, 2) if longest else 0,
        "forecast_x": round(100 * forecast / longest, 2) if longest and forecast is not None else None,
    }


def _kinds(servers: list[dict]) -> list[str]:
    """The kinds of steps that were drawn, for the legend."""
    drawn = {one["kind"] for server in servers if server["row"] for one in server["row"]["bars"]}
    return [kind for kind in (*timeline.KINDS, "other") if kind in drawn]


def _in_order(servers: list[dict]) -> list[dict]:
    """Whoever began first stands first; who never began, last."""

    def first(server: dict) -> float:
        row = server["row"]
        return min((one["x"] for one in (*row["bars"], *([row["off"]] if row["off"] else ()))), default=101.0)

    return sorted(servers, key=first)


def _by_code(servers: list[dict], key: str) -> list[dict[str, Any]]:
    """What stands in the way, or has changed: one entry a code, the worst first, and in it each sentence once:
    ``[{severity, code, entries: [{sentence, remedy, of: [{anchor, name, object}]}]}]``.
    """
    found: dict[tuple[str, str], dict[tuple[str, str], list[dict]]] = {}
    for server in servers:
        for problem in server[key]:
            sentences = found.setdefault((problem["severity"], problem["code"]), {})
            whose = {"anchor": server["anchor"], "name": server["name"], "object": problem["object"]}
            sentences.setdefault((problem["sentence"], problem["remedy"]), []).append(whose)
    worst = {"blocks": 0, "loses": 1, "changes": 2}
    return [
        {
            "severity": severity,
            "code": code,
            "entries": [
                {"sentence": sentence, "remedy": remedy, "of": those} for (sentence, remedy), those in sentences.items()
            ],
        }
        for (severity, code), sentences in sorted(
            found.items(), key=lambda one: (worst.get(one[0][0], len(worst)), one[0][1])
        )
    ]


def _failures(servers: list[dict]) -> list[dict[str, Any]]:
    """Those that have failed, by what they have failed of."""
    return _grouped((server["msg"], server) for server in servers if server["failed"])


def _grouped(pairs: Iterable[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Each sentence once, with the servers that it concerns: ``[{sentence, servers: [{anchor, name}]}]``."""
    found: dict[str, list[dict]] = {}
    for sentence, server in pairs:
        found.setdefault(sentence, []).append({"anchor": server["anchor"], "name": server["name"]})
    return [{"sentence": sentence, "servers": those} for sentence, those in found.items()]
