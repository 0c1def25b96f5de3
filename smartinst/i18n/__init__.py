"""Languages: message catalogues, and locales that format amounts, dates and names."""
