# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.migration_report import report

DOCUMENTATION = r"""
name: migration_report
short_description: The report of a migration
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Makes the report that the role P(osnap.openstack.report#role) writes of what M(osnap.openstack.server_migration) has
    returned for a list of servers.
positional: _input, led, run, state, earlier
options:
  _input:
    description: What M(osnap.openstack.server_migration) has returned, failed or not.
    type: dict
    required: true
  led:
    description: The group of hosts that it was called for, see P(osnap.openstack.migration_group#filter).
    type: dict
    required: true
  run:
    description: Name of the migration.
    type: str
    required: true
  state:
    description: The state that the servers were to be brought to.
    type: str
    required: true
  earlier:
    description:
      - What the module has returned before, of tasks that brought the same servers a part of the way, oldest first.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Write the report
  ansible.builtin.include_role:
    name: osnap.openstack.report
  vars:
    report_migration: "{{ moved | osnap.openstack.migration_report(group, 'saturday', 'complete') }}"
    report_dir: /var/lib/migrations
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
"""


class FilterModule:
    def filters(self):
        return {"migration_report": report}
