# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a disk, from the source to the destination, as stations on a line. Pure.

Positions are percentages of the width of the drawing. The source has its left half, the destination its right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.plugin_utils._report.texts import duration, number, size, text

#: Where the stations of each cloud lie: between them is the way from one cloud to the other.
_SOURCE, _DESTINATION = (8.0, 38.0), (62.0, 92.0)
#: Pixels of the line between the clouds, for the smallest disk and for the largest one.
_THIN, _THICK = 3.0, 11.0


def way(disk: Mapping[str, Any], server: Mapping[str, Any], largest: float) -> dict[str, Any]:
    """What is drawn and said of a disk.

    ``{title, stations: [{x, label, id, there, verified}], link: {from, to, width, label, done}, facts: [[name, value]],
    ids: [[name, value]]}``. A station that is not there has not been made yet, or is gone.
    """
    source, destination = _stations(disk, server)
    stations = _placed(source, _SOURCE) + _placed(destination, _DESTINATION)
    amount, seconds = _bytes(disk), number(disk["seconds"])
    return {
        "title": _title(disk),
        "kind": text(disk["kind"]),
        "stations": stations,
        "link": {
            "from": _SOURCE[1],
            "to": _DESTINATION[0],
            "width": round(_THIN + (_THICK - _THIN) * ((amount or 0) / largest) ** 0.5, 1) if largest else _THIN,
            "label": " in ".join(part for part in (size(amount), duration(seconds)) if part),
            "done": destination[0]["there"],
        },
        "facts": _named(
            ("Way", " – ".join(part for part in (text(disk["method"]), text(disk["method_reason"])) if part)),
            ("Format", text(disk["disk_format"])),
            ("Rate", f"{size(amount / seconds)}/s" if amount and seconds else ""),
            (text(disk["hash_algo"]) or "Hash", text(disk["hash_value"])),
        ),
        "verified": disk["verified"],
        "ids": _named(*((f"{station['where']} {station['label']}", station["id"]) for station in stations)),
    }


def _stations(disk: Mapping[str, Any], server: Mapping[str, Any]) -> tuple[list[dict], list[dict]]:
    """The stations in each cloud. Those that this disk does not pass are left out: a server's own disk becomes an image
    at once, a disk that gets no volume is booted from its copy, and a volume that is handed over has no images.
    """
    handed_over = disk["method"] == "transfer"
    own = disk["kind"] == "image"
    steps = {step["what"] for step in server["timeline"] if step["disk"] == disk["index"]}
    source = [
        _station("disk" if own else "volume", disk["source_id"], there=True),
        _station("snapshot", disk["snapshot_id"]),
    ]
    if (not own or disk["image_id"]) and not handed_over:
        source.append(_station("image", disk["image_id"]))
    copy = "shared image" if disk["method"] == "share" else "copy"
    destination = [] if handed_over else [_station(copy, disk["copy_id"], verified=bool(disk["verified"]))]
    if not own or disk["volume_id"] or "volume" in steps:
        destination.append(_station("volume", disk["volume_id"]))
    destination.append(_station("server", server["new_server_id"]))
    for where, stations in (("source", source), ("destination", destination)):
        for station in stations:
            station["where"] = where
    return source, destination


def _station(label: str, id: Any, there: bool = False, verified: bool = False) -> dict[str, Any]:
    return {"label": label, "id": text(id), "there": there or bool(id), "verified": verified}


def _placed(stations: list[dict], between: tuple[float, float]) -> list[dict]:
    left, right = between
    step = (right - left) / max(len(stations) - 1, 1)
    return [{**station, "x": round(left + number * step, 2)} for number, station in enumerate(stations)]


def _bytes(disk: Mapping[str, Any]) -> float | None:
    amount = number(disk["size"])
    if amount is None:
        gib = number(disk["gib"])
        amount = None if gib is None else gib * 1024**3
    return amount


def _title(disk: Mapping[str, Any]) -> str:
    name = "Disk" if disk["index"] is None else f"Disk {disk['index']}"
    gib = number(disk["gib"])
    return name + (f", {gib:g} GiB" if gib is not None else "")


def _named(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs if value]


def largest(disks: list[Mapping[str, Any]]) -> float:
    """The bytes of the largest of these disks, to whose line the others' are compared."""
    return max((amount for disk in disks if (amount := _bytes(disk))), default=0.0)
