# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marks that make an object ours, and a name or an ID that a killed run's successor computes again."""

from __future__ import annotations

import uuid

#: What the object was made from: the ID of a server or an image.
SOURCE = "osnap_source"
#: The run that made it, such as the name of a migration.
RUN = "osnap_run"
#: The ID of the server that a migration moves, on everything that the migration makes.
SERVER = "osnap_server"
#: What kind of step of a workflow it is.
STEP = "osnap_step"
#: Set after verification and never before: without it nothing is taken for finished.
COMPLETE = "osnap_complete"
#: On a volume of an image from its creating request until we have said whether it is bootable, which is the user's from
#: then on.
UNSETTLED = "osnap_unsettled"
#: How consistent the data in a snapshot are: off, frozen, crash or unknown.
CONSISTENCY = "osnap_consistency"
#: The ID of the project that a volume came from, on a volume that was handed over.
FROM = "osnap_transferred_from"
#: The power state that a server had before it was stopped.
POWER = "osnap_power_before"
#: The name of the image for which a server was stopped: whoever finds it starts the server again.
STOPPED_FOR = "osnap_stopped_for"
#: Which series of regular snapshots it belongs to; the user's own word, and so without our prefix.
SERIES = "series"
#: Holds a snapshot against pruning: a date, or anything else for ever.
HOLD = "osnap_hold"
#: The ID of the snapshot that a volume was reverted to, and the volume's `updated_at` right after that; see `_revert`.
REVERTED_TO, REVERTED_AT = "osnap_reverted_to", "osnap_reverted_at"

_NAMESPACE = uuid.UUID("5f0c1f7e-6c4d-5b57-9a40-3e5b1a4fb1c2")


def same_id(*parts) -> str:
    """An ID that is the same whenever it is made from the same parts, so that the service itself refuses a second
    object.
    """
    return str(uuid.uuid5(_NAMESPACE, "\0".join(str(part) for part in parts)))
