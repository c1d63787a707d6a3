"""What the pages of a plan look like: headings, columns, tables."""
