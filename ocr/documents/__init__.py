"""Documents that carry text of their own: PDF, HTML, plain text, mail."""
