# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: prune_table
short_description: What becomes of snapshots, as a table for the terminal
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Makes a line for each snapshot, under a line for what it is of. It says whether the snapshot stays, when it was
    taken, its name, and why.
positional: _input
options:
  _input:
    description: The RV(osnap.openstack.snapshot_prune#module:snapshots) of a pruning, or the
      RV(osnap.openstack.retention_simulation_info#module:snapshots) of a simulation.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what became of each
  ansible.builtin.debug:
    msg: "{{ pruned.snapshots | osnap.openstack.prune_table }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""


def prune_table(snapshots):
    """Imported when it is called: whoever calls a filter loads all of the collection's."""
    from ansible_collections.osnap.openstack.plugins.plugin_utils._retention.table import lines

    return lines(snapshots)


class FilterModule:
    def filters(self):
        return {"prune_table": prune_table}
