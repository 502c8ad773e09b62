# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make_older``: snapshots, group snapshots, backups or images of another day. Only the service's own database can say
when something was made.
"""

import contextlib
import sqlite3

from ansible.errors import AnsibleActionFail
from osnap_harness import surroundings
from osnap_harness.action import HarnessAction

TABLES = {
    "snapshot": ("cinder", "snapshots"),
    "group_snapshot": ("cinder", "group_snapshots"),
    "backup": ("cinder", "backups"),
    "image": ("glance", "images"),
}


class ActionModule(HarnessAction):
    """``made`` is ID → time, UTC, such as ``2026-11-20T12:00``. The data of a backup are as old as the backup."""

    ARGUMENTS = {"cloud": ..., "kind": ..., "made": ...}

    def act(self, cloud, kind, made):
        project, table = TABLES[kind]
        path = surroundings.instance() / cloud.removesuffix("-admin") / project / f"{project}.sqlite"
        columns = ["created_at", "data_timestamp"] if kind == "backup" else ["created_at"]
        values = ", ".join(f"{column} = :time" for column in columns)
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection, connection as database:
            for id, time in made.items():
                stored = {"id": id, "time": f"{time.replace('T', ' ')}:00.000000"}
                if not database.execute(f"UPDATE {table} SET {values} WHERE id = :id", stored).rowcount:
                    raise AnsibleActionFail(f"there is no {kind} {id} in {path}")
        return {"changed": True}
