# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of copies in the clouds that policies name, and which of them is wanted."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._protection import done, history
from ansible_collections.osnap.openstack.plugins.module_utils._protection.set_history import CopyHistory
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_copy import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Taken

#: The kind of all that is copied.
SET = "set"


class SameProject(OsnapError):
    """A policy that copies to where its sets are: nothing is begun with it."""


def pair(cloud: Cloud, name: str) -> Cloud:
    """The cloud with the one of this name in clouds.yaml as its peer."""
    options = {option: given.get("default") for option, given in AUTH_OPTIONS.items()}
    found = copy.copy(cloud)
    found.peer = connect({**options, "cloud": name})
    if place_of(found) == place_of(found.peer):
        raise SameProject(
            f"The policy copies to {found.peer.name}, which is the project that the sets are in; let copy_to name another"
            " project, region or cloud."
        )
    return found


class Places:
    """The clouds that policies copy to, each logged in to once, and its copies read once."""

    def __init__(self, cloud: Cloud, names: Iterable[str]):
        self.pairs: dict[str, Cloud] = {}
        self.problems: dict[str, OsnapError] = {}
        self._taken: dict[str, dict[str, list[Taken]]] = {}
        self._looked: dict[str, CopyHistory] = {}
        for name in sorted(set(names)):
            try:
                self.pairs[name] = pair(cloud, name)
                self._looked[name] = CopyHistory(self.pairs[name].peer)
                self._looked[name].look([SET])
                self._taken[name] = self._looked[name].by_source([SET])
            except OsnapError as error:
                self.problems[name] = error

    def of(self, name: str, server_id: str) -> list[Taken]:
        """The copies that a cloud has of sets of one server."""
        return self._taken[name].get(server_id, [])

    def tied(self, name: str, taken: Sequence[Taken]) -> list[Taken]:
        return self._looked[name].tied(SET, taken)


def judged(one: Carried, taken: Sequence[Taken], now: datetime) -> Carried:
    """What is copied of one server, and what goes of its copies. The window's set is what is copied: that is the newest.

    :param taken: the copies that there are of its sets
    """
    policy, there = one.policy.of_copies, one.need.there
    own = history.of_policy(policy, one.id, taken)
    same = next((copied for copied in own if there and copied.id == there.id), None)
    is_there = same is not None and same.is_good
    need = history.Need(one.need.window, same if is_there else None, None if is_there else same)
    at = there.item.created_at if there else None
    verdicts = history.verdicts(policy, one.id, own, need, now, at=at)
    if history.NEW in verdicts and not verdicts[history.NEW].keep:  # else each run would copy it, and remove it again
        del verdicts[history.NEW]
    return done.Carried(replace(one.subject, policy=policy), need, one.name, own, verdicts)


def with_copies(places: Places, carried: Sequence[Carried], now: datetime) -> dict[str, Carried | OsnapError]:
    """``{ID: the same}`` with its copies, or with why there can be none; an error where nothing is to be begun."""
    found: dict[str, Carried | OsnapError] = {}
    for one in carried:
        name = one.policy.copy_to
        if problem := places.problems.get(name):
            found[one.id] = problem if isinstance(problem, SameProject) else replace(one, problem=problem)
            continue
        taken = places.of(name, one.id)
        copies = judged(one, taken, now)
        if copies.doomed:  # what ties them is looked up only where any would go
            copies = judged(one, places.tied(name, taken), now)
        found[one.id] = replace(one, copies=copies)
    return found


def newest_of(places: Places, policies: Mapping[str, Any]) -> dict[str, list[Taken] | OsnapError]:
    """``{ID of a server: the copies of its policy, the newest first}``, or why they can't be read.

    :param policies: ``{ID of a server: its policy}``
    """
    return {
        id: places.problems.get(policy.copy_to) or history.of_policy(policy, id, places.of(policy.copy_to, id))
        for id, policy in policies.items()
    }
