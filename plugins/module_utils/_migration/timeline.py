# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a chain has done, and when: output only, nothing is decided by it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    Entry = dict[str, Any]


FORM = "%Y-%m-%dT%H:%M:%SZ"


class Timeline:
    """The links of one server's chain in the order in which they began; times are UTC, ISO 8601, whole seconds."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    @contextmanager
    def entry(self, what: str, disk: int | None = None) -> Iterator[Entry]:
        """Note a link while it is carried out; its end stays null where it fails."""
        entry: Entry = {"what": what, "disk": disk, "began": now(), "ended": None, "changed": None}
        self.entries.append(entry)
        yield entry
        entry["ended"] = now()

    def off(self) -> dict[str, Any] | None:
        """``{from, to}``: since the source was stopped, until its successor was booted; ``to`` is null while it is not.
        None where this chain has stopped nothing.
        """
        stopped = next((entry for entry in self.entries if entry["what"] == "stop" and entry["changed"]), None)
        if stopped is None:
            return None
        booted = next((entry for entry in self.entries if entry["what"] == "boot"), None)
        return {"from": stopped["began"], "to": booted["ended"] if booted else None}


def now() -> str:
    return datetime.now(timezone.utc).strftime(FORM)


def seconds_of(entry: Entry) -> float:
    """How long a link that has ended took."""
    began, ended = (datetime.strptime(entry[key], FORM) for key in ("began", "ended"))
    return (ended - began).total_seconds()
