# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a floating IP says that a run has made. Pure."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._services.marked_text import description

STEP = "floating_ip"


def description_of(run: str, server: str) -> str:
    """The description of a new floating IP.

    :param server: ID of the source's server
    """
    return description({_marks.RUN: run, _marks.SERVER: server, _marks.STEP: STEP})
