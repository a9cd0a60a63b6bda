"""`make recover` ends with 0 where all is as asked and in time, with 1 where anything is off."""

import signal
import sys
from contextlib import nullcontext

import pytest
from recovery import __main__ as driver

FEW = {
    "databases": ("rds-cross-region", "rds-cross-account", "rds-cross-account-cross-region"),
    "servers": ("ec2-cross-account", "ec2-cross-account-cross-region"),
}
"""As few as a plan of several waves and placements has."""


@pytest.fixture(autouse=True)
def _signal_as_it_was():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def status(cloud, monkeypatch, db_instances_go):
    """The exit status of the driver, told these arguments, on a cloud that is up."""
    monkeypatch.setattr(driver.local, "running", lambda tell: nullcontext(cloud))
    monkeypatch.setattr("recovery.twelve.WAVES", FEW)

    def main(*arguments):
        monkeypatch.setattr(sys, "argv", ["recovery", *arguments])
        return driver.main()

    return main


def test_a_plan_that_is_recovered_as_asked_and_in_time_ends_with_0(status, capsys):
    found = status()

    told = capsys.readouterr().out
    assert found == 0, told
    assert "RTO: complete after" in told and "target 4:00:00: met" in told
    assert "RPO: oldest data" in told and "target 24:00:00: met" in told
    # Of the whole, of two waves and of five restores.
    assert "ok  targets met            16 of 16" in told
    assert "5 of 5 restores as asked" in told


def test_a_plan_whose_target_is_missed_ends_with_1_and_says_which(status, capsys):
    found = status("--rto-minutes", "1")

    told = capsys.readouterr().out
    assert found == 1, told
    assert "target 0:01:00: MISSED" in told and "target 24:00:00: met" in told
    off = [line for line in told.splitlines() if line.startswith("  OFF")]
    assert len(off) == 1 and "targets met" in off[0]
    assert "the whole, RTO: complete after" in told
    assert "5 of 5 restores as asked" in told
