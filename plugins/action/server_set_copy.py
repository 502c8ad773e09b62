# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the progress of the module of the same name; all work is the module's."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.progress import ProgressActionModule


class ActionModule(ProgressActionModule):
    """See the module."""
