"""The rule evaluator before it was made fast: the oracle of tests/unit/awarding/test_earning_oracle.py."""
