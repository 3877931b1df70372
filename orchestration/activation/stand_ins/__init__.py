"""Stand-ins for the destinations we have adapters for.

`http_json` stands alone: the demo and `./run stand-in` serve it. The vendors share one local
server, a small stateful app for each.

They keep what a vendor would keep (contacts, lists, jobs, audiences), refuse whatever the vendor's
contract does not allow (contracts.yml) and fail when told to. Nothing here knows our client: the
apps read requests as their vendors describe them. See `server.VendorServer`.
"""
