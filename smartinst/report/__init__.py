"""The notebook's side of a report: figures become charts, tables and text."""
