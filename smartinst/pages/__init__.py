"""Executed notebooks become HTML, PDF, XLSX and mail bodies."""
