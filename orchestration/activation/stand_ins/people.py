"""Vendors that keep people, with lists, tags or attributes: they answer at once."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from orchestration.activation.stand_ins.http_json import Rejected
from orchestration.activation.stand_ins.vendor import Asked, Reply, Vendor


class Braze(Vendor):
    """Users with attributes; an audience is those who have one set to true."""

    def do_track(self, asked: Asked) -> Reply:
        """Sets attributes; says who was refused by place, in a success."""
        errors = []
        for index, person in enumerate(asked.body["attributes"]):
            key = person.get("external_id") or person.get("email") or person["phone"]
            if key in self.refused:
                errors.append(
                    {"type": f"{key} is not valid", "input_array": "attributes", "index": index}
                )
                continue
            if person.pop("_update_existing_only", False) and key not in self.people:
                continue
            self.people.add(key)
            for name, value in person.items():
                if value is True:
                    self.held(name)[key] = person
                elif value is False:
                    self.held(name).pop(key, None)
        done = len(asked.body["attributes"]) - len(errors)
        answer: dict[str, Any] = {"message": "success", "attributes_processed": done}
        return Reply(201, {**answer, "errors": errors} if errors else answer)


class CustomerIo(Vendor):
    """People with attributes."""

    def door_token(self) -> str:
        """Site and key, as Basic wants them."""
        return b64encode(self.token.encode()).decode()

    def do_batch(self, asked: Asked) -> Reply:
        """200, or 207 with the refused by place."""
        errors = []
        for index, change in enumerate(asked.body["batch"]):
            (key,) = change["identifiers"].values()
            if key in self.refused:
                errors.append(
                    {"batch_index": index, "reason": f"{key} is not valid", "field": "identifiers"}
                )
                continue
            if change["attributes"].pop("_update", False) and key not in self.people:
                continue
            self.people.add(key)
            for name, value in change["attributes"].items():
                if value is True:
                    self.held(name)[key] = change["attributes"]
                elif value is False:
                    self.held(name).pop(key, None)
        return Reply(207, {"errors": errors}) if errors else Reply(200, {})


class Iterable(Vendor):
    """Lists of e-mail addresses or user ids."""

    def _change(self, asked: Asked, is_added: bool) -> Reply:
        failed, held = [], self.held(str(asked.body["listId"]))
        for person in asked.body["subscribers"]:
            key = person.get("email") or person["userId"]
            if key in self.refused:
                failed.append(key)
            elif is_added:
                held[key] = person.get("dataFields", {})
            else:
                held.pop(key, None)
        done = len(asked.body["subscribers"]) - len(failed)
        updates = {"invalidEmails": failed} if failed else {}
        answer = {"successCount": done, "failCount": len(failed), "failedUpdates": updates}
        return Reply(
            200, {**answer, "createdFields": [], "filteredOutFields": [], "invalidEmails": failed,
                  "invalidUserIds": []}
        )  # fmt: skip

    def do_subscribe(self, asked: Asked) -> Reply:
        """Puts into the list."""
        return self._change(asked, True)

    def do_unsubscribe(self, asked: Asked) -> Reply:
        """Takes out of the list."""
        return self._change(asked, False)


class Mailchimp(Vendor):
    """Members of lists by the hash of their address, with tags; {list}/{tag} is an audience."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.known: dict[tuple[str, str], dict[str, Any]] = {}

    def door_token(self) -> str:
        """The key as a password."""
        return b64encode(f"cdp:{self.token}".encode()).decode()

    def do_member(self, asked: Asked) -> Reply:
        """Creates a member, or overwrites the merge fields."""
        email = asked.body["email_address"]
        name = hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()
        if asked.args[1] != name:
            raise Rejected(400, "address_is_not_the_members")
        if email in self.refused:
            raise Rejected(400, "member_in_compliance_state")
        self.known[asked.args[0], name] = {"email": email}
        return Reply(200, {"id": name, "email_address": email, "status": "subscribed"})

    def do_tag(self, asked: Asked) -> Reply:
        """Puts tags on and takes them off."""
        member = self.known.get((asked.args[0], asked.args[1]))
        if member is None:
            raise Rejected(404, "member_not_found")
        for tag in asked.body["tags"]:
            held = self.held(f"{asked.args[0]}/{tag['name']}")
            if tag["status"] == "active":
                held[member["email"]] = member
            else:
                held.pop(member["email"], None)
        return Reply(204)

    def refusal(self, status: int, code: str) -> Reply:
        """With a title, as Mailchimp has it."""
        return Reply(status, {"title": code.replace("_", " ").title(), "status": status})


