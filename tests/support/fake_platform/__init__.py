"""A fake of the platform's documented API (docs/hotmart.md §2) on a real loopback port, with the sample's sales in it.

    account    what one seller's account holds, and how actions change it
    lists      the documented queries: their filters, defaults and pages
    answers    the documented shapes of what is answered
    events     the webhook of each change, and who posts it
    faults     what goes wrong, where asked
    app        routes, tokens, the rate limit
    server     all of it on a port; `python -m tests.support.fake_platform` serves it by hand

What is not documented is refused with 400: a client that invents a parameter, a field or a path is found out.
Where the platform's own word is missing the narrower reading is taken: dates that are not given are the last 30 days.
Left out: `select`, commissions, price details, reactivation, the products' prefixes.
"""
