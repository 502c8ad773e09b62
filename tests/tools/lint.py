# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the collection without running it: ``lint.py [check ...]``, by default all checks."""

import os
import re
import subprocess
import sys

from build import REPOSITORY, TOOLS, TREE, export, repository_files

BIN = TOOLS / "ansible-2.21" / "bin"
RUFF = str(TOOLS / "ruff" / "bin" / "ruff")
MYPY = str(TOOLS / "mypy" / "bin" / "mypy")
COMMANDS = {
    "ruff-format": [RUFF, "format", "--check", "--no-cache", "plugins", "tests"],
    "ruff": [RUFF, "check", "--no-cache", "plugins", "tests"],
    "mypy": [MYPY, "--config-file", str(REPOSITORY / "mypy.ini"), "--cache-dir", str(TOOLS / "mypy-cache")],
    "ansible-lint": ["ansible-lint", "--nocolor", "galaxy.yml", "meta", "roles", "playbooks", "extensions", "plugins"],
    "yamllint": ["yamllint", "--strict", "."],
    "docs": [
        "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--check-extra-docs-refs",
        "--validate-collection-refs",
        "all",
        "--disallow-unknown-collection-refs",
        ".",
    ],
    "changelog": ["antsibull-changelog", "lint"],
}
#: Files of these kinds say under which licence they are; the others are covered by LICENSE alone.
WITH_HEADER = re.compile(r"(\.(py|ya?ml|sh|j2|cfg|ini|toml)|(^|/)(Makefile|run))$")
#: What does not run in the folder of the collection: mypy finds packages from the folder that they all lie in.
FOLDERS = {"mypy": TREE}
HEADER = (
    "Copyright (c) 2026, the osnap.openstack authors",
    "GNU General Public License v3.0+",
    "SPDX-License-Identifier: GPL-3.0-or-later",
)
#: antsibull-changelog and git's tools write these, and ansible-test wants `__init__.py` empty.
WITHOUT_HEADER = re.compile(r"^changelogs/(fragments/|changelog\.yaml)|(^|/)__init__\.py$")


def run(check, folder):
    variables = dict(
        os.environ,
        PATH="%s%s%s" % (BIN, os.pathsep, os.environ["PATH"]),
        ANSIBLE_COLLECTIONS_PATH=str(TREE),
        NO_COLOR="1",
        PYTHONPATH=str(REPOSITORY / "tests" / "tools" / "patient"),
    )
    variables["ANSIBLE_HOME"] = str(TOOLS / "ansible-home")
    return (
        subprocess.run(
            COMMANDS[check], cwd=FOLDERS.get(check, folder), env=variables, stdin=subprocess.DEVNULL, check=False
        ).returncode
        == 0
    )


def licences():
    """Whether each file that can carry a licence header does."""
    good = True
    for name in repository_files():
        if not WITH_HEADER.search(name) or WITHOUT_HEADER.search(name):
            continue
        top = "".join((REPOSITORY / name).read_text().splitlines(keepends=True)[:8])
        for line in HEADER:
            if line not in top:
                print("%s: no line '%s' at the top" % (name, line))
                good = False
    return good


def main(checks):
    folder = export()
    results = []
    for check in checks or [*COMMANDS, "licences"]:
        print("== " + check, flush=True)
        results.append(licences() if check == "licences" else run(check, folder))
        print("== %s: %s" % (check, "passed" if results[-1] else "failed"), flush=True)
    print("%d passed, %d failed" % (results.count(True), results.count(False)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
