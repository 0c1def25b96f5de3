"""Outputs that need a script, a server or a player: Plotly, widgets, Bokeh, maps, video."""

from __future__ import annotations

from typing import Any, Final

from tests.notebooks.situations import (
    Situation,
    between_prints,
    display,
    html,
    png,
    result,
    stderr,
    undrawable,
    visible_output,
)

WIDGET: Final = "application/vnd.jupyter.widget-view+json"
STATE: Final = "application/vnd.jupyter.widget-state+json"
PLOTLY: Final = {
    "application/vnd.plotly.v1+json": {
        "config": {"plotlyServerURL": "https://plot.ly"},
        "data": [{"type": "scatter", "x": [1, 2, 3], "y": [4, 1, 2], "name": "orders"}],
        "layout": {"title": {"text": "Orders by day"}},
    }
}
PLOTLY_HTML: Final = (
    '<div>                            <div id="3b1f-plot" class="plotly-graph-div" '
    'style="height:525px; width:100%;"></div>            <script type="text/javascript">'
    '                require(["plotly"], function(Plotly) {                    '
    'window.PLOTLYENV=window.PLOTLYENV || {}; Plotly.newPlot("3b1f-plot", [{"y": [4]}], {})'
    "                });            </script>        </div>"
)
BOKEH_LOAD: Final = """
    <style>
        .bk-notebook-logo {
            display: block;
            width: 20px;
            height: 20px;
        }
    </style>
    <div>
        <a href="https://bokeh.org" target="_blank" class="bk-notebook-logo"></a>
        <span id="p1001">Loading BokehJS ...</span>
    </div>
"""
FOLIUM: Final = (
    '<div style="width:100%;"><div style="position:relative;width:100%;height:0;'
    'padding-bottom:60%;"><span style="color:#565656">Make this Notebook Trusted to load map: '
    'File -> Trust Notebook</span><iframe srcdoc="&lt;!DOCTYPE html&gt;\n&lt;html&gt;\n&lt;head'
    "&gt;&lt;script src=&quot;https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js&quot;"
    "&gt;&lt;/script&gt;&lt;/head&gt;&lt;body&gt;map of stores&lt;/body&gt;&lt;/html&gt;"
    '" style="position:absolute;width:100%;height:100%;left:0;top:0;border:none !important;" '
    "allowfullscreen webkitallowfullscreen mozallowfullscreen></iframe></div></div>"
)
VIDEO: Final = """<video controls  >
 <source src="data:video/mp4;base64,AAAAIGZ0eXBpc29t" type="video/mp4">
 Your browser does not support the video tag.
 </video>"""
AUDIO: Final = """
                <audio  controls="controls" >
                    <source src="data:audio/wav;base64,UklGRiQAAABXQVZF" type="audio/wav" />
                    Your browser does not support the audio element.
                </audio>
              """
YOUTUBE: Final = """
        <iframe
            width="400"
            height="300"
            src="https://www.youtube.com/embed/abc123"
            frameborder="0"
            allowfullscreen

        ></iframe>
        """
HOLOVIEWS: Final = (
    '<div id=\'p1002\'>\n  <div id="c1f9" data-root-id="p1002" style="display: contents;">'
    '</div>\n</div>\n<script type="application/javascript">(function(root) {\n'
    'var docs_json = {"a": {"version": "3.4"}};\n})(window);</script>'
)


ANIMATION: Final = """<link rel="stylesheet" href="https://cdn.example/font-awesome.css">
<script language="javascript">function Animation(frames, img_id) { this.frames = frames; }</script>
<style>.animation { display: inline-block; text-align: center; }</style>
<div class="animation"><img id="_anim_img1"><div class="anim-controls">
<input id="_anim_slider1" type="range" class="anim-slider" name="points" min="0" max="1">
<button title="Play" onclick="anim1.play_animation()"><i class="fa fa-play"></i></button></div></div>
<script language="javascript">var frames = ["animation-frames"]; new Animation(frames, "a");</script>"""
APPLICATION: Final = """<!DOCTYPE html><html><head>
<script src="https://cdn.example/react@16.8.4/umd/react.production.min.js"></script>
<style>body { margin: 0; }</style></head>
<body><div id="app-content"></div><script>(function () { start() })()</script></body></html>"""


