# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ``ansible-test sanity`` of one ansible-core: ``sanity.py 2.21 [options and files for ansible-test ...]``.

Each ansible-core gets a tree and a home folder of its own inside ``.tools``, so that two may run side by side.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from build import TOOLS, export
from setup import uv_environment

#: ansible-test fetches a script from a server of Ansible's that installs pip into each of its environments. This one
#: puts uv there by the name of pip: it installs the same pinned packages, in a tenth of its time.
GET_PIP = """
import os, sysconfig
folder = os.path.join(sysconfig.get_path("purelib"), "pip")
os.mkdir(folder)
open(os.path.join(folder, "__init__.py"), "w").close()
with open(os.path.join(folder, "__main__.py"), "w") as file:
    file.write({main!r})
with open({patient!r}) as source, open(os.path.join(os.path.dirname(folder), "sitecustomize.py"), "w") as file:
    file.write(source.read())
"""
#: What ansible-test asks of it: to install what it names, and in the end to remove itself.
PIP = """
import os, shutil, sys
words = [word for word in sys.argv[1:] if word != "--disable-pip-version-check"]  # uv has no such option
os.environ.update({settings!r})
if words[0] == "uninstall":
    shutil.rmtree(os.path.dirname(__file__))
elif words[0] == "install":
    # Compiled like pip does it: when a test compiles them, what Python warns of in them is taken for a fault of ours.
    os.execv({uv!r}, [{uv!r}, "pip", *words, "--compile-bytecode", "--python", sys.executable])
else:
    sys.exit("pip is unavailable: uv stands in for it, which cannot " + " ".join(words))
"""
#: Variables that uv is to see.
FOR_UV = re.compile("UV_|SSL_CERT_|(HTTPS?|ALL|NO)_PROXY$", re.IGNORECASE)
PATIENT = Path(__file__).resolve().parent / "patient" / "sitecustomize.py"
PIP_VERSION = """
from types import SimpleNamespace
from ansible_test._internal.python_requirements import get_venv_packages
import sys
print(get_venv_packages(SimpleNamespace(version="%d.%d" % sys.version_info[:2]))["pip"])
"""


def output_of(*command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True).stdout.decode()


def version_info(environment):
    return ast.literal_eval(output_of(environment / "bin" / "python", "-c", "import sys; print(sys.version_info[:2])"))


def pip_that_is_uv():
    """The script that ansible-test is to take for the one that installs pip. It passes no variable on to what it runs,
    so they are written down.
    """
    uv = TOOLS / "uv" / "bin"
    settings = uv_environment(uv / "python")
    settings = {name: value for name, value in settings.items() if FOR_UV.match(name)}
    settings["UV_CACHE_DIR"] = output_of(uv / "uv", "cache", "dir").strip()
    return GET_PIP.format(main=PIP.format(settings=settings, uv=str(uv / "uv")), patient=str(PATIENT))


def prepare_home(home, environment):
    version = output_of(environment / "bin" / "python", "-c", PIP_VERSION).strip()
    bootstrap = home / ".ansible" / "test" / "cache" / ("get_pip_%s.py" % version.replace(".", "_"))
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    bootstrap.write_text(pip_that_is_uv())


def stay_on_one_processor():
    """Pylint starts a process for each processor that it may use, and each of them infers anew what another has: that
    is a fifth more work, where others want the processors too.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def sanity(version, options):
    """Runs the tests and prints how many passed; returns the exit status."""
    stay_on_one_processor()
    environment, home = TOOLS / ("ansible-" + version), TOOLS / ("sanity-" + version)
    prepare_home(home, environment)
    folder = export(home)
    reports = folder / "tests" / "output" / "junit"
    for report in reports.glob("*.xml"):
        report.unlink()
    variables = dict(os.environ, HOME=str(home), PATH="%s%s%s" % (environment / "bin", os.pathsep, os.environ["PATH"]))
    command = [
        str(environment / "bin" / "ansible-test"),
        "sanity",
        "--venv",
        "--python",
        "%d.%d" % version_info(environment),
        "--color",
        "no",
        "--junit",
        *options,
    ]
    status = subprocess.run(command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, check=False).returncode
    outcomes = {"passed": 0, "failed": 0, "skipped": 0}
    for report in sorted(reports.glob("*.xml")):
        result, details = outcome(report)
        outcomes[result] += 1
        if details:
            print("\n== %s\n%s" % (report.stem.replace("ansible-test-sanity-", ""), details))
    if status and not outcomes["failed"]:
        outcomes["failed"] = 1  # ansible-test itself broke
    print("\n%(skipped)d not applicable\n%(passed)d passed, %(failed)d failed" % outcomes, flush=True)
    return status


def outcome(report):
    """What became of one test, and what it found."""
    case = ElementTree.parse(report).getroot().find("testsuite/testcase")
    if case.find("skipped") is not None:
        return "skipped", None
    found = [found.text or found.get("message") for kind in ("failure", "error") for found in case.findall(kind)]
    return ("failed", "\n".join(found)) if found else ("passed", None)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(sanity(sys.argv[1], sys.argv[2:]))
