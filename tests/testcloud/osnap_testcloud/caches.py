# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caches of one process, which stand in for memcached, look through all that they hold each time that they are
asked: with the tokens of some thousand logins that is a good part of a request.
"""

import time

from keystonemiddleware.auth_token import _cache
from oslo_cache.backends import dictionary

SECONDS = 30  # between two looks for what is over


def install():
    """Look for what is over now and then. What is asked for is as old as it may be, as before."""
    clear = dictionary.DictCacheBackend._clear
    dictionary.DictCacheBackend._clear = lambda backend: clear(backend) if _is_time(backend) else None
    _cache._FakeClient.get = _get


def _get(client, key):
    """What keystonemiddleware keeps under a key, or None."""
    if _is_time(client):
        for known in list(client.cache):
            _unless_over(client, known)
    return _unless_over(client, key)


def _unless_over(client, key):
    timeout, value = client.cache.get(key, (0, None))
    if timeout and timeout <= time.time():
        client.cache.pop(key, None)
        return None
    return value


def _is_time(cache):
    now = time.monotonic()
    if now < cache.__dict__.get("next_look", 0):
        return False
    cache.next_look = now + SECONDS
    return True
