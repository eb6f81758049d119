"""What the readers of the machine formats demand: the official schema of SARIF, and for the others checks of our own.

Sources: SARIF 2.1.0 errata 01 (OASIS); GitLab's "Code Quality report format" and the Code Climate specification
(codeclimate/platform, spec/analyzers/SPEC.md); reviewdog's proto/rdf/reviewdog.proto; `junit-10.xsd` of the Jenkins
xUnit plug-in; `ActionCommand.cs` of actions/runner.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import jsonschema

OFFICIAL = Path(__file__).parent / "data" / "schemas_official"
SARIF = jsonschema.Draft4Validator(json.loads((OFFICIAL / "sarif-2.1.0-rtm.5.json").read_text("utf-8")))

#: RFC 3986, section 4.1: an absolute URI of a file, or a relative reference (its first segment has no colon).
_SEGMENTS = r"(?:[A-Za-z0-9._~!$&'()*+,;=@:/-]|%[0-9A-F]{2})*"
FILE_URI = re.compile(rf"file://{_SEGMENTS}")
RELATIVE_URI = re.compile(rf"(?!/)(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-F]{{2}})+(?:/{_SEGMENTS})?")


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


_TEXT = {"type": "string", "minLength": 1}
_NUMBER = {"type": "integer", "minimum": 1}
_LINE_OF_TEXT = {"type": "string", "minLength": 1, "pattern": r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"}
_CATEGORIES = ["Bug Risk", "Clarity", "Compatibility", "Complexity", "Duplication", "Performance", "Security", "Style"]
GITLAB = jsonschema.Draft202012Validator(
    {
        "type": "array",
        "items": _object(
            {
                "type": {"const": "issue"},
                "check_name": _LINE_OF_TEXT,
                "description": _LINE_OF_TEXT,
                "categories": {"type": "array", "minItems": 1, "items": {"enum": _CATEGORIES}},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "fingerprint": _TEXT,
                "location": _object({"path": _TEXT, "lines": _object({"begin": _NUMBER, "end": _NUMBER})}),
            }
        ),
    }
)
_POSITION = _object({"line": _NUMBER, "column": _NUMBER})
_RANGE = _object({"start": _POSITION, "end": _POSITION})
RDJSON = jsonschema.Draft202012Validator(
    _object(
        {
            "source": _object({"name": _TEXT}),
            "diagnostics": {
                "type": "array",
                "items": _object(
                    {
                        "message": _TEXT,
                        "location": _object({"path": _TEXT, "range": _RANGE}),
                        "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
                        "code": _object({"value": _TEXT}),
                    },
                    {"suggestions": {"type": "array", "minItems": 1, "items": _object({"range": _RANGE, "text": {"type": "string"}})}},
                ),
            },
        }
    )
)
#: Element of a JUnit report -> required attributes, optional ones, children.
JUNIT = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def _loaded(text: str) -> Any:
    """Parse JSON that is ASCII and whose texts every encoding has."""
    assert text.isascii()
    document = json.loads(text)
    json.dumps(document, ensure_ascii=False).encode("utf-8")
    return document


def sarif(text: str) -> dict[str, Any]:
    """Check a SARIF log and return its one run."""
    document = _loaded(text)
    SARIF.validate(document)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["help"]["text"]
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert len(rule["properties"]["tags"]) <= 20
    for result in run["results"]:
        if "ruleIndex" in result:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert len(result["locations"]) == 1
        assert isinstance(result["suppressions"], list)
        for place in (*result["locations"], *result.get("relatedLocations", ())):
            _check_region(place["physicalLocation"]["region"])
        assert [each["id"] for each in result.get("relatedLocations", ())] == list(range(1, len(result.get("relatedLocations", ())) + 1))
        for fix in result.get("fixes", ()):
            for replacement in fix["artifactChanges"][0]["replacements"]:
                _check_region(replacement["deletedRegion"])
    fingerprints = [result["partialFingerprints"]["rflint/v1"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)
    _check_nodes(run, run["originalUriBaseIds"])
    return run


def _check_region(region: dict[str, int]) -> None:
    assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
    assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])


def _check_nodes(node: Any, bases: dict[str, Any]) -> None:
    """Check what the schema cannot say of a node and all below it: its locations, its messages."""
    if isinstance(node, list):
        for each in node:
            _check_nodes(each, bases)
    elif isinstance(node, dict):
        if "uri" in node:
            pattern = RELATIVE_URI if "uriBaseId" in node else FILE_URI
            assert pattern.fullmatch(node["uri"]), node["uri"]
            assert node.get("uriBaseId") in (None, *bases)
        if isinstance(node.get("message"), dict):
            text = node["message"]["text"]
            assert "](" not in text, "a link"
            assert not re.search(r"[{}]", text.replace("{{", "").replace("}}", "")), "a placeholder"
        for each in node.values():
            _check_nodes(each, bases)


def gitlab(text: str) -> list[dict[str, Any]]:
    """Check a Code Quality report and return its entries."""
    entries: list[dict[str, Any]] = _loaded(text)
    GITLAB.validate(entries)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    for entry in entries:
        assert entry["location"]["lines"]["begin"] <= entry["location"]["lines"]["end"]
    return entries


def rdjson(text: str) -> list[dict[str, Any]]:
    """Check a result in rdformat and return its diagnostics."""
    document = _loaded(text)
    RDJSON.validate(document)
    diagnostics: list[dict[str, Any]] = document["diagnostics"]
    return diagnostics


def junit(text: str) -> ET.Element:
    """Check a JUnit report and return its root."""
    root = ET.fromstring(text.encode("ascii"))
    assert root.tag == "testsuites"
    for element in root.iter():
        required, optional, children = JUNIT[element.tag]
        assert required <= set(element.attrib) <= required | optional
        assert {child.tag for child in element} <= children
    for suite in (root, *root):
        cases = list(suite.iter("testcase"))
        assert cases or suite is root, "an empty suite"
        assert int(suite.attrib["tests"]) == len(cases)
        assert int(suite.attrib["failures"]) == len(list(suite.iter("failure")))
        assert int(suite.attrib["errors"]) == len(list(suite.iter("error")))
    assert len({suite.attrib["name"] for suite in root}) == len(root)
    for suite in root:
        assert len({case.attrib["name"] for case in suite}) == len(suite), "GitLab drops the second"
    return root


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


def github(text: str) -> list[Command]:
    """Read workflow commands as the runner does; every line must be one."""
    if not text:
        return []
    assert text.endswith("\n")
    return [_command(line) for line in text[:-1].split("\n")]


def _command(line: str) -> Command:
    assert line.startswith("::")
    assert line.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)
    head, separator, data = line[2:].partition("::")
    assert separator
    name, _, listed = head.partition(" ")
    assert name in {"error", "warning", "notice"}
    properties = dict(each.split("=", 1) for each in listed.strip().split(","))
    return Command(name, {key: _unescaped(value, ":,") for key, value in properties.items()}, _unescaped(data, ""))


def _unescaped(text: str, more: str) -> str:
    for character in f"\r\n{more}%":
        text = text.replace(f"%{ord(character):02X}", character)
    return text
