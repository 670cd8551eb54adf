"""Process plumbing shared by every service. Knows no incident and no case."""
