# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microversions: what a request can do with, and their order."""

from __future__ import annotations


class Microversions:
    """The span of microversions that a request understands: the newest is asked for, ``least`` is what it can't do
    without.
    """

    def __init__(self, newest: str, least: str | None = None, gives: str | None = None):
        self.newest, self.least, self.gives = newest, least or newest, gives


def number(version: object) -> tuple[int, ...]:
    return tuple(int(part) for part in str(version).split("."))


def text(version: tuple[int, ...] | None) -> str | None:
    return ".".join(str(part) for part in version) if version else None
