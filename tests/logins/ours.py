# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our side of a case: what every module does first, and a list of each service. Runs in ansible-core's environment."""

import sys
import traceback

# Before the process forks, so that each case does not load them again.
import keystoneauth1.loading  # noqa: F401  # pylint: disable=unused-import
import openstack.config.loader  # noqa: F401  # pylint: disable=unused-import
from forks import serve

sys.path.insert(0, sys.argv[1])

# pylint: disable=wrong-import-position
from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS  # noqa: E402
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect  # noqa: E402
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError  # noqa: E402

LISTS = {
    "block-storage": ("/snapshots/detail", "snapshots"),
    "image": ("/images", "images"),
    "compute": ("/servers", "servers"),
}


def play(case):
    options = {**{name: option.get("default") for name, option in AUTH_OPTIONS.items()}, **case["task"]}
    try:
        cloud = connect(options)
        errors = {}
        for name in case["services"]:
            try:
                cloud.client(name).pages(*LISTS[name], doing=f"list what {name} has")
            except OsnapError as error:
                errors[name] = str(error)
        return {"project": cloud.project_id, "errors": errors}
    except OsnapError as error:
        return {"error": str(error)}
    # pylint: disable=broad-exception-caught
    except Exception:
        return {"broken": traceback.format_exc()}


if __name__ == "__main__":
    serve(play)
