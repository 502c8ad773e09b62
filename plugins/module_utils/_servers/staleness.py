# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a snapshot of a server still shows the server as it is: what has happened to the server since. A mark says
what was, Nova says what has happened. Pure.

Nova, Cinder and Glance tell times in whole seconds or better, by clocks of their own: what happened in the very second
of the snapshot counts as later. A snapshot too many costs a minute, one too few the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import ServerAction

#: Nova's name of an action -> what it has done to the server. Others (createImage, stop, pause, suspend, shelve, lock)
#: write nothing to a disk that a snapshot has not.
STALING = {
    "start": "was started",
    "reboot": "was rebooted",
    "resume": "was resumed",
    "unpause": "was unpaused",
    "unshelve": "was unshelved",
    "rescue": "was rescued",
    "unrescue": "was brought back from rescue",
    "rebuild": "was rebuilt",
    "resize": "was resized",
    "confirmResize": "was resized",
    "revertResize": "was brought back from a resize",
    "evacuate": "was evacuated",
    "restore": "was restored",
    "attach_volume": "got a volume",
    "detach_volume": "lost a volume",
    "swap_volume": "got another volume in place of one",
}
#: The requests of an image.
TAKES_AN_IMAGE = ("createImage", "createBackup")


def since(
    actions: Iterable[ServerAction],
    taken_at: str | None,
    ours: Iterable[str] = (),
    those: Iterable[str] = tuple(STALING),
) -> list[ServerAction]:
    """What makes a snapshot stale: the actions on its server after it was taken, oldest first.

    :param actions: rows of :class:`ServerActions`
    :param taken_at: when the snapshot was taken, as the service says it
    :param ours: names of actions that we did ourselves after the snapshot, one of each being let off. A backup may have
        ``start`` here, where its server was stopped for it and started again; what goes on with a migration may not.
    :param those: names of the actions that matter
    """
    taken, left, names = _second(taken_at), list(ours), set(those)
    later = []
    for row in sorted(actions, key=lambda row: row["start_time"] or ""):
        if row["action"] not in names or not _is_later(row, taken):
            continue
        if row["action"] in left:
            left.remove(row["action"])
            continue
        later.append(row)
    return later


def since_image(
    actions: Sequence[ServerAction], begun_at: str, registered_at: str, ours: Iterable[str] = ()
) -> list[ServerAction]:
    """As :func:`since`, of an image of Nova's: where its list shows the request of the image, what stands above that is
    later, by one clock and in the same second, too; and so is what was still under way.

    :param actions: rows of :class:`ServerActions`, newest first
    :param begun_at: the time of the oldest part of the image, as its own service says it
    :param registered_at: that of the image itself, which Nova makes last
    """
    index = _request(actions, _second(begun_at), _second(registered_at))
    if index is None:
        return since(actions, begun_at, ours)
    at = _second(actions[index]["start_time"])
    under_way = [row for row in actions[index + 1 :] if (_second(row["finish_time"]) or 0) > (at or 0)]
    return since([*actions[:index], *under_way], None, ours)


def last_since_image(
    actions: Sequence[ServerAction], names: Iterable[str], begun_at: str, registered_at: str
) -> str | None:
    """The last of these actions since an image was asked for; None for none, or where Nova's list does not show the
    request.
    """
    index = _request(actions, _second(begun_at), _second(registered_at))
    return next((row["action"] for row in actions[: index or 0] if row["action"] in names), None)


def _request(actions: Sequence[ServerAction], begun: int | None, registered: int | None) -> int | None:
    """Where the request of an image stands: the newest of those before it. By a clock of Nova's that is ahead it is the
    one above that, and so much nearer to the image.
    """
    if begun is None or registered is None:
        return None
    above = None
    for index, row in enumerate(actions):
        at = _second(row["start_time"])
        if row["action"] not in TAKES_AN_IMAGE or at is None:
            continue
        if at > registered:
            above = (index, at)
            continue
        return above[0] if above and above[1] - begun < begun - at else index
    return None


def is_after(time: str | None, other: str | None) -> bool:
    """Whether one time is known to be later than another, by whole seconds."""
    one, two = _second(time), _second(other)
    return one is not None and two is not None and one > two


def sentences(actions: Iterable[ServerAction], taken_at: str) -> list[str]:
    return [
        f"the server {STALING[row['action']]} at {row['start_time']}, and the snapshot is of {taken_at}"
        for row in actions
    ]


def _is_later(row: ServerAction, taken: int | None) -> bool:
    """An action that was still under way at that time has gone on after it. A time that nobody knows is no proof."""
    times = [(_second(row["start_time"]), 0), (_second(row["finish_time"]), 1)]
    return taken is None or times[0][0] is None or any(time and time >= taken + more for time, more in times)


def _second(text: str | None) -> int | None:
    """A time as whole seconds, whatever zone and fraction it was told with; None where it was not."""
    time = time_of(text)
    return int(time.timestamp()) if time else None
