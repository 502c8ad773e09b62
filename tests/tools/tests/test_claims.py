# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that what tests/claims says is tested is tested: each test that it names is there."""

import ast
import re

import pytest
import yaml
from build import REPOSITORY

TESTS = REPOSITORY / "tests"
CLAIMS = TESTS / "claims"


def claims(name):
    return yaml.safe_load((CLAIMS / (name + ".yml")).read_text())


def named_in(path):
    """The names of a file's tests: of tasks and of what they loop over, or of functions."""
    text = (TESTS / path).read_text()
    if path.endswith(".py"):
        return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    return set(names_under(yaml.safe_load(text)))


def names_under(node):
    if isinstance(node, dict):
        if isinstance(node.get("name"), str):
            yield node["name"]
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from names_under(child)


@pytest.mark.parametrize(
    "promise, path, name",
    [
        (entry["promise"], path, name)
        for file in sorted(CLAIMS.glob("*.yml"))
        for entry in claims(file.stem)
        for path, names in entry.get("tests", {}).items()
        for name in names
    ],
)
def test_each_test_that_is_named_is_there(promise, path, name):
    assert name in named_in(path), f"'{promise}' is no longer tested: {path} has no '{name}'"


@pytest.mark.parametrize("file", [path.stem for path in sorted(CLAIMS.glob("*.yml"))])
def test_each_promise_is_made_once_and_kept_somehow(file):
    entries = claims(file)
    assert len({entry["promise"] for entry in entries}) == len(entries)
    assert not [entry["promise"] for entry in entries if not (entry.get("tests") or entry.get("refused"))]


def test_each_numbered_defect_has_its_promise():
    numbers = [
        int(number) for entry in claims("peers") for number in re.findall(r"^openstack\.cloud (\d+):", entry["promise"])
    ]
    assert numbers == list(range(1, 12))


@pytest.mark.parametrize("entry", claims("requests"), ids=lambda entry: entry["promise"])
def test_each_request_is_on_the_page_with_what_does_it_or_the_reason_why_nothing_does(entry):
    page = (REPOSITORY / "docs" / "docsite" / "rst" / "what_others_lack.rst").read_text()
    row = page.partition(f"   * - {entry['promise']}\n     - ")[2].partition("\n   * - ")[0]
    assert row and row.startswith("No. ") == bool(entry.get("refused"))
    for module, dummy, option in (one.partition(".") for one in entry.get("by", ())):
        assert f"osnap.openstack.{module}#module{':' + option if option else ''}`" in row


# -- what no cloud has to be asked for


def test_the_sdk_is_tested_at_its_floor_and_at_its_newest():
    wanted = re.search(r"openstacksdk>=([\d.]+)", (REPOSITORY / "meta" / "ee-requirements.txt").read_text())[1]
    tested = [
        re.search(
            r"^openstacksdk==([\d.]+)$", (TESTS / "tools" / "requirements" / f"ansible-{version}.in").read_text(), re.M
        )[1]
        for version in ("2.16", "2.21")
    ]
    floor, newest = (tuple(map(int, version.split("."))) for version in tested)
    assert floor[: len(wanted.split("."))] == tuple(map(int, wanted.split("."))) and newest > (4, 15)


def test_no_request_asks_for_a_cascade():
    """Cinder takes it for a volume whose snapshots have clones, and then Ceph keeps the volume's image in the trash for
    ever.
    """
    assert not [
        path.name for path in (REPOSITORY / "plugins").rglob("*.py") if re.search(r"[\"'?&]cascade\b", path.read_text())
    ]
