"""Unwrapping of the platform's documents, as other programs store them.

n8n items       {headers, params, query, body} and {json: {...}}; executions with data.resultData
rows of dumps   {id, created_at, payload} with the document as an object or as JSON text
recordings      {metadata, response: {body}}

Only the document inside is returned: headers, tokens, queries and other columns are dropped. An
envelope is never searched, since its `data` belongs to the platform.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from smartinst.hotmart.parsing.document_kinds import (
    ENVELOPE_MEMBERS,
    VERSION_1_REFUSAL,
    ignored_document_name,
    is_envelope,
    is_page,
    is_purchase,
    is_version_1,
    is_version_1_form,
)
from smartinst.hotmart.values.fields import DECODER, NOT_RECOGNISED
from smartinst.hotmart.values.outcome import Item
from smartinst.hotmart.values.redaction import body_fingerprint, item_excerpt
from smartinst.text_cache import cache_short_texts

MAX_LEVELS: Final = 8
"""Wrappers inside wrappers, and lists inside them, beyond which nothing is searched."""

_MAX_ENCODINGS: Final = 3
"""How often a document may be encoded as JSON text inside JSON text."""

_PAYLOAD_WORDS: Final = frozenset("payload body raw json corpo cuerpo".split())
_OTHER_WORDS: Final = frozenset(
    "webhook hotmart event request response data content message record value item trigger "
    "evento dados conteudo mensagem datos contenido mensaje".split()
)
_SPACE: Final = "\ufeff \t\r\n"
_NAME_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[^\W_]+")


@dataclass(frozen=True, slots=True)
class UnreadablePayload:
    """A wrapper without a document: the reason for refusing it, and an excerpt of its payload."""

    reason: str
    excerpt: str


def unwrap(document: object) -> object:
    """The document in a wrapper, or the list of documents; anything else is returned unchanged.

    The result is an UnreadablePayload if a wrapper contains no document of the platform.
    """
    document = _unwrap_recording(document)
    if type(document) is str:
        contents = _find(document, 0)
        return document if contents is None else contents
    if type(document) is not dict or _is_complete(document):
        return document
    run_data = _run_data(document)
    if run_data is not None:
        return _execution_documents(run_data) or UnreadablePayload(
            "data.resultData.runData: no document of the platform", ""
        )
    contents = _find(document, 0)
    return (_unreadable(document) or document) if contents is None else contents


def is_payload_column(name: str) -> bool:
    """Whether a column of this name may contain documents: `payload`, `raw_body`, `event_data`."""
    return _words(name) != frozenset()


def is_json_text(value: object) -> TypeGuard[str]:
    """Whether a value is a text that begins like an object, a list or a text in JSON."""
    return type(value) is str and value.lstrip(_SPACE).startswith(("{", "[", '"'))


# --- search ---------------------------------------------------------------------------------------


def _find(value: object, level: int) -> Any:
    """The document in a value, or a list with at least one; None if there is none."""
    value = _decode(value)
    if level > MAX_LEVELS:
        return None
    if type(value) is list:
        is_list_of_documents = any(_find(element, level + 1) is not None for element in value)
        return value if is_list_of_documents else None
    if type(value) is not dict:
        return None
    if _is_complete(value):
        return value
    if _run_data(value) is not None:
        return [value]
    return _find_in_members(value, level)


def _find_in_members(wrapper: Item, level: int) -> Any:
    """The document in a member, else the object itself if it is a document; else None."""
    for name, member in wrapper.items():
        if not _words(name):
            continue
        contents = _find(member, level + 1)
        if contents is not None and _is_expected(contents, name, wrapper):
            return contents
    if is_envelope(wrapper) and type(data := _decode(wrapper.get("data"))) is dict:
        return {name: wrapper[name] for name in ENVELOPE_MEMBERS if name in wrapper} | {
            "data": data
        }
    if any(_PAYLOAD_WORDS & _words(name) for name in wrapper):
        return None
    is_known = is_envelope(wrapper) or is_version_1(wrapper)
    return wrapper if is_known or (wrapper and ignored_document_name(wrapper)) else None


def _is_expected(contents: Any, name: str, wrapper: Item) -> bool:
    """Whether contents are a document of their own, and not the `data` of an envelope."""
    if type(contents) is list or is_envelope(contents) or is_page(contents):
        return True
    if "event" in wrapper and is_purchase(contents):
        return False
    return bool(_PAYLOAD_WORDS & _words(name)) or is_version_1(contents)


def _is_complete(item: Item) -> bool:
    """Whether an object is certainly a document, whatever other members it has."""
    if "event" in item:
        return type(item["event"]) is str and "version" in item and type(item.get("data")) is dict
    return (
        type(item.get("items")) is list
        or type(item.get("purchase")) is dict
        or type(item.get("users")) is list
    )


@cache_short_texts(4096)
def _words(name: str) -> frozenset[str]:
    """The words of a name if all of them are used for payloads, else none."""
    words = frozenset(word.lower() for word in _NAME_WORDS.findall(name[:60]))
    return words if words <= _PAYLOAD_WORDS | _OTHER_WORDS else frozenset()


def _decode(value: object) -> object:
    """The value of JSON text, which may be encoded several times; anything else unchanged."""
    for _ in range(_MAX_ENCODINGS):
        if not is_json_text(value):
            break
        try:
            value = DECODER.decode(value.strip(_SPACE))
        except (ValueError, RecursionError):
            break
    return value


def _unreadable(wrapper: Item) -> UnreadablePayload | None:
    """The refusal of a wrapper, by the name of its payload; None if the object has no payload."""
    payloads = [name for name in wrapper if _PAYLOAD_WORDS & _words(name)]
    payloads += [name for name in wrapper if len(_words(name)) > 1]
    if not payloads:
        return None
    name = payloads[0]
    payload = _decode(wrapper[name])
    if not payload:
        return UnreadablePayload(f"{name}: empty", "")
    if type(payload) is not str:
        return UnreadablePayload(f"{name}: {NOT_RECOGNISED}", item_excerpt(payload))
    problem = VERSION_1_REFUSAL if is_version_1_form(payload) else "not JSON"
    excerpt = body_fingerprint(payload.encode("utf-8", "surrogatepass"))
    return UnreadablePayload(f"{name}: {problem}", excerpt)


# --- recordings and executions --------------------------------------------------------------------


def _unwrap_recording(document: object) -> object:
    """The body of a recorded response; any other document unchanged."""
    if type(document) is dict and "response" in document and "metadata" in document:
        response = document["response"]
        return response["body"] if type(response) is dict and "body" in response else document
    return document


def _run_data(document: Item) -> Item | None:
    """The outputs of the nodes of an n8n execution, by node; None for any other document."""
    data = _decode(document.get("data", document))
    result = data.get("resultData") if type(data) is dict else None
    run_data = result.get("runData") if type(result) is dict else None
    return run_data if type(run_data) is dict else None


def _execution_documents(run_data: Item) -> list[object]:
    """The documents in an execution, each event once: later nodes repeat or edit it.

    Items without a document are left out, except those of a webhook node, which are refused.
    """
    documents: list[object] = []
    event_ids: set[str] = set()
    for item in _node_items(run_data):
        content = item.get("json")
        document = _find(content, 0)
        if document is None:
            if type(content) is dict and {"headers", "body"} <= content.keys():
                documents.append(content)
            continue
        if type(document) is dict and is_envelope(document):
            event_id = json.dumps(document.get("id"))
            if event_id in event_ids:
                continue
            event_ids.add(event_id)
        documents += document if type(document) is list else [document]
    return documents


def _node_items(run_data: Item) -> Iterator[Item]:
    """The output items of all nodes, in the order of the execution."""
    for runs in run_data.values():
        for run in _objects(runs):
            outputs = run.get("data")
            branches = outputs.get("main") if type(outputs) is dict else None
            for branch in branches if type(branches) is list else ():
                yield from _objects(branch)


def _objects(value: object) -> Iterator[Item]:
    if type(value) is list:
        yield from (element for element in value if type(element) is dict)
