# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the source says of a server that is to be moved."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.server_rows import (
    FLAVOR,
    address,
    image,
    look,
    notices,
    problem,
    seen,
    server,
    snapshot,
)


@pytest.mark.parametrize(
    "given, words",
    [
        ({"image_id": None}, "boots from a volume, and which one of its volumes nobody can tell"),
        ({"attached_volumes": ["v1", "v2"]}, "has the volumes v1, v2, which Cinder does not show this user"),
        ({"status": "PAUSED"}, "is in status PAUSED, and it must be ACTIVE or SHUTOFF"),
        ({"status": "ERROR"}, "is in status ERROR"),
        ({"task_state": "rebooting"}, "is busy (rebooting)"),
        ({"task_state": "image_uploading"}, "is busy (image_uploading)"),
        ({"is_locked": True}, "is locked"),
        ({"flavor": {**FLAVOR, "ephemeral": 10}}, "has an ephemeral disk of 10 GiB"),
        ({"flavor": {**FLAVOR, "extra_specs": {"hw:tpm_version": "2.0"}}}, "has a virtual TPM"),
        ({"flavor": {**FLAVOR, "extra_specs": {"hw:ephemeral_encryption": "true"}}}, "has an encrypted disk"),
    ],
)
def test_what_stops_a_server(given, words):
    found = problem(at=seen(server(**given)))
    assert words in found and "'web01' (s1)" in found


@pytest.mark.parametrize(
    "status, stop",
    [
        ("ACTIVE", True),
        ("SHUTOFF", True),
        ("ACTIVE", False),
        ("PAUSED", False),
        ("SUSPENDED", False),
        ("SHUTOFF", False),
    ],
)
def test_statuses_in_which_a_server_is_taken(status, stop):
    assert not look(at=seen(server(status=status)), stop=stop)["problems"]


def test_a_locked_server_that_is_off_needs_no_stop():
    assert not look(at=seen(server(status="SHUTOFF", is_locked=True)))["problems"]


def test_a_server_that_our_killed_run_is_stopping_or_imaging_is_no_problem():
    assert not look(at=seen(server(task_state="powering-off")))["problems"]
    assert not look(
        at=seen(
            server(status="SHUTOFF", task_state="image_uploading"),
            snapshots=[snapshot(status="saving", consistency="off")],
        )
    )["problems"]


@pytest.mark.parametrize(
    "given, words",
    [
        ({"flavor": {**FLAVOR, "swap": 512}}, "swap disk"),
        ({"addresses": {"private": [address("m1"), address("m1", "floating", "1.2.3.4")]}}, "floating IP"),
        ({"addresses": {}}, "on no network"),
        ({"key_name": "mine"}, "the key pair 'mine'"),
        ({"security_groups": ["web"]}, "the security group 'web'"),
        ({"flavor": {**FLAVOR, "ram": 4096}}, "has 4096 MiB of memory"),
    ],
)
def test_what_is_only_told(given, words):
    (only,) = notices(**given)
    assert words in only


def test_uefi_is_told():
    at = seen(images={"base": image("base", properties={"hw_firmware_type": "uefi"})})
    assert "boots by UEFI" in look(at=at)["notices"][0]


@pytest.mark.parametrize(
    "what, given", [("ephemeral", {"ephemeral": 10}), ("vtpm", {"extra_specs": {"hw:tpm_version": "2.0"}})]
)
def test_losses_can_be_accepted(what, given):
    result = look(at=seen(server(flavor={**FLAVOR, **given})), accept=[what])
    assert not result["problems"] and len(result["notices"]) == 1


def test_a_running_server_that_is_not_stopped_is_told():
    assert "what it writes after its snapshot stays behind" in look(stop=False)["notices"][0]


def test_a_locked_server_is_no_obstacle_to_an_administrator():
    assert not look(at=seen(server(is_locked=True), administrator=True))["problems"]


def test_an_old_clouds_server_shows_only_the_id_of_its_flavor():
    at = seen(server(flavor={"id": "7"}), flavors={"7": {"id": "7", "name": "m1.small", "disk": 20, "ephemeral": 5}})
    assert "an ephemeral disk of 5 GiB" in problem(at=at)


def test_a_server_of_another_project_is_told_before_it_is_stopped():
    """An administrator names it by its ID. Verify that the preflight says what the snapshot would be refused for."""
    at = seen(server(project_id="theirs"), project_id="mine")
    assert "belongs to the project theirs, and what is made of it here" in problem(at=at)
    assert not look(at=seen(server(project_id="mine"), project_id="mine"))["problems"]
