"""Read plans from documents: bytes to text, text to spans, spans to a plan file and a page to review it."""
