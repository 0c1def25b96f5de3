"""Tables of plans, figures and notes."""
