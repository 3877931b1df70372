"""Vendors that take a load of people now and say later what became of them."""

from __future__ import annotations

import csv
import io
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any

from orchestration.activation.stand_ins.http_json import Rejected
from orchestration.activation.stand_ins.vendor import Asked, MatchingVendor, Reply, Vendor

_DAY = "2026-06-30T00:00:00+00:00"


class JobVendor(Vendor, ABC):
    """Keeps jobs until they are asked about."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.jobs: dict[str, dict[str, Any]] = {}

    def open_job(self, **facts: Any) -> str:
        """Keeps what is to be done later."""
        job_id = f"job{len(self.jobs) + 1}"
        self.jobs[job_id] = {"id": job_id, "waits": self.job_delay, "is_done": False, **facts}
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        """A job, run once it has been asked about often enough. Raises Rejected for no such job."""
        if job_id not in self.jobs:
            raise Rejected(404, "no_such_job")
        job = self.jobs[job_id]
        if job["waits"] > 0:
            job["waits"] -= 1
        elif not job["is_done"]:
            job["is_done"] = True
            job["is_broken"] = self.broken_jobs > 0
            if job["is_broken"]:
                self.broken_jobs -= 1
            else:
                job["errors"] = self.run_job(job)
        return job

    @abstractmethod
    def run_job(self, job: dict[str, Any]) -> dict[int, str]:
        """Does what a job asks for; returns the refused by their place."""


class Klaviyo(JobVendor):
    """Profiles, lists of them, and import jobs."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.profiles: dict[str, str] = {}

    def refusal(self, status: int, code: str) -> Reply:
        """As Klaviyo lists errors."""
        error = {"id": "1", "status": status, "code": code, "title": "no", "detail": code}
        return Reply(status, {"errors": [error]})

    def do_import(self, asked: Asked) -> Reply:
        """Opens a job."""
        data = asked.body["data"]
        job_id = self.open_job(
            profiles=data["attributes"]["profiles"]["data"],
            lists=[entry["id"] for entry in data["relationships"]["lists"]["data"]],
        )
        return Reply(202, {"data": self._shown(self.jobs[job_id], "queued")})

    def _shown(self, job: dict[str, Any], status: str) -> dict[str, Any]:
        failed = len(job.get("errors", {})) if job["is_done"] else 0
        count = len(job["profiles"])
        facts = {
            "status": status,
            "created_at": _DAY,
            "total_count": count,
            "completed_count": count - failed if job["is_done"] else 0,
            "failed_count": failed,
        }
        links = {"self": f"https://a.klaviyo.com/api/profile-bulk-import-jobs/{job['id']}"}
        kind = "profile-bulk-import-job"
        return {"type": kind, "id": job["id"], "attributes": facts, "links": links}

    def run_job(self, job: dict[str, Any]) -> dict[int, str]:
        """Creates profiles and puts them into the lists."""
        errors = {}
        for index, profile in enumerate(job["profiles"]):
            facts = profile["attributes"]
            key = facts.get("email") or facts.get("external_id") or facts["phone_number"]
            if key in self.refused:
                errors[index] = "invalid"
                continue
            self.profiles.setdefault(key, f"01H{len(self.profiles):05d}")
            for name in job["lists"]:
                self.held(name)[key] = facts
        return errors

    def do_job(self, asked: Asked) -> Reply:
        """How a job goes."""
        job = self.job(asked.args[0])
        status = "complete" if job["is_done"] else "processing"
        if job.get("is_broken"):
            status = "cancelled"
        return Reply(200, {"data": self._shown(job, status)})

    def do_errors(self, asked: Asked) -> Reply:
        """Who was refused, by a pointer into the request."""
        base = "https://a.klaviyo.com/api"
        rows = [
            {
                "type": "import-error",
                "id": f"e{index}",
                "attributes": {
                    "code": code,
                    "title": "Invalid input",
                    "detail": "The profile is not valid.",
                    "source": {"pointer": f"/data/attributes/profiles/data/{index}/attributes"},
                    "original_payload": {},
                },
                "links": {"self": f"{base}/import-errors/e{index}"},
            }
            for index, code in self.job(asked.args[0]).get("errors", {}).items()
        ]
        return Reply(200, {"data": rows, "links": {"self": base}})

    def do_profiles(self, asked: Asked) -> Reply:
        """Profiles by any(field,[...]), a page of at most 100."""
        match = re.fullmatch(r"any\((\w+),(\[.*\])\)", asked.query.get("filter", [""])[0])
        if match is None or len(json.loads(match[2])) > 100:
            raise Rejected(400, "filter")
        found = [
            {
                "type": "profile",
                "id": self.profiles[key],
                "attributes": {},
                "links": {"self": f"https://a.klaviyo.com/api/profiles/{self.profiles[key]}"},
            }
            for key in json.loads(match[2])
            if key in self.profiles
        ]
        return Reply(200, {"data": found, "links": {"self": "https://a.klaviyo.com/api/profiles"}})

    def do_leave(self, asked: Asked) -> Reply:
        """Takes profiles out of a list by id."""
        keys = {profile_id: key for key, profile_id in self.profiles.items()}
        for profile in asked.body["data"]:
            if profile["id"] not in keys:
                raise Rejected(404, "no_such_profile")
            self.held(asked.args[0]).pop(keys[profile["id"]], None)
        return Reply(204)


