"""The loan book: figures of plans as small loans that the seller gives (docs/metrics.md §6).

A `LoanBook` has the facts of a seller by date; each other module computes figures of one subject
from it.
"""
