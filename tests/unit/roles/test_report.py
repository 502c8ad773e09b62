# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test the page of the role `report`, as Ansible prints it, and the role itself, which needs no cloud."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

from ansible_collections.osnap.openstack.plugins.filter.migration_page import FilterModule
from ansible_collections.osnap.openstack.tests.unit.fakes.report import disk, problem, report, server

COLLECTION = Path(__file__).resolve().parents[3]
TEMPLATES = COLLECTION / "roles" / "report" / "templates"
#: Names may hold whatever Nova takes. None of these may end a text, an attribute or a comment, or be run.
HOSTILE = (
    "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"' onload='alert(1)' & {{ 7 * 7 }} --> ]]>"
)
#: Elements without an end.
VOID = {"meta", "br"}
#: Elements of SVG that we close at once.
CLOSED = {"rect", "line", "circle", "path"}


def rendered(given):
    """The page as the module `template` makes it: with the same options."""
    environment = jinja2.Environment(
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FileSystemLoader(TEMPLATES),
    )
    environment.filters.update({"osnap.openstack." + name: one for name, one in FilterModule().filters().items()})
    return environment.get_template("report.html.j2").render(report_migration=given, report_name=HOSTILE)


class Page(HTMLParser):
    """Reads a page; what is not balanced, or is no element of ours, is a fault."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.ids, self.texts = [], set(), [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self._element(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in CLOSED
        self._element(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def _element(self, tag, attrs):
        assert len({name for name, dummy in attrs}) == len(attrs)
        self.tags.add(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self.ids += [value for name, value in attrs if name == "id"]

    @property
    def text(self):
        return "".join(self.texts)


def hostile(number):
    """A server of which every text is hostile."""

    def spoilt(node):
        if isinstance(node, dict):
            return {key: spoilt(value) for key, value in node.items()}
        if isinstance(node, list):
            return [spoilt(one) for one in node]
        return HOSTILE + node if isinstance(node, str) else node

    given = server(
        number, disks=[disk(0), disk(1, kind="image")], problems=[problem()], notices=[problem("lost", "loses")]
    )
    keep = {key: given[key] for key in ("off", "timeline")}
    return {**spoilt(given), **keep}


@pytest.mark.parametrize("number", [0, 1, 50])
def test_a_page_is_well_formed_and_loads_and_runs_nothing_whatever_the_names_are(number):
    page = Page(
        rendered(report([hostile(one) for one in range(number)], run=HOSTILE, source=HOSTILE, destination=HOSTILE))
    )
    assert not page.tags & {"script", "img", "link", "iframe", "object", "embed", "base", "form", "image", "use"}
    names = {name for dummy, name, dummy2 in page.attributes}
    assert not [name for name in names if name.startswith("on")] and not names & {
        "style",
        "src",
        "srcset",
        "xlink:href",
    }
    assert all(
        value.startswith("#") and value[1:] in page.ids for dummy, name, value in page.attributes if name == "href"
    )
    assert len(set(page.ids)) == len(page.ids) == number
    policy = [value for tag, name, value in page.attributes if (tag, name) == ("meta", "content")]
    assert policy[0].startswith("default-src 'none'; ")
    assert page.text.count(HOSTILE) > 10 * number


def test_the_style_loads_nothing():
    style = (TEMPLATES / "report.css.j2").read_text()
    assert not re.search(r"url\(|@import|expression|</", style.partition("#}")[2])


def test_no_template_prints_a_text_unescaped():
    """What is printed as it is, are numbers and words of our own."""
    ours = (
        r"\.(anchor|x|y|width|height|off_width|forecast_x|from|to|label|count|most|where|tone|kind|off|forecast|value)$"
    )
    for path in TEMPLATES.glob("*.html.j2"):
        for printed in re.findall(r"\{\{(.*?)\}\}", path.read_text()):
            expression = printed.strip()
            assert (
                re.search(r"\| e( if .*)?$", expression)
                or re.search(ours, expression)
                or expression in ("page.period", "kind", "title", "one.name", "page.servers | length")
                or re.match(r"'[A-Za-z =\":]*' if ", expression)
                or re.search(r"\| round\(1\)$|- 2$|- 3$", expression)
            ), "%s prints {{%s}}" % (path.name, printed)


def test_every_server_and_every_code_is_on_the_page():
    servers = [
        server(
            number,
            failed=number % 7 == 0,
            msg="Broken at %d." % number,
            problems=[problem("code_%d" % number)],
            notices=[problem("notice_%d" % number, "changes", sentence="Sentence %d." % number)],
            left=["Look at %d." % number],
        )
        for number in range(50)
    ]
    text = Page(rendered(report(servers))).text
    for number, one in enumerate(servers):
        for wanted in (one["server"], one["server_id"], one["new_server_id"], "code_%d" % number, "notice_%d" % number):
            assert wanted in text
        assert "Sentence %d." % number in text and "Look at %d." % number in text
    assert "Broken at 7." in text and "0f" * 64 in text


def test_why_a_server_was_refused_is_told_once_in_its_place_beside_its_code():
    told = problem("source_locked")
    for msg, times in ((told["sentence"], 0), ("The link broke.", 1)):
        page = rendered(report([server(1, failed=True, msg=msg, problems=[told])]))
        assert page.count(f'<p class="msg">{msg}</p>') == times
        assert f"<code>source_locked</code> {told['sentence']}</p>" in page


@pytest.mark.parametrize(
    "given", [{}, {"servers": None}, {"servers": [{}]}, {"servers": [{"disks": [{}], "timeline": [{}]}]}]
)
def test_a_report_of_next_to_nothing_is_a_page(given):
    assert "Migration" in Page(rendered(given)).text


# -- The role, by Ansible itself -------------------------------------------------------------------------------------


#: Stands for the module that migrates: what a module returns is never taken for a template.
MODULE = """
import json
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"path": {"type": "path"}})
with open(module.params["path"]) as file:
    module.exit_json(report=json.load(file))
