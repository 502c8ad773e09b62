# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what somebody does between the plan and the removal: the newest good one stays, and what is held then."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._protection import done, history, policies
from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Taken
from ansible_collections.osnap.openstack.plugins.module_utils._protection.removal import Removal
from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Stays
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import prune
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import USABLE, Item

NOW = datetime.now(timezone.utc)
LAST = policies.read({"gold": {"keep_last": 1}})["gold"]


def taken(id, days, hold=None, name="gold", state=USABLE):
    created = NOW - timedelta(days=days, minutes=1)
    row = {"id": id, "name": f"gold-{id}", "created_at": created.isoformat(), "status": "available"}
    marks = {"osnap_policy": name, "osnap_window": f"w{id}"}
    return Taken(row, marks, Item(id, "v", created, state, "available", (hold,)))


class Cloud:
    """What is there at the removal, and what becomes of a deletion."""

    there: list = []
    #: {ID: as it is at the last moment}
    at_last: dict = {}
    refused: dict = {}

    def __init__(self, cloud):
        self.gone = []

    def look(self, kinds):
        if "look" in self.refused:
            raise self.refused["look"]

    def taken(self, kind):
        return self.there

    def tied(self, kind, those):
        return those

    def read_again(self, kind, row):
        return self.at_last.get(row["id"]) or next(one for one in self.there if one.id == row["id"])

    def remove(self, context, kind, chosen, kept):
        found = {}
        for one in chosen:
            why = kept[one.id](one.row)
            found[one.id] = Stays(one.row, why) if why else self.refused.get(one.id, prune.ASKED_FOR)
        return found


class Context:
    cloud = None


def removed(planned, there, at_last=None, refused=None):
    """What becomes of a plan that was made of ``planned``."""
    own = history.of_policy(LAST, "v", planned)
    verdicts = history.verdicts(LAST, "v", own, None, NOW)
    carried = done.Carried(Subject("volume", {"id": "v", "name": "data"}, LAST), None, "", own, verdicts)
    look = type("Now", (Cloud,), {"there": there, "at_last": at_last or {}, "refused": refused or {}})
    removal = Removal(Context(), [carried], look)
    removal.carry_out()
    gone, stayed, error = removal.of("v")
    return {one.id for one in gone}, stayed, error, removal.wrote("v")


PLANNED = [taken("new", 0), taken("old", 1), taken("older", 2)]


def test_what_no_rule_keeps_goes():
    assert removed(PLANNED, PLANNED) == ({"old", "older"}, {}, None, True)


def test_when_the_newest_has_gone_the_next_one_stays():
    gone, stayed, error, wrote = removed(PLANNED, PLANNED[1:])
    assert (gone, error, wrote) == ({"older"}, None, True)
    assert stayed == {"old": "keep_last, seen right before its deletion"}


def test_what_others_have_removed_is_no_change_of_ours():
    assert removed(PLANNED, PLANNED[:1]) == ({"old", "older"}, {}, None, False)


def test_what_is_put_on_hold_stays():
    gone, stayed, _error, _wrote = removed(PLANNED, [PLANNED[0], taken("old", 1, "true"), PLANNED[2]])
    assert gone == {"older"}
    assert stayed == {"old": "on hold (true), seen right before its deletion"}


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (taken("old", 1, "true"), "on hold (true), seen right before its deletion"),
        (taken("old", 1, name="silver"), "no longer of the policy gold, seen right before its deletion"),
    ],
)
def test_what_is_done_at_the_last_moment_counts(now, why):
    assert removed(PLANNED, PLANNED, at_last={"old": now})[:2] == ({"older"}, {"old": why})


def test_a_refusal_is_told_with_its_object_and_the_rest_goes():
    gone, stayed, error, wrote = removed(PLANNED, PLANNED, refused={"old": OsnapError("Could not delete it.")})
    assert (gone, stayed, wrote) == ({"older"}, {"old": "Could not delete it."}, True)
    assert str(error) == (
        "The volume 'data' (v) is protected, but 1 of 2 that no rule keeps could not be removed: Could not delete it."
    )


def test_where_the_look_fails_nothing_goes():
    gone, _stayed, error, wrote = removed(PLANNED, PLANNED, refused={"look": OsnapError("cinder is away.")})
    assert (gone, wrote, error.changed_nothing) == (set(), False, True)
    assert "2 of 2" in str(error)
