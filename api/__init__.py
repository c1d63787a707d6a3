"""The web service: Flask, one module a resource; a request goes parse, SQL, reply."""
