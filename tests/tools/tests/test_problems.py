# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that whatever stands in the way of a migration has a code, and each code its place in the docs."""

import ast

from build import REPOSITORY
from problems_page import PAGE, codes, page

ROOM = REPOSITORY / "plugins" / "module_utils" / "_migration"
#: What makes a note.
MAKERS = {"Problem", "Notice", "kind"}
#: File -> why what it makes of an error has no code.
WITHOUT = {
    "preflight.py": "arguments that make no sense are told before anything is read",
    "volume_preflight.py": "so are these",
    "volume_discovery.py": "it stands in the place of a row; whoever has none says volume_unknown",
}
#: What an error is called that is raised again: whoever has made it has given it its code, or a service has refused.
AGAIN = "error"


def files():
    """``(path, tree)`` of each file of the room."""
    for path in sorted(ROOM.glob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def calls():
    """``(place, name)`` of each call of a name."""
    for path, tree in files():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                yield f"{path.name}:{call.lineno}", call.func.id


def notes():
    """``(place, its code or None)`` of each note that is made."""
    for path, tree in files():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MAKERS:
                given = [*call.args[1:2], *(one.value for one in call.keywords if one.arg == "code")]
                yield f"{path.name}:{call.lineno}", given[0] if given else None


def test_the_page_is_what_the_table_says():
    assert PAGE.read_text(encoding="utf-8") == page(), "python tests/tools/problems_page.py"


def test_each_note_has_a_code():
    assert [place for place, code in notes() if code is None] == []


def test_each_code_that_is_said_is_in_the_table():
    said = {code.value for _place, code in notes() if isinstance(code, ast.Constant)}
    assert said - set(codes()) == set()


def test_whoever_is_refused_is_told_a_code():
    """Verify that no file of the room makes an error of its own, but by `refused`, which takes problems."""
    made = {place for place, name in calls() if name == "OsnapError"}
    assert {place.split(":")[0] for place in made} == set(WITHOUT)


def test_no_error_of_others_is_handed_on_without_a_code():
    """Verify that nothing but a caught error is raised as it is: a row that is an error has to be given a code."""
    found = []
    for path, tree in files():
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id != AGAIN:
                found.append(f"{path.name}:{node.lineno}")
    assert found == []


def test_each_code_of_the_table_is_said_somewhere():
    """Some by a name of a constant, or from a table: that each is said of its world is for the unit tests."""
    words = {
        node.value
        for path, tree in files()
        if path.name != "problems.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(codes()) - words == set()


def test_a_code_is_one_word_and_says_what_is_and_what_to_do():
    for name, code in codes().items():
        assert name.replace("_", "").isalnum() and name == name.lower()
        assert code.severity in ("blocks", "loses", "changes")
        for text in (code.meaning, code.remedy):
            assert text.endswith(".") and text[0].isupper() and len(text) < 160
