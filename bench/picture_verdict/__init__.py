"""How well the verdict tells which pictures can be read: ones spoiled on purpose, and real good ones."""
