# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that files of an archive are found where Python's own importer finds them, and compiled once."""

from __future__ import annotations

import importlib
import subprocess
import sys
import zipfile
import zipimport

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import archive

#: In an interpreter of its own: how often the files of an archive are compiled, and what their modules say of themselves.
LOOK = """
import builtins, json, sys, zipimport
sys.path.insert(0, sys.argv[1])
from room import archive
if sys.argv[2] == "once":
    archive.compile_once()
    archive.compile_once()
compiled, plain = [], compile
builtins.compile = lambda source, path, *rest, **more: (compiled.append(path), plain(source, path, *rest, **more))[1]
zipimport.compile = builtins.compile
from room.inner import words
import room.inner
print(json.dumps([len(compiled), words.__file__, room.inner.__file__, room.inner.__path__, words.SAID]))
"""


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "payload.zip"
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("room/__init__.py", "")
        written.write(archive.__file__, "room/archive.py")
        written.writestr("room/inner/__init__.py", "")
        written.writestr("room/inner/words.py", "SAID = 'hello'")
    return path


def look(packed, how):
    command = [sys.executable, "-B", "-c", LOOK, str(packed), how]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_file_is_compiled_once_and_says_the_same_of_itself(packed):
    once, twice = look(packed, "once"), look(packed, "as it comes")
    assert once.startswith("[2, ")  # a package and a file
    assert once.partition(",")[2] == twice.partition(",")[2]


def test_a_name_that_is_not_in_the_archive_is_an_error_as_ever(packed):
    with pytest.raises(zipimport.ZipImportError):
        archive.Archive(str(packed)).get_filename("nothing")


def test_what_comes_from_a_folder_is_left_alone():
    hooks, cached = list(sys.path_hooks), dict(sys.path_importer_cache)
    archive.compile_once()
    assert (hooks, cached) == (sys.path_hooks, dict(sys.path_importer_cache))
    importlib.invalidate_caches()
