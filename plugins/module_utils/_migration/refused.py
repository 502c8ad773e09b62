# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why one of several is not dealt with, or not any further: as a sentence, and as problems with their codes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem


class Refused(OsnapError):
    """Beside the other fields of an error it has ``findings``, problems as :meth:`Note.data` gives them."""

    def __init__(self, message: str, findings: Iterable[Mapping[str, Any]], *, resource: str | None = None):
        super().__init__(message, resource=resource)
        self.fields["findings"] = [dict(one) for one in findings]


def because(problems: Iterable[Note], resource: str | None) -> Refused:
    """An error that says nothing but these problems.

    :param resource: its name or ID
    """
    told = list(problems)
    return Refused(" ".join(told), [one.data() for one in told], resource=resource)


def coded(error: OsnapError, code: str, about: str) -> OsnapError:
    """An error that another room has made, as the problem of a code: with all that it says, and ``findings``."""
    error.fields["findings"] = [Problem(str(error), code, about).data()]
    return error


def of_codes(plan: Mapping[str, Any], codes: Collection[str], resource: str | None) -> Refused | None:
    """Why something is not dealt with of whose problems only those of some codes stand in the way; None if nothing."""
    return _of([one for one in plan["findings"] if one["stops"] and one["code"] in codes], resource)


def of_plan(plan: Mapping[str, Any], judged: Mapping[str, Any], resource: str | None) -> Refused | None:
    """Why something is not moved; None where nothing stands in its way.

    :param plan: of it
    :param judged: what was judged of all together; one that has arrived is not stopped by what they share
    :param resource: its name or ID
    """
    found = list(plan["findings"])
    if not plan["complete"]:
        of_one = {one["sentence"] for other in judged["plans"] for one in other["findings"]}
        found += [one for one in judged["findings"] if one["sentence"] not in of_one]
    return _of([one for one in found if one["stops"]], resource)


def _of(stopping, resource):
    return Refused(" ".join(one["sentence"] for one in stopping), stopping, resource=resource) if stopping else None


def not_removed(label: str, about: str, clauses: Iterable[Note], resource: str) -> Refused:
    """Why a source is not removed.

    :param label: what a sentence begins with, such as "The server 'web01'"
    :param about: the same as the object of a problem
    :param clauses: of which each has its code
    """
    told = list(clauses)
    problems = [Problem(f"{label} is not removed: {one}.", one.code, about) for one in told]
    return Refused(f"{label} is not removed: {'; '.join(told)}.", [one.data() for one in problems], resource=resource)
