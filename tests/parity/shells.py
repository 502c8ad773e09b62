# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real clients, one command line after the other in one process: starting each anew would cost a second
apiece.

Reads JSON lines ``{program, arguments}``, writes JSON lines ``{status, output, errors}``. Runs in the environment
`clients`.
"""

import contextlib
import io
import json
import logging
import sys

import cinderclient.shell
import cinderclient.v3.shell
import novaclient.shell
import openstackclient.shell

SHELLS = {
    "cinder": lambda arguments: cinderclient.shell.OpenStackCinderShell().main(arguments),
    "nova": lambda arguments: novaclient.shell.OpenStackComputeShell().main(arguments),
    "openstack": lambda arguments: openstackclient.shell.OpenStackShell().run(arguments),
}


def run(program, arguments):
    """One command line as its program would run it; a client tells of an error with an exception, an exit or a
    status.
    """
    cinderclient.v3.shell.AppendFilters.filters = []  # the client keeps them in the class
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            status = SHELLS[program](arguments) or 0
        except SystemExit as end:
            status = end.code or 0
        # pylint: disable=broad-exception-caught  # whatever it is, it is this command's error and not ours
        except Exception as error:
            status, errors = 1, io.StringIO("%s%s: %s" % (errors.getvalue(), type(error).__name__, error))
    return {"status": status, "output": output.getvalue(), "errors": errors.getvalue()}


if __name__ == "__main__":
    logging.disable(logging.INFO)  # the clients of one process turn on each other's debug output
    answers = sys.stdout
    for line in sys.stdin:
        answers.write(json.dumps(run(**json.loads(line))) + "\n")
        answers.flush()
