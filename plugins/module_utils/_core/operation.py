# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module does to its items, without AnsibleModule: what it declares, what it works with, what becomes of each."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import written
from ansible_collections.osnap.openstack.plugins.module_utils._core.client import MAX_THREADS
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud, connect
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import Progress
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Values as Item


def let_ask(cloud: object, progress: Progress) -> None:
    """Let a task's clouds ask for its job where they have to wait."""
    for one in (cloud, getattr(cloud, "peer", None)):
        if isinstance(one, Cloud):
            one.check = progress.check


@dataclass
class Outcome:
    """What became of one item: the resource as it is now, facts beside it, or an error."""

    resource: Row | list[Row] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    error: OsnapError | None = None
    #: The plan that was carried out, where the cloud had changed so much that it is another than the one reported.
    instead: Plan | None = None


class Context:
    """What an operation works with: the cloud, the task's options, progress, and threads that stop together."""

    def __init__(self, cloud: Any, params: dict[str, Any], progress: Progress, secrets: set[str] | None = None):
        self.cloud, self.params, self.progress = cloud, params, progress
        let_ask(cloud, progress)
        self._secrets = set() if secrets is None else secrets
        #: What the task warns of, whatever becomes of it.
        self.warnings: list[str] = []
        self._stopped = threading.Event()
        self._why = ""

    def of(self, cloud: Any, params: dict[str, Any]) -> Context:
        """The context of another operation within this task: its failures stop no other one."""
        return Context(cloud, params, self.progress, self._secrets)

    @property
    def wait(self) -> bool:
        return self.params["wait"]

    @property
    def timeout(self) -> int:
        return self.params["timeout"]

    def keep_secret(self, value: str) -> None:
        """Mask a value that the work comes by, wherever it might come out."""
        self._secrets.add(value)

    def map(self, work: Callable[[Any], Any], items: Sequence[Any], threads: int = MAX_THREADS) -> list[Any]:
        """``work(item)`` for every item, in threads; results in input order, an :class:`OsnapError` in place of a
        failed one.

        After an error that dooms the rest (credentials, an unreachable cloud, quota) nothing new is begun.
        """

        def attempt(item):
            if self._stopped.is_set():
                return NotSent(f"Not attempted, because an earlier item failed: {self._why}")
            before = written.count()
            try:
                self.progress.check()
                return work(item)
            except OsnapError as error:
                error.changed_nothing = written.count() == before
                if error.stops_work and not self._stopped.is_set():
                    self._why = str(error)
                    self._stopped.set()
                return error

        if len(items) < 2:
            return [attempt(item) for item in items]

        def counted(item):
            before = written.count()
            return attempt(item), written.count() - before

        with ThreadPoolExecutor(min(threads, len(items))) as pool:
            results = list(pool.map(counted, items))
        written.add(sum(writes for _result, writes in results))  # for whoever counts around this
        return [result for result, _writes in results]


class Operation:
    """What a module does to one item. Subclasses implement ``plan`` and ``apply``, or their forms for all items at
    once.

    ``returns`` is the result's key for one item, with an s for many; ``many`` is the option that takes a list of items.
    """

    returns = ""
    many = ""
    #: The resource's options, allowed at the top level and in each item. None has a default or is required: top-level
    #: values are the defaults of each item, and an argument specification's default in a suboption would override them.
    options: dict[str, Any] = {}
    #: Options of the whole task.
    task_options: dict[str, Any] = {}
    #: Constraints of a merged item, as ArgumentSpecValidator takes them (mutually_exclusive, required_one_of,
    #: required_by, …).
    rules: dict[str, Any] = {}

    def tidy(self, item: Item) -> Item:
        """A merged item, with what only looks set left unset."""
        return item

    def wrong(self, params: dict[str, Any]) -> Iterable[str]:
        """What is wrong with the options of the whole task, a clause each. Asks no cloud."""
        return ()

    def problem(self, item: Item, params: dict[str, Any]) -> str | None:
        """What is wrong with a merged item, as a sentence; None if nothing. Asks no cloud."""
        return None

    def identity(self, item: Item) -> Hashable:
        """What makes two items the same object, or None. ``resolved`` and ``target`` say so again when more is known."""
        return None

    def resolved(self, item: Item) -> Hashable:
        """What makes two prepared items the same object, or None."""
        return None

    def target(self, plan: Plan) -> Hashable:
        """The existing object that a plan is about, or None."""
        return None

    def selected(self, context: Context, items: list[Item]) -> list[Item]:
        """The items that are meant, where one may stand for several. Raises where that can't be."""
        return items

    def prepare(self, context: Context, items: list[Item]) -> Sequence[Item | OsnapError]:
        """``[item or error]``: look up what needs one look for all of them, such as names."""
        return items

    def plan(self, context: Context, item: Item) -> Plan:
        raise TypeError("an operation plans")

    def apply(self, context: Context, plan: Plan) -> Outcome:
        raise TypeError("an operation applies its plans")

    def plan_all(self, context: Context, items: list[Item]) -> list[Plan | OsnapError]:
        return context.map(lambda item: self.plan(context, item), items)

    def apply_all(self, context: Context, plans: list[Plan]) -> list[Outcome | OsnapError]:
        """``[Outcome or error]`` of plans that change or await something."""
        return context.map(lambda plan: self.apply(context, plan), plans)

    def doubts(self, context: Context, plans: list[Plan | OsnapError]) -> list[str]:
        """Warnings of check mode: what of these plans the cloud may refuse, for a reason that only a try would show."""
        return []

    def title(self, item: Item) -> str:
        """What a diff's header calls an item."""
        return ""

    def connect(self, params: dict[str, Any]) -> Any:
        return connect(params)
