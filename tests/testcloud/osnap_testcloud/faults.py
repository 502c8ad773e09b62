# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault rule says and which requests it is for. Pure: knows no files, no sockets. README.md describes the
rules.
"""

import re

SELECT = {"cloud", "service", "method", "path", "user_agent", "project", "callers", "nth", "times"}
ACTIONS = {
    "delay", "status", "headers", "body", "reset_before", "reset_after", "cut", "corrupt", "where",
    "drop_headers", "replace_json", "max_version", "stop", "a_second", "throttle",
    "throttle_each", "token_seconds",
}  # fmt: skip
BACKEND = {"backend", "answer", "delay", "name", "cloud", "project", "nth", "times"}
OPERATIONS = {"create_volume", "delete_volume", "create_snapshot", "delete_snapshot", "revert", "upload"}


def checked(rule):
    """The rule itself, or a ValueError that says what is wrong with it: a rule that never hits makes a test that proves
    nothing.
    """
    if "backend" in rule:
        allowed, what = BACKEND, "a backend rule"
        _one_of(rule, "backend", OPERATIONS)
        _one_of(rule, "answer", {"ok", "busy", "error"})
    else:
        allowed, what = SELECT | ACTIONS, "a rule"
        if not ACTIONS & set(rule):
            raise ValueError("the rule has no action: " + ", ".join(sorted(ACTIONS)))
        _one_of(rule, "stop", {"before", "after"})
        _one_of(rule, "where", {"request", "response"})
        _one_of(rule, "callers", {"clients", "services", "all"})
    unknown = set(rule) - allowed - {"id"}
    if unknown:
        raise ValueError(f"{what} knows no {', '.join(sorted(unknown))}")
    for name in ("path", "user_agent", "name"):
        re.compile(rule.get(name, ""))
    if not isinstance(rule.get("a_second", 1), int):
        raise ValueError("a_second is a number")
    for name in ("throttle", "throttle_each", "token_seconds"):
        if not isinstance(rule.get(name, 1), int) or rule.get(name, 1) < 1:
            raise ValueError(f"{name} is a number, from 1")
    if rule.get("where") == "request" and not {"cut", "corrupt"} & set(rule):
        raise ValueError("where says which body is cut or corrupt, and the rule says neither")
    if rule.get("times") != "always" and not isinstance(rule.get("times", 1), int):
        raise ValueError("times is a number or `always`")
    return rule


def _one_of(rule, name, allowed):
    if name in rule and rule[name] not in allowed:
        raise ValueError(f"{name} is one of {', '.join(sorted(allowed))}")


def matches(rule, request):
    """Whether a rule is for a request: a dict with cloud, service, method, path, user_agent, caller and project (all
    its names and IDs).
    """
    if "backend" in rule:
        return False
    callers = rule.get("callers", "clients")
    if callers != "all" and (callers == "clients") != (request["caller"] is None):
        return False
    for name in ("cloud", "service", "method"):
        if name in rule and request[name] not in _list(rule[name]):
            return False
    for name in ("path", "user_agent"):
        if name in rule and not re.search(rule[name], request[name] or ""):
            return False
    return "project" not in rule or any(one in request["project"] for one in _list(rule["project"]))


def matches_operation(rule, operation, cloud, project, names):
    """Whether a backend rule is for an operation of the refusing backend on an object (``names``: its own and its
    volume's).
    """
    if rule.get("backend") != operation or cloud not in _list(rule.get("cloud", cloud)):
        return False
    if "project" in rule and rule["project"] not in project:
        return False
    return "name" not in rule or any(re.search(rule["name"], name) for name in names)


def is_due(rule, ordinal):
    """Whether the ``ordinal``-th matching request (from 1) is hit: all, only the n-th, the first k, or k from the n-th
    on.
    """
    first = rule.get("nth", 1)
    times = rule.get("times", 1 if "nth" in rule else "always")
    return ordinal >= first and (times == "always" or ordinal < first + times)


def replace(document, replacements):
    """Set values in a JSON document by dotted paths, `*` standing for each element; paths that lead nowhere are passed
    over.
    """
    for path, value in replacements.items():
        _set(document, path.split("."), value)
    return document


def _set(node, path, value):
    name, rest = path[0], path[1:]
    if isinstance(node, list):
        places = range(len(node)) if name == "*" else [int(name)] if name.isdigit() and int(name) < len(node) else []
    elif isinstance(node, dict):
        places = list(node) if name == "*" else [name] if not rest or name in node else []
    else:
        return
    for place in places:
        if rest:
            _set(node[place], rest, value)
        else:
            node[place] = value


def version_number(text):
    """``3.59`` as something to compare; None for what is no version."""
    found = re.fullmatch(r"(\d+)\.(\d+)", text or "")
    return (int(found[1]), int(found[2])) if found else None


def cap_versions(document, maximum):
    """Lower the maximum microversion in a version document, wherever it says one."""
    if isinstance(document, list):
        for element in document:
            cap_versions(element, maximum)
    elif isinstance(document, dict):
        for name, value in document.items():
            number = version_number(value) if name in ("version", "max_version") and isinstance(value, str) else None
            if number and number > version_number(maximum):
                document[name] = maximum
            else:
                cap_versions(value, maximum)
    return document


def _list(value):
    return value if isinstance(value, list) else [value]
