"""Whether two pictures show one piece of paper: hashes that are indexed, and local features that confirm.

Functions over pixels; each loads its libraries when it is called, since most receipts have no twin.
"""
