# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a wait needs: time, and somebody who listens."""

from __future__ import annotations


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        self.now, self.pauses = 1000.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


class Listener:
    """A progress that somebody listens to, until ``gone``."""

    def __init__(self, gone=None):
        self.lines, self.checks, self.gone = [], 0, gone

    def check(self):
        self.checks += 1
        if self.gone:
            raise self.gone

    def tick(self, text):
        self.check()
        self.lines.append(text)
