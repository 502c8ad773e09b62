# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of protection, as a dictionary by name gives them. Pure: options in, policies or a sentence out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._protection.windows import Every
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import retention
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.spans import Span

#: Metadata that say ``osnap_policy: none`` leave an object unprotected on purpose.
NONE = "none"
SNAPSHOT, BACKUP = "snapshot", "backup"
#: What a policy says of how the data are to be caught.
CONSISTENCIES = ("stop", "quiesce", "crash")

#: What is kept. The counts and spans are retention's own.
KEEPING: dict[str, Any] = {
    **{name: {"type": "int"} for name in retention.COUNTS},
    "keep_within": {"type": "str"},
    "delete_failed": {"type": "str", "default": "1d"},
}
#: What one policy takes.
OPTIONS: dict[str, Any] = {
    "every": {"type": "str", "default": "1d"},
    **KEEPING,
    "time_zone": {"type": "str", "default": "UTC"},
    "as": {"type": "str", "choices": [SNAPSHOT, BACKUP], "default": SNAPSHOT},
    "full_every": {"type": "str"},
    "consistency": {"type": "str", "choices": list(CONSISTENCIES), "default": "crash"},
    "max_age": {"type": "str"},
    "paused": {"type": "str"},
    "hold": {"type": "str"},
    "copy_to": {"type": "str"},
    "copy_keep": {"type": "dict", "options": KEEPING},
    "restore_test": {"type": "dict", "options": {"every": {"type": "str", "required": True}}},
}


@dataclass(frozen=True)
class Policy:
    """What is taken of an object, how often, and what is kept of it."""

    name: str
    every: Every
    keep: retention.Policy
    kind: str
    full_every: Span | None
    consistency: str
    max_age: Span | None
    tested_every: Span | None
    paused: str | None
    hold: str | None
    #: The cloud that sets of servers are copied to, and what is kept of them there.
    copy_to: str | None = None
    copy_keep: retention.Policy | None = None

    @property
    def of_copies(self) -> Policy:
        """The same as it is for the copies."""
        return replace(self, keep=self.copy_keep or self.keep)

    @property
    def zone(self) -> tzinfo:
        return self.keep.zone

    def name_of(self, window: str) -> str:
        """The name of what is taken for a window. It is the same for all runs, so that two at once make one."""
        return f"{self.name}-{window}"

    def is_paused(self, now: datetime) -> str | None:
        """Why nothing is taken nor removed just now, as the end of a sentence; or None."""
        return self._while(self.paused, now, "paused")

    def holds(self, now: datetime) -> str | None:
        """Why nothing is removed just now, as the end of a sentence; or None."""
        return self._while(self.hold, now, "on hold")

    def _while(self, value: str | None, now: datetime, word: str) -> str | None:
        held = retention.held(value, now, self.zone)
        return held and f"the policy {self.name} is {held.replace('on hold', word, 1)}"

    def oldest(self, now: datetime) -> datetime:
        """What is older than this is overdue."""
        if self.max_age:
            return self.max_age.before(now, self.zone)
        return now - self.grace

    @property
    def grace(self) -> timedelta:
        """The age that is overdue where the policy does not say: half as long again as a window, so that a run that is
        late is none, and one that is missing is.
        """
        return self.every.length * 1.5


def read(given: Mapping[str, Any] | None) -> dict[str, Policy]:
    """The policies by name.

    :raises OsnapError: one sentence of clauses, with all that is wrong
    """
    found, wrong = {}, []
    for name, options in (given or {}).items():
        clauses = list(_wrong(str(name), options))
        if not clauses:
            try:
                found[str(name)] = _policy(str(name), options)
            except OsnapError as error:
                clauses = [str(error)]
        wrong += [f"policies.{name}: {clause.rstrip('.')}" for clause in clauses]
    if wrong:
        raise OsnapError("; ".join(wrong) + ".")
    return found


def problem(given: Mapping[str, Any] | None) -> Iterator[str]:
    """What is wrong with policies, a clause each."""
    try:
        read(given)
    except OsnapError as error:
        yield str(error).rstrip(".")


def _wrong(name, options):
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        yield "a policy's name has 1 to 64 letters, digits, . _ and -"
    if name.lower() == NONE:
        yield "none is what metadata say of an object that is to have no policy; take another name"
    if not isinstance(options, Mapping):
        yield f"it is {options!r}; give a dictionary, such as {{keep_daily: 7}}"
        return
    yield from _unknown(options, OPTIONS)
    for name, spec in OPTIONS.items():
        if isinstance(options.get(name), Mapping) and "options" in spec:
            yield from (f"{name}: {clause}" for clause in _unknown(options[name], spec["options"]))


def _unknown(given, known):
    for key in sorted(set(map(str, given)) - set(known)):
        close = difflib.get_close_matches(key, sorted(known), 1)
        yield f"there is no option {key}" + (f", {close[0]} may be meant" if close else "")


def _policy(name, options):
    checked = ArgumentSpecValidator(OPTIONS).validate({str(key): value for key, value in options.items()})
    if checked.error_messages:
        raise OsnapError("; ".join(message.rstrip(".") for message in checked.error_messages))
    values = checked.validated_parameters
    keep = retention.Policy.of(values)
    tested = values.get("restore_test")
    return Policy(
        name,
        Every.parse(values["every"], keep.zone),
        keep,
        values["as"],
        _span("full_every", values.get("full_every")),
        values["consistency"],
        _span("max_age", values.get("max_age")),
        _span("restore_test.every", tested and tested["every"]),
        values.get("paused"),
        values.get("hold"),
        *_copies(values),
    )


def _copies(values):
    """``(cloud, what is kept there)`` of what is copied; without ``copy_keep`` as much is kept there as here."""
    place, kept = (values.get("copy_to") or "").strip() or None, values.get("copy_keep")
    if kept is None:
        return place, None
    if place is None:
        raise OsnapError("copy_keep is set and copy_to is not; name the cloud that sets are copied to")
    try:
        return place, retention.Policy.of({**kept, "time_zone": values["time_zone"]})
    except OsnapError as error:
        raise OsnapError(f"copy_keep: {error}") from error


def _span(option: str, text: str | None) -> Span | None:
    if text is None:
        return None
    span = Span.parse(option, text)
    if not any(span[1:]):
        raise OsnapError(f"{option} is '{text}'; it takes a time that is longer than nothing, such as 36h")
    return span
