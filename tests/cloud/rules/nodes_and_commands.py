"""Managed nodes and commands, for the tests of Systems Manager's rules."""

from aws import NEAR, SOURCE, client, rules, unique
from botocore.exceptions import ClientError
from compute import ec2, launch, subnet
from local_aws import nodes

SHELL = "AWS-RunShellScript"
COMMANDS = {"commands": ["systemctl is-active orders"]}


def ssm(caller=SOURCE, region=NEAR, **config):
    """A client of Systems Manager, which leaves it to AWS to refuse what makes no sense."""
    return client("ssm", caller, region, parameter_validation=False, **config)


def profile(account=SOURCE, policy=None):
    """The name of a new instance profile by which an agent may work, or has this policy."""
    name = unique("managed")
    nodes.profile(client("iam", account), name, policy)
    return name


def reached_subnet(account=SOURCE, region=NEAR):
    """The id of a new subnet with endpoints of Systems Manager in its VPC."""
    made = subnet(account, region)
    nodes.endpoints(ec2(account, region), made)
    return made


def node(account=SOURCE, region=NEAR, **settings):
    """The id of a new instance that has all that a managed node needs, but as `settings` say."""
    asked = {"SubnetId": settings.get("SubnetId") or reached_subnet(account, region)}
    asked["IamInstanceProfile"] = {"Name": profile(account)}
    asked |= settings
    if asked["IamInstanceProfile"] is None:
        del asked["IamInstanceProfile"]
    return launch(account, region, **asked)


def standing_node(**settings):
    """A node for all tests of a module, which is there at once whatever takes time now."""
    before = rules("GET", "settings")["durations"]
    rules("PUT", "settings", {"durations": dict.fromkeys(before, 0)})
    try:
        made = node(**settings)
        send(made)
    finally:
        rules("PUT", "settings", {"durations": before})
    return made


def send(instance, caller=SOURCE, region=NEAR, **settings):
    """The id of a command sent to an instance."""
    asked = {"DocumentName": SHELL, "InstanceIds": [instance], "Parameters": COMMANDS}
    return ssm(caller, region).send_command(**asked | settings)["Command"]["CommandId"]


def is_managed(instance, caller=SOURCE, region=NEAR):
    """Whether commands can be sent to an instance."""
    try:
        send(instance, caller, region)
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidInstanceId":
            raise
        return False
    return True


def told(command, instance, caller=SOURCE, region=NEAR, **settings):
    """What becomes of the command in the instance."""
    return ssm(caller, region).get_command_invocation(
        CommandId=command, InstanceId=instance, **settings
    )


def summary(invocation):
    """Its status, the details, the exit code and what it wrote."""
    names = ("Status", "StatusDetails", "ResponseCode")
    return *(invocation[name] for name in names), *written(invocation)


def written(invocation):
    """What it wrote to standard output and to standard error."""
    return invocation["StandardOutputContent"], invocation["StandardErrorContent"]
