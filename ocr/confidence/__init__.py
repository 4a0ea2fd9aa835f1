"""How sure each field and line is: clues a person can read, weighed and calibrated on labelled receipts."""
