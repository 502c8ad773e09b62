# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: migration_page
short_description: What the page of a migration shows
version_added: 0.1.0
author: the osnap.openstack authors
description:
  - Makes of the report of a migration what the template of the role P(osnap.openstack.report#role) prints,
    texts that people read, and the positions of what is drawn.
  - Whatever is missing or null in the report is left out.
positional: _input
options:
  _input:
    description: The report, as the module that migrates returns it.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say how many servers have arrived
  ansible.builtin.debug:
    msg: "{{ (report_migration | osnap.openstack.migration_page).headline }}"
"""

RETURN = r"""
_value:
  description: What the page shows. Positions and widths are percentages.
  type: dict
  contains:
    headline:
      description: A sentence that says how many servers have arrived.
      type: str
    is_news:
      description: Whether something was changed, or has failed.
      type: bool
    figures:
      description: Numbers for the top of the page, each with its name, its value and a note.
      type: list
      elements: dict
    axis:
      description: The marks of the time axis, each with its position and its label.
      type: list
      elements: dict
    servers:
      description: The servers, each with its row of the timeline, its downtime and the ways of its disks.
      type: list
      elements: dict
    rows:
      description: The same servers, the one that began first at the top.
      type: list
      elements: dict
    together:
      description: How many servers were off at the same time.
      type: dict
    problems:
      description: The problems, grouped by code.
      type: list
      elements: dict
    notices:
      description: What is lost or changes, grouped by code.
      type: list
      elements: dict
    left:
      description: What is left to do, each sentence once.
      type: list
      elements: dict
"""


def migration_page(report):
    """Imported when it is called: whoever calls a filter loads all of the collection's, in a process for each task of
    each host.
    """
    from ansible_collections.osnap.openstack.plugins.plugin_utils._report.page import page

    return page(report)


class FilterModule:
    def filters(self):
        return {"migration_page": migration_page}
