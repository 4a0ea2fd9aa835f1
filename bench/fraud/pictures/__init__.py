"""Pictures that are genuine, edited, photographed off a screen, captured or drawn, each with its truth."""
