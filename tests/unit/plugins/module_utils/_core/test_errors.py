# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystoneauth1 import exceptions as ksa

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import (
    ADVICE,
    Ambiguous,
    OsnapError,
    Unanswered,
    from_exception,
    from_response,
    is_quota,
    service_reason,
)

GLANCE_IN_USE = """<html>
 <head>
  <title>409 Conflict</title>
 </head>
 <body>
  <h1>409 Conflict</h1>
  Image 5d1c could not be deleted because it is in use: The image cannot be deleted because it is in use through the backend store
  outside of Glance.<br /><br />

 </body>
</html>"""
HAPROXY = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>"
CINDER_QUOTA = {
    "overLimit": {
        "code": 413,
        "message": "SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded",
        "retryAfter": "0",
    }
}
NOVA_QUOTA = {
    "forbidden": {
        "code": 403,
        "message": "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances",
    }
}
NEUTRON_QUOTA = {
    "NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: ['port'].", "detail": ""}
}
CINDER_MISSING = {"itemNotFound": {"code": 404, "message": "Snapshot 5d1c could not be found."}}
NOVA_BUSY = {
    "conflictingRequest": {"code": 409, "message": "Cannot 'createImage' instance 5d1c while it is in vm_state error"}
}
KEYSTONE = {
    "error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}
}
PLACEMENT = {
    "errors": [{"status": 409, "title": "Conflict", "detail": "Unable to allocate inventory", "request_id": "req-1"}]
}


class Answer:
    def __init__(self, status_code, body="", headers=None, reason="Reason"):
        self.status_code, self.headers, self.reason = status_code, headers or {}, reason
        self.text = body if isinstance(body, str) else json.dumps(body)


def told(status, body, **more):
    return from_response(
        Answer(status, body, **more),
        cloud="'x'",
        service="block-storage",
        doing="create the volume snapshot 'x'",
        resource="x",
    )


@pytest.mark.parametrize(
    "body, reason",
    [
        (CINDER_QUOTA, "SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded"),
        (NOVA_QUOTA, "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances"),
        (NEUTRON_QUOTA, "Quota exceeded for resources: ['port']"),
        (CINDER_MISSING, "Snapshot 5d1c could not be found"),
        (NOVA_BUSY, "Cannot 'createImage' instance 5d1c while it is in vm_state error"),
        (KEYSTONE, "The request you have made requires authentication"),
        (PLACEMENT, "Unable to allocate inventory"),
        ({"faultcode": "Client", "faultstring": "no such thing"}, "no such thing"),
        ({"message": "a proxy's\n  own words."}, "a proxy's own words"),
        ("plain text", "plain text"),
        ('"text in JSON"', "text in JSON"),
    ],
)
def test_the_reason_is_what_the_service_says(body, reason):
    assert service_reason(body if isinstance(body, str) else json.dumps(body)) == reason


def test_the_reason_of_a_page_is_its_text():
    assert (
        service_reason(GLANCE_IN_USE)
        == "409 Conflict Image 5d1c could not be deleted because it is in use: The image cannot be deleted because it"
        " is in use through the backend store outside of Glance"
    )
    assert service_reason(HAPROXY) == "503 Service Unavailable No server is available to handle this request"
    assert (
        service_reason("<p>it&#39;s <b>here</b> &amp; there</p><script>alert(1)</script><style>p {}</style>")
        == "it's here & there"
    )


def test_an_endless_reason_is_cut():
    assert len(service_reason("x" * 5000)) == 600


text = st.text("a.<>/&;#3\"'{}[]: \n\r\t\0\x0b\u2028é")
keys = st.sampled_from(["message", "x"])
documents = st.recursive(
    st.none() | st.integers() | text, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=4
)


@given(text | documents.map(json.dumps))
def test_whatever_comes_is_one_line(body):
    assert not {"\n", "\r", "\t"} & set(service_reason(body))


def test_an_answer_becomes_one_sentence_and_fields():
    error = told(404, CINDER_MISSING, headers={"x-openstack-request-id": "req-1"})
    assert (
        str(error)
        == "Could not create the volume snapshot 'x': block-storage in cloud 'x' answered 404: Snapshot 5d1c could not"
        " be found."
    )
    assert error.as_result() == {
        "msg": str(error),
        "status": 404,
        "request_id": "req-1",
        "service": "block-storage",
        "resource": "x",
    }
    assert not error.stops_work


def test_an_older_novas_request_id_is_taken_too():
    assert told(404, "", headers={"x-compute-request-id": "req-2"}).fields["request_id"] == "req-2"
    assert told(404, "").fields["request_id"] is None


def test_an_answer_without_a_body_gives_its_own_reason():
    without = (
        "Could not create the volume snapshot 'x': block-storage in cloud 'x' answered 500: Internal Server Error."
    )
    assert str(told(500, "", reason="Internal Server Error")) == without
    assert str(told(500, "", reason="")).endswith("answered 500: no reason given.")


@pytest.mark.parametrize(
    "status, body",
    [(409, GLANCE_IN_USE), (503, HAPROXY), (500, {"computeFault": {"code": 500, "message": "Unexpected API Error."}})],
)
def test_no_tag_and_no_line_break_reaches_the_user(status, body):
    text = str(told(status, body))
    assert not {"<", ">", "\n"} & set(text)
    assert text.endswith(".") and ".." not in text


