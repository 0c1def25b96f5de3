"""Tables of other libraries as they are saved: pandas, its Styler, great_tables, Polars, R."""

from __future__ import annotations

from typing import Final

from tests.notebooks.situations import (
    Situation,
    between_prints,
    display,
    html,
    png,
    result,
    undrawable,
    visible_output,
)

PANDAS_STYLE: Final = """<style scoped>
    .dataframe tbody tr th:only-of-type {
        vertical-align: middle;
    }

    .dataframe tbody tr th {
        vertical-align: top;
    }

    .dataframe thead th {
        text-align: right;
    }
</style>
"""
PANDAS: Final = f"""<div>
{PANDAS_STYLE}<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;">
      <th></th>
      <th>city</th>
      <th>sales</th>
    </tr>
  </thead>
  <tbody>
    <tr>
      <th>north</th>
      <td>Manaus</td>
      <td>1204.5</td>
    </tr>
    <tr>
      <th>south</th>
      <td>Pelotas &amp; Rio Grande</td>
      <td>NaN</td>
    </tr>
  </tbody>
</table>
</div>"""
GROUPED: Final = f"""<div>
{PANDAS_STYLE.replace("thead th", "thead tr th")}<table border="1" class="dataframe">
  <thead>
    <tr>
      <th></th>
      <th colspan="2" halign="left">amount</th>
      <th>count</th>
    </tr>
    <tr>
      <th></th>
      <th>mean</th>
      <th>max</th>
      <th>size</th>
    </tr>
    <tr>
      <th>region</th>
      <th></th>
      <th></th>
      <th></th>
    </tr>
  </thead>
  <tbody>
    <tr>
      <th rowspan="2" valign="top">coast</th>
      <td>11.5</td>
      <td>40.0</td>
      <td>3</td>
    </tr>
    <tr>
      <td>12.5</td>
      <td>41.0</td>
      <td>4</td>
    </tr>
  </tbody>
</table>
</div>"""
STYLER: Final = """<style type="text/css">
#T_5f1c2_row0_col1 {
  background-color: #fde725;
  color: #000000;
}
#T_5f1c2 th {
  font-size: 11pt;
}
</style>
<table id="T_5f1c2">
  <caption>Overdue by month</caption>
  <thead>
    <tr>
      <th class="blank level0" >&nbsp;</th>
      <th id="T_5f1c2_level0_col0" class="col_heading level0 col0" >month</th>
      <th id="T_5f1c2_level0_col1" class="col_heading level0 col1" >overdue</th>
    </tr>
  </thead>
  <tbody>
    <tr>
      <th id="T_5f1c2_level0_row0" class="row_heading level0 row0" >0</th>
      <td id="T_5f1c2_row0_col0" class="data row0 col0" >January</td>
      <td id="T_5f1c2_row0_col1" class="data row0 col1" >R$ 1.234,50</td>
    </tr>
  </tbody>
</table>
"""
GREAT_TABLE: Final = """<div id="ksqvbneuyw" style="padding-left:0px;padding-right:0px;overflow-x:auto;">
<style>
#ksqvbneuyw table {
          font-family: -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto;
          -webkit-font-smoothing: antialiased;
        }
#ksqvbneuyw .gt_table { display: table; border-collapse: collapse; }
</style>
<table class="gt_table" data-quarto-disable-processing="false" data-quarto-bootstrap="false">
<thead>
  <tr class="gt_heading">
    <td colspan="2" class="gt_heading gt_title gt_font_normal">Largest islands</td>
  </tr>
  <tr class="gt_heading">
    <td colspan="2" class="gt_heading gt_subtitle gt_font_normal">in thousands of km²</td>
  </tr>
<tr class="gt_col_headings">
  <th class="gt_col_heading gt_columns_bottom_border gt_left" rowspan="1" colspan="1" scope="col" id="name">Island</th>
  <th class="gt_col_heading gt_columns_bottom_border gt_right" rowspan="1" colspan="1" scope="col" id="size">Size</th>
</tr>
</thead>
<tbody class="gt_table_body">
  <tr>
    <td class="gt_row gt_left">Greenland</td>
    <td class="gt_row gt_right" style="background-color: #215b98; color: #FFFFFF;">2166</td>
  </tr>
</tbody>
  <tfoot class="gt_sourcenotes">
  <tr>
    <td class="gt_sourcenote" colspan="2">Source: an atlas of 1975</td>
  </tr>
</tfoot>
</table>
</div>"""
POLARS: Final = (
    "<div><style>\n.dataframe > thead > tr,\n.dataframe > tbody > tr {\n  text-align: right;\n"
    "  white-space: pre-wrap;\n}\n</style>\n<small>shape: (2, 2)</small>"
    '<table border="1" class="dataframe"><thead><tr><th>buyer</th><th>paid</th></tr>'
    "<tr><td>str</td><td>f64</td></tr></thead><tbody>"
    "<tr><td>&quot;Ana Souza&quot;</td><td>12.5</td></tr>"
    "<tr><td>&quot;Bia Lima&quot;</td><td>null</td></tr></tbody></table></div>"
)
ITABLES: Final = """<table id="itables_4f2a_91cc" class="display nowrap" data-quarto-disable-processing="true" style="table-layout:auto;width:auto">
<thead>
    <tr style="text-align: right;">
      <th></th>
      <th>country</th>
    </tr>
  </thead><tbody><tr>
<td style="vertical-align:middle; text-align:left">
<a href=https://mwouts.github.io/itables/>Loading ITables v2.4.5 from the internet...</a>
(need <a href=https://mwouts.github.io/itables/troubleshooting.html>help</a>?)</td>
</tr></tbody>
</table>
<link href="https://cdn.jsdelivr.net/npm/dt_for_itables@2.0/dt_bundle.css" rel="stylesheet">
<script type="module">
    import { ITable } from 'https://cdn.jsdelivr.net/npm/dt_for_itables@2.0/dt_bundle.js';
    new ITable(document.querySelector("#itables_4f2a_91cc"), {"data_json": "[[0, \\"Chile\\"]]"});
</script>
"""
COLAB: Final = f"""
  <div id="df-7c1e" class="colab-df-container">
    <div>
{PANDAS_STYLE}<table border="1" class="dataframe">
  <thead><tr style="text-align: right;"><th></th><th>week</th></tr></thead>
  <tbody><tr><th>0</th><td>fourteen</td></tr></tbody>
</table>
</div>
    <div class="colab-df-buttons">
  <div class="colab-df-container">
    <button class="colab-df-convert" onclick="convertToInteractive('df-7c1e')"
            title="Convert this dataframe to an interactive table."
            style="display:none;">
  <svg xmlns="http://www.w3.org/2000/svg" height="24px" viewBox="0 -960 960 960">
    <path d="M120-120v-720h720v720H120Z"/>
  </svg>
    </button>
  <style>
    .colab-df-container {{ display:flex; gap: 12px; }}
  </style>
    <script>
      const buttonEl = document.querySelector('#df-7c1e button.colab-df-convert');
      buttonEl.style.display = google.colab.kernel.accessAllowed ? 'block' : 'none';
    </script>
  </div>
    </div>
  </div>
"""
R_FRAME: Final = {
    "text/html": [
        '<table class="dataframe">\n',
        "<caption>A data.frame: 1 × 2</caption>\n",
        "<thead>\n\t<tr><th scope=col>species</th><th scope=col>weight</th></tr>\n",
        "\t<tr><th scope=col>&lt;chr&gt;</th><th scope=col>&lt;dbl&gt;</th></tr>\n</thead>\n",
        "<tbody>\n\t<tr><td>capybara</td><td>52.25</td></tr>\n</tbody>\n</table>\n",
    ],
    "text/latex": "A data.frame: 1 × 2\n\\begin{tabular}{ll}\n capybara & 52.25\\\\\n\\end{tabular}\n",
    "text/markdown": [
        "\nA data.frame: 1 × 2\n\n| species &lt;chr&gt; | weight &lt;dbl&gt; |\n|---|---|\n",
        "| capybara | 52.25 |\n\n",
    ],
    "text/plain": "  species  weight\n1 capybara 52.25 ",
}
LONG_TABLE: Final = (
    "<table><thead><tr><th>row</th><th>text</th></tr></thead><tbody>"
    + "".join(f"<tr><td>{n}</td><td>entry-{n}</td></tr>" for n in range(1, 5001))
    + "</tbody></table>"
)
COLUMNS: Final = tuple(f"c{n:02}" for n in range(60))
WIDE_TABLE: Final = (
    '<table border="1" class="dataframe"><thead><tr>'
    + "".join(f"<th>{name}</th>" for name in COLUMNS)
    + "</tr></thead><tbody><tr>"
    + "".join(f"<td>{n * 7}</td>" for n in range(60))
    + "</tr></tbody></table>"
)

