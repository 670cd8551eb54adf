"""Takes a report in by any channel, keeps its words sealed, and raises danger at once."""
