"""The stage is the checkout as `make build` would leave it, with the debug build's binaries."""

import os
import shutil
import subprocess

import pytest
from local_aws import stage
from local_aws.layout import ROOT

FUNCTIONS = stage.CODE_URI.findall((ROOT / stage.TEMPLATE).read_text())


def source(function):
    """A source of a function."""
    return ROOT / "functions" / function / "src" / "main.rs"


@pytest.fixture(autouse=True)
def built(monkeypatch, tmp_path):
    """A target folder with a small program under each function's name, made after its source."""
    debug = tmp_path / "target" / "debug"
    debug.mkdir(parents=True)
    for function in FUNCTIONS:
        # Unlike `shutil.copy2`, it makes a file of now.
        shutil.copy(os.path.realpath(shutil.which("true")), debug / function)
        (debug / f"{function}.d").write_text(f"{debug / function}: {source(function)}\n")
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


def test_a_program_of_another_checkout_is_refused(built, tmp_path):
    other = tmp_path / "other.rs"
    other.touch()
    (built / "clean-up.d").write_text(f"{built / 'clean-up'}: {other}\n")

    with pytest.raises(stage.NotBuiltError, match=f"clean-up is not known to be of {ROOT}"):
        stage.stage()


TOOLS = ("clippy.toml", "rust-toolchain.toml", "tests/lint/rustc")
"""What the workspace takes from this one."""

WORKSPACE = {
    "Cargo.toml": '[workspace]\nmembers = ["functions/*"]\nresolver = "3"\n',
    "functions/clean-up/Cargo.toml": (
        '[package]\nname = "clean-up"\nedition = "2024"\n[dependencies]\nstep.path = "../step"\n'
    ),
    "functions/clean-up/src/main.rs": "fn main() { step::serve() }\n",
    "functions/step/Cargo.toml": '[package]\nname = "step"\nedition = "2024"\n',
    "functions/step/src/lib.rs": "mod served;\npub use served::serve;\n",
    "functions/step/src/served.rs": "pub fn serve() {}\n",
    "functions/hop/Cargo.toml": '[package]\nname = "hop"\nedition = "2024"\n',
    "functions/hop/src/lib.rs": "",
}


@pytest.fixture
def checkout(monkeypatch, tmp_path):
    """A small workspace, in a folder with a space in its name."""
    root = tmp_path / "check out"
    for name, text in WORKSPACE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for name in TOOLS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    monkeypatch.setattr(stage, "ROOT", root)
    monkeypatch.setenv("CARGO_TARGET_DIR", str(root / "target"))
    monkeypatch.setenv("RUSTC_WORKSPACE_WRAPPER", str(root / "tests/lint/rustc"))
    return root


def build(checkout):
    """What cargo tells, which makes everything of a workspace that has changed."""
    asked = ["cargo", "build", "--workspace", "--all-targets", "--offline"]
    return subprocess.run(asked, cwd=checkout, check=True, capture_output=True, text=True).stderr


def is_refused():
    try:
        stage._built("clean-up")
    except stage.NotBuiltError:
        return True
    return False


def test_a_program_is_refused_exactly_where_cargo_would_make_it_anew(checkout):
    """Whether that is so, cargo tells: it names what it makes."""

    def is_made():
        return "Compiling clean-up" in build(checkout)

    assert is_refused() and is_made() and not is_refused()
    for changed, text in [
        ("functions/clean-up/src/main.rs", None),
        ("functions/step/src/served.rs", None),
        ("functions/step/src/served.rs", "pub fn serve() { main() }\nfn main() {}\n"),
        ("functions/step/src/lib.rs", "pub fn serve() {}\n"),
        # No source of it any more.
        ("functions/step/src/served.rs", None),
        ("functions/hop/src/lib.rs", None),
    ]:
        if text is None:
            os.utime(checkout / changed)
        else:
            (checkout / changed).write_text(text)
        refused = is_refused()
        assert refused == is_made(), changed
        assert not is_refused(), changed
        assert not is_made() and not is_refused(), changed


def test_what_clippy_says_is_told_by_every_build_until_it_is_mended(checkout):
    source, settings = checkout / "functions/hop/src/lib.rs", checkout / "clippy.toml"
    source.write_text("pub fn hop() {\n    std::thread::sleep(std::time::Duration::ZERO);\n}\n")
    told = "use of a disallowed method `std::thread::sleep`"

    assert told in build(checkout)
    again = build(checkout)
    assert told in again and "Compiling" not in again

    settings.write_text("")
    assert told not in build(checkout)
    assert "warning" not in build(checkout)


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

    os.utime(built / "clean-up")

    assert stage.fingerprint() != before
