"""The SQLite store: connections, migrations and one module of SQL a resource. Nothing outside this package holds SQL."""
