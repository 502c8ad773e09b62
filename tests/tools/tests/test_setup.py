# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test setup.py: which interpreter it takes, and when it leaves an environment alone."""

import sys

import pytest
import setup

HERE = "%d.%d" % sys.version_info[:2]


def python(path, version, status=0):
    """A file that answers like a Python of this version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\necho %s\nexit %d\n" % (version, status))
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without a Python; tests put some on PATH or among pyenv's versions."""
    monkeypatch.setenv("PATH", "%s:%s" % (tmp_path / "shims", tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    return tmp_path


def test_nothing_fits(machine):
    python(machine / "bin" / "python3", "3.11")
    assert setup.find_python(["3.12", "3.13"]) is None


def test_a_shim_that_leads_nowhere_is_passed_over(machine):
    python(machine / "shims" / "python3.12", "", status=127)
    wanted = python(machine / "bin" / "python3.12", "3.12")
    assert setup.find_python(["3.12"]) == ("3.12", wanted)


def test_python3_is_taken_when_it_is_the_version(machine):
    wanted = python(machine / "bin" / "python3", "3.12")
    assert setup.find_python(["3.12"]) == ("3.12", wanted)


def test_a_version_of_pyenv_is_found_behind_its_shims(machine):
    python(machine / "shims" / "python3.12", "", status=127)
    wanted = python(machine / "pyenv" / "versions" / "3.12.1" / "bin" / "python3.12", "3.12")
    assert setup.find_python(["3.12", "3.13"]) == ("3.12", wanted)


def test_the_second_choice_is_taken_where_the_first_is_missing(machine):
    wanted = python(machine / "bin" / "python3.13", "3.13")
    assert setup.find_python(["3.12", "3.13"]) == ("3.13", wanted)


def test_the_running_interpreter_works():
    assert setup.works_as(sys.executable, HERE)
    assert not setup.works_as(sys.executable, "3.1")


def test_a_missing_interpreter_is_said_with_what_to_install(machine, monkeypatch):
    monkeypatch.setattr(setup, "TOOLS", machine / "tools")
    monkeypatch.setattr(setup, "run", lambda *dummy, **dummy_options: pytest.fail("something was installed"))
    with pytest.raises(setup.SetupError, match=r"ansible-2.21: no Python 3.12, 3.13 or 3.14 found.*python3.12-venv"):
        setup.make("ansible-2.21")
    with pytest.raises(setup.SetupError, match=r"ansible-2.21: no Python 3.12, 3.13 or 3.14 found.*python3.12-venv"):
        setup.check(["ansible-2.16", "ansible-2.21"])


def test_an_optional_environment_is_left_out(machine, monkeypatch, capsys):
    monkeypatch.setattr(setup, "TOOLS", machine / "tools")
    for name in ("ansible-2.21-python3.13", "ansible-2.21-python3.14", "ansible-2.16"):
        setup.check([name])
        assert "left out" in capsys.readouterr().out
        setup.make(name)
        assert "left out" in capsys.readouterr().out


@pytest.mark.parametrize("version", setup.PYTHONS)
def test_one_python_of_those_that_ansible_core_runs_on_is_enough(machine, monkeypatch, capsys, version):
    """Test a machine with one. Verify that it is said what it is for, and what is left out, before anything happens."""
    monkeypatch.setattr(setup, "TOOLS", machine / "tools")
    path = python(machine / "bin" / "python3", version)
    setup.check(setup.DEFAULT)
    first, *left_out = capsys.readouterr().out.splitlines()
    assert first.startswith("setup: Python %s, %s: testcloud, ansible-2.21, " % (version, path))
    expected = {"ansible-2.21-python3.13", "ansible-2.21-python3.14", "ansible-2.16"}
    expected -= {"ansible-2.21-python" + version} | ({"ansible-2.16"} if version == "3.12" else set())
    assert {line.split(": ")[2].split(",")[0] for line in left_out} == expected
    assert all("left out" in line and "no Python 3.1" in line for line in left_out)


def test_only_an_older_python_is_told_with_its_path(machine, monkeypatch):
    monkeypatch.setattr(setup, "TOOLS", machine / "tools")
    path = python(machine / "bin" / "python3", "3.11")
    with pytest.raises(setup.SetupError, match="python3 is %s. Nothing was installed" % path):
        setup.check(setup.DEFAULT)


def test_an_environment_is_current_until_its_requirements_change(tmp_path):
    requirements, folder = tmp_path / "requirements.txt", tmp_path / "environment"
    requirements.write_text("a==1\n")
    python(folder / "bin" / "python", HERE)
    assert not setup.is_current(folder, setup.fingerprint(requirements))
    setup.stamp(folder, setup.fingerprint(requirements))
    assert setup.is_current(folder, setup.fingerprint(requirements))
    requirements.write_text("a==2\n")
    assert not setup.is_current(folder, setup.fingerprint(requirements))


def test_an_environment_without_its_interpreter_is_not_current(tmp_path):
    folder = tmp_path / "environment"
    python(folder / "bin" / "python", HERE)
    setup.stamp(folder, "x")
    (folder / "bin" / "python").unlink()
    (folder / "bin" / "python").symlink_to(tmp_path / "removed")
    assert not setup.is_current(folder, "x")


def test_every_requirement_is_pinned_and_none_is_a_url():
    for path in setup.REQUIREMENTS.glob("*.txt"):
        for line in path.read_text().splitlines():
            assert "==" in line and "://" not in line, "%s: %s" % (path.name, line)
