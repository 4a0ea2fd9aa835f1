"""From the frame as it was taken to a page that reads well, and whether it can be read at all."""
