"""Tells the right people of a council by mail, and pages at once when somebody may be in danger."""
