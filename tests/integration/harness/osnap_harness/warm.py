# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A warm interpreter: a process that has imported ansible-core's and the collection's files forks for each module run.

Starting a module costs about a second: packing it, a shell, an interpreter, a thousand imports. One process a target
pays the imports once. What is around the run stays Ansible's own: the internal arguments, the task's environment, the
parsing of the output, and all that comes after. `_redirect` exchanges the packing and the starting, nothing else.

Server: ``python -m osnap_harness.warm SOCKET COLLECTIONS``. It ends when its standard input does.
"""

import atexit
import contextlib
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback

#: The socket of the server; not set where all runs are cold.
SOCKET = "OSNAP_WARM"
MODULES = "ansible_collections.osnap.openstack.plugins.modules."


# -- The action plugin's side ----------------------------------------------------------------------------------------


def run_warm(action, task_vars, shares_login=True):
    """Run a module's action plugin with its module in the warm interpreter; see :mod:`shared_login`."""
    _redirect(action, shares_login)
    return action.run(task_vars=task_vars)


def warm_tasks(is_warm):
    """Have the tasks of this process, and of those forked from it, run our modules warm where *is_warm(task)*.

    Whoever runs an action plugin by himself and has decided so sets its ``is_decided``.
    """
    from ansible.plugins.action import ActionBase

    execute_module = ActionBase._execute_module

    def warm_or_not(action, *args, **options):
        task = action._task
        is_ours = task.action.startswith("osnap.openstack.") and not getattr(action, "is_decided", False)
        if is_ours and action._connection.transport == "local" and not task.async_val and is_warm(task):
            _redirect(action)
        return execute_module(action, *args, **options)

    ActionBase._execute_module = warm_or_not


def _redirect(action, shares_login=True):
    """Have an action plugin hand what it would pack and start to the warm interpreter."""
    from . import shared_login

    handed = {}

    def configure_module(module_name, module_args, task_vars):
        environment = {}
        action._compute_environment_string(environment)
        handed.update(module=module_name, parameters=parameters(module_args), environment=environment)
        handed["shares_login"] = shares_login and shared_login.is_fit(module_args, environment)
        return built(MODULES + module_name.rpartition(".")[2])

    def execute(cmd, *dummy_args, **dummy):
        if not handed:
            raise RuntimeError(f"the warm interpreter runs modules only, not {cmd}")
        status, output, errors = ask({**handed, "folder": action._loader.get_basedir()})
        handed.clear()
        return {
            "rc": status,
            "stdout": output,
            "stdout_lines": output.splitlines(),
            "stderr": errors,
            "stderr_lines": errors.splitlines(),
        }

    action._is_pipelining_enabled = lambda *dummy_args, **dummy: True  # no folder for files that are not made
    action._configure_module = configure_module
    action._low_level_execute_command = execute


def parameters(module_args):
    """Return what a module reads as its arguments, encoded as Ansible does."""
    try:
        from ansible.module_utils.common.json import Direction, get_module_encoder

        options = {"cls": get_module_encoder("legacy", Direction.CONTROLLER_TO_MODULE)}
    except ImportError:  # before ansible-core 2.19
        from ansible.module_utils.common.json import AnsibleJSONEncoder

        options = {"cls": AnsibleJSONEncoder, "vault_to_text": True}
    return json.dumps({"ANSIBLE_MODULE_ARGS": module_args}, **options)


def built(path):
    """Return what `_configure_module` returns, of a module that was not packed."""
    data, shebang = b"not packed", "#!" + sys.executable
    try:
        from ansible.executor.module_common import _BuiltModule
    except ImportError:  # before ansible-core 2.19
        return "new", shebang, data, path
    return _BuiltModule(b_module_data=data, module_style="new", shebang=shebang, serialization_profile="legacy"), path


def ask(request):
    """Have the server run a module; return its exit status, its output and its errors."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(os.environ[SOCKET])
        request = {**request, "environment": {**os.environ, **request["environment"]}}
        connection.sendall(json.dumps(request).encode())
        connection.shutdown(socket.SHUT_WR)
        answer = json.loads(_all(connection))
    return answer["status"], answer["output"], answer["errors"]


def _all(connection):
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


# -- The server ------------------------------------------------------------------------------------------------------


def serve(path, collections):
    """Answer requests until standard input ends."""
    sys.path.insert(0, collections)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    learned, learn = os.pipe()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path + ".fresh")
    listener.listen(64)
    _import(["ansible.module_utils.basic"])
    os.rename(path + ".fresh", path)  # whoever sees it may connect
    children = set()
    while True:
        ready = select.select([0, listener, learned], [], [], 1)[0]
        children -= {child for child in children if os.waitpid(child, os.WNOHANG)[0]}
        if 0 in ready:
            return
        if learned in ready:
            # Names come whole: a line is shorter than what a pipe takes at one stroke.
            _import(os.read(learned, 1 << 20).decode().split())
        if listener in ready:
            connection = listener.accept()[0]
            child = os.fork()
            if not child:
                listener.close()
                os.close(learned)
                _answer(connection, learn)
            children.add(child)
            connection.close()


def _import(names):
    """Import here what a run has imported, so that no later one need. What can't be imported so is left to the runs."""
    for name in names:
        if name not in sys.modules and not name.startswith((MODULES, "__m")):
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def _answer(connection, learn):
    """Run what is asked for in a process of its own, hand back what comes of it, and end."""
    status = 1
    try:
        request = json.loads(_all(connection))
        ends = [os.pipe(), os.pipe()]
        child = os.fork()
        if not child:
            connection.close()
            _become(request, ends, learn)
        output, errors = _read([ends[0], ends[1]])
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        answer = {
            "status": status,
            "output": output.decode("utf-8", "replace"),
            "errors": errors.decode("utf-8", "replace"),
        }
        connection.sendall(json.dumps(answer).encode())
    except BaseException:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
    finally:
        os._exit(0)


def _read(pipes):
    read = {reader: bytearray() for reader, _writer in pipes}
    for _reader, writer in pipes:
        os.close(writer)
    waiting = set(read)
    while waiting:
        for reader in select.select(list(waiting), [], [])[0]:
            part = os.read(reader, 1 << 16)
            read[reader] += part
            if not part:
                waiting.discard(reader)
    return read.values()


def _become(request, ends, learn):
    """Be the module's process."""
    before = set(sys.modules)
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, (reader, writer) in enumerate(ends, 1):
            os.dup2(writer, number)
            os.close(writer)
            os.close(reader)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        if request["shares_login"]:
            from . import shared_login

            shared_login.share()
        status = _run(MODULES + request["module"].rpartition(".")[2], request["parameters"].encode())
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        names = " ".join(name for name in sys.modules if name not in before)
        for start in range(0, len(names), 1 << 11):  # cut names are imported by the next run's list
            os.write(learn, (" " + names[start : start + (1 << 11)] + " ").encode())
    except BaseException:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _run(name, given):
    """Run a module as Ansible's own wrapper does, once it has unpacked it; return the exit status."""
    import runpy

    from ansible.module_utils import basic

    try:
        try:
            from ansible.module_utils._internal._ansiballz import _loader
        except ImportError:  # before ansible-core 2.19
            basic._ANSIBLE_ARGS = given
            names = {"_module_fqn": name, "_modlib_path": None}
            runpy.run_module(mod_name=name, init_globals=names, run_name="__main__", alter_sys=True)
            raise RuntimeError("New-style module did not handle its own exit") from None
        _loader.run_module(json_params=given, profile="legacy", module_fqn=name, modlib_path=None, extensions={})
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
    return 1


if __name__ == "__main__":
    serve(*sys.argv[1:])
