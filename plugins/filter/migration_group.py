# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.hosts import group

DOCUMENTATION = r"""
name: migration_group
short_description: The hosts that are migrated together with a host
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Groups the hosts of a play by what they ask for. The first host of a group calls the module for all of them.
  - Made for the role P(osnap.openstack.migrate_servers#role), whose hosts say in
    C(migrate_servers__request) what they ask for.
positional: _input, batch, host
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  batch:
    description: The hosts that are at it, C(ansible_play_batch).
    type: list
    elements: str
    required: true
  host:
    description: The host whose group is meant, C(inventory_hostname).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Find out with whom this host goes
  ansible.builtin.set_fact:
    group: "{{ hostvars | osnap.openstack.migration_group(ansible_play_batch, inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: The group.
  type: dict
  contains:
    leader:
      description: The host that calls the module. It alone gets the rest.
      type: str
    hosts:
      description: The hosts of the group.
      type: list
      elements: str
    is_list:
      description: Whether the hosts have been given a list of servers, or each is a server itself.
      type: bool
    servers:
      description: The servers of the group, as the module takes them.
      type: list
      elements: dict
    exclude:
      description: What is left out of them, as the module takes it.
      type: list
      elements: dict
    problems:
      description: For hosts that can't go, a sentence.
      type: dict
"""


class FilterModule:
    def filters(self):
        return {"migration_group": group}
