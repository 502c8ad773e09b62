# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server's serial console shows once it boots: decided by a record in its root disk, which a test writes.

No guest runs. The record travels with the disk: into a snapshot, its copy in another cloud, and what boots from that.
Needs nothing but the standard library, so that a test of any environment can import it.
"""

import re

#: Where the record is in the disk, in bytes. A smaller disk has none.
RECORD_OFFSET = 512 * 1024
RECORD_SIZE = 64
MARK = b"osnap-boot:"
#: Without a record, a guest ends at its login prompt.
LOGIN = "login"
PANIC = "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)"


def boot_record(outcome):
    """The bytes to write at `RECORD_OFFSET`. The outcome is one of

    `login`: the prompt at once; `slow N`: N seconds after the boot; `hang`: never; `panic`: the kernel finds no root;
    `silent`: the guest writes nothing to this console.
    """
    return (MARK + outcome.encode()).ljust(RECORD_SIZE, b"\0")


def outcome_of(disk):
    """What the record in a disk, a path, says."""
    with disk.open("rb") as file:
        file.seek(RECORD_OFFSET)
        record = file.read(RECORD_SIZE)
    return record[len(MARK) :].rstrip(b"\0").decode("ascii", "replace") if record.startswith(MARK) else LOGIN


def boot_text(hostname, root, interfaces, outcome):
    """All that a boot will have written in the end.

    :arg root: what it boots from, such as `image 6f1c…`
    :arg interfaces: (MAC address, [address, …]) pairs
    """
    what, _space, seconds = outcome.partition(" ")
    if what == "silent":
        return ""
    lines = ["Linux version 6.8.0-osnap (a substitute: no guest runs)", f"Booting {hostname} from {root}"]
    if what == "panic":
        return _stamped(0, [*lines, PANIC, f"---[ end {PANIC} ]---"])
    lines += [
        "EXT4-fs (vda1): mounted filesystem with ordered data mode",
        "systemd[1]: Set hostname to <%s>" % hostname,
    ]
    lines += [f"ci-info: eth{index} {mac} {' '.join(found)}" for index, (mac, found) in enumerate(interfaces)]
    if what == "hang":
        return _stamped(0, [*lines, "A start job is running for /dev/disk/by-uuid/0bad (no limit)"])
    text = _stamped(0, lines)
    if what == "slow":
        text += _stamped(float(seconds), ["Reached target Multi-User System"])
    return f"{text}\n{hostname} login: "


def _stamped(seconds, lines):
    return "".join(f"[{seconds:12.6f}] {line}\n" for line in lines)


def text_after(text, seconds):
    """What of a boot's text is there so many seconds after it: up to the first line that is stamped with more."""
    shown = []
    for line in text.splitlines(keepends=True):
        stamp = re.match(r"\[ *([0-9.]+)\]", line)
        if stamp and float(stamp[1]) > seconds:
            break
        shown.append(line)
    return "".join(shown)
