# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses hosts that are to be moved together and don't wait for each other; all work is the module's."""

from __future__ import annotations

from ansible.plugins.action.normal import ActionModule as NormalActionModule

from ansible_collections.osnap.openstack.plugins.plugin_utils.lockstep import InLockstep


class ActionModule(InLockstep, NormalActionModule):
    """See the module."""
