"""Client of the platform's REST API."""
