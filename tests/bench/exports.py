"""A large sales export as CSV and as XLSX through `smartinst ingest`: rows a second, peak memory.

    python tests/bench/exports.py                        200,000 rows, each format
    python tests/bench/exports.py --rows 20000 --format xlsx

Every row has the 63 columns of the detailed model. Memory is that of the largest process; the one
that reads the workbook is counted apart.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.support.paths import ROOT

SAMPLE: Final = ROOT / "tests/hotmart_samples/SYNTHETIC_csv_detailed-model-pt.csv"
INSTALLMENTS: Final = 12
CONFIGURATION: Final = """
home = "var"
ledger = "var/ledger"
[limits]
max_file_mb = 512
[[seller]]
id = "acme"
name = "Acme"
email = "owner@example.com"
"""
PARTS: Final = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        '<sheet name="Vendas" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
SHEET_START: Final = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)


def table(rows: int) -> Iterator[list[str]]:
    """The header of the sample, and rows of plans with twelve charges."""
    header, first_row, *_ = SAMPLE.read_text(encoding="utf-8-sig").splitlines()
    names, cells = header.split(";"), first_row.split(";")
    yield names
    changes = {
        "Código da transação": "HP{row:010}",
        "Quantidade total de parcelas": str(INSTALLMENTS),
        "Comprador(a)": "Comprador {plan}",
        "Email do(a) Comprador(a)": "buyer{plan}@example.com",
        "Código do assinante": "SUB{plan:07}",
        "Data da transação": "{day:02}/{month:02}/2025 10:{minute:02}:00",
        "Confirmação do pagamento": "{day:02}/{month:02}/2025 10:{minute:02}:30",
        "Quantidade de cobranças": "{month}",
        "Telefone": "3519{phone:08}",
    }
    templates = {names.index(name): template for name, template in changes.items()}
    for row in range(rows):
        plan, charge = divmod(row, INSTALLMENTS)
        numbers = {"row": row, "plan": plan, "month": charge + 1, "phone": 10_000_000 + plan}
        numbers |= {"day": 1 + plan % 28, "minute": row % 60}
        for index, template in templates.items():
            cells[index] = template.format(**numbers)
        yield cells


def write_csv(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8-sig") as file:
        file.writelines(";".join(cells) + "\n" for cells in table(rows))


def write_xlsx(path: Path, rows: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(SHEET_START.encode())
            for cells in table(rows):
                xml = "".join(
                    f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in cells
                )
                sheet.write(f"<row>{xml}</row>".encode())
            sheet.write(b"</sheetData></worksheet>")


WRITERS: Final = {"csv": write_csv, "xlsx": write_xlsx}

INGEST: Final = """
import resource, sys
from smartinst.cli import main
try:
    sys.argv = ["smartinst", "ingest", sys.argv[1], "--seller", "acme", "--json"]
    main()
finally:
    peaks = [resource.getrusage(who).ru_maxrss // 1024
             for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print("peak MB", *peaks, file=sys.stderr)
"""


def measure(file_format: str, rows: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"vendas.{file_format}")
        WRITERS[file_format](path, rows)
        Path(folder, "smartinst.toml").write_text(CONFIGURATION)
        start_time, cpu = time.monotonic(), _children_cpu()
        result = subprocess.run(
            [sys.executable, "-c", INGEST, path], cwd=folder, capture_output=True, text=True
        )
        seconds, cpu = time.monotonic() - start_time, _children_cpu() - cpu
        size = path.stat().st_size / (1 << 20)
    return (
        f"{file_format}: {rows} rows, {size:.1f} MB: {seconds:.0f} s, {rows / seconds:.0f} rows/s; "
        f"CPU {cpu:.0f} s, {rows / cpu:.0f} rows/s; {result.stdout.strip()} {result.stderr.strip()}"
    )


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--format", choices=[*WRITERS], action="append")
    options = parser.parse_args()
    for file_format in options.format or WRITERS:
        print(measure(file_format, options.rows), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
