# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which volumes of the backend `cow` are clones of what: a file a clone, which names its parent. Cinder's driver writes
them, Glance's store reads them, too. Standard library only.
"""


class Clones:
    def __init__(self, volumes):
        self._folder = volumes / "clones"

    def add(self, volume, parent):
        """Keep that a volume depends on a snapshot's file (``<volume>@<snapshot>``) or an image (its ID)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder.with_name(f"{volume}.clone.partial")
        partial.write_text(parent)
        partial.rename(self._folder / volume)

    def remove(self, volume):
        (self._folder / volume).unlink(missing_ok=True)

    def of(self, parent):
        """The names of the volumes that depend on a parent."""
        found = []
        for clone in self._folder.glob("*"):
            try:
                if clone.read_text() == parent:
                    found.append(clone.name)
            except FileNotFoundError:  # its volume was deleted meanwhile
                continue
        return found
