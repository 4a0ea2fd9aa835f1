"""What a receipt earns: campaigns, the decision, and what is written down and told afterwards.

Pure functions over frozen values. The order of use is `purchase` (which purchase is this), `fraud.screen`
(what speaks against it), `decide` (pay, ask a person, or say why not), `post` (entries, claims, messages).
"""
