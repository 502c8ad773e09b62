# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks in the description of what has no metadata, such as a port: ``osnap run=wave1 server=… step=port``. Pure.

The user may read it, and takes it over by writing something else: then it is no longer ours.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _marks

_FIRST = "osnap"
#: The words for the marks, in their order.
_WORDS = {
    "run": _marks.RUN,
    "server": _marks.SERVER,
    "step": _marks.STEP,
    "set": _marks.SET_ID,
    "of": _marks.SET_SERVER,
    "at": _marks.SET_AT,
    "after": _marks.SET_AFTER,
    "data": _marks.SET_CONSISTENCY,
}


def description(marks: Mapping[str, str]) -> str:
    """The description that holds these marks, of which none has a blank in it."""
    return " ".join([_FIRST, *(f"{word}={marks[mark]}" for word, mark in _WORDS.items() if mark in marks)])


def marks_of(text: str | None) -> dict[str, str]:
    """The marks in a description; nothing where it is anything else than such a one, whole."""
    first, *words = (text or "").split(" ")
    pairs = [word.partition("=") for word in words]
    marks = {_WORDS[word]: value for word, _sign, value in pairs if word in _WORDS and value}
    return marks if first == _FIRST and text == description(marks) else {}
