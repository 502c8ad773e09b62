# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An interpreter for modules that says what they take: ``MEASURED.PY <the real one> <result> <module> …``

Writes the peak of resident memory and what was written to files, both in bytes, as JSON.
"""

import json
import resource
import subprocess
import sys


def main(python, result, *arguments):
    status = subprocess.run([python, *arguments], check=False).returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(result, "w", encoding="utf-8") as file:
        json.dump({"resident": used.ru_maxrss * 1024, "written": used.ru_oublock * 512}, file)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
