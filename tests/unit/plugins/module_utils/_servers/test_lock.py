# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._servers import lock
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud


class Nova(FakeCloud):
    """Locks as Nova does: before 2.73 without a reason."""

    def __init__(self, maximum="2.96"):
        super().__init__()
        self.nova.maximum_microversion = lambda: maximum
        self.is_old = maximum != "2.96"
        self.server(id="s", locked=False, locked_reason=None)
        self.nova.on["POST", "/servers/([^/]+)/action"] = self._act

    @property
    def row(self):
        return self.nova.tables["/servers"]["s"]

    def _act(self, match, body):
        ((action, arguments),) = body.items()
        assert not (arguments and self.is_old), "an old Nova takes no reason"
        self.row["locked"] = action == "lock"
        self.row["locked_reason"] = (arguments or {}).get("locked_reason") if action == "lock" else None
        return Answer(status_code=202)


WHY = "moved by the run 'r'"


def locks(cloud):
    service = Servers(cloud)
    return lock.lock(service, service.get("s"), WHY)


def unlocks(cloud, why=WHY, untold=True):
    service = Servers(cloud)
    return lock.unlock(service, service.get("s"), why, untold)


@pytest.mark.parametrize("maximum", ["2.96", "2.72", "2.1"])
def test_a_lock_of_ours_is_taken_back_with_what_tells_that_it_is_ours(maximum):
    cloud = Nova(maximum)
    assert locks(cloud) and cloud.row["locked"]
    assert cloud.row["locked_reason"] == ("osnap: moved by the run 'r'" if maximum == "2.96" else None)
    assert not locks(cloud)
    assert unlocks(cloud)
    assert not cloud.row["locked"]


@pytest.mark.parametrize("reason", [None, "maintenance", "osnap: moved by the run 'other'"])
def test_somebody_elses_lock_stays(reason):
    cloud = Nova()
    cloud.row.update(locked=True, locked_reason=reason)
    assert not locks(cloud) and not unlocks(cloud)
    assert cloud.row["locked"] and cloud.written == []


def test_where_nova_keeps_no_reason_it_is_ours_if_we_say_so():
    cloud = Nova("2.72")
    cloud.row["locked"] = True
    assert not unlocks(cloud, untold=False) and cloud.row["locked"]
    assert unlocks(cloud, untold=True) and not cloud.row["locked"]


def test_a_server_that_is_gone_is_neither_locked_nor_unlocked():
    cloud = Nova()
    row = Servers(cloud).get("s")
    del cloud.nova.tables["/servers"]["s"]
    assert not lock.lock(Servers(cloud), row, WHY) and not lock.unlock(Servers(cloud), row, WHY, True)
