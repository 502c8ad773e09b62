# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that stand for servers: which of them ask for the same and go together, and what each gets of the result. Pure.

Every host says in a variable what it asks for. Of those that ask for the same, one calls the module for all, so that
there is one login for each cloud, and lanes bound what all of them use. A host that has been given a list goes with
those that have been given the same list.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.selection import items_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration import window
from ansible_collections.osnap.openstack.plugins.plugin_utils import crash, diffs, retained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Variables = Mapping[str, Mapping[str, Any]]

#: The variable in which each host says what it asks for: ``servers`` and ``exclude`` (a list or a text), ``server``
#: (options of the host's own) and ``shared`` (all the rest). It is empty where a host does not take part.
REQUEST = "migrate_servers__request"
#: The variable in which each host says which step of the role it has come to: one that has failed has not come to this.
AT = "migrate_servers__at"

#: The variables in which each host has its group, and the leader what the module has returned.
GROUP, RESULT = "migrate_servers__group", "migrate_servers__result"


#: What is said where hosts do not wait for each other.
NOT_IN_LOCKSTEP = (
    "The hosts of this play do not wait for each other, as they must to be moved together; use the strategy linear,"
    " which is Ansible's own."
)


def group(hostvars: Variables, batch: Sequence[str], host: str) -> dict[str, Any]:
    """The group that a host goes with: ``{leader, hosts, is_list, servers, exclude, problems}``.

    - ``leader``: the host that calls the module. It alone gets the rest
    - ``hosts``: the hosts of the group, in their order
    - ``is_list``: whether they have been given a list, or each is a server itself
    - ``servers``, ``exclude``: the options of the module
    - ``problems``: ``{host: sentence}`` of hosts that can't go

    :param batch: the hosts of the play. Of failed ones Ansible leaves those in that may still be rescued
    """
    at, mine = hostvars[host].get(AT), hostvars[host][REQUEST]
    order = list(batch) if host in batch else [host]
    leader = next(other for other in order if other == host or _goes_with(mine, _request(hostvars, other, at)))
    told: dict[str, Any] = {"leader": leader, "hosts": [], "is_list": False, "servers": [], "exclude": []}
    if leader != host:
        return {**told, "problems": {}}
    requests = {other: given for other in order if (given := _request(hostvars, other, at))}
    hosts = [other for other in requests if other == host or _goes_with(mine, requests[other])]
    told["hosts"] = hosts
    try:
        listed, told["exclude"] = items_of(mine["servers"]), items_of(mine["exclude"])
        if told["exclude"] and not listed:
            raise OsnapError(
                "What is to be excluded is excluded of a list; hosts are left out by the play's pattern, or by --limit."
            )
    except OsnapError as error:
        return {**told, "problems": dict.fromkeys(hosts, str(error))}
    if clause := window.problem(str(mine["shared"].get("window_end") or "")):  # YAML may make it a datetime
        return {**told, "problems": dict.fromkeys(hosts, f"The option {clause}.")}
    told.update(is_list=bool(listed), servers=listed or [_own(other, requests[other]) for other in hosts])
    return {**told, "problems": _named_twice(requests, hosts)}


def outcome(result: Mapping[str, Any] | None, led: Mapping[str, Any] | None, host: str) -> dict[str, Any]:
    """What there is for one host in what its leader has got.

    - ``changed``, ``failed``, ``is_list``: truth values
    - ``pending``: whether anything is left to be done for any of its servers
    - ``problems``, ``notices``: a sentence each
    - ``servers``: what the module returns of each server, the plan or the migration; nothing of failed ones
    - ``plan_digest``: what is to be approved for the whole group; None if nothing
    - ``playbook``: what makes what the destination lacks for the whole group
    - ``told``, ``table``: lines that say what is to be done or was done, and where each server stands

    :param result: what ``server_migration`` or ``server_migration_info`` has returned, with whatever end
    :param led: the leader's group
    """
    if not result or host not in (led or {}).get("hosts", []):
        return _without([NOT_IN_LOCKSTEP])
    told = result.get("plans") if result.get("outcomes") is None else result["outcomes"]
    if not told:
        why = crash.sentence(result) or result.get("msg") or "Nothing was returned of any server."
        return _without([why], bool(result.get("changed")))
    of_all = _of_all(result)
    differs: Any = result.get("diff") or []
    below = {
        id(one.get("migration")): [*diffs.lines(diff), *retained.sentences(one)]
        for one, diff in zip_longest(told, differs if isinstance(differs, list) else [])
        if one
    }
    if not led["is_list"]:
        told = [told[led["hosts"].index(host)]]
    problems = [problem for one in told for problem in _problems(one)]
    problems += [] if all(one.get("complete") for one in told) else of_all
    servers = [shown for one in told if (shown := one.get("migration", one))]
    return {
        "changed": any(one.get("changed", False) for one in told),
        "failed": bool(problems),
        "is_list": led["is_list"],
        "pending": len(servers) < len(told) or not all(map(_is_complete, servers)),
        "problems": problems,
        "notices": [notice for one in servers for notice in one.get("notices") or []],
        "servers": servers,
        "plan_digest": result.get("plan_digest"),
        "playbook": result.get("playbook") or [],
        "told": problems + [line for one in servers for line in [*_lines(one), *_indented(below.get(id(one), []))]],
        "table": _table(servers),
    }


