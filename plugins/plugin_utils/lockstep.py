# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strategies in which hosts don't wait for each other: a role that moves them together refuses those.

No variable says which strategy a play has, and by the hosts' facts it could only be guessed.
"""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.hosts import NOT_IN_LOCKSTEP

ROLE = "migrate_servers"
#: Strategies in which all hosts end a task before the first begins the next, by the last part of their names.
IN_LOCKSTEP = ("linear", "debug")


class InLockstep:
    """For action plugins: before anything else, they refuse to be called by the role in another strategy."""

    def run(self, tmp=None, task_vars=None):
        role = self._task._role
        together = len((task_vars or {}).get("ansible_play_batch", ())) > 1
        if role and role.get_name(include_role_fqcn=False) == ROLE and together:
            play = self._task.get_play()
            if play and not is_lockstep(play.strategy):
                return {"failed": True, "msg": NOT_IN_LOCKSTEP}
        return super().run(tmp, task_vars)


def is_lockstep(strategy: str) -> bool:
    return strategy.rpartition(".")[2].rpartition("_")[2] in IN_LOCKSTEP
