# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's clock, moved; that of the machine, and of what logs in, stays."""

import datetime
import importlib
import pkgutil
import sys

COLLECTION = "ansible_collections.osnap.openstack.plugins"


def move(seconds):
    """From now on, whatever of the collection asks what time it is gets one of so many seconds later."""
    shift = datetime.timedelta(seconds=seconds)

    class Moved(datetime.datetime):
        """The same but for ``now``."""

        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.now(tz) + shift

    utils = importlib.import_module(f"{COLLECTION}.module_utils")
    for found in pkgutil.walk_packages(utils.__path__, f"{utils.__name__}."):
        importlib.import_module(found.name)
    for name, module in list(sys.modules.items()):
        if name.startswith(COLLECTION) and getattr(module, "datetime", None) is datetime.datetime:
            module.datetime = Moved
