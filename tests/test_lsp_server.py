"""The language server: what holds for an open document, and a conversation over standard input and output as an editor has it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import io
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from command_line import rflint, takes_interrupts
from pages import blobs

from rflint.cli.commands import Arguments, load
from rflint.cli.parser import parse
from rflint.lsp.session import Session, Taken

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_pygls = pytest.mark.skipif(find_spec("pygls") is None, reason="pygls is not installed: pip install 'pygls>=2'")

EVEN = """\
rflint: 1
inputs: {image: {size: 32}}
layers:
  - {name: a, op: conv, kernel: 4, padding: same}
"""
LIBRARY = """\
rflint: 1
blocks:
  far:
    layers: [{name: inner, op: conv, kernel: 3, padding: 9}]
"""
USER = """\
rflint: 1
import: [lib.yaml]
inputs: {image: {size: 32}}
layers:
  - {name: here, use: far}
"""


# What holds for a document


def session(**values: Any) -> Session:
    return Session(Arguments({**parse(load("check"), [], {}).values, **values}))


def take(path: Path | None, text: str, at: Session | None = None) -> Taken:
    at = at or session()
    return at.take(at.put(path.as_uri() if path else "untitled:new", str(path) if path else None, text, 1))


def codes(taken: Taken) -> list[tuple[str, str]]:
    return [(mark.diagnostic.code, mark.severity) for mark in taken.marks]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder that is a repository, so that nothing outside of it counts."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "specs").mkdir()
    return tmp_path


def test_configuration_holds_as_on_the_command_line(repository: Path) -> None:
    (repository / "rflint.toml").write_text('ignore = ["RF104"]\nexclude = ["drafts"]\nseverity = { RF301 = "error" }\n')
    taken = take(repository / "specs" / "net.yaml", EVEN)
    assert (codes(taken), taken.problem, taken.snapshot.path) == ([("RF301", "error")], None, "specs/net.yaml")
    assert codes(take(repository / "drafts" / "net.yaml", EVEN)) == []
    assert codes(take(repository / "specs" / "net.yaml", EVEN, session(isolated=True))) == [("RF104", "info"), ("RF301", "warning")]
    assert codes(take(repository / "specs" / "net.yaml", EVEN, session(select=("RF1",)))) == [("RF104", "info")]


def test_a_broken_configuration_is_told_and_the_defaults_hold(repository: Path) -> None:
    (repository / "rflint.toml").write_text('selct = ["RF1"]\n')
    at = session()
    taken = take(repository / "net.yaml", EVEN, at)
    assert codes(taken) == [("RF104", "info"), ("RF301", "warning")]
    assert taken.problem is not None
    assert taken.problem.endswith("rflint.toml: unknown key `selct`; did you mean `select`?")
    (repository / "rflint.toml").write_text('select = ["RF1"]\n')
    at.renew_all()
    taken = take(repository / "net.yaml", EVEN, at)
    assert (codes(taken), taken.problem) == ([("RF104", "info")], None)


def test_what_the_baseline_knows_is_not_shown(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    (repository / "specs" / "net.yaml").write_text(EVEN)
    (repository / "rflint.toml").write_text('baseline = "known.json"\n')
    assert take(repository / "specs" / "net.yaml", EVEN).problem is not None
    assert rflint("check", "specs", "--baseline", "known.json", "--write-baseline").code == 0
    monkeypatch.chdir("/")
    taken = take(repository / "specs" / "net.yaml", EVEN)
    assert (codes(taken), taken.problem) == ([], None)


def test_imports_are_read_as_the_editor_has_them(repository: Path) -> None:
    library, user = repository / "specs" / "lib.yaml", repository / "specs" / "net.yaml"
    library.write_text(LIBRARY)
    at = session()
    before = take(user, USER, at)
    assert ("RF304", "warning") in codes(before)
    assert at.depends(before, str(library))
    assert not at.depends(before, str(repository / "other.yaml"))
    take(library, LIBRARY.replace("padding: 9", "padding: 1"), at)
    assert codes(take(user, USER, at)) == []
    at.close(library.as_uri())
    assert codes(take(user, USER, at)) == codes(before)
    (outside, *_) = take(user, USER.replace("lib.yaml", "../../lib.yaml")).marks
    assert outside.message.startswith("`../../lib.yaml` leads outside")


def test_a_document_without_a_file_imports_nothing() -> None:
    assert [mark.message for mark in take(None, USER).marks] == [
        "`lib.yaml` is not read: this document is not saved yet, and imports are relative to its folder"
    ]
    assert codes(take(None, EVEN)) == [("RF104", "info"), ("RF301", "warning")]


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygls", None)
    assert rflint("lsp") == (2, "", "rflint: the language server needs pygls: `pip install 'pygls>=2'`\n")


@needs_pygls
def test_wrong_settings_and_no_output_are_usage_errors() -> None:
    assert rflint("lsp").err == "rflint: the language server speaks on standard output, and there is none\n"
    assert (
        rflint("lsp", "--sdtio").err
        == "rflint: unknown option `--sdtio` of `lsp`; did you mean `--stdio`? (`rflint lsp --help` lists them)\n"
    )


@needs_pygls
def test_nothing_is_kept_of_the_versions_that_went_by() -> None:
    from rflint.lsp.serving import build

    server = build(session())
    server.protocol.set_writer(io.BytesIO())
    uri = "untitled:x"

    def hear(method: str, **message: Any) -> None:
        server.protocol.handle_message(server.protocol.structure_message({"jsonrpc": "2.0", "method": method, **message}))

    def version(number: int) -> None:
        changes = [{"text": f"{EVEN}# {number}\n"}]
        hear("textDocument/didChange", params={"textDocument": {"uri": uri, "version": number}, "contentChanges": changes})

    async def type_and_save() -> int:
        hear("initialize", id=1, params={"processId": None, "rootUri": None, "capabilities": {}})
        hear("textDocument/didOpen", params={"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": EVEN}})
        for number in range(2, 200):
            version(number)
            hear("textDocument/didSave", params={"textDocument": {"uri": uri}})
            await asyncio.sleep(0)
        gc.collect()
        return sum(isinstance(each, (asyncio.Future, concurrent.futures.Future)) for each in gc.get_objects())

    assert asyncio.run(type_and_save()) < 20
    server.leave()


# Conversations


class Editor:
    """A client of `rflint lsp`: frames messages, and keeps what it was told."""

    def __init__(self, folder: Path) -> None:
        # A pipe that nobody reads would fill up, and stop the server.
        self.log = (folder / "server.log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rflint", "lsp", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            cwd=folder,
            env={**os.environ, "RFLINT_PLUGINS": "off"},
        )
        self.told: list[dict[str, Any]] = []
        self._heard: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._number = 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout
        while True:
            length = 0
            while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            if not line:
                self._heard.put(None)
                return
            self._heard.put(json.loads(self.process.stdout.read(length)))

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self.process.stdin.flush()

    def send(self, **message: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def notify(self, method: str, **params: Any) -> None:
        self.send(method=method, params=params)

    def request(self, method: str, **params: Any) -> Any:
        self._number += 1
        self.send(id=self._number, method=method, params=params)
        message = self.answer(self._number)
        assert "error" not in message, message
        return message["result"]

    def answer(self, number: int | str) -> dict[str, Any]:
        """The answer to a request."""
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                return message

    def wait(self, method: str, **wanted: Any) -> Any:
        """Parameters of the next notification of this kind."""
        while True:
            for place, message in enumerate(self.told):
                if message["method"] == method and wanted.items() <= message["params"].items():
                    return self.told.pop(place)["params"]
            self._next()

    def _next(self) -> dict[str, Any]:
        message = self._heard.get(timeout=30)
        assert message is not None, "the server has left"
        if "method" in message:
            if "id" in message:
                self.send(id=message["id"], result=None)
            self.told.append(message)
        return message

    def begin(self, **capabilities: Any) -> Any:
        answer = self.request("initialize", processId=None, rootUri=None, capabilities=capabilities)
        self.notify("initialized")
        return answer["capabilities"]

    def open(self, uri: str, text: str) -> Any:
        self.notify("textDocument/didOpen", textDocument={"uri": uri, "languageId": "yaml", "version": 1, "text": text})
        return self.findings(uri)

    def change(self, uri: str, text: str, version: int) -> None:
        self.notify("textDocument/didChange", textDocument={"uri": uri, "version": version}, contentChanges=[{"text": text}])

    def findings(self, uri: str) -> Any:
        """The next findings about a document."""
        return self.wait("textDocument/publishDiagnostics", uri=uri)["diagnostics"]

    def at(self, method: str, uri: str, line: int, character: int, **params: Any) -> Any:
        place = {"line": line, "character": character}
        return self.request(f"textDocument/{method}", textDocument={"uri": uri}, position=place, **params)

    def leave(self) -> int:
        self.request("shutdown")
        self.send(method="exit")
        return self.process.wait(10)

    def logged(self) -> str:
        self.log.seek(0)
        return self.log.read().decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()
        for stream in (self.process.stdin, self.process.stdout, self.log):
            assert stream
            stream.close()


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    if find_spec("pygls") is None:
        pytest.skip("pygls is not installed: pip install 'pygls>=2'")
    client = Editor(tmp_path)
    yield client
    client.close()


def place(line: int, start: int, end: int) -> dict[str, Any]:
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """Apply edits to a text of plain ASCII."""
    starts = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]

    def offset(position: dict[str, int]) -> int:
        return starts[position["line"]] + position["character"]

    for edit in sorted(edits, key=lambda edit: offset(edit["range"]["start"]), reverse=True):
        text = text[: offset(edit["range"]["start"])] + edit["newText"] + text[offset(edit["range"]["end"]) :]
    return text


NET = """\
rflint: 1
name: "😀"
inputs: {image: {size: 33}}
layers:
  - {name: a, op: conv, kernel: 5, padding: 2}
  - {name: b, op: conv, kernel: 3, padding: 1, from: image}
  - {name: "😀", op: concatt, from: [a, b]}
