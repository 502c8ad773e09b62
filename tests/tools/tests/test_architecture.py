# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that the imports of ``plugins`` go one way, as ``docs/architecture.md`` says."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest
from build import REPOSITORY
from changed import imports

PLUGINS = REPOSITORY / "plugins"

#: Room -> the rooms whose files its own may import. A file that lies beside the rooms is one by itself.
MAY_IMPORT = {
    "_core": set(),
    "_rows": set(),
    "_marks": set(),
    "_consistency": {"_core"},
    "_services": {"_core", "_marks", "_consistency"},
    "_features": {"_core", "_services"},
    "_capabilities": {"_core", "_services", "_features"},
    "_servers": {"_core", "_services", "_marks", "_consistency"},
    "_volumes": {"_core", "_services", "_marks"},
    "_images": {"_core", "_services", "_marks"},
    "_fleet": {"_core", "_services"},
    "_snapshots": {"_core", "_services", "_servers", "_volumes", "_images", "_fleet", "_marks", "_consistency"},
    "_protection": {"_core", "_services", "_snapshots", "_fleet", "_marks"},
    "_migration": {
        *("_core", "_services", "_servers", "_volumes", "_images", "_snapshots", "_fleet", "_marks", "_consistency")
    },
}
#: Files that may import the SDK, inside functions: sanity's import test runs without it.
KNOW_THE_SDK = {"_core.configuration", "_core.connection", "_core.endpoint", "_core.errors"}
SDK = {"keystoneauth1", "openstack", "requests"}

#: Modules that still have functions or more than one class. None is to come: what modules do stands in a topic's room.
NOT_ONLY_DECLARING = set()


def files():
    """``{dotted name below module_utils: path}``."""
    root = PLUGINS / "module_utils"
    found = [path for path in root.rglob("*.py") if path.name != "__init__.py"]
    return {".".join(path.relative_to(root).with_suffix("").parts): path for path in found}


FILES = files()


def imported(path):
    """The files of ``module_utils`` that one imports, by dotted name."""
    below = REPOSITORY / "plugins" / "module_utils"
    return {
        ".".join(other.relative_to(below).with_suffix("").parts) for other in imports(path) if below in other.parents
    }


def room(name):
    return name.split(".")[0]


def arrows_back_up(graph):
    """``[(file, imported file)]`` that the rules do not allow."""
    return [
        (name, other)
        for name, others in sorted(graph.items())
        for other in sorted(others)
        if room(name) != room(other) and room(other) not in {"_rows", *MAY_IMPORT.get(room(name), ())}
    ]


def sdk_imports(tree):
    """The SDK's packages that a syntax tree imports, at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0]


def surplus(tree):
    """What a module's file has at its top level beside ``main`` and one class that declares."""
    functions = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    return [name for name in functions if name != "main"] + classes[1:]


def test_no_import_goes_back_up():
    assert arrows_back_up({name: imported(path) for name, path in FILES.items()}) == []


def test_an_import_that_goes_back_up_is_noticed():
    assert arrows_back_up({"_core.plan": {"_services.volumes"}, "_services.volumes": {"_core.plan"}}) == [
        ("_core.plan", "_services.volumes")
    ]


def test_no_two_files_import_each_other():
    try:
        TopologicalSorter({name: imported(path) for name, path in FILES.items()}).prepare()
    except CycleError as error:
        pytest.fail("these import each other: " + " -> ".join(error.args[1]))


def test_every_room_is_known():
    assert {room(name) for name in FILES} <= set(MAY_IMPORT)


@pytest.mark.parametrize("name", sorted(FILES))
def test_few_files_know_the_sdk_and_only_inside_functions(name):
    tree = ast.parse(FILES[name].read_text())
    found = SDK & set(sdk_imports(tree))
    assert not found or name in KNOW_THE_SDK
    top_level = ast.Module([node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))], [])
    assert not SDK & set(sdk_imports(top_level))


def test_check_mode_is_read_in_the_runner_only():
    readers = [path for path in PLUGINS.rglob("*.py") if ".check_mode" in path.read_text()]
    assert readers == [FILES["_core.runner"]]


def test_modules_have_one_class_and_no_function_but_main():
    """Equal, so that one that is done leaves the list."""
    found = {path.stem for path in (PLUGINS / "modules").glob("*.py") if surplus(ast.parse(path.read_text()))}
    assert found == NOT_ONLY_DECLARING


def test_a_function_beside_main_is_noticed():
    assert surplus(ast.parse("class A: ...\nclass B: ...\ndef look(): ...\ndef main(): ...")) == ["look", "B"]