class SendGrid(JobVendor):
    """Contacts, lists and import jobs that only count their errors."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.contacts: dict[str, str] = {}

    def refusal(self, status: int, code: str) -> Reply:
        """As SendGrid lists errors."""
        return Reply(status, {"errors": [{"message": code}]})

    def do_import(self, asked: Asked) -> Reply:
        """Opens a job."""
        facts = {"lists": asked.body.get("list_ids", []), "rows": asked.body["contacts"]}
        return Reply(202, {"job_id": self.open_job(kind="import", **facts)})

    def run_job(self, job: dict[str, Any]) -> dict[int, str]:
        """Creates contacts and puts them into the lists, or takes them out of one."""
        errors: dict[int, str] = {}
        if job["kind"] == "leave":
            for email in job["rows"]:
                self.held(job["lists"][0]).pop(email, None)
            return errors
        for index, contact in enumerate(job["rows"]):
            if contact["email"] in self.refused:
                errors[index] = "invalid"
                continue
            self.contacts.setdefault(contact["email"], f"id-{len(self.contacts):05d}")
            for name in job["lists"]:
                self.held(name)[contact["email"]] = contact
        return errors

    def do_job(self, asked: Asked) -> Reply:
        """How a job goes, in numbers."""
        job = self.job(asked.args[0])
        errors = len(job.get("errors", {}))
        status = "pending" if not job["is_done"] else "errored" if errors else "completed"
        if job.get("is_broken"):
            status = "failed"
        results = {"requested_count": len(job["rows"]), "errored_count": errors}
        facts = {"id": job["id"], "status": status, "job_type": "upsert"}
        return Reply(200, {**facts, "results": results})

    def do_search(self, asked: Asked) -> Reply:
        """Contacts by address; nobody at all is a 404."""
        found = {
            email: {
                "contact": {
                    "id": self.contacts[email],
                    "email": email,
                    "list_ids": [name for name, held in self.audiences.items() if email in held],
                }
            }
            for email in asked.body["emails"]
            if email in self.contacts
        }
        if not found:
            raise Rejected(404, "member_not_found")
        return Reply(200, {"result": found})

    def do_leave(self, asked: Asked) -> Reply:
        """Opens a job that takes contacts out of a list by id."""
        emails = {contact_id: email for email, contact_id in self.contacts.items()}
        ids = asked.query["contact_ids"][0].split(",")
        facts = {"lists": [asked.args[0]], "rows": [emails.get(contact_id) for contact_id in ids]}
        return Reply(202, {"job_id": self.open_job(kind="leave", **facts)})


class Salesforce(JobVendor):
    """Ingest jobs in four steps; an audience is {object}.{checkbox}."""

    def do_open(self, asked: Asked) -> Reply:
        """A new job."""
        facts = {"facts": asked.body, "state": "Open", "rows": []}
        return Reply(200, {"id": self.open_job(**facts), "state": "Open"})

    def _known(self, asked: Asked) -> dict[str, Any]:
        if asked.args[0] not in self.jobs:
            raise Rejected(404, "no_such_job")
        return self.jobs[asked.args[0]]

    def do_fill(self, asked: Asked) -> Reply:
        """Takes the rows, once."""
        job = self._known(asked)
        if job["state"] != "Open" or job["rows"]:
            raise Rejected(400, "job_is_not_open")
        job["rows"] = list(csv.DictReader(io.StringIO(asked.raw.decode())))
        return Reply(201)

    def do_close(self, asked: Asked) -> Reply:
        """Lets the job run."""
        job = self._known(asked)
        if not job["rows"]:
            raise Rejected(400, "job_is_empty")
        job["state"] = asked.body["state"]
        return Reply(200, {"id": job["id"], "state": job["state"]})

    def run_job(self, job: dict[str, Any]) -> dict[int, str]:
        """Upserts by the external id."""
        facts, errors = job["facts"], {}
        for index, row in enumerate(job["rows"]):
            key = row[facts["externalIdFieldName"]]
            if key in self.refused:
                errors[index] = "REQUIRED_FIELD_MISSING:Required fields are missing:LastName --"
                continue
            self.people.add(key)
            for name, value in row.items():
                held = self.held(f"{facts['object']}.{name}")
                if value == "true":
                    held[key] = row
                elif value == "false":
                    held.pop(key, None)
        return errors

    def do_job(self, asked: Asked) -> Reply:
        """How a job goes."""
        if self._known(asked)["state"] == "Open":
            return Reply(200, {"id": asked.args[0], "state": "Open"})
        job = self.job(asked.args[0])
        if job.get("is_broken"):
            return Reply(200, {"id": job["id"], "state": "Failed"})
        if not job["is_done"]:
            return Reply(200, {"id": job["id"], "state": "InProgress"})
        counts = {"numberRecordsProcessed": len(job["rows"])}
        counts["numberRecordsFailed"] = len(job["errors"])
        return Reply(200, {"id": job["id"], "state": "JobComplete", **counts})

    def do_failures(self, asked: Asked) -> Reply:
        """The refused rows, as CSV."""
        job = self.job(asked.args[0])
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["sf__Id", "sf__Error", *job["rows"][0]])
        for index, error in job["errors"].items():
            writer.writerow(["", error, *job["rows"][index].values()])
        return Reply(200, out.getvalue().encode(), content_type="text/csv")

    def do_query(self, asked: Asked) -> Reply:
        """Records by external id, in the words that the adapter has for it."""
        found = re.fullmatch(
            r"select Id, (\w+) from \w+ where (\w+) in \((.+)\)", asked.query["q"][0]
        )
        if found is None or found[1] != found[2]:
            raise Rejected(400, "query")
        keys = re.findall(r"'((?:[^'\\]|\\.)*)'", found[3])
        signs = {"n": "\n", "r": "\r"}
        named = [re.sub(r"\\(.)", lambda m: signs.get(m[1], m[1]), key) for key in keys]
        rows = [{"Id": f"003:{key}", found[1]: key} for key in named if key in self.people]
        return Reply(200, {"totalSize": len(rows), "done": True, "records": rows})

    def do_update(self, asked: Asked) -> Reply:
        """Changes records by id, and creates none."""
        results = []
        for record in asked.body["records"]:
            key = record["id"].removeprefix("003:")
            code = "REQUIRED_FIELD_MISSING" if key in self.refused else None
            if key not in self.people:
                code = "ENTITY_IS_DELETED"
            errors = [{"statusCode": code, "message": key, "fields": []}] if code else []
            results.append({"id": record["id"], "success": not code, "errors": errors})
            for name, value in record.items():
                if value is False and not code:
                    self.held(f"{record['attributes']['type']}.{name}").pop(key, None)
        return Reply(200, results)


class Google(JobVendor, MatchingVendor):
    """Audience members by hash; {account}/{user list} is an audience."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.added_at: dict[tuple[str, str], float] = {}  # by audience and identifier

    def _open(self, asked: Asked, is_added: bool) -> Reply:
        rows = [member["userData"]["userIdentifiers"] for member in asked.body["audienceMembers"]]
        facts = {"body": asked.body, "rows": rows, "adds": is_added, "at": self.clock()}
        return Reply(200, {"requestId": self.open_job(**facts)})

    def do_remove_all(self, asked: Asked) -> Reply:
        """Takes out, later, whoever was last added before a moment."""
        return Reply(200, {"requestId": self.open_job(body=asked.body, rows=[], adds=False)})

    def do_ingest(self, asked: Asked) -> Reply:
        """Takes members in, later."""
        return self._open(asked, True)

    def do_remove(self, asked: Asked) -> Reply:
        """Takes members out, later."""
        return self._open(asked, False)

    def run_job(self, job: dict[str, Any]) -> dict[int, str]:
        """Changes the audience of every destination."""
        errors = {}
        audiences = [
            f"{place['operatingAccount']['accountId']}/{place['productDestinationId']}"
            for place in job["body"]["destinations"]
        ]
        for index, identifiers in enumerate(job["rows"]):
            key = next(iter(identifiers[0].values()))
            if key in self.refused:
                errors[index] = "PROCESSING_ERROR_REASON_INVALID_FORMAT"
                continue
            given = {json.dumps(identifier, sort_keys=True) for identifier in identifiers}
            for audience in audiences:
                if job["adds"]:
                    self.take_in(audience, key, given)
                    self.added_at |= {(audience, identifier): job["at"] for identifier in given}
                else:
                    self.take_out(audience, given)
        if "removeAsOfTime" in job["body"]:
            moment = datetime.fromisoformat(job["body"]["removeAsOfTime"]).timestamp()
            for audience in audiences:
                self.take_out(audience, self._added_before(audience, moment))
        return errors

    def _added_before(self, audience: str, moment: float) -> set[str]:
        return {
            identifier
            for identifier in self.identifiers(audience)
            if self.added_at.get((audience, identifier), 0.0) < moment
        }

    def do_status(self, asked: Asked) -> Reply:
        """How it went, for each destination."""
        job = self.job(asked.query["requestId"][0])
        errors = job.get("errors", {})
        status = "PROCESSING" if not job["is_done"] else "PARTIAL_SUCCESS" if errors else "SUCCESS"
        found: dict[str, Any] = {"requestStatus": "FAILED" if job.get("is_broken") else status}
        if errors:
            count = {
                "reason": next(iter(errors.values())),
                "recordCount": str(len(errors)),
                "recordIndices": sorted(errors),
            }
            found["errorInfo"] = {"errorCounts": [count]}
        return Reply(200, {"requestStatusPerDestination": [found]})

    def refusal(self, status: int, code: str) -> Reply:
        """As google.rpc.Status."""
        return Reply(status, {"error": {"code": status, "status": "INVALID_ARGUMENT"}})
