# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large pages for what a service has loaded: a request touches code all over a hundred MiB, and the processor looks up
each small page of them anew after anybody else had his turn.
"""

import ctypes
import re
from pathlib import Path

LARGE = 2**21  # bytes of a large page
MADV_HUGEPAGE, MADV_COLLAPSE = 14, 25
#: Private memory of no file: begin, end, and the name that the kernel gives to some of it.
ANONYMOUS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 *(?:\[heap\])?$")


def use_large():
    """Ask the kernel to lay this process's memory together. It may say no (before Linux 6.1, in a small container):
    then all is as it was.
    """
    libc = ctypes.CDLL(None)
    for begin, end in _regions(Path("/proc/self/maps").read_text().splitlines()):
        for advice in (MADV_HUGEPAGE, MADV_COLLAPSE):
            libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), advice)


def _regions(lines):
    """The whole large pages of each region: (begin, end) in bytes."""
    for found in filter(None, map(ANONYMOUS.match, lines)):
        begin, end = -(-int(found[1], 16) // LARGE) * LARGE, int(found[2], 16) // LARGE * LARGE
        if begin < end:
            yield begin, end
