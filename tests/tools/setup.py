# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the virtual environments that the tests, the demo and the benchmarks run in: ``setup.py [environment ...]``.

Everything goes into the repository's own ``.tools`` folder. Any Python from 3.8 on can run this file, without a package
installed.
"""

import argparse
import fcntl
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".tools"
REQUIREMENTS = REPOSITORY / "tests" / "tools" / "requirements"
TESTCLOUD = REPOSITORY / "tests" / "testcloud"

#: `pythons` in order of preference; an optional environment is left out where none of them is found.
Environment = namedtuple("Environment", "requirements constraints pythons optional")


def locked(name, *pythons, optional=False):
    return Environment(REQUIREMENTS / (name + ".txt"), None, pythons, optional)


#: What ansible-core 2.21 runs on. Of several the first is taken.
PYTHONS = ("3.12", "3.13", "3.14")

ENVIRONMENTS = {
    "testcloud": Environment(TESTCLOUD / "requirements.txt", TESTCLOUD / "constraints.txt", PYTHONS, False),
    "ansible-2.21": locked("ansible-2.21", *PYTHONS),
    # The unit tests, once more on each newer Python that is there.
    "ansible-2.21-python3.13": locked("ansible-2.21", "3.13", optional=True),
    "ansible-2.21-python3.14": locked("ansible-2.21", "3.14", optional=True),
    "ansible-2.16": locked("ansible-2.16", "3.12", optional=True),
    "ruff": locked("ruff", *PYTHONS),
    "mypy": locked("mypy", *PYTHONS),
    "peers": locked("peers", *PYTHONS),
    "clients": locked("clients", *PYTHONS),
}
#: The peers are for the benchmarks only, and large.
DEFAULT = [name for name in ENVIRONMENTS if name != "peers"]
#: Environments made side by side: what one downloads, another compiles meanwhile.
AT_ONCE = 2
#: All need uv.
ONE_AT_A_TIME = threading.Lock()
#: Seconds after which a silent command is said to be still at it.
HEARTBEAT = 9


class SetupError(Exception):
    """Something that only the user can mend; the message says how."""


def say(text):
    print("setup: %s\n" % text, end="", flush=True)  # in one piece: two threads tell


# -- Python ----------------------------------------------------------------------------------------------------------


def candidates(version):
    """Paths where a Python of this version may be: on PATH, then among pyenv's versions (its shims on PATH may lead
    nowhere).
    """
    for name in ("python" + version, "python3"):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            yield os.path.join(folder, name)
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    yield from sorted(
        glob.glob(os.path.join(pyenv, "versions", version + ".*", "bin", "python" + version)), reverse=True
    )
    yield sys.executable


def works_as(path, version):
    """Whether this file, when run, is a Python of this version that can make virtual environments with pip."""
    if not os.access(path, os.X_OK):
        return False
    probe = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [path, "-I", "-c", probe],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.decode().strip() == version


def find_python(versions):
    """The first working interpreter of the wanted versions as ``(version, path)``, or ``None``."""
    for version in versions:
        for path in candidates(version):
            if works_as(path, version):
                return version, path
    return None


# -- uv --------------------------------------------------------------------------------------------------------------


def run(command, problem, **options):
    """Runs a command whose output the user sees only when it fails."""
    command = [str(word) for word in command]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options
    )
    started, output = time.monotonic(), None
    while output is None:
        try:
            output = process.communicate(timeout=HEARTBEAT)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            say("still at it after %.0f s" % (time.monotonic() - started))
    if process.returncode:
        raise SetupError("%s\n%s" % (problem, "\n".join("    " + line for line in output.splitlines()[-25:])))
    return output


def install_uv(python):
    """Our own pinned uv: pip takes minutes for what it installs in seconds."""
    folder, requirements = TOOLS / "uv", REQUIREMENTS / "uv.txt"
    with ONE_AT_A_TIME:
        if is_current(folder, fingerprint(requirements)):
            return
        say("installing uv")
        make_uv(python, folder, requirements)


def make_uv(python, folder, requirements):
    run(
        [python, "-m", "venv", "--clear", folder],
        "%s cannot make a virtual environment. Debian and Ubuntu: install python3-venv." % python,
    )
    pip = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--requirement",
        requirements,
    ]
    run(pip, "pip could not install uv: is the package index reachable (PIP_INDEX_URL, proxies, certificates)?")
    stamp(folder, fingerprint(requirements))


def uv_environment(python):
    """uv knows nothing of pip's configuration: hand it the index and the certificates that pip is told to use."""
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never", VIRTUAL_ENV="")
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(environment):
        asked = [python, "-m", "pip", "config", "get", "global.index-url"]  # fails when none is set
        answer = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        index = os.environ.get("PIP_INDEX_URL") or answer.stdout.decode().strip()
        if index:
            environment["UV_DEFAULT_INDEX"] = index
    if "PIP_CERT" in environment:
        environment.setdefault("SSL_CERT_FILE", environment["PIP_CERT"])
    return environment


