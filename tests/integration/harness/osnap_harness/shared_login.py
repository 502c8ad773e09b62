# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One login for the warm runs of a target: each of its own costs Keystone 14 ms, and every service that sees the new
token 17 more, for what all runs before have shown.

It is what keystoneauth offers to whoever keeps tokens (``get_cache_id``, ``get_auth_state``): a run logs in as always
where nothing is kept, where the token is about to end, and where a service has refused it. Where something is injected,
where a task has ``auth`` of its own or counts its requests, and in cold runs, nothing is shared.
"""

from . import surroundings
from .kept_tokens import KeptTokens


def is_fit(arguments, environment):
    """Tell whether a run with these arguments, and this environment of its task, may go without a login of its own."""
    if arguments.get("auth") or not arguments.get("cloud") or any(name.startswith("OS_") for name in environment):
        return False
    ours = surroundings.projects()
    return not any(rule.get("project", ours[0]) in ours for rule in surroundings.control().rules())


def share():
    """Have the logins of this process kept, and what others have kept used."""
    from keystoneauth1.identity.base import BaseIdentityPlugin

    kept = KeptTokens(surroundings.project_folder())
    get_access, invalidate = BaseIdentityPlugin.get_access, BaseIdentityPlugin.invalidate

    def shared_access(plugin, session, **options):
        key = plugin.get_cache_id()
        if key and plugin.auth_ref is None and (state := kept.get(key)):
            plugin.set_auth_state(state)
        before = plugin.auth_ref
        access = get_access(plugin, session, **options)
        if key and access is not before:
            kept.put(key, plugin.get_auth_state())
        return access

    def invalidated(plugin):
        if plugin.auth_ref is not None:
            kept.drop(plugin.get_cache_id(), plugin.get_auth_state())
        return invalidate(plugin)

    BaseIdentityPlugin.get_access, BaseIdentityPlugin.invalidate = shared_access, invalidated
