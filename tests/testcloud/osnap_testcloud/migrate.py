# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m osnap_testcloud.migrate <instance> <cloud> <project>``: the project's database schema, in a process of
its own.
"""

import importlib
import sys
from pathlib import Path

from . import ports


def main(folder, cloud_name, project):
    cloud = ports.load(Path(folder)).cloud(cloud_name)
    service = importlib.import_module(f"osnap_testcloud.services.{project}")
    service.configure(cloud)
    sys.argv = [project]
    service.migrate(cloud)


if __name__ == "__main__":
    main(*sys.argv[1:])
