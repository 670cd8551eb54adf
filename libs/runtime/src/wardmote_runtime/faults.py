"""Tells where a fault happened without telling what it said: the message of an exception may hold words of a report."""


def where(fault: BaseException) -> str:
    """File and line of the innermost frame, from the package's folder on."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/src/')[2]}:{trace.tb_lineno}" if trace else ""
