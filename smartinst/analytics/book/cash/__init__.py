"""What comes in of the loan book: collection of due amounts, refused charges, the calendar."""
