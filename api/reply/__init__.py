"""What is answered: documents, files, calendars, links, problems."""
