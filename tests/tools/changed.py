# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which integration targets a change can reach, by the imports of the modules that they name."""

import ast
import re
import subprocess
import sys
from functools import lru_cache

from build import REPOSITORY

PLUGINS = REPOSITORY / "plugins"
TARGETS = REPOSITORY / "tests" / "integration" / "targets"
PACKAGE = "ansible_collections.osnap.openstack."
#: A file of so many modules is about them.
FEW = 3
#: Every target stands on these.
UNDER_ALL = (
    "galaxy.yml",
    "meta/",
    "tests/integration/harness/action_plugins/",
    "tests/integration/harness/callback_plugins/",
    "tests/integration/harness/osnap_harness/",
    "tests/integration/run.py",
    "tests/testcloud/",
    "tests/tools/requirements/",
)


def changed_files(base):
    """What differs from the files of ``base``, as the branch left them, in commits or not yet: names in the
    repository.
    """
    since = git("merge-base", base, "HEAD")
    if not since:
        sys.exit("there is no commit %s here: give another, as in `make test-changed base=main`" % base)
    names = git("diff", "--name-only", "--no-renames", *since) + git("ls-files", "--others", "--exclude-standard")
    return set(names)


def git(*words):
    return (
        subprocess.run(["git", *words], cwd=REPOSITORY, stdout=subprocess.PIPE, check=False)
        .stdout.decode()
        .splitlines()
    )


def reached_targets(changed):
    """The names of the targets that a change can reach: those that it is nearest to, and all others.

    Nearest are those of which an own file changed, and those of a module that few others share the changed file with.
    """
    every = sorted(path.name for path in TARGETS.iterdir() if path.is_dir())
    paths = {REPOSITORY / name for name in changed}
    reached = {module: reach(module) & paths for module in modules()}
    few = {path for path in paths if sum(path in files for files in reached.values()) <= FEW}
    near = {name for name in every if own(name, changed) or reached.get(module_of(name), set()) & few}
    below = any(name.startswith(UNDER_ALL) for name in changed)
    far = {name for name in every if below or any(map(own_files(TARGETS / name).match, changed))}
    return sorted(near), sorted(far - near)


def own(target, changed):
    return any(name.startswith(("tests/integration/targets/%s/" % target, "roles/%s/" % target)) for name in changed)


def module_of(target):
    """The module after which a target is named: ``volume_restore_attached`` after ``volume_restore``."""
    return max((name for name in modules() if (target + "_").startswith(name + "_")), key=len, default=None)


@lru_cache(maxsize=None)
def own_files(target):
    """A pattern of the names of all files a target depends on: its own, its modules' and its roles'."""
    roles = named_roles(target)
    folders = [target, *roles]
    files = set().union(*(reach(module) for folder in folders for module in named_modules(folder)))
    files |= set().union(
        *(reach_of_filter(name) for folder in folders for name in filters() if name in text_of(folder))
    )
    words = [re.escape(str(path.relative_to(REPOSITORY))) for path in sorted(files)]
    words += [re.escape(str(folder.relative_to(REPOSITORY))) + "/.*" for folder in folders]
    return re.compile("(?:%s)$" % "|".join(words))


def named_roles(folder):
    """The folders of the collection's roles whose names stand in a target."""
    return [
        role for role in sorted((REPOSITORY / "roles").iterdir()) if "osnap.openstack." + role.name in text_of(folder)
    ]


@lru_cache(maxsize=None)
def text_of(folder):
    return "\n".join(path.read_text() for path in sorted(folder.rglob("*")) if path.suffix in (".yml", ".yaml", ".j2"))


def modules():
    return {path.stem for path in (PLUGINS / "modules").glob("*.py")} - {"__init__"}


def named_modules(folder):
    """The modules whose names stand in a target: as it stands, or put together, as in ``osnap.openstack.{{ item
    }}``.
    """
    words = set(re.findall(r"(?<![\w.])\w+(?![\w.])|(?<=osnap\.openstack\.)\w+", text_of(folder)))
    return modules() & (words | {folder.name})


@lru_cache(maxsize=None)
def reach(module):
    """The files a module is made of: itself, its action plugin, its documentation's fragments, and all they import."""
    source = PLUGINS / "modules" / (module + ".py")
    waiting = [source, PLUGINS / "action" / (module + ".py")]
    waiting += [PLUGINS / "doc_fragments" / (name + ".py") for name in fragments(source)]
    return _with_imports(waiting)


def filters():
    return {path.stem for path in (PLUGINS / "filter").glob("*.py")} - {"__init__"}


def reach_of_filter(name):
    """The files a filter is made of: itself, and all it imports."""
    return _with_imports([PLUGINS / "filter" / (name + ".py")])


def _with_imports(waiting):
    found = set()
    while waiting:
        path = waiting.pop()
        if path not in found and path.is_file():
            found.add(path)
            waiting += imports(path)
    return found


def fragments(source):
    """The names of the documentation fragments of ours that a module names."""
    return re.findall(r"^\s*-\s+osnap\.openstack\.(\w+)(?:\.\w+)?\s*$", source.read_text(), re.MULTILINE)


@lru_cache(maxsize=None)
def imports(path):
    """The files of the collection that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            folder = REPOSITORY.joinpath(*node.module[len(PACKAGE) :].split("."))
            for alias in node.names:
                inner = folder / (alias.name + ".py")
                found.add(inner if inner.is_file() else folder.with_suffix(".py"))
    return found
