"""Would a small model over rows read better than the rules? Trained, measured and answered by one command.

    python -m bench.row_labels --receipts ../shared/receipts

See docs/decisions/0015-no-learned-rows.md for the last answer.
"""
