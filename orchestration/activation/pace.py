"""How fast one destination account may be called, whoever calls it.

Vendors count requests by account, and several syncs share one: so what an account has been asked to
bear and how long it wants to be left alone are rows of the ledger, not memory of a run. Where an
adapter declares a limit, calls take turns that are spaced so that no window of its length, wherever
it starts, holds more than the limit allows. Turns are booked about a second ahead: one short
transaction for many calls.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from orchestration.activation.adapters import Limit
from orchestration.activation.ledger import (
    account_paused_until,
    pause_account,
    take_turns,
)
from orchestration.warehouse import Warehouse

_AHEAD_SECONDS = 1.0


def spacing(limit: Limit) -> timedelta:
    """The time between two turns. A tenth of the limit, and at least two calls, are left unused:
    a turn may be taken a twentieth of the window late."""
    usable = max(1.0, min(0.9 * limit.calls, limit.calls - 2.0))
    return timedelta(seconds=limit.seconds / usable)


@dataclass
class Account:
    """One runner's view of the account it calls; its threads share it."""

    destination_code: str
    limit: Limit | None
    warehouse: Callable[[], AbstractContextManager[Warehouse]]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    patience_seconds: float

    def __post_init__(self) -> None:
        self.paused_until: datetime | None = None
        self._turns: deque[datetime] = deque()
        self._lock = threading.Lock()
        self._is_published = True

    def hold(self, seconds: float) -> None:
        """Notes that the account wants to be left alone; `publish` tells the others."""
        until = self.clock() + timedelta(seconds=seconds)
        with self._lock:
            if self.paused_until is None or until > self.paused_until:
                self.paused_until = until
                self._is_published = False
            self._turns.clear()

    def publish(self) -> None:
        """Books the pause for every runner of the account."""
        until = self.paused_until
        if self._is_published or until is None:
            return
        self._is_published = True
        self._book(lambda opened: pause_account(opened, self.destination_code, until))

    def learn(self, opened: Warehouse) -> None:
        """Takes over a pause that another runner has booked."""
        until = account_paused_until(opened, self.destination_code)
        with self._lock:
            if until is not None and (self.paused_until is None or until > self.paused_until):
                self.paused_until = until

    def is_paused(self) -> bool:
        """Whether no call may be made at this moment."""
        return self.paused_until is not None and self.paused_until > self.clock()

    def wait_for_turn(self) -> float | None:
        """Returns when a call may be made; or at once with the seconds that is away, if those are
        too many to sit through."""
        while True:
            now = self.clock()
            with self._lock:
                if self.paused_until is not None and self.paused_until > now:
                    turn = self.paused_until
                    away = (turn - now).total_seconds()
                    if away > self.patience_seconds:
                        return away
                else:
                    turn = self._next_turn(now)
                    away = (turn - now).total_seconds()
                    if away > self.patience_seconds:
                        return away
                    if away <= 0:
                        return None
            self.sleep(away)

    def _next_turn(self, now: datetime) -> datetime:
        if self.limit is None:
            return now
        step = spacing(self.limit)
        latest = timedelta(seconds=self.limit.seconds / 20)
        while self._turns and self._turns[0] < now - latest:
            self._turns.popleft()  # missed: taken now, it would come on top of others' turns
        if not self._turns:
            count = max(1, int(timedelta(seconds=_AHEAD_SECONDS) / step))
            found: list[datetime] = []
            patience = timedelta(seconds=self.patience_seconds)
            self._book(
                lambda opened: found.append(
                    take_turns(opened, self.destination_code, now, step, count, patience)
                )
            )
            first = found[-1]
            if first - now > patience:
                return first
            self._turns.extend(first + step * number for number in range(count))
        if self._turns[0] <= now:
            return self._turns.popleft()
        return self._turns[0]

    def _book(self, action: Callable[[Warehouse], None]) -> None:
        while True:
            try:
                with self.warehouse() as opened, opened.transaction():
                    action(opened)
                return
            except duckdb.TransactionException:  # another thread of this process was first
                continue
