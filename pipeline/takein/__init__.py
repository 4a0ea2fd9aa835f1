"""Inbound messages to submissions: what a worker does once the bell for a mail or text has rung."""
