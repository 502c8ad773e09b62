# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._services.overwrite_stage import (
    CARRIED_OUT,
    DONE,
    OPEN,
    UNDER_WAY,
    after_marks,
    before_marks,
    problems,
    stage,
)

EARLY, THEN, LATER = (f"2026-11-24T{hour}:00:00.000000" for hour in ("08", "09", "10"))
SOON = "2026-11-24T09:00:01.500000"


def volume(status="available", updated_at=THEN, **metadata):
    return {
        "id": "v",
        "status": status,
        "updated_at": updated_at,
        "metadata": metadata,
        "attachments": [],
        "size": 1,
    }


def backup(status="available", updated_at=EARLY, **more):
    return {
        "id": "b",
        "status": status,
        "updated_at": updated_at,
        "volume_id": "w",
        "snapshot_id": None,
        "size": 1,
        **more,
    }


BEFORE = before_marks(volume(updated_at=EARLY), backup())
AFTER = after_marks(volume(), "b")


@pytest.mark.parametrize(
    "there, of, reached",
    [
        (volume(), backup(), OPEN),
        (volume(**AFTER), backup(), DONE),
        (volume(updated_at=LATER, **AFTER), backup(), OPEN),
        (volume(**{**AFTER, "osnap_overwritten_with": "another"}), backup(), OPEN),
        ({**volume(**AFTER), "id": "a restored copy"}, backup(), OPEN),
        ({**volume(**AFTER), "metadata": None}, backup(), OPEN),
        # sent, or not
        (volume(updated_at=EARLY, **BEFORE), backup(), OPEN),
        (volume(updated_at=EARLY, **BEFORE), backup(updated_at=EARLY, volume_id="v"), OPEN),
        (volume("restoring-backup", **BEFORE), backup("restoring"), UNDER_WAY),
        (volume("restoring-backup"), backup("restoring"), UNDER_WAY),
        (volume("restoring-backup", **BEFORE), backup(), OPEN),
        (volume(**BEFORE), backup("restoring"), UNDER_WAY),
        (volume(), backup("restoring"), OPEN),
        (volume(**BEFORE), backup(updated_at=SOON), CARRIED_OUT),
        (volume(**BEFORE), backup(updated_at=EARLY), OPEN),
        (volume(**BEFORE), backup(updated_at=LATER), OPEN),
        # the marks replaced by those that were backed up
        (volume(src_backup_id="b"), backup(updated_at=SOON), DONE),
        (volume(src_backup_id="another"), backup(updated_at=SOON), OPEN),
        (volume(), backup(updated_at=SOON, volume_id="v"), DONE),
        (volume(), backup(updated_at=SOON, volume_id="v", snapshot_id="s"), OPEN),
        (volume(), backup(updated_at=None, volume_id="v"), OPEN),
        # not to be told, and not to be done
        (volume("in-use", **AFTER), backup(), OPEN),
        (volume("error_restoring", **BEFORE), backup(updated_at=SOON), OPEN),
    ],
)
def test_how_far_it_is(there, of, reached):
    assert stage(there, of) == reached


@pytest.mark.parametrize(
    "there, of, told",
    [
        (volume(), backup(), []),
        (volume("error"), backup(), ["the volume is in status error and must be available"]),
        (
            {**volume("in-use"), "attachments": [{"server_id": "s"}]},
            backup(),
            ["the volume is in status in-use, attached to s and must be available; detach it first"],
        ),
        (
            volume("error_restoring"),
            backup("error", size=2),
            [
                "an earlier restore has failed, and an administrator has to reset the volume's status to available",
                "the backup is in status error and must be available",
                "the backup needs 2 GiB and the volume has 1; extend it first",
            ],
        ),
    ],
)
def test_what_keeps_it(there, of, told):
    assert problems(there, of) == told
