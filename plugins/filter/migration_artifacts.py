# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.migration_report import artifacts

DOCUMENTATION = r"""
name: migration_artifacts
short_description: The artifacts of a migration
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Picks out of the report of a migration what is worth its place among the artifacts of a workflow.
  - Made for the role P(osnap.openstack.report#role).
positional: _input, prefix
options:
  _input:
    description: The report, see P(osnap.openstack.migration_report#filter).
    type: dict
    required: true
  prefix:
    description: How the names begin. An underline and the server's ID follow, with underlines for its hyphens.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Hand the results on to what follows in a workflow
  ansible.builtin.set_stats:
    data: "{{ report_migration | osnap.openstack.migration_artifacts('migrate_servers') }}"
"""

RETURN = r"""
_value:
  description:
    - An artifact a server, by its name. Each has those of C(server), C(server_id), C(new_server), C(new_server_id),
      C(phase), C(changed), C(failed), C(msg), C(off) and C(addresses) that the report has.
    - Servers without an ID have none.
  type: dict
"""


class FilterModule:
    def filters(self):
        return {"migration_artifacts": artifacts}
