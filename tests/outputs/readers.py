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
    "prometheus-client==0.26.0",
    "openlineage-python==1.54.0",
    "slack_sdk==3.47.0",
    "opentelemetry-proto==1.45.2",
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


def prometheus(text: str, _schema: str | None) -> dict:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as strictly
    from prometheus_client.parser import text_string_to_metric_families as plainly

    families = list(plainly(text))
    samples = [(sample.name, *sample.labels.items()) for family in families for sample in family.samples]
    # The stricter format that followed has the same gauges; it takes each sample once, as rules with one id are not.
    if len(set(samples)) == len(samples):
        assert [family.name for family in strictly(text + "# EOF\n")] == [family.name for family in families]
    return {
        "types": {family.name: family.type for family in families},
        "samples": [[sample.name, sample.labels, str(float(sample.value))] for family in families for sample in family.samples],
    }


def otlp(text: str, _schema: str | None) -> dict:
    """Spans, by the messages of the standard; nothing in them that these do not know."""
    import base64

    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    document = json.loads(text)
    # In OTLP ids are hexadecimal, where JSON of protobuf has base64.
    for resource in document["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for key in ("traceId", "spanId", "parentSpanId"):
                    if key in span:
                        span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
    request = json_format.ParseDict(document, ExportTraceServiceRequest())
    plain = lambda pairs: {pair.key: str(getattr(pair.value, pair.value.WhichOneof("value"))) for pair in pairs}
    return {
        "resource": plain(request.resource_spans[0].resource.attributes),
        "spans": [
            {
                "trace": span.trace_id.hex(),
                "span": span.span_id.hex(),
                "parent": span.parent_span_id.hex(),
                "name": span.name,
                "status": span.status.code,
                "message": span.status.message,
                "attributes": plain(span.attributes),
                "events": [[event.name, plain(event.attributes)] for event in span.events],
            }
            for span in request.resource_spans[0].scope_spans[0].spans
        ],
    }


def openlineage(text: str, _schema: str | None) -> dict:
    """Builds each event out of the classes that are generated from the schemas, which take nothing else."""
    import importlib
    import pkgutil
    import typing
    import uuid
    from urllib.parse import urlparse

    import attr
    import openlineage.client.generated as generated
    from dateutil.parser import isoparse
    from openlineage.client.generated import base

    facets = {}
    for module in pkgutil.iter_modules(generated.__path__):
        for value in vars(importlib.import_module(f"{generated.__name__}.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, (base.BaseFacet,)):
                facets[value._get_schema()] = value

    def build(kind, value, at):
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if kind is typing.Any:
            return value
        if origin in (typing.Union, __import__("types").UnionType):
            assert value is not None, f"{at} is null"
            return build(next(one for one in inner if one is not type(None)), value, at)
        if origin is list:
            assert isinstance(value, list), at
            return [build(inner[0], one, f"{at}[{index}]") for index, one in enumerate(value)]
        if origin is dict:
            assert isinstance(value, dict), at
            return {key: build(inner[1], one, f"{at}.{key}") for key, one in value.items()}
        if not attr.has(kind):
            if isinstance(kind, type) and issubclass(kind, __import__("enum").Enum):
                return kind(value)
            wanted = {float: (int, float)}.get(kind, kind)
            assert isinstance(value, wanted) and not (kind is not bool and isinstance(value, bool)), f"{at}: {value!r}"
            return value
        assert isinstance(value, dict), at
        value = dict(value)
        if issubclass(kind, base.BaseFacet):
            url = value.pop("_schemaURL")
            assert url in facets and issubclass(facets[url], kind), f"{at}: {url} is no {kind.__name__}"
            kind = facets[url]
            assert urlparse(value["_producer"]).scheme == "https", at
            value.pop("_producer")
        elif issubclass(kind, base.BaseEvent):
            assert value.pop("schemaURL") == kind._get_schema(), at
        hints = typing.get_type_hints(kind, None, {"ClassVar": typing.ClassVar, "Any": typing.Any})
        known = {field.name for field in attr.fields(kind)}
        assert set(value) <= known, f"{at}: {set(value) - known}"
        made = {key: build(hints[key], one, f"{at}.{key}") for key, one in value.items()}
        return kind(**made)

    events = [json.loads(line) for line in text.splitlines()]
    for event in events:
        build(base.RunEvent, event, "event")
        uuid.UUID(event["run"]["runId"])
        isoparse(event["eventTime"])
        assert {"eventTime", "producer", "schemaURL", "run", "job"} <= set(event)
    return {"events": events}


def slack(text: str, _schema: str | None) -> dict:
    from slack_sdk.models.blocks import Block

    message = json.loads(text)
    blocks = Block.parse_all(message["blocks"])
    for block in blocks:
        block.validate_json()
    if len(blocks) > 50 or [block.to_dict()["type"] for block in blocks] != [block["type"] for block in message["blocks"]]:
        raise ValueError("these are not the blocks of a message")
    return {"blocks": [block.to_dict() for block in blocks]}


READERS = {
    "junit": junit,
    "slack": slack,
    "markdown": markdown,
    "html": html,
    "gitlab": gitlab,
    "terminal": terminal,
    "prometheus": prometheus,
    "openlineage": openlineage,
    "otlp": otlp,
}


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
