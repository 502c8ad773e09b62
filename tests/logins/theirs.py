# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real openstackclient's side of a case. Runs in the environment `clients`."""

import contextlib
import io
import json
import logging

import openstackclient.compute.v2.server
import openstackclient.image.v2.image
import openstackclient.shell
import openstackclient.volume.v3.volume_snapshot  # noqa: F401
from forks import serve

LISTS = {
    "block-storage": ["volume", "snapshot", "list"],
    "image": ["image", "list"],
    "compute": ["server", "list"],
}


def run(shell, words, first=False):
    """One command line in a shell that stays logged in: (output, None) or (None, error)."""
    output, errors = io.StringIO(), io.StringIO()
    shell.stdout, shell.stderr = output, errors
    handler = logging.StreamHandler(errors)
    logging.getLogger().addHandler(handler)
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            status = (shell.run if first else shell.run_subcommand)([*words, "-f", "json"])
        except SystemExit as end:
            status = end.code
        # pylint: disable=broad-exception-caught  # whatever it is, it is this command's error and not ours
        except Exception as error:
            status, errors = 1, io.StringIO(f"{type(error).__name__}: {error}")
    logging.getLogger().removeHandler(handler)
    return (None, errors.getvalue().strip()[-400:] or f"status {status}") if status else (output.getvalue(), None)


def play(case):
    shell = openstackclient.shell.OpenStackShell()
    token, error = run(shell, ["token", "issue"], first=True)
    if error:
        return {"error": error}
    found = {name: run(shell, LISTS[name])[1] for name in case["services"]}
    return {"project": json.loads(token).get("project_id"), "errors": {name: why for name, why in found.items() if why}}


if __name__ == "__main__":
    logging.disable(logging.INFO)
    serve(play)