def widget(model_id: str, plain: str) -> dict[str, Any]:
    data = {"model_id": model_id, "version_major": 2, "version_minor": 0}
    return display({WIDGET: data, "text/plain": [plain]})


def widget_state(model_id: str, model: str, **state: Any) -> dict[str, Any]:
    """The metadata of a notebook that was saved with the state of its widgets."""
    entry = {
        "model_module": "@jupyter-widgets/controls",
        "model_module_version": "2.0.0",
        "model_name": model,
        "state": state,
    }
    return {
        "widgets": {STATE: {"state": {model_id: entry}, "version_major": 2, "version_minor": 0}}
    }


SITUATIONS: Final[tuple[Situation, ...]] = (
    undrawable("a figure of Plotly", display(PLOTLY), absent=("plotlyServerURL", "scatter")),
    undrawable(
        "a figure of Plotly with its script",
        display({**PLOTLY, "text/html": PLOTLY_HTML}),
        absent=("newPlot", "PLOTLYENV", "plotly-graph"),
    ),
    undrawable(
        "a figure of Plotly as HTML only",
        html(PLOTLY_HTML),
        absent=("newPlot", "PLOTLYENV", "IPython.core"),
    ),
    undrawable(
        "a slider",
        widget("5d2e", "IntSlider(value=12, description='Months')"),
        absent=("IntSlider(", "5d2e"),
        metadata=widget_state("5d2e", "IntSliderModel", value=12, description="Months"),
    ),
    undrawable(
        "a slider whose state was not saved",
        widget("9a2e", "IntSlider(value=12, description='Months')"),
        absent=("IntSlider(", "9a2e"),
    ),
    visible_output(
        "a progress bar of tqdm.notebook",
        widget("77aa", "Orders:   0%|          | 0/120 [00:00<?, ?it/s]"),
        stderr("\n"),
        absent=("0/120", "77aa", "HBox("),
        metadata=widget_state("77aa", "HBoxModel", children=["IPY_MODEL_1", "IPY_MODEL_2"]),
        undrawn=None,
    ),
    undrawable(
        "an output widget that keeps a text",
        widget("0c0c", "Output()"),
        absent=("Output()",),
        metadata=widget_state(
            "0c0c",
            "OutputModel",
            outputs=[{"name": "stdout", "output_type": "stream", "text": ["inside\n"]}],
        ),
    ),
    between_prints(
        "metadata of widgets without their state",
        display({"text/plain": "'a value'"}),
        visible=("'a value'",),
        metadata={"widgets": {"application/vnd.jupyter.other+json": {}}},
    ),
    undrawable(
        "a plot of Bokeh",
        display({"text/html": BOKEH_LOAD}),
        display(
            {
                "application/javascript": "'use strict';\n(function(root) { run(); })(window);",
                "application/vnd.bokehjs_load.v0+json": "",
            }
        ),
        display({"text/html": '\n  <div id="ab12" data-root-id="p1002"></div>\n'}),
        display(
            {
                "application/javascript": "(function(root) { embed_document(root) })(window);",
                "application/vnd.bokehjs_exec.v0+json": "",
            },
            {"application/vnd.bokehjs_exec.v0+json": {"id": "p1002"}},
        ),
        absent=("use strict", "embed_document", "bk-notebook"),
        remarks=("Loading BokehJS ...",),
    ),
    undrawable(
        "a plot of HoloViews",
        display(
            {
                "application/vnd.holoviews_exec.v0+json": "",
                "text/html": HOLOVIEWS,
                "text/plain": [":Curve   [day]   (orders)"],
            },
            {"application/vnd.holoviews_exec.v0+json": {"id": "p1002"}},
        ),
        absent=("docs_json",),
        remarks=(":Curve   [day]   (orders)",),
    ),
    undrawable(
        "a map of folium",
        html(FOLIUM, "<folium.folium.Map at 0x7f9c1b2d4e50>"),
        absent=("folium.folium", "leaflet", "srcdoc", "map of stores"),
        remarks=("Make this Notebook Trusted to load map: File -> Trust Notebook",),
    ),
    undrawable(
        "an animation of matplotlib",
        html(ANIMATION),
        absent=("function Animation", "font-awesome", "animation-frames"),
    ),
    undrawable(
        "a page with an application",
        html(APPLICATION),
        absent=("cdn.example", "app-content", "margin"),
    ),
    undrawable(
        "a video",
        html(VIDEO, "<IPython.core.display.Video object>"),
        absent=("IPython.core", "Your browser does not support", "AAAAIGZ0"),
    ),
    undrawable(
        "a sound",
        html(AUDIO, "<IPython.lib.display.Audio object>"),
        absent=("IPython.lib", "Your browser does not support", "UklGR"),
    ),
    undrawable(
        "a video of another site",
        html(YOUTUBE, "<IPython.lib.display.YouTubeVideo at 0x7f0c>"),
        absent=("IPython.lib", "youtube.com/embed"),
    ),
    visible_output(
        "a script",
        display(
            {
                "application/javascript": "alert('hello')",
                "text/plain": ["<IPython.core.display.Javascript object>"],
            }
        ),
        absent=("alert(", "IPython.core"),
        undrawn=None,
    ),
    undrawable(
        "a PDF",
        display({"application/pdf": "JVBERi0xLjQKJcOkw7w=", "text/plain": ["PDF(...)"]}),
        absent=("JVBERi",),
    ),
    visible_output(
        "a JSON document",
        display(
            {
                "application/json": {"status": "paid", "months": [1, 2]},
                "text/plain": ["<IPython.core.display.JSON object>"],
            },
            {"application/json": {"expanded": False, "root": "root"}},
        ),
        absent=("IPython.core",),
        undrawn=None,
    ),
    visible_output(
        "a map of GeoJSON",
        display(
            {
                "application/geo+json": {"type": "Point", "coordinates": [-46.6, -23.5]},
                "text/plain": ["<IPython.display.GeoJSON object>"],
            }
        ),
        absent=("IPython.display",),
        undrawn=None,
    ),
    undrawable(
        "an unknown format",
        display({"application/vnd.acme.cube.v3+json": {"rows": [1, 2, 3]}}),
        absent=("acme.cube", "'rows'"),
    ),
    visible_output(
        "a link to a file",
        result(
            {
                "text/html": ["<a href='out/sales.csv' target='_blank'>out/sales.csv</a><br>"],
                "text/plain": ["/home/ana/out/sales.csv"],
            }
        ),
        visible=("out/sales.csv",),
        absent=("/home/ana",),
    ),
    visible_output(
        "a formula of SymPy",
        result(
            {
                "text/latex": ["$\\displaystyle \\frac{x^{2}}{2} + 3 x$"],
                "text/plain": [" 2      \nx       \n── + 3⋅x\n2       "],
            }
        ),
        absent=("displaystyle", "$"),
    ),
    visible_output(
        "a matrix of SymPy",
        result(
            {
                "text/latex": [
                    "$\\displaystyle \\left[\\begin{matrix}1 & x\\\\\\frac{1}{2} & \\sqrt{y}",
                    "\\end{matrix}\\right]$",
                ],
                "image/png": png(7, 7, 7),
                "text/plain": "⎡ 1   x⎤",
            }
        ),
    ),
    visible_output(
        "a table in LaTeX",
        display({"text/latex": "\\begin{tabular}{ll}\nalpha & beta \\\\\n\\end{tabular}"}),
        visible=("alpha", "beta"),
    ),
    visible_output(
        "a formula in LaTeX",
        display(
            {
                "text/latex": ["$$\\text{net} = \\text{gross} - \\text{fee}$$"],
                "text/plain": ["<IPython.core.display.Latex object>"],
            }
        ),
        on_page=("net", "gross", "fee"),
        absent=("IPython.core", "$$"),
    ),
    visible_output(
        "a formula of IPython.display.Math",
        display(
            {
                "text/latex": ["$\\displaystyle \\sum_{m} p_m$"],
                "text/plain": ["<IPython.core.display.Math object>"],
            }
        ),
        absent=("IPython.core", "$"),
    ),
)
