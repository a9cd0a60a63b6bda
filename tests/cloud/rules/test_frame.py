"""How rules stand around moto's handlers, tried in this process on rules made for the purpose."""

import pytest
from aws import SOURCE
from moto.core.responses import ActionResult
from resource_plane import frame, recorder
from resource_plane.error import AwsError
from resource_plane.frame import rule
from resource_plane.server import Plane
from werkzeug.test import Client

pytestmark = pytest.mark.filterwarnings("ignore:.*does not match an error shape")
"""pytest puts back the warnings that the plane turns off: AWS's models lack common errors."""

ACTION = "GetAccessKeyInfo"
"""An action of STS that has no rule of the plane's own."""


@pytest.fixture(scope="module")
def client():
    return Client(Plane())


@pytest.fixture(autouse=True)
def only_these_rules():
    """Takes the rules of one test away after it."""
    kept = {name: list(rules) for name, rules in frame._rules.items()}
    yield
    frame._rules.clear()
    frame._rules.update(kept)


def ask(client, action=ACTION):
    """Sends a call of the source account's administrator; the status and body of the answer."""
    scope = f"{SOURCE}/20260101/eu-west-1/sts/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    answer = client.post(
        "/",
        data={"Action": action, "Version": "2011-06-15", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE"},
        headers={"Authorization": signature},
    )
    return answer.status_code, answer.get_data(as_text=True)


def test_rules_nest_in_the_order_of_their_registration_and_those_on_all_stand_outside(client):
    entered = []

    def noting(name):
        def around(call, proceed):
            entered.append(name)
            return proceed()

        return around

    rule("sts", ACTION)(noting("first"))
    rule("sts", ACTION)(noting("second"))
    rule("sts", "*")(noting("all"))
    rule("sts", "GetCallerIdentity")(noting("other"))
    status, _ = ask(client)
    assert (status, entered) == (200, ["all", "first", "second"])


def test_a_rule_may_answer_in_place_of_moto(client):
    @rule("sts", ACTION)
    def answer(call, proceed):
        return ActionResult({"Account": f"{call.account} in {call.region}"})

    status, body = ask(client)
    assert status == 200
    assert f"<Account>{SOURCE} in eu-west-1</Account>" in body


def test_a_rule_may_change_what_moto_is_given_and_the_record_keeps_what_was_asked(client):
    given = []

    @rule("sts", ACTION)
    def change(call, proceed):
        call.set_param("AccessKeyId", "AKIAOTHER")
        return proceed()

    @rule("sts", ACTION)
    def look(call, proceed):
        given.append((call.params["AccessKeyId"], call.response.params["AccessKeyId"]))
        call.drop_param("AccessKeyId")
        given.append(("AccessKeyId" in call.params, "AccessKeyId" in call.response.params))
        return ActionResult({"Account": SOURCE})

    ask(client)
    assert given == [("AKIAOTHER", "AKIAOTHER"), (False, False)]
    assert recorder.calls()[-1]["params"] == {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}


@pytest.mark.parametrize(("status", "sent"), [(None, 400), (403, 403), (503, 503)])
def test_a_rules_error_goes_out_with_its_code_message_and_status(client, status, sent):
    @rule("sts", ACTION)
    def refuse(call, proceed):
        raise AwsError("SomethingWrong", "what is <wrong>", status)

    answered, body = ask(client)
    assert answered == sent
    assert "<Code>SomethingWrong</Code>" in body
    assert "<Message>what is &lt;wrong&gt;</Message>" in body
    assert recorder.calls()[-1]["outcome"] == "SomethingWrong"


def test_a_rule_that_breaks_is_an_internal_failure_and_not_an_answer_of_awss(client, capsys):
    @rule("sts", ACTION)
    def stumble(call, proceed):
        raise KeyError("oh")

    status, body = ask(client)
    assert status == 500
    assert "<Code>InternalFailure</Code>" in body
    assert "KeyError: 'oh'" in capsys.readouterr().err
    assert recorder.calls()[-1]["outcome"] == "InternalFailure"


def test_an_answer_that_cannot_be_written_is_an_internal_failure_too(client, capsys):
    class Broken:
        def __getattr__(self, name):
            raise KeyError("oh")

    rule("sts", ACTION)(lambda call, proceed: ActionResult(Broken()))

    status, body = ask(client)

    assert status == 500
    assert "<Code>InternalFailure</Code>" in body
    assert "KeyError: 'oh'" in capsys.readouterr().err
    assert recorder.calls()[-1]["outcome"] == "InternalFailure"


def test_an_action_that_does_not_exist_is_refused_and_recorded(client):
    status, body = ask(client, "GetNothing")
    assert status == 400
    assert "<Code>InvalidAction</Code>" in body
    last = recorder.calls()[-1]
    assert (last["action"], last["outcome"]) == ("GetNothing", "InvalidAction")
