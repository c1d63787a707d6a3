"""The SQLite store: connections, migrations, one module of SQL a resource. No other package holds SQL."""