"""


def test_a_session(editor: Editor, tmp_path: Path) -> None:
    capabilities = editor.begin()
    assert capabilities["positionEncoding"] == "utf-16"
    assert capabilities["textDocumentSync"] == {"openClose": True, "change": 1, "save": True}
    uri = (tmp_path / "net.yaml").as_uri()
    (finding,) = editor.open(uri, NET)
    assert len(finding["data"].pop("fingerprint")) == 32
    assert finding == {
        "range": place(6, 21, 28),
        "severity": 1,
        "code": "RF003",
        "source": "rflint",
        "message": "`concatt` is not an op that rflint knows; did you mean `concat`?",
        "data": {"name": "unknown-op", "layer": None},
    }

    hover = editor.at("hover", uri, 4, 12)
    assert hover["range"] == place(4, 11, 12)
    assert "| y, x | 5 | 1 | 2 | 0 | 2 | 33 |" in hover["contents"]["value"]
    assert editor.at("definition", uri, 6, 40) == {"uri": uri, "range": place(5, 11, 12)}
    assert [each["range"] for each in editor.at("references", uri, 4, 12, context={"includeDeclaration": False})] == [place(6, 37, 38)]
    completion = editor.at("completion", uri, 6, 23)
    assert completion["isIncomplete"] is False
    assert {"label": "concat", "kind": 3, "textEdit": {"range": place(6, 21, 23), "newText": "concat"}}.items() <= next(
        each for each in completion["items"] if each["label"] == "concat"
    ).items()
    (symbols,) = [each for each in editor.request("textDocument/documentSymbol", textDocument={"uri": uri}) if each["name"] == "layers"]
    assert [each["name"] for each in symbols["children"]] == ["a", "b", "😀"]

    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 7, "character": 0}}
    asked = {"textDocument": {"uri": uri}, "range": whole, "context": {"diagnostics": [], "only": ["quickfix"]}}
    (action,) = editor.request("textDocument/codeAction", **asked)
    assert (action["title"], action["kind"], action["isPreferred"]) == ("RF003: `op: concatt` becomes `op: concat`", "quickfix", True)
    assert action["diagnostics"][0]["code"] == "RF003"
    (edit,) = action["edit"]["changes"][uri]
    assert edit == {"range": place(6, 21, 28), "newText": "concat"}
    asked["context"] = {"diagnostics": [], "only": ["source.fixAll"]}
    (every,) = editor.request("textDocument/codeAction", **asked)
    assert every["edit"]["changes"][uri] == [{"range": place(6, 27, 28), "newText": ""}]

    mended = NET.replace("concatt", "concat")
    editor.change(uri, mended, 2)
    assert editor.findings(uri) == []
    hints = editor.request("textDocument/inlayHint", textDocument={"uri": uri}, range=whole)
    assert [(each["position"], each["label"]) for each in hints] == [
        ({"line": 4, "character": 46}, "rf 5×5 /1"),
        ({"line": 5, "character": 59}, "rf 3×3 /1"),
        ({"line": 6, "character": 42}, "rf 5×5 /1"),
    ]
    editor.notify("textDocument/didClose", textDocument={"uri": uri})
    assert editor.findings(uri) == []
    assert editor.leave() == 0
    assert editor.logged() == ""


def test_an_ignore_action_makes_the_finding_go_away(editor: Editor) -> None:
    editor.begin(general={"positionEncodings": ["utf-8", "utf-16"]})
    uri = "untitled:Untitled-1"
    assert [each["code"] for each in editor.open(uri, EVEN)] == ["RF104", "RF301"]
    asked = {"textDocument": {"uri": uri}, "range": place(3, 30, 30), "context": {"diagnostics": []}}
    text = EVEN
    # A cursor beside the findings, but they are named.
    beside = {"range": place(3, 4, 4), "context": {"diagnostics": [{"range": place(3, 32, 33), "message": "", "source": "rflint"}]}}
    offered = editor.request("textDocument/codeAction", **asked | beside)
    assert [each["title"] for each in offered] == ["Ignore RF104 here", "Ignore RF301 here"]
    for code in ("RF104", "RF301"):
        offered = editor.request("textDocument/codeAction", **asked)
        (action,) = [each for each in offered if each["title"] == f"Ignore {code} here"]
        text = edited(text, action["edit"]["changes"][uri])
        editor.change(uri, text, 2)
        assert code not in [each["code"] for each in editor.findings(uri)]
        asked["range"] = place(4, 0, 50)
    assert text == EVEN.replace("  - {", "  # rflint: ignore[RF104, RF301] why\n  - {")
    assert editor.leave() == 0


@pytest.mark.parametrize(
    ("formats", "library", "shown"),
    [
        (["markdown", "plaintext"], {"parser": "marked", "version": "1.1.0"}, True),
        (["markdown"], {"parser": "other", "allowedTags": ["p", "img"]}, True),
        (["markdown"], {"parser": "other"}, False),
        (["markdown"], None, False),
        (["plaintext"], {"parser": "marked"}, False),
    ],
)
def test_pictures_are_for_editors_that_show_them(
    editor: Editor, tmp_path: Path, formats: list[str], library: dict[str, Any] | None, shown: bool
) -> None:
    editor.begin(textDocument={"hover": {"contentFormat": formats}}, general={} if library is None else {"markdown": library})
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, "rflint: 1\ninputs: {image: {size: [9, 9]}}\nlayers:\n  - {name: a, op: conv, kernel: 3}\n")
    assert ("data:image/svg+xml;base64," in editor.at("hover", uri, 3, 6)["contents"]["value"]) is shown
    assert editor.leave() == 0


def test_the_newest_version_wins_and_a_library_wakes_its_users(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "lib.yaml").write_text(LIBRARY)
    library, user = (tmp_path / "lib.yaml").as_uri(), (tmp_path / "net.yaml").as_uri()
    capabilities = editor.begin(
        workspace={"didChangeWatchedFiles": {"dynamicRegistration": True}}, general={"positionEncodings": ["utf-32"]}
    )
    assert capabilities["positionEncoding"] == "utf-32"
    (finding,) = [each for each in editor.open(user, USER) if each["code"] == "RF304"]
    assert finding["range"] == place(1, 9, 17)
    assert finding["relatedInformation"][0]["location"] == {"uri": library, "range": place(3, 57, 58)}
    assert editor.at("definition", user, 4, 24) == {"uri": library, "range": place(2, 2, 5)}

    assert editor.open(library, LIBRARY) == []
    assert editor.findings(user) == [finding]
    for version in range(2, 30):
        editor.change(library, LIBRARY.replace("padding: 9", f"padding: {version}"), version)
    editor.change(library, LIBRARY.replace("padding: 9", "padding: 1"), 30)
    assert editor.findings(user) == []
    # Of all the versions in between none was told of.
    versions = [each["params"].get("version") for each in editor.told if each["params"].get("uri") == library]
    assert versions in ([], [30])

    (tmp_path / "rflint.toml").write_text("selct = []\n")
    editor.notify("workspace/didChangeWatchedFiles", changes=[{"uri": (tmp_path / "rflint.toml").as_uri(), "type": 1}])
    assert editor.wait("window/showMessage")["message"].endswith(
        "unknown key `selct`; did you mean `select`?; the defaults hold until that is mended"
    )
    assert editor.leave() == 0


def test_garbage_does_not_stop_the_server(editor: Editor) -> None:
    editor.begin()
    editor.write(b"{{{{{")
    editor.notify("no/such/notification")
    editor.send(id="mine", method="textDocument/hover", params={"textDocument": 3})
    assert editor.answer("mine")["error"] == {"code": -32602, "message": "Invalid Params"}
    editor.notify("$/cancelRequest", id="mine")
    editor.change("file:///never/opened.yaml", "rflint: 1\n", 2)
    for uri in ("http://[", "file:///c%3A/specs/net.yaml", "git:/net.yaml?{}", "file:///a%00b.yaml"):
        editor.notify("textDocument/didOpen", textDocument={"uri": uri, "languageId": "yaml", "version": 1, "text": "rflint: [\ud800"})
        editor.at("hover", uri, 99, 99)
        editor.at("completion", uri, 0, 5)
    assert editor.open("untitled:other", "services: {}\n") == []
    assert editor.open("untitled:x", "rflint: 1\nlayers: {") != []
    editor.change("untitled:x", "", 2)
    assert editor.findings("untitled:x") == []
    editor.send(method="exit")
    assert editor.process.wait(10) == 1


@pytest.mark.skipif(os.name == "nt", reason="there are no signals")
@pytest.mark.parametrize("how", [pytest.param("SIGINT", marks=takes_interrupts), "SIGTERM"])
def test_a_signal_ends_the_server_at_once(editor: Editor, how: str) -> None:
    editor.begin()
    editor.process.send_signal(signal.Signals[how])
    assert editor.process.wait(10) == -signal.Signals[how]


def test_an_editor_that_goes_away_ends_the_server(editor: Editor) -> None:
    editor.begin()
    assert editor.process.stdin is not None
    editor.process.stdin.close()
    assert editor.process.wait(10) == 1


def test_the_page_of_a_document_is_shown_at_the_layer(editor: Editor, tmp_path: Path) -> None:
    editor.begin(window={"showDocument": {"support": True}})
    uri = (tmp_path / "net.yaml").as_uri()
    text = "rflint: 1\ninputs: {image: {size: 33}}\nlayers:\n  - {name: a/b, op: conv, kernel: 5}\n  - {op: relu}\n"
    editor.open(uri, text)
    here = place(3, 20, 20)
    asked = {"textDocument": {"uri": uri}, "range": here}
    (action,) = editor.request("textDocument/codeAction", **asked, context={"diagnostics": [], "only": ["source.page"]})
    assert action["title"] == "Show what `a/b` sees"
    assert editor.request("textDocument/codeAction", **asked, context={"diagnostics": [], "triggerKind": 2}) == []
    address = editor.request("workspace/executeCommand", **action["command"])
    assert address.endswith(".html#layer=a%2Fb")
    shown = editor.wait("window/showDocument")
    assert (shown["uri"], shown["external"]) == (address, True)
    path = Path(url2pathname(urlsplit(address).path))
    assert blobs(path.read_text("utf-8"))["spec-0"]["layers"][0]["name"] == "a/b"
    assert editor.request("workspace/executeCommand", command="rflint.showPage", arguments=["file:///nowhere.yaml", None]) is None
    assert editor.leave() == 0
    assert not path.exists()


def test_an_editor_that_opens_no_pages_is_told_where_it_is(editor: Editor, tmp_path: Path) -> None:
    editor.begin()
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, "rflint: 1\nlayers:\n  - {op: relu}\n")
    address = editor.request("workspace/executeCommand", command="rflint.showPage", arguments=[uri, "relu_1"])
    assert editor.wait("window/showMessage")["message"] == f"rflint: {address}"
