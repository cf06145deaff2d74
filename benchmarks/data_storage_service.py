"""The data storage service's work in FastAPI, as a peer: one token, and for each blob a file and a row in PostgreSQL.

It checks and decodes base64 with the standard library, as that does; it has no users, quota, versions or fsync.
"""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, field_validator

PLACE, TOKEN = Path(os.environ["PEER_PLACE"]), os.environ["PEER_TOKEN"]
pool = AsyncConnectionPool(os.environ["PEER_DATABASE"], min_size=1, max_size=8, open=False)


class BlobIn(BaseModel):
    id: str
    data: str

    @field_validator("data")
    @classmethod
    def must_be_base64(cls, value: str) -> str:
        base64.b64decode(value, validate=True)
        return value


class BlobOut(BaseModel):
    id: str
    data: str
    size: int
    created_at: datetime


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with pool:
        yield


def check(credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    if credentials.credentials != TOKEN:
        raise HTTPException(401, "Invalid token.")


app = FastAPI(lifespan=lifespan, dependencies=[Depends(check)])


@app.post("/v1/blobs", status_code=201)
async def store(blob: BlobIn) -> dict[str, str]:
    data, now = base64.b64decode(blob.data), datetime.now(UTC)
    path = PLACE / f"{now:%Y/%m/%d}" / blob.id
    path.parent.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(path.write_bytes, data)
    async with pool.connection() as connection:
        row = (blob.id, len(data), now, str(path))
        await connection.execute("INSERT INTO metadata VALUES (%s, %s, %s, %s)", row)
    return {"message": "Blob stored successfully"}


@app.get("/v1/blobs/{blob_id}")
async def retrieve(blob_id: str) -> BlobOut:
    async with pool.connection() as connection:
        query = "SELECT size, created_at, file_path FROM metadata WHERE object_id = %s"
        row = await (await connection.execute(query, [blob_id])).fetchone()
    if row is None:
        raise HTTPException(404, "Blob not found")
    size, created_at, path = row
    data = base64.b64encode(await asyncio.to_thread(Path(path).read_bytes)).decode()
    return BlobOut(id=blob_id, data=data, size=size, created_at=created_at)
