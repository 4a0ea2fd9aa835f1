"""Logs: one line an event, for people on a terminal and as JSON elsewhere; never a receipt's content."""

from __future__ import annotations

import logging
import sys

import structlog

from pipeline.setting_words import LogLevel
from receipts.spans import trace_id


def _with_trace(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """With the trace that it happened under, by which logs of all processes are found together."""
    if (known := trace_id()) is not None:
        event.setdefault("trace_id", known)
    return event


def set_up_logs(level: LogLevel) -> None:
    """Log to standard error from `level` on."""
    human = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _with_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.value]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
