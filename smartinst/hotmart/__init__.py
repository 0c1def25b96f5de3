"""The platform's edge: its payloads into statements (parsers), and its REST interface. Foreign names end here."""
