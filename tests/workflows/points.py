# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a migration can be stopped: its requests, each as what it asks and the how-manieth of that kind it is. Pure."""

import re
from typing import NamedTuple

WHEN = ("before", "after")

#: What differs from run to run in a path: IDs of objects and of projects.
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = re.compile(rf"{_UUID}|(?<=/)[0-9a-f]{{32}}(?=/|$)")


class Point(NamedTuple):
    """The ``ordinal``-th request (from 1) of one kind, and whether the client dies before or after the service has
    handled it.

    Not the n-th request of all: how often a wait polls differs from run to run, and would shift everything behind it.
    """

    cloud: str
    service: str
    method: str
    shape: str
    ordinal: int
    when: str

    def __str__(self):
        return f"{self.cloud}/{self.service}/{self.method}{self.shape}#{self.ordinal}/{self.when}"

    @property
    def is_login(self):
        return self.shape.endswith("/auth/tokens")

    def rule(self, project):
        """The fault that holds exactly this request of a project, or of several together."""
        path = re.escape(self.shape).replace(r"\*", f"({_UUID}|[0-9a-f]{{32}})")  # and not a word, such as `detail`
        return {
            "cloud": self.cloud,
            "service": self.service,
            "method": self.method,
            "path": f"^{path}(\\?|$)",
            "project": project,
            "nth": self.ordinal,
            "times": 1,
            "stop": self.when,
        }


def shape_of(path):
    """A path without its query, its IDs replaced by ``*``."""
    return _ID.sub("*", path.split("?")[0])


def points_of(requests):
    """All points of a recorded run, in its order: two for each request."""
    seen, points = {}, []
    for request in requests:
        kind = (request["cloud"], request["service"], request["method"], shape_of(request["path"]))
        seen[kind] = seen.get(kind, 0) + 1
        points += [Point(*kind, seen[kind], when) for when in WHEN]
    return points


def writing(points):
    """What is swept first: every request that changes something; of the logins, which are all alike, the first
    of each cloud.
    """
    return [point for point in points if point.method != "GET" and (not point.is_login or point.ordinal == 1)]


def repeated_polls(points, most=2):
    """Without the third and later polls of the same kind, which differ in nothing."""
    return [point for point in points if point.method != "GET" or point.ordinal <= most]
