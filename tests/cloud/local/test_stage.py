"""The stage is the checkout as `make build` would leave it, with the debug build's binaries."""

import os
import shutil

import pytest
from local_aws import stage
from local_aws.layout import ROOT

FUNCTIONS = stage.CODE_URI.findall((ROOT / stage.TEMPLATE).read_text())


@pytest.fixture(autouse=True)
def built(monkeypatch, tmp_path):
    """A target folder with a small program under each function's name."""
    debug = tmp_path / "target" / "debug"
    debug.mkdir(parents=True)
    for function in FUNCTIONS:
        shutil.copy(os.path.realpath(shutil.which("true")), debug / function)
    monkeypatch.setenv("CARGO_TARGET_DIR", str(tmp_path / "target"))
    monkeypatch.setattr(stage, "STAGE", tmp_path / "stage")
    return debug


def test_there_is_a_program_for_every_path_that_the_template_names():
    template = stage.stage()

    assert len(FUNCTIONS) == 12
    for function in FUNCTIONS:
        program = template.parent / "../target/lambda" / function / "bootstrap"
        assert os.access(program, os.X_OK)


def test_template_and_definitions_are_those_of_the_checkout():
    template = stage.stage()

    assert template.read_bytes() == (ROOT / stage.TEMPLATE).read_bytes()
    definitions = stage.DEFINITION_URI.findall(template.read_text())
    assert len(definitions) == 4
    for definition in definitions:
        staged = template.parent / ".." / definition
        assert staged.read_bytes() == (ROOT / definition).read_bytes()


def test_a_program_that_was_not_built_is_named(built):
    (built / "clean-up").unlink()

    with pytest.raises(stage.NotBuiltError, match="clean-up"):
        stage.stage()


def test_only_what_was_built_anew_is_staged_anew(built):
    stage.stage()
    programs = stage.STAGE / "target" / "lambda"
    before = {name: (programs / name / "bootstrap").stat().st_ino for name in FUNCTIONS}
    os.utime(built / "clean-up")

    stage.stage()

    after = {name: (programs / name / "bootstrap").stat().st_ino for name in FUNCTIONS}
    assert {name for name in FUNCTIONS if before[name] != after[name]} == {"clean-up"}


def test_the_fingerprint_changes_with_a_program(built):
    before = stage.fingerprint()
    assert stage.fingerprint() == before

    os.utime(built / "clean-up", (1, 1))

    assert stage.fingerprint() != before
