# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python tests/testcloud <command>``."""

import argparse
import sys
import time

from . import lifecycle, ports
from .layout import CLOUDS, PROJECTS, Instance


def main(arguments=None):
    options = _parser().parse_args(arguments)
    try:
        return options.command(options, Instance.default_folder()) or 0
    except lifecycle.Failed as failure:
        print(f"testcloud: {failure}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(prog="python tests/testcloud", description="A real OpenStack, twice, for tests. OSNAP_TESTCLOUD names another folder.")
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
    start.add_argument("--clouds", type=cloud_list, default=list(CLOUDS), help="such as `source` (default: source,target)")
    start.add_argument("--projects", type=lambda text: text.split(","), default=list(PROJECTS), help=argparse.SUPPRESS)
    add("down", down, "end all processes; what is in the clouds stays")
    add("status", status, "one line a service")
    logs = add("logs", show_logs, "the end of the logs")
    logs.add_argument("service", nargs="?", help="such as cinder (default: all)")
    logs.add_argument("--lines", type=int, default=30)
    return parser


def _reporter():
    began = time.monotonic()
    return lambda line: print(f"{time.monotonic() - began:5.1f} s  {line}", flush=True)


def up(options, folder):
    report = _reporter()
    if lifecycle.up(folder, report, options.clouds, options.projects):
        report(f"{' and '.join(options.clouds)} up: {folder / 'clouds.yaml'}")
    else:
        report(f"{' and '.join(options.clouds)} were up already: {folder / 'clouds.yaml'}")


def down(options, folder):
    report = _reporter()
    report(f"ended {lifecycle.down(folder)} processes")


def status(options, folder):
    rows = lifecycle.status(folder)
    if not rows:
        print(f"never started: {folder}")
        return 3
    for cloud, project, state, pid, port, memory, age in rows:
        figures = f"pid {pid}  {memory:4.0f} MiB  {age / 60:.0f} min" if pid else ""
        print(f"{cloud:7} {project:10} {state:14} port {port}  {figures}")
    return 0 if all(row[2] == "up" for row in rows) else 3


def show_logs(options, folder):
    instance = ports.load(folder)
    for cloud in CLOUDS if instance else ():
        for project in [options.service] if options.service else PROJECTS:
            print(f"==> {cloud} {project} <==\n{lifecycle.tail(instance.cloud(cloud), project, options.lines)}")
