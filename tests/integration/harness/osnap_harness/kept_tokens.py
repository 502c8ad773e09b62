# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness's own tokens, kept beside the clouds.yaml that they come of: each task of Ansible is a process of its
own, and each login costs Keystone and every service that sees the new token more than what is then asked.
"""

import contextlib
import hashlib
import json
import os
import threading
from pathlib import Path


class KeptTokens:
    """Login → what it gave: a dict that JSON can hold. *folder* is where processes share them; None keeps none."""

    def __init__(self, folder=None):
        self.folder = Path(folder) / "tokens" if folder else None

    def get(self, key):
        """Return what another process was given for this login, or None."""
        if self.folder:
            with contextlib.suppress(FileNotFoundError):
                return json.loads(self._path(key).read_text(encoding="utf-8"))
        return None

    def put(self, key, access):
        """Keep it for the others, readable for nobody else."""
        if self.folder:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            partial = self._path(key).with_suffix(f".{os.getpid()}-{threading.get_ident()}")
            partial.write_text(json.dumps(access), encoding="utf-8")
            partial.replace(self._path(key))

    def drop(self, key, access):
        """Forget it, unless somebody has a newer one by now."""
        if self.folder and self.get(key) == access:
            self._path(key).unlink(missing_ok=True)

    def _path(self, key):
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
