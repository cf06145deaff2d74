"""What the addresses of the native doors hand over."""

from uuid import UUID

import pytest
from django.urls import resolve

from tests.people import client_for

ID = "01a1fb49-db29-7743-b104-78537243aa06"


@pytest.mark.parametrize("path", ["store/folders", "store/files", "store/trash"])
@pytest.mark.parametrize("end", ["", "/"])
def test_an_id_in_an_address_is_a_uuid_with_and_without_the_last_slash(path: str, end: str):
    [found] = resolve(f"/api/v1/{path}/{ID}{end}").kwargs.values()

    assert found == UUID(ID)


def test_a_file_is_replaced_trashed_and_restored_through_its_addresses(alice):
    client = client_for(alice)
    file = client.put("/api/v1/store/folders/files/a.txt", b"one", "text/plain").json()
    address = f"/api/v1/store/files/{file['id']}"

    assert client.put(f"{address}/content", b"three", "text/plain").json()["version"] == 2
    assert client.delete(address).status_code == 204
    assert client.post(f"/api/v1/store/trash/{file['id']}/restore").json()["name"] == "a.txt"
