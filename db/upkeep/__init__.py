"""Keep a store safe: copies, verification, the audit log."""
