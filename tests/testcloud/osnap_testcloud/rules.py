# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of an instance as its processes see them: one file, read again when it changes, and counters shared by all.
Standard library only.
"""

import fcntl
import json
import os

from . import faults


class Rules:
    def __init__(self, control):
        self.control = control
        self.path = control / "faults.json"
        self._key, self._rules = None, []

    def all(self):
        """The rules of now. Costs one stat as long as nothing changes."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return []
        key = (status.st_mtime_ns, status.st_ino, status.st_size)
        if key != self._key:
            rules = json.loads(self.path.read_text())["rules"]
            self._key, self._rules = key, rules
        return self._rules

    def due(self, request):
        """The rules that hit a request, having counted it for each rule that it matches."""
        return [rule for rule in self.all() if faults.matches(rule, request) and faults.is_due(rule, self._count(rule))]

    def for_backend(self, operation, cloud, project, names):
        """The first rule that hits an operation of the refusing backend."""
        rules = self.all()
        projects = self.project_names(cloud, project) if any("project" in rule for rule in rules) else {project}
        for rule in rules:
            if faults.matches_operation(rule, operation, cloud, projects, names) and faults.is_due(
                rule, self._count(rule)
            ):
                return rule
        return None

    def project_names(self, cloud, project_id):
        """A project's ID and its name, as far as it is one of ours."""
        path = self.control / "projects.json"
        known = json.loads(path.read_text()).get(cloud, {}) if path.exists() else {}
        return {project_id} | {name for name, identifier in known.items() if identifier == project_id}

    def _count(self, rule):
        counters = self.control / "counters"
        counters.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(counters / rule["id"], os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            ordinal = int(os.read(descriptor, 20) or 0) + 1
            os.pwrite(descriptor, str(ordinal).encode(), 0)
            return ordinal
        finally:
            os.close(descriptor)
