"""Resolution of plans, attempts and commissions by "newest wins" (docs/metrics.md §7).

attempt statements ── newest of each transaction ── ATTEMPTS, COMMISSIONS
plan statements ───── newest of each plan ───────── PLANS

Every step takes lazy frames and returns one. Each key has one statement, so (observed_at, state,
source, commission currency) is a total order of the statements of a transaction.
"""

from __future__ import annotations

import polars as pl

from smartinst.facts import Facts
from smartinst.ledger.attempts import resolve_attempts, resolve_commissions
from smartinst.ledger.columns import PLAN, TRANSACTION
from smartinst.ledger.identity import Identity
from smartinst.ledger.plans import resolve_plans


def resolve_facts(
    plan_statements: pl.DataFrame,
    attempt_statements: pl.DataFrame,
    identity: Identity,
    zone: str,
    billing_types: tuple[str, ...],
) -> Facts:
    """The facts of sellers in the same time zone; `identity` is that of the same statements.

    Each step is collected before the next ones use it, since one query of all steps takes Polars
    ten times as long.
    """
    attempts = attempt_statements.lazy()
    identified = attempts.join(identity.plan_by_transaction, on=TRANSACTION, validate="m:1")
    identified = identified.collect().lazy()  # without unidentified statements
    all_attempts = resolve_attempts(identified, zone).collect().lazy()
    identified_plans = identity.identify_plan_statements(plan_statements.lazy())
    all_plans = resolve_plans(identified_plans, identified, all_attempts, zone)
    of_types = all_plans.filter(pl.col("billing_type").is_in(billing_types)).collect().lazy()
    keys = of_types.select(PLAN)
    return Facts(
        plans=of_types,
        attempts=all_attempts.join(keys, on=PLAN, how="semi").collect().lazy(),
        commissions=resolve_commissions(identified)
        .join(keys, on=PLAN, how="semi")
        .collect()
        .lazy(),
    )
