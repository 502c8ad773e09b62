# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can go wrong, as one sentence with the fields a playbook may branch on."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What to do about an answer, by HTTP status; the last part of the sentence.
ADVICE = {
    401: "check the user name, the password and the project of this cloud's credentials",
    403: "the user lacks the role or the policy for it",
    413: "raise the quota or delete what is no longer needed, then run again",
    429: "the cloud asks for fewer requests; run again later",
    503: "the service is not available just now; run again later",
}


#: Answers by which a service says that it does not tell: by its policy, or because it is too old. Only of these it may be
#: concluded that nobody can know; who was not reached may have had something to say.
UNTOLD = frozenset({403, 404, 406})


class OsnapError(Exception):
    """One clear sentence: what failed, with which object, why, and what to do.

    ``fields`` go beside ``msg`` into the module's result: ``status`` (HTTP status, int), ``request_id`` (the cloud's),
    ``service`` (catalog type) and ``resource`` (name or ID). An unknown one is null.
    """

    #: Nothing else in this task can succeed either (bad credentials, unreachable, quota): stop new work.
    stops_work = False
    #: Nothing was changed before it, as far as this item goes: all that was sent was refused.
    changed_nothing = False

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        service: str | None = None,
        resource: str | None = None,
        stops_work: bool = False,
    ):
        super().__init__(message)
        self.fields: dict[str, Any] = {
            "status": status,
            "request_id": request_id,
            "service": service,
            "resource": resource,
        }
        self.stops_work = stops_work

    @property
    def status(self) -> int | None:
        return self.fields["status"]

    def of(self, what: str) -> OsnapError:
        """The same error, which says what it was about, unless it does so already.

        :param what: as a sentence calls it, such as "The server 'web01'"
        """
        if what not in str(self):
            self.args = (f"{what}: {self}",)
        return self

    def as_result(self) -> dict[str, Any]:
        """``{msg, status, request_id, service, resource}``, plain and JSON-ready."""
        return {"msg": str(self), **self.fields}


class NotSent(OsnapError):
    """An item that was never begun: an earlier failure stops new work, or it is deferred."""


class Ambiguous(OsnapError):
    """A request that may or may not have been carried out: no answer arrived. Look before a second try."""


class Unanswered(Ambiguous):
    """Nobody has waited long enough: the service may be at it still, so that no look tells whether it will be carried
    out. No second try.
    """


def counted(number: int, units: str) -> str:
    """``1 server``, ``2 servers``; units of several words, such as ``MiB of memory``, stay as they are."""
    return f"{number} {units.removesuffix('s') if number == 1 and ' ' not in units else units}"


def enumerated(things: Sequence[str], most: int = 10) -> str:
    """The first things of a list, as a sentence names them."""
    return ", ".join(things[:most]) + (f" and {len(things) - most} more" if len(things) > most else "")


def service_reason(body: str) -> str:
    """The human part of an error body: JSON of any OpenStack service, or the text of an HTML page."""
    import html  # of failures only: its table of entities takes longer to load than most of our files

    try:
        found = _message_in(json.loads(body))
    except ValueError:
        found = None
    if found is None:
        # Glance and proxies answer in HTML; the title repeats the status, the body has the reason.
        text = re.sub(r"(?is)<(head|script|style)\b.*?</\1>", " ", body)
        found = re.sub(r"<[^>]+>", " ", text)
    found = re.sub(
        r"<class '([\w.]+)'>", r"(\1)", html.unescape(found)
    )  # Nova quotes Glance's HTML and, for a 500, Python
    found = _TAG.sub(" ", found)  # quoted once more, as in Glance's own conflicts
    return re.sub(r"\s+", " ", found).strip(" ;").rstrip(". ;")[:600]


#: What is HTML for certain: a reason may well have other things in angle brackets.
_TAG = re.compile(
    r"(?i)</?(html|head|body|title|h[1-6]|p|br|hr|div|span|center|pre|code|b|i|em|strong|a|ul|ol|li)\b[^<>]*>"
)


def _message_in(document):
    if isinstance(document, str):
        return document
    if isinstance(document, list):
        document = document[0] if document else None
    if not isinstance(document, dict):
        return None
    for key in ("message", "detail", "faultstring"):
        if isinstance(document.get(key), str) and document[key]:
            return document[key]
    for value in document.values():
        found = _message_in(value) if isinstance(value, (dict, list)) else None
        if found:
            return found
    return None


def is_quota(status: int, reason: str) -> bool:
    """Over quota is 413 in Cinder and Glance, 403 in Nova, 409 in Neutron."""
    return status == 413 or (status in (403, 409) and re.search(r"\bquota\b|LimitExceeded", reason, re.I) is not None)


