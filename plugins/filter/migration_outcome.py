# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.hosts import outcome

DOCUMENTATION = r"""
name: migration_outcome
short_description: What a migration of several hosts has become for one of them
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Picks what is about the server of one host out of what the module has returned for a group of hosts. A host
    that has given a list gets all of it.
  - Made for the role P(osnap.openstack.migrate_servers#role).
positional: _input, led, host
options:
  _input:
    description:
      - What M(osnap.openstack.server_migration) or M(osnap.openstack.server_migration_info) has returned, failed or
        not.
    type: dict
    required: true
  led:
    description: The leader's group, see P(osnap.openstack.migration_group#filter).
    type: dict
    required: true
  host:
    description: The host that is meant, C(inventory_hostname).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Keep what is about this host
  ansible.builtin.set_fact:
    outcome: "{{ moved | osnap.openstack.migration_outcome(group, inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: What there is for the host.
  type: dict
  contains:
    changed:
      description: Whether anything was changed for it.
      type: bool
    failed:
      description: Whether something stands in its way, or has failed.
      type: bool
    is_list:
      description: Whether the host has given a list.
      type: bool
    pending:
      description: Whether anything is left to be done for its servers.
      type: bool
    problems:
      description: What that is, one sentence each.
      type: list
      elements: str
    notices:
      description: What is lost or changes, one sentence each.
      type: list
      elements: str
    servers:
      description: What the module has returned of each of its servers, plans or migrations; nothing of failed ones.
      type: list
      elements: dict
    plan_digest:
      description: What is to be approved of the plans of the whole group; null if nothing, and of what is no plan.
      type: str
    playbook:
      description: What makes what the destination lacks, see M(osnap.openstack.server_migration_info).
      type: list
      elements: dict
    told:
      description: Lines that say what is to be done or was done.
      type: list
      elements: str
    table:
      description: A line for each of its servers with its name, its phase, since when, and what comes next.
      type: list
      elements: str
"""


class FilterModule:
    def filters(self):
        return {"migration_outcome": outcome}
