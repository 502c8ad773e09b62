# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints, as JSON, the arguments that the clients' own parsers know, by program and subcommand. Runs in the environment
`clients`.
"""

import argparse
import json
import logging
import sys

import cinderclient.api_versions
import cinderclient.shell
import novaclient.api_versions
import novaclient.shell
from stevedore import ExtensionManager

NAMESPACES = ("openstack.volume.v3", "openstack.compute.v2", "openstack.image.v2")
#: An argument that a later microversion has no more is an argument all the same.
CINDER_VERSIONS = ("3.0", "3.65", cinderclient.api_versions.MAX_VERSION)


def arguments(parser):
    """The names of each argument that help shows, positionals as ``<name>``; how output is formatted is no matter of a
    subcommand's.
    """
    # pylint: disable=protected-access
    formatting = {
        id(action)
        for group in parser._action_groups
        if group.title.lower().endswith(("formatter", "formatters"))
        for action in group._group_actions
    }
    found = []
    for action in parser._actions:
        if id(action) in formatting or isinstance(action, argparse._HelpAction) or action.help == argparse.SUPPRESS:
            continue
        found.append(action.option_strings or ["<%s>" % str(action.metavar or action.dest).strip("<>")])
    return found


def of_shell(shell, versions):
    """What the older clients' shells know, of all these versions together."""
    shell.extensions = []
    found = {}
    for version in versions:
        shell.get_subcommand_parser(version, False, [""])
        for name, parser in shell.subcommands.items():
            known = found.setdefault(name, [])
            known.extend(names for names in arguments(parser) if names not in known)
    return found


def of_openstack():
    found = {}
    for namespace in NAMESPACES:
        for extension in ExtensionManager(namespace):
            command = extension.plugin(argparse.Namespace(), argparse.Namespace())
            found[extension.name.replace("_", " ")] = arguments(command.get_parser(extension.name))
    return found


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    json.dump(
        {
            "cinder": of_shell(
                cinderclient.shell.OpenStackCinderShell(),
                [cinderclient.api_versions.APIVersion(version) for version in CINDER_VERSIONS],
            ),
            "nova": of_shell(
                novaclient.shell.OpenStackComputeShell(), [novaclient.api_versions.get_api_version("2.latest")]
            ),
            "openstack": of_openstack(),
        },
        sys.stdout,
    )
