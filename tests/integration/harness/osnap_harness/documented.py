# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a result what RETURN says it is? Pure: the documentation is what ``ansible-doc --json`` gives."""

from .compare import ANSIBLE_KEYS, returned
from .plain import short

TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "dict": dict, "list": list}

#: Words in ``returned`` which promise the key in every successful result.
UNCONDITIONAL = frozenset({"", "always", "success", "on success"})


def violations(result, documentation):
    """Compare the result of a successful run with the module's RETURN; return a list of problems."""
    promised = {key: field for key, field in (documentation or {}).items() if key not in ANSIBLE_KEYS}
    return _members(returned(result), promised, "")


def _members(values, fields, path):
    inside = f"in {path}" if path else "in the result"
    problems = [
        f"the key {key!r} {inside} is not documented in RETURN" for key in sorted(values.keys() - fields.keys())
    ]
    for key, field in fields.items():
        if key in values:
            problems += _value(values[key], field, f"{path}.{key}" if path else key)
        elif str(field.get("returned") or "").strip().lower() in UNCONDITIONAL:
            problems.append(f"the key {key!r} is missing {inside}, although RETURN promises it")
    return problems


def _value(value, field, path):
    if value is None:
        return []
    kind = field.get("type", "raw")
    expected = TYPES.get("dict" if kind == "complex" else kind)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and kind in ("int", "float"))):
        return [f"{path} is documented as {kind} and is {short(value)}"]
    contains = field.get("contains")
    if isinstance(value, dict):
        return _members(value, contains, path) if contains else []
    if isinstance(value, list):
        element = {"type": field.get("elements", "raw"), "contains": contains}
        return [problem for index, item in enumerate(value) for problem in _value(item, element, f"{path}[{index}]")]
    return []


def list_option(options):
    """Return the name of the option that takes many resources at once: a list of dicts of what is also at the top
    level.
    """
    for name, option in (options or {}).items():
        suboptions = option.get("suboptions")
        if (
            option.get("type") == "list"
            and option.get("elements") == "dict"
            and suboptions
            and suboptions.keys() <= options.keys()
        ):
            return name
    return None
