# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names, descriptions and metadata that Cinder and Nova take. Pure: a sentence for what they would refuse."""

from __future__ import annotations

import unicodedata

from ansible_collections.osnap.openstack.plugins.module_utils import _marks


def text_problem(option: str, value: str | None, service: str = "Cinder") -> str | None:
    """What Cinder's schema, and Nova's, would say of a name or description, as a sentence; None if nothing."""
    if value is None:
        return None
    text = value.strip()  # what is sent: a block of YAML ends with a line break
    if len(text) > 255:
        return f"{option} has {len(text)} characters, and 255 is the most that {service} takes"
    for character in text:
        if ord(character) > 0xFFFF or (
            unicodedata.category(character)[0] == "C" or unicodedata.category(character) in ("Zl", "Zp")
        ):
            return (
                f"{option} has the character {character!r}, which {service} refuses: no line breaks, control characters"
                " or emoji"
            )
    return None


def metadata_problem(option: str, value: dict | None, reserved: frozenset = _marks.RESERVED) -> str | None:
    """What Cinder's metadata endpoints, and Nova, would refuse, or what is not the user's to say, as a sentence; None if
    nothing.
    """
    if ours := sorted(set(map(str, value or {})) & reserved):
        return f"{option} has {', '.join(ours)}, which this collection keeps for itself; leave it out"
    for key, item in (value or {}).items():
        key = str(key)
        if (
            not key
            or len(key) > 255
            or not all(character.isascii() and (character.isalnum() or character in "-_:. ") for character in key)
        ):
            return f"{option} has the key {key!r}; a key is 1 to 255 of the characters a-z A-Z 0-9 - _ : . and blank"
        if item is None or isinstance(item, (dict, list)):
            return f"{option} has {item!r} under {key!r}; a value is text, a number or a boolean"
        if len(str(item)) > 255:
            return f"{option} has a value of {len(str(item))} characters under {key!r}; 255 is the most"
    return None
