# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._consistency import (
    is_true,
    no_freeze,
    reached,
    shortfall,
    shown,
)


def server(status="ACTIVE", image=None, volumes=1):
    return {"id": "s1", "name": "web", "status": status, "image_id": image, "attached_volumes": ["v"] * volumes}


@pytest.mark.parametrize(
    "status, volumes, asked, consistency",
    [
        ("SHUTOFF", 0, None, "off"),
        ("SHUTOFF", 5, "quiesce", "off"),
        ("SHELVED_OFFLOADED", 2, None, "off"),
        ("PAUSED", 3, None, "crash"),
        ("SUSPENDED", 0, "crash", "crash"),
        ("ACTIVE", 0, None, "crash"),
        ("ACTIVE", 1, "stop", "crash"),
        ("ACTIVE", 2, None, "unknown"),
        ("ACTIVE", 2, "quiesce", "frozen"),
    ],
)
def test_only_a_consistency_that_is_certain_is_claimed(status, volumes, asked, consistency):
    assert reached(server(status, volumes=volumes), asked) == consistency


@pytest.mark.parametrize(
    "mark, required, told",
    [
        ("frozen", "yes", "frozen"),
        ("frozen", None, "unknown"),
        ("frozen", "no", "unknown"),
        ("off", None, "off"),
        (None, "yes", None),
    ],
)
def test_a_freeze_counts_only_where_it_was_required(mark, required, told):
    assert shown({"os_require_quiesce": required}, mark) == told


@pytest.mark.parametrize(
    "asked, consistency, enough",
    [
        (None, None, True),
        ("crash", "unknown", True),
        ("quiesce", "frozen", True),
        ("quiesce", "off", True),
        ("quiesce", "crash", False),
        ("stop", "off", True),
        ("stop", "frozen", False),
        ("stop", None, False),
    ],
)
def test_what_is_enough(asked, consistency, enough):
    assert (shortfall({"id": "i1", "consistency": consistency}, "The image", asked) is None) is enough


AGENT, REQUIRED = {"hw_qemu_guest_agent": "yes"}, {"os_require_quiesce": "True"}


@pytest.mark.parametrize(
    "row, promised, told",
    [
        (server("SHUTOFF", image="i"), {}, None),
        (server(), {**AGENT, **REQUIRED}, None),
        (server(image="i"), {**AGENT, **REQUIRED}, "its root disk is no volume"),
        (server("PAUSED"), {**AGENT, **REQUIRED}, "it is in status PAUSED"),
        (server(), AGENT, "lacks os_require_quiesce=yes"),
        (server(), REQUIRED, "lacks hw_qemu_guest_agent=yes"),
    ],
)
def test_whether_nova_must_fail_without_a_freeze(row, promised, told):
    data = {"is_bootable": False, "volume_image_metadata": None}
    error = no_freeze(row, [{"is_bootable": True, "volume_image_metadata": promised}, data])
    assert error is None if told is None else told in str(error)


@pytest.mark.parametrize(
    "value, verdict",
    [("yes", True), (" True ", True), ("1", True), ("no", False), ("", False), (None, False), (False, False)],
)
def test_a_boolean_property(value, verdict):
    assert is_true(value) is verdict
