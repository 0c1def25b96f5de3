"""Ways a message leaves: SMTP, or a folder."""
