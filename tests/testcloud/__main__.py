# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python tests/testcloud up``: starts itself again with the test cloud's own Python, which has the OpenStack
services.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
VENV = os.path.join(REPOSITORY, ".tools", "testcloud")
PYTHON = os.path.join(VENV, "bin", "python")

if __name__ == "__main__":
    if os.path.realpath(sys.prefix) != os.path.realpath(VENV):
        if not os.access(PYTHON, os.X_OK):
            sys.exit("The OpenStack services are not installed: {0} is missing. Run `make setup` first.".format(VENV))
        # Compiled modules are kept, but not among the sources.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = os.path.join(VENV, "pycache")
        os.execv(PYTHON, [PYTHON, HERE] + sys.argv[1:])
    from osnap_testcloud.cli import main

    sys.exit(main())
