# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which policy an object has: what the task says of it, what its metadata say, or the task's default. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import NONE

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import Policy
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

#: What is taken of a server.
SET = "set"
ITEM, METADATA, DEFAULT = "item", "metadata", "default"


@dataclass(frozen=True)
class Subject:
    """A volume or a server, with its policy.

    ``origin`` says who named the policy. ``is_left_out``: its metadata want none. ``problem`` is a sentence where the
    policy that is named is in no dictionary.
    """

    noun: str
    row: Row
    policy: Policy | None = None
    origin: str | None = None
    named: str | None = None
    is_left_out: bool = False
    problem: str | None = None

    @property
    def id(self) -> str:
        return self.row["id"]

    @property
    def kind(self) -> str | None:
        """What its policy takes: of servers always sets."""
        if self.policy is None:
            return None
        return SET if self.noun == "server" else self.policy.kind

    @property
    def label(self) -> str:
        """How a sentence calls it."""
        name = self.row.get("name")
        return f"the {self.noun} '{name}' ({self.id})" if name else f"the {self.noun} {self.id}"


def subject(noun: str, row: Row, asked: str | None, default: str | None, policies: Mapping[str, Policy]) -> Subject:
    """An object with its policy.

    :param asked: what the task says of this one
    :param default: what it says of those that nothing else says anything of
    """
    metadata: Mapping[str, Any] = row.get("metadata") or {}
    said = {ITEM: asked, METADATA: metadata.get(_marks.POLICY), DEFAULT: default}
    origin, name = next(((key, str(value).strip()) for key, value in said.items() if _is_said(value)), (None, None))
    if origin is None or name is None:
        return Subject(noun, row)
    if name.lower() == NONE:
        return Subject(noun, row, None, origin, None, is_left_out=True)
    if name in policies:
        return Subject(noun, row, policies[name], origin, name)
    there = Subject(noun, row, None, origin, name)
    known = ", ".join(sorted(policies)) or "none"
    where = {ITEM: "the task", METADATA: f"its {_marks.POLICY}", DEFAULT: "default_policy"}[origin]
    sentence = (
        f"{there.label[0].upper()}{there.label[1:]} has the policy '{name}' by {where}, and there are {known}; define it"
        " in policies, or name one of these."
    )
    return Subject(noun, row, None, origin, name, problem=sentence)


def unprotected(subject: Subject) -> str:
    """What to do about an object that has no policy, as a sentence."""
    return (
        f"{subject.label[0].upper()}{subject.label[1:]} has no policy; give policy or default_policy, or set"
        f" {_marks.POLICY} in its metadata, to {NONE} if it needs none."
    )


def _is_said(value: object) -> bool:
    return value is not None and bool(str(value).strip())
