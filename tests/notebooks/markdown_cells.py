"""Markdown as analysts write it."""

from __future__ import annotations

from typing import Final

from tests.notebooks.situations import (
    Situation,
    display,
    executed,
    png,
    prose,
    visible_output,
)
from tests.support.notebooks import text_cell

REFERENCES: Final = """# Churn in March

The definition is in the [handbook][hb], and the data come from the [warehouse].

![Map of the regions][map]

[hb]: https://handbook.example/churn "Churn"
[warehouse]: https://warehouse.example/tables
[map]: https://maps.example/regions.png
"""
FOOTNOTES: Final = """# Revenue

Revenue fell by 3 %[^fx], without the shop in Lima[^2].

[^fx]: At constant exchange rates.
[^2]: Closed since February.
"""
TABLE: Final = """# Prices

| Plan | Price | Remark |
|:-----|------:|:------:|
| Basic | 9.90 | `a \\| b` |
| **Gold** | 29.90 | *new* |
| Empty | | |
"""
NESTED_LISTS: Final = """# Steps

1. Load
   - from the bank
     - in euros
     - in dollars
   - from the shop
2. Clean

   A paragraph of the second step.
7. Report
"""
FENCE: Final = """# Query

```sql
SELECT month,

       sum(amount)  -- per month

FROM sales WHERE a < b AND c > d
```

After the query.
"""
MATH: Final = r"""# Model

Inline $E = mc^2$ and $a_1 * b_1 * c_1$, then a display:

$$
\bar{x} = \frac{1}{n} \sum_{i=1}^{n} x_i
$$

\begin{equation}
y = \beta_0 + \beta_1 x
\end{equation}

The end of the model.
"""
COMMENTS: Final = """# Status

Public word. <!-- Unpublished: ask Marta about the refund --> Public too.

<!--
A whole note for the team
with a second line
-->

Last public line.
"""
RAW_HTML: Final = """# Advice

This is <b>important</b> and <mark>marked</mark>.<br>Second line with H<sub>2</sub>O.

<details><summary>How it is measured</summary>

Weekly, by **hand**.

</details>

<script>document.title = 'stolen'</script>

<div style="display: none">not for readers</div>

The closing word.
"""
CODE_LIKE: Final = """# Braces

A template says {{ customer.name }} and {% if total %}; a shell says ${HOME}.

Escapes: 5 \\* 3, \\_not emphasis\\_, &lt;tag&gt;, R&D, a < b > c, &copy; 2026.
"""
LINKS: Final = """# Links

[a script](javascript:alert(1)), [a file](./data/sales.csv), [a place](#links),
[a mail](mailto:ana@shop.example), <https://shop.example/a?b=1&c=2> and ~~struck~~ words.
"""
LONG: Final = f"""# Long

https://shop.example/{"abcdefghij" * 300}

{"word " * 2000}end-of-the-words
"""
RIGHT_TO_LEFT: Final = """# أرباح الشهر

بلغت الأرباح ١٢٠٠ دولار، and then English. עברית גם.

A name with an override: abc\u202edef.
"""


HTML_BLOCKS: Final = """<div align="center">

# Centered title

</div>

<div class="alert alert-info"><b>Note</b> take care</div>

<center><font color="red">red words</font></center>

<img src="logo.png" width="200"/>

<h2 align="center">HTML heading</h2>

<p style="text-align:right">right end</p>
"""
MATH_BRACKETS: Final = r"""# M

Alpha \(x_1\) and \[ y = 2 \] middle $\undefined{z}$ and $$a$$ more.

$$
\begin{align}
a &= b \
c &= d
\end{align}
$$

omega
"""


def attachment(source: str, attachments: dict[str, dict[str, str]]) -> dict[str, object]:
    return text_cell(source) | {"attachments": attachments}


