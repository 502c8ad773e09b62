# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many objects in one task, the same in every state module."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
notes:
  - Many objects in one task are far faster than a loop, they share one login, a few list calls and one wait. Options at the top level are the
    defaults of each item.
  - One item that fails does not stop the others; the task fails at the end, with every item's result in RV(ignore:outcomes). Wrong credentials, an
    unreachable cloud and an exceeded quota do stop new work, the rest is then listed as not attempted.
  - C(changed) is true also when an item failed after something had been changed.
"""
