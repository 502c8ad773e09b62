# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparisons of results with each other. Pure; every function returns a list of problems, empty when all is well."""

import re

from .plain import short

#: Keys that Ansible itself adds to a result, and those that every result has.
ANSIBLE_KEYS = frozenset({"changed", "failed", "invocation", "diff", "warnings", "deprecations", "exception", "msg"})

#: A Fernet token, wherever it shows up.
TOKEN = re.compile(r"gAAAAA[A-Za-z0-9_-]{30,}")


def returned(result):
    """Return what the module itself returned: the result without what Ansible adds."""
    return {key: value for key, value in result.items() if key not in ANSIBLE_KEYS and not key.startswith("_ansible_")}


def foretold(check, real, path=""):
    """Tell where *check* promised something else than *real* brought. Null in *check* promises nothing: only the server
    can make that value.
    """
    if check is None:
        return []
    if isinstance(check, dict) and isinstance(real, dict):
        problems = [
            f"{path or 'the result'} has the key {key!r} in the check run only"
            for key in sorted(check.keys() - real.keys())
        ]
        problems += [
            f"{path or 'the result'} has the key {key!r} in the real run only"
            for key in sorted(real.keys() - check.keys())
        ]
        for key in sorted(check.keys() & real.keys()):
            problems += foretold(check[key], real[key], f"{path}.{key}" if path else key)
        return problems
    if isinstance(check, list) and isinstance(real, list):
        if len(check) != len(real):
            return [f"{path} has {len(check)} elements in the check run and {len(real)} in the real run"]
        return [
            problem
            for index, pair in enumerate(zip(check, real, strict=True))
            for problem in foretold(*pair, f"{path}[{index}]")
        ]
    if type(check) is type(real) and check == real:  # True == 1, but not here
        return []
    return [f"{path} is {short(check)} in the check run and {short(real)} in the real run"]


def diffs(result):
    """Return the diffs of a result as a list."""
    diff = result.get("diff")
    return diff if isinstance(diff, list) else [diff] if diff else []


def shows_change(result):
    """Tell whether the diff of a result shows any difference."""
    return any(diff.get("prepared") or diff.get("before") != diff.get("after") for diff in diffs(result))


def leaks(value, secrets, path=""):
    """Return the paths at which a secret or a token stands in *value*, keys included."""
    if isinstance(value, dict):
        found = [f"{path}.{key} (the key itself)".lstrip(".") for key in value if leaks(key, secrets)]
        return found + [
            leak for key, element in value.items() for leak in leaks(element, secrets, f"{path}.{key}".lstrip("."))
        ]
    if isinstance(value, list):
        return [leak for index, element in enumerate(value) for leak in leaks(element, secrets, f"{path}[{index}]")]
    if isinstance(value, str) and (TOKEN.search(value) or any(secret in value for secret in secrets)):
        return [path or "value"]
    return []


def unclear(message):
    """Tell what keeps *message* from being one sentence for a human."""
    problems = []
    if not message.strip():
        return ["there is no message"]
    if "\n" in message.strip():
        problems.append("the message has several lines")
    for noise in ("Traceback", "object at 0x", "<html", "<class '"):
        if noise in message:
            problems.append(f"the message shows {noise!r}")
    return problems


def tracebacks(value, path="result"):
    """Return the paths at which a Python traceback stands in *value*."""
    if isinstance(value, dict):
        return [found for key, element in value.items() for found in tracebacks(element, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for index, element in enumerate(value) for found in tracebacks(element, f"{path}[{index}]")]
    return [path] if isinstance(value, str) and "Traceback (most recent call last)" in value else []