JULIA: Final = """<div><div style = "float: left;"><span>2×1 DataFrame</span></div><div style = "clear: both;"></div></div><div class = "data-frame" style = "overflow-x: scroll;"><table class = "data-frame" style = "margin-bottom: 6px;"><thead><tr class = "header"><th class = "rowNumber" style = "font-weight: bold; text-align: right;">Row</th><th style = "text-align: left;">city</th></tr></thead><tbody><tr><td class = "rowNumber">1</td><td style = "text-align: left;">Recife</td></tr></tbody></table></div>"""
SITUATIONS: Final[tuple[Situation, ...]] = (
    visible_output(
        "a pandas frame with an index",
        html(PANDAS, "          city   sales\nnorth  Manaus  1204.5"),
        visible=("city", "sales", "north", "Manaus", "1204.5", "south", "Pelotas & Rio Grande"),
        once=("Manaus",),
        in_workbook=("city", "Manaus", "1204.5", "Pelotas & Rio Grande"),
        absent=("vertical-align", ".dataframe", "&amp;"),
    ),
    visible_output(
        "a pandas frame with two levels of columns",
        html(GROUPED),
        visible=("amount", "count", "mean", "max", "size", "region", "coast", "11.5", "41.0"),
        absent=("vertical-align",),
    ),
    visible_output(
        "a Styler",
        html(STYLER, "<pandas.io.formats.style.Styler at 0x7f2a5c1d90>"),
        visible=("Overdue by month", "month", "overdue", "January", "R$ 1.234,50"),
        absent=("#T_5f1c2", "background-color", "pandas.io"),
    ),
    visible_output(
        "a table of great_tables",
        html(GREAT_TABLE, "GT(_tbl_data=shape: (1, 2), _body=<great_tables._gt_data.Body>)"),
        visible=(
            *("Largest islands", "in thousands of km²", "Island", "Size", "Greenland", "2166"),
            "Source: an atlas of 1975",
        ),
        absent=("ksqvbneuyw", "antialiased", "GT("),
    ),
    visible_output(
        "a saved frame of Polars",
        result({"text/html": POLARS, "text/plain": "shape: (2, 2)\n┌─────┐\n│ str │\n└─────┘"}),
        visible=("buyer", "paid", "Ana Souza", "12.5", "Bia Lima"),
        once=("Ana Souza",),
        in_workbook=("buyer", "12.5", "Bia Lima"),
        absent=("white-space", "&quot;", "┌"),
    ),
    undrawable(
        "an interactive table of itables",
        html(ITABLES),
        absent=("import {", "data_json", "stylesheet", "dt_bundle"),
        remarks=("country", "Loading ITables v2.4.5 from the internet...", "(need help?)"),
    ),
    visible_output(
        "a frame of Colab",
        display(
            {
                "application/vnd.google.colaboratory.intrinsic+json": {"type": "dataframe"},
                "text/html": COLAB.splitlines(keepends=True),
                "text/plain": "   week\n0  fourteen",
            }
        ),
        visible=("week", "fourteen"),
        once=("fourteen",),
        absent=("convertToInteractive", "buttonEl", "display:flex", "google.colab"),
    ),
    visible_output(
        "a frame of R in four formats",
        result(R_FRAME),
        visible=("species", "weight", "capybara", "52.25"),
        once=("capybara",),
        absent=("tabular", "&lt;", "|---|"),
    ),
    visible_output(
        "a table of statsmodels",
        result(
            {
                "text/html": "<table><tr><th>R-squared</th><td>0.93</td></tr></table>",
                "text/latex": "\\begin{center}\n\\begin{tabular}{lc}\nR-squared & 0.93 \\\\\n"
                "\\end{tabular}\n\\end{center}",
                "text/plain": "R-squared 0.93",
            }
        ),
        visible=("R-squared", "0.93"),
        once=("0.93",),
        absent=("tabular", "center}"),
    ),
    between_prints(
        "the loader of itables",
        html(
            '<script type="module">start()</script><div><noscript>This is the '
            "<code>init_notebook_mode</code> cell from ITables v2.9.1<br></noscript></div>"
        ),
        place="empty",
        absent=("ITables",),
    ),
    visible_output(
        "a table of 5000 rows",
        html(LONG_TABLE),
        visible=("row", "text", "entry-1", "entry-40"),
        on_page=("entry-1000", "and 4,000 more rows"),
        on_paper=("and 4,960 more rows",),
        in_workbook=("entry-1", "entry-2500", "entry-5000"),
    ),
    visible_output(
        "a table of 60 columns",
        html(WIDE_TABLE),
        visible=("c00", "c01", "c11", "0", "77"),
        on_page=(*COLUMNS, "413"),
        on_paper=("and 48 more columns",),
        in_workbook=(*COLUMNS, "413"),
    ),
    visible_output(
        "a frame of Julia",
        result({"text/html": JULIA, "text/plain": "2×1 DataFrame"}),
        visible=("2×1 DataFrame", "Row", "city", "1", "Recife"),
        once=("Recife",),
    ),
    visible_output(
        "a table of Databricks beside its own format",
        display(
            {
                "application/vnd.databricks.v1+output": {"type": "htmlSandbox", "data": "<x>"},
                "text/html": "<table class='t'><tr><th>week</th></tr><tr><td>nine</td></tr></table>",
            }
        ),
        visible=("week", "nine"),
        in_workbook=("week", "nine"),
    ),
    visible_output(
        "tables inside of a table",
        html(
            "<table><tr><td>outer-1</td><td><table><tr><td>inner-1</td><td>inner-2</td></tr>"
            "</table></td></tr><tr><td>outer-2</td></tr></table>"
        ),
        visible=("outer-1", "inner-1", "inner-2", "outer-2"),
    ),
    visible_output(
        "a table with pictures and links in its cells",
        html(
            "<table><tr><th>logo</th><th>site</th></tr><tr>"
            f'<td><img src="data:image/png;base64,{png(0, 90, 0)}" width="60"></td>'
            '<td><a href="https://shop.example">the shop</a></td></tr></table>'
        ),
        visible=("logo", "site", "the shop"),
        pictures=1,
    ),
    between_prints("a table without rows", html("<table><thead></thead><tbody></tbody></table>")),
    visible_output(
        "cells that look like formulas and code",
        html(
            "<table><tr><td>=1+2</td><td>@SUM(A1)</td><td>-5</td><td>&lt;/script&gt;</td>"
            "<td>{{ 7 * 7 }}</td></tr></table>"
        ),
        visible=("=1+2", "@SUM(A1)", "-5", "</script>", "{{ 7 * 7 }}"),
        shows_markup=True,
    ),
)
