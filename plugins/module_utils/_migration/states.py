# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a migration can be brought, each state including what comes before it; and how it is taken back or ended."""

from __future__ import annotations

#: The disks are there, as verified images; the source is off.
COPIED = "copied"
#: The new server is there.
MOVED = "moved"
#: Both clouds were read again and compared, and the new server was marked.
COMPLETE = "complete"
#: As moved, beside a source that runs on, and of no consequence.
REHEARSED = "rehearsed"
#: As complete, of a new server that is there: nothing is stopped, copied or booted for it.
CHECKED = "checked"
FORWARD = (REHEARSED, COPIED, MOVED, CHECKED, COMPLETE)
#: At whose end the new server is marked.
MARKED = (CHECKED, COMPLETE)
#: What the run has made at the destination is gone, and the source is as it was.
ROLLED_BACK = "rolled_back"
#: What was only needed on the way is gone: all that is left is the new server, or nothing after a rehearsal.
FINALIZED = "finalized"
#: That, and the server in the source is gone, too.
SOURCE_REMOVED = "source_removed"
BACKWARD = (ROLLED_BACK, FINALIZED, SOURCE_REMOVED)

#: The phase in which a server is when a state was reached.
PHASE_OF = {
    REHEARSED: "rehearsed",
    COPIED: "copied",
    MOVED: "cut_over",
    CHECKED: "complete",
    COMPLETE: "complete",
}
