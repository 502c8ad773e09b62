# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client printed beside what our task returned, and what both left in their clouds."""

import ast
import json
import re

from projects import UUID
from table import Case


def rows_of_client(case, output):
    """What a list printed: a dict a row, in the order printed."""
    if case.program == "cinder":
        lines = [
            [cell.strip() for cell in line.strip("| ").split("|")]
            for line in output.splitlines()
            if line.startswith("|")
        ]
        return [dict(zip(lines[0], line, strict=False)) for line in lines[1:]] if lines else []
    return json.loads(output)


def fields_of_client(case, output):
    """What a client showed of one object."""
    if case.program == "cinder":
        return {row.get("Property", row.get("Metadata-property")): row["Value"] for row in rows_of_client(case, output)}
    return {key.lower().replace(" ", "_"): value for key, value in json.loads(output).items()}


def identities(rows, *keys):
    """The IDs that each row is known by: its own, or that at the back end."""
    return [tuple(UUID.findall(json.dumps(next(row[key] for key in keys if key in row)))) for row in rows]


def list_problems(case: Case, output, result):
    """Whether both list the same, in the same order; `cinder` sorts by ID what it was not told to sort."""
    (ours,) = [value for key, value in result.items() if key.endswith(("snapshots", "groups", "images", "backups"))]
    theirs = rows_of_client(case, output)
    left, right = identities(theirs, "ID", "id", "reference", "Reference"), identities(ours, "reference", "id")
    if case.program == "cinder" and "--sort" not in case.words:
        left, right = sorted(left), sorted(right)
    if case.differs:
        return (
            []
            if left != right and set(left) >= set(right) or set(right) > set(left)
            else [f"is said to differ and does not: {case.differs}"]
        )
    if not left:
        return ["the client listed nothing, which proves nothing"]
    if set(left) != set(right):
        return [
            f"only the client lists {sorted(set(left) - set(right))}, only the task {sorted(set(right) - set(left))},"
            f" both {len(set(left) & set(right))}"
        ]
    return [] if left == right else [f"not in the same order: the client listed {left}, the task {right}"]


def show_problems(case: Case, output, result):
    """Whether the values that both name are the same."""
    (rows,) = [value for key, value in result.items() if key.endswith(("snapshots", "groups", "images", "backups"))]
    if len(rows) != 1:
        return [f"the task returned {len(rows)} objects"]
    theirs = fields_of_client(case, output)
    if case.kind == "metadata":
        return [] if theirs == rows[0]["metadata"] else [f"the client shows {theirs}, the task {rows[0]['metadata']}"]
    common = sorted(set(theirs) & set(rows[0]))
    if len(common) < 4:
        return [f"only {common} are named by both, of {sorted(theirs)}"]
    pairs = [(key, alike(theirs[key]), alike(rows[0][key])) for key in common]
    return [f"{key}: the client shows {left!r}, the task {right!r}" for key, left, right in pairs if left != right]


def alike(value):
    """A value without the ways in which clients write the same one."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        value = ast.literal_eval(value)
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return value[:19]
    if isinstance(value, (dict, list)):
        return value
    return "" if value in (None, "None", "-") else str(value)


def change_problems(case: Case, theirs, ours):
    """Field by field, what differs in the objects that both sides left."""
    problems = []
    if case.fields:
        theirs, ours = (
            {
                name: [{key: value.get(key) for key in case.fields} for value in values]
                for (_kind, name), values in side.items()
            }
            for side in (theirs, ours)
        )
    for place in sorted({*theirs, *ours}, key=str):
        left, right = theirs.get(place, []), ours.get(place, [])
        if len(left) != len(right):
            problems.append(f"{place}: the client left {len(left)}, the task {len(right)}")
            continue
        for one, other in zip(left, right, strict=True):
            problems += [
                f"{place}: {key} is {one.get(key)!r} after the client and {other.get(key)!r} after the task"
                for key in sorted({*one, *other})
                if one.get(key) != other.get(key)
            ]
    return problems
