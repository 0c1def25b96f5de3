"""The platform's edge: payloads become statements. Names of the platform end here."""
