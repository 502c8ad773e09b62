# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to say of a module that has crashed: it returned nothing, and Ansible tells it in different places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: What Ansible itself says of a module without a result.
_NO_RESULT = ("MODULE FAILURE", "Module result deserialization failed")


def sentence(result: Mapping[str, Any]) -> str | None:
    """Why a module has returned nothing, in one sentence; None where it has said something itself.

    :param result: what the task got, whose status ``failed_when`` may have changed
    """
    message = str(result.get("msg") or "")
    if message and not message.startswith(_NO_RESULT):
        return None
    lines = str(result.get("module_stderr") or "").strip().splitlines()
    why = lines[-1].strip() if lines else _raised(result.get("exception"))
    if not why and not message:
        return None
    status = f" with the exit status {result['rc']}" if result.get("rc") else ""
    return f"The module ended without a result{status}: {why or message}. See its traceback with -vvv, then run again."


def _raised(exception):
    """The last line of a traceback. Since ansible-core 2.19 it is an object that has an event with a message."""
    event = getattr(exception, "event", None)
    if event is not None:
        return str(event.msg).strip()
    lines = str(exception or "").strip().splitlines()
    return lines[-1].strip() if lines else ""
