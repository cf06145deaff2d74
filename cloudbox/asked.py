"""What a request may ask for in its query."""

from django.http import QueryDict

from cloudbox.errors import BadInput


def only(query: QueryDict, *known: str) -> QueryDict:
    """Return the query, or raise BadInput that names a parameter which this call does not know."""
    for field in query:
        if field not in known:
            raise BadInput(field, "This call has no such parameter.")
    return query
