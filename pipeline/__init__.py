"""The order of the stages, and the outside world wired to them."""
