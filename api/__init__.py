"""HTTP: the record of it is /openapi.json."""
