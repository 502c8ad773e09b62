# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the disk of a server is: for tests that write a user's data into it and read what came out at the other end.

Needs nothing but the standard library, so that a test of any environment can import it.
"""


def disk_path(instance_folder, cloud, server_id):
    """The root disk of an image-backed server, a raw file; a volume-backed server has none."""
    return instance_folder / cloud / "nova" / "instances" / server_id / "disk"


def guest_state(instance_folder, cloud, server_id):
    """The power state of the guest, as Nova's numbers: 1 running, 3 paused, 4 shut down, 7 suspended."""
    return int((instance_folder / cloud / "nova" / "instances" / server_id / "state").read_text())
