"""Mail: what a mail holds, whose it is, and the mailbox it comes from."""
