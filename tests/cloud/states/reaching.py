"""Definitions whose tasks reach Systems Manager on a resource plane."""

import json
import urllib.request
import uuid

from local_aws import HOME, TARGET, nodes
from local_aws.accounts import REGION, administrator
from machine import States, allow

SHELL = "AWS-RunShellScript"


class Reaching(States):
    """Step Functions beside a resource plane that has a managed node in two accounts."""

    def __init__(self, endpoint, resources):
        """Makes the nodes, and lets things take no time."""
        super().__init__(endpoint)
        self.resources = resources
        kinds = self.steer("GET", "settings")["durations"]
        self.steer("PUT", "settings", {"durations": dict.fromkeys(kinds, 0)})
        self.node = {account: self._node(account) for account in (HOME, TARGET)}

    def machine(self, states, *statements, name=None):
        """The ARN of a new state machine whose role may do what the statements say."""
        role = self.create_role(name or f"machine-{uuid.uuid4().hex[:10]}", *statements)
        return self.create(states, role)

    def role_of(self, machine):
        """The ARN of a state machine's role."""
        return self.client.describe_state_machine(stateMachineArn=machine)["roleArn"]

    def ran(self, machine, given=None):
        """A new execution of the machine, once it has ended."""
        return self.ended(self.start(machine, given))

    def trusting_role(self, trusted, *statements, account=TARGET, **condition):
        """The ARN of a new role of an account that trusts another role, under the condition."""
        name, iam = f"validate-{uuid.uuid4().hex[:10]}", self.administrator("iam", account)
        trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
        trust |= {"Condition": condition} if condition else {}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy(trust)))
        iam.put_role_policy(
            RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy(*statements))
        )
        return arn["Role"]["Arn"]

    def administrator(self, service, account, region=REGION):
        """A client of the resource plane, for the administrator of an account."""
        return administrator(service, self.resources, account, region)

    def calls(self):
        """The calls of the resource plane that no administrator has made."""
        recorded = self.steer("GET", "calls")["calls"]
        return [call for call in recorded if call["roleArn"]]

    def fails(self, kind, state, message="", **match):
        """Makes the next work of a kind that matches end so."""
        order = {"kind": kind, "state": state, "message": message, "match": match}
        self.steer("POST", "failures", order)

    def steer(self, method, path, body=None):
        """What the resource plane's steering answers."""
        request = urllib.request.Request(
            f"{self.resources}/rules/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def _node(self, account):
        ec2 = self.administrator("ec2", account)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(
            VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a"
        )["Subnet"]["SubnetId"]
        nodes.endpoints(ec2, subnet)
        nodes.profile(self.administrator("iam", account), "managed")
        volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8)["VolumeId"]
        snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        image = ec2.register_image(
            Name="node",
            Architecture="x86_64",
            VirtualizationType="hvm",
            EnaSupport=True,
            RootDeviceName="/dev/xvda",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}],
        )["ImageId"]
        return ec2.run_instances(
            ImageId=image,
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet,
            IamInstanceProfile={"Name": "managed"},
        )["Instances"][0]["InstanceId"]


def policy(*statements):
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


SEND_AND_LOOK = allow(["ssm:SendCommand", "ssm:GetCommandInvocation"])


def sdk(action, arguments, **fields):
    """A Task state that calls Systems Manager."""
    resource = f"arn:aws:states:::aws-sdk:ssm:{action}"
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, **fields}


def sending(instance, **fields):
    """A Task state that sends a command to an instance, as the only one of a definition."""
    arguments = {
        "DocumentName": SHELL,
        "InstanceIds": [instance],
        "Parameters": {"commands": ["systemctl is-active orders"]},
        "TimeoutSeconds": 60,
        "Comment": "drill",
        **fields.pop("arguments", {}),
    }
    return sdk("sendCommand", arguments, **{"End": True, **fields})


def assuming(role="{% $states.input.role %}"):
    """The fields of a task that has a role assumed."""
    return {"Credentials": {"RoleArn": role}}