"""


@pytest.fixture
def play(tmp_path):
    """Runs the role on one report after another, each with variables of its own; returns what Ansible printed."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "returned.py").write_text(MODULE)

    def run(*calls):
        tasks = []
        for number, (given, variables) in enumerate(calls):
            path = tmp_path / f"{number}.json"
            path.write_text(json.dumps(given))
            tasks += [
                {"name": "Migrate", "returned": {"path": str(path)}, "register": "done"},
                {
                    "name": "Report",
                    "include_role": {"name": "osnap.openstack.report"},
                    "vars": {"report_migration": "{{ done.report }}", **variables},
                },
            ]
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
        (tmp_path / "play.yml").write_text(json.dumps([play]))
        environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_SHOW_CUSTOM_STATS": "true",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "true",
        }
        command = ["ansible-playbook", "-i", "localhost,", "play.yml"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_role_writes_two_files_for_our_eyes_only_and_hands_on_each_result(play, tmp_path):
    folder = tmp_path / "of us"
    moved = report([server(1), server(2, disks=None, server="{{ 7 * 7 }}")])
    nothing = report([server(1, changed=False, timeline=[])])
    failed = report([server(1, changed=False, failed=True)])
    here = {"report_dir": str(folder)}
    output = play(
        (moved, here),
        (nothing, here),
        (nothing, {**here, "report_name": "first"}),
        (failed, {**here, "report_name": "first"}),
        (moved, {"report_dir": ""}),
        (report([]), {}),
    )
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == ["first.html", "first.json", "night.html", "night.json"]
    assert [oct(path.stat().st_mode & 0o777) for path in (folder, *files)] == ["0o700", *["0o600"] * 4]
    assert json.loads((folder / "night.json").read_text()) == moved, "a run that did nothing has replaced the report"
    assert json.loads((folder / "first.json").read_text()) == failed
    assert "2 of 2 servers were moved and verified" in Page((folder / "night.html").read_text()).text
    stats = json.loads(re.search(r"CUSTOM STATS:.*RUN: (\{.*\})", output.replace("\n", "")).group(1))
    first = stats["migrate_servers_00000000_0000_0000_0000_000000000001"]
    left_out = {"disks", "timeline", "problems", "notices", "left", "forecast_seconds"}
    assert set(moved["servers"][0]) - set(first) == left_out
    assert (first["phase"], first["off"]["seconds"]) == ("complete", 200)
    assert stats["migrate_servers_00000000_0000_0000_0000_000000000002"]["server"] == "{{ 7 * 7 }}"
