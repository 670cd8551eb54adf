"""Opens a case for what was assessed, keeps the queue in order of urgency, and leaves every decision to a person."""
