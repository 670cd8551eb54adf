"""Where the local stack's mail arrives: an SMTP server that keeps what it is given, and pages to read it."""
