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


def notes():
    """``(place, its code or None)`` of each note that is made."""
    for path in sorted(ROOM.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
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


def test_a_code_is_one_word_and_says_what_is_and_what_to_do():
    for name, code in codes().items():
        assert name.replace("_", "").isalnum() and name == name.lower()
        assert code.severity in ("blocks", "loses", "changes")
        for text in (code.meaning, code.remedy):
            assert text.endswith(".") and text[0].isupper() and len(text) < 160
