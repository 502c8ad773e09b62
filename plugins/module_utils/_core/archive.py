# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our files are compiled once in a task and not twice.

Ansible brings a module's files as source in an archive. Python's importer for archives tells a file's path only after
it has compiled the file, and compiles it again to load it: half of what our files cost at the start of a task. The path
can be told from the names in the archive.
"""

from __future__ import annotations

import os
import sys
import zipimport
from typing import Any


class Archive(zipimport.zipimporter):
    """The importer of a folder in an archive, which compiles a file only to load it."""

    def get_filename(self, fullname: str) -> str:
        path = os.path.join(self.archive, self.prefix, fullname.rpartition(".")[2])
        return os.path.join(path, "__init__.py") if self.is_package(fullname) else path + ".py"


def compile_once() -> None:
    """Let the files that are still to come from the archive that this one has come from be found by :class:`Archive`.
    What comes from a folder is compiled once anyway.
    """
    loader: Any = getattr(sys.modules[__name__].__spec__, "loader", None)
    if not isinstance(loader, zipimport.zipimporter) or isinstance(loader, Archive):
        return
    archive = loader.archive

    def importer(path: str) -> Archive:
        if path != archive and not path.startswith(archive + os.sep):
            raise ImportError(path)
        return Archive(path)

    sys.path_hooks.insert(0, importer)
    for path in [path for path in sys.path_importer_cache if path.startswith(archive)]:
        del sys.path_importer_cache[path]
