"""The jobs that classification gives itself."""

from datetime import timedelta

ASSESS_AGAIN = "assess-again"
"""Assess one incident again, then queue the council's next one. Its id is that of the assessment that is to be made again."""

PAUSE = timedelta(seconds=0.5)
"""From the end of one such job to the council's next. A council has only one of them in the queue: a report that comes in meanwhile
waits behind one incident at most, whatever was ordered."""
