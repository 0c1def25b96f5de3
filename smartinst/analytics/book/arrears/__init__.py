"""What is overdue in the loan book: balances in arrears, delays and how they develop."""
