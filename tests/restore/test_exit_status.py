"""`make restore` ends with 0 where all is as asked, and with 1 where anything is off."""

import signal
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest
from local_aws.server import ServerError

from restore import __main__ as driver
from restore.arrange import arrange
from restore.by_hand import restore_database
from restore.check import Finding
from restore.example import FLOWS
from restore.follow import Ended
from restore.report import Result

FLOW = "rds-same-location"
WELL = Ended("by-hand", "SUCCEEDED")


@pytest.fixture(autouse=True)
def _signal_as_it_was():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def status(cloud, monkeypatch):
    """The exit status of the driver for a flow, on a cloud that is up."""
    monkeypatch.setattr(driver.local, "running", lambda tell: nullcontext(cloud))

    def main(flow=FLOW):
        monkeypatch.setattr(sys, "argv", ["restore", "--flow", flow])
        return driver.main()

    return main


@pytest.fixture
def by_hand(monkeypatch):
    """`by_hand(…)`: the driver's restores are done by hand, while it checks for what is told."""

    def instead(ended=WELL, **asked):
        scenes, outcomes = [], []

        def arranged(cloud, request):
            scenes.append(arrange(cloud, request))
            return scenes[-1].asking(**asked)

        def start(cloud, request):
            outcomes.append(restore_database(cloud, scenes[-1]))
            return ended.arn

        def follow(cloud, execution, show):
            return replace(ended, output=outcomes[-1])

        for name, does in (("arrange", arranged), ("start", start), ("follow", follow)):
            monkeypatch.setattr(driver, name, does)

    return instead


def test_a_restore_that_is_as_asked_ends_with_0(status, by_hand, capsys):
    by_hand()

    assert status() == 0
    assert f"{FLOW}: restored as asked" in capsys.readouterr().out


def test_a_restore_with_a_check_that_is_off_ends_with_1_and_says_which(status, by_hand, capsys):
    by_hand(target__rds__tags={"service": "another"})

    assert status() == 1
    told = capsys.readouterr().out
    assert "OFF tags" in told
    assert "service: orders, wanted another" in told
    assert f"{FLOW}: NOT as asked" in told


def test_a_restore_that_failed_ends_with_1_and_says_why(status, by_hand, capsys):
    by_hand(Ended("by-hand", "FAILED", error="Restore.KeyNotUsable", cause="it is disabled"))

    assert status() == 1
    assert "FAILED: Restore.KeyNotUsable: it is disabled" in capsys.readouterr().out


@pytest.mark.parametrize(("off", "expected"), [(None, 0), (FLOWS[0], 1), (FLOWS[-1], 1)])
def test_one_of_all_flows_that_is_off_is_enough_for_1(status, monkeypatch, capsys, off, expected):
    def restore(cloud, flow):
        found = "off" if flow == off else "on"
        return Result(flow, 1.0, [Finding("state", {"is": "on"}, {"is": found})])

    monkeypatch.setattr(driver, "restore", restore)

    assert status("all") == expected
    good = len(FLOWS) - expected
    assert f"{good} of {len(FLOWS)} restores as asked" in capsys.readouterr().out


def test_a_local_aws_that_does_not_come_up_ends_with_1_and_says_why(status, monkeypatch, capsys):
    @contextmanager
    def nothing(tell):
        raise ServerError("no port is free")
        yield

    monkeypatch.setattr(driver.local, "running", nothing)

    assert status() == 1
    assert "no port is free" in capsys.readouterr().err
