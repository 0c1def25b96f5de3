"""The body of a mail, read from the executed notebook like the other files of a report."""