class HubSpot(Vendor):
    """Contacts with ids, and lists of ids."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.ids: dict[str, str] = {}
        self.keys: dict[str, str] = {}

    def _answer(self, rows: list[dict[str, Any]], errors: list[dict[str, Any]]) -> Reply:
        answer: dict[str, Any] = {"status": "COMPLETE", "results": rows}
        if not errors:
            return Reply(200, answer)
        return Reply(207, {**answer, "numErrors": len(errors), "errors": errors})

    def do_upsert(self, asked: Asked) -> Reply:
        """Creates or changes contacts; the refused are named in a 207."""
        if len({person["id"] for person in asked.body["inputs"]}) < len(asked.body["inputs"]):
            raise Rejected(400, "contact_named_twice")
        rows, errors = [], []
        for person in asked.body["inputs"]:
            key = person["id"]
            if key in self.refused:
                errors.append({"status": "error", "category": "VALIDATION_ERROR"})
                continue
            record = self.ids.setdefault(key, str(1000 + len(self.ids)))
            self.keys[record] = key
            rows.append({"id": record, "properties": person["properties"], "new": False})
        return self._answer(rows, errors)

    def do_read(self, asked: Asked) -> Reply:
        """Finds contacts by key."""
        name, rows, errors = asked.body["idProperty"], [], []
        for wanted in asked.body["inputs"]:
            if wanted["id"] in self.ids:
                rows.append(
                    {"id": self.ids[wanted["id"]], "properties": {name: wanted["id"]}}
                )  # fmt: skip
            else:
                errors.append({"status": "error", "category": "OBJECT_NOT_FOUND"})
        return self._answer(rows, errors)

    def do_membership(self, asked: Asked) -> Reply:
        """Changes a list by record ids; lists of none are left out of the answer."""
        held, said = self.held(asked.args[0]), {}
        for record in asked.body["recordIdsToAdd"]:
            word = "recordsIdsAdded" if record in self.keys else "recordIdsMissing"
            said.setdefault(word, []).append(record)
            if record in self.keys:
                held[self.keys[record]] = record
        for record in asked.body["recordIdsToRemove"]:
            if held.pop(self.keys.get(record, ""), None) is not None:
                said.setdefault("recordIdsRemoved", []).append(record)
        return Reply(200, said)


class Intercom(Vendor):
    """Contacts, one by one, with tags."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.contacts: dict[str, dict[str, Any]] = {}

    def _shown(self, contact: dict[str, Any]) -> dict[str, Any]:
        return {"type": "contact", **contact}

    def do_search(self, asked: Asked) -> Reply:
        """Finds by one field."""
        query = asked.body["query"]
        found = [
            self._shown(contact)
            for contact in self.contacts.values()
            if contact.get(query["field"]) == query["value"]
        ]
        return Reply(200, {"type": "list", "data": found, "total_count": len(found)})

    def do_create(self, asked: Asked) -> Reply:
        """Creates; the same external id twice is a conflict."""
        key = asked.body.get("external_id") or asked.body["email"]
        if key in self.refused:
            raise Rejected(422, "member_refused")
        if any(contact.get("external_id") == key for contact in self.contacts.values()):
            raise Rejected(409, "contact_exists")
        contact = {"id": f"c{len(self.contacts) + 1}", **asked.body}
        self.contacts[contact["id"]] = contact
        return Reply(200, self._shown(contact))

    def do_update(self, asked: Asked) -> Reply:
        """Changes a contact."""
        contact = self._contact(asked.args[0])
        contact |= asked.body
        return Reply(200, self._shown(contact))

    def _contact(self, contact_id: str) -> dict[str, Any]:
        if contact_id not in self.contacts:
            raise Rejected(404, "contact_not_found")
        return self.contacts[contact_id]

    def do_tag(self, asked: Asked) -> Reply:
        """Puts a tag on."""
        contact = self._contact(asked.args[0])
        key = contact.get("external_id") or contact["email"]
        if key in self.refused:
            raise Rejected(422, "member_refused")
        self.held(asked.body["id"])[key] = contact
        return Reply(200, {"type": "tag", "id": asked.body["id"], "name": "tag"})

    def do_untag(self, asked: Asked) -> Reply:
        """Takes a tag off."""
        contact = self._contact(asked.args[0])
        key = contact.get("external_id") or contact["email"]
        if self.held(asked.args[1]).pop(key, None) is None:
            raise Rejected(404, "member_not_tagged")
        return Reply(200, {"type": "tag", "id": asked.args[1], "name": "tag"})


class Slack(Vendor):
    """Channels with messages; a message stays."""

    def do_post(self, asked: Asked) -> Reply:
        """Posts a message, one line a member."""
        held = self.held(asked.body["channel"])
        for line in asked.body["text"].split("\n"):
            held[line] = True
        return Reply(200, {"ok": True, "channel": asked.body["channel"], "ts": "1.2"})

    def broken(self) -> Reply:
        """Slack says no inside a success."""
        return Reply(200, {"ok": False, "error": "internal_error"})


class Webhook(Vendor):
    """A receiver that checks signature and time, and recognises what it has had."""

    patience_seconds = 300

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.said: dict[str, list[dict[str, Any]]] = {}

    def do_change(self, asked: Asked) -> Reply:
        """Acts once on each key, and says the same again."""
        said = asked.headers["x-timestamp"]
        key = asked.headers["idempotency-key"]
        text = f"{said}.{key}.".encode() + asked.raw
        wanted = hmac.new(self.token.encode(), text, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, asked.headers["x-signature"]):
            raise Rejected(401, "signature")
        if abs(self.clock() - int(said)) > self.patience_seconds:
            raise Rejected(401, "too_old")
        if key in self.said:
            return Reply(200, {"results": self.said[key]})
        held = self.held(bytes.fromhex(asked.headers["x-audience"]).decode())
        results = []
        for index, member in enumerate(asked.body["members"]):
            person = member["external_id"]
            if person in self.refused:
                results.append({"index": index, "status": "error", "code": "refused"})
                continue
            results.append({"index": index, "status": "ok"})
            if asked.body["operation"] == "upsert":
                held[person] = member
            else:
                held.pop(person, None)
        self.said[key] = results
        return Reply(200, {"results": results})