SITUATIONS: Final[tuple[Situation, ...]] = (
    prose(
        "markdown only",
        "# Notes of the week\n\nA first line\nthat goes on.",
        "## Sales\n\n> Quoted words.\n\n---\n\nLast line.",
        visible=("A first line", "that goes on.", "Sales", "Quoted words.", "Last line."),
    ),
    prose(
        "references",
        REFERENCES,
        visible=(
            "The definition is in the handbook, and the data come from the warehouse.",
            "Map of the regions",
        ),
        absent=("[hb]", "[warehouse]", "maps.example", '"Churn"'),
        undrawn=1,
    ),
    prose(
        "footnotes",
        FOOTNOTES,
        visible=(
            "Revenue fell by 3 %",
            "without the shop in Lima",
            "At constant exchange rates.",
            "Closed since February.",
        ),
        absent=("[^fx]", "[^2]", "[^"),
    ),
    prose(
        "a Markdown table",
        TABLE,
        visible=("Plan", "Price", "Remark", "Basic", "9.90", "a | b", "Gold", "29.90", "new"),
        absent=("|:--", "**Gold**", "| Basic"),
    ),
    prose(
        "task lists",
        "# Tasks\n\n- [x] Close the month\n- [ ] Pay the taxes\n- [X] Call the bank",
        visible=("Close the month", "Pay the taxes", "Call the bank"),
        absent=("<input",),
    ),
    prose(
        "nested lists",
        NESTED_LISTS,
        visible=(
            *("Load", "from the bank", "in euros", "in dollars", "from the shop", "Clean"),
            *("A paragraph of the second step.", "Report"),
        ),
        absent=("- from", "- in"),
    ),
    prose(
        "a code fence with blank lines",
        FENCE,
        visible=("SELECT month,", "sum(amount)", "FROM sales WHERE a < b AND c > d", "After"),
        exact=("SELECT month,\n\n       sum(amount)",),
        absent=("```", "&lt;", "&gt;"),
    ),
    prose(
        "dollars that are prices",
        "# Prices\n\nIt costs $5 and $10 a month, never $20. Between US$ 3 and R$ 4.",
        "And $E = mc^2$ costs $7 too; $5 or 10 US$.",
        visible=(
            "It costs $5 and $10 a month, never $20.",
            "Between US$ 3 and R$ 4.",
            "costs $7 too; $5 or 10 US$.",
        ),
    ),
    prose(
        "math",
        MATH,
        visible=("Inline", "then a display:", "The end of the model."),
        absent=("$$", "<em>", "<IPython"),
    ),
    prose(
        "comments of authors",
        COMMENTS,
        visible=("Public word.", "Public too.", "Last public line."),
        absent=("Marta", "Unpublished", "note for the team", "<!--", "-->"),
    ),
    prose(
        "HTML in Markdown",
        RAW_HTML,
        visible=(
            "This is important and marked.",
            "Second line with H2O.",
            "How it is measured",
            "Weekly, by hand.",
            "The closing word.",
        ),
        absent=("stolen", "<b>", "<summary>", "not for readers"),
    ),
    prose(
        "HTML that lays out Markdown",
        HTML_BLOCKS,
        visible=("Centered title", "Note take care", "red words", "HTML heading", "right end"),
        absent=("align=", "**"),
        undrawn=1,
    ),
    prose(
        "headings with markup",
        "# The $x^2$ law\n\n##\n\n### `code` & <b>bold</b> [link](https://shop.example) #\n\ntext",
        "# A second title\n\nmore",
        visible=("law", "code", "& bold link", "text", "A second title", "more"),
        absent=("$x", "<b>"),
    ),
    prose(
        "quotations and indented code",
        "# C\n\n> [!NOTE]\n> Words of the note\n>> deeper\n\n- a\n\n  > quoted\n\n"
        "      code in list\n\ntext\n\n    <b> = 1\n\n\tx = 2\n\n1) one\n2) two",
        visible=("Words of the note", "deeper", "a", "quoted", "code in list", "<b> = 1", "x = 2"),
        shows_markup=True,
    ),
    prose(
        "math in brackets and unknown commands",
        MATH_BRACKETS,
        visible=("Alpha", "middle", "omega"),
        absent=("\\(", "\\[", "$$"),
    ),
    prose(
        "braces and escapes",
        CODE_LIKE,
        visible=(
            "{{ customer.name }} and {% if total %}; a shell says ${HOME}.",
            "5 * 3, _not emphasis_, <tag>, R&D, a < b > c, © 2026.",
        ),
        absent=("&lt;", "&amp;", "&copy;"),
    ),
    prose(
        "links of all kinds",
        LINKS,
        visible=("a script", "a file", "a place", "a mail", "https://shop.example/a?b=1&c=2"),
        absent=("alert(1)", "~~"),
    ),
    prose("very long words", LONG, visible=("word word", "end-of-the-words")),
    prose(
        "heading levels that jump",
        "# Title with `code` and [a link](https://shop.example)",
        "#### Deep at once\n\nText.\n\nSetext heading\n===\n\nMore text.\n\n###### Deepest\n\nEnd.",
        visible=("Deep at once", "Text.", "Setext heading", "More text.", "Deepest", "End."),
        absent=("===", "####"),
    ),
    prose(
        "characters of many scripts",
        "# 売上報告\n\n三月の売上は 1.200 円でした。 Ελληνικά, русский, हिन्दी.",
        "ação, ñandú, Ø, ß, ﬁ, 1 000 €, ½, →, ≤, “quotes”",
        on_page=("売上報告", "三月の売上は", "Ελληνικά, русский, हिन्दी."),
        visible=("ação, ñandú, Ø, ß", "1 000 €", "“quotes”"),
    ),
    prose(
        "text from right to left",
        RIGHT_TO_LEFT,
        on_page=("أرباح الشهر", "بلغت الأرباح", "עברית גם"),
        visible=("and then English.", "A name with an override:"),
    ),
    prose(
        "emoji",
        "# 🚀 Launch\n\nDone ✅ and failed ❌, by 👩🏽‍💻 from 🇧🇷.",
        on_page=("🚀 Launch", "Done ✅ and failed ❌, by 👩🏽‍💻 from 🇧🇷."),
        visible=("Launch", "Done", "and failed", ", by"),
    ),
    Situation(
        "an attached picture",
        (
            text_cell("# Logo"),
            attachment(
                "Above.\n\n![The logo](attachment:logo%20of%20us.png)\n\nBelow.",
                {"logo of us.png": {"image/png": png(10, 20, 30)}},
            ),
        ),
        visible=("Above.", "Below."),
        absent=("attachment:",),
        pictures=1,
    ),
    Situation(
        "an attachment that is missing",
        (
            attachment(
                "# Logo\n\nAbove.\n\n![The lost logo](attachment:lost.png)\n\nBelow.",
                {"other.png": {"image/png": png(1, 2, 3)}},
            ),
        ),
        visible=("Above.", "The lost logo", "Below."),
        absent=("attachment:",),
        undrawn=None,
    ),
    prose(
        "a picture from the network",
        "# Map\n\nAbove.\n\n![The map of Lima](https://maps.example/lima.png)\n\nBelow.",
        visible=("Above.", "The map of Lima", "Below."),
        undrawn=None,
    ),
    prose(
        "a picture inside the Markdown",
        f"# Dot\n\nAbove.\n\n![A dot](data:image/png;base64,{png(9, 9, 9)})\n\nBelow.",
        visible=("Above.", "Below."),
        absent=("base64", "iVBOR"),
        pictures=1,
    ),
    visible_output(
        "Markdown that a cell displays",
        display(
            {
                "text/markdown": "### Result\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n**Bold** end.",
                "text/plain": "<IPython.core.display.Markdown object>",
            }
        ),
        visible=("Result", "a", "b", "1", "2", "Bold end."),
        absent=("IPython.core", "|---|", "**"),
    ),
    Situation(
        "a Markdown cell with Windows line ends and a list of lines",
        (
            text_cell("# Lines") | {"source": ["# Lines\r\n", "\r\n", "- one\r\n", "- two"]},
            executed(),
            text_cell(""),
        ),
        visible=("one", "two"),
        absent=("- one",),
    ),
)
