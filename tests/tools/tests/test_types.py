# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that what decides is checked by mypy, and that its types cost a task nothing."""

import ast
import configparser
import re

from build import COLLECTION, REPOSITORY

ROOT = REPOSITORY / "plugins" / "module_utils"


def checked():
    """The files that ``mypy.ini`` names, as they lie in the repository."""
    parser = configparser.ConfigParser()
    parser.read(REPOSITORY / "mypy.ini")
    names = re.split(r"[,\s]+", parser["mypy"]["files"].strip())
    return [REPOSITORY / name.removeprefix("%s/" % COLLECTION.as_posix()) for name in names]


def is_pure(name, tree):
    """Whether a file decides and asks nobody: its name or its docstring says so."""
    said = re.search(r"\bPure[.:]|Everything here is pure", ast.get_docstring(tree) or "")
    return bool(re.search(r"_(rules|checks)$", name) or said)


def at_run_time(tree):
    """The imports of a syntax tree that are carried out, at any depth."""
    if isinstance(tree, ast.If) and "TYPE_CHECKING" in ast.unparse(tree.test):
        return
    if isinstance(tree, (ast.Import, ast.ImportFrom)):
        yield tree
    for node in ast.iter_child_nodes(tree):
        yield from at_run_time(node)


def loads_rows(tree):
    return any("_rows" in ast.unparse(node).replace(",", " ").replace(".", " ").split() for node in at_run_time(tree))


def test_every_pure_file_is_checked():
    pure = {path for path in ROOT.rglob("*.py") if is_pure(path.stem, ast.parse(path.read_text()))}
    assert sorted(path.name for path in pure - set(checked())) == []


def test_a_pure_file_is_known_by_its_name_or_by_what_it_says():
    assert is_pure("boot_rules", ast.parse(""))
    assert is_pure("plan", ast.parse('"""Rows in, plans out. Pure."""'))
    assert not is_pure("client", ast.parse('"""Sends requests."""'))


def unannotated(tree):
    """The public functions of a syntax tree whose result or an argument has no type."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            given = [*node.args.args, *node.args.kwonlyargs]
            if not node.returns or any(not one.annotation for one in given if one.arg not in ("self", "cls")):
                yield node.name


def test_public_functions_of_checked_files_are_annotated():
    found = {path.name: names for path in checked() if (names := list(unannotated(ast.parse(path.read_text()))))}
    assert found == {}


def test_a_function_without_types_is_noticed():
    assert list(unannotated(ast.parse("def f(a: int) -> int: ...\ndef g(a): ...\ndef _h(a): ..."))) == ["g"]


def test_every_checked_file_is_there_once():
    assert [path for path in checked() if not path.is_file()] == []
    assert len(set(checked())) == len(checked())


def test_no_task_loads_the_shapes_of_rows():
    assert [path.name for path in ROOT.rglob("*.py") if loads_rows(ast.parse(path.read_text()))] == []


def test_a_file_that_loads_them_is_noticed():
    assert loads_rows(ast.parse("from x.module_utils._rows import Server"))
    assert loads_rows(ast.parse("def f():\n    from x.module_utils import _rows"))
    assert not loads_rows(ast.parse("if TYPE_CHECKING:\n    from x.module_utils._rows import Server"))
