"""Actions on real money: proposals, calls, read-back and the sealed log."""
