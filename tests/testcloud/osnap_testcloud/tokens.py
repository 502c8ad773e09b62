# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a token is, by its hash, in a file that Keystone's recorder writes and every process reads: nobody has to ask
Keystone.

Version documents are served without looking at the token, and a request that a fault rule is to hit has not been looked
at yet.
"""

import hashlib
import json
import os
import threading

TOKEN_SECONDS = "testcloud.token_seconds"  # in a login's environment: how long Keystone is to let its token live


class Tokens:
    def __init__(self, control):
        self.path = control / "tokens.jsonl"
        self._lock, self._known, self._offset = threading.Lock(), {}, 0

    def learn(self, token, owner):
        """Keep whose token this is: a dict with user_id, project_id and project_name."""
        line = json.dumps([_digest(token), owner]) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def owner(self, token):
        """Whose a token is; an empty dict if that is not known."""
        digest = _digest(token)
        if digest not in self._known:
            with self._lock:
                self._catch_up()
        return self._known.get(digest, {})

    def _catch_up(self):
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._offset)
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    digest, owner = json.loads(line)
                    self._known[digest] = owner
                    self._offset += len(line)


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()[:32]
