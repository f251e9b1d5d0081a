"""Readers of outputs that are not ours, for the tests: packages of PyPI.

    readers.py FOLDER            installs them there once; then, for each line of JSON that says a document and its reader,
                                 answers a line with what was read, or with the fault
    readers.py FOLDER --install  installs only
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from install import install  # noqa: E402

PACKAGES = [
    "lxml==6.1.3",
    "cmarkgfm==2025.10.22",
    "html5lib==1.1",
    "pyte==0.8.2",
    "typeguard==4.6.0",
    "typos-gitlab-code-quality==1.0.1",
]


def junit(text: str, schema: str | None) -> dict:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    tree = etree.fromstring(text.encode(), parser)
    if schema:
        etree.XMLSchema(etree.parse(schema)).assertValid(tree)
    cases = [
        {
            "class": case.get("classname"),
            "name": case.get("name"),
            "is": [child.tag for child in case],
            "said": "".join(case.itertext()) + "".join(child.get("message", "") for child in case),
        }
        for case in tree.iter("testcase")
    ]
    elements = [[element.tag, *sorted(element.attrib)] for element in tree.iter()]
    return {"cases": cases, "elements": elements, "counts": dict(tree.attrib)}


def page(text: str) -> dict:
    import html5lib

    tree = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    coded = {id(inner) for code in tree.iter("code") for inner in code.iter()}
    prose = []
    for element in elements:
        if id(element) not in coded and element.tag not in ("style", "script"):
            prose.append(element.text or "")
        prose.append(element.tail or "")
    links = [element.get(name) for element in elements for name in ("href", "src") if element.get(name)]
    return {
        "elements": [element.tag for element in elements],
        "attributes": sorted({name for element in elements for name in element.attrib}),
        "cells": [len(row) for row in tree.iter("tr")],
        "prose": "\n".join(prose),
        "links": links,
        "scripts": ["".join(script.itertext()) for script in tree.iter("script")],
    }


def markdown(text: str, _schema: str | None) -> dict:
    from cmarkgfm import markdown_to_html_with_extensions
    from cmarkgfm.cmark import Options

    extensions = ["table", "autolink", "strikethrough", "tasklist"]
    # Without the filter for dangerous tags: there must be none.
    return page(markdown_to_html_with_extensions(text, options=Options.CMARK_OPT_UNSAFE, extensions=extensions))


def html(text: str, _schema: str | None) -> dict:
    return page(text)


def gitlab(text: str, _schema: str | None) -> dict:
    from typeguard import CollectionCheckStrategy, check_type
    from typos_gitlab_code_quality import GitlabIssue

    issues = json.loads(text)
    check_type(issues, list[GitlabIssue], collection_check_strategy=CollectionCheckStrategy.ALL_ITEMS)
    return {"issues": issues}


def terminal(text: str, _schema: str | None) -> dict:
    import pyte

    acted = set()

    class Listener:
        def __getattr__(self, name):
            if name not in pyte.Stream.events:
                raise AttributeError(name)
            return lambda *_args, **_more: acted.add(name)

    pyte.Stream(Listener(), strict=False).feed(text)
    return {"acted": sorted(acted)}


READERS = {"junit": junit, "markdown": markdown, "html": html, "gitlab": gitlab, "terminal": terminal}


def serve() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"read": READERS[asked["reader"]](asked["text"], asked.get("schema"))}
        except Exception as fault:  # whatever a reader does not take
            answer = {"fault": f"{type(fault).__name__}: {fault}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    install(target, PACKAGES)
    if "--install" not in sys.argv:
        sys.path.insert(0, str(target))
        serve()
