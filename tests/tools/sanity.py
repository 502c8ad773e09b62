# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ``ansible-test sanity`` of one ansible-core: ``sanity.py 2.21 [options and files for ansible-test ...]``.

Each ansible-core gets a tree and a home folder of its own inside ``.tools``, so that two may run side by side.
"""

import ast
import configparser
import os
import subprocess
import sys
from xml.etree import ElementTree

from build import TOOLS, export

#: ansible-test fetches a script that installs pip from a server of Ansible's. Python brings a pip along, so it need not
#: be reached.
GET_PIP = "import ensurepip\nensurepip.bootstrap(default_pip=True)\n"
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


def pip_configuration():
    """How pip is configured on this machine, by files and by variables: ansible-test passes neither on to the pip that
    it runs.
    """
    configuration = configparser.RawConfigParser()
    for line in output_of(TOOLS / "uv" / "bin" / "python", "-m", "pip", "config", "list").splitlines():
        name, value = line.split("=", 1)
        section, option = name.rsplit(".", 1)
        section = "global" if section == ":env:" else section
        if not configuration.has_section(section):
            configuration.add_section(section)
        configuration.set(section, option, ast.literal_eval(value).replace("\n", "\n  "))
    return configuration


def prepare_home(home, environment):
    version = output_of(environment / "bin" / "python", "-c", PIP_VERSION).strip()
    bootstrap = home / ".ansible" / "test" / "cache" / ("get_pip_%s.py" % version.replace(".", "_"))
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    bootstrap.write_text(GET_PIP)
    settings = home / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    with open(settings, "w") as file:
        pip_configuration().write(file)


def sanity(version, options):
    """Runs the tests and prints how many passed; returns the exit status."""
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
