"""Notes on words of the platform that smartinst does not know, and on what it made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from smartinst.facts import DataQuality, UnknownWord
from smartinst.i18n.locales import Locale

MAX_WORDS: Final = 5
"""Words in one note; the most frequent ones."""

MAX_LENGTH: Final = 40
"""Characters of a word in a note."""


def word_notes(data_quality: DataQuality, locale: Locale) -> Iterator[tuple[str, str]]:
    """What each note is about, and a sentence for each word; empty if all words are known."""
    _ = locale.gettext

    def sentences(column: str, sentence: Callable[[UnknownWord, Locale], str]) -> str:
        words = [word for word in data_quality.unknown_words if word.column == column]
        words.sort(key=lambda word: -word.payments.count)
        return _paragraph(
            [sentence(word, locale) for word in words[:MAX_WORDS]], len(words), locale
        )

    yield _("Unknown statuses"), sentences("status", _status)
    yield _("Unknown payment methods"), sentences("payment_type", _payment_type)
    yield _("Unknown currencies"), sentences("currency", _currency)
    yield _("Unknown billing types"), sentences("billing_type", _billing_type)
    yield _("Unknown events"), _events(data_quality, locale)


def clipped(words: Sequence[str], locale: Locale) -> str:
    """The first words as a list in a sentence, with the number of further ones."""
    texts = [_clip(word) for word in words[:MAX_WORDS]]
    if len(words) > MAX_WORDS:
        texts.append(locale.ngettext("{n} more", "{n} more", len(words) - MAX_WORDS))
    return locale.join_words(texts)


def _paragraph(sentences: list[str], word_count: int, locale: Locale) -> str:
    """The sentences, and one that counts the words without a sentence."""
    if word_count > len(sentences):
        remainder = locale.ngettext(
            "{n} more unknown word is left out here.",
            "{n} more unknown words are left out here.",
            word_count - len(sentences),
        )
        sentences = [*sentences, remainder]
    return " ".join(sentences)


def _clip(word: str) -> str:
    return word if len(word) <= MAX_LENGTH else f"{word[:MAX_LENGTH]}…"


def _status(word: UnknownWord, locale: Locale) -> str:
    payments, text = word.payments, _clip(word.text)
    outcome = _outcome(word.state, payments.count, locale)
    if not outcome:
        return locale.ngettext(
            "{n} payment ({example}) has the unknown status {word} and nothing else proves that "
            "it was paid; it is unconfirmed and nobody is reminded.",
            "{n} payments (the first: {example}) have the unknown status {word} and nothing else "
            "proves that they were paid; they are unconfirmed and nobody is reminded.",
            payments.count,
            example=payments.example,
            word=text,
        )
    return locale.ngettext(
        "{n} payment ({example}) has the unknown status {word} and {outcome}, because its other "
        "data prove it.",
        "{n} payments (the first: {example}) have the unknown status {word} and {outcome}, because "
        "their other data prove it.",
        payments.count,
        example=payments.example,
        word=text,
        outcome=outcome,
    )


def _outcome(state: str, count: int, locale: Locale) -> str:
    """What the payments count as; empty if their state is unknown."""
    ngettext = locale.ngettext
    return {
        "waiting": ngettext("counts as not paid yet", "count as not paid yet", count),
        "failed": ngettext("counts as not paid", "count as not paid", count),
        "paid": ngettext("counts as paid", "count as paid", count),
        "claimed": ngettext("counts as disputed", "count as disputed", count),
        "reversed": ngettext("counts as returned", "count as returned", count),
    }.get(state, "")


def _payment_type(word: UnknownWord, locale: Locale) -> str:
    return locale.ngettext(
        "{n} payment ({example}) has the unknown payment method {word}; the report shows it under "
        "that name.",
        "{n} payments (the first: {example}) have the unknown payment method {word}; the report "
        "shows them under that name.",
        word.payments.count,
        example=word.payments.example,
        word=_clip(word.text),
    )


def _currency(word: UnknownWord, locale: Locale) -> str:
    return locale.ngettext(
        "{n} payment ({example}) has an amount in the unknown currency {word}; it is read with two "
        "decimals.",
        "{n} payments (the first: {example}) have amounts in the unknown currency {word}; they are "
        "read with two decimals.",
        word.payments.count,
        example=word.payments.example,
        word=_clip(word.text),
    )


def _billing_type(word: UnknownWord, locale: Locale) -> str:
    return locale.ngettext(
        "{n} payment ({example}) has the unknown billing type {word}; it is only in reports of "
        "that type, which the person who operates these reports can send you.",
        "{n} payments (the first: {example}) have the unknown billing type {word}; they are only "
        "in reports of that type, which the person who operates these reports can send you.",
        word.payments.count,
        example=word.payments.example,
        word=_clip(word.text),
    )


def _events(data_quality: DataQuality, locale: Locale) -> str:
    counts = sorted(data_quality.unknown_events.items(), key=lambda event: -event[1])
    sentences = [
        locale.ngettext(
            "{n} event has the unknown name {name}; only its payment, if it has one, counts.",
            "{n} events have the unknown name {name}; only their payments, if they have any, "
            "count.",
            count,
            name=_clip(name),
        )
        for name, count in counts[:MAX_WORDS]
    ]
    return _paragraph(sentences, len(counts), locale)
