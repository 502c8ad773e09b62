# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make_snapshot``: volume snapshots for a test, several at once when ``name`` is a list; ``status`` plays a stuck
one.
"""

from osnap_harness import fixtures
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Returns ``snapshot`` (the first one) and ``snapshots``. ``status`` is set by the administrator afterwards."""

    ARGUMENTS = {"cloud": ..., "name": ..., "volume": ..., "metadata": None, "description": None, "status": None}

    def act(self, cloud, name, status, **options):
        names = name if isinstance(name, list) else [name]
        member = self.cloud(cloud)
        made = fixtures.in_parallel(lambda each: fixtures.snapshot(member, each, **options), names)
        if status:
            administrator = self.cloud(f"{cloud}-admin")
            for snapshot in made:
                administrator.post(
                    "block-storage", f"/snapshots/{snapshot['id']}/action", {"os-reset_status": {"status": status}}
                )
                snapshot["status"] = status
        return {"changed": True, "snapshot": made[0], "snapshots": made}
