"""Resolution of plans, attempts and commissions by "newest wins" (docs/metrics.md §7).

attempt statements ── newest of each payment ── charge numbers ── ATTEMPTS, UNPLACED_PAYMENTS
                   └─ newest of each payment ── COMMISSIONS
plan statements ───── newest of each plan ───── PLANS

Each key has one statement, so (observed_at, state, source, *REST_OF_KEY) is a total order of the
statements of a payment. Each step is collected before the next ones use it, since one query of all
steps takes Polars ten times as long.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from smartinst.facts import Facts
from smartinst.ledger.attempts import resolve_attempts, resolve_commissions
from smartinst.ledger.charge_numbers import infer_numbers
from smartinst.ledger.columns import PLAN, TRANSACTION
from smartinst.ledger.identity import Identity
from smartinst.ledger.plans import resolve_plans
from smartinst.ledger.several_payments import split_payments
from smartinst.ledger.unplaced import unplaced_payments

_HAS_PLAN = pl.col("plan_id_of_transaction").is_not_null()


@dataclass(frozen=True)
class Resolution:
    """What the statements of sellers say about plans of all billing types."""

    statements: pl.DataFrame  # attempt statements: a code for each payment; null plan: unidentified
    plans: pl.DataFrame  # facts.PLANS
    attempts: pl.DataFrame  # facts.ATTEMPTS; also with null plan_id or numbers
    charge_day_moves: pl.DataFrame  # facts.CHARGE_DAY_MOVES

    def facts(self, billing_types: tuple[str, ...]) -> Facts:
        """The facts of the plans of some billing types."""
        plans = self.plans.filter(pl.col("billing_type").is_in(billing_types)).lazy()
        keys = plans.select(PLAN)
        numbered = self.attempts.lazy().filter(pl.col("numbers").is_not_null())
        statements = self.statements.lazy()
        unplaced = unplaced_payments(
            self.attempts.lazy(), self.plans.lazy(), statements.filter(~_HAS_PLAN), billing_types
        )
        commissions = resolve_commissions(statements.filter(_HAS_PLAN))
        return Facts(
            plans=plans,
            attempts=numbered.join(keys, on=PLAN, how="semi").collect().lazy(),
            commissions=commissions.join(keys, on=PLAN, how="semi").collect().lazy(),
            charge_day_moves=self.charge_day_moves.lazy()
            .join(keys, on=PLAN, how="semi")
            .collect()
            .lazy(),
            unplaced_payments=unplaced.collect().lazy(),
        )


def resolve(
    plan_statements: pl.DataFrame,
    attempt_statements: pl.DataFrame,
    charge_day_moves: pl.DataFrame,
    identity: Identity,
    zone: str,
) -> Resolution:
    """The resolution of the statements of sellers in the same time zone.

    `identity` and `charge_day_moves` (facts.CHARGE_DAY_MOVES) are those of the same sellers.
    """
    statements = _with_plans(attempt_statements, identity, zone)
    attempts = resolve_attempts(statements.lazy(), zone).collect()
    plans = resolve_plans(
        identity.identify_plan_statements(plan_statements.lazy()),
        statements.lazy().filter(_HAS_PLAN),
        attempts.lazy().filter(pl.col("plan_id").is_not_null()),
        zone,
    ).collect()
    numbered = infer_numbers(attempts, plans, charge_day_moves)
    return Resolution(statements, plans, numbered, charge_day_moves)


def _with_plans(attempt_statements: pl.DataFrame, identity: Identity, zone: str) -> pl.DataFrame:
    """Attempt statements with their plan (null: not identified), and a code for each payment."""
    with_plans = attempt_statements.lazy().join(
        identity.plan_by_transaction, on=TRANSACTION, how="left", validate="m:1"
    )
    return split_payments(with_plans.collect(), zone)
