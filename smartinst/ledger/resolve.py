"""Resolution of plans, attempts and commissions by "newest wins" (docs/metrics.md §7).

attempt statements ── newest of each payment ── charge numbers ── ATTEMPTS, UNPLACED_PAYMENTS
                   └─ newest of each payment ── COMMISSIONS
plan statements ───── newest of each plan ───── PLANS

Each key has one statement, so (observed_at, state, source, *REST_OF_KEY) is a total order of the
statements of a payment. Each step is collected before the next ones use it, since one query of all
steps takes Polars ten times as long.
"""

from __future__ import annotations

import polars as pl

from smartinst.facts import CHARGE_DAY_MOVES, Facts
from smartinst.ledger.attempts import resolve_attempts, resolve_commissions
from smartinst.ledger.charge_numbers import infer_numbers
from smartinst.ledger.columns import PLAN, TRANSACTION
from smartinst.ledger.identity import Identity
from smartinst.ledger.plans import resolve_plans
from smartinst.ledger.several_payments import split_payments
from smartinst.ledger.unplaced import unplaced_payments


def resolve_facts(
    plan_statements: pl.DataFrame,
    attempt_statements: pl.DataFrame,
    identity: Identity,
    zone: str,
    billing_types: tuple[str, ...],
    charge_day_moves: pl.DataFrame | None = None,
) -> Facts:
    """The facts of sellers in the same time zone; `identity` is that of the same statements.

    charge_day_moves  facts.CHARGE_DAY_MOVES of the same sellers; None: none
    """
    moves = CHARGE_DAY_MOVES.empty() if charge_day_moves is None else charge_day_moves
    statements = _with_plans(attempt_statements, identity, zone)
    has_plan = pl.col("plan_id_of_transaction").is_not_null()
    identified = statements.filter(has_plan).lazy()
    resolved = resolve_attempts(statements.lazy(), zone).collect()
    identified_plans = identity.identify_plan_statements(plan_statements.lazy())
    plans = resolve_plans(
        identified_plans, identified, resolved.lazy().filter(pl.col("plan_id").is_not_null()), zone
    ).collect()
    attempts = infer_numbers(resolved, plans, moves).lazy()
    of_types = plans.lazy().filter(pl.col("billing_type").is_in(billing_types)).collect().lazy()
    keys = of_types.select(PLAN)
    numbered = attempts.filter(pl.col("numbers").is_not_null())
    unplaced = unplaced_payments(
        attempts, plans.lazy(), statements.lazy().filter(~has_plan), billing_types
    )
    return Facts(
        plans=of_types,
        attempts=numbered.join(keys, on=PLAN, how="semi").collect().lazy(),
        commissions=resolve_commissions(identified)
        .join(keys, on=PLAN, how="semi")
        .collect()
        .lazy(),
        charge_day_moves=moves.lazy().join(keys, on=PLAN, how="semi").collect().lazy(),
        unplaced_payments=unplaced.collect().lazy(),
    )


def _with_plans(attempt_statements: pl.DataFrame, identity: Identity, zone: str) -> pl.DataFrame:
    """Attempt statements with their plan (null: not identified), and a code for each payment."""
    with_plans = attempt_statements.lazy().join(
        identity.plan_by_transaction, on=TRANSACTION, how="left", validate="m:1"
    )
    return split_payments(with_plans.collect(), zone)
