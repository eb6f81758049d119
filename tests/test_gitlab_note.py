"""The job for GitLab in docs/ci.md: it is one that GitLab takes, and it keeps one note up to date."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from documentation import marks, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOB = marks.files(read("docs/ci.md"))[".gitlab-diff.yml"]
MARKER = "<!-- rflint diff -->"
CHANGED = f"{MARKER}\n**rflint:** worse.\n\n|  | change | old | new | difference |\n"
NOTHING = f"{MARKER}\n**rflint:** No changes in 1 spec.\n"


class GitLab:
    """Notes of a merge request, and what was written."""

    def __init__(self) -> None:
        self.notes: list[dict[str, Any]] = []
        self.written: list[tuple[str, str, str]] = []
        gitlab = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.headers["PRIVATE-TOKEN"] == "secret"
                first = self.path.endswith("&page=1")
                self._answer({"id": 3} if self.path == "/user" else gitlab.notes if first else [])

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
                gitlab.written.append((self.command, self.path, body))
                self._answer({})

            do_PUT = do_POST

            def _answer(self, value: object) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(value).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def run(self, folder: Path, comment: str | None) -> list[tuple[str, str, str]]:
        (script,) = [line for line in yaml.safe_load(JOB)["rflint-diff"]["script"] if line.startswith("python -")]
        if comment is not None:
            (folder / "rflint-diff.md").write_text(comment, encoding="utf-8")
        given = {
            "CI_API_V4_URL": f"http://127.0.0.1:{self.server.server_port}",
            "CI_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_JOB_ID": "9",
            "RFLINT_TOKEN": "secret",
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        }
        (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        (folder / "python").chmod(0o755)
        done = subprocess.run(
            ["bash", "-ec", script], cwd=folder, env={**os.environ, **given}, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return self.written


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    if shutil.which("bash") is None:
        pytest.skip("runs scripts of bash")
    made = GitLab()
    yield made
    made.server.shutdown()
    made.server.server_close()


NOTES = "/projects/5/merge_requests/7/notes"


def test_a_note_is_made(gitlab: GitLab, tmp_path: Path) -> None:
    # Whoever writes the marker into a note of their own keeps that note.
    gitlab.notes = [
        {"id": 1, "author": {"id": 2}, "body": f"{MARKER} not rflint"},
        {"id": 2, "author": {"id": 3}, "body": "of another job"},
    ]
    assert gitlab.run(tmp_path, CHANGED) == [("POST", NOTES, CHANGED)]


@pytest.mark.parametrize("comment", [CHANGED, NOTHING])
def test_the_note_is_kept_up_to_date(comment: str, gitlab: GitLab, tmp_path: Path) -> None:
    gitlab.notes = [{"id": 8, "author": {"id": 3}, "body": f"{MARKER}\nolder"}]
    assert gitlab.run(tmp_path, comment) == [("PUT", f"{NOTES}/8", comment)]


def test_nothing_is_said_of_nothing(gitlab: GitLab, tmp_path: Path) -> None:
    assert gitlab.run(tmp_path, NOTHING) == []


def test_what_was_not_compared_is_told(gitlab: GitLab, tmp_path: Path) -> None:
    ((method, _, body),) = gitlab.run(tmp_path, None)
    assert (method, body) == ("POST", f"{MARKER}\n**rflint:** nothing was compared: the log of job 9 says why.")


@pytest.mark.skipif(find_spec("check_jsonschema") is None, reason="needs check-jsonschema")
def test_job_follows_its_schema(tmp_path: Path) -> None:
    (tmp_path / "job.yml").write_text(JOB, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", "job.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