def from_response(
    response: Any,
    *,
    cloud: str,
    service: str,
    doing: str,
    resource: str | None = None,
    advice: dict[int, str] | None = None,
) -> OsnapError:
    """The error of an HTTP answer of 400 or more to ``doing`` (an infinitive, such as "create the volume snapshot
    'x'").

    ``advice`` is what to do by HTTP status, where that is something else than :data:`ADVICE`.
    """
    status = response.status_code
    reason = service_reason(response.text or "") or response.reason or "no reason given"
    quota = is_quota(status, reason)
    redirect = "check the endpoint of this service and any proxy on the way" if status < 400 else None
    what_to_do = ADVICE[413] if quota else {**ADVICE, **(advice or {})}.get(status, redirect)
    kind = {502: Ambiguous, 504: Unanswered}.get(
        status, OsnapError
    )  # from a proxy that has lost the service, or its patience
    return kind(
        f"Could not {doing}: {service} in cloud {cloud} answered {status}: {reason}{'; ' + what_to_do if what_to_do else ''}.",
        status=status,
        request_id=response.headers.get("x-openstack-request-id") or response.headers.get("x-compute-request-id"),
        service=service,
        resource=resource,
        stops_work=quota or status == 401,
    )


#: What the SDK stumbles with over an answer of another form than it expects: a list for an object, a key less.
OF_ANOTHER_FORM = (AttributeError, IndexError, KeyError, TypeError, ValueError)

#: What OpenSSL says of a file of ours, before it has seen anything of the other side.
_OWN_TLS_FILE = re.compile(r"NO_CERTIFICATE_OR_CRL_FOUND|PEM lib|\[PEM|\[X509|KEY_VALUES_MISMATCH")


def from_exception(
    error: Exception, *, cloud: str, service: str | None = None, doing: str, resource: str | None = None
) -> OsnapError:
    """The error of an exception of keystoneauth1 or openstacksdk; anything unknown is raised again, it is a defect of
    ours.
    """
    from keystoneauth1 import exceptions as ksa

    named: dict[str, Any] = {"service": service, "resource": resource}
    where = f"cloud {cloud}"
    if isinstance(error, ksa.Unauthorized):
        return OsnapError(
            f"Could not {doing}: {where} refuses the credentials (401); {ADVICE[401]}.",
            status=401,
            request_id=error.request_id,
            stops_work=True,
            **named,
        )
    if isinstance(error, ksa.SSLError) and _OWN_TLS_FILE.search(str(error)):
        return OsnapError(
            f"Could not {doing}: a file for TLS that is configured for {where} can't be used"
            f" ({reason_of_failure(error)}); check ca_cert, client_cert and client_key.",
            stops_work=True,
            **named,
        )
    if isinstance(error, ksa.SSLError):
        # A connection that TLS ends later has carried the request, perhaps.
        kind = OsnapError if "certificate" in str(error) else Ambiguous
        return kind(
            f"Could not {doing}: the TLS certificate of {where} is not trusted ({reason_of_failure(error)}); set ca_cert, "
            "or validate_certs to false if you accept that.",
            stops_work=True,
            **named,
        )
    if isinstance(error, (ksa.ConnectFailure, ksa.ConnectTimeout, ksa.UnknownConnectionError)):
        if isinstance(error, ksa.ConnectTimeout):
            return Unanswered(
                f"Could not {doing}: {service or 'a service'} in {where} gave no answer in time; look whether it is well and run again, or raise"
                " api_timeout.",
                stops_work=True,
                **named,
            )
        return Ambiguous(
            f"Could not {doing}: {where} can't be reached ({reason_of_failure(error)}); check the address, the network and"
            " api_timeout, then run again.",
            stops_work=True,
            **named,
        )
    if isinstance(error, ksa.EndpointNotFound):
        return OsnapError(
            f"Could not {doing}: {where} has no {service} endpoint in its catalog for this region and interface; check"
            " region_name and interface.",
            **named,
        )
    if isinstance(error, (ksa.MissingRequiredOptions, ksa.NoMatchingPlugin, ksa.MissingAuthPlugin)):
        return OsnapError(
            f"Could not {doing}: the credentials of {where} are incomplete ({error}); set auth, or a cloud of"
            " clouds.yaml.",
            stops_work=True,
            **named,
        )
    if isinstance(error, ksa.HttpError):
        return OsnapError(
            f"Could not {doing}: {where} answered {error.http_status}: {str(error).rstrip('.')}; "
            f"{ADVICE.get(error.http_status, 'check auth_url')}.",
            status=error.http_status,
            request_id=error.request_id,
            stops_work=True,
            **named,
        )
    if isinstance(error, ksa.ClientException):
        return OsnapError(f"Could not {doing}: {where}: {str(error).rstrip('.')}.", stops_work=True, **named)
    raise error


def reason_of_failure(error: Exception) -> str:
    """The innermost reason of a connection failure, without urllib3's object addresses."""
    text = str(error)
    for pattern in (
        r"\[Errno -?\d+\] ([^'\")]+)",
        r"(certificate verify failed: [^(\"']+)",
        r"SSLError\(\d+, '(?:\[[^]]*\] )?([^('\"]+)",
        r"(timed out)",
        r"(Connection aborted|Connection broken)",
        r"(RemoteDisconnected|Connection reset)",
    ):
        found = re.search(pattern, text)
        if found:
            return found.group(1).strip().rstrip(".")
    return re.sub(r"<[^>]*>", "", text).strip().rstrip(".")[:300]
