"""The presigned URL of a cross-Region copy of an encrypted snapshot (facts B)."""

from datetime import UTC, datetime, timedelta
from unittest import mock
from urllib.parse import parse_qsl, urlencode, urlsplit

import botocore.auth
import pytest
from aws import FAR, NEAR, SOURCE, TARGET, assumed, caller, key, own_client, role
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from compute import (
    at_once,  # noqa: F401
    ec2,
    snapshot,
    snapshot_now,
    under,
)

pytestmark = pytest.mark.usefixtures("at_once")

HOST = f"ec2.{NEAR}.amazonaws.com"


def presigned(source, signer, region=NEAR, expires=3600, at=None, host=HOST, **changes):
    """A URL as our functions make it: for the real endpoint, with the request's parameters."""
    asked = {
        "Action": "CopySnapshot",
        "Version": "2016-11-15",
        "SourceRegion": NEAR,
        "SourceSnapshotId": source,
        "DestinationRegion": FAR,
        "Encrypted": "true",
    }
    query = urlencode({name: it for name, it in (asked | changes).items() if it is not None})
    request = AWSRequest("GET", f"https://{host}/?{query}")
    credentials = Credentials(
        signer["AccessKeyId"], signer["SecretAccessKey"], signer.get("SessionToken")
    )
    moment = at or datetime.now(UTC)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda *_: moment):
        SigV4QueryAuth(credentials, "ec2", region, expires).add_auth(request)
    return request.url


def ended(source, by, url):
    """The copy made with this URL, or none, by a client that makes none of its own."""
    there = own_client("ec2", by, FAR)
    there.meta.events.unregister(
        "before-call.ec2.CopySnapshot", botocore.handlers.inject_presigned_url_ec2
    )
    send = {"PresignedUrl": url} if url else {}
    made = there.copy_snapshot(
        SourceSnapshotId=source,
        SourceRegion=NEAR,
        DestinationRegion=FAR,
        **under(key(SOURCE, FAR)),
        **send,
    )["SnapshotId"]
    return snapshot_now(made, SOURCE, FAR)


@pytest.fixture
def session():
    return caller(SOURCE)


@pytest.fixture
def source():
    return snapshot(**under(key(SOURCE)))


def test_a_copy_with_a_url_for_the_real_endpoint_of_the_source_region_is_completed(source, session):
    assert ended(source, session, presigned(source, session))["State"] == "completed"


def test_a_copy_with_the_url_that_boto3_makes_is_completed(source, session):
    made = ec2(session, FAR).copy_snapshot(
        SourceSnapshotId=source, SourceRegion=NEAR, **under(key(SOURCE, FAR))
    )

    assert snapshot_now(made["SnapshotId"], SOURCE, FAR)["State"] == "completed"


def test_a_copy_without_a_url_ends_in_error(source, session):
    made = ended(source, session, None)

    assert made["State"] == "error"
    assert "presigned URL" in made["StateMessage"]


WRONG = {
    "of another host": {"host": "example.com"},
    "of the destination's endpoint": {"host": f"ec2.{FAR}.amazonaws.com"},
    "of another action": {"Action": "DescribeSnapshots"},
    "of another snapshot": {"SourceSnapshotId": "snap-0123456789abcdef0"},
    "of another source Region": {"SourceRegion": "us-east-1"},
    "of another destination": {"DestinationRegion": "us-east-1"},
    "without a destination": {"DestinationRegion": None},
    "signed for the destination": {"region": FAR},
    "expired": {"at": datetime.now(UTC) - timedelta(hours=2)},
    "signed in the future": {"at": datetime.now(UTC) + timedelta(hours=2)},
    "that lasts too long": {"expires": 8 * 24 * 3600},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_copy_with_a_url_that_is_not_for_it_ends_in_error(source, session, wrong):
    assert ended(source, session, presigned(source, session, **wrong))["State"] == "error"


def test_a_copy_with_another_callers_url_ends_in_error(source, session):
    for other in (caller(SOURCE), caller(TARGET), administrator(SOURCE)):
        assert ended(source, session, presigned(source, other))["State"] == "error"


def test_another_session_of_the_same_role_may_sign(source):
    arn = role(SOURCE)

    made = ended(source, assumed(arn), presigned(source, assumed(arn)))

    assert made["State"] == "completed"


def test_an_administrator_signs_with_whatever_secret(source):
    own = administrator(SOURCE)

    assert ended(source, SOURCE, presigned(source, own))["State"] == "completed"


def test_a_signature_that_does_not_match_is_none(source, session):
    forged = session | {"SecretAccessKey": "guessed"}

    made = ended(source, session, presigned(source, forged))

    assert made["State"] == "error"
    assert "signature" in made["StateMessage"]


@pytest.mark.parametrize(
    "name",
    ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Algorithm"],
)
def test_a_url_that_lacks_part_of_its_signature_is_none(source, session, name):
    url = urlsplit(presigned(source, session))
    left = [(key, value) for key, value in parse_qsl(url.query) if key != name]

    assert ended(source, session, url._replace(query=urlencode(left)).geturl())["State"] == "error"


def test_a_url_changed_after_it_was_signed_is_none(source, session):
    url = presigned(source, session).replace("Encrypted=true", "Encrypted=false")

    assert ended(source, session, url)["State"] == "error"


def test_the_rule_can_be_switched_off(settings, source, session):
    settings(switches={"presignedUrlRequired": False})

    assert ended(source, session, None)["State"] == "completed"


def test_a_snapshot_in_the_clear_needs_no_url(session):
    assert ended(snapshot(), session, None)["State"] == "completed"


def test_a_copy_within_a_region_needs_no_url(source, session):
    here = own_client("ec2", session, NEAR)
    here.meta.events.unregister(
        "before-call.ec2.CopySnapshot", botocore.handlers.inject_presigned_url_ec2
    )

    made = here.copy_snapshot(SourceSnapshotId=source, SourceRegion=NEAR)["SnapshotId"]

    assert snapshot_now(made)["State"] == "completed"


def test_the_url_is_not_recorded(source, session, calls):
    ended(source, session, presigned(source, session))

    recorded = next(it for it in calls() if it["action"] == "CopySnapshot")
    assert recorded["params"]["PresignedUrl"] == "***"


def administrator(account):
    return {"AccessKeyId": account, "SecretAccessKey": "anything"}