def twice(hostvars: Variables, batch: Sequence[str], host: str) -> str | None:
    """Why a host can't go whose server another group of the play has, too, by its other name; None if none has. Which
    server a name means is known once both clouds were read, and a module sees its own group alone.
    """
    at = hostvars[host].get(AT)
    owners: dict[str, dict[str, str]] = {}  # {server's ID: {leader: one of its hosts}}
    mine: dict[str, str] = {}
    for leader in batch:
        led = hostvars[leader].get(GROUP) or {}
        if led.get("leader") != leader or not _request(hostvars, leader, at):
            continue
        for index, plan in enumerate((hostvars[leader].get(RESULT) or {}).get("plans") or []):
            hosts = led["hosts"] if led["is_list"] else led["hosts"][index : index + 1]
            if id := plan.get("server_id"):
                owners.setdefault(id, {}).setdefault(leader, hosts[0] if hosts else leader)
                mine.update({id: leader} if host in hosts else {})
    for id, leader in mine.items():
        if others := [other for at, other in owners[id].items() if at != leader]:
            return f"The host '{others[0]}' asks for the server {id} as well, by another name; name it once."
    return None


def _request(hostvars, host, at):
    """What a host asks for, if it is at this step; or else nothing."""
    variables = hostvars[host]
    return variables.get(REQUEST) if variables.get(AT) == at else None


def _goes_with(one, other):
    """Whether two ask for the same: each for its own server, or both for one list."""
    if not other or one["shared"] != other["shared"]:
        return False
    return all((one[key] or []) == (other[key] or []) for key in ("servers", "exclude"))


def _own(host, request):
    """The item of a host that is a server: of its name, unless it says another."""
    return {"server": host, **{key: value for key, value in (request["server"] or {}).items() if value is not None}}


def _named_twice(requests, hosts):
    """``{host: sentence}`` of the hosts of a group whose servers other hosts have named, too."""
    found = {}
    for host in hosts:
        names = _names(host, requests[host])
        for other, request in requests.items():
            if other == host or request["shared"]["source"] != requests[host]["shared"]["source"]:
                continue
            if other in hosts and request["servers"]:  # both have been given the list
                continue
            if both := names & _names(other, request):
                found[host] = f"The host '{other}' asks for the server '{min(both)}' as well; name it once."
    return found


def _names(host, request):
    """The names and IDs of servers that a host gives; a pattern names none."""
    try:
        items = items_of(request["servers"]) or [_own(host, request)]
    except OsnapError:  # the group of that host is told
        return set()
    return {str(item["server"]).strip() for item in items if item.get("server")}


def _of_all(result):
    """Problems that no single server has, such as a quota that is too small for all of them."""
    own = [problem for plan in result.get("plans") or [] for problem in plan["problems"]]
    return [problem for problem in result.get("problems") or [] if problem not in own]


def _problems(one):
    """The problems of one plan, or why one server has failed."""
    if "failed" in one:
        return [one["msg"]] if one["failed"] else []
    return list(one["problems"])


def _is_complete(one):
    """Of a plan or a migration."""
    return one.get("complete") or one.get("phase") == "complete"


def _indented(lines):
    return [f"  {line}" for line in lines]


def _lines(one):
    """What is to be done for a server, a line a step, or what it has become."""
    label = one.get("server_name") or one["server"]
    if one.get("steps"):
        return [f"{label}:", *(f"  {number}. {step}" for number, step in enumerate(one["steps"], 1))]
    if "steps" in one:
        return [f"{label}: nothing is left to be done"]
    became = f", as {one['name']} ({one['new_server_id']})" if one.get("new_server_id") else ""
    return [f"{label}: {one.get('phase')}{became}"]


def _table(servers):
    """A line a server: its name, where it stands, since when, and what comes next."""
    rows = [
        [str(one.get("server_name") or one["server"]), one.get("phase"), one.get("since"), one.get("next")]
        for one in servers
    ]
    cells = [["-" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _without(problems, changed=False):
    return {
        "changed": changed,
        "failed": True,
        "is_list": False,
        "pending": True,
        "problems": problems,
        "notices": [],
        "servers": [],
        "plan_digest": None,
        "playbook": [],
        "told": problems,
        "table": [],
    }
