# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A write that is repeated only after a look: was the first one carried out, though nobody heard of it?"""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered


def may_be_done(error: OsnapError, also: tuple[int, ...] = ()) -> bool:
    """Whether a failed write may have been carried out, or may be another time: no answer came, or "later"."""
    return isinstance(error, Ambiguous) or error.status in (503, *also)


def send_once(
    send: Callable[[], Any], look: Callable[[], Any], pause: Callable[[], object], also: tuple[int, ...] = ()
) -> Any:
    """Send a write, and a second and last time only where a look shows that the first has come to nothing.

    A service that has not answered in time may be at it still: then there is no second try, whatever the look shows.

    :param send: sends it; what it returns is returned
    :param look: what the write would have made, or anything but None where it was carried out; None where it was not
    :param pause: waits a moment, and raises when nobody waits for this job any more
    :param also: further statuses after which it is worth looking
    """
    try:
        return send()
    except OsnapError as error:
        if not may_be_done(error, also):
            raise
        first = error
    pause()
    found = look()
    if found is not None:
        return found
    if isinstance(first, Unanswered):
        raise first
    try:
        return send()
    except OsnapError as second:
        raise second from first
