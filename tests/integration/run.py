# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run integration targets against the built collection on the test cloud that is up; the last line is ``N passed, N
failed``.
"""

import argparse
import hashlib
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib import metadata
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".tools"


def main():
    """Run what the command line asks for and return the exit status."""
    options = parse()
    interpreter = TOOLS / f"ansible-{options.ansible}" / "bin" / "python"
    if Path(sys.prefix) != interpreter.parents[1]:
        if not interpreter.exists():
            sys.exit(f"{interpreter.parents[1].relative_to(REPOSITORY)} is missing: run `make setup`")
        os.execv(interpreter, [str(interpreter), *sys.argv])
    sys.path[:0] = [str(REPOSITORY / "tests" / "integration" / "harness"), str(REPOSITORY / "tests" / "testcloud")]

    from osnap_harness import coverage, target
    from osnap_testcloud.layout import Instance

    instance = Instance.default_folder()
    unknown = sorted(set(options.targets) - set(target.names()))
    if unknown:
        sys.exit(f"there is no target {', '.join(unknown)}; there are {', '.join(target.names())}")
    if not options.coverage and not is_up(instance):
        print("the test cloud is not up: run `make cloud-up`\n0 passed, 1 failed")
        return 1
    documentation = read_documentation(options.ansible)
    settings = target.Options(
        options.ansible,
        options.mode,
        instance,
        documentation,
        options.keep,
        options.verbosity,
        options.cold,
        options.examples,
    )
    modules = [name.rpartition(".")[2] for name in documentation]
    if options.coverage:
        ledgers = sorted((target.OUTPUT / options.ansible).glob("*/ledger.jsonl"))
        entries = [json.loads(line) for path in ledgers for line in path.read_text(encoding="utf-8").splitlines()]
        gaps = coverage.missing(modules, target.names(), entries, documentation)
        for gap in gaps:
            print(f"not covered: {gap}")
        quartets = [entry for entry in entries if entry["kind"] == "quartet"]
        whole = sum(map(coverage.is_whole, quartets))
        print(f"{len(quartets)} quartets, {whole} of them whole: check, real, check, real")
        print(f"{0 if gaps else 1} passed, {len(gaps)} failed")
        return 1 if gaps else 0
    chosen = options.targets or [
        name for name in target.names() if not (options.modules or options.examples) or name in modules
    ]
    outcomes = run_all(chosen, options.jobs, settings)

    gaps = []
    if not options.targets and not options.modules and not options.examples:
        ledger = [entry for outcome in outcomes for entry in outcome.ledger]
        gaps = coverage.missing(modules, target.names(), ledger, documentation)
        for gap in gaps:
            print(f"not covered: {gap}")
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes) + len(gaps)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def parse():
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="target",
        help="a folder in tests/integration/targets (default: all, and what is not covered)",
    )
    parser.add_argument(
        "--ansible", choices=["2.21", "2.16"], default="2.21", help="the ansible-core to run with (default: 2.21)"
    )
    parser.add_argument(
        "--mode",
        choices=["quartet", "quick"],
        default="quartet",
        help="quick: only the first check and the first real run",
    )
    parser.add_argument(
        "--modules",
        action="store_true",
        help="only the targets that are named after a module, and not what is not covered",
    )
    parser.add_argument(
        "--examples",
        action="store_true",
        help="of each module the EXAMPLES only",
    )
    parser.add_argument(
        "--coverage", action="store_true", help="run nothing: say what the last runs of the targets have not tested"
    )
    parser.add_argument("--jobs", type=int, default=2, help="targets at once (default: 2)")
    parser.add_argument(
        "--cold", action="store_true", help="every run through Ansible's own packing, none in a warm interpreter"
    )
    parser.add_argument("--keep", action="store_true", help="leave the projects as the targets left them")
    parser.add_argument(
        "-v", dest="verbosity", action="count", default=1, help="more in the log; -vvv as in ansible-playbook"
    )
    return parser.parse_args()


def is_up(folder):
    """Tell whether something listens where each service of the test cloud does."""
    from osnap_testcloud import ports

    instance = ports.load(folder)
    if not instance:
        return False
    for cloud in map(instance.cloud, instance.names):
        for project in cloud.projects:
            try:
                socket.create_connection(("127.0.0.1", cloud.ports[project]), timeout=10).close()
            except OSError:
                return False
    return True


def read_documentation(version):
    """Return what ansible-doc says of the installed collection's modules; it is asked once for what they say now."""
    collections = TOOLS / "collections"
    folder = collections / "ansible_collections" / "osnap" / "openstack" / "plugins" / "modules"
    modules = sorted(f"osnap.openstack.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__")
    if not modules:
        sys.exit("the built collection has no modules: run `make build`")
    said = hashlib.sha256(metadata.version("ansible-core").encode())
    for path in sorted([*folder.glob("*.py"), *folder.with_name("doc_fragments").glob("*.py")]):
        said.update(path.name.encode() + path.read_bytes())
    kept = REPOSITORY / "tests" / "output" / "integration" / version / "documentation.json"
    if kept.is_file() and (known := json.loads(kept.read_text(encoding="utf-8")))["of"] == said.hexdigest():
        return known["modules"]
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}")
    documentation = ask_ansible_doc(version, collections, modules)
    partial.write_text(json.dumps({"of": said.hexdigest(), "modules": documentation}), encoding="utf-8")
    partial.replace(kept)
    return documentation


def ask_ansible_doc(version, collections, modules):
    """Return what ansible-doc says of these modules: name → documentation."""
    command = [str(TOOLS / f"ansible-{version}" / "bin" / "ansible-doc"), "--json", "--type", "module", *modules]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_NOCOLOR": "1"}
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if listed.returncode:
        sys.exit(f"ansible-doc: {listed.stderr.strip()}")
    return json.loads(listed.stdout)


def run_all(targets, jobs, settings):
    """Run the targets side by side, telling of each when it is done; return their outcomes."""
    from osnap_harness import target

    outcomes = []
    with ThreadPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(target.run, name, settings) for name in targets]):
            outcomes.append(done.result())
            tell(outcomes[-1], settings)
    return outcomes


def tell(outcome, settings):
    """Print a line for a target, and for a failed one what went wrong and where to read on."""
    quartets = sum(entry["kind"] == "quartet" for entry in outcome.counted)
    figures = f"{quartets} quartets, {len(outcome.counted) - quartets} other steps, {outcome.seconds:.0f} s"
    print(
        f"{'FAILED' if outcome.failed else 'ok':6} {outcome.target} ({settings.ansible}, {settings.mode}): {figures}",
        flush=True,
    )
    if not outcome.failed:
        return
    failed = [entry for entry in outcome.ledger if not entry["ok"]]
    for entry in failed:
        print(f"       {entry['name']}")
        for problem in entry["problems"]:
            print("\n".join(f"         - {line}" for line in problem.splitlines()))
    for problem in outcome.problems:
        print(f"       {problem}")
    if not failed and outcome.log.is_file():
        print(
            "\n".join(
                f"       | {line}"
                for line in outcome.log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:]
            )
        )
    print(f"       the whole log: {outcome.log.relative_to(REPOSITORY)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
