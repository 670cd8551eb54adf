"""Classification: suggests where debate ended and abuse began, and says why."""
