# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How every module runs: arguments, one or many, threads, check mode, diff, exit. The only file that ends a module."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict

from ansible_collections.osnap.openstack.plugins.module_utils._core import written
from ansible_collections.osnap.openstack.plugins.module_utils._core.client import MAX_THREADS
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import (
    AUTH_OPTIONS,
    Cloud,
    connect,
    secrets_in,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone, Progress

_JOB_GONE = "The job that started this module is gone; stopped before the next request. Run again to go on from here."

#: Every module takes them, also where nothing is waited for: users set them for the whole group in ``module_defaults``.
WAIT_OPTIONS = {"wait": {"type": "bool", "default": True}, "timeout": {"type": "int", "default": 180}}


#: The oldest Python that the modules run on. ansible-core 2.16 runs modules on older ones, too.
MINIMUM_PYTHON = (3, 11)
#: Options whose whole value is a secret, also where validation has not come to them.
SECRET_OPTIONS = frozenset(
    name
    for option, argument in AUTH_OPTIONS.items()
    if argument.get("no_log")
    for name in (option, *argument.get("aliases", ()))
)


class Module(AnsibleModule):
    """AnsibleModule that masks the secrets inside its ``auth`` dictionaries before anything can fail or be logged.

    Validation comes later, and what it refuses comes out with all arguments in ansible-core 2.16.
    """

    def __init__(self, **options):
        super().__init__(**options)
        if sys.version_info[:2] < MINIMUM_PYTHON:
            self.fail_json(
                msg=f"Python {'.'.join(map(str, MINIMUM_PYTHON))} or newer is needed, and {sys.executable} is"
                f" {'.'.join(map(str, sys.version_info[:2]))}; set ansible_python_interpreter to a newer one that has"
                " openstacksdk."
            )

    def _load_params(self):
        super()._load_params()
        self.no_log_values.update(_secrets(self.params))

    def _log_invocation(self):
        self.no_log_values.update(_secrets(self.params))
        super()._log_invocation()


def _secrets(value, login=True):
    """The secrets of every ``auth`` dictionary anywhere in the parameters (a copy has two clouds), valid or not.

    ``login``: whether the value is a set of options of a login, whose secret options count too.
    """
    found = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "auth":
                inner = _as_dictionary(inner)
                found |= secrets_in(inner) if isinstance(inner, dict) else {str(inner)} if inner else set()
            elif login and key in SECRET_OPTIONS:
                found |= {str(inner)} if inner else set()
            elif login and key in ("cloud", "destination"):  # may still be text, as a template leaves it
                found |= _secrets(_as_dictionary(inner))
            else:
                found |= _secrets(inner, login=False)
    elif isinstance(value, list):
        for inner in value:
            found |= _secrets(inner, login=False)
    return found


def _as_dictionary(value):
    """The dictionary that a text stands for, as AnsibleModule reads options; anything else as it is."""
    if not isinstance(value, str) or ("=" not in value and "{" not in value):
        return value
    try:
        return check_type_dict(value)
    except (TypeError, ValueError):
        return value


def _let_ask(cloud, progress):
    """Let a task's clouds ask for its job where they have to wait."""
    for one in (cloud, getattr(cloud, "peer", None)):
        if isinstance(one, Cloud):
            one.check = progress.check


@dataclass
class Outcome:
    """What became of one item: the resource as it is now, facts beside it, or an error."""

    resource: dict | None = None
    facts: dict = field(default_factory=dict)
    error: OsnapError | None = None
    #: The plan that was carried out, where the cloud had changed so much that it is another than the one reported.
    instead: Plan | None = None


class Context:
    """What an operation works with: the cloud, the task's options, progress, and threads that stop together."""

    def __init__(self, cloud, params, progress, secrets=None):
        self.cloud, self.params, self.progress = cloud, params, progress
        _let_ask(cloud, progress)
        self._secrets = set() if secrets is None else secrets
        self._stopped = threading.Event()
        self._why = None

    @property
    def wait(self):
        return self.params["wait"]

    @property
    def timeout(self):
        return self.params["timeout"]

    def keep_secret(self, value):
        """Mask a value that the work comes by, wherever it might come out."""
        self._secrets.add(value)

    def map(self, work, items, threads=MAX_THREADS) -> list:
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
    options: dict = {}
    #: Options of the whole task.
    task_options: dict = {}
    #: Constraints of a merged item, as ArgumentSpecValidator takes them (mutually_exclusive, required_one_of,
    #: required_by, …).
    rules: dict = {}

    def tidy(self, item):
        """A merged item, with what only looks set left unset."""
        return item

    def problem(self, item, params):
        """What is wrong with a merged item, as a sentence; None if nothing. Asks no cloud."""
        return

    def identity(self, item):
        """What makes two items the same object, or None. ``resolved`` and ``target`` say so again when more is known."""
        return

    def resolved(self, item):
        """What makes two prepared items the same object, or None."""
        return

    def target(self, plan):
        """The existing object that a plan is about, or None."""
        return

    def prepare(self, context, items) -> list:
        """``[item or error]``: look up what needs one look for all of them, such as names."""
        return items

    def plan(self, context, item) -> Plan:
        raise TypeError("an operation plans")

    def apply(self, context, plan) -> Outcome:
        raise TypeError("an operation applies its plans")

    def plan_all(self, context, items) -> list:
        return context.map(lambda item: self.plan(context, item), items)

    def apply_all(self, context, plans) -> list:
        """``[Outcome or error]`` of plans that change or await something."""
        return context.map(lambda plan: self.apply(context, plan), plans)

    def doubts(self, context, plans) -> list:
        """Warnings of check mode: what of these plans the cloud may refuse, for a reason that only a try would show."""
        return []

    def title(self, item):
        """What a diff's header calls an item."""
        return ""

    def connect(self, params):
        return connect(params)

    def run(self):
        Runner(self).run()


class Runner:
    """One task: from ``AnsibleModule`` to ``exit_json``."""

    def __init__(self, operation):
        self.operation = operation

    def run(self):
        operation = self.operation
        spec = {
            **AUTH_OPTIONS,
            **WAIT_OPTIONS,
            **operation.task_options,
            **operation.options,
        }
        if operation.many:
            spec[operation.many] = {"type": "list", "elements": "dict", "options": operation.options}
        self.module = Module(argument_spec=spec, supports_check_mode=True)
        try:
            items = self._items()
        except OsnapError as error:
            self.module.fail_json(**error.as_result())
        whole = None
        try:
            progress = Progress.open()
            context = Context(
                operation.connect(self.module.params), self.module.params, progress, self.module.no_log_values
            )
            plans, outcomes = self._carry_out(context, items)
        except (
            OsnapError
        ) as error:  # what fails for all items at once, before the first change: the login, a list, one named twice
            whole, plans, outcomes = (
                error,
                [error] * len(items),
                [Outcome(error=NotSent(f"Not attempted: {error}"))] * len(items),
            )
        except JobGone:
            self.module.fail_json(msg=_JOB_GONE)
        self._exit(items, plans, outcomes, whole)

    # -- arguments

    @property
    def _listed(self):
        return bool(self.operation.many) and self.module.params.get(self.operation.many) is not None

    def _items(self):
        operation, params = self.operation, self.module.params
        top = {name: params[name] for name in operation.options if params.get(name) is not None}
        given = params[operation.many] if self._listed else [{}]
        unset = dict.fromkeys(operation.options)
        items = [{**unset, **top, **self._set_in(one)} for one in given]
        items = [operation.tidy(item) for item in items]
        late = params.get("timeout", 0) < 0
        problems = [f"timeout is {params['timeout']}; it takes seconds, 0 or more"] if late else []
        for index, item in enumerate(items):
            result = ArgumentSpecValidator(operation.options, **operation.rules).validate(
                {key: value for key, value in item.items() if value is not None}
            )
            messages = result.error_messages or [message for message in [operation.problem(item, params)] if message]
            problems += [f"{operation.many}[{index}]: {message}" if self._listed else message for message in messages]
        self._refuse(problems + self._twice(items, operation.identity))
        return items

    def _set_in(self, one):
        """What an item sets, each option once: AnsibleModule leaves the aliases beside the names."""
        return {key: one[key] for key in self.operation.options if one.get(key) is not None}

    @staticmethod
    def _refuse(problems):
        if problems:
            raise OsnapError("; ".join(problem.rstrip(".") for problem in problems) + ".")

    def _twice(self, things, identity):
        """Two items that are the same object are refused before any request is sent."""
        seen, problems = {}, []
        for index, thing in enumerate(things):
            key = None if isinstance(thing, OsnapError) else identity(thing)
            if key is not None and seen.setdefault(key, index) != index:
                problems.append(
                    f"{self.operation.many}[{index}] is the same object as {self.operation.many}[{seen[key]}]; name"
                    " each once"
                )
        return problems

    # -- work

    def _carry_out(self, context, items):
        """Plan everything, then, unless this is check mode, apply what has something to do."""
        operation = self.operation
        prepared = operation.prepare(context, items)
        self._refuse(self._twice(prepared, operation.resolved))
        good = [index for index, item in enumerate(prepared) if not isinstance(item, OsnapError)]
        results = dict(zip(good, operation.plan_all(context, [prepared[index] for index in good])))
        plans = [results.get(index, prepared[index]) for index in range(len(items))]
        self._refuse(self._twice(plans, operation.target))
        outcomes = [
            Outcome(error=plan) if isinstance(plan, OsnapError) else Outcome(plan.resource, plan.facts)
            for plan in plans
        ]
        if self.module.check_mode:
            for doubt in operation.doubts(context, plans):
                self.module.warn(doubt)
        else:
            todo = [index for index, plan in enumerate(plans) if isinstance(plan, Plan) and plan.steps]
            try:
                applied = operation.apply_all(context, [plans[index] for index in todo])
            except OsnapError as error:  # from a step for all of them
                applied = [error] * len(todo)
            for index, outcome in zip(todo, applied):
                outcomes[index] = Outcome(error=outcome) if isinstance(outcome, OsnapError) else outcome
                plans[index] = outcomes[index].instead or plans[index]
        return plans, outcomes

    # -- exit

    def _exit(self, items, plans, outcomes, whole=None):
        errors = [outcome.error for outcome in outcomes]
        # A failed item may have changed something before it failed: it says "changed" unless all its writes were refused.
        changed = [
            isinstance(plan, Plan)
            and plan.changed
            and not isinstance(error, NotSent)
            and not (error and error.changed_nothing)
            for plan, error in zip(plans, errors)
        ]
        result = {"changed": any(changed)}
        diffs = [_diff(plan) for plan in plans]
        if self._listed:
            result[self.operation.returns + "s"] = [outcome.resource for outcome in outcomes]
            result["outcomes"] = [
                self._outcome(index, items, changed, outcome) for index, outcome in enumerate(outcomes)
            ]
            result["diff"] = [
                {**diff, "before_header": header, "after_header": header}
                for diff, header in zip(diffs, self._headers(items))
            ]
        else:
            result.update({self.operation.returns: outcomes[0].resource, **outcomes[0].facts, "diff": diffs[0]})
        if not self.module._diff:
            del result["diff"]
        if whole:
            self.module.fail_json(**whole.as_result(), **result)
        if not any(errors):
            self.module.exit_json(**result)
        if self._listed:
            self.module.fail_json(msg=self._summary(items, errors), **result)
        self.module.fail_json(**errors[0].as_result(), **result)

    def _outcome(self, index, items, changed, outcome):
        error = outcome.error
        return {
            "index": index,
            "changed": changed[index],
            "failed": error is not None,
            "attempted": not isinstance(error, NotSent),
            self.operation.returns: outcome.resource,
            **outcome.facts,
            **(error.as_result() if error else dict.fromkeys(("msg", "status", "request_id", "service", "resource"))),
        }

    def _headers(self, items):
        return [f"{self.operation.many}[{index}] {self.operation.title(item)}" for index, item in enumerate(items)]

    def _summary(self, items, errors):
        failed = [(index, error) for index, error in enumerate(errors) if error and not isinstance(error, NotSent)]
        skipped = sum(isinstance(error, NotSent) for error in errors)
        alike = {}  # each sentence once, however many items it is about
        for index, error in failed:
            alike.setdefault(str(error), []).append(index)
        told = " ".join(f"{self._listing(indices)}: {text}" for text, indices in list(alike.items())[:5])
        left = sum(len(indices) for indices in list(alike.values())[5:])
        more = f" {left} more are in outcomes." if left else ""
        rest = f" {skipped} were not attempted." if skipped else ""
        return f"{len(failed)} of {len(items)} {self.operation.many} failed. {told}{more}{rest}"

    def _listing(self, indices):
        first = f"{self.operation.many}[{indices[0]}]"
        return first if len(indices) == 1 else f"{first} and {len(indices) - 1} more"


def _diff(plan):
    return {"before": plan.before, "after": plan.after} if isinstance(plan, Plan) else {"before": {}, "after": {}}


class Reader:
    """A task that only reads: options in, a result out. ``_info`` modules run through it."""

    def __init__(self, options, rules, read, connect=connect):
        self.options, self.rules, self.read, self.connect = options, rules, read, connect

    def run(self):
        module = Module(
            argument_spec={**AUTH_OPTIONS, **WAIT_OPTIONS, **self.options}, supports_check_mode=True, **self.rules
        )
        try:
            cloud = self.connect(module.params)
            _let_ask(cloud, Progress.open())
            result = self.read(cloud, module.params)
        except OsnapError as error:
            module.fail_json(**error.as_result())
        except JobGone:
            module.fail_json(msg=_JOB_GONE)
        module.exit_json(changed=False, **result)
