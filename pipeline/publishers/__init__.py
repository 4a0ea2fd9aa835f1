"""The ways out to the core loyalty service: each follows its program's feed with a cursor of its own."""