@pytest.mark.parametrize("status, body", [(413, CINDER_QUOTA), (413, ""), (403, NOVA_QUOTA), (409, NEUTRON_QUOTA)])
def test_over_quota_is_known_in_every_services_words_and_is_final(status, body):
    error = told(status, body)
    assert error.stops_work and ADVICE[413] in str(error)


@pytest.mark.parametrize(
    "status, reason, quota",
    [
        (413, "", True),
        (403, "Quota exceeded for cores", True),
        (409, "VolumeLimitExceeded: no", True),
        (403, "Policy doesn't allow it", False),
        (409, "Image is in use", False),
        (400, "Quota exceeded", False),
        (500, "quota", False),
        (403, "quotation mark missing", False),
    ],
)
def test_what_is_over_quota(status, reason, quota):
    assert is_quota(status, reason) is quota


@pytest.mark.parametrize(
    "status, stops",
    [(400, False), (401, True), (403, False), (404, False), (409, False), (429, False), (500, False), (503, False)],
)
def test_only_what_dooms_the_rest_stops_work(status, stops):
    error = told(status, {"x": {"message": "no"}})
    assert error.stops_work is stops
    assert str(error).endswith(f": no{'; ' + ADVICE[status] if status in ADVICE else ''}.")


# -- exceptions of keystoneauth


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"conflict": {"message": "409 Conflict: Image 1 is in use.&lt;br /&gt;&lt;br /&gt;"}}),
        json.dumps({"conflict": {"message": "409 Conflict: Image 1 is in use.<br /><br />"}}),
        "<html><body>409 Conflict: Image 1 is in use.&lt;br /&gt;&lt;br /&gt;\n\n</body></html>",
    ],
)
def test_tags_are_no_part_of_a_reason_however_often_they_are_quoted(body):
    assert service_reason(body) == "409 Conflict: Image 1 is in use"
    assert service_reason(json.dumps({"message": "a < b and <Image 5> is > c"})) == "a < b and <Image 5> is > c"


def raised(error, **more):
    return from_exception(error, cloud="'mine'", doing="log in", **{"service": "identity", **more})


def test_wrong_credentials():
    error = raised(ksa.Unauthorized("The request you have made requires authentication.", request_id="req-1"))
    assert str(error) == f"Could not log in: cloud 'mine' refuses the credentials (401); {ADVICE[401]}."
    assert error.stops_work and not isinstance(error, Ambiguous)
    assert error.fields == {"status": 401, "request_id": "req-1", "service": "identity", "resource": None}


@pytest.mark.parametrize(
    "text, why",
    [
        (
            (
                "Unable to establish connection to http://x: HTTPConnectionPool(host='x', port=1): Max retries exceeded"
                " with url: / (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f>: Failed"
                " to establish a new connection: [Errno 111] Connection refused'))"
            ),
            "Connection refused",
        ),
        ("HTTPSConnectionPool: [Errno -2] Name or service not known", "Name or service not known"),
        ("Request to http://x timed out", "timed out"),
        (
            "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
            "Connection aborted",
        ),
        ("<object at 0x7f> is unwell", "is unwell"),
    ],
)
def test_a_broken_connection_leaves_open_whether_it_was_done(text, why):
    for error in (ksa.ConnectFailure(text), ksa.UnknownConnectionError(text, ValueError())):
        found = raised(error)
        assert isinstance(found, Ambiguous) and found.stops_work
        assert str(found).startswith(f"Could not log in: cloud 'mine' can't be reached ({why}")
        assert "0x7f" not in str(found)


def test_a_service_that_never_answers_is_named():
    error = raised(ksa.ConnectTimeout("Request to http://x timed out"), service="image")
    assert (
        str(error) == "Could not log in: image in cloud 'mine' gave no answer in time; look whether it is well and run"
        " again, or raise api_timeout."
    )
    assert isinstance(error, Unanswered) and error.stops_work


def test_an_untrusted_certificate_tells_both_ways_out():
    error = raised(
        ksa.SSLError(
            "SSL exception connecting to https://x: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed:"
            " self-signed certificate (_ssl.c:1000)"
        )
    )
    assert (
        str(error) == "Could not log in: the TLS certificate of cloud 'mine' is not trusted (certificate verify failed:"
        " self-signed certificate); set ca_cert, or validate_certs to false if you accept that."
    )
    assert not isinstance(error, Ambiguous)  # nothing was sent


@pytest.mark.parametrize(
    "error, part",
    [
        (
            ksa.EndpointNotFound("no"),
            "has no identity endpoint in its catalog for this region and interface; check region_name and interface.",
        ),
        (
            ksa.NoMatchingPlugin("magic"),
            "are incomplete (The plugin magic could not be found); set auth, or a cloud of clouds.yaml.",
        ),
        (ksa.MissingAuthPlugin("An auth plugin is required"), "are incomplete (An auth plugin is required)"),
        (ksa.NotFound("Not here.", http_status=404), "answered 404: Not here. (HTTP 404); check auth_url."),
        (ksa.ServiceUnavailable("Later.", http_status=503), f"answered 503: Later. (HTTP 503); {ADVICE[503]}."),
        (
            ksa.DiscoveryFailure("Could not find versioned identity endpoints."),
            "cloud 'mine': Could not find versioned identity endpoints.",
        ),
    ],
)
def test_the_rest_of_keystoneauth_is_told_with_a_way_out(error, part):
    found = raised(error)
    assert isinstance(found, OsnapError)
    assert part in str(found)


def test_what_is_unknown_is_a_defect_of_ours_and_stays_one():
    with pytest.raises(KeyError):
        raised(KeyError("x"))
