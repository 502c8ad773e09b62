# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test the export of the repository into a tree that ansible-test takes."""

import subprocess

import build
import pytest


@pytest.fixture
def repository(tmp_path, monkeypatch):
    folder = tmp_path / "repository"
    (folder / "plugins").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / ".gitignore").write_text("*.pyc\n")
    (folder / "plugins" / "a.py").write_text("1\n")
    monkeypatch.setattr(build, "REPOSITORY", folder)
    return folder


def test_files_are_copied_but_for_ignored_ones(repository, tmp_path):
    (repository / "plugins" / "a.pyc").write_text("")
    folder = build.export(tmp_path / "tree")
    assert folder == tmp_path / "tree" / "ansible_collections" / "osnap" / "openstack"
    assert (folder / "plugins" / "a.py").read_text() == "1\n"
    assert not (folder / "plugins" / "a.pyc").exists()
    assert (folder / ".git").is_dir()


def test_a_second_export_follows_changes(repository, tmp_path):
    (repository / "plugins" / "gone").mkdir()
    (repository / "plugins" / "gone" / "b.py").write_text("2\n")
    folder = build.export(tmp_path / "tree")
    (repository / "plugins" / "gone" / "b.py").unlink()
    (repository / "plugins" / "a.py").write_text("3\n")
    build.export(tmp_path / "tree")
    assert (folder / "plugins" / "a.py").read_text() == "3\n"
    assert not (folder / "plugins" / "gone").exists()


def test_an_unchanged_file_is_left_alone(repository, tmp_path):
    folder = build.export(tmp_path / "tree")
    before = (folder / "plugins" / "a.py").stat().st_ino
    build.export(tmp_path / "tree")
    assert (folder / "plugins" / "a.py").stat().st_ino == before


def test_only_what_is_shipped_counts_for_a_new_build(repository, tmp_path):
    folder = build.export(tmp_path / "tree")
    before = build.content_hash(folder)
    (folder / "Makefile").write_text("all:\n")
    assert build.content_hash(folder) == before
    (folder / "plugins" / "a.py").write_text("4\n")
    assert build.content_hash(folder) != before
