"""Signing staff in by a provider of OpenID Connect: asked over the network, believed by signature only."""
