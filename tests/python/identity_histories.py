"""Random histories of identity, written as the stories of tests/scenarios/identity.yml are.

Records arrive late, twice and out of order; records and whole identifiers are deleted again;
whole sources are gone for a batch and come back; people ask to be erased, and link, unlink and
block, for ever or until a day; between batches limits change, and values are blocked and allowed
again. One seed gives one list of histories.
"""

import random

BATCHES = 4
# Types and how many values of each a history may use: few, so that records meet.
TYPES = {
    "user_id": 2,
    "email": 3,
    "phone": 2,
    "loyalty_id": 4,
    "shop_customer_id": 2,
    "anonymous_id": 3,
    "card_token": 1,
    "help_desk_id": 2,
    "advertising_id": 2,
    "email_sha256": 3,  # of e1 to e3
    "phone_sha256": 1,  # of p1
}
NAMES = ["Ann_Smith", "Bob_Smith", "Ann_Jones"]
EXPIRIES = ["2026-02-10", "2026-03-10", "2026-04-10"]
# What changes in the rules before a batch, beside the blocked values. The stories that have so many
# batches do not come near these limits.
RULE_CHANGES = {
    1: [
        "update rules.profile_limits set max_count = 2 where limit_code = 'loyalty_id'",
        "insert into rules.profile_limits (limit_code, max_count, window_days, reason) values"
        " ('help_desk_id', 1, null, 'a test'), ('shop_customer_id', 1, 30, 'a test'),"
        " ('email', 2, 90, 'a test')",
    ],
    2: [
        "update rules.profile_limits set max_count = 3 where limit_code = 'loyalty_id'",
        "update rules.profile_limits set window_days = 120 where limit_code = 'shop_customer_id'",
        "update rules.identifier_limits set max_count = 2"
        " where identifier_type = 'phone' and counted_type in ('email', 'person_name')",
    ],
    3: [
        "delete from rules.profile_limits where limit_code = 'help_desk_id'",
        "update rules.profile_limits set max_count = 1 where window_days = 90",
        "update rules.identifier_limits set max_count = 1 where identifier_type = 'phone'",
        "update rules.identifier_limits set max_count = 2 where identifier_type = 'anonymous_id'",
    ],
}


def words(dice: random.Random, count: int) -> list[str]:
    """Identifiers of one record: mostly of different types, now and then two of one."""
    kinds = dice.sample(list(TYPES), count)
    if count > 1 and dice.random() < 0.1:
        kinds[1] = kinds[0]
    named = [f"{kind}:{kind[0]}{dice.randint(1, TYPES[kind])}" for kind in kinds]
    return list(dict.fromkeys(named))


def record(dice: random.Random) -> str:
    """One record as a story writes it."""
    told = words(dice, dice.choice([1, 2, 2, 2, 3]))
    if dice.random() < 0.15:
        told.append(f"name={dice.choice(NAMES)}")
    stated = f"@{dice.choice([2025, 2026])}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    return " ".join([*told, stated])


def named_in(text: str) -> list[str]:
    """The identifiers of a record."""
    return [word for word in text.split() if not word.startswith(("@", "name="))]


def taken_away(dice: random.Random, alive: dict[str, str]) -> tuple[list[str], set[str]]:
    """Identifiers that ask to be erased, and the records that are deleted, for that or not."""
    deleted, erases = set(), []
    if dice.random() < 0.4:
        deleted = set(dice.sample(sorted(alive), min(len(alive), dice.choice([1, 1, 2]))))
    if alive and dice.random() < 0.3:
        erased = dice.choice(named_in(alive[dice.choice(sorted(alive))]))
        deleted |= {name for name in alive if erased in named_in(alive[name])}
        erases = [erased] if dice.random() < 0.5 else []
    return erases, deleted


def history(dice: random.Random, number: int) -> dict:
    """One history: its batches; `alive` is what records name after each, with their sources."""
    alive: dict[str, str] = {}
    sources: dict[str, str] = {}
    away: dict[str, str] = {}  # records of a source that is empty for a batch
    batches = []
    for batch in range(BATCHES):
        told: dict = {"overrides": {}, "blocks": [], "allows": []}
        told["records"] = {f"{sources[name]}:{name}": text for name, text in away.items()}
        alive |= away
        told["erases"], deleted = taken_away(dice, alive) if batch else ([], set())
        away = {}
        if 0 < batch < BATCHES - 1 and dice.random() < 0.2:
            empty = dice.choice(["shop", "till"])
            kept = {name: text for name, text in alive.items() if name not in deleted}
            away = {name: text for name, text in kept.items() if sources[name] == empty}
        told["delete"] = sorted({*deleted, *away})
        for name in told["delete"]:
            del alive[name]
        for place in range(dice.choice([5, 7, 9]) if batch == 0 else dice.choice([0, 1, 2, 3])):
            if alive and dice.random() < 0.15:
                text = alive[dice.choice(sorted(alive))]
            else:
                text = record(dice)
            source = dice.choice(["shop", "till"])
            told["records"][f"{source}:b{batch}r{place}"] = text
            alive[f"b{batch}r{place}"] = text
            sources[f"b{batch}r{place}"] = source
        known = sorted({word for text in alive.values() for word in named_in(text)})
        if len(known) > 2 and dice.random() < 0.35:
            action = dice.choice(["link", "unlink", "unlink", "block"])
            ends = dice.sample(known, 1 if action == "block" else 2)
            until = dice.choice([None, *(day for day in EXPIRIES if day > f"2026-{batch + 2:02}")])
            text = " ".join([action, *ends, *(["until", until] if until else [])])
            told["overrides"][f"h{number}b{batch}"] = text
        blocked = [word for before in batches for word in before["blocks"]]
        blockable = [word for word in known if word not in blocked]
        if blockable and batch in (1, 2) and dice.random() < 0.2:
            told["blocks"] = [dice.choice(blockable)]
        if batch == BATCHES - 1:
            told["allows"] = blocked[:1]
        told["alive"] = {
            f"{sources[name]}/{word}" for name, text in alive.items() for word in named_in(text)
        }
        batches.append(told)
    return {"name": f"history {number}", "batches": batches}


def histories(seed: int, count: int) -> list[dict]:
    """So many histories; the same seed gives the same ones."""
    dice = random.Random(seed)
    return [history(dice, number) for number in range(count)]