# -- Environments ----------------------------------------------------------------------------------------------------


def fingerprint(*files):
    """What an installation depends on; it is made again when this changes."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current(folder, wanted):
    mark = folder / "osnap-setup"
    return mark.is_file() and mark.read_text() == wanted and (folder / "bin" / "python").exists()


def stamp(folder, value):
    (folder / "osnap-setup").write_text(value)


def check(names):
    """Says before anything is installed which Python is taken for what, and what is left out; or fails."""
    taken, missing = {}, []
    for name in names:
        if (TOOLS / name / "osnap-setup").is_file():
            continue
        found = find_python(ENVIRONMENTS[name].pythons)
        if found:
            taken.setdefault(found, []).append(name)
        else:
            missing.append(name)
    for name in missing:
        if not ENVIRONMENTS[name].optional:
            raise SetupError(without_python(name))
    for (version, path), its in taken.items():
        say("Python %s, %s: %s" % (version, path, ", ".join(its)))
    for name in missing:
        say("left out: %s, and the tests that need it; %s" % (name, missing_python(name)))


def enumerated(versions):
    return " or ".join([", ".join(versions[:-1]), versions[-1]] if len(versions) > 1 else versions)


def missing_python(name):
    return "no Python %s found (on PATH, in pyenv's versions)" % enumerated(ENVIRONMENTS[name].pythons)


def without_python(name):
    """What to do where a Python is missing that nothing goes without."""
    wanted, path = ENVIRONMENTS[name].pythons[0], shutil.which("python3")
    return (
        "%s: %s; python3 is %s. Nothing was installed. Install one of them with its venv module (Debian: python%s-venv;"
        " or: pyenv install %s), then run this again." % (name, missing_python(name), path, wanted, wanted)
    )


def make(name, of=""):
    """Makes or updates one environment; returns at once when nothing changed since."""
    environment, folder = ENVIRONMENTS[name], TOOLS / name
    files = [path for path in (environment.requirements, environment.constraints) if path]
    wanted = fingerprint(*files)
    if is_current(folder, wanted):
        return
    found = find_python(environment.pythons)
    if found is None:
        if environment.optional:
            say("%s is left out: %s" % (name, missing_python(name)))
            return
        raise SetupError(without_python(name))
    version, python = found
    install_uv(python)
    say("%s%s: installing with Python %s, %s" % (name, of, version, python))
    started, uv, settings = time.monotonic(), TOOLS / "uv" / "bin" / "uv", uv_environment(python)
    if (folder / "osnap-setup").exists():
        (folder / "osnap-setup").unlink()
    if not works_as(str(folder / "bin" / "python"), version):
        run(
            [uv, "venv", "--quiet", "--clear", "--python", python, folder],
            "uv could not make %s" % folder,
            env=settings,
        )
    # Compiled at once: where Python may not write what it compiles, every module of every task would compile a thousand
    # files anew.
    install = [
        uv,
        "pip",
        "install",
        "--exact",
        "--compile-bytecode",
        "--python",
        folder / "bin" / "python",
        "--requirement",
        environment.requirements,
    ]
    # A lock names everything, so nothing is added to it.
    install += ["--constraint", environment.constraints] if environment.constraints else ["--no-deps"]
    output = run(
        install,
        "%s: uv could not install %s. When it failed to build a package: a C compiler is needed (Debian: gcc"
        " libc6-dev)." % (name, environment.requirements.relative_to(REPOSITORY)),
        env=settings,
    )
    stamp(folder, wanted)
    summary = [line for line in output.splitlines() if line.startswith(("Installed", "Audited", "Checked"))]
    say("%s: %s; took %.1f s in all" % (name, summary[-1] if summary else "installed", time.monotonic() - started))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "environment", nargs="*", help="one of: %s (default: %s)" % (", ".join(ENVIRONMENTS), ", ".join(DEFAULT))
    )
    names = parser.parse_args().environment or DEFAULT
    unknown = sorted(set(names) - set(ENVIRONMENTS))
    if unknown:
        parser.error("no such environment: %s" % ", ".join(unknown))
    try:
        for program in ("git", "make"):
            if not shutil.which(program):
                raise SetupError("%s is not on PATH: install it and run this again." % program)
        TOOLS.mkdir(exist_ok=True)
        with open(TOOLS / "setup.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once, in one folder, would break each other's environments
            check(names)
            counted = [" (%d of %d)" % (number, len(names)) for number in range(1, len(names) + 1)]
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(make, names, counted))
    except SetupError as error:
        sys.exit("setup: " + str(error))


if __name__ == "__main__":
    main()
