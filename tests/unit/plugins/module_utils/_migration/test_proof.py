# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server has arrived with its data."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.server_rows import (
    MARKS,
    copy,
    look,
    moved,
    off,
    seen,
    snapshot,
)


def arrival(**given):
    parts = {"snapshots": [snapshot()], "copies": [copy()], "made": [moved()], **given}
    (plan,) = look(at=seen(off(), **parts))["plans"]
    assert plan["verified"] == (plan["unverified"] is None)
    return plan["unverified"]


def test_a_server_that_has_arrived():
    assert arrival() is None
    assert arrival(snapshots=[snapshot(hash_value=None)]) is None, (
        "Ceph keeps no hash; the finished mark vouches for the bytes"
    )


@pytest.mark.parametrize(
    "given, words",
    [
        ({"made": []}, "there is no server of it"),
        ({"made": [moved(status="SHUTOFF")]}, "SHUTOFF and not ACTIVE"),
        ({"copies": []}, "no finished copy"),
        ({"copies": [copy(properties={**MARKS, "osnap_source": "snap"})]}, "no finished copy"),
        ({"made": [moved(image_id="other")]}, "from the image other and not from the copy copy"),
        ({"snapshots": []}, "nothing to compare with"),
        ({"copies": [copy(size=99)]}, "100 bytes and its copy copy has 99"),
        ({"copies": [copy(hash_value="xyz")]}, "differ in their sha512"),
    ],
)
def test_what_is_missing_to_the_proof(given, words):
    assert words in arrival(**given)
