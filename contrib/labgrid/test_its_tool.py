# SPDX-License-Identifier: GPL-2.0-or-later
"""Is the ITS of a board in a labgrid lab healthy?

One static file is copied to the board, runs there, and what it says is collected as JSON:

    pytest --lg-env board.yaml test_its_tool.py

Any driver that runs commands and transfers files will do: SSHDriver, or ShellDriver over a serial line.
"""
import json
import os
import pathlib

import pytest

HERE = pathlib.Path(__file__).resolve().parent
# Seconds: its-tool itself waits for nothing longer than a few seconds (its option --timeout).
PATIENCE = 60


class Board:
    """its-tool on the board."""

    def __init__(self, env, target):
        self.shell = target.get_driver("CommandProtocol")
        self.files = target.get_driver("FileTransferProtocol")
        self.options = env.config.get_option("its-tool-options", "")
        self.event = env.config.get_option("its-tool-event", "")
        self.results = pathlib.Path(env.config.resolve_path(env.config.get_option("its-tool-results", "results")))
        self.place = self.shell.run_check("mktemp -d")[0]
        self.copy(env.config.get_image_path("its-tool"))
        self.shell.run_check(f"chmod 755 {self.place}/its-tool")

    def copy(self, path):
        """Puts a file beside its-tool; the name it has there."""
        name = f"{self.place}/{os.path.basename(path)}"
        self.files.put(str(path), name)
        return name

    def close(self):
        self.shell.run(f"rm -rf {self.place}")

    def ask(self, what, result, accept=(0,)):
        """Runs a command, keeps what it said as RESULT.json, and returns its JSON documents and its exit status."""
        command = " ".join(f"{self.place}/its-tool {self.options} -j {what}".split())
        out, err, status = self.shell.run(command, timeout=PATIENCE)
        self.results.mkdir(parents=True, exist_ok=True)
        (self.results / f"{result}.json").write_text("\n".join(out) + "\n", encoding="utf-8")
        assert status in accept, f"{command}: exit {status}: " + "\n".join(err or out)
        return [json.loads(line) for line in out if line], status


@pytest.fixture(scope="module")
def board(env, target):
    board = Board(env, target)
    yield board
    board.close()


def test_finds_an_its(board):
    [found], _ = board.ask("list", "list")
    assert found["its"], "no ITS in the device tree or the ACPI tables"


def test_every_invariant_holds(board):
    # Exit status 1: an invariant is broken; the document says which.
    [health], _ = board.ask("check", "check", accept=(0, 1))
    broken = [
        f"ITS {its['index']}: {check['name']}: {finding}"
        for its in health["its"]
        for check in its["checks"]
        if check["status"] == "failed" and check["severity"] == "error"
        for finding in check["findings"]
    ]
    assert not broken, "\n".join(broken)


def test_script(board):
    # Exit status 1: an expectation was not met; the steps say which.
    steps, _ = board.ask(f"run {board.copy(HERE / 'health.its')}", "script", accept=(0, 1))
    failed = [step for step in steps if step.get("type") == "step" and not step["ok"]]
    assert not failed, "\n".join(
        f"line {step['line']}: {step['command']}: found {step.get('found')}, wanted {step.get('wanted')}" for step in failed
    )


def test_interrupt_arrives(board):
    if not board.event:
        pytest.skip("the environment names no its-tool-event")
    # Exit status other than 0: it did not arrive, or was refused; its-tool says why.
    board.ask(f"inject {board.event}", "inject")
