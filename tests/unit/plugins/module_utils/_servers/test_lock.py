# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._servers import lock
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud


class Nova(FakeCloud):
    """Locks as Nova does: before 2.73 without a reason, and a locked server takes no metadata of an ordinary user."""

    def __init__(self, maximum=None):
        super().__init__()
        self.nova.maximum = maximum
        self.server(id="s", locked=False, locked_reason=None)
        self.nova.on["POST", "/servers/([^/]+)/action"] = self._act
        self.nova.on["POST", "/servers/([^/]+)/metadata"] = self._mark
        self.nova.on["DELETE", "/servers/([^/]+)/metadata/(.+)"] = self._unmark

    @property
    def row(self):
        return self.nova.tables["/servers"]["s"]

    def _act(self, match, body):
        ((action, arguments),) = body.items()
        assert not (arguments and self.nova.maximum), "an old Nova takes no reason"
        self.row["locked"] = action == "lock"
        self.row["locked_reason"] = (arguments or {}).get("locked_reason") if action == "lock" else None
        return Answer(status_code=202)

    def _mark(self, match, body):
        if self.row["locked"]:
            return Answer({"conflictingRequest": {"message": "Instance s is locked"}}, 409)
        self.row["metadata"].update(body["metadata"])
        return Answer({"metadata": self.row["metadata"]})

    def _unmark(self, match, body):
        assert not self.row["locked"]
        self.row["metadata"].pop(match[2])
        return Answer(status_code=204)


def locks(cloud):
    service = Servers(cloud)
    return lock.lock(service, service.get("s"), "moved by the run 'r'")


def unlocks(cloud):
    service = Servers(cloud)
    return lock.unlock(service, service.get("s"))


@pytest.mark.parametrize("maximum", [None, "2.72", "2.1"])
def test_a_lock_of_ours_is_taken_back_with_what_tells_that_it_is_ours(maximum):
    cloud = Nova(maximum)
    assert locks(cloud) and cloud.row["locked"]
    assert cloud.row["locked_reason"] == (None if maximum else "osnap: moved by the run 'r'")
    assert not locks(cloud)
    assert unlocks(cloud)
    assert not cloud.row["locked"] and cloud.row["metadata"] == {}
    assert not unlocks(cloud)


@pytest.mark.parametrize("maximum", [None, "2.72"])
@pytest.mark.parametrize("reason", [None, "maintenance"])
def test_somebody_elses_lock_stays(maximum, reason):
    cloud = Nova(maximum)
    cloud.row.update(locked=True, locked_reason=reason)
    assert not locks(cloud) and not unlocks(cloud)
    assert cloud.row["locked"] and cloud.written == []


def test_the_mark_of_a_lock_that_was_never_set_or_is_taken_back_goes():
    cloud = Nova("2.72")
    cloud.row["metadata"]["osnap_locked"] = "true"  # killed between the two
    assert not unlocks(cloud)
    assert cloud.row["metadata"] == {}


def test_a_server_that_is_gone_is_neither_locked_nor_unlocked():
    cloud = Nova()
    row = Servers(cloud).get("s")
    del cloud.nova.tables["/servers"]["s"]
    assert not lock.lock(Servers(cloud), row, "why") and not lock.unlock(Servers(cloud), row)


def test_the_lock_of_another_run_stays():
    cloud = Nova()
    service = Servers(cloud)
    locks(cloud)
    assert not lock.unlock(service, service.get("s"), "moved by the run 'q'")
    assert cloud.row["locked"]
    assert lock.unlock(service, service.get("s"), "moved by the run 'r'")
    assert not cloud.row["locked"]


def test_who_has_unlocked_a_server_since_its_row_leaves_no_lock_of_somebody_else():
    """Test a row that is older than the end of our lock. Verify that both are said of one look."""
    cloud = Nova()
    service = Servers(cloud)
    locks(cloud)
    row = service.get("s")
    assert lock.look(service, row) == lock.Seen(True, True)
    unlocks(cloud)
    assert lock.look(service, row) == lock.Seen(False, False)


def test_the_mark_of_a_lock_goes_that_another_run_takes_back_meanwhile(monkeypatch):
    """Test a cloud that keeps no reasons, and a lock that goes between two looks. Verify that its mark goes, too."""
    cloud = Nova("2.72")
    service = Servers(cloud)
    locks(cloud)
    row = service.get("s")
    cloud.row["locked"] = False
    monkeypatch.setattr(service, "get", lambda id: row)
    assert not lock.unlock(service, row)
    assert cloud.row["metadata"] == {}
