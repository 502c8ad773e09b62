# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays each login of the table with the real openstackclient and with our code, and compares what comes of both:
``run.py [word of a case's name ...]``.

Each side is one process that forks for each case: openstackclient's shell runs in it as its program would, and our side
is ``connect()``, which every module begins with, and the client of its services. Catalogs of other clouds come from a
proxy before the real services. The last line is ``N passed, N failed``.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
TOOLS = REPOSITORY / ".tools"
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud")]

# pylint: disable=wrong-import-position
import yaml  # noqa: E402
from osnap_testcloud.layout import Instance  # noqa: E402
from proxy import Proxy  # noqa: E402

PROJECT = "logins"


def post(url, body, token=None):
    """The answer to a POST: (headers, JSON)."""
    headers = {"Content-Type": "application/json", **({"X-Auth-Token": token} if token else {})}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
        return answer.headers, json.load(answer)


class Person:
    """A member of a project of its own, with a token and an application credential: what the table's words stand
    for.
    """

    def __init__(self, instance):
        command = [sys.executable, str(HERE.parent / "testcloud"), "project", PROJECT]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OSNAP_TESTCLOUD": str(instance)})
        path = instance / "projects" / PROJECT / "clouds.yaml"
        clouds = yaml.safe_load(path.read_text(encoding="utf-8"))["clouds"]
        auth = clouds["source"]["auth"]
        domain = {"name": "Default"}
        user = {"name": auth["username"], "domain": domain, "password": auth["password"]}
        scope = {"project": {"name": auth["project_name"], "domain": domain}}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
        self.auth_url = auth["auth_url"]
        headers, answer = post(self.auth_url + "/auth/tokens", body)
        self.token, self.access = headers["X-Subject-Token"], answer["token"]
        self.credentials = f"{self.auth_url}/users/{self.access['user']['id']}/application_credentials"
        name = f"logins-{os.getpid()}-{int(time.time())}"
        self.credential = post(self.credentials, {"application_credential": {"name": name}}, self.token)[1][
            "application_credential"
        ]
        self.services = {
            service["type"]: "{0.scheme}://{0.netloc}".format(urlsplit(service["endpoints"][0]["url"]))
            for service in self.access["catalog"]
        }
        self.words = {
            "auth_url": self.auth_url,
            "auth_root": self.auth_url.removesuffix("/v3"),
            "username": auth["username"],
            "password": auth["password"],
            "project_name": auth["project_name"],
            "admin_name": clouds["source-admin"]["auth"]["username"],
            "user_id": self.access["user"]["id"],
            "project_id": self.access["project"]["id"],
            "token": self.token,
            "app_id": self.credential["id"],
            "app_name": self.credential["name"],
            "app_secret": self.credential["secret"],
            "volume_url": f"{self.services['block-storage']}/v3/{self.access['project']['id']}",
        }

    def __enter__(self):
        return self

    def __exit__(self, *dummy):
        request = urllib.request.Request(
            f"{self.credentials}/{self.credential['id']}", headers={"X-Auth-Token": self.token}, method="DELETE"
        )
        urllib.request.urlopen(request).close()


def filled(value, words):
    """A value of the table with its words replaced."""
    if isinstance(value, dict):
        return {key: filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    return Template(value).substitute(words) if isinstance(value, str) else value


class Side:
    """One process that plays cases one after the other."""

    def __init__(self, name, *command):
        self.name = name
        environment = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
        self.process = subprocess.Popen(
            [str(word) for word in command],
            env={**environment, "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def play(self, case, words, proxy, folder):
        """What comes of a case: ``{project, errors}``, or ``{error}``."""
        home = Path(folder, f"{self.name}-{case['number']}")
        home.mkdir()
        outside = f"{proxy.url}/{self.name}"
        words = {**words, "proxy": f"{outside}/{case.get('shape', 'plain')}", "proxy_of_plain": f"{outside}/plain"}
        cloud = filled(case.get("cloud"), words)
        environment = {"HOME": str(home), "OS_CLIENT_CONFIG_FILE": str(home / "clouds.yaml")}
        environment |= {
            "OS_CLIENT_SECURE_FILE": str(home / "secure.yaml"),
            **filled(case.get("environment", {}), words),
        }
        (home / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"mine": cloud} if cloud else {}}))
        if "secure" in case:
            (home / "secure.yaml").write_text(yaml.safe_dump({"clouds": {"mine": filled(case["secure"], words)}}))
        if self.name == "theirs" and cloud:
            environment.setdefault("OS_CLOUD", "mine")
        task = case.get("task", {"cloud": cloud if case.get("inline") else "mine"} if cloud else {})
        asked = {"environment": environment, "folder": str(home), "task": filled(task, words)}
        asked["services"] = case.get("services", ["block-storage"])
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def problems(case, theirs, ours, documents, project):
    """What is wrong with the two answers."""
    told = [ours["error"]] if "error" in ours else list(ours.get("errors", {}).values())
    if "broken" in ours or "broken" in theirs:
        yield "one side broke"
    if any("\n" in text or "Traceback" in text for text in told):
        yield "our error is not one sentence"
    fails = bool("error" in theirs or theirs.get("errors"))
    if "differs" in case or "refuses" in case:
        if fails == bool(told) or fails == ("refuses" in case):
            yield "they no longer differ"
    elif bool(told) != fails:
        yield "one accepts what the other refuses"
    elif not fails and "fails" in case:
        yield "both accept it"
    if told and not re.search(case.get("fails", r"(?!)"), " ".join(told)):
        yield "our error is another sentence"
    if not told and (ours.get("project") != project or "error" not in theirs and theirs.get("project") != project):
        yield "the projects differ"
    if not fails and documents["ours"] > documents["theirs"]:
        yield f"we read {documents['ours']} version documents, and they {documents['theirs']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("word", nargs="*", help="words of the cases' names (default: all)")
    parser.add_argument("-v", "--verbose", action="store_true", help="show what each side says")
    given = parser.parse_args()
    instance = Path(Instance.default_folder())
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    table = yaml.safe_load((HERE / "table.yml").read_text(encoding="utf-8"))
    cases = [{**case, "number": number} for number, case in enumerate(table["cases"])]
    cases = [case for case in cases if all(word in case["name"] for word in given.word)]
    sides = [
        Side("theirs", TOOLS / "clients" / "bin" / "python", HERE / "theirs.py"),
        Side("ours", sys.executable, HERE / "ours.py", TOOLS / "collections"),
    ]
    with tempfile.TemporaryDirectory() as folder, Person(instance) as person:
        with Proxy(person.services, table["shapes"]) as proxy, ThreadPoolExecutor(2) as pool:

            def all_of(side):
                found = {}
                for case in cases:
                    before = proxy.documents[side.name, case.get("shape")]
                    answer = side.play(case, person.words, proxy, folder)
                    found[case["number"]] = answer, proxy.documents[side.name, case.get("shape")] - before
                return found

            theirs, ours = pool.map(all_of, sides)
        project = person.access["project"]["id"]
    for side in sides:
        side.end()
    failed = 0
    for case in cases:
        (their, their_documents), (our, our_documents) = theirs[case["number"]], ours[case["number"]]
        wrong = list(problems(case, their, our, {"theirs": their_documents, "ours": our_documents}, project))
        failed += bool(wrong)
        print(f"{'FAILED' if wrong else 'ok    '} {case['name']}" + "".join(f"\n         {text}" for text in wrong))
        if wrong or given.verbose:
            print(f"         theirs: {their} ({their_documents} documents)\n         ours:   {our} ({our_documents})")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
