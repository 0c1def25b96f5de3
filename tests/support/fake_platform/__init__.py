"""A fake of the platform's documented API (docs/hotmart.md §2) with the sample's sales.

    account     the sales of one seller, and how actions change them
    lists       the documented queries: filters, defaults and pages
    answers     the documented shapes of replies
    events      the webhook of each change, and its sender
    faults      faults of calls, as configured by a test
    app         routes, tokens, the rate limit
    server      the app on a port; `python -m tests.support.fake_platform` serves it manually
    in_process  the app without a port, for clients in the same process

Undocumented parameters, fields and paths are refused with 400. If the documentation is ambiguous,
the narrower interpretation applies: without dates, a list covers the last 30 days. Not covered:
`select`, commissions, price details, reactivation, the prefixes of products.
"""
