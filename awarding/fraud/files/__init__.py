"""What a file says of itself: a PDF's history and layers, a mail's links. See docs/fraud-files.md."""
