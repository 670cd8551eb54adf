"""Knows the councils: who they are, who works for them, which keys are good. Tells every other service by facts."""
