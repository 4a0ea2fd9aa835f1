"""What the pipeline asks of the database: small classes over an open session, each bound to a program.

They neither begin nor commit: the caller's `Database.read` or `Database.write` block does.
"""
