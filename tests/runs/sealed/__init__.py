"""Tests of sealed runs."""
