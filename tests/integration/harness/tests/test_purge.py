# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a deletion is asked for."""

import pytest
from osnap_harness import purge


class SlowCloud:
    """Has a server, which is gone so many rounds after its deletion was asked for."""

    name, project_id = "slow", "p"

    def __init__(self, rounds):
        self.rounds, self.asked = rounds, 0

    def get(self, service, path):
        if not path.startswith("/servers/detail"):
            return {purge_list(path): []}
        self.rounds -= bool(self.asked)
        server = {
            "id": "s",
            "name": "s",
            "status": "ACTIVE",
            "OS-EXT-STS:task_state": "deleting" if self.asked else None,
        }
        return {"servers": [server] if self.rounds > 0 else []}

    def request(self, service, method, path, *args, **options):
        self.asked += 1


def purge_list(path):
    """The key of an empty list, such as ``images`` of ``/v2/images?owner=p``."""
    last = path.partition("?")[0].removesuffix("/detail").rpartition("/")[2]
    return {"volume-transfers": "transfers", "os-server-groups": "server_groups"}.get(last, last.replace("-", "_"))


@pytest.mark.parametrize("seconds_a_round, asked", [(0.3, 1), (2.0, 4)])
def test_what_is_leaving_is_asked_again_once_patience_is_over(monkeypatch, seconds_a_round, asked):
    clock = [0.0]
    monkeypatch.setattr(purge.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(purge.time, "sleep", lambda dummy: clock.__setitem__(0, clock[0] + seconds_a_round))
    cloud = SlowCloud(10)
    assert purge.purge(cloud) == 10
    assert cloud.asked == asked


def test_what_is_to_be_kept_is_neither_asked_to_go_nor_waited_for():
    cloud = SlowCloud(10)
    assert purge.purge(cloud, keep={"s"}) == 0
    assert cloud.asked == 0
