# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python tests/testcloud <command>``."""

import argparse
import json
import sys
import time

from . import lifecycle, ports, projects
from .control import Control
from .layout import CLOUDS, PROJECTS, Failed, Instance


def main(arguments=None):
    options = _parser().parse_args(arguments)
    try:
        return options.command(options, Instance.default_folder()) or 0
    except Failed as failure:
        print(f"testcloud: {failure}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="python tests/testcloud",
        description="A real OpenStack, twice, for tests. OSNAP_TESTCLOUD names another folder.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name, function, text):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(command=function)
        return command

    def cloud_list(text):
        names = text.replace(",", " ").split()
        if set(names) - set(CLOUDS):
            raise argparse.ArgumentTypeError(f"clouds are {' and '.join(CLOUDS)}")
        return names

    start = add("up", up, "start the clouds, if they are not up")
    start.add_argument("--clouds", type=cloud_list, help="such as `source` (default: all that it has: source,target)")
    start.add_argument("--region", action="store_true", help="with a second region of `source`, which then stays one")
    start.add_argument("--projects", type=lambda text: text.split(","), default=list(PROJECTS), help=argparse.SUPPRESS)
    add("down", down, "end all processes, and tell what they used; what is in the clouds stays")
    add("status", status, "one line a service")
    add("reset", reset, "throw away what is in the clouds and start them afresh")
    add("clouds", show_clouds, "the path of the clouds.yaml")
    project = add(
        "project", make_project, "make a project with a member and a clouds.yaml of its own, and print that file's path"
    )
    project.add_argument("name")
    project.add_argument("--small", action="store_true", help="with tight quotas")
    requests = add("requests", show_requests, "the log of requests, a JSON line each")
    requests.add_argument("--since", type=int, default=0, help="where to begin: what `requests --mark` printed")
    requests.add_argument("--mark", action="store_true", help="only print where the log ends now")
    requests.add_argument("--project", help="only of one project (name or ID)")
    requests.add_argument("--all", action="store_true", help="those between the services, too")
    fault = add("fault", change_faults, "rules of the fault injector: add one (JSON), list them, clear one or all")
    fault.add_argument("action", choices=("add", "list", "clear"))
    fault.add_argument("rule", nargs="?", help="the rule as JSON (add), or its ID (clear)")
    logs = add("logs", show_logs, "the end of the logs")
    logs.add_argument("service", nargs="?", help="such as cinder (default: all)")
    logs.add_argument("--lines", type=int, default=30)
    return parser


def _reporter():
    began = time.monotonic()
    return lambda line: print(f"{time.monotonic() - began:5.1f} s  {line}", flush=True)


def up(options, folder):
    report = _reporter()
    clouds = lifecycle.names(folder, options.clouds, options.region)
    if lifecycle.up(folder, report, clouds, options.projects):
        report(f"{' and '.join(clouds)} up: {folder / 'clouds.yaml'}")
    else:
        report(f"{' and '.join(clouds)} were up already: {folder / 'clouds.yaml'}")


def down(options, folder):
    report = _reporter()
    report(f"ended {lifecycle.down(folder, report)} processes")


def status(options, folder):
    rows = lifecycle.status(folder)
    if not rows:
        print(f"never started: {folder}")
        return 3
    for cloud, project, state, pid, port, memory, age in rows:
        figures = f"pid {pid}  {memory:4.0f} MiB  {age / 60:.0f} min" if pid else ""
        print(f"{cloud:14} {project:10} {state:14} port {port}  {figures}")
    return 0 if all(row[2] == "up" for row in rows) else 3


def reset(options, folder):
    report = _reporter()
    report(f"ended {lifecycle.down(folder)} processes")
    instance = ports.load(folder)
    clouds = [name for name in (instance.names if instance else ()) if instance.cloud(name).folder.exists()]
    lifecycle.wipe(folder)
    lifecycle.up(folder, report, clouds or CLOUDS)
    report("fresh")


def show_clouds(options, folder):
    print(_known(folder).clouds_yaml)


def make_project(options, folder):
    instance = _known(folder)
    clouds = [name for name in instance.names if (instance.cloud(name).folder / lifecycle.SEEDED).exists()]
    print(projects.ensure(instance, options.name, options.small, clouds))


def show_requests(options, folder):
    control = Control(_known(folder).folder)
    if options.mark:
        print(control.mark())
        return
    for entry in control.requests(options.since, options.project, client_only=not options.all):
        print(json.dumps(entry))


def change_faults(options, folder):
    control = Control(_known(folder).folder)
    if options.action == "list":
        for rule in control.rules():
            print(json.dumps(dict(rule, hits=control.hits(rule["id"]))))
    elif options.action == "clear":
        control.clear(options.rule)
    else:
        try:
            print(control.inject(json.loads(options.rule or "{}")))
        except ValueError as error:
            raise Failed(f"not a rule: {error}") from None


def _known(folder):
    instance = ports.load(folder)
    if not instance:
        raise Failed(f"there is no test cloud in {folder}: run `up` first")
    return instance


def show_logs(options, folder):
    instance = ports.load(folder)
    for cloud in instance.names if instance else ():
        for project in [options.service] if options.service else instance.cloud(cloud).projects:
            print(f"==> {cloud} {project} <==\n{lifecycle.tail(instance.cloud(cloud), project, options.lines)}")
