# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what is written down twice, once for us and once for Ansible."""

import ast
import json
import tarfile

import jq
import pytest
import yaml
from build import INSTALLED, REPOSITORY, build

MODULES = {path.stem for path in (REPOSITORY / "plugins" / "modules").glob("*.py")} - {"__init__"}


def read(path):
    return yaml.safe_load((REPOSITORY / path).read_text())


def test_the_action_group_holds_every_module():
    group = read("meta/runtime.yml")["action_groups"]["openstack"]
    assert group == sorted(MODULES)


def test_no_sanity_test_is_ignored():
    assert not [path for path in (REPOSITORY / "tests" / "sanity").glob("ignore-*.txt") if path.read_text().strip()]


def test_molecule_takes_the_built_collection():
    """With its prerun, molecule installs the work tree into the home folder and takes it from there."""
    configuration = REPOSITORY / "extensions" / "molecule" / "config.yml"
    assert not configuration.exists() or yaml.safe_load(configuration.read_text())["prerun"] is False


@pytest.mark.parametrize(
    "name, query", [(name, entry["query"]) for name, entry in read("extensions/audit/event_query.yml").items()]
)
def test_each_counted_object_is_counted_once_for_one_and_for_many(name, query):
    returned = documented_return(name.rpartition(".")[2])
    one, many = {}, {}
    for key, value in returned.items():
        sample = {field: contained.get("sample") for field, contained in value.get("contains", {}).items()}
        if value["type"] == "list" and key != "outcomes":
            many[key] = [sample, None]  # null for one that failed or is gone
        elif value["type"] == "dict":
            one[key] = sample
    for result in (one, many):
        (node,) = jq.compile(query).input_value(result).all()
        assert node["name"] == node["canonical_facts"]["id"] and len(node["name"]) == 36
        assert set(node["facts"]) == {"infra_type", "infra_bucket", "device_type"}


def documented_return(module):
    tree = ast.parse((REPOSITORY / "plugins" / "modules" / (module + ".py")).read_text())
    (text,) = [
        node.value.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "RETURN"
    ]
    return yaml.safe_load(text)


def test_the_archive_holds_what_users_call_and_nothing_else():
    build(say=lambda text: None)
    (archive,) = INSTALLED.glob("osnap-openstack-*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name for name in tar.getnames() if not name.startswith(".") or "/" in name}
        manifest = json.load(tar.extractfile("MANIFEST.json"))
    tops = {name.split("/")[0] for name in names}
    assert {"plugins", "meta", "LICENSE"} <= tops
    assert not tops & {"tests", "Makefile", ".ci", ".tools", ".testcloud", ".gitignore"}
    assert not [name for name in names if name.endswith(".pyc") or name.startswith("extensions/molecule")]
    assert manifest["collection_info"]["dependencies"] == {}
