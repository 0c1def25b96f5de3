"""The plain text of a mail, with the same content as its HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.table_view import CellView, ColumnHead
from smartinst.pages.mail.content import BuyerView, MailContent, MailContext


def plain_text(
    about: Mapping[str, Any], content: MailContent, mail: MailContext, locale: Locale
) -> str:
    """The text: paragraphs with an empty line between them."""
    _, picture = locale.gettext, content.picture
    parts = [
        [
            f"{mail.title} · {about['seller']}" if about["seller"] else mail.title,
            " · ".join((mail.period_line, *about["dates"][1:])),
        ],
        [item["text"] for item in content.news] or [content.sentence],
        *(_buyer(buyer) for buyer in content.buyers),
        [other_buyers(content.buyers_omitted, mail, locale)],
        *(_card(card) for card in content.cards),
        [_row(content.head, row) for row in content.rows],
        [omitted_currencies(content.omitted, mail, locale)],
        [f"{_('Net, your commission:')} {' · '.join(map(_net, content.net))}"]
        if content.net
        else [],
        [content.note],
        list(dict.fromkeys((picture.title, picture.sentence))) if picture else [],
        [_("The full report is attached:"), *mail.files] if mail.files else [],
        [
            *mail.notes,
            *(f"{name}: {link}" for name, link in mail.links),
        ],
        [line for line in foot_lines(mail, locale) if line],
    ]
    return "\n\n".join("\n".join(filter(None, part)) for part in parts if any(part)) + "\n"


def foot_lines(mail: MailContext, locale: Locale) -> tuple[str, str, str]:
    """Who sends the mail and why, where replies go, and how to stop it; empty if unknown."""
    _ = locale.gettext
    sender = (
        _("{sender} sends you this report on schedule.", sender=mail.sender)
        if mail.sender
        else _("You receive this message because this report is scheduled for you.")
    )
    replies = _("Replies go to {address}.", address=mail.reply_to) if mail.reply_to else ""
    target = mail.unsubscribe_address or mail.unsubscribe
    return sender, replies, f"{_('Stop receiving it')}: {target}" if target else ""


def omitted_currencies(count: int, mail: MailContext, locale: Locale) -> str:
    """A note on the currencies that the mail omits; empty if there are none."""
    if not count:
        return ""
    if mail.files:
        return locale.ngettext(
            "{n} more currency is in the full report.",
            "{n} more currencies are in the full report.",
            count,
        )
    return locale.ngettext("and {n} more currency", "and {n} more currencies", count)


def other_buyers(count: int, mail: MailContext, locale: Locale) -> str:
    """A note on the buyers that the mail omits; empty if there are none."""
    if count <= 0:
        return ""
    if mail.files:
        return locale.ngettext(
            "{n} more buyer is in the attached list.",
            "{n} more buyers are in the attached list.",
            count,
        )
    return locale.ngettext("and {n} more buyer", "and {n} more buyers", count)


def _buyer(buyer: BuyerView) -> list[str]:
    return [
        f"{buyer.name}: {buyer.amount}, {buyer.delay}",
        f"  {buyer.product}",
        f"  {buyer.action}",
        f"  {buyer.link or buyer.email}" if buyer.link or buyer.email else "",
    ]


def _card(card: Mapping[str, Any]) -> list[str]:
    return [f"{card['currency']} – {card['name']}", *(f"  {_item(item)}" for item in card["items"])]


def _item(item: Mapping[str, str]) -> str:
    change = " ".join(filter(None, (item["change"], item["note"])))
    return f"{item['label']}: {item['text']}" + (f" ({change})" if change else "")


def _row(heads: Sequence[ColumnHead], row: Sequence[CellView]) -> str:
    return f"{row[0].text}: " + "; ".join(
        f"{head.label} {cell.text}" for head, cell in zip(heads[1:], row[1:], strict=True)
    )


def _net(amount: CellView) -> str:
    return f"{amount.text} ({amount.about})" if amount.about else amount.text
