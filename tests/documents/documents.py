# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks and command lines that our documents show."""

import re
import textwrap
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
#: Fenced in Markdown, indented in reStructuredText.
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_INDENTED = re.compile(r"^\.\. code-block:: (\w+)\n\n((?:   .*\n|\n)+)", re.M)


def documents():
    """Every page that users read; those of our tests are left out."""
    found = [path for pattern in ("*.md", "*.rst") for path in REPOSITORY.rglob(pattern)]
    inside = [path.relative_to(REPOSITORY) for path in found]
    return sorted(path for path in inside if not path.parts[0].startswith(".") and path.parts[0] != "tests")


def blocks(document):
    """``(language, text)`` of each block of a document."""
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    found = (_FENCED if document.suffix == ".md" else _INDENTED).findall(text)
    return [(language, textwrap.dedent(block).strip() + "\n") for language, block in found]


def playbooks():
    """``{name: text}``: the plays by the names of their first ones, and lists of tasks that call a role of ours."""
    found = {}
    for document in documents():
        for language, text in blocks(document):
            read = yaml.safe_load(text) if language == "yaml" else None
            if isinstance(read, list) and isinstance(read[0], dict) and _is_run(read):
                assert read[0]["name"] not in found, "names tell them apart"
                found[read[0]["name"]] = text
    return found


def _is_run(steps):
    return any({"hosts", "import_playbook", "ansible.builtin.include_role"} & set(step) for step in steps)


def command_lines():
    """Each line of the blocks without a language that begins with a command of Ansible, without its comment."""
    lines = [
        line
        for document in documents()
        for language, text in blocks(document)
        if not language
        for line in text.splitlines()
    ]
    return [line.partition("  #")[0].rstrip() for line in lines if line.startswith("ansible-")]
