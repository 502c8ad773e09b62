# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How every module runs: arguments, one or many, check mode, diff, exit. Only this file and ``reader`` end a module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.osnap.openstack.plugins.module_utils._core import work
from ansible_collections.osnap.openstack.plugins.module_utils._core.arguments import WAIT_OPTIONS, Module
from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JOB_GONE, JobGone, Progress

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation


def run(operation: Operation) -> None:
    """Run an operation as the task of this process, which ends with it."""
    Runner(operation).run()


class Runner:
    """One task: from ``AnsibleModule`` to ``exit_json``."""

    def __init__(self, operation: Operation):
        self.operation = operation

    def run(self) -> None:
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
            items = operation.selected(context, items)
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
            self.module.fail_json(msg=JOB_GONE)
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
        problems += operation.wrong(params)
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
        seen: dict[Hashable, int] = {}
        problems = []
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
        plans = work.plan_items(
            operation, context, items, lambda things, identity: self._refuse(self._twice(things, identity))
        )
        for warning in context.warnings:
            self.module.warn(warning)
        if self.module.check_mode:
            for doubt in operation.doubts(context, plans):
                self.module.warn(doubt)
            return plans, work.predicted(plans)
        return plans, work.apply_plans(operation, context, plans)

    # -- exit

    def _exit(self, items, plans, outcomes, whole=None):
        errors = [outcome.error for outcome in outcomes]
        changed = work.are_changed(plans, outcomes)
        result: dict[str, Any] = {"changed": any(changed)}
        diffs = [_diff(plan) for plan in plans]
        if self._listed:
            result[self.operation.returns + "s"] = [outcome.resource for outcome in outcomes]
            result["outcomes"] = [
                self._outcome(index, items, changed, outcome) for index, outcome in enumerate(outcomes)
            ]
            result["diff"] = [
                {**diff, "before_header": header, "after_header": header}
                for diff, header in zip(diffs, self._headers(items), strict=True)
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
        alike: dict[str, list[int]] = {}  # each sentence once, however many items it is about
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
