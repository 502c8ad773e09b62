# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of one server's migration, as rows, for the tests of rollback and end."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Remains

RUN = {"osnap_run": "one", "osnap_server": "s1"}


def source(**given):
    metadata = {"tier": "front", "osnap_run": "one", "osnap_step": "stop", "osnap_power_before": "ACTIVE"}
    return {
        "id": "s1",
        "name": "web",
        "status": "SHUTOFF",
        "task_state": None,
        "is_locked": True,
        "metadata": metadata,
        **given,
    }


def new(id="n1", step="boot", **given):
    marks = {**RUN, "osnap_step": step, "osnap_source": "c1"}
    return {"id": id, "name": "web", "is_locked": False, "attached_volumes": ["v1"], "metadata": marks, **given}


def complete(**given):
    row = new(**given)
    return {**row, "metadata": {**row["metadata"], "osnap_complete": "true"}}


def volume(id="v1", step="volume", server="n1", **given):
    attachments = [{"server_id": server}] if server else []
    return {"id": id, "name": "data", "attachments": attachments, "metadata": {**RUN, "osnap_step": step}, **given}


def port(id="p1", step="port", device="n1"):
    return {"id": id, "name": "port", "device_id": device, "step": step}


def image(id, **properties):
    return {"id": id, "name": "copy", "is_protected": False, "properties": {**RUN, **properties}}


def copy(id="c1", **properties):
    return image(id, osnap_step="copy", osnap_complete="true", **properties)


def snapshot(id="vs1", **metadata):
    return {"id": id, "name": "snapshot", "metadata": {**RUN, **metadata}}


def remains(row=None, *, locked=True, **made):
    found = Remains("one", "s1", source() if row is None else row, locked)
    found.made.update(made)
    return found


def moved(**given):
    return remains(
        **{
            "server": [complete()],
            "volume": [volume()],
            "port": [port()],
            "copy": [copy()],
            "temporary_volume": [{"id": "t1", "name": "temporary", "metadata": {}}],
            "image": [image("i1")],
            "volume_snapshot": [snapshot()],
            **given,
        }
    )


def ids(parts):
    return [part.row["id"] for part in parts]
