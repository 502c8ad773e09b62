# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a migration can be brought; each state includes what comes before it."""

from __future__ import annotations

#: The disks are there, as verified images; the source is off.
COPIED = "copied"
#: The new server is there.
MOVED = "moved"
#: Both clouds were read again and compared, and the new server was marked.
COMPLETE = "complete"
#: As moved, beside a source that runs on, and of no consequence.
REHEARSED = "rehearsed"
FORWARD = (REHEARSED, COPIED, MOVED, COMPLETE)

#: The phase in which a server is when a state was reached.
PHASE_OF = {
    REHEARSED: "rehearsed",
    COPIED: "copied",
    MOVED: "cut_over",
    COMPLETE: "complete",
}
