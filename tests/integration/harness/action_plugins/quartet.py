# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``quartet``: run a module check → real → check → real and hold its answers against the rules in
``osnap_harness/rules.py``.
"""

import copy
import os
import time

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from osnap_harness import compare, documented, rules, surroundings, warm
from osnap_harness.plain import plain


class ActionModule(ActionBase):
    """Arguments: module, args; changed or fails; idempotent and reason, writes_allowed, only_real, once,
    requests_at_most, shared.
    """

    TRANSFERS_FILES = False
    ARGUMENTS = frozenset(
        {
            "module",
            "args",
            "changed",
            "fails",
            "idempotent",
            "reason",
            "writes_allowed",
            "only_real",
            "once",
            "requests_at_most",
            "shared",
        }
    )

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        given = self._given()
        case = _case(given)
        runs, cold = {}, []
        for name in case.runs:
            is_warm = _is_warm(given, case, name)
            cold += [] if is_warm else [name]
            runs[name] = self._run(given, rules.RUNS[name], task_vars, is_warm)
            if runs[name].result.get("failed") and case.fails is None:
                break  # what comes after would only repeat it
        documentation = surroundings.documentation().get(given["module"])
        problems = rules.judge(case, runs, documentation, _secrets(given["args"]))
        if documentation is None:
            problems.append(f"the built collection has no documentation of {given['module']}")
        problems += _too_many(runs, given.get("requests_at_most", {}))
        self._record(given, case, runs, documentation, problems, cold)
        return self._result(given, runs, problems)

    def _given(self):
        given = plain(self._task.args)
        unknown = sorted(given.keys() - self.ARGUMENTS)
        if unknown or not given.get("module") or not isinstance(given.get("args", {}), dict):
            raise AnsibleActionFail(f"quartet takes {sorted(self.ARGUMENTS)}; got {sorted(given)}")
        if ("changed" in given) == ("fails" in given):
            raise AnsibleActionFail("quartet wants either changed or fails")
        if not boolean(given.get("idempotent", True)) and not given.get("reason"):
            raise AnsibleActionFail("quartet wants the reason why this case is not idempotent")
        flags = {
            name: boolean(given[name])
            for name in ("changed", "idempotent", "writes_allowed", "only_real", "once")
            if name in given
        }
        return {"args": {}, **given, **flags}

    def _run(self, given, check, task_vars, is_warm):
        """Run the module once, through its own action plugin where it has one."""
        task = copy.copy(self._task)  # the task is the executor's; a shallow copy has attributes of its own
        task.action = given["module"]
        task.args = copy.deepcopy(given["args"])
        task.check_mode = check
        task.diff = True
        plugins = self._shared_loader_obj.action_loader
        name = given["module"] if plugins.has_plugin(given["module"]) else "ansible.legacy.normal"
        action = plugins.get(
            name,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        action.is_decided = True
        mark, since = surroundings.control().mark(), time.time()
        began = time.monotonic()
        shares_login = "requests_at_most" not in given
        result = plain(warm.run_warm(action, task_vars, shares_login) if is_warm else action.run(task_vars=task_vars))
        return rules.Run(result, surroundings.requests_since(mark, since), round(time.monotonic() - began, 2))

    def _result(self, given, runs, problems):
        requests = {name: [rules.describe(request) for request in run.requests] for name, run in runs.items()}
        if problems:
            heading = f"{given['module']}: {len(problems)} problem{'s' if len(problems) > 1 else ''}"
            return {
                "failed": True,
                "msg": "\n  - ".join([heading, *problems]),
                "quartet": {"requests": requests, "results": {name: _shown(run.result) for name, run in runs.items()}},
            }
        real = _shown(runs["real"].result)
        return {**real, "changed": bool(real.get("changed")), "failed": False, "quartet": {"requests": requests}}

    def _record(self, given, case, runs, documentation, problems, cold):
        many = given["args"].get(documented.list_option((documentation or {}).get("doc", {}).get("options")))
        surroundings.record(
            kind="quartet",
            ok=not problems,
            problems=problems,
            name=self._task.get_name(),
            module=given["module"],
            many=len(many) if isinstance(many, list) else 0,
            state=given["args"].get("state"),
            changed=case.changed,
            fails=case.fails,
            cold=cold,
            diff=all(compare.shows_change(runs[name].result) for name in ("check", "real") if name in runs),
            writes={name: len(run.writes) for name, run in runs.items()},
            requests={name: len(run.requests) for name, run in runs.items()},
            seconds={name: run.seconds for name, run in runs.items()},
        )


def _shown(result):
    """Return what of a result is worth showing: since core 2.19 every failure has an exception, which says the message
    again.
    """
    return {
        key: value
        for key, value in result.items()
        if not key.startswith("_ansible_") and key not in ("exception", "invocation")
    }


def _is_warm(given, case, name):
    """Tell whether a run may be made in the warm interpreter: in the targets of a module, the first one by which a
    state of it changes something is packed by Ansible.
    """
    if warm.SOCKET not in os.environ:
        return False
    return not (
        name == "real"
        and case.changed
        and surroundings.is_about(given["module"])
        and surroundings.is_first(f"{given['module']}-{given['args'].get('state')}")
    )


def _case(given):
    runs = tuple(rules.RUNS)
    if given.get("only_real"):
        runs = ("real",)
    elif "fails" in given or given.get("once") or os.environ.get(surroundings.MODE) == "quick":
        runs = ("check", "real")
    return rules.Case(
        changed=given.get("changed"),
        fails=given.get("fails"),
        idempotent=given.get("idempotent", True),
        writes_allowed=given.get("writes_allowed", False),
        runs=runs,
        shared=given.get("shared", {}),
    )


def _secrets(arguments):
    """Return the passwords that no result may show: those of the clouds, and those given in the task."""
    given = arguments.get("auth") if isinstance(arguments.get("auth"), dict) else {}
    secrets = {given.get(name) for name in ("password", "token", "application_credential_secret")}
    secrets |= {cloud["auth"].get("password") for cloud in surroundings.clouds().values()}
    return sorted(filter(None, secrets))


def _too_many(runs, limits):
    return [
        f"{name}: {len(runs[name].requests)} requests, at most {limit} expected:"
        f" {'; '.join(map(rules.describe, runs[name].requests))}"
        for name, limit in limits.items()
        if name in runs and len(runs[name].requests) > limit
    ]
