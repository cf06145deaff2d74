"""Uploads a file with tuspy as its users do: address, token, file, size of a chunk, and maybe where to stop.

It prints a line with the address of the upload.
"""

import sys

from tusclient.client import TusClient  # type: ignore[import-not-found]  # installed for the tests alone
from tusclient.storage.filestorage import FileStorage  # type: ignore[import-not-found]

address, token, path, chunk, stop = sys.argv[1:]
uploader = TusClient(address, headers={"Authorization": f"Bearer {token}"}).uploader(
    path,
    chunk_size=int(chunk),
    metadata={"filename": path.rpartition("/")[2]},
    store_url=True,
    url_storage=FileStorage(f"{path}.json"),
    upload_checksum=True,
    retries=10,
    retry_delay=15,  # seconds; tuspy gives up when the server is still away when it asks for the offset again
)
uploader.upload(stop_at=int(stop) or None)
sys.stdout.write(f"{uploader.url}\n")
