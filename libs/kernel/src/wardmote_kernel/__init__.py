"""Words that every service shares: ids, clock, errors, tenancy and taxonomy. No I/O and no dependency.

The only package of ours that a domain may import.
"""
