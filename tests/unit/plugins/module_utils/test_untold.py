# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who concludes something from what a service does not tell: only where it says so, not where it was out of reach."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import key_names
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import server_image_resume
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud

IMAGE = {"created_at": "2026-11-30T02:00:00Z", "volume_snapshots": []}
OFF = {"id": "s", "status": "SHUTOFF"}


def was_stopped_by_hand(cloud):
    return server_image_resume._is_off_by_hand(cloud, IMAGE, OFF)


def is_rebuilt(cloud):
    return Servers(cloud)._rebuild_goes_on({"id": "s"})


def may_see_other_projects(cloud):
    try:
        VolumeSnapshots(cloud).other_projects("all_projects")
    except OsnapError as error:
        if "is only for administrators" not in str(error):
            raise
        return False
    return True


def names_of_flavors(cloud):
    return key_names._names(cloud, "flavor_map", "server")


CONCLUSIONS = [
    (was_stopped_by_hand, "nova", "/servers/s/os-instance-actions", False),
    (is_rebuilt, "nova", "/servers/s/os-instance-actions", None),
    (may_see_other_projects, "cinder", "/snapshots", False),
    (names_of_flavors, "nova", "/flavors/detail", None),
]


def answering(monkeypatch, service, path, status):
    """A cloud of which one service answers so to whatever is read there."""
    cloud, error = FakeCloud(), OsnapError(f"It answered {status}.", status=status)
    cloud.is_admin = False

    def refuse(asked, *dummy, **dummy_options):
        assert asked == path
        raise error

    api = getattr(cloud, service)
    monkeypatch.setattr(api, "get", refuse)
    monkeypatch.setattr(api, "pages", refuse)
    return cloud


@pytest.mark.parametrize(
    "conclusion, service, path, wanted", CONCLUSIONS, ids=lambda one: getattr(one, "__name__", None)
)
def test_what_a_policy_hides_is_not_known(monkeypatch, conclusion, service, path, wanted):
    assert conclusion(answering(monkeypatch, service, path, 403)) is wanted


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize(
    "conclusion, service, path, wanted", CONCLUSIONS, ids=lambda one: getattr(one, "__name__", None)
)
def test_nothing_is_concluded_from_a_service_that_is_not_well(monkeypatch, conclusion, service, path, wanted, status):
    with pytest.raises(OsnapError) as caught:
        conclusion(answering(monkeypatch, service, path, status))
    assert caught.value.status == status
