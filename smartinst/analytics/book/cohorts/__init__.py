"""The plans of the loan book by time of purchase, number of installments and product."""
