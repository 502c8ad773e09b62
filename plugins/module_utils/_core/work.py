# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operation's items planned and carried out: for a task (`runner`), and as one link of a workflow's chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core.arguments import WAIT_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Values

    #: Refuses two of a list that are one object: (what is listed, what makes two the same).
    RefuseTwice = Callable[[Sequence[Any], Callable[[Any], Hashable]], None]


class Done(NamedTuple):
    """What has become of one item: its outcome, and whether anything was changed for it."""

    outcome: Outcome
    changed: bool


def plan_items(
    operation: Operation, context: Context, items: list[Values], refuse_twice: RefuseTwice
) -> list[Plan | OsnapError]:
    """``[plan or error]`` of merged items, in their order."""
    prepared = operation.prepare(context, items)
    refuse_twice(prepared, operation.resolved)
    good = [index for index, item in enumerate(prepared) if not isinstance(item, OsnapError)]
    results = dict(zip(good, operation.plan_all(context, [prepared[index] for index in good]), strict=True))
    plans = [results.get(index, prepared[index]) for index in range(len(items))]
    refuse_twice(plans, operation.target)
    return plans


def predicted(plans: Sequence[Plan | OsnapError]) -> list[Outcome]:
    """What plans would lead to, as far as that is known."""
    return [
        Outcome(error=plan) if isinstance(plan, OsnapError) else Outcome(plan.resource, plan.facts) for plan in plans
    ]


def apply_plans(operation: Operation, context: Context, plans: list[Plan | OsnapError]) -> list[Outcome]:
    """The outcomes of plans, in their order. A plan that has turned out to be another one is replaced in ``plans``."""
    outcomes = predicted(plans)
    todo = [index for index, plan in enumerate(plans) if isinstance(plan, Plan) and plan.steps]
    try:
        applied = operation.apply_all(context, [plans[index] for index in todo])
    except OsnapError as error:  # from a step for all of them
        applied = [error] * len(todo)
    for index, outcome in zip(todo, applied, strict=True):
        outcomes[index] = Outcome(error=outcome) if isinstance(outcome, OsnapError) else outcome
        plans[index] = outcomes[index].instead or plans[index]
    return outcomes


def are_changed(plans: Sequence[Plan | OsnapError], outcomes: Sequence[Outcome]) -> list[bool]:
    """Whether each item was changed. A failed one may have changed something before it failed: it says "changed" unless
    all its writes were refused.
    """
    return [
        isinstance(plan, Plan)
        and plan.changed
        and not isinstance(outcome.error, NotSent)
        and not (outcome.error and outcome.error.changed_nothing)
        for plan, outcome in zip(plans, outcomes, strict=True)
    ]


def inner(operation: Operation, item: Values, *, within: Context, cloud: Any, **params: Any) -> Context:
    """The context of another operation within this task; see :func:`carry_out`."""
    own = {**WAIT_OPTIONS, **operation.task_options}
    defaults = {name: option.get("default") for name, option in own.items()}
    # As a task of this one item has them: it is set at the top level, and there is no list.
    given = {**dict.fromkeys(operation.options), **item, **({operation.many: None} if operation.many else {})}
    return within.of(cloud, {**given, **defaults, **params})


def carry_out(operation: Operation, item: Values, *, within: Context, cloud: Any, **params: Any) -> Done:
    """One item of another operation carried out as a link of a chain, in the context of the chain's task.

    :param item: what is set of the operation's options; it is checked as a task's item is
    :param cloud: where; not always the context's
    :param params: options of the operation's task that are not to have their default
    :raises OsnapError: what a task would fail with
    """
    context = inner(operation, item, within=within, cloud=cloud, **params)
    plans = plan_items(operation, context, [_merged(operation, item, context)], lambda things, identity: None)
    outcomes = apply_plans(operation, context, plans)
    if error := outcomes[0].error:
        raise error
    return Done(outcomes[0], are_changed(plans, outcomes)[0])


def foreseen(
    operation: Operation, items: Sequence[Values], *, within: Context, cloud: Any, **params: Any
) -> list[Plan | OsnapError]:
    """``[plan or error]`` of links that a chain will have, together: what would be refused is known before the first.

    :param items: as :func:`carry_out`, all of one task: what one takes of a quota the next can't have
    """
    if not items:
        return []
    context = inner(operation, {}, within=within, cloud=cloud, **params)
    found: dict[int, Any] = {}
    for at, item in enumerate(items):
        try:
            found[at] = _merged(operation, item, context)
        except OsnapError as error:
            found[at] = error
    good = [at for at, item in found.items() if not isinstance(item, OsnapError)]
    if operation.many:
        context.params[operation.many] = [found[at] for at in good]
    plans = plan_items(operation, context, [found[at] for at in good], lambda things, identity: None)
    return [{**found, **dict(zip(good, plans, strict=True))}[at] for at in range(len(items))]


def _merged(operation, item, context):
    merged = operation.tidy({**dict.fromkeys(operation.options), **item})
    if problem := operation.problem(merged, context.params):
        raise OsnapError(f"{problem.rstrip('.')}.")
    return merged
