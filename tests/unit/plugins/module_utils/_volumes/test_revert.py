# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._volumes.revert import (
    CARRIED_OUT,
    DONE,
    OPEN,
    UNDER_WAY,
    after_marks,
    backup_name,
    before_marks,
    newest,
    problems,
    stage,
)

BEFORE, AFTER, LATER = (f"2026-11-24T{hour}:00:00.000000" for hour in ("08", "09", "10"))


def a_volume(**values):
    return {
        "id": "v1",
        "name": "data",
        "status": "available",
        "size": 1,
        "updated_at": BEFORE,
        "metadata": {},
        "attachments": [],
        "group_id": None,
        "consistency_group_id": None,
        **values,
    }


def a_snapshot(**values):
    return {
        "id": "s1",
        "name": "snap",
        "status": "available",
        "size": 1,
        "updated_at": BEFORE,
        "created_at": BEFORE,
        "volume_id": "v1",
        **values,
    }


PENDING, REVERTED = before_marks(a_volume(), a_snapshot()), after_marks(a_volume(updated_at=AFTER), a_snapshot())


# -- how far it is


@pytest.mark.parametrize(
    "volume, snapshot, expected",
    [
        ({}, {}, OPEN),
        ({"metadata": None}, {}, OPEN),
        # marked, and not sent
        ({"metadata": PENDING}, {}, OPEN),
        # sent
        ({"metadata": PENDING, "status": "reverting", "updated_at": AFTER}, {"status": "restoring"}, UNDER_WAY),
        (
            {"metadata": PENDING, "updated_at": AFTER},
            {"status": "restoring", "updated_at": AFTER},
            UNDER_WAY,
        ),  # the volume comes first
        ({"status": "reverting"}, {"status": "restoring"}, UNDER_WAY),  # by somebody else
        ({"metadata": PENDING, "status": "reverting"}, {}, OPEN),  # stuck, or to another snapshot
        # ended, and not marked as such
        ({"metadata": PENDING, "updated_at": AFTER}, {"updated_at": AFTER}, CARRIED_OUT),
        ({"metadata": PENDING, "updated_at": AFTER}, {"updated_at": AFTER.replace("00.0", "01.0")}, CARRIED_OUT),
        # only the volume was touched since the mark, only the snapshot, or the volume after the snapshot
        ({"metadata": PENDING, "updated_at": AFTER}, {}, OPEN),
        ({"metadata": PENDING}, {"updated_at": AFTER}, OPEN),
        ({"metadata": PENDING, "updated_at": LATER}, {"updated_at": AFTER}, OPEN),
        ({"metadata": PENDING, "updated_at": AFTER}, {"updated_at": LATER}, OPEN),
        ({"metadata": PENDING, "updated_at": None}, {"updated_at": AFTER}, OPEN),
        ({"metadata": PENDING, "updated_at": AFTER, "status": "error"}, {"updated_at": AFTER}, OPEN),
        # ended, and untouched or touched since
        ({"metadata": REVERTED, "updated_at": AFTER}, {"updated_at": LATER}, DONE),
        ({"metadata": REVERTED, "updated_at": LATER}, {}, OPEN),
        ({"metadata": REVERTED, "updated_at": AFTER, "status": "in-use"}, {}, OPEN),
        ({"metadata": REVERTED, "updated_at": AFTER}, {"id": "s2"}, OPEN),
        # marks that somebody has written
        ({"metadata": {**REVERTED, "osnap_reverted_at": "pending"}, "updated_at": AFTER}, {"updated_at": AFTER}, OPEN),
        ({"metadata": {"osnap_reverted_to": "s1"}}, {}, OPEN),
    ],
)
def test_the_stage(volume, snapshot, expected):
    assert stage(a_volume(**volume), a_snapshot(**snapshot)) == expected


def test_a_volume_that_was_never_updated_can_be_marked():
    volume = a_volume(updated_at=None)
    volume["metadata"] = after_marks(volume, a_snapshot())
    assert stage(volume, a_snapshot()) == DONE


# -- which one is the newest


def test_the_newest_is_none_of_cinders_own():
    rows = [
        a_snapshot(id="1", created_at=AFTER),
        a_snapshot(id="2", created_at=BEFORE),
        a_snapshot(id="3", created_at=LATER, name=backup_name(a_volume())),
    ]
    assert newest(a_volume(), rows)["id"] == "1"
    assert newest(a_volume(), rows[2:]) is None


# -- what would keep it from being begun


def test_nothing_is_amiss():
    assert (
        problems(
            a_volume(),
            a_snapshot(created_at=AFTER),
            [a_snapshot(created_at=AFTER), a_snapshot(id="s0", created_at=BEFORE)],
        )
        == []
    )


@pytest.mark.parametrize(
    "volume, snapshot, told",
    [
        ({"status": "error"}, {}, "the volume is in status error and must be available"),
        (
            {"status": "in-use", "attachments": [{"server_id": "web"}]},
            {},
            "the volume is in status in-use, attached to web and must be available; detach it first",
        ),
        ({"status": "in-use", "attachments": [{"host_name": "h"}]}, {}, "attached to h"),
        ({"status": "reverting"}, {}, "the volume is in status reverting, but not to this snapshot"),
        ({}, {"status": "error"}, "the snapshot is in status error and must be available"),
        ({"size": 2}, {}, "the snapshot is of 1 GiB and the volume has 2 GiB by now"),
        ({"group_id": "g"}, {}, "the volume is a member of the group g"),
        ({"consistency_group_id": "g"}, {}, "the volume is a member of the group g"),
    ],
)
def test_what_is_amiss_with_the_two(volume, snapshot, told):
    (problem,) = problems(a_volume(**volume), a_snapshot(**snapshot))
    assert problem.startswith(told) or told in problem


def test_a_member_of_a_group_may_be_reverted_on_demand():
    assert problems(a_volume(group_id="g"), a_snapshot(), ignore_group=True) == []


@pytest.mark.parametrize(
    "other, told",
    [
        (
            {"created_at": AFTER},
            (
                "the snapshot is not the newest: s2 (available, 2026-11-24T09:00:00.000000); revert to the newest, or"
                " remove it first"
            ),
        ),
        (
            {"created_at": BEFORE.replace(".000000", ".500000")},
            (
                "of the snapshots s1 (available, 2026-11-24T08:00:00.000000), s2 (available,"
                " 2026-11-24T08:00:00.500000), made in one second, Cinder may take any for the newest; remove one first"
            ),
        ),
        (
            {"created_at": AFTER, "name": backup_name(a_volume())},
            "a revert that failed has left the snapshot s2 with the volume's data of before it; remove it",
        ),
    ],
)
def test_what_is_amiss_with_the_others(other, told):
    (problem,) = problems(a_volume(), a_snapshot(), [a_snapshot(), a_snapshot(id="s2", **other)])
    assert problem.startswith(told)


def test_all_is_told_at_once():
    found = problems(
        a_volume(status="in-use", size=2, group_id="g"),
        a_snapshot(status="error"),
        [a_snapshot(id="s2", created_at=AFTER)],
        offered="3.14",
    )
    assert len(found) == 6 and found[0] == "it needs block-storage API 3.40, and the cloud offers 3.14 at the most"
