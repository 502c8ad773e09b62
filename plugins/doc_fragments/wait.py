# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting, the same in every state module."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether the task ends only when what was asked for is really so.
      - With V(false) it ends when the service has accepted the request; whether the service also carries it out is then unknown.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most, for all objects of the task together.
      - After it the task fails with the last status seen; the service goes on, and running the task again goes on waiting from there.
    type: int
    default: 180
"""

    UNUSED = r"""
options:
  wait:
    description: Taken for the sake of C(module_defaults) of the whole group, and without effect here. The task ends when its work is done.
    type: bool
    default: true
  timeout:
    description: Taken for the sake of C(module_defaults) of the whole group, and without effect here. No state is waited for.
    type: int
    default: 180
"""
