# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both sides share: a case comes as a line of JSON, is played in a process of its own, and answered by a line.

The side has imported what it needs before: a fork costs no start.
"""

import json
import os
import sys


def serve(play):
    """Answer each line of the standard input with what ``play(case)`` returns in a fork."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            case = json.loads(line)
            os.environ.update(case["environment"])
            os.chdir(case["folder"])
            with os.fdopen(writing, "w") as pipe:
                json.dump(play(case), pipe)
                pipe.flush()
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        answers.write((answer or json.dumps({"broken": "it died"})) + "\n")
        answers.flush()
